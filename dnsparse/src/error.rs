//! [`ParseError`]: at which octet, in which field, which rule was broken.

use std::fmt;

use crate::rdata::SvcParamKey;

/// Why octets are not a message, or RDATA not what its type asks for.
///
/// ```
/// let error = dnsparse::DnsPacket::parse(b"\xbe\xef\x01").unwrap_err();
/// assert_eq!(error.to_string(), "header.flags at octet 2: the message ends within this field");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Where in the message the field starts, counted from 0.
    pub octet: usize,
    /// The field, from the outside in: `answer[2]`, `rdata`, `exchange`.
    pub path: Vec<Step>,
    /// The rule.
    pub rule: Broken,
}

/// One step of the path to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// A named field.
    Field(&'static str),
    /// An entry of a section, counted from 0.
    Entry(&'static str, usize),
}

/// The rule that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// There are fewer octets than the field has.
    #[error("the message ends within this field")]
    Truncated,
    /// RDATA has fewer octets than its type asks for.
    #[error("RDATA ends within this field, RDLENGTH is too small")]
    RdataTruncated,
    /// A compression pointer to itself or forwards.
    #[error("compression pointer to {target} does not point backwards (RFC 1035 section 4.1.4)")]
    PointerNotBackwards {
        /// Where it points.
        target: u16,
    },
    /// More pointers than a name has room for labels.
    #[error("more than {limit} compression pointers in one name")]
    TooManyPointers {
        /// How many are followed.
        limit: usize,
    },
    /// A label whose two top bits are `01` or `10`.
    #[error("label type {octet:#04x} is not in use (RFC 1035 section 4.1.4)")]
    LabelType {
        /// The octet where the length should be.
        octet: u8,
    },
    /// A name of more than 255 octets.
    #[error("the name is longer than 255 octets (RFC 1035 section 2.3.4)")]
    NameTooLong,
    /// Octets after the last section. This library refuses them: nobody can say what they mean.
    #[error("octets left after the last section: {count}")]
    TrailingOctets {
        /// How many.
        count: usize,
    },
    /// RDATA has more octets than its type asks for.
    #[error("octets left over in RDATA: {count}, RDLENGTH is too large")]
    RdataLeftOver {
        /// How many.
        count: usize,
    },
    /// A CAA tag that is empty or has other characters than letters and digits.
    #[error("a tag is one or more ASCII letters and digits (RFC 8659 section 4.1)")]
    BadTag,
    /// Windows of a type bitmap that do not ascend.
    #[error(
        "window {window} of the type bitmap does not come after the one before it (RFC 4034 section 4.1.2)"
    )]
    BitmapOrder {
        /// The window's number.
        window: u8,
    },
    /// A window of a type bitmap with no octets or too many.
    #[error(
        "window {window} of the type bitmap has {length} octets, it must have 1 to 32 (RFC 4034 section 4.1.2)"
    )]
    BitmapLength {
        /// The window's number.
        window: u8,
        /// How many octets it says it has.
        length: u8,
    },
    /// A window of a type bitmap that is longer than its last type asks for.
    #[error("window {window} of the type bitmap ends in a zero octet (RFC 4034 section 4.1.2)")]
    BitmapZero {
        /// The window's number.
        window: u8,
    },
    /// Keys of an SVCB or HTTPS record that do not ascend.
    #[error("parameter {key} stands twice, or after a higher key (RFC 9460 section 2.2)")]
    SvcParamOrder {
        /// The second of two.
        key: SvcParamKey,
    },
    /// A value of an SVCB or HTTPS record that is not what its key asks for.
    #[error("the value of parameter {key} does not have its form (RFC 9460 section 7)")]
    SvcParamValue {
        /// The key.
        key: SvcParamKey,
    },
    /// A key that is listed as mandatory and not there, or no `alpn` beside `no-default-alpn`.
    #[error("parameter {key} is missing, though another one demands it (RFC 9460 section 8)")]
    SvcParamMissing {
        /// The key that is not there.
        key: SvcParamKey,
    },
    /// A second OPT record.
    #[error("there is more than one OPT record (RFC 6891 section 6.1.1)")]
    SecondOpt,
    /// An OPT record in the answer or authority section.
    #[error("an OPT record stands outside the additional section (RFC 6891 section 6.1.1)")]
    MisplacedOpt,
    /// An OPT record that is not at the root.
    #[error("an OPT record's owner must be the root (RFC 6891 section 6.1.2)")]
    OptOwner,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str("message")?;
        }
        for (index, step) in self.path.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            match step {
                Step::Field(field) => write!(f, "{dot}{field}")?,
                Step::Entry(section, entry) => write!(f, "{dot}{section}[{entry}]")?,
            }
        }
        write!(f, " at octet {}: {}", self.octet, self.rule)
    }
}

impl std::error::Error for ParseError {}
