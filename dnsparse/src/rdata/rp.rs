//! RP: a responsible person (RFC 1183 section 2.2).

use super::plain::{WholeName, plain_fields};
use crate::name::Name;

/// The person that is responsible for a name: two names (RFC 1183 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rp {
    /// The person's mailbox, its first label the part before the `@`; the root for none.
    pub mbox: Name,
    /// The name of TXT records about the person; the root for none.
    pub txt: Name,
}

plain_fields! {
    Rp {
        mbox: WholeName = "a mailbox's name",
        txt: WholeName = "a TXT record's name",
    }
    examples ["louie.trantor.umd.edu. LAM1.people.umd.edu.", ". ."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "05 6c6f756965 00 00";
        assert_same(RecordType::RP, "louie. .", octets);
        assert_needs(RecordType::RP, octets, 8);
    }
}
