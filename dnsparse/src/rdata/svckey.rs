//! [`SvcParamKey`]: which parameter of an SVCB or HTTPS record, by number and by name (RFC 9460 section 14.3.2).

use std::fmt;
use std::str::FromStr;

/// A parameter's key: a number, most of those in use with a name (IANA's "Service Parameter Keys (SvcParamKeys)").
///
/// ```
/// use dnsparse::SvcParamKey;
///
/// assert_eq!((SvcParamKey::PORT.to_string(), SvcParamKey(667).to_string()), ("port".into(), "key667".into()));
/// assert_eq!("key3".parse(), Ok(SvcParamKey::PORT));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SvcParamKey(
    /// The number as it travels.
    pub u16,
);

/// The keys that have a name here.
const KEYS: [(SvcParamKey, &str); 8] = [
    (SvcParamKey::MANDATORY, "mandatory"),
    (SvcParamKey::ALPN, "alpn"),
    (SvcParamKey::NO_DEFAULT_ALPN, "no-default-alpn"),
    (SvcParamKey::PORT, "port"),
    (SvcParamKey::IPV4HINT, "ipv4hint"),
    (SvcParamKey::ECH, "ech"),
    (SvcParamKey::IPV6HINT, "ipv6hint"),
    (SvcParamKey::DOHPATH, "dohpath"),
];

impl SvcParamKey {
    /// The keys that a client has to understand to use the record.
    pub const MANDATORY: Self = Self(0);
    /// The protocols spoken there, by their TLS names.
    pub const ALPN: Self = Self(1);
    /// The scheme's own protocol is not spoken there.
    pub const NO_DEFAULT_ALPN: Self = Self(2);
    /// The port, where it is not the scheme's own.
    pub const PORT: Self = Self(3);
    /// IPv4 addresses to try while the target is looked up.
    pub const IPV4HINT: Self = Self(4);
    /// Keys to encrypt the start of a TLS connection with (RFC 9848).
    pub const ECH: Self = Self(5);
    /// IPv6 addresses to try while the target is looked up.
    pub const IPV6HINT: Self = Self(6);
    /// Where a DNS server answers over HTTPS (RFC 9461 section 5).
    pub const DOHPATH: Self = Self(7);

    /// Whether it has a name here.
    pub(super) fn is_known(self) -> bool {
        KEYS.iter().any(|(known, _)| *known == self)
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

/// Neither a parameter's name nor the generic form of its number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a service parameter: write its name, such as alpn, or its number as key1")]
pub struct UnknownKey {
    /// What was written.
    pub text: String,
}

impl FromStr for SvcParamKey {
    type Err = UnknownKey;

    /// Reads a name or the generic form, either in any case.
    fn from_str(text: &str) -> Result<SvcParamKey, UnknownKey> {
        let lower = text.to_ascii_lowercase();
        let named = KEYS
            .iter()
            .find(|(_, name)| *name == lower)
            .map(|(key, _)| *key);
        let digits = lower
            .strip_prefix("key")
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
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
    fn every_key_survives_being_text() {
        for number in 0..=u16::MAX {
            assert_eq!(
                SvcParamKey(number).to_string().parse(),
                Ok(SvcParamKey(number))
            );
        }
        for bad in ["", "key", "key65536", "key+1", "ké", "key-1"] {
            assert!(
                bad.parse::<SvcParamKey>().is_err(),
                "{bad} was taken for a key"
            );
        }
    }
}
