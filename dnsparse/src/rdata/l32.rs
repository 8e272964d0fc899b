//! L32: a 32-bit locator (RFC 6742 section 2.2).

use core::net::Ipv4Addr;

use super::plain::{Ipv4, U16, plain_fields};

/// A 32-bit locator of ILNP: `u16`, then four octets (RFC 6742 section 2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct L32 {
    /// The locator with the lowest preference is tried first.
    pub preference: u16,
    /// The locator, written as an IPv4 address.
    pub locator: Ipv4Addr,
}

plain_fields! {
    L32 {
        preference: U16 = "a preference",
        locator: Ipv4 = "a locator",
    }
    examples ["10 10.1.2.0"]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same};
    use crate::RecordType;

    #[test]
    fn fields_have_the_order_of_the_rfc() {
        let octets = "000a 0a010200";
        assert_same(RecordType::L32, "10 10.1.2.0", octets);
        assert_needs(RecordType::L32, octets, 6);
    }
}
