//! X25: an X.25 address (RFC 1183 section 3.1).

use alloc::vec::Vec;

use super::plain::{CharString, plain_fields};

/// An X.25 address: a character string (RFC 1183 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct X25 {
    /// The address, in decimal digits.
    pub address: Vec<u8>,
}

plain_fields! {
    X25 {
        address: CharString = "an X.25 address",
    }
    examples [r#""311061700956""#]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "03 333131";
        assert_same(RecordType::X25, r#""311""#, octets);
        assert_needs(RecordType::X25, octets, 4);
    }
}
