//! RDATA from text: which fields each type has, in the order of [`show`](super::show).
//!
//! A new type is an arm in [`read`] here and one in `Display` there.

use super::error::{Fault, ZoneError, ZoneErrorKind};
use super::fields::Fields;
use super::lexer::{Entry, Lexer};
use crate::parse::{is_caa_tag, rdata_octets};
use crate::rdata::{
    Dnskey, Ds, Hinfo, Naptr, Nsec, Nsec3, Nsec3Param, Rrsig, Sshfp, Svcb, Tlsa, is_typed,
};
use crate::types::{Caa, Class, Mx, Name, Rdata, RecordType, Soa, Srv, Txt};

/// What RDLENGTH can count.
const MAX_RDATA: usize = u16::MAX as usize;

impl Rdata {
    /// Reads RDATA of a type in class IN; names in it are absolute. The generic form `\# LENGTH HEX` does for any type.
    ///
    /// # Errors
    /// If the text is not RDATA of that type, or of a type whose own form is not known here.
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
        let read_all = || {
            let mut lexer = Lexer::new(text);
            let fields = lexer
                .entry()?
                .map_or(Vec::new(), |Entry { fields, .. }| fields);
            let mut left = Fields::new(&fields, &Name::ROOT);
            let rdata = read(rtype, Class::IN, &mut left)?;
            left.end()?;
            match lexer.entry()? {
                None => Ok(rdata),
                Some(more) => Err(Fault::new(more.start(), ZoneErrorKind::MoreRecords)),
            }
        };
        read_all().map_err(|fault: Fault| fault.into_error(text))
    }
}

/// RDATA of a type. What is left of the fields then is for the caller to complain of.
pub(super) fn read(
    rtype: RecordType,
    class: Class,
    fields: &mut Fields<'_, '_>,
) -> Result<Rdata, Fault> {
    let start = fields.next_at();
    if fields.skip_word("\\#") {
        return generic(rtype, class, fields);
    }
    Ok(match rtype {
        _ if !is_typed(rtype, class, false) => {
            return Err(Fault::new(start, ZoneErrorKind::OctetsOnly { rtype }));
        }
        RecordType::A => Rdata::A(fields.address("an IPv4 address", "192.0.2.1")?),
        RecordType::AAAA => Rdata::Aaaa(fields.address("an IPv6 address", "2001:db8::1")?),
        RecordType::NS => Rdata::Ns(fields.name("a server's name")?),
        RecordType::CNAME => Rdata::Cname(fields.name("the name that this is an alias of")?),
        RecordType::DNAME => Rdata::Dname(fields.name("a target name")?),
        RecordType::PTR => Rdata::Ptr(fields.name("a name")?),
        RecordType::SOA => Rdata::Soa(Box::new(soa(fields)?)),
        RecordType::MX => Rdata::Mx(Mx {
            preference: fields.number("a preference")?,
            exchange: fields.name("a mail exchange's name")?,
        }),
        RecordType::TXT => Rdata::Txt(txt(fields)?),
        RecordType::SRV => Rdata::Srv(Srv {
            priority: fields.number("a priority")?,
            weight: fields.number("a weight")?,
            port: fields.number("a port")?,
            target: fields.name("a target name")?,
        }),
        RecordType::CAA => Rdata::Caa(Box::new(caa(fields)?)),
        RecordType::HINFO => Rdata::Hinfo(Box::new(Hinfo::read(fields)?)),
        RecordType::NAPTR => Rdata::Naptr(Box::new(Naptr::read(fields)?)),
        RecordType::DS => Rdata::Ds(Box::new(Ds::read(fields)?)),
        RecordType::SSHFP => Rdata::Sshfp(Box::new(Sshfp::read(fields)?)),
        RecordType::RRSIG => Rdata::Rrsig(Box::new(Rrsig::read(fields)?)),
        RecordType::NSEC => Rdata::Nsec(Box::new(Nsec::read(fields)?)),
        RecordType::DNSKEY => Rdata::Dnskey(Box::new(Dnskey::read(fields)?)),
        RecordType::NSEC3 => Rdata::Nsec3(Box::new(Nsec3::read(fields)?)),
        RecordType::NSEC3PARAM => Rdata::Nsec3Param(Box::new(Nsec3Param::read(fields)?)),
        RecordType::TLSA => Rdata::Tlsa(Box::new(Tlsa::read(fields)?)),
        RecordType::SVCB => Rdata::Svcb(Box::new(Svcb::read(fields)?)),
        RecordType::HTTPS => Rdata::Https(Box::new(Svcb::read(fields)?)),
        _ => return Err(Fault::new(start, ZoneErrorKind::OctetsOnly { rtype })),
    })
}

/// RFC 1035 section 3.3.13. The times may have units, as a TTL may.
fn soa(fields: &mut Fields<'_, '_>) -> Result<Soa, Fault> {
    Ok(Soa {
        mname: fields.name("the primary server's name")?,
        rname: fields.name("the mail address, as a name,")?,
        serial: fields.number("a serial")?,
        refresh: fields.period("the refresh time")?,
        retry: fields.period("the retry time")?,
        expire: fields.period("the expire time")?,
        minimum: fields.period("the minimum TTL")?,
    })
}

/// RFC 1035 section 3.3.14: at least one character string, to the end of the entry.
fn txt(fields: &mut Fields<'_, '_>) -> Result<Txt, Fault> {
    let mut wire = Vec::new();
    loop {
        let (at, octets) = fields.octets("a character string")?;
        let length = octets.len();
        let counted = u8::try_from(length);
        wire.push(counted.map_err(|_| Fault::new(at, ZoneErrorKind::StringTooLong { length }))?);
        wire.extend_from_slice(&octets);
        check_length(at, wire.len())?;
        if fields.is_empty() {
            return Ok(Txt {
                wire: wire.as_slice().into(),
            });
        }
    }
}

/// RFC 8659 section 4.1.1.
fn caa(fields: &mut Fields<'_, '_>) -> Result<Caa, Fault> {
    let flags = fields.number("flags")?;
    let field = fields.word("a tag")?;
    if !is_caa_tag(field.text) || field.text.len() > usize::from(u8::MAX) {
        return Err(field.fault(ZoneErrorKind::Tag {
            text: field.shown(),
        }));
    }
    let tag = field.text.to_owned();
    let (at, value) = fields.octets("a value")?;
    check_length(at, 2 + tag.len() + value.len())?;
    Ok(Caa { flags, tag, value })
}

/// RFC 3597 section 5: a length, then as many octets in hexadecimal, with white space between any of them.
fn generic(rtype: RecordType, class: Class, fields: &mut Fields<'_, '_>) -> Result<Rdata, Fault> {
    let start = fields.next_at();
    let said = fields.number::<u16>("the number of octets")?;
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
    let found = octets.len();
    if found != usize::from(said) {
        return Err(Fault::new(
            start,
            ZoneErrorKind::GenericLength { said, found },
        ));
    }
    match rdata_octets(rtype, class, &octets) {
        Rdata::Malformed { error, .. } => {
            Err(Fault::new(start, ZoneErrorKind::Malformed { rtype, error }))
        }
        rdata => Ok(rdata),
    }
}

fn check_length(at: usize, length: usize) -> Result<(), Fault> {
    if length > MAX_RDATA {
        Err(Fault::new(at, ZoneErrorKind::RdataTooLong { length }))
    } else {
        Ok(())
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
    fn every_type_is_read_and_shown_in_its_own_form() {
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
            (RecordType::LOC, "\\# 3 00 01Ab"),
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
        LOC \# 3 0001AB
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
            (RecordType::RP, "a.x. b.x."),
        ];
        insta::assert_snapshot!(texts.map(|(rtype, text)| shown(rtype, text)).join("\n"), @r"
        A 192.0.2.1
        MX \# 7 000a 026d7800 00: these octets are not RDATA of type MX: rdata at octet 6: octets left over in RDATA: 1, RDLENGTH is too large
        MX 10 mx.
        A \# 3 c00002: these octets are not RDATA of type A: rdata.address at octet 0: RDATA ends within this field, RDLENGTH is too small
        A \# 0: these octets are not RDATA of type A: rdata.address at octet 0: RDATA ends within this field, RDLENGTH is too small
        A \# 4 c000: the length says 4 octets, but 2 follow (RFC 3597 section 5)
        A \# 4 c00 00201: 'c00' is not hexadecimal, with two digits for each octet (RFC 3597 section 5)
        A \# x c0000201: 'x' is not the number of octets: write a number from 0 to 65535
        RP a.x. b.x.: RDATA of type RP is read here only as octets, as in \# 4 c0000201 (RFC 3597 section 5)
        ");
    }

    #[test]
    fn what_is_wrong_is_said_in_one_sentence() {
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
        MX 10 mx1 mx2: 'mx2' is too much: the line is complete without it
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
