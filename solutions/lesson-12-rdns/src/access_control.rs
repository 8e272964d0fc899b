//! [`AccessControl`]: the clients that are answered (RFC 5358).
//!
//! A resolver that answers the whole Internet is a weapon for an attacker that sends queries in the
//! name of a victim: small queries go in, large replies go out, to the victim. So this one answers
//! its own machine, and the networks that it is configured to answer.

use std::net::IpAddr;

use ipnet::IpNet;

/// The networks whose clients are answered, besides the machine itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessControl {
    networks: Vec<IpNet>,
}

impl AccessControl {
    /// Allows this machine, and these networks.
    pub fn new(networks: impl IntoIterator<Item = IpNet>) -> AccessControl {
        AccessControl {
            networks: networks.into_iter().collect(),
        }
    }

    /// Whether clients on other machines may be allowed, too.
    pub fn is_open(&self) -> bool {
        !self.networks.is_empty()
    }

    /// Whether a client is answered.
    ///
    /// ```
    /// use rdns::AccessControl;
    ///
    /// let access = AccessControl::new(["192.0.2.0/24".parse()?]);
    /// assert!(access.allows("192.0.2.7".parse()?));
    /// assert!(access.allows("127.0.0.1".parse()?));
    /// assert!(!access.allows("198.51.100.7".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allows(&self, client: IpAddr) -> bool {
        // An IPv6 socket shows the IPv4 address 192.0.2.7 as ::ffff:192.0.2.7.
        let client = client.to_canonical();
        let mut networks = self.networks.iter();
        // todo: Return whether the client's address is one of this machine (a loopback address), or
        // in one of the networks.
        client.is_loopback() || networks.any(|network| network.contains(&client))
        // end todo
    }
}

/// Parses a network such as `192.0.2.0/24` or `2001:db8::/32`, or a single address.
///
/// # Errors
/// One sentence for the command line.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network.map_err(|_| {
        format!(
            "'{text}' is not a network: write one such as 192.0.2.0/24 or 2001:db8::/32, or an address"
        )
    })
}
