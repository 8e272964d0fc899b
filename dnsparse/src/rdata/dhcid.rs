//! DHCID: the identifier of a DHCP client (RFC 4701 section 3).

use alloc::vec::Vec;

use super::plain::{Base64, plain_fields};

/// The identifier of the DHCP client that a name was given to (RFC 4701 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dhcid {
    /// The kind of identifier (`u16`), the kind of digest (an octet), and the digest.
    pub data: Vec<u8>,
}

plain_fields! {
    Dhcid {
        data: Base64 = "a client's identifier",
    }
    in_only true
    examples ["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "00020163 6f";
        assert_same(RecordType::DHCID, "AAIBY28=", octets);
        assert_needs(RecordType::DHCID, octets, 1);
    }
}
