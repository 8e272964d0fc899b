//! EID and NIMLOC: endpoint identifiers and locators of Nimrod (draft-ietf-nimrod-dns-02), in the
//! text that BIND has for them.

use alloc::vec::Vec;

use super::plain::{Hex, plain_fields};

/// An endpoint identifier or a locator of Nimrod, a routing architecture that was never built:
/// octets to the end of RDATA (draft-ietf-nimrod-dns-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eid {
    /// The identifier or locator.
    pub octets: Vec<u8>,
}

plain_fields! {
    Eid {
        octets: Hex = "an identifier or locator",
    }
    in_only true
    examples ["1289AB"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn digits_are_hexadecimal() {
        for rtype in [RecordType::EID, RecordType::NIMLOC] {
            assert_same(rtype, "1289AB", "1289ab");
            assert_needs(rtype, "1289ab", 1);
        }
    }
}
