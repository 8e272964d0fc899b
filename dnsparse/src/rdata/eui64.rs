//! EUI64: a 64-bit hardware address (RFC 7043 section 4).

use super::plain::{Eui, plain_fields};

/// A 64-bit hardware address: eight octets (RFC 7043 section 4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eui64 {
    /// The address.
    pub address: [u8; 8],
}

plain_fields! {
    Eui64 {
        address: Eui<8> = "a 64-bit hardware address",
    }
    examples ["00-00-5e-ef-10-00-00-2a"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "00005eef1000002a";
        assert_same(RecordType::EUI64, "00-00-5e-ef-10-00-00-2a", octets);
        assert_needs(RecordType::EUI64, octets, 8);
    }
}
