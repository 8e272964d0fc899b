//! EUI48: a 48-bit hardware address (RFC 7043 section 3).

use super::plain::{Eui, plain_fields};

/// A 48-bit hardware address: six octets (RFC 7043 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eui48 {
    /// The address.
    pub address: [u8; 6],
}

plain_fields! {
    Eui48 {
        address: Eui<6> = "a 48-bit hardware address",
    }
    examples ["00-00-5e-00-53-2a"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "00005e00532a";
        assert_same(RecordType::EUI48, "00-00-5e-00-53-2a", octets);
        assert_needs(RecordType::EUI48, octets, 6);
    }
}
