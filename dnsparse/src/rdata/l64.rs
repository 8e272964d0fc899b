//! L64: a 64-bit locator (RFC 6742 section 2.3).

use super::plain::{Id64, U16, plain_fields};

/// A 64-bit locator of ILNP: `u16`, then eight octets (RFC 6742 section 2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L64 {
    /// The locator with the lowest preference is tried first.
    pub preference: u16,
    /// The locator.
    pub locator: u64,
}

plain_fields! {
    L64 {
        preference: U16 = "a preference",
        locator: Id64 = "a locator",
    }
    examples ["10 2001:db8:1140:1000"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "000a 20010db811401000";
        assert_same(RecordType::L64, "10 2001:db8:1140:1000", octets);
        assert_needs(RecordType::L64, octets, 10);
    }
}
