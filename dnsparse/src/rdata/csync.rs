//! CSYNC: the records that a child zone asks its parent to copy (RFC 7477 section 2.1).

use super::TypeBitmap;
use super::plain::{Types, U16, U32, plain_fields};

/// The types that a child zone asks its parent to copy: `u32`, `u16`, and a bitmap (RFC 7477
/// section 2.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Csync {
    /// The lowest serial of the child's SOA at which the parent acts, if bit 1 is set.
    pub serial: u32,
    /// 1: act at once, without other confirmation. 2: heed the serial.
    pub flags: u16,
    /// The types to copy.
    pub types: TypeBitmap,
}

plain_fields! {
    Csync {
        serial: U32 = "a serial",
        flags: U16 = "flags",
        types: Types = "a record type",
    }
    examples ["66 3 A NS AAAA", "0 0 A", "66 3"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_same;
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "00000042 0003 0004 60000008";
        assert_same(RecordType::CSYNC, "66 3 A NS AAAA", octets);
    }
}
