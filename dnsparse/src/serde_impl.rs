//! Serde, with the feature `serde`: messages, records, names and numbers with names.
//!
//! In a human-readable format (JSON, TOML), a name, a number with a name and RDATA are their
//! presentation format: people know it, and it is the same that zone files and dig have. RDATA goes
//! as a whole, with its type beside it, rather than field by field: 83 types have one form, text
//! goes through the same checks as a zone file's line, and a change in a struct breaks no stored
//! data. In a compact format (CBOR, postcard), they are numbers, and the octets of the wire, with
//! names uncompressed.
//!
//! [`Rdata::Malformed`] is its octets in either form; reading them finds the broken rule anew.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::{Error as _, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::rdata::{from_text, rdata_octets};
use crate::wire::whole_name;
use crate::{
    Class, EdnsOption, Name, Opcode, Rcode, Rdata, Record, RecordType, Serial, SvcParamKey,
};

/// Implements both directions for a number with names: its mnemonic, or the number.
macro_rules! code {
    ($($Name:ident: $number:ty),* $(,)?) => {$(
        impl Serialize for $Name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match serializer.is_human_readable() {
                    true => serializer.collect_str(self),
                    false => self.0.serialize(serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for $Name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$Name, D::Error> {
                match deserializer.is_human_readable() {
                    true => String::deserialize(deserializer)?.parse().map_err(D::Error::custom),
                    false => <$number>::deserialize(deserializer).map($Name),
                }
            }
        }
    )*};
}

code! {
    RecordType: u16,
    Class: u16,
    Opcode: u8,
    Rcode: u16,
    SvcParamKey: u16,
}

/// The number, in either kind of format: a serial has no other text.
impl Serialize for Serial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Serial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Serial, D::Error> {
        u32::deserialize(deserializer).map(Serial)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => serializer.serialize_bytes(self.wire()),
        }
    }
}

/// Text without a dot at its end is absolute too, as in [`Name`]'s `FromStr`.
impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Name, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            return text.parse().map_err(D::Error::custom);
        }
        let octets = octets(deserializer)?;
        match whole_name(&octets) {
            Ok(([], name)) => Ok(name),
            _ => Err(D::Error::custom("these octets are not one whole name")),
        }
    }
}

/// A record: `owner`, `class`, `ttl`, `type` and `rdata`.
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Record", 5)?;
        fields.serialize_field("owner", &self.owner)?;
        fields.serialize_field("class", &self.class)?;
        fields.serialize_field("ttl", &self.ttl)?;
        fields.serialize_field("type", &self.rtype())?;
        fields.serialize_field("rdata", &Shown(&self.rdata))?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Record, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Record")]
        struct Fields {
            owner: Name,
            class: Class,
            ttl: u32,
            #[serde(rename = "type")]
            rtype: RecordType,
            rdata: Data,
        }
        let Fields {
            owner,
            class,
            ttl,
            rtype,
            rdata,
        } = Fields::deserialize(deserializer)?;
        let rdata = rdata.of_type(rtype, class).map_err(D::Error::custom)?;
        Ok(Record {
            owner,
            class,
            ttl,
            rdata,
        })
    }
}

/// RDATA alone, in class IN: `type` and `rdata`.
impl Serialize for Rdata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Rdata", 2)?;
        fields.serialize_field("type", &self.rtype())?;
        fields.serialize_field("rdata", &Shown(self))?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Rdata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rdata, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "Rdata")]
        struct Fields {
            #[serde(rename = "type")]
            rtype: RecordType,
            rdata: Data,
        }
        let Fields { rtype, rdata } = Fields::deserialize(deserializer)?;
        rdata.of_type(rtype, Class::IN).map_err(D::Error::custom)
    }
}

/// RDATA without its type, to be serialized.
struct Shown<'r>(&'r Rdata);

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (serializer.is_human_readable(), self.0) {
            (true, Rdata::Malformed { rtype, octets, .. }) => {
                let (rtype, octets) = (*rtype, octets.clone());
                serializer.collect_str(&Rdata::Unknown { rtype, octets })
            }
            (true, rdata) => serializer.collect_str(rdata),
            (false, Rdata::Malformed { octets, .. }) => serializer.serialize_bytes(octets),
            (false, rdata) => {
                serializer.serialize_bytes(&rdata.octets().map_err(S::Error::custom)?)
            }
        }
    }
}

/// RDATA without its type, as it was deserialized.
enum Data {
    Text(String),
    Octets(Vec<u8>),
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
        match deserializer.is_human_readable() {
            true => String::deserialize(deserializer).map(Data::Text),
            false => octets(deserializer).map(Data::Octets),
        }
    }
}

impl Data {
    fn of_type(self, rtype: RecordType, class: Class) -> Result<Rdata, String> {
        match self {
            Data::Octets(octets) => Ok(rdata_octets(rtype, class, &octets)),
            Data::Text(text) => from_text(rtype, class, &text)
                .map_err(|error| alloc::format!("{rtype} {text:?}: {}", error.kind)),
        }
    }
}

/// An EDNS option: `code` and `octets`, which are hexadecimal in a human-readable format.
impl Serialize for EdnsOption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("EdnsOption", 2)?;
        fields.serialize_field("code", &self.code())?;
        fields.serialize_field("octets", &Octets(self.octets()))?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for EdnsOption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<EdnsOption, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename = "EdnsOption")]
        struct Fields {
            code: u16,
            octets: Octets,
        }
        let Fields { code, octets } = Fields::deserialize(deserializer)?;
        Ok(EdnsOption::from_octets(code, &octets.0))
    }
}

/// Octets: hexadecimal in a human-readable format.
struct Octets(Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.serialize_str(&hex::encode(&self.0)),
            false => serializer.serialize_bytes(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Octets, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            let octets = hex::decode(&text);
            return octets
                .map(Octets)
                .map_err(|error| D::Error::custom(error.to_string()));
        }
        octets(deserializer).map(Octets)
    }
}

/// Reads octets, of any length that the format has.
fn octets<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    deserializer.deserialize_byte_buf(OctetsVisitor)
}

struct OctetsVisitor;

impl<'de> Visitor<'de> for OctetsVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("octets")
    }

    fn visit_bytes<E>(self, octets: &[u8]) -> Result<Vec<u8>, E> {
        Ok(octets.to_vec())
    }

    fn visit_byte_buf<E>(self, octets: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(octets)
    }

    /// Reads the numbers of a format without octets. The length that it declares is not believed.
    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Vec<u8>, A::Error> {
        let mut octets = Vec::new();
        while let Some(octet) = numbers.next_element()? {
            octets.push(octet);
        }
        Ok(octets)
    }
}
