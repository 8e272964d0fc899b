//! The kinds of fields that RDATA is made of, for [`dissect`](mod@crate::dissect).
//!
//! A type's `LAYOUT` is a list of these. The dissection takes them one by one; it should find no
//! fault where the parser finds none.

use alloc::string::String;

use crate::error::ParseErrorKind;

/// The form of a field of RDATA, and how it is shown.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// One octet, a number.
    U8,
    /// One octet, a number that may have a name.
    Code(fn(u8) -> Option<&'static str>),
    /// Two octets, a number.
    U16,
    /// Four octets, a number.
    U32,
    /// Four octets, a duration.
    Seconds,
    /// A domain name, compressed or not.
    Name,
    /// Two octets, a record type.
    RecordType,
    /// The given number of octets, and the text that shows them.
    Shown(usize, fn(&[u8]) -> String),
    /// The given number of octets, and the text that shows them or the rule that they break.
    Checked(usize, fn(&[u8]) -> Result<String, ParseErrorKind>),
    /// A character string.
    CharString,
    /// Octets with an octet of length before them, and the text that shows them.
    Counted(fn(&[u8]) -> String),
    /// Character strings, one or more, to the end of RDATA.
    CharStrings,
    /// A character string, and the rule for it.
    CheckedString(fn(&[u8]) -> Result<(), ParseErrorKind>),
    /// Text to the end of RDATA.
    Text,
    /// Octets to the end of RDATA.
    Octets,
    /// Octets to the end of RDATA, at least the given number.
    OctetsFrom(usize),
    /// All octets to the end of RDATA, and the text that shows them or the rule that they break.
    /// For fields whose form depends on others.
    Rest(fn(&[u8]) -> Result<String, ParseErrorKind>),
    /// A bitmap of types to the end of RDATA.
    Types,
    /// Parameters of a service (SVCB) to the end of RDATA.
    Params,
    /// EDNS options to the end of RDATA.
    Options,
}

/// A field's name and its kind.
pub(crate) type Row = (&'static str, Kind);

/// The layout of an OPT record's RDATA.
pub(crate) const EDNS_OPTIONS: &[Row] = &[("option", Kind::Options)];
/// The layout of RDATA without a known form.
pub(crate) const OPAQUE: &[Row] = &[("octets", Kind::Octets)];

/// Puts together a number of at most four octets, the most significant first.
pub(crate) fn number(octets: &[u8]) -> u32 {
    octets
        .iter()
        .fold(0, |number, octet| number << 8 | u32::from(*octet))
}

/// Looks up the name of a code in a list that starts with the name of code `first`.
pub(crate) fn nth_name(names: &[&'static str], first: u8, code: u8) -> Option<&'static str> {
    names.get(usize::from(code.checked_sub(first)?)).copied()
}
