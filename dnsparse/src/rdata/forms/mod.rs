//! The forms of fields that many types have: numbers, names, strings, digits.

mod addresses;
mod names;
mod numbers;
mod octets;

pub(super) use self::addresses::{Eui, Id64, Ipv4};
pub(super) use self::names::{CompressedName, Types, WholeName};
pub(super) use self::numbers::{Algorithm, Rtype, U8, U16, U32};
pub(super) use self::octets::{Base64, CharString, Hex, HexFrom, OptionalBase64};
