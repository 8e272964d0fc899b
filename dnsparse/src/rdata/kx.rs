//! KX: a host that exchanges keys (RFC 2230 section 3).

use super::plain::{U16, WholeName, plain_fields};
use crate::name::Name;

/// A host that exchanges keys on behalf of the owner: `u16`, then a name (RFC 2230 section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kx {
    /// The host with the lowest preference is tried first.
    pub preference: u16,
    /// The host.
    pub exchanger: Name,
}

plain_fields! {
    Kx {
        preference: U16 = "a preference",
        exchanger: WholeName = "a key exchanger's name",
    }
    in_only true
    examples ["10 rt1.kx."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "000a 02 6b78 00";
        assert_same(RecordType::KX, "10 kx.", octets);
        assert_needs(RecordType::KX, octets, 6);
    }
}
