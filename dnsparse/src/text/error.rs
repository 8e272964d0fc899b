//! [`ZoneError`]: the file, line and column of an error in text, and its kind.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use core::fmt;

use crate::codes::{RecordType, SvcParamKey, UnknownKey, UnknownMnemonic};
use crate::error::{ParseError, ParseErrorKind};
use crate::name::NameError;

/// The number of characters of the line that are shown on either side of the error: an RRSIG or a
/// whole file may be one line.
const SHOWN_AROUND: usize = 60;

/// The reason why text is not a record or a zone. Its `Display` is the error, then the line with a
/// caret under the field:
///
/// ```
/// # use dnsparse::{Name, Zone};
/// let zone = "$TTL 1h\nwww   IN AAAAA 192.0.2.1\n";
/// let error = Zone::parse(zone, &"example.com".parse()?).unwrap_err().in_file("a.zone");
/// let expected = "
/// a.zone:2:10: 'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1
///   www   IN AAAAA 192.0.2.1
///            ^";
/// assert_eq!(error.to_string(), expected.trim_start());
/// # Ok::<(), dnsparse::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneError {
    /// The file, if [`ZoneError::in_file`] has set it.
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: usize,
    /// The character within the line, counted from 1.
    pub column: usize,
    /// The line, or the part of a long line near the error; and below it the caret.
    pub excerpt: String,
    /// The rule that the text breaks.
    pub kind: ZoneErrorKind,
}

/// The rule that a zone file or the text of a record breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneErrorKind {
    /// Not a name.
    #[error("{0}")]
    Name(NameError),
    /// Another word in the place of the type, or of the class or TTL, which may stand before it.
    #[error("{0}")]
    Type(Box<UnknownMnemonic>),
    /// Not a number, or too large a one.
    #[error("'{text}' is not {what}: write a number from 0 to {max}")]
    Number {
        /// The text.
        text: String,
        /// The field that it should have been.
        what: &'static str,
        /// The largest number that would do.
        max: u32,
    },
    /// Not a time.
    #[error(
        "'{text}' is not {what}: write seconds, or units as in 1w2d or 1h30m (at most {} seconds)",
        u32::MAX
    )]
    Period {
        /// The text.
        text: String,
        /// The field that it should have been.
        what: &'static str,
    },
    /// Not a value of the expected form.
    #[error("'{text}' is not {what}, such as {example}")]
    Form {
        /// The text.
        text: String,
        /// The field that it should have been.
        what: &'static str,
        /// A value that would do.
        example: &'static str,
    },
    /// Not a CAA tag.
    #[error(
        "'{text}' is not a tag: write one to 255 ASCII letters and digits, such as issue (RFC 8659 section 4.1)"
    )]
    Tag {
        /// The text.
        text: String,
    },
    /// A backslash without the character or digits after it.
    #[error(
        "a backslash needs a character or three digits up to 255 after it, such as \\\" or \\032"
    )]
    BadEscape,
    /// A character string longer than its one octet of length can count.
    #[error(
        "this character string has {length} octets, the limit is 255: write several (RFC 1035 section 3.3)"
    )]
    StringTooLong {
        /// The number of its octets.
        length: usize,
    },
    /// RDATA longer than RDLENGTH can count.
    #[error("RDATA gets {length} octets, the limit is 65535 (RFC 1035 section 3.2.1)")]
    RdataTooLong {
        /// The number of its octets.
        length: usize,
    },
    /// The entry is too short.
    #[error("{what} is missing here")]
    Missing {
        /// The field that should come next.
        what: &'static str,
    },
    /// The entry is too long.
    #[error("'{text}' is one field too many: the line is complete without it")]
    LeftOver {
        /// The first field that is left over.
        text: String,
    },
    /// Quotes around something other than a character string.
    #[error("{what} cannot stand in quotes")]
    Quoted {
        /// The field that should be here.
        what: &'static str,
    },
    /// The octets of `\# LENGTH HEX` are not as many as LENGTH.
    #[error("the length is {declared} octets, but {actual} follow (RFC 3597 section 5)")]
    GenericLength {
        /// LENGTH.
        declared: u16,
        /// The number of octets in HEX.
        actual: usize,
    },
    /// Not hexadecimal digits after `\# LENGTH`, two for each octet.
    #[error("'{text}' is not hexadecimal, with two digits for each octet (RFC 3597 section 5)")]
    Hex {
        /// The field.
        text: String,
    },
    /// Not octets in the expected encoding.
    #[error("'{text}' is not {form}")]
    Encoded {
        /// The text, without the blanks in it.
        text: String,
        /// The encoding.
        form: &'static str,
    },
    /// Fewer octets than the field needs.
    #[error("{what} has {length} octets here, it needs at least {least}")]
    TooShort {
        /// The field.
        what: &'static str,
        /// The number of its octets.
        length: usize,
        /// The fewest that would do.
        least: usize,
    },
    /// Not a point in time.
    #[error(
        "'{text}' is not {what}: write YYYYMMDDHHmmSS, or seconds since 1970 (RFC 4034 section 3.2)"
    )]
    Time {
        /// The text.
        text: String,
        /// The field that it should have been.
        what: &'static str,
    },
    /// Not a DNSSEC algorithm.
    #[error(
        "'{text}' is not an algorithm: write its number from 0 to 255, or its mnemonic, such as ECDSAP256SHA256"
    )]
    Algorithm {
        /// The text.
        text: String,
    },
    /// Not a key of an SVCB or HTTPS record.
    #[error("{0}")]
    SvcParamKey(UnknownKey),
    /// Not a value of that key.
    #[error("the value of {key} should be {expected}")]
    SvcParamValue {
        /// The key.
        key: SvcParamKey,
        /// A description of the value that was expected.
        expected: &'static str,
    },
    /// A value that breaks a rule of its type, or parameters of an SVCB or HTTPS record that do not
    /// go together.
    #[error("{kind}")]
    BadValue {
        /// The rule that they break.
        kind: ParseErrorKind,
    },
    /// The octets of `\# LENGTH HEX` break the rules of their type.
    #[error("these octets are not RDATA of type {rtype}: {error}")]
    Malformed {
        /// The type.
        rtype: RecordType,
        /// The rule that they break.
        error: Box<ParseError>,
    },
    /// A type without a form of its own here.
    #[error(
        "RDATA of type {rtype} is read here only as octets, as in \\# 4 c0000201 (RFC 3597 section 5)"
    )]
    OctetsOnly {
        /// The type.
        rtype: RecordType,
    },
    /// A type that no record of a zone has.
    #[error("{rtype} is a pseudo-type, which no record in text has")]
    PseudoType {
        /// The type.
        rtype: RecordType,
    },
    /// A record without a TTL, with no default before it.
    #[error(
        "there is no TTL: write one before the type, or in a file a line such as $TTL 1h further up"
    )]
    NoTtl,
    /// The first record starts with a blank.
    #[error(
        "a line that starts with a blank has the last record's owner, and there is no record yet"
    )]
    NoOwner,
    /// `$INCLUDE`: this library opens no files.
    #[error(
        "$INCLUDE is refused, since this library opens no files: put that file's lines in its place"
    )]
    Include,
    /// `$INCLUDE` of a file that the hook does not return, or too deep.
    #[error("'{file}' cannot be included: {reason}")]
    NotIncluded {
        /// The file's name as the line has it.
        file: String,
        /// The reason.
        reason: String,
    },
    /// A `$GENERATE` line that is not in its form, or makes no number.
    #[error(
        "this should be $GENERATE START-STOP[/STEP] and a line such as host$ A 192.0.2.$, with numbers from 0 to 2147483647"
    )]
    Generate,
    /// More records than `$GENERATE` may make.
    #[error("$GENERATE makes {count} records, the limit is {limit} more in this file")]
    GenerateLimit {
        /// The number of its records.
        count: u32,
        /// The number that is left.
        limit: u32,
    },
    /// Another word with a dollar sign.
    #[error(
        "'{text}' is not a directive: there are $ORIGIN, $TTL, $INCLUDE and $GENERATE (a name that starts so is written \\$)"
    )]
    Directive {
        /// The word.
        text: String,
    },
    /// An opening parenthesis without a closing one.
    #[error("this parenthesis is never closed")]
    OpenParenthesis,
    /// A closing parenthesis without an opening one.
    #[error("no parenthesis was opened before this one")]
    CloseParenthesis,
    /// Quotes that are not closed on their line.
    #[error("these quotes are not closed on this line: write a line break within them as \\010")]
    OpenQuotes,
    /// No record where one was expected.
    #[error("there is no record here")]
    NoRecord,
    /// More than one record where one was expected.
    #[error("there is more here than one record")]
    MoreRecords,
}

/// An error that knows only its offset. Line and column are counted once, when it is returned to
/// the user.
#[derive(Debug)]
pub(crate) struct TextFault {
    /// Octets from the start of the text.
    at: usize,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Kind(ZoneErrorKind),
    /// An error of another file.
    Included(Box<ZoneError>),
}

impl TextFault {
    pub(crate) fn new(at: usize, kind: ZoneErrorKind) -> TextFault {
        let cause = Cause::Kind(kind);
        TextFault { at, cause }
    }

    /// Passes on the error of an included file, with that file's line.
    pub(crate) fn of_error(error: ZoneError) -> TextFault {
        let cause = Cause::Included(Box::new(error));
        TextFault { at: 0, cause }
    }

    /// Moves the fault to another offset: that of the directive that made the text.
    pub(crate) fn moved_to(self, at: usize) -> TextFault {
        TextFault { at, ..self }
    }

    /// Finds the line and the column. `text` is the whole file.
    pub(crate) fn into_error(self, text: &str) -> ZoneError {
        let kind = match self.cause {
            Cause::Kind(kind) => kind,
            Cause::Included(error) => return *error,
        };
        let (before, after) = text.split_at_checked(self.at).unwrap_or((text, ""));
        let (line_start, line_end) = (
            before.rsplit('\n').next().unwrap_or_default(),
            after.lines().next().unwrap_or_default(),
        );
        ZoneError {
            file: None,
            line: before.matches('\n').count() + 1,
            column: line_start.chars().count() + 1,
            excerpt: excerpt(line_start, line_end),
            kind,
        }
    }
}

/// Makes two lines: the text around the error, and a caret. Tabs become spaces, so that the caret
/// stands in the right place.
fn excerpt(before: &str, after: &str) -> String {
    let visible = |character: char| match character {
        '\t' => ' ',
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    };
    let skipped = before.chars().count().saturating_sub(SHOWN_AROUND);
    let start: String = before.chars().skip(skipped).map(visible).collect();
    let end: String = after.chars().take(SHOWN_AROUND).map(visible).collect();
    format!(
        "  {start}{}\n  {:width$}^",
        end.trim_end(),
        "",
        width = start.chars().count()
    )
}

impl ZoneError {
    /// Adds the name of the file that the text came from, unless it is that of an included file
    /// already.
    ///
    /// ```
    /// let error = dnsparse::Rdata::from_text(dnsparse::RecordType::A, "192.0.2").unwrap_err();
    /// let shown = error.in_file("a.zone").to_string();
    /// assert!(shown.starts_with("a.zone:1:1: '192.0.2' is not an IPv4 address"));
    /// ```
    pub fn in_file(mut self, file: impl Into<String>) -> ZoneError {
        self.file.get_or_insert_with(|| file.into());
        self
    }
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ZoneError {
            file,
            line,
            column,
            excerpt,
            kind,
        } = self;
        match file {
            Some(file) => write!(f, "{file}:{line}:{column}: {kind}\n{excerpt}"),
            None => write!(f, "line {line}, column {column}: {kind}\n{excerpt}"),
        }
    }
}

impl core::error::Error for ZoneError {}
