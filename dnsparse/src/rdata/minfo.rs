//! MINFO: the mailboxes of a mail list (RFC 1035 section 3.3.7).

use super::plain::{CompressedName, plain_fields};
use crate::name::Name;

/// The mailboxes of a mail list, or of a mailbox: two names (RFC 1035 section 3.3.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minfo {
    /// The mailbox that is responsible for the list.
    pub rmailbx: Name,
    /// The mailbox that gets its error messages.
    pub emailbx: Name,
}

plain_fields! {
    Minfo {
        rmailbx: CompressedName = "a mailbox's name",
        emailbx: CompressedName = "a mailbox's name",
    }
    examples ["admin.example. errors.example.", ". ."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "05 61646d696e 00 00";
        assert_same(RecordType::MINFO, "admin. .", octets);
        assert_needs(RecordType::MINFO, octets, 8);
    }
}
