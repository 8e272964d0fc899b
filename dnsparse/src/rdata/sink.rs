//! SINK: data of kinds that have no type of their own (draft-eastlake-kitchen-sink-02).

use alloc::vec::Vec;

use super::plain::{OptionalBase64, U8, plain_fields};

/// Data of a kind that has no type of its own: three octets, then octets to the end of RDATA
/// (draft-eastlake-kitchen-sink-02 section 2). The text is BIND's, with the data in base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// The kind of data: 1 ASN.1, 2 MIME, 3 text, 64 and 65 by a name or an OID.
    pub meaning: u8,
    /// The encoding of the data.
    pub coding: u8,
    /// The kind of encoding.
    pub subcoding: u8,
    /// The data. It may be empty.
    pub data: Vec<u8>,
}

plain_fields! {
    Sink {
        meaning: U8 = "a meaning",
        coding: U8 = "a coding",
        subcoding: U8 = "a subcoding",
        data: OptionalBase64 = "data",
    }
    examples ["8 0 2 l4ik", "1 0 0"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn data_may_be_empty() {
        assert_same(RecordType::SINK, "8 0 2 l4ik", "08 00 02 9788a4");
        assert_same(RecordType::SINK, "1 0 0", "01 00 00");
        assert_needs(RecordType::SINK, "08 00 02 9788a4", 3);
    }
}
