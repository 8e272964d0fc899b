//! [`dissect`]: a message as an annotated hexdump, for people.
//!
//! Every octet is shown with its offset, its field and its meaning.
//! [`DnsPacket::parse`](crate::DnsPacket::parse) stops at the first fault and refuses the message;
//! a dissection shows the fault where it lies and goes on: with the next record if one record's
//! RDATA is bad, to the end of the octets if nothing else is possible.
//!
//! `message` has the order of a message, and how to go on after faults; `cursor` takes one field,
//! `names` a name, `header` the flags, `lists` the lists in RDATA, `options` the options of EDNS;
//! `show` makes the text. The fields of RDATA come from each type's layout in
//! [`rdata`](mod@crate::rdata).

use alloc::string::String;
use alloc::vec::Vec;

mod cursor;
mod diff;
mod header;
mod lists;
mod message;
mod names;
mod options;
mod show;

pub use self::diff::{Diff, Difference, FieldValue, diff};
use crate::error::{ParseErrorKind, PathStep};

/// Dissects a message into its fields. Any octets will do: those that break a rule are shown and
/// marked.
///
/// Time and memory stay in proportion to the message: pointers are followed within the parser's
/// limits, and a long name is shown without its middle.
///
/// ```
/// let query = hex::decode("1c8b01000001000000000000076578616d706c6503636f6d0000010001")?;
/// let dissection = dnsparse::dissect(&query);
/// let question = dissection.to_string().split_once("question[0]\n").unwrap().1.to_owned();
/// assert_eq!(question, "
///    12  07 65 78 61 6d 70 6c 65  qname             example
///    20  03 63 6f 6d                                com
///    24  00                                         = example.com.
///    25  00 01                    qtype             A (1)
///    27  00 01                    qclass            IN (1)
/// "[1..]);
/// # Ok::<(), hex::FromHexError>(())
/// ```
pub fn dissect(message: &[u8]) -> Dissection {
    Dissection {
        fields: message::fields(message),
        octets: message.to_vec(),
    }
}

/// A dissected message: the result of [`dissect()`]. Its `Display` is the annotated hexdump, each
/// line with its line end.
///
/// ```
/// let message = hex::decode("1c8b01000001000000000000c00c00010001")?;
/// let dissection = dnsparse::dissect(&message);
/// let mut fields = dissection.fields.iter();
/// let fault = fields.find_map(|field| Some((field.offset, field.name(), field.fault?)));
/// let kind = dnsparse::ParseErrorKind::PointerNotBackwards { target: 12 };
/// assert_eq!(fault, Some((12, "qname", kind)));
/// # Ok::<(), hex::FromHexError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissection {
    /// The fields in the order of the message. Together they have each of its octets exactly once.
    pub fields: Vec<Field>,
    /// The message.
    pub octets: Vec<u8>,
}

/// One field of a message: its place, its name, its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its start, in octets from the start of the message.
    pub offset: usize,
    /// The number of its octets; 0 for a field that is missing.
    pub length: usize,
    /// The field from the outside in, as in [`ParseError`](crate::ParseError): `answer[2]`,
    /// `rdata`, `exchange`.
    pub path: Vec<PathStep>,
    /// Its value as text: `A (1)`, `www.example.com.`, `300 seconds = 5m`. Empty where it has none.
    pub meaning: String,
    /// The rule that it breaks.
    pub fault: Option<ParseErrorKind>,
    /// Whether it is a name, which can be written in more than one way.
    is_name: bool,
    /// Its lines, if they are not simply eight octets each.
    parts: Vec<Part>,
}

impl Field {
    /// Returns the innermost step of its path: `exchange`. Empty for an entry of a section as a
    /// whole.
    ///
    /// ```
    /// let dissection = dnsparse::dissect(&[0xbe, 0xef]);
    /// assert_eq!(dissection.fields[0].name(), "id");
    /// ```
    pub fn name(&self) -> &'static str {
        match self.path.last() {
            Some(PathStep::Field(name)) => name,
            _ => "",
        }
    }
}

impl Dissection {
    /// Returns the offset that a field's compression pointer points to (RFC 1035 section 4.1.4).
    /// The pointer is the end of the field, its last two octets. `None` for a field without one.
    ///
    /// ```
    /// let message = hex::decode("1c8b01000002000000000000000001000103777777c00c00010001")?;
    /// let dissection = dnsparse::dissect(&message);
    /// let target = |field: &dnsparse::dissect::Field| dissection.pointer_target(field);
    /// let targets: Vec<_> = dissection.fields.iter().filter_map(target).collect();
    /// assert_eq!(targets, [12]);
    /// # Ok::<(), hex::FromHexError>(())
    /// ```
    pub fn pointer_target(&self, field: &Field) -> Option<usize> {
        let is_pointer =
            |part: &Part| matches!(part, Part::Octets(2, text) if text.starts_with('→'));
        let ends_in_pointer = field.is_name && field.parts.last().is_some_and(is_pointer);
        let end = field.offset + field.length;
        let octets = self.octets.get(end.checked_sub(2)?..end)?;
        let value = octets
            .iter()
            .fold(0, |value, octet| value << 8 | usize::from(*octet));
        ends_in_pointer.then_some(value & 0x3fff)
    }
}

/// A piece of a field that has lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A label with its length: the number of octets of both.
    Label(usize),
    /// A character string with its length: the number of octets of both.
    CharString(usize),
    /// The given number of octets of text without a length.
    Text(usize),
    /// The given number of octets, and their meaning.
    Octets(usize, String),
    /// Some bits of the octets of the part before this one.
    Bits {
        octets: u16,
        mask: u16,
        name: &'static str,
        meaning: String,
    },
}

/// The most characters of a [`Field::meaning`] that is a name or a text; a longer one loses its
/// middle. A pointer of two octets may stand for 255 octets of name, which escapes make 1,000
/// characters of text. (The `ip6.arpa` name of an IPv6 address has 73.)
const MAX_SHOWN: usize = 100;

#[cfg(test)]
mod tests;
