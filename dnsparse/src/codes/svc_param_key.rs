//! [`SvcParamKey`]: the keys of SVCB and HTTPS parameters, by number and by name (RFC 9460 section
//! 14.3.2).

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

/// A parameter's key: a number, usually with a name (IANA's "Service Parameter Keys
/// (SvcParamKeys)").
///
/// ```
/// use dnsparse::SvcParamKey;
///
/// assert_eq!(SvcParamKey::PORT.to_string(), "port");
/// assert_eq!(SvcParamKey(667).to_string(), "key667");
/// assert_eq!("key3".parse(), Ok(SvcParamKey::PORT));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SvcParamKey(
    /// The number on the wire.
    pub u16,
);

/// The keys that have a name here.
const KEYS: [(SvcParamKey, &str); 11] = [
    (SvcParamKey::MANDATORY, "mandatory"),
    (SvcParamKey::ALPN, "alpn"),
    (SvcParamKey::NO_DEFAULT_ALPN, "no-default-alpn"),
    (SvcParamKey::PORT, "port"),
    (SvcParamKey::IPV4HINT, "ipv4hint"),
    (SvcParamKey::ECH, "ech"),
    (SvcParamKey::IPV6HINT, "ipv6hint"),
    (SvcParamKey::DOHPATH, "dohpath"),
    (SvcParamKey::OHTTP, "ohttp"),
    (SvcParamKey::TLS_SUPPORTED_GROUPS, "tls-supported-groups"),
    (SvcParamKey::DOCPATH, "docpath"),
];

impl SvcParamKey {
    /// The keys that a client must understand to use the record.
    pub const MANDATORY: Self = Self(0);
    /// The service's protocols, by their TLS names.
    pub const ALPN: Self = Self(1);
    /// The service does not speak the scheme's own protocol.
    pub const NO_DEFAULT_ALPN: Self = Self(2);
    /// The port, if it is not the scheme's own.
    pub const PORT: Self = Self(3);
    /// IPv4 addresses to try while the target is looked up.
    pub const IPV4HINT: Self = Self(4);
    /// Keys that encrypt the start of a TLS connection (RFC 9848).
    pub const ECH: Self = Self(5);
    /// IPv6 addresses to try while the target is looked up.
    pub const IPV6HINT: Self = Self(6);
    /// The path of a DNS server that answers over HTTPS (RFC 9461 section 5).
    pub const DOHPATH: Self = Self(7);
    /// The service takes oblivious HTTP requests (RFC 9540 section 4).
    pub const OHTTP: Self = Self(8);
    /// The groups for key exchange that the service supports in TLS.
    pub const TLS_SUPPORTED_GROUPS: Self = Self(9);
    /// The path of a DNS server that answers over CoAP (RFC 9953 section 3.2).
    pub const DOCPATH: Self = Self(10);

    /// Checks whether the key has a name here.
    pub(crate) fn is_known(self) -> bool {
        KEYS.iter().any(|(key, _)| *key == self)
    }
}

impl fmt::Display for SvcParamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match KEYS.iter().find(|(key, _)| key == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "key{}", self.0),
        }
    }
}

/// The same as `Display`.
impl fmt::Debug for SvcParamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is neither a parameter's name nor the generic form of its number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a service parameter: write its name, such as alpn, or its number as key1")]
pub struct UnknownKey {
    /// The text.
    pub text: String,
}

impl FromStr for SvcParamKey {
    type Err = UnknownKey;

    /// Parses a name or the generic form, either in any case. The number has no leading zeros (RFC
    /// 9460 section 2.1).
    fn from_str(text: &str) -> Result<SvcParamKey, UnknownKey> {
        let lower = text.to_ascii_lowercase();
        let named = KEYS
            .iter()
            .find(|(_, name)| *name == lower)
            .map(|(key, _)| *key);
        let digits = lower
            .strip_prefix("key")
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
            .filter(|d| *d == "0" || !d.starts_with('0'));
        let number = digits
            .and_then(|digits| digits.parse().ok())
            .map(SvcParamKey);
        named.or(number).ok_or_else(|| UnknownKey {
            text: text.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_parses_back_from_its_text() {
        for number in 0..=u16::MAX {
            assert_eq!(
                SvcParamKey(number).to_string().parse(),
                Ok(SvcParamKey(number))
            );
        }
        for bad in [
            "", "key", "key65536", "key+1", "ké", "key-1", "key00003", "key01", "key00",
        ] {
            assert!(
                bad.parse::<SvcParamKey>().is_err(),
                "{bad} was parsed as a key"
            );
        }
    }
}
