//! RDATA from text and as text: the generic form of any type, and the form of each.

use alloc::vec::Vec;
use core::fmt;

use super::{is_typed, rdata_octets, read_typed, show};
use crate::codes::{Class, RecordType};
use crate::name::Name;
use crate::text::{Entry, Fields, Lexer, TextFault, ZoneError, ZoneErrorKind};
use crate::types::Rdata;

impl Rdata {
    /// Reads RDATA of a type in class IN; names in it are absolute. The generic form
    /// `\# LENGTH HEX` will do for any type.
    ///
    /// # Errors
    /// If the text is not RDATA of that type, or the type has no form of its own here.
    ///
    /// ```
    /// use dnsparse::{Mx, Rdata, RecordType};
    ///
    /// let rdata = Rdata::from_text(RecordType::MX, "10 mx1.example.com")?;
    /// let Rdata::Mx(Mx { preference, exchange }) = &rdata else { panic!("that should be an MX") };
    /// assert_eq!((*preference, exchange.to_string().as_str()), (10, "mx1.example.com."));
    /// assert_eq!(Rdata::from_text(RecordType::A, r"\# 4 c0000201")?.to_string(), "192.0.2.1");
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn from_text(rtype: RecordType, text: &str) -> Result<Rdata, ZoneError> {
        read_line(text, |fields| read_any(rtype, Class::IN, fields))
    }
}

/// Reads RDATA of a type in any class. The generic form may have more than in a zone file: the
/// octets of a pseudo-type, such as TSIG, and malformed ones.
#[cfg(feature = "serde")]
pub(crate) fn from_text(rtype: RecordType, class: Class, text: &str) -> Result<Rdata, ZoneError> {
    read_line(text, |fields| match fields.skip_word("\\#") {
        true => Ok(rdata_octets(rtype, class, &read_octets(fields)?)),
        false => read_any(rtype, class, fields),
    })
}

/// Reads the fields of one line, of which none may be left; names are absolute.
fn read_line(
    text: &str,
    read: impl FnOnce(&mut Fields<'_, '_>) -> Result<Rdata, TextFault>,
) -> Result<Rdata, ZoneError> {
    let read_all = || {
        let mut lexer = Lexer::new(text);
        let fields = lexer
            .entry()?
            .map_or(Vec::new(), |Entry { fields, .. }| fields);
        let mut left = Fields::new(&fields, &Name::ROOT);
        let rdata = read(&mut left)?;
        left.end()?;
        match lexer.entry()? {
            None => Ok(rdata),
            Some(more) => Err(TextFault::new(more.start(), ZoneErrorKind::MoreRecords)),
        }
    };
    read_all().map_err(|fault: TextFault| fault.into_error(text))
}

/// Reads RDATA of a type, in the type's own form or the generic one. The caller refuses fields that
/// are left over.
pub(crate) fn read_any(
    rtype: RecordType,
    class: Class,
    fields: &mut Fields<'_, '_>,
) -> Result<Rdata, TextFault> {
    let start = fields.next_at();
    if rtype.is_pseudo() {
        return Err(TextFault::new(start, ZoneErrorKind::PseudoType { rtype }));
    }
    if fields.skip_word("\\#") {
        return read_generic(rtype, class, fields);
    }
    let rdata = match is_typed(rtype, class, false) {
        true => read_typed(rtype, fields)?,
        false => None,
    };
    rdata.ok_or_else(|| TextFault::new(start, ZoneErrorKind::OctetsOnly { rtype }))
}

fn read_generic(
    rtype: RecordType,
    class: Class,
    fields: &mut Fields<'_, '_>,
) -> Result<Rdata, TextFault> {
    let start = fields.next_at();
    match rdata_octets(rtype, class, &read_octets(fields)?) {
        Rdata::Malformed { error, .. } => Err(TextFault::new(
            start,
            ZoneErrorKind::Malformed { rtype, error },
        )),
        rdata => Ok(rdata),
    }
}

/// Reads a length, then as many octets in hexadecimal, with white space between any of them (RFC
/// 3597 section 5).
fn read_octets(fields: &mut Fields<'_, '_>) -> Result<Vec<u8>, TextFault> {
    let start = fields.next_at();
    let declared = fields.number::<u16>("the number of octets")?;
    let mut octets = Vec::new();
    while !fields.is_empty() {
        let field = fields.word("hexadecimal digits")?;
        let more = hex::decode(field.text);
        octets.extend(more.map_err(|_| {
            field.fault(ZoneErrorKind::Hex {
                text: field.shown(),
            })
        })?);
    }
    let actual = octets.len();
    if actual != usize::from(declared) {
        let kind = ZoneErrorKind::GenericLength { declared, actual };
        return Err(TextFault::new(start, kind));
    }
    Ok(octets)
}

/// RDATA alone. A type without a form here has the generic form `\# LENGTH HEX`. For
/// [`Rdata::Malformed`], a comment names the broken rule; reading that line gives the same error,
/// not a record.
impl fmt::Display for Rdata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self, f, write_generic)?;
        match self {
            Rdata::Malformed { error, .. } => write!(f, " ; malformed: {error}"),
            _ => Ok(()),
        }
    }
}

/// Writes octets in the generic form, which any RDATA has (RFC 3597 section 5).
pub(super) fn write_generic(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    match octets {
        [] => write!(f, "\\# 0"),
        _ => write!(f, "\\# {} {}", octets.len(), hex::encode_upper(octets)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rtype: RecordType, text: &str) -> String {
        match Rdata::from_text(rtype, text) {
            Ok(rdata) => format!("{rtype} {rdata}"),
            Err(error) => format!("{rtype} {text}: {}", error.kind),
        }
    }

    #[test]
    fn types_are_read_and_shown_in_their_own_form() {
        let texts = [
            (RecordType::A, "192.0.2.1"),
            (RecordType::AAAA, "2001:DB8:0:0::1"),
            (RecordType::NS, "ns1.example.com"),
            (RecordType::CNAME, "."),
            (RecordType::SOA, "ns1.x. a\\.b.x. 1 1d 2H 4w (5m)"),
            (RecordType::MX, "10 mx"),
            (RecordType::TXT, "bare \"quoted; \\\"\" \\065\\;"),
            (RecordType::SRV, "0 5 5060 sip.example.com."),
            (RecordType::CAA, "0 issue ca.test"),
            (RecordType::CAA, "128 issue \"ca.test; a=b\""),
            (RecordType(103), "\\# 3 00 01Ab"),
        ];
        insta::assert_snapshot!(texts.map(|(rtype, text)| shown(rtype, text)).join("\n"), @r#"
        A 192.0.2.1
        AAAA 2001:db8::1
        NS ns1.example.com.
        CNAME .
        SOA ns1.x. a\.b.x. 1 86400 7200 2419200 300
        MX 10 mx.
        TXT "bare" "quoted; \"" "A;"
        SRV 0 5 5060 sip.example.com.
        CAA 0 issue "ca.test"
        CAA 128 issue "ca.test; a=b"
        UNSPEC \# 3 0001AB
        "#);
    }

    #[test]
    fn octets_of_a_known_type_are_read_as_that_type() {
        let texts = [
            (RecordType::A, "\\# 4 c0 00 02 01"),
            (RecordType::MX, "\\# 7 000a 026d7800 00"),
            (RecordType::MX, "\\# 6 000a 026d78 00"),
            (RecordType::A, "\\# 3 c00002"),
            (RecordType::A, "\\# 0"),
            (RecordType::A, "\\# 4 c000"),
            (RecordType::A, "\\# 4 c00 00201"),
            (RecordType::A, "\\# x c0000201"),
            (RecordType::NULL, "a.x. b.x."),
        ];
        insta::assert_snapshot!(texts.map(|(rtype, text)| shown(rtype, text)).join("\n"), @r"
        A 192.0.2.1
        MX \# 7 000a 026d7800 00: these octets are not RDATA of type MX: rdata at octet 6: octets left over in RDATA: 1, RDLENGTH is too large
        MX 10 mx.
        A \# 3 c00002: these octets are not RDATA of type A: rdata.address at octet 0: RDATA ends within this field, RDLENGTH is too small
        A \# 0: these octets are not RDATA of type A: rdata.address at octet 0: RDATA ends within this field, RDLENGTH is too small
        A \# 4 c000: the length is 4 octets, but 2 follow (RFC 3597 section 5)
        A \# 4 c00 00201: 'c00' is not hexadecimal, with two digits for each octet (RFC 3597 section 5)
        A \# x c0000201: 'x' is not the number of octets: write a number from 0 to 65535
        NULL a.x. b.x.: RDATA of type NULL is read here only as octets, as in \# 4 c0000201 (RFC 3597 section 5)
        ");
    }

    #[test]
    fn each_error_is_one_sentence() {
        let texts = [
            (RecordType::A, "192.0.2.256"),
            (RecordType::AAAA, "192.0.2.1"),
            (RecordType::MX, "mx1.example.com."),
            (RecordType::MX, "65536 mx1"),
            (RecordType::MX, "10"),
            (RecordType::MX, "10 mx1 mx2"),
            (RecordType::NS, "\"ns1\""),
            (RecordType::SOA, "ns1 mail 1 1x 1 1 1"),
            (RecordType::CAA, "0 is-sue x"),
            (RecordType::TXT, ""),
            (RecordType::TXT, "\"\\400\""),
        ];
        insta::assert_snapshot!(texts.map(|(rtype, text)| shown(rtype, text)).join("\n"), @r#"
        A 192.0.2.256: '192.0.2.256' is not an IPv4 address, such as 192.0.2.1
        AAAA 192.0.2.1: '192.0.2.1' is not an IPv6 address, such as 2001:db8::1
        MX mx1.example.com.: 'mx1.example.com.' is not a preference: write a number from 0 to 65535
        MX 65536 mx1: '65536' is not a preference: write a number from 0 to 65535
        MX 10: a mail exchange's name is missing here
        MX 10 mx1 mx2: 'mx2' is one field too many: the line is complete without it
        NS "ns1": a server's name cannot stand in quotes
        SOA ns1 mail 1 1x 1 1 1: '1x' is not the refresh time: write seconds, or units as in 1w2d or 1h30m (at most 4294967295 seconds)
        CAA 0 is-sue x: 'is-sue' is not a tag: write one to 255 ASCII letters and digits, such as issue (RFC 8659 section 4.1)
        TXT : a character string is missing here
        TXT "\400": a backslash needs a character or three digits up to 255 after it, such as \" or \032
        "#);
    }

    #[test]
    fn lengths_that_cannot_be_counted_are_refused() {
        let kind = |text: &str| Rdata::from_text(RecordType::TXT, text).map_err(|error| error.kind);
        assert!(kind(&"x".repeat(255)).is_ok());
        assert_eq!(
            kind(&"x".repeat(256)),
            Err(ZoneErrorKind::StringTooLong { length: 256 })
        );
        assert!(kind(&"x ".repeat(32_767)).is_ok());
        assert_eq!(
            kind(&"x ".repeat(32_768)),
            Err(ZoneErrorKind::RdataTooLong { length: 65_536 })
        );
    }

    #[test]
    fn a_chaosnet_address_is_not_read_as_an_internet_one() {
        let error = "x. 0 CH A 192.0.2.1".parse::<crate::Record>().unwrap_err();
        assert_eq!(
            error.kind,
            ZoneErrorKind::OctetsOnly {
                rtype: RecordType::A
            }
        );
        assert!("x. 0 CH A \\# 1 00".parse::<crate::Record>().is_ok());
    }
}
