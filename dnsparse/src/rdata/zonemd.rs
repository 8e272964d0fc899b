//! ZONEMD: the digest of a whole zone (RFC 8976 section 2).

use alloc::vec::Vec;

use super::plain::{HexFrom, U8, U32, plain_fields};

/// The digest of a whole zone (RFC 8976 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zonemd {
    /// The serial of the zone's SOA, which the digest belongs to.
    pub serial: u32,
    /// The way in which the records are put together: 1 for SIMPLE.
    pub scheme: u8,
    /// The hash: 1 for SHA-384, 2 for SHA-512.
    pub algorithm: u8,
    /// The digest: at least 12 octets (RFC 8976 section 2.2.4).
    pub digest: Vec<u8>,
}

plain_fields! {
    Zonemd {
        serial: U32 = "a serial",
        scheme: U8 = "a scheme",
        algorithm: U8 = "a hash algorithm",
        digest: HexFrom<12> = "a digest",
    }
    examples ["2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use super::*;
    use crate::{Rdata, RecordType};

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "7848b78c 01 01 febe3d4ce2ec2ffa4ba99d46";
        assert_same(
            RecordType::ZONEMD,
            "2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46",
            octets,
        );
        assert_needs(RecordType::ZONEMD, octets, 18);
    }

    #[test]
    fn a_short_digest_is_refused() {
        let text = "2018031500 1 240 FEBE3D4CE2EC2FFA4BA99D";
        insta::assert_snapshot!(read_line(RecordType::ZONEMD, text), @"ZONEMD 2018031500 1 240 FEBE3D4CE2EC2FFA4BA99D: a digest has 11 octets here, it needs at least 12");
        let zonemd = Zonemd {
            serial: 1,
            scheme: 1,
            algorithm: 240,
            digest: vec![0; 11],
        };
        let refused = Rdata::Zonemd(Box::new(zonemd)).octets().unwrap_err();
        insta::assert_snapshot!(refused, @"a digest has 11 octets, it needs at least 12");
    }
}
