//! RT: a host that relays to one without a connection of its own (RFC 1183 section 3.3).

use super::plain::{U16, WholeName, plain_fields};
use crate::name::Name;

/// A host that relays to the owner, which has no connection of its own: `u16`, then a name (RFC
/// 1183 section 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rt {
    /// The host with the lowest preference is tried first.
    pub preference: u16,
    /// The host that relays.
    pub intermediate: Name,
}

plain_fields! {
    Rt {
        preference: U16 = "a preference",
        intermediate: WholeName = "a host's name",
    }
    examples ["2 relay.prime.com."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "0002 05 72656c6179 00";
        assert_same(RecordType::RT, "2 relay.", octets);
        assert_needs(RecordType::RT, octets, 9);
    }
}
