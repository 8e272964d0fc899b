//! PX: a mapping between Internet and X.400 mail addresses (RFC 2163 section 4).

use super::plain::{U16, WholeName, plain_fields};
use crate::name::Name;

/// A mapping between Internet and X.400 mail addresses: `u16`, then two names (RFC 2163 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Px {
    /// The mapping with the lowest preference is used.
    pub preference: u16,
    /// The Internet mail domain.
    pub map822: Name,
    /// The X.400 address as a name.
    pub mapx400: Name,
}

plain_fields! {
    Px {
        preference: U16 = "a preference",
        map822: WholeName = "a mail domain",
        mapx400: WholeName = "an X.400 domain",
    }
    in_only true
    examples ["50 net2.it. PRMD-net2.ADMD-p400.C-it."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "0032 02 6974 00 04 432d6974 00";
        assert_same(RecordType::PX, "50 it. C-it.", octets);
        assert_needs(RecordType::PX, octets, 12);
    }
}
