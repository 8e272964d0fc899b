//! LP: the name of locators (RFC 6742 section 2.4).

use super::plain::{U16, WholeName, plain_fields};
use crate::name::Name;

/// The name at which locators of ILNP lie: `u16`, then a name (RFC 6742 section 2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lp {
    /// The name with the lowest preference is tried first.
    pub preference: u16,
    /// The owner of L32 and L64 records.
    pub fqdn: Name,
}

plain_fields! {
    Lp {
        preference: U16 = "a preference",
        fqdn: WholeName = "a locator's name",
    }
    examples ["10 l64-subnet1.example.com."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "000a 03 6c3634 00";
        assert_same(RecordType::LP, "10 l64.", octets);
        assert_needs(RecordType::LP, octets, 7);
    }
}
