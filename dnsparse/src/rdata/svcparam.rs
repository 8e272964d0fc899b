//! [`SvcParam`]: one parameter of an SVCB or HTTPS record (RFC 9460 sections 7 and 8).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use super::Hints;
use super::txt::{Txt, strings};
use crate::codes::SvcParamKey;
use crate::text::escape::write_quoted;
use crate::text::{Fields, Ipv6Text, TextFault, ZoneErrorKind, base64};
use crate::wire::RdataWriter;

/// One parameter of an SVCB or HTTPS record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SvcParam {
    /// The keys that a client must understand to use the record. They ascend; at least one.
    Mandatory(Vec<SvcParamKey>),
    /// The protocols, by their TLS names (`h2`, `h3`), none of them empty.
    Alpn(Txt),
    /// The service does not speak the scheme's own protocol. Only allowed beside
    /// [`SvcParam::Alpn`].
    NoDefaultAlpn,
    /// The port.
    Port(u16),
    /// Addresses to try while the target is looked up; at least one.
    Ipv4Hint(Hints<Ipv4Addr, 8>),
    /// A list of TLS configurations in TLS's own form; not empty.
    Ech(Vec<u8>),
    /// Addresses to try while the target is looked up; at least one.
    Ipv6Hint(Hints<Ipv6Addr, 2>),
    /// A URI template such as `/dns-query{?dns}`.
    DohPath(String),
    /// The service takes oblivious HTTP requests.
    Ohttp,
    /// The groups for key exchange in TLS, by their numbers (IANA's "TLS Supported Groups"), each
    /// once; at least one.
    TlsSupportedGroups(Vec<u16>),
    /// The segments of a path for DNS over CoAP, none of them empty; `None` is the root.
    DocPath(Option<Txt>),
    /// Any other key, and its value on the wire; in AliasMode, also a value that does not have the
    /// form of its key.
    Unknown {
        /// The key.
        key: SvcParamKey,
        /// The value.
        octets: Vec<u8>,
    },
}

impl SvcParam {
    /// Returns the key.
    ///
    /// ```
    /// use dnsparse::{SvcParam, SvcParamKey};
    ///
    /// assert_eq!(SvcParam::Port(53).key(), SvcParamKey::PORT);
    /// ```
    pub fn key(&self) -> SvcParamKey {
        match self {
            SvcParam::Mandatory(_) => SvcParamKey::MANDATORY,
            SvcParam::Alpn(_) => SvcParamKey::ALPN,
            SvcParam::NoDefaultAlpn => SvcParamKey::NO_DEFAULT_ALPN,
            SvcParam::Port(_) => SvcParamKey::PORT,
            SvcParam::Ipv4Hint(_) => SvcParamKey::IPV4HINT,
            SvcParam::Ech(_) => SvcParamKey::ECH,
            SvcParam::Ipv6Hint(_) => SvcParamKey::IPV6HINT,
            SvcParam::DohPath(_) => SvcParamKey::DOHPATH,
            SvcParam::Ohttp => SvcParamKey::OHTTP,
            SvcParam::TlsSupportedGroups(_) => SvcParamKey::TLS_SUPPORTED_GROUPS,
            SvcParam::DocPath(_) => SvcParamKey::DOCPATH,
            SvcParam::Unknown { key, .. } => *key,
        }
    }

    /// Parses a value from the wire; returns `None` if it does not have the form of its key.
    pub(crate) fn from_octets(key: SvcParamKey, octets: &[u8]) -> Option<SvcParam> {
        let mut params = Vec::new();
        SvcParam::parse_into(&mut params, key, octets);
        params.pop()
    }

    /// Parses a value from the wire, and appends it; returns false if it does not have the form of
    /// its key. It is made where it stays, since moving it would take longer than parsing it.
    #[inline(always)]
    pub(super) fn parse_into(params: &mut Vec<SvcParam>, key: SvcParamKey, octets: &[u8]) -> bool {
        match key {
            SvcParamKey::ALPN => push(
                params,
                strings(octets).ok().map(|(_, ids)| SvcParam::Alpn(ids)),
            ),
            SvcParamKey::PORT => {
                let port = octets.try_into().ok().map(u16::from_be_bytes);
                push(params, port.map(SvcParam::Port))
            }
            SvcParamKey::IPV4HINT => push(
                params,
                items(octets, <[u8; 4]>::into).map(SvcParam::Ipv4Hint),
            ),
            SvcParamKey::ECH => push(params, Some(SvcParam::Ech(octets.to_vec()))),
            SvcParamKey::IPV6HINT => push(
                params,
                items(octets, <[u8; 16]>::into).map(SvcParam::Ipv6Hint),
            ),
            _ => push(params, SvcParam::rare_from_octets(key, octets)),
        }
    }

    /// Parses a value of a key that few records have.
    #[inline(never)]
    fn rare_from_octets(key: SvcParamKey, octets: &[u8]) -> Option<SvcParam> {
        match key {
            SvcParamKey::MANDATORY => {
                items(octets, |key| SvcParamKey(u16::from_be_bytes(key))).map(SvcParam::Mandatory)
            }
            SvcParamKey::NO_DEFAULT_ALPN => octets.is_empty().then_some(SvcParam::NoDefaultAlpn),
            SvcParamKey::DOHPATH => str::from_utf8(octets)
                .ok()
                .map(|path| SvcParam::DohPath(path.to_owned())),
            SvcParamKey::OHTTP => octets.is_empty().then_some(SvcParam::Ohttp),
            SvcParamKey::TLS_SUPPORTED_GROUPS => {
                items(octets, u16::from_be_bytes).map(SvcParam::TlsSupportedGroups)
            }
            SvcParamKey::DOCPATH if octets.is_empty() => Some(SvcParam::DocPath(None)),
            SvcParamKey::DOCPATH => strings(octets)
                .ok()
                .map(|(_, path)| SvcParam::DocPath(Some(path))),
            _ => Some(SvcParam::Unknown {
                key,
                octets: octets.to_vec(),
            }),
        }
    }

    /// Checks whether the value could have been parsed.
    #[inline]
    pub(super) fn is_valid(&self) -> bool {
        match self {
            SvcParam::Mandatory(keys) => {
                keys.first()
                    .is_some_and(|first| *first > SvcParamKey::MANDATORY)
                    && keys.is_sorted_by(|a, b| a < b)
            }
            SvcParam::Alpn(items) | SvcParam::DocPath(Some(items)) => {
                items.strings().all(|item| !item.is_empty())
            }
            SvcParam::Ipv4Hint(hints) => !hints.is_empty(),
            SvcParam::Ipv6Hint(hints) => !hints.is_empty(),
            SvcParam::Ech(octets) => !octets.is_empty(),
            SvcParam::Unknown { key, .. } => !key.is_known(),
            SvcParam::TlsSupportedGroups(groups) => !groups.is_empty() && is_each_once(groups),
            SvcParam::NoDefaultAlpn
            | SvcParam::Port(_)
            | SvcParam::DohPath(_)
            | SvcParam::Ohttp
            | SvcParam::DocPath(None) => true,
        }
    }

    /// Appends the value.
    pub(super) fn write(&self, out: &mut RdataWriter<'_>) {
        match self {
            SvcParam::Mandatory(keys) => keys.iter().for_each(|key| out.u16(key.0)),
            SvcParam::Alpn(ids) => out.octets(&ids.wire),
            SvcParam::NoDefaultAlpn | SvcParam::Ohttp | SvcParam::DocPath(None) => {}
            SvcParam::TlsSupportedGroups(groups) => groups.iter().for_each(|group| out.u16(*group)),
            SvcParam::DocPath(Some(path)) => out.octets(&path.wire),
            SvcParam::Port(port) => out.u16(*port),
            SvcParam::Ipv4Hint(hints) => hints.iter().for_each(|hint| out.octets(&hint.octets())),
            SvcParam::Ech(octets) | SvcParam::Unknown { octets, .. } => out.octets(octets),
            SvcParam::Ipv6Hint(hints) => hints.iter().for_each(|hint| out.octets(&hint.octets())),
            SvcParam::DohPath(path) => out.octets(path.as_bytes()),
        }
    }

    /// Reads `key`, `key=value` or `key="value"` (RFC 9460 section 2.1). In AliasMode, the generic
    /// form `key1="..."` may have any value.
    pub(super) fn read(fields: &mut Fields<'_, '_>, is_alias: bool) -> Result<SvcParam, TextFault> {
        let (at, key, value) = fields.param()?;
        let fault = |kind| TextFault::new(at, kind);
        let number = key.parse::<SvcParamKey>();
        let number = number.map_err(|error| fault(ZoneErrorKind::SvcParamKey(error)))?;
        let is_generic = number.to_string() != key.to_ascii_lowercase();
        let param = match is_generic {
            true => {
                SvcParam::from_octets(number, &value).or(is_alias.then_some(SvcParam::Unknown {
                    key: number,
                    octets: value,
                }))
            }
            false => from_value(number, &value),
        };
        let refused = || {
            fault(ZoneErrorKind::SvcParamValue {
                key: number,
                expected: expected(number),
            })
        };
        param.ok_or_else(refused)
    }
}

/// Appends a parameter if it is valid.
#[inline(always)]
fn push(params: &mut Vec<SvcParam>, param: Option<SvcParam>) -> bool {
    match param {
        Some(param) if param.is_valid() => {
            params.push(param);
            true
        }
        _ => false,
    }
}

/// Checks that no group stands twice.
#[cold]
fn is_each_once(groups: &[u16]) -> bool {
    let mut sorted = groups.to_vec();
    sorted.sort_unstable();
    sorted.is_sorted_by(|a, b| a < b)
}

/// Splits octets into items of `N` octets each. Returns `None` if octets are left over.
#[inline]
fn items<const N: usize, T, C>(octets: &[u8], item: fn([u8; N]) -> T) -> Option<C>
where
    C: FromIterator<T>,
{
    let (items, left) = octets.as_chunks();
    left.is_empty()
        .then(|| items.iter().copied().map(item).collect())
}

/// Describes the text of a key's value, for an error.
fn expected(key: SvcParamKey) -> &'static str {
    match key {
        SvcParamKey::MANDATORY => "other parameters, each once, with commas between them",
        SvcParamKey::ALPN => {
            "names of protocols of 1 to 255 octets with commas between them, such as h2,h3"
        }
        SvcParamKey::NO_DEFAULT_ALPN | SvcParamKey::OHTTP => "left out",
        SvcParamKey::DOCPATH => {
            "segments of a path of 1 to 255 octets with commas between them, such as dns"
        }
        SvcParamKey::TLS_SUPPORTED_GROUPS => "numbers, each once, with commas between them",
        SvcParamKey::PORT => "a number from 0 to 65535",
        SvcParamKey::IPV4HINT => "IPv4 addresses with commas between them",
        SvcParamKey::ECH => "base64 (RFC 4648 section 4)",
        SvcParamKey::IPV6HINT => "IPv6 addresses with commas between them",
        _ => "in the form of that key",
    }
}

/// Reads a parameter from its value in text, whose escapes are undone once.
fn from_value(key: SvcParamKey, value: &[u8]) -> Option<SvcParam> {
    let text = || str::from_utf8(value).ok();
    let param = match key {
        SvcParamKey::MANDATORY => {
            let mut keys: Vec<SvcParamKey> = parsed(text()?)?;
            keys.sort_unstable();
            SvcParam::Mandatory(keys)
        }
        SvcParamKey::ALPN => SvcParam::Alpn(Txt::new(split_list(value)?).ok()?),
        SvcParamKey::NO_DEFAULT_ALPN => value.is_empty().then_some(SvcParam::NoDefaultAlpn)?,
        SvcParamKey::PORT if value.iter().all(u8::is_ascii_digit) => {
            SvcParam::Port(text()?.parse().ok()?)
        }
        SvcParamKey::IPV4HINT => SvcParam::Ipv4Hint(parsed(text()?)?),
        SvcParamKey::ECH => SvcParam::Ech(base64(value)?),
        SvcParamKey::IPV6HINT => SvcParam::Ipv6Hint(parsed(text()?)?),
        SvcParamKey::DOHPATH => SvcParam::DohPath(text()?.to_owned()),
        SvcParamKey::OHTTP => value.is_empty().then_some(SvcParam::Ohttp)?,
        SvcParamKey::TLS_SUPPORTED_GROUPS => {
            let is_allowed = |octet: &u8| octet.is_ascii_digit() || *octet == b',';
            let numbers = value.iter().all(is_allowed).then(text)??;
            SvcParam::TlsSupportedGroups(parsed(numbers)?)
        }
        SvcParamKey::DOCPATH if value.is_empty() => SvcParam::DocPath(None),
        SvcParamKey::DOCPATH => SvcParam::DocPath(Some(Txt::new(split_list(value)?).ok()?)),
        SvcParamKey::PORT => return None,
        _ => SvcParam::Unknown {
            key,
            octets: value.to_vec(),
        },
    };
    Some(param).filter(SvcParam::is_valid)
}

/// Parses items with commas between them. Returns `None` if any of them does not parse.
fn parsed<T: FromStr, C: FromIterator<T>>(text: &str) -> Option<C> {
    text.split(',').map(|item| item.parse().ok()).collect()
}

/// Splits a list whose items may have commas, with a backslash before them (RFC 9460 appendix A.1).
fn split_list(value: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (mut items, mut item) = (Vec::new(), Vec::new());
    let mut octets = value.iter().copied();
    while let Some(octet) = octets.next() {
        match octet {
            b',' => items.push(core::mem::take(&mut item)),
            b'\\' => item.push(octets.next()?),
            _ => item.push(octet),
        }
    }
    items.push(item);
    Some(items)
}

/// Joins items with commas, as [`split_list`] splits them.
fn join_list<'i>(items: impl Iterator<Item = &'i [u8]>) -> Vec<u8> {
    let mut value = Vec::new();
    for (index, item) in items.enumerate() {
        if index > 0 {
            value.push(b',');
        }
        for &octet in item {
            if matches!(octet, b',' | b'\\') {
                value.push(b'\\');
            }
            value.push(octet);
        }
    }
    value
}

impl fmt::Display for SvcParam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SvcParam::Unknown { key, .. } => write!(f, "key{}", key.0)?,
            _ => write!(f, "{}", self.key())?,
        }
        match self {
            SvcParam::Mandatory(keys) => write_list(f, keys.iter()),
            SvcParam::Alpn(ids) => write_value(f, &join_list(ids.strings())),
            SvcParam::NoDefaultAlpn | SvcParam::Ohttp | SvcParam::DocPath(None) => Ok(()),
            SvcParam::TlsSupportedGroups(groups) => write_list(f, groups.iter()),
            SvcParam::DocPath(Some(path)) => write_value(f, &join_list(path.strings())),
            SvcParam::Port(port) => write!(f, "={port}"),
            SvcParam::Ipv4Hint(hints) => write_list(f, hints.iter()),
            SvcParam::Ech(octets) => write!(f, "={}", data_encoding::BASE64.encode(octets)),
            SvcParam::Ipv6Hint(hints) => write_list(f, hints.iter().copied().map(Ipv6Text)),
            SvcParam::DohPath(path) => write_value(f, path.as_bytes()),
            SvcParam::Unknown { octets, .. } if octets.is_empty() => Ok(()),
            SvcParam::Unknown { octets, .. } => write_value(f, octets),
        }
    }
}

fn write_value(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    f.write_str("=")?;
    write_quoted(f, octets)
}

fn write_list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    items: impl Iterator<Item = T>,
) -> fmt::Result {
    for (index, item) in items.enumerate() {
        let before = if index == 0 { '=' } else { ',' };
        write!(f, "{before}{item}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_commas_and_backslashes() {
        let items = vec![b"a,b".to_vec(), b"\\".to_vec(), b"c\\,".to_vec()];
        let joined = join_list(items.iter().map(Vec::as_slice));
        assert_eq!(joined, b"a\\,b,\\\\,c\\\\\\,");
        assert_eq!(split_list(&joined), Some(items));
        assert_eq!(split_list(b"a\\"), None);
        assert_eq!(split_list(b""), Some(vec![vec![]]));
    }
}
