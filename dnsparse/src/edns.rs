//! EDNS options: octets ↔ values → text (RFC 6891 section 6.1.2 and the RFCs of each option).
//!
//! An option without a form here, or whose octets do not have the form of its code, stays octets: a
//! peer's badly formed option is no reason to refuse its message. Every option that is parsed is
//! written with the same octets.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One EDNS option.
///
/// ```
/// use dnsparse::EdnsOption;
///
/// let option = EdnsOption::from_octets(15, b"\x00\x12not for you");
/// let EdnsOption::ExtendedError(error) = &option else { panic!("an extended error") };
/// assert_eq!((error.info_code, error.name()), (18, Some("Prohibited")));
/// assert_eq!(option.to_string(), "EDE: 18 (Prohibited): (not for you)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EdnsOption {
    /// 3: the server's identifier, which tells apart servers that share an address. In a query it
    /// is empty, and asks for it (RFC 5001).
    Nsid(Vec<u8>),
    /// 8: the network of the client, to a prefix (RFC 7871).
    ClientSubnet(ClientSubnet),
    /// 10: proof that the peer receives messages at its address (RFC 7873).
    Cookie(Cookie),
    /// 11: the time for which an idle TCP connection stays open, in tenths of a second. In a query
    /// it is empty, and asks for it (RFC 7828).
    Keepalive(Option<u16>),
    /// 12: the given number of zero octets, which hide the message's length (RFC 7830).
    Padding(u16),
    /// 15: the reason for an error, in more detail than the RCODE (RFC 8914).
    ExtendedError(ExtendedError),
    /// Any other option, or one whose octets do not have the form of its code.
    Unknown {
        /// The code, from IANA's "DNS EDNS0 Option Codes (OPT)".
        code: u16,
        /// The value on the wire.
        octets: Vec<u8>,
    },
}

/// In a query, the network of the resolver's client; in the reply, the network that the answer is
/// for (RFC 7871 section 6).
///
/// ```text
///     FAMILY (u16): 1 IPv4, 2 IPv6
///     |  SOURCE PREFIX-LENGTH  |  SCOPE PREFIX-LENGTH  |
///     ADDRESS: as many octets as the source prefix needs, the bits after it zero
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientSubnet {
    /// The network's address; bits after `source_prefix` are zero.
    pub address: IpAddr,
    /// The number of bits of the address that count.
    pub source_prefix: u8,
    /// In a reply, the number of bits for which the answer is valid; in a query, 0.
    pub scope_prefix: u8,
}

/// The cookies of client and server (RFC 7873 section 4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// The client's cookie of eight octets, which the server repeats.
    pub client: [u8; 8],
    /// The server's cookie of 8 to 32 octets; empty until the client has received one.
    pub server: Vec<u8>,
}

/// The reason for an error: an Extended DNS Error, or EDE (RFC 8914 section 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedError {
    /// The reason as a number; [`ExtendedError::name`] returns its name.
    pub info_code: u16,
    /// More text for people; often empty.
    pub extra_text: String,
}

/// The codes of the options that have a form here.
mod code {
    pub(super) const NSID: u16 = 3;
    pub(super) const CLIENT_SUBNET: u16 = 8;
    pub(super) const COOKIE: u16 = 10;
    pub(super) const KEEPALIVE: u16 = 11;
    pub(super) const PADDING: u16 = 12;
    pub(super) const EXTENDED_ERROR: u16 = 15;
}

impl EdnsOption {
    /// Makes the option of a code from its octets.
    ///
    /// ```
    /// use dnsparse::EdnsOption;
    ///
    /// assert_eq!(EdnsOption::from_octets(3, b"lon"), EdnsOption::Nsid(b"lon".to_vec()));
    /// let odd = EdnsOption::Unknown { code: 10, octets: vec![1, 2, 3] };
    /// assert_eq!(EdnsOption::from_octets(10, &[1, 2, 3]), odd);
    /// ```
    pub fn from_octets(code: u16, octets: &[u8]) -> EdnsOption {
        let typed = match code {
            code::NSID => Some(EdnsOption::Nsid(octets.to_vec())),
            code::CLIENT_SUBNET => ClientSubnet::parse(octets).map(EdnsOption::ClientSubnet),
            code::COOKIE => Cookie::parse(octets).map(EdnsOption::Cookie),
            code::KEEPALIVE => keepalive(octets).map(EdnsOption::Keepalive),
            code::PADDING => padding(octets).map(EdnsOption::Padding),
            code::EXTENDED_ERROR => ExtendedError::parse(octets).map(EdnsOption::ExtendedError),
            _ => None,
        };
        let octets = || octets.to_vec();
        typed.unwrap_or_else(|| EdnsOption::Unknown {
            code,
            octets: octets(),
        })
    }

    /// Returns the option's code.
    ///
    /// ```
    /// assert_eq!(dnsparse::EdnsOption::Padding(12).code(), 12);
    /// ```
    pub fn code(&self) -> u16 {
        match self {
            EdnsOption::Nsid(_) => code::NSID,
            EdnsOption::ClientSubnet(_) => code::CLIENT_SUBNET,
            EdnsOption::Cookie(_) => code::COOKIE,
            EdnsOption::Keepalive(_) => code::KEEPALIVE,
            EdnsOption::Padding(_) => code::PADDING,
            EdnsOption::ExtendedError(_) => code::EXTENDED_ERROR,
            EdnsOption::Unknown { code, .. } => *code,
        }
    }

    /// Returns the option's octets, without code and length.
    ///
    /// ```
    /// use dnsparse::EdnsOption;
    ///
    /// let option = EdnsOption::Keepalive(Some(300));
    /// assert_eq!(EdnsOption::from_octets(option.code(), &option.octets()), option);
    /// ```
    pub fn octets(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            EdnsOption::Nsid(octets) | EdnsOption::Unknown { octets, .. } => {
                out.extend_from_slice(octets);
            }
            EdnsOption::ClientSubnet(subnet) => subnet.write(out),
            EdnsOption::Cookie(cookie) => {
                out.extend_from_slice(&cookie.client);
                out.extend_from_slice(&cookie.server);
            }
            EdnsOption::Keepalive(timeout) => {
                out.extend(timeout.iter().flat_map(|timeout| timeout.to_be_bytes()));
            }
            EdnsOption::Padding(count) => out.extend(core::iter::repeat_n(0, usize::from(*count))),
            EdnsOption::ExtendedError(error) => {
                out.extend_from_slice(&error.info_code.to_be_bytes());
                out.extend_from_slice(error.extra_text.as_bytes());
            }
        }
    }
}

/// RFC 7828 section 3.1.
fn keepalive(octets: &[u8]) -> Option<Option<u16>> {
    match octets {
        [] => Some(None),
        [high, low] => Some(Some(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

/// RFC 7830 section 3. Padding with other octets than zero is kept as octets.
fn padding(octets: &[u8]) -> Option<u16> {
    let is_zero = octets.iter().all(|octet| *octet == 0);
    u16::try_from(octets.len()).ok().filter(|_| is_zero)
}

impl ClientSubnet {
    /// Makes a client's network for a query. Bits of the address after the prefix are cleared, and
    /// a prefix longer than the address is cut to it.
    ///
    /// ```
    /// use dnsparse::ClientSubnet;
    ///
    /// let subnet = ClientSubnet::new([192, 0, 2, 77].into(), 24);
    /// assert_eq!(subnet.to_string(), "192.0.2.0/24/0");
    /// ```
    pub fn new(address: IpAddr, source_prefix: u8) -> ClientSubnet {
        let (address, source_prefix) = match address {
            IpAddr::V4(address) => {
                let prefix = source_prefix.min(32);
                let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
                (
                    IpAddr::from(Ipv4Addr::from_bits(address.to_bits() & mask)),
                    prefix,
                )
            }
            IpAddr::V6(address) => {
                let prefix = source_prefix.min(128);
                let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
                (
                    IpAddr::from(Ipv6Addr::from_bits(address.to_bits() & mask)),
                    prefix,
                )
            }
        };
        ClientSubnet {
            address,
            source_prefix,
            scope_prefix: 0,
        }
    }

    fn parse(octets: &[u8]) -> Option<ClientSubnet> {
        let (&[0, family, source_prefix, scope_prefix], address) = octets.split_first_chunk()?
        else {
            return None;
        };
        let mut whole = [0; 16];
        whole.get_mut(..address.len())?.copy_from_slice(address);
        let [a, b, c, d, ..] = whole;
        let (address, bits) = match family {
            1 => (IpAddr::from([a, b, c, d]), 32),
            2 => (IpAddr::from(whole), 128),
            _ => return None,
        };
        let subnet = ClientSubnet {
            scope_prefix,
            ..ClientSubnet::new(address, source_prefix)
        };
        // Octets that would not be written the same do not have the form.
        let mut again = Vec::with_capacity(octets.len());
        subnet.write(&mut again);
        (again == octets && scope_prefix <= bits).then_some(subnet)
    }

    /// Appends the network, its prefix and bits corrected as by [`ClientSubnet::new`].
    fn write(&self, out: &mut Vec<u8>) {
        let ClientSubnet {
            address,
            source_prefix,
            ..
        } = ClientSubnet::new(self.address, self.source_prefix);
        let (family, octets) = match address {
            IpAddr::V4(address) => (1, address.octets().to_vec()),
            IpAddr::V6(address) => (2, address.octets().to_vec()),
        };
        out.extend_from_slice(&[0, family, source_prefix, self.scope_prefix]);
        out.extend(
            octets
                .into_iter()
                .take(usize::from(source_prefix.div_ceil(8))),
        );
    }
}

impl Cookie {
    fn parse(octets: &[u8]) -> Option<Cookie> {
        let (client, server) = octets.split_first_chunk()?;
        let is_whole = matches!(server.len(), 0 | 8..=32);
        is_whole.then(|| Cookie {
            client: *client,
            server: server.to_vec(),
        })
    }
}

impl ExtendedError {
    fn parse(octets: &[u8]) -> Option<ExtendedError> {
        let (info_code, text) = octets.split_first_chunk()?;
        let extra_text = str::from_utf8(text).ok()?.to_owned();
        Some(ExtendedError {
            info_code: u16::from_be_bytes(*info_code),
            extra_text,
        })
    }

    /// Returns the name of the reason, if IANA's "Extended DNS Error Codes" has one.
    ///
    /// ```
    /// use dnsparse::ExtendedError;
    ///
    /// let error = ExtendedError { info_code: 6, extra_text: String::new() };
    /// assert_eq!(error.name(), Some("DNSSEC Bogus"));
    /// ```
    pub fn name(&self) -> Option<&'static str> {
        REASONS.get(usize::from(self.info_code)).copied()
    }
}

/// IANA's "Extended DNS Error Codes": RFC 8914 section 4 up to 24, and those registered since.
const REASONS: [&str; 31] = [
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
];

/// Looks up the name of an option's code (IANA's "DNS EDNS0 Option Codes (OPT)").
pub(crate) fn option_name(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "LLQ",
        2 => "UPDATE-LEASE",
        code::NSID => "NSID",
        5 => "DAU",
        6 => "DHU",
        7 => "N3U",
        code::CLIENT_SUBNET => "CLIENT-SUBNET",
        9 => "EXPIRE",
        code::COOKIE => "COOKIE",
        code::KEEPALIVE => "TCP-KEEPALIVE",
        code::PADDING => "PADDING",
        13 => "CHAIN",
        14 => "KEY-TAG",
        code::EXTENDED_ERROR => "EXTENDED-ERROR",
        18 => "REPORT-CHANNEL",
        19 => "ZONEVERSION",
        _ => return None,
    })
}

/// The form of dig, without the semicolon before it: `COOKIE: 0123456789abcdef`, `OPT=65001: 68 69
/// ("hi")`.
impl fmt::Display for EdnsOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EdnsOption::Nsid(octets) => write!(f, "NSID:{}", Dump(octets)),
            EdnsOption::ClientSubnet(subnet) => write!(f, "CLIENT-SUBNET: {subnet}"),
            EdnsOption::Cookie(cookie) => write!(f, "COOKIE: {cookie}"),
            EdnsOption::Keepalive(None) => write!(f, "TCP KEEPALIVE:"),
            EdnsOption::Keepalive(Some(tenths)) => {
                write!(f, "TCP KEEPALIVE: {}.{} secs", tenths / 10, tenths % 10)
            }
            EdnsOption::Padding(0) => write!(f, "PAD:"),
            EdnsOption::Padding(count) => write!(f, "PAD: ({count} bytes)"),
            EdnsOption::ExtendedError(error) => write!(f, "EDE: {error}"),
            EdnsOption::Unknown { code, octets } => write!(f, "OPT={code}:{}", Dump(octets)),
        }
    }
}

/// `192.0.2.0/24/0`: the source prefix, then the scope's.
impl fmt::Display for ClientSubnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}/{}/{}",
            self.address, self.source_prefix, self.scope_prefix
        )
    }
}

/// Both parts in hexadecimal, without a blank.
impl fmt::Display for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}{}",
            hex::encode(self.client),
            hex::encode(&self.server)
        )
    }
}

/// `18 (Prohibited): (not for you)`.
impl fmt::Display for ExtendedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.info_code)?;
        if let Some(name) = self.name() {
            write!(f, " ({name})")?;
        }
        if !self.extra_text.is_empty() {
            let visible = |c: char| if c.is_control() { '.' } else { c };
            let text: String = self.extra_text.chars().map(visible).collect();
            write!(f, ": ({text})")?;
        }
        Ok(())
    }
}

/// ` 68 69 07 ("hi.")`; no text for no octets.
struct Dump<'o>(&'o [u8]);

impl fmt::Display for Dump<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.0 {
            write!(f, " {octet:02x}")?;
        }
        if self.0.is_empty() {
            return Ok(());
        }
        f.write_str(" (\"")?;
        for octet in self.0 {
            let is_visible = octet.is_ascii_graphic() || *octet == b' ';
            f.write_char(if is_visible { char::from(*octet) } else { '.' })?;
        }
        f.write_str("\")")
    }
}

#[cfg(test)]
mod tests;
