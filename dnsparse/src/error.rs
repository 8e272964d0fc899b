//! [`ParseError`]: which octet, which field, which rule; and [`WriteError`], its counterpart.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::codes::{Opcode, Rcode, RecordType, SvcParamKey};
use crate::name::Name;

/// The reason why octets are not a message, or RDATA does not have the form of its type.
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
    pub path: Vec<PathStep>,
    /// The broken rule.
    pub kind: ParseErrorKind,
}

/// One step of the path to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PathStep {
    /// A named field.
    Field(&'static str),
    /// An entry of a section or a list, counted from 0.
    Entry(&'static str, usize),
}

/// The rule that octets break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The message has fewer octets than the field.
    #[error("the message ends within this field")]
    Truncated,
    /// RDATA has fewer octets than its type asks for.
    #[error("RDATA ends within this field, RDLENGTH is too small")]
    RdataTruncated,
    /// A compression pointer to itself or forwards.
    #[error("compression pointer to {target} does not point backwards (RFC 1035 section 4.1.4)")]
    PointerNotBackwards {
        /// The offset that it points to.
        target: u16,
    },
    /// A compression pointer into the header, where no name can start.
    #[error("compression pointer to {target} points into the header, which ends at octet 12")]
    PointerIntoHeader {
        /// The offset that it points to.
        target: u16,
    },
    /// A compression pointer in RDATA that stands alone, without the message around it, or of a
    /// type that has none.
    #[error("compression pointer to {target} where names are not compressed (RFC 3597 section 4)")]
    PointerNotAllowed {
        /// The offset that it points to.
        target: u16,
    },
    /// More compression pointers than a name may follow.
    #[error("more than {limit} compression pointers in one name")]
    TooManyPointers {
        /// The number that is followed.
        limit: usize,
    },
    /// A label whose two top bits are `01` or `10`.
    #[error("label type {octet:#04x} is not in use (RFC 1035 section 4.1.4)")]
    LabelType {
        /// The octet in the place of the length.
        octet: u8,
    },
    /// A name of more than 255 octets.
    #[error("the name is longer than 255 octets (RFC 1035 section 2.3.4)")]
    NameTooLong,
    /// Octets after the last section. They have no meaning in any RFC, so the message is refused.
    #[error("octets left after the last section: {count}")]
    TrailingOctets {
        /// The number of octets.
        count: usize,
    },
    /// RDATA has more octets than its type asks for.
    #[error("octets left over in RDATA: {count}, RDLENGTH is too large")]
    RdataLeftOver {
        /// The number of octets.
        count: usize,
    },
    /// A value that breaks a rule of its type.
    #[error("{rule}")]
    BadValue {
        /// The rule, with its source.
        rule: &'static str,
    },
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
        /// The length that it declares.
        length: u8,
    },
    /// A window of a type bitmap that is longer than its last type needs.
    #[error("window {window} of the type bitmap ends in a zero octet (RFC 4034 section 4.1.2)")]
    BitmapTrailingZero {
        /// The window's number.
        window: u8,
    },
    /// Keys of an SVCB or HTTPS record that do not ascend.
    #[error("parameter {key} stands twice, or after a higher key (RFC 9460 section 2.2)")]
    SvcParamOrder {
        /// The second of two keys.
        key: SvcParamKey,
    },
    /// A value of an SVCB or HTTPS record that does not have the form of its key.
    #[error("the value of parameter {key} does not have its form (RFC 9460 section 7)")]
    SvcParamValue {
        /// The key.
        key: SvcParamKey,
    },
    /// A missing key that is listed as mandatory, or a missing `alpn` beside `no-default-alpn`.
    #[error("parameter {key} is missing, though another one demands it (RFC 9460 section 8)")]
    SvcParamMissing {
        /// The missing key.
        key: SvcParamKey,
    },
    /// A second OPT record.
    #[error("there is more than one OPT record (RFC 6891 section 6.1.1)")]
    SecondOpt,
    /// An OPT record in the answer or authority section.
    #[error("an OPT record stands outside the additional section (RFC 6891 section 6.1.1)")]
    MisplacedOpt,
    /// An OPT record whose owner is not the root.
    #[error("an OPT record's owner must be the root (RFC 6891 section 6.1.2)")]
    OptOwnerNotRoot,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str("message")?;
        }
        for (index, step) in self.path.iter().enumerate() {
            let dot = if index == 0 { "" } else { "." };
            write!(f, "{dot}{step}")?;
        }
        write!(f, " at octet {}: {}", self.octet, self.kind)
    }
}

/// `exchange`, `answer[2]`.
impl fmt::Display for PathStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PathStep::Field(field) => f.write_str(field),
            PathStep::Entry(list, entry) => write!(f, "{list}[{entry}]"),
        }
    }
}

impl core::error::Error for ParseError {}

/// The reason why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// More octets than the limit.
    #[error("the message does not fit into {limit} octets")]
    MessageTooLong {
        /// The limit that was given, or 65,535.
        limit: usize,
    },
    /// More entries in a section than its 16-bit count can hold.
    #[error("the {section} section has {count} entries, the limit is 65,535")]
    TooManyEntries {
        /// The section.
        section: &'static str,
        /// The number of its entries.
        count: usize,
    },
    /// RDATA or an EDNS option of more than 65,535 octets.
    #[error("{what} of {length} octets, the limit is 65,535")]
    TooLong {
        /// The name of the field.
        what: &'static str,
        /// The number of its octets.
        length: usize,
    },
    /// A CAA tag that is empty, longer than 255 octets, or has other characters than letters and
    /// digits.
    #[error("'{tag}' is not a CAA tag: one to 255 ASCII letters and digits (RFC 8659 section 4.1)")]
    BadTag {
        /// The tag.
        tag: String,
    },
    /// A character string, or another field with one octet for its length, of more than 255 octets.
    #[error("{what} has {length} octets, the limit is 255")]
    StringTooLong {
        /// The name of the field.
        what: &'static str,
        /// The number of its octets.
        length: usize,
    },
    /// An RCODE that does not fit into the header and, if there is one, the OPT record.
    #[error("RCODE {} does not fit, the limit is {limit}: 15 in the header, 4095 with EDNS", rcode.0)]
    RcodeTooLarge {
        /// The whole RCODE.
        rcode: Rcode,
        /// The largest one that this message can have.
        limit: u16,
    },
    /// An opcode that does not fit into the header.
    #[error("opcode {} does not fit into the header, the limit is 15", opcode.0)]
    OpcodeTooLarge {
        /// The opcode.
        opcode: Opcode,
    },
    /// A record of a type that only questions have, or OPT, which [`DnsPacket::edns`] stands for.
    ///
    /// [`DnsPacket::edns`]: crate::DnsPacket::edns
    #[error("the record of {owner} has the pseudo-type {rtype}, and cannot be written")]
    PseudoType {
        /// The record's owner.
        owner: Name,
        /// Its type.
        rtype: RecordType,
    },
    /// A field of fewer octets than its type needs.
    #[error("{what} has {length} octets, it needs at least {least}")]
    TooShort {
        /// The name of the field.
        what: &'static str,
        /// The number of its octets.
        length: usize,
        /// The fewest that would do.
        least: usize,
    },
    /// RDATA that breaks a rule of its type.
    #[error("the {rtype} record cannot be written: {kind}")]
    BadRdata {
        /// Its type.
        rtype: RecordType,
        /// The rule.
        kind: ParseErrorKind,
    },
    /// RDATA that was malformed when it was parsed, of a type whose names may be compressed. Its
    /// compression pointers would lead elsewhere.
    #[error("the {rtype} record of {owner} is malformed and cannot be written")]
    Malformed {
        /// The record's owner.
        owner: Name,
        /// Its type.
        rtype: RecordType,
    },
}
