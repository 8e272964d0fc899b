//! DSYNC: the target of a child zone's notifications (RFC 9859).

use core::fmt;

use super::layout::Kind;
use super::plain::{Form, Rtype, U8, U16, WholeName, plain_fields};
use crate::codes::RecordType;
use crate::error::WriteError;
use crate::name::Name;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter};

/// The target of a child zone's notifications that records of a type have changed: two `u16`, an
/// octet between them, and a name (RFC 9859 section 2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsync {
    /// The type that the notification is about: CDS or CSYNC.
    pub rtype: RecordType,
    /// The way: 1 for NOTIFY.
    pub scheme: u8,
    /// The port.
    pub port: u16,
    /// The host.
    pub target: Name,
}

plain_fields! {
    Dsync {
        rtype: Rtype = "a record type",
        scheme: Scheme = "a scheme",
        port: U16 = "a port",
        target: WholeName = "a host's name",
    }
    examples ["CDS NOTIFY 5359 cds-scanner.example.net.", "CSYNC 128 0 ."]
}

/// The way in which a notification is sent, by its mnemonic.
struct Scheme;

/// RFC 9859 section 6.2.
fn name(code: u8) -> Option<&'static str> {
    (code == 1).then_some("NOTIFY")
}

impl Form for Scheme {
    type Value = u8;
    const KIND: Kind = Kind::Code(name);

    fn parse<'m>(field: &'static str, message: &'m [u8], input: &'m [u8]) -> PResult<'m, u8> {
        U8::parse(field, message, input)
    }

    fn write(what: &'static str, value: &u8, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        U8::write(what, value, out)
    }

    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<u8, TextFault> {
        match fields.skip_word("NOTIFY") {
            true => Ok(1),
            false => U8::read(what, fields),
        }
    }

    fn show(value: &u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match name(*value) {
            Some(name) => f.write_str(name),
            None => U8::show(value, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    #[test]
    fn the_scheme_has_a_mnemonic() {
        let octets = "003b 01 14ef 01 61 00";
        assert_same(RecordType::DSYNC, "CDS NOTIFY 5359 a.", octets);
        assert_needs(RecordType::DSYNC, octets, 8);
        assert_eq!(
            read_line(RecordType::DSYNC, "CDS 1 5359 a."),
            "DSYNC CDS NOTIFY 5359 a."
        );
    }
}
