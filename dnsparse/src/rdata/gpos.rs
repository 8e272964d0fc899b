//! GPOS: a geographical position (RFC 1712 section 3); LOC replaced it.

use alloc::vec::Vec;

use super::plain::{CharString, plain_fields};

/// A geographical position: three character strings with decimal numbers (RFC 1712 section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gpos {
    /// Degrees from -90 to 90. (The RFC mixed up its first two fields.)
    pub longitude: Vec<u8>,
    /// Degrees from -180 to 180.
    pub latitude: Vec<u8>,
    /// Metres.
    pub altitude: Vec<u8>,
}

plain_fields! {
    Gpos {
        longitude: CharString = "a longitude",
        latitude: CharString = "a latitude",
        altitude: CharString = "an altitude",
    }
    examples [r#""-32.6882" "116.8652" "10.0""#]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "08 2d33322e36383832 08 3131362e38363532 04 31302e30";
        assert_same(RecordType::GPOS, r#""-32.6882" "116.8652" "10.0""#, octets);
        assert_needs(RecordType::GPOS, octets, 23);
    }
}
