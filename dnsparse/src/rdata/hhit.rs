//! HHIT and BRID: the registration of a drone's identity (RFC 9886).

use alloc::vec::Vec;

use super::plain::{Base64, plain_fields};

/// The registration of a drone's identity, in CBOR: of its tag in HHIT (RFC 9886 section 5.1), for
/// its broadcasts in BRID (section 5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hhit {
    /// A CBOR array.
    pub cbor: Vec<u8>,
}

plain_fields! {
    Hhit {
        cbor: Base64 = "CBOR",
    }
    examples ["gwpQIAEAPwABAgMEBQYHCAkKCw=="]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn cbor_is_base64_in_text() {
        for rtype in [RecordType::HHIT, RecordType::BRID] {
            assert_same(rtype, "gwpA", "830a40");
            assert_needs(rtype, "830a40", 1);
        }
    }
}
