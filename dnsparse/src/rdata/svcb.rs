//! SVCB: the address, port and protocols of a service, before the first packet is sent to it (RFC
//! 9460).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::SvcParam;
use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::codes::{RecordType, SvcParamKey};
use crate::error::{ParseErrorKind, PathStep, WriteError};
use crate::name::Name;
use crate::text::{Fields, TextFault, ZoneErrorKind};
use crate::wire::{Fault, PResult, RdataWriter, be_u16, cut_short, failure, name};

/// The priority of AliasMode.
pub(crate) const ALIAS: u16 = 0;

/// The address, port and protocols of a service, in SVCB and HTTPS records: `u16`, a name, and
/// parameters (RFC 9460 section 2.2).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                   PRIORITY                    |   0: "AliasMode", only the target counts
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                  TARGET: a name               /   the root: the owner itself
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     / PARAMS: key (u16), length (u16), that many    /
///     / octets, and so on, the lowest key first       /
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
///
/// ```
/// use dnsparse::{Rdata, RecordType, SvcParam};
///
/// let https = Rdata::from_text(RecordType::HTTPS, "1 . port=8443 alpn=h3,h2")?;
/// assert_eq!(https.to_string(), r#"1 . alpn="h3,h2" port=8443"#);
/// let Rdata::Https(service) = https else { panic!("an HTTPS record") };
/// assert_eq!(service.params[1], SvcParam::Port(8443));
/// # Ok::<(), dnsparse::ZoneError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Svcb {
    /// The record with the lowest priority is tried first. 0 makes the record an alias
    /// ("AliasMode"): it has no parameters, or they mean nothing, and any value is accepted.
    pub priority: u16,
    /// The host, or the alias's target. The root stands for the owner; in an alias it means that
    /// the service does not exist.
    pub target: Name,
    /// The service's parameters, by ascending keys.
    pub params: Vec<SvcParam>,
}

impl RdataFormat for Svcb {
    type Value = Svcb;

    const LAYOUT: &'static [Row] = &[
        ("priority", Kind::U16),
        ("target", Kind::Name),
        ("params", Kind::Params),
    ];
    /// RFC 9460 sections 14.1 and 14.2.
    const IN_ONLY: bool = true;
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "0 foo.example.com.",
        r#"16 foo.example.com. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1"#,
        r#"0 . key3="\000""#,
        r#"1 . alpn="h2" no-default-alpn port=53 ech=AEP+DQA/ ipv6hint=2001:db8::1 key65534"#,
    ];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Svcb> {
        let (input, priority) = context("priority", be_u16).parse(input)?;
        let (start, target) = context("target", |i| name(message, i)).parse(input)?;
        let mut svcb = Svcb {
            priority,
            target,
            params: Vec::new(),
        };
        params_into(&mut svcb.params, start, priority == ALIAS)?;
        if priority != ALIAS {
            check_demands(&svcb.params).map_err(|kind| failure(start, 0, "params", kind))?;
        }
        Ok((&[], svcb))
    }

    fn write(svcb: &Svcb, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        write_svcb(svcb, RecordType::SVCB, out)
    }

    /// Reads the parameters in any order (RFC 9460 section 2.1).
    fn read(fields: &mut Fields<'_, '_>) -> Result<Svcb, TextFault> {
        let priority = fields.number("a priority")?;
        let target = fields.name("a target name")?;
        let start = fields.next_at();
        let mut params = Vec::new();
        while !fields.is_empty() {
            params.push(SvcParam::read(fields, priority == ALIAS)?);
        }
        params.sort_by_key(SvcParam::key);
        check_params(priority, &params)
            .map_err(|kind| TextFault::new(start, ZoneErrorKind::BadValue { kind }))?;
        Ok(Svcb {
            priority,
            target,
            params,
        })
    }
}

/// Appends an SVCB or HTTPS record; `rtype` names it in an error.
pub(super) fn write_svcb(
    svcb: &Svcb,
    rtype: RecordType,
    out: &mut RdataWriter<'_>,
) -> Result<(), WriteError> {
    check_params(svcb.priority, &svcb.params)
        .map_err(|kind| WriteError::BadRdata { rtype, kind })?;
    out.u16(svcb.priority);
    out.name(&svcb.target);
    for param in &svcb.params {
        out.u16(param.key().0);
        out.with_length("a service parameter", |out| param.write(out))?;
    }
    Ok(())
}

/// Parses parameters to the end of RDATA (RFC 9460 section 2.2): keys ascend, and values have the
/// form of their keys, or, in AliasMode, any form.
#[inline(always)]
fn params_into<'m>(
    params: &mut Vec<SvcParam>,
    mut input: &'m [u8],
    is_alias: bool,
) -> Result<(), nom::Err<Fault<'m>>> {
    // Few records have more than four; each takes at least four octets.
    params.reserve_exact((input.len() / 4).min(4));
    let mut last = None;
    while !input.is_empty() {
        let here = PathStep::Entry("param", params.len());
        let (key, octets, rest) = match split_param(input) {
            Some(param) if last < Some(param.0) => param,
            _ => return Err(Fault::within(bad_param(input, last), here)),
        };
        if !SvcParam::parse_into(params, key, octets) {
            if !is_alias {
                let kind = ParseErrorKind::SvcParamValue { key };
                return Err(Fault::within(failure(input, 4, "value", kind), here));
            }
            let octets = octets.to_vec();
            params.push(SvcParam::Unknown { key, octets });
        }
        last = Some(key);
        input = rest;
    }
    Ok(())
}

/// Splits off one parameter: its key, its value, and the rest.
#[inline(always)]
fn split_param(input: &[u8]) -> Option<(SvcParamKey, &[u8], &[u8])> {
    let (&[high, low, length @ ..], value) = input.split_first_chunk::<4>()?;
    let (octets, rest) = value.split_at_checked(u16::from_be_bytes(length).into())?;
    Some((SvcParamKey(u16::from_be_bytes([high, low])), octets, rest))
}

/// Finds the first field that is cut short, or the key that breaks the order.
#[cold]
fn bad_param(input: &[u8], last: Option<SvcParamKey>) -> nom::Err<Fault<'_>> {
    let key = input
        .first_chunk()
        .map(|key| SvcParamKey(u16::from_be_bytes(*key)));
    match key {
        Some(key) if last >= Some(key) => {
            failure(input, 0, "key", ParseErrorKind::SvcParamOrder { key })
        }
        _ => cut_short(
            input,
            &[("key", 2), ("length", 2), ("value", usize::MAX - 4)],
        ),
    }
}

/// Checks parameters that a program or a zone file put together: keys ascend (RFC 9460 section
/// 2.2), values have their form, and the keys that others demand are there. In AliasMode, values
/// and demands are ignored (RFC 9460 section 2.4.2).
pub(crate) fn check_params(priority: u16, params: &[SvcParam]) -> Result<(), ParseErrorKind> {
    for pair in params.windows(2) {
        if let [first, second] = pair
            && first.key() >= second.key()
        {
            return Err(ParseErrorKind::SvcParamOrder { key: second.key() });
        }
    }
    if priority == ALIAS {
        return Ok(());
    }
    if let Some(param) = params.iter().find(|param| !param.is_valid()) {
        return Err(ParseErrorKind::SvcParamValue { key: param.key() });
    }
    check_demands(params)
}

/// Checks that mandatory parameters are there (RFC 9460 section 8), and `alpn` beside
/// `no-default-alpn` (section 7.1.1). Keys must ascend.
fn check_demands(params: &[SvcParam]) -> Result<(), ParseErrorKind> {
    let demand = |key| match params.binary_search_by_key(&key, SvcParam::key) {
        Ok(_) => Ok(()),
        Err(_) => Err(ParseErrorKind::SvcParamMissing { key }),
    };
    for param in params {
        match param {
            SvcParam::Mandatory(keys) => keys.iter().copied().try_for_each(demand)?,
            SvcParam::NoDefaultAlpn => demand(SvcParamKey::ALPN)?,
            SvcParam::Alpn(_) => {}
            // The keys that follow are higher, and demand nothing.
            _ => break,
        }
    }
    Ok(())
}

impl fmt::Display for Svcb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.priority, self.target)?;
        self.params
            .iter()
            .try_for_each(|param| write!(f, " {param}"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_same, fault, read_line};
    use super::*;
    use crate::{Rdata, Txt};

    /// The test vectors of RFC 9460 appendix D, and parameters without a vector there.
    #[test]
    fn text_and_octets_of_the_rfc_agree() {
        let target = "03 666f6f 07 6578616d706c65 03 636f6d 00";
        let cases = [
            ("0 foo.example.com.", format!("0000 {target}")),
            ("1 .", "0001 00".to_owned()),
            ("16 foo.example.com. port=53", format!("0010 {target} 0003 0002 0035")),
            ("1 foo.example.com. key667=\"hello\"", format!("0001 {target} 029b 0005 68656c6c6f")),
            (
                r#"1 foo.example.com. key667="hello\210qoo""#,
                format!("0001 {target} 029b 0009 68656c6c6fd2716f6f"),
            ),
            (
                "1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
                format!("0001 {target} 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001"),
            ),
            (
                r#"16 foo.example.com. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1"#,
                format!("0010 {target} 0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201"),
            ),
            (
                r#"16 foo.example.com. alpn="f\\\\oo\\,bar,h2""#,
                format!("0010 {target} 0001 000c 08 665c6f6f2c626172 02 6832"),
            ),
            (
                r#"1 . ohttp tls-supported-groups=29,23 docpath="dns,a\\,b""#,
                "0001 00 0008 0000 0009 0004 001d 0017 000a 0008 03 646e73 03 612c62".to_owned(),
            ),
            ("1 . docpath", "0001 00 000a 0000".to_owned()),
            (
                r#"1 dns.example.org. alpn="co" docpath="n,s""#,
                "0001 03 646e73 07 6578616d706c65 03 6f7267 00 0001 0003 02 636f 000a 0004 016e0173".to_owned(),
            ),
            (
                r#"1 . alpn="h2" no-default-alpn ech=AEP+DQA/ dohpath="/q{?dns}" key65534"#,
                "0001 00 0001 0003 02 6832 0002 0000 0005 0006 0043fe0d003f 0007 0008 2f717b3f646e737d fffe 0000".to_owned(),
            ),
        ];
        for (text, octets) in cases {
            assert_same(RecordType::SVCB, text, &octets);
            assert_same(RecordType::HTTPS, text, &octets);
        }
    }

    /// RFC 9460 section 2.4.2.
    #[test]
    fn alias_mode_ignores_its_parameters() {
        for (text, params) in [
            (r#"0 . key3="\000\000\000""#, "0003 0003 000000"),
            ("0 . key1", "0001 0000"),
            ("0 . no-default-alpn port=53", "0002 0000 0003 0002 0035"),
            ("0 . mandatory=alpn", "0000 0002 0001"),
        ] {
            assert_same(RecordType::SVCB, text, &format!("0000 00 {params}"));
            assert_same(RecordType::HTTPS, text, &format!("0000 00 {params}"));
            let service = fault(RecordType::SVCB, &format!("0001 00 {params}"));
            assert!(service.starts_with("rdata.param"), "{service}");
        }
        for order in ["0003 0002 0035 0001 0000", "0003 0002 00", "0003 00"] {
            let fault = fault(RecordType::SVCB, &format!("0000 00 {order}"));
            assert!(fault.starts_with("rdata.param"), "{fault}");
        }
    }

    #[test]
    fn text_may_be_in_any_order_and_with_or_without_quotes() {
        let texts = [
            "16 foo.example.com. alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1",
            "1 . key1=\\002h2 KEY3=\"\\000\\053\"",
            "1 . ( port=\"53\"\n alpn=\"f\\\\\\\\oo\\\\,bar,h2\" key99=\"\" )",
            "1 . alpn=f\\\\\\092oo\\092,bar,h2",
        ];
        insta::assert_snapshot!(texts.map(|text| read_line(RecordType::SVCB, text)).join("\n"), @r#"
        SVCB 16 foo.example.com. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1
        SVCB 1 . alpn="h2" port=53
        SVCB 1 . alpn="f\\\\oo\\,bar,h2" port=53 key99
        SVCB 1 . alpn="f\\\\oo\\,bar,h2"
        "#);
    }

    /// The failure cases of RFC 9460 appendix D.3, and some more.
    #[test]
    fn text_that_breaks_a_rule_is_refused() {
        let texts = [
            "1 . key123=abc key123=def",
            "1 . mandatory",
            "1 . alpn",
            "1 . port",
            "1 . ipv4hint",
            "1 . ipv6hint=1::,",
            "1 . no-default-alpn=abc",
            "1 . no-default-alpn",
            "1 . mandatory=key123",
            "1 . mandatory=mandatory",
            "1 . mandatory=key123,key123 key123=abc",
            "1 . alpn=h2,,h3",
            "1 . port=65536",
            "1 . ech=!",
            "1 . alp=h2",
            "1 . key65536=x",
            "1 . key00003=x",
            "1 . key01=x",
            "1 . ohttp=x",
            "1 . tls-supported-groups",
            "1 . tls-supported-groups=29,x",
            "1 . tls-supported-groups=29,29",
            "1 . tls-supported-groups=65536",
            "1 . docpath=n,,s",
            r#"1 . key10="\000""#,
            "1 . =x",
            "1 . \"port=53\"",
        ];
        insta::assert_snapshot!(
            "errors",
            texts
                .map(|text| read_line(RecordType::SVCB, text))
                .join("\n")
        );
    }

    #[test]
    fn octets_that_break_a_rule_are_malformed() {
        let params = [
            "0003 0002 0035 0003 0002 0035",
            "0003 0002 0035 0001 0003 02 6832",
            "0003 0001 35",
            "0003 0003 003500",
            "0001 0000",
            "0001 0001 00",
            "0001 0003 03 6832",
            "0002 0000",
            "0001 0003 026832 0002 0001 00",
            "0004 0003 c00002",
            "0004 0000",
            "0006 0004 c0000201",
            "0005 0000",
            "0000 0000",
            "0000 0002 0003",
            "0000 0002 0000",
            "0000 0004 0003 0003 0003 0002 0035",
            "0007 0001 ff",
            "0009 0000",
            "0009 0003 001d00",
            "0009 0004 001d001d",
            "000a 0001 00",
            "000a 0003 03646e",
            "000a 0003 016e00",
            "0003 0002 00",
            "00",
        ];
        let faults = params.map(|params| fault(RecordType::SVCB, &format!("0001 00 {params}")));
        insta::assert_snapshot!("faults", faults.join("\n"));
    }

    #[test]
    fn params_that_could_not_be_parsed_are_not_written() {
        let write = |params: Vec<SvcParam>| {
            let svcb = Svcb {
                priority: 1,
                target: Name::ROOT,
                params,
            };
            Rdata::Svcb(Box::new(svcb))
                .octets()
                .map_err(|error| error.to_string())
        };
        let alpn = |id| SvcParam::Alpn(Txt::new([id]).unwrap());
        let port = SvcParam::Port(53);
        let disguised = SvcParam::Unknown {
            key: SvcParamKey::PORT,
            octets: vec![0, 53],
        };
        assert!(write(vec![port.clone()]).is_ok());
        let refusals = [
            write(vec![port.clone(), alpn("h2")]),
            write(vec![alpn("")]),
            write(vec![SvcParam::Mandatory(vec![SvcParamKey::ALPN]), port]),
            write(vec![disguised]),
        ];
        insta::assert_snapshot!(refusals.map(Result::unwrap_err).join("\n"), @r"
        the SVCB record cannot be written: parameter alpn stands twice, or after a higher key (RFC 9460 section 2.2)
        the SVCB record cannot be written: the value of parameter alpn does not have its form (RFC 9460 section 7)
        the SVCB record cannot be written: parameter alpn is missing, though another one demands it (RFC 9460 section 8)
        the SVCB record cannot be written: the value of parameter port does not have its form (RFC 9460 section 7)
        ");
    }
}
