//! How names, records and zones look as text: what RFC 1035 section 5 calls master file format, and dig prints.
//!
//! Most of it is reached through the types themselves: `to_string()` and `parse()` of [`Name`](crate::Name) and
//! [`Record`](crate::Record), [`Rdata::from_text`](crate::Rdata::from_text), and [`Zone::parse`](crate::Zone::parse).
//! [`Records`] reads a file record by record.
//!
//! A file is read in four steps, each a file of this folder: characters and their backslashes (`escape`), lines and
//! their fields (`lexer`), what a field means (`fields`), and which fields a record has (`records`, and `rdata` for each
//! type). Each takes time linear in the length of the text.

mod error;
pub(crate) mod escape;
mod fields;
mod lexer;
mod name;
mod rdata;
mod records;
mod show;

pub(crate) use error::Fault;
pub use error::{ZoneError, ZoneErrorKind};
pub(crate) use fields::Fields;
pub use records::Records;
