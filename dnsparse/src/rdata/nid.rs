//! NID: a node identifier (RFC 6742 section 2.1).

use super::plain::{Id64, U16, plain_fields};

/// A node identifier of ILNP: `u16`, then eight octets (RFC 6742 section 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nid {
    /// The identifier with the lowest preference is tried first.
    pub preference: u16,
    /// The identifier.
    pub node_id: u64,
}

plain_fields! {
    Nid {
        preference: U16 = "a preference",
        node_id: Id64 = "a node identifier",
    }
    examples ["10 14:4fff:ff20:ee64"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "000a 00144fffff20ee64";
        assert_same(RecordType::NID, "10 14:4fff:ff20:ee64", octets);
        assert_needs(RecordType::NID, octets, 10);
    }
}
