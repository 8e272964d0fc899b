//! The primitives of the wire format: numbers, names, character strings, flags.
//!
//! [`parse`](mod@crate::parse), [`write`](mod@crate::write) and each type's file in
//! [`rdata`](crate::rdata) stand on them. A parser here is a function from the input that is left
//! to a value and the input that is left after it; a name's parser also takes the whole message,
//! since compression pointers lead back into it.

pub(crate) mod compress;
mod fault;
pub(crate) mod flags;
mod name;
mod number;
pub(crate) mod pointers;
mod rdata_writer;
mod string;

pub(crate) use self::fault::{Fault, PResult, cut_short, failure};
pub(crate) use self::name::{name, pointer_fault, whole_name};
pub(crate) use self::number::{array, be_u8, be_u16, be_u32, be_u128};
pub(crate) use self::rdata_writer::RdataWriter;
pub(crate) use self::string::{char_string, counted, octets_from, octets_left, octets_needed};
