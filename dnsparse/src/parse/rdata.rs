//! RDATA of each type that is spelled out in [`Rdata`].
//!
//! RDATA is what RDLENGTH says, all of it: too little is a fault, and so is anything left over.

use std::net::{Ipv4Addr, Ipv6Addr};

use nom::bytes::complete::take;
use nom::combinator::{map, rest};
use nom::error::context;

use nom::{IResult, Parser};

use super::fault::{Fault, PResult};
use super::name::name;
use super::number::{be_u8, be_u16, be_u32, be_u128};
use crate::error::{Broken, ParseError, Step};
use crate::rdata::{
    Dnskey, Ds, Hinfo, Naptr, Nsec, Nsec3, Nsec3Param, Rrsig, Sshfp, Svcb, Tlsa, is_typed,
};
use crate::types::{Caa, Class, Mx, Rdata, RecordType, Soa, Srv, Txt};

/// Reads RDATA that stands alone, outside a message: nothing in it can be a compression pointer.
///
/// RDATA that breaks the rules of its type comes back as [`Rdata::Malformed`].
///
/// ```
/// use dnsparse::{Class, Rdata, RecordType, parse};
///
/// let rdata = parse::rdata_octets(RecordType::A, Class::IN, &[192, 0, 2, 1]);
/// assert_eq!(rdata, Rdata::A([192, 0, 2, 1].into()));
/// ```
pub fn rdata_octets(rtype: RecordType, class: Class, octets: &[u8]) -> Rdata {
    rdata(octets, rtype, class, octets).unwrap_or_else(|error| {
        let fault = Fault::from(Fault::within(error, Step::Field("rdata")));
        malformed(rtype, octets, fault.into_error(octets))
    })
}

pub(super) fn malformed(rtype: RecordType, octets: &[u8], error: ParseError) -> Rdata {
    Rdata::Malformed {
        rtype,
        octets: octets.to_vec(),
        error: Box::new(error),
    }
}

/// RDATA of a type: `input` is the whole of it, and a part of `message`.
pub(super) fn rdata<'m>(
    message: &'m [u8],
    rtype: RecordType,
    class: Class,
    input: &'m [u8],
) -> Result<Rdata, nom::Err<Fault<'m>>> {
    if !is_typed(rtype, class, input.is_empty()) {
        return Ok(unknown(rtype, input));
    }
    let domain =
        |field, variant: fn(_) -> Rdata| map(context(field, move |i| name(message, i)), variant);
    let result = match rtype {
        RecordType::A => map(address, Rdata::A).parse(input),
        RecordType::AAAA => map(address6, Rdata::Aaaa).parse(input),
        RecordType::NS => domain("nsdname", Rdata::Ns).parse(input),
        RecordType::CNAME => domain("cname", Rdata::Cname).parse(input),
        RecordType::DNAME => domain("target", Rdata::Dname).parse(input),
        RecordType::PTR => domain("ptrdname", Rdata::Ptr).parse(input),
        RecordType::SOA => map(|i| soa(message, i), |soa| Rdata::Soa(Box::new(soa))).parse(input),
        RecordType::MX => map(|i| mx(message, i), Rdata::Mx).parse(input),
        RecordType::TXT => map(txt, Rdata::Txt).parse(input),
        RecordType::SRV => map(|i| srv(message, i), Rdata::Srv).parse(input),
        RecordType::CAA => map(caa, |caa| Rdata::Caa(Box::new(caa))).parse(input),
        _ => match rare(message, rtype, input) {
            Some(result) => result,
            None => return Ok(unknown(rtype, input)),
        },
    };
    let (left, rdata) = result.map_err(Fault::in_rdata)?;
    match left.len() {
        0 => Ok(rdata),
        count => Err(nom::Err::Failure(Fault::new(
            left,
            Broken::RdataLeftOver { count },
        ))),
    }
}

/// The types that have a file each in [`rdata`](crate::rdata); nothing for any other.
fn rare<'m>(message: &'m [u8], rtype: RecordType, input: &'m [u8]) -> Option<PResult<'m, Rdata>> {
    fn boxed<T>(wrap: fn(Box<T>) -> Rdata) -> impl Fn(T) -> Rdata {
        move |rdata| wrap(Box::new(rdata))
    }
    Some(match rtype {
        RecordType::HINFO => map(Hinfo::parse, boxed(Rdata::Hinfo)).parse(input),
        RecordType::NAPTR => map(|i| Naptr::parse(message, i), boxed(Rdata::Naptr)).parse(input),
        RecordType::DS => map(Ds::parse, boxed(Rdata::Ds)).parse(input),
        RecordType::SSHFP => map(Sshfp::parse, boxed(Rdata::Sshfp)).parse(input),
        RecordType::RRSIG => map(|i| Rrsig::parse(message, i), boxed(Rdata::Rrsig)).parse(input),
        RecordType::NSEC => map(|i| Nsec::parse(message, i), boxed(Rdata::Nsec)).parse(input),
        RecordType::DNSKEY => map(Dnskey::parse, boxed(Rdata::Dnskey)).parse(input),
        RecordType::NSEC3 => map(Nsec3::parse, boxed(Rdata::Nsec3)).parse(input),
        RecordType::NSEC3PARAM => map(Nsec3Param::parse, boxed(Rdata::Nsec3Param)).parse(input),
        RecordType::TLSA => map(Tlsa::parse, boxed(Rdata::Tlsa)).parse(input),
        RecordType::SVCB => map(|i| Svcb::parse(message, i), boxed(Rdata::Svcb)).parse(input),
        RecordType::HTTPS => map(|i| Svcb::parse(message, i), boxed(Rdata::Https)).parse(input),
        _ => return None,
    })
}

fn unknown(rtype: RecordType, octets: &[u8]) -> Rdata {
    Rdata::Unknown {
        rtype,
        octets: octets.to_vec(),
    }
}

/// RFC 1035 section 3.4.1.
fn address(input: &[u8]) -> PResult<'_, Ipv4Addr> {
    context("address", map(be_u32, Ipv4Addr::from_bits)).parse(input)
}

/// RFC 3596 section 2.2.
fn address6(input: &[u8]) -> PResult<'_, Ipv6Addr> {
    context("address", map(be_u128, Ipv6Addr::from_bits)).parse(input)
}

/// RFC 1035 section 3.3.13.
fn soa<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Soa> {
    let (input, mname) = context("mname", |i| name(message, i)).parse(input)?;
    let (input, rname) = context("rname", |i| name(message, i)).parse(input)?;
    let (input, serial) = context("serial", be_u32).parse(input)?;
    let (input, refresh) = context("refresh", be_u32).parse(input)?;
    let (input, retry) = context("retry", be_u32).parse(input)?;
    let (input, expire) = context("expire", be_u32).parse(input)?;
    let (input, minimum) = context("minimum", be_u32).parse(input)?;
    Ok((
        input,
        Soa {
            mname,
            rname,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        },
    ))
}

/// RFC 1035 section 3.3.9.
fn mx<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Mx> {
    let (input, preference) = context("preference", be_u16).parse(input)?;
    let (input, exchange) = context("exchange", |i| name(message, i)).parse(input)?;
    Ok((
        input,
        Mx {
            preference,
            exchange,
        },
    ))
}

/// RFC 1035 section 3.3.14: at least one character string, to the end of RDATA.
#[inline]
pub(crate) fn txt(input: &[u8]) -> PResult<'_, Txt> {
    let mut left = input;
    loop {
        (left, _) = context("string", character_string).parse(left)?;
        if left.is_empty() {
            return Ok((left, Txt { wire: input.into() }));
        }
    }
}

/// RFC 1035 section 3.3: an octet of length, then that many octets.
pub(crate) fn character_string(input: &[u8]) -> PResult<'_, &[u8]> {
    be_u8.flat_map(take).parse(input)
}

/// RFC 2782. Its name is never written compressed; that it is read so does no harm.
fn srv<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Srv> {
    let (input, priority) = context("priority", be_u16).parse(input)?;
    let (input, weight) = context("weight", be_u16).parse(input)?;
    let (input, port) = context("port", be_u16).parse(input)?;
    let (input, target) = context("target", |i| name(message, i)).parse(input)?;
    Ok((
        input,
        Srv {
            priority,
            weight,
            port,
            target,
        },
    ))
}

/// RFC 8659 section 4.1.
fn caa(input: &[u8]) -> PResult<'_, Caa> {
    let (input, flags) = context("flags", be_u8).parse(input)?;
    let (input, tag) = context("tag", caa_tag).parse(input)?;
    let (input, value) = context("value", everything).parse(input)?;
    Ok((
        input,
        Caa {
            flags,
            tag,
            value: value.to_vec(),
        },
    ))
}

fn caa_tag(input: &[u8]) -> PResult<'_, String> {
    let (left, octets) = character_string(input)?;
    let tag = str::from_utf8(octets).ok().filter(|tag| is_caa_tag(tag));
    let tag = tag.ok_or_else(|| nom::Err::Failure(Fault::new(input, Broken::BadTag)))?;
    Ok((left, tag.to_owned()))
}

/// What a CAA record's tag may be made of.
pub(crate) fn is_caa_tag(tag: &str) -> bool {
    !tag.is_empty() && tag.bytes().all(|octet| octet.is_ascii_alphanumeric())
}

/// What is left of RDATA.
fn everything(input: &[u8]) -> IResult<&[u8], &[u8], Fault<'_>> {
    rest(input)
}
