//! Presentation format: the text of names, and of the fields of records (RFC 1035 section 5).
//!
//! Most of it is reached through the types themselves: `to_string()` and `parse()` of
//! [`Name`](crate::Name) and [`Record`](crate::Record),
//! [`Rdata::from_text`](crate::Rdata::from_text), and [`Zone::parse`](crate::Zone::parse).
//!
//! Text is read in four steps: characters and their escapes (`escape`), lines and their fields
//! (`lexer`), the meaning of a field (`fields`), and the fields that a record has
//! ([`zone`](crate::zone), and [`rdata`](mod@crate::rdata) for each type). Each takes time linear
//! in the length of the text.

mod encoding;
mod error;
pub(crate) mod escape;
mod fields;
mod ipv6;
mod lexer;
mod name;
mod time;

pub(crate) use self::encoding::{base64, hexadecimal, write_base64, write_hex};
pub(crate) use self::error::TextFault;
pub use self::error::{ZoneError, ZoneErrorKind};
pub(crate) use self::fields::Fields;
pub(crate) use self::ipv6::Ipv6Text;
pub(crate) use self::lexer::{Entry, Field, Lexer};
pub(crate) use self::time::Time;
