//! AFSDB: a server of an AFS cell (RFC 1183 section 1).

use super::plain::{U16, WholeName, plain_fields};
use crate::name::Name;

/// A server of an AFS cell: `u16`, then a name (RFC 1183 section 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Afsdb {
    /// 1 for a volume location server, 2 for an authentication server.
    pub subtype: u16,
    /// The server.
    pub hostname: Name,
}

plain_fields! {
    Afsdb {
        subtype: U16 = "a subtype",
        hostname: WholeName = "a host's name",
    }
    examples ["1 bigbird.toaster.com.", "65535 ."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "0001 03 626967 00";
        assert_same(RecordType::AFSDB, "1 big.", octets);
        assert_needs(RecordType::AFSDB, octets, 7);
    }
}
