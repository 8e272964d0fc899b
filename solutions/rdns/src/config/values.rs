//! The forms of values in the file. Each says in one sentence what it has to look like.

use std::fmt;
use std::marker::PhantomData;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use recursive::parse_network;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use trust::exceptions::Exception;

use crate::text::shortened;

/// An address with a port, to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen(pub SocketAddr);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Listen, String> {
        let address: SocketAddr = text.parse().map_err(|_| {
            format!(
                "'{text}' is not an address with a port: write one such as 127.0.0.1:53 or [::1]:53"
            )
        })?;
        // An IPv4 address in the form of IPv6 is the same one.
        let address = match address.ip().to_canonical() {
            ip if ip == address.ip() => address,
            ip => SocketAddr::new(ip, address.port()),
        };
        match no_listener(&address) {
            Some(advice) => Err(format!("'{text}' is not an address to listen on: {advice}")),
            None => Ok(Listen(address)),
        }
    }
}

/// Says why no socket for queries is bound to an address.
fn no_listener(address: &SocketAddr) -> Option<&'static str> {
    match address {
        _ if is_of_many(address.ip()) => {
            Some("it stands for many machines: write an address of this machine")
        }
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() && v6.scope_id() == 0 => {
            Some("it needs the number of its interface, as in [fe80::1%2]:53")
        }
        _ => None,
    }
}

/// Whether an address is a multicast address, or the broadcast address.
pub(super) fn is_of_many(ip: IpAddr) -> bool {
    ip.is_multicast() || matches!(ip, IpAddr::V4(ip) if ip.is_broadcast())
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An address of this machine with a port, which no other machine can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loopback(pub SocketAddr);

impl FromStr for Loopback {
    type Err = String;

    fn from_str(text: &str) -> Result<Loopback, String> {
        let Listen(address) = text.parse()?;
        match address.ip().is_loopback() {
            true => Ok(Loopback(address)),
            false => Err(format!(
                "{address} can be reached by other machines: write a loopback address, such as 127.0.0.1:9153"
            )),
        }
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A network, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkText(pub IpNet);

impl FromStr for NetworkText {
    type Err = String;

    fn from_str(text: &str) -> Result<NetworkText, String> {
        parse_network(text).map(NetworkText)
    }
}

impl fmt::Display for NetworkText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Says what to write instead of a text that would be a name, but is meant for something else.
pub(super) fn no_zone(text: &str) -> Option<String> {
    if let Some(zone) = text.strip_prefix("*.") {
        return Some(format!("all names below a zone are in it: write {zone}"));
    }
    parse_network(text).ok().map(|_| {
        "it is an address: write a name, such as 1.168.192.in-addr.arpa for 192.168.1.0/24"
            .to_owned()
    })
}

/// A zone that is not validated until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionText(pub Exception);

impl FromStr for ExceptionText {
    type Err = String;

    fn from_str(text: &str) -> Result<ExceptionText, String> {
        let exception = text.parse().map(ExceptionText)?;
        let zone = text.rsplit_once('@').map_or(text, |(zone, _)| zone);
        match no_zone(zone) {
            Some(advice) => Err(format!("'{zone}' is not the name of a zone: {advice}")),
            None => Ok(exception),
        }
    }
}

impl fmt::Display for ExceptionText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads and writes a value as text, by `FromStr` and `Display`. (serde's `try_from` would do, but
/// its errors are those of the whole list that the value is in.)
macro_rules! text_form {
    ($($form:ty),+) => {$(
        impl<'de> serde::Deserialize<'de> for $form {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let visitor = $crate::config::values::TextVisitor(std::marker::PhantomData);
                deserializer.deserialize_str(visitor)
            }
        }

        impl serde::Serialize for $form {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )+};
}

pub(crate) use text_form;

text_form!(Listen, Loopback, NetworkText, ExceptionText);

/// Reads a value from text.
pub(crate) struct TextVisitor<T>(pub(crate) PhantomData<T>);

impl<T: FromStr<Err = String>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text in quotation marks")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        // An error quotes the text, which may be long.
        let shown = |error: String| E::custom(error.replace(text, &shortened(text)));
        text.parse().map_err(shown)
    }
}

/// Reads the path of a file. (The empty one is no file's, and relative to a folder it would be that of
/// the folder.)
pub fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    let path = deserializer.deserialize_str(TextVisitor::<PathText>(PhantomData))?;
    Ok(path.0)
}

/// Reads the path of a file, of a key that may be missing.
pub fn optional_path<'de, D>(deserializer: D) -> Result<Option<PathBuf>, D::Error>
where
    D: Deserializer<'de>,
{
    path(deserializer).map(Some)
}

/// Reads a list of paths.
pub fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PathBuf>, D::Error> {
    let paths = Vec::<PathText>::deserialize(deserializer)?;
    Ok(paths.into_iter().map(|path| path.0).collect())
}

/// The path of a file.
struct PathText(PathBuf);

impl FromStr for PathText {
    type Err = String;

    fn from_str(text: &str) -> Result<PathText, String> {
        match text.is_empty() {
            true => Err("the path is empty: write that of a file, or leave the key out".to_owned()),
            false => Ok(PathText(text.into())),
        }
    }
}

impl<'de> Deserialize<'de> for PathText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PathText, D::Error> {
        path(deserializer).map(PathText)
    }
}

/// Reads a list that must not be empty.
pub fn at_least_one<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list = Vec::deserialize(deserializer)?;
    match list.is_empty() {
        true => Err(D::Error::custom(
            "the list is empty: write one entry at least",
        )),
        false => Ok(list),
    }
}

/// Reads a table. (serde would take a list of values in the order of the keys, too.)
pub fn table<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_map(TableVisitor(PhantomData))
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for TableVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table: write its name in brackets, and its keys in the lines below")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Reads a number from `LEAST` to `MOST`.
pub fn number<'de, D, T, const LEAST: i64, const MOST: i64>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    deserializer.deserialize_i64(NumberVisitor::<T, LEAST, MOST>(PhantomData))
}

/// Reads a number from `LEAST` to `MOST`, of a key that may be missing.
pub fn optional_number<'de, D, T, const LEAST: i64, const MOST: i64>(
    deserializer: D,
) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64>,
{
    number::<D, T, LEAST, MOST>(deserializer).map(Some)
}

struct NumberVisitor<T, const LEAST: i64, const MOST: i64>(PhantomData<T>);

impl<T: TryFrom<i64>, const LEAST: i64, const MOST: i64> Visitor<'_>
    for NumberVisitor<T, LEAST, MOST>
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number from {LEAST} to {MOST}")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let is_in_range = (LEAST..=MOST).contains(&number);
        let value = is_in_range.then(|| T::try_from(number).ok()).flatten();
        value.ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Unsigned(number), &self)),
        }
    }
}
