//! The address of a server, as typed: `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or
//! `[2001:db8::53]:5353`.

use std::net::{IpAddr, SocketAddr};

/// The port of DNS servers (RFC 1035 section 4.2).
pub const PORT: u16 = 53;

/// Parses an address with or without a port; the default is [`PORT`].
///
/// # Errors
/// An error message for the user, if the text is no address. The name of a host is an error too: to
/// look it up would take a server.
///
/// ```
/// let server = transport::address::parse("192.0.2.53")?;
/// assert_eq!(server, "192.0.2.53:53".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address = match bracketed {
        Some(bare) => bare.parse().map(IpAddr::V6),
        None => text.parse(),
    };
    match (text.parse::<SocketAddr>(), address) {
        (Ok(server), _) if server.port() == 0 => Err("port 0 cannot be queried".to_owned()),
        (Ok(server), _) => Ok(server),
        (_, Ok(address)) => Ok(SocketAddr::new(address, PORT)),
        _ => Err(
            "write an IP address, or one with a port: 9.9.9.9, 127.0.0.1:2053, [::1]:2053"
                .to_owned(),
        ),
    }
}
