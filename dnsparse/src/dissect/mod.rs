//! [`dissect`]: a message as an annotated hexdump, for people.
//!
//! Every octet with its offset, the field that it belongs to and what it means. [`DnsPacket::parse`](crate::DnsPacket::parse)
//! stops at the first fault and refuses the message; a dissection shows the fault where it lies and goes on:
//! with the next record where one record's RDATA is bad, to the end of the octets where nothing else is possible.
//!
//! `walk` goes over the message and knows how to go on; `read` takes one field, `names` a name, `header` the fields of
//! bits; `layout` is the table of what RDATA is made of, `lists` reads the lists in it, and `show` makes the text.

mod diff;
mod header;
mod layout;
mod lists;
mod names;
mod read;
mod show;
mod walk;

pub use self::diff::{Diff, Difference, Place, diff};
use crate::error::{Broken, Step};

/// Takes a message apart. Any octets will do: what makes no sense is shown and said to make none.
///
/// Time and memory stay in proportion to the message: pointers are followed under the parser's own limits, and a name
/// that is long is shown without its middle.
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
        fields: walk::fields(message),
        octets: message.to_vec(),
    }
}

/// What [`dissect`] finds. Its `Display` is the annotated hexdump, each line with its line end.
///
/// ```
/// let message = hex::decode("1c8b01000001000000000000c00c00010001")?;
/// let dissection = dnsparse::dissect(&message);
/// let wrong = dissection.fields.iter().find_map(|field| Some((field.offset, field.name(), field.fault?)));
/// assert_eq!(wrong, Some((12, "qname", dnsparse::Broken::PointerNotBackwards { target: 12 })));
/// # Ok::<(), hex::FromHexError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dissection {
    /// The fields in the order of the message. Together they have each of its octets exactly once.
    pub fields: Vec<Field>,
    /// The message.
    pub octets: Vec<u8>,
}

/// One field of a message: where it is, what it is called, what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Where it starts, in octets from the start of the message.
    pub offset: usize,
    /// How many octets it has; 0 for what should be there and is missing.
    pub length: usize,
    /// The field from the outside in, in [`ParseError`](crate::ParseError)'s words: `answer[2]`, `rdata`, `exchange`.
    pub path: Vec<Step>,
    /// Its value as text: `A (1)`, `www.example.com.`, `300 seconds = 5m`. Empty where it has none.
    pub meaning: String,
    /// The rule that it breaks.
    pub fault: Option<Broken>,
    /// Whether it is a name, which can be written in more than one way.
    is_name: bool,
    /// How its octets are spread over lines, where eight to a line is not the natural way.
    parts: Vec<Part>,
}

impl Field {
    /// The innermost step of its path: `exchange`. Empty for an entry of a section as a whole.
    ///
    /// ```
    /// let dissection = dnsparse::dissect(&[0xbe, 0xef]);
    /// assert_eq!(dissection.fields[0].name(), "id");
    /// ```
    pub fn name(&self) -> &'static str {
        match self.path.last() {
            Some(Step::Field(name)) => name,
            _ => "",
        }
    }
}

/// A piece of a field that has lines of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A label with its length: how many octets both have.
    Label(usize),
    /// A character string with its length: how many octets both have.
    CharString(usize),
    /// That many octets of text without a length.
    Text(usize),
    /// That many octets, and what they mean.
    Octets(usize, String),
    /// Some bits of the octets that the part before this one has shown.
    Bits {
        octets: u16,
        mask: u16,
        name: &'static str,
        meaning: String,
    },
}

/// A [`Field::meaning`] that is a name or a text has at most this many characters, and loses its middle if it would have
/// more: a pointer of two octets may stand for 255 octets of name, which escapes make 1,000 characters of text. (The
/// `ip6.arpa` name of an IPv6 address has 73.)
const MAX_SHOWN: usize = 100;

#[cfg(test)]
mod tests;
