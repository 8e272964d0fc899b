//! OPENPGPKEY: the OpenPGP key of a mailbox (RFC 7929 section 2).

use alloc::vec::Vec;

use super::plain::{Base64, plain_fields};

/// The OpenPGP key of a mailbox (RFC 7929 section 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Openpgpkey {
    /// A transferable public key, in the form of RFC 4880 section 11.1.
    pub key: Vec<u8>,
}

plain_fields! {
    Openpgpkey {
        key: Base64 = "an OpenPGP key",
    }
    examples ["mQINBFit2jsBEADrbl5v"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "99020d";
        assert_same(RecordType::OPENPGPKEY, "mQIN", octets);
        assert_needs(RecordType::OPENPGPKEY, octets, 1);
    }
}
