//! TALINK: a link in a list of trust anchors (draft-wijngaards-dnsop-trust-history).

use super::plain::{WholeName, plain_fields};
use crate::name::Name;

/// A link in a list of trust anchors: two names (draft-wijngaards-dnsop-trust-history-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talink {
    /// The link before this one; the root for none.
    pub previous: Name,
    /// The link after this one; the root for none.
    pub next: Name,
}

plain_fields! {
    Talink {
        previous: WholeName = "the previous link's name",
        next: WholeName = "the next link's name",
    }
    examples ["h0.example.com. h2.example.com."]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "00 02 6832 00";
        assert_same(RecordType::TALINK, ". h2.", octets);
        assert_needs(RecordType::TALINK, octets, 5);
    }
}
