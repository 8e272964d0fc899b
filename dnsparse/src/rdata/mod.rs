//! RDATA of each record type, a file each: its struct, its forms on the wire and in text, its
//! layout for dissections, its tests.
//!
//! A type implements `RdataFormat`: `parse` takes octets, `write` appends them, `read` takes the
//! fields of a zone file's line, `show` prints the text that dig prints, and `LAYOUT` names the
//! fields for [`dissect`](mod@crate::dissect). The table below generates the dispatch to them by
//! type. To add a type, write its file, and add `mod` and a row of the table here, and an arm of
//! [`Rdata`] in `types.rs` (and a constant in `codes/lists.rs`, if [`RecordType`] has no name for
//! it).
//!
//! Digests, keys and signatures are shown without the blanks that dig puts into long ones
//! (`dig +nosplit` leaves them out too); in text that is read, they may have blanks anywhere.

use alloc::boxed::Box;
use alloc::vec::Vec;

mod bitmap;
mod format;
mod forms;
mod hints;
pub(crate) mod layout;
mod svcparam;
#[macro_use]
mod table;
mod text;

mod a;
mod aaaa;
pub(crate) mod caa;
mod cname;
mod dname;
pub(crate) mod dnskey;
pub(crate) mod ds;
pub(crate) mod hinfo;
mod https;
pub(crate) mod mx;
pub(crate) mod naptr;
mod ns;
pub(crate) mod nsec;
pub(crate) mod nsec3;
pub(crate) mod nsec3param;
mod ptr;
pub(crate) mod rrsig;
pub(crate) mod soa;
pub(crate) mod srv;
pub(crate) mod sshfp;
pub(crate) mod svcb;
pub(crate) mod tlsa;
pub(crate) mod txt;
pub(crate) mod uri;

pub(crate) mod a6;
pub(crate) mod afsdb;
pub(crate) mod amtrelay;
pub(crate) mod apl;
pub(crate) mod atma;
pub(crate) mod cert;
pub(crate) mod csync;
pub(crate) mod dhcid;
pub(crate) mod doa;
pub(crate) mod dsync;
pub(crate) mod eid;
pub(crate) mod eui48;
pub(crate) mod eui64;
mod gateway;
pub(crate) mod gpos;
pub(crate) mod hhit;
pub(crate) mod hip;
pub(crate) mod ipn;
pub(crate) mod ipseckey;
pub(crate) mod isdn;
mod key;
pub(crate) mod kx;
pub(crate) mod l32;
pub(crate) mod l64;
pub(crate) mod loc;
pub(crate) mod lp;
pub(crate) mod minfo;
pub(crate) mod nid;
pub(crate) mod nsap;
pub(crate) mod nxt;
pub(crate) mod openpgpkey;
mod plain;
pub(crate) mod px;
pub(crate) mod rp;
pub(crate) mod rt;
mod same_form;
pub(crate) mod sink;
pub(crate) mod talink;
pub(crate) mod wks;
pub(crate) mod x25;
pub(crate) mod zonemd;

pub use self::apl::AplItem;
pub use self::bitmap::TypeBitmap;
pub(crate) use self::bitmap::{window_types, windows};
use self::format::RdataFormat;
pub use self::gateway::Gateway;
pub use self::hints::Hints;
use self::layout::Row;
pub(crate) use self::svcb::{ALIAS, check_params};
pub use self::svcparam::SvcParam;
#[cfg(feature = "serde")]
pub(crate) use self::text::from_text;
pub(crate) use self::text::read_any;
pub use self::txt::TxtError;
use nom::Parser;
use nom::combinator::map;

use crate::codes::{Class, RecordType};
pub use crate::codes::{SvcParamKey, UnknownKey};
use crate::error::{ParseError, ParseErrorKind, PathStep, WriteError};
use crate::text::{Fields, TextFault};
use crate::types::Rdata;
use crate::wire::{Fault, RdataWriter};

// The type, its file, and the name that is both that of its format and that of its arm of `Rdata`.
// `pub`: the format is the type's struct.
record_types! {
    A = a::A,
    AAAA = aaaa::Aaaa,
    NS = ns::Ns,
    CNAME = cname::Cname,
    DNAME = dname::Dname,
    PTR = ptr::Ptr,
    SOA = pub soa::Soa,
    MX = pub mx::Mx,
    TXT = pub txt::Txt,
    SRV = pub srv::Srv,
    CAA = pub caa::Caa,
    HINFO = pub hinfo::Hinfo,
    NAPTR = pub naptr::Naptr,
    DS = pub ds::Ds,
    SSHFP = pub sshfp::Sshfp,
    RRSIG = pub rrsig::Rrsig,
    NSEC = pub nsec::Nsec,
    DNSKEY = pub dnskey::Dnskey,
    NSEC3 = pub nsec3::Nsec3,
    NSEC3PARAM = pub nsec3param::Nsec3Param,
    TLSA = pub tlsa::Tlsa,
    SVCB = pub svcb::Svcb,
    HTTPS = https::Https,
    URI = pub uri::Uri;

    rare:
    MD = same_form::Md,
    MF = same_form::Mf,
    MB = same_form::Mb,
    MG = same_form::Mg,
    MR = same_form::Mr,
    WKS = pub wks::Wks,
    MINFO = pub minfo::Minfo,
    RP = pub rp::Rp,
    AFSDB = pub afsdb::Afsdb,
    X25 = pub x25::X25,
    ISDN = pub isdn::Isdn,
    RT = pub rt::Rt,
    NSAP = pub nsap::Nsap,
    NSAP_PTR = same_form::NsapPtr,
    SIG = same_form::Sig,
    KEY = key::Key,
    PX = pub px::Px,
    GPOS = pub gpos::Gpos,
    LOC = pub loc::Loc,
    NXT = pub nxt::Nxt,
    EID = pub eid::Eid,
    NIMLOC = same_form::Nimloc,
    ATMA = pub atma::Atma,
    KX = pub kx::Kx,
    CERT = pub cert::Cert,
    A6 = pub a6::A6,
    SINK = pub sink::Sink,
    APL = pub apl::Apl,
    IPSECKEY = pub ipseckey::Ipseckey,
    DHCID = pub dhcid::Dhcid,
    SMIMEA = same_form::Smimea,
    HIP = pub hip::Hip,
    NINFO = same_form::Ninfo,
    RKEY = same_form::Rkey,
    TALINK = pub talink::Talink,
    CDS = same_form::Cds,
    CDNSKEY = same_form::Cdnskey,
    OPENPGPKEY = pub openpgpkey::Openpgpkey,
    CSYNC = pub csync::Csync,
    ZONEMD = pub zonemd::Zonemd,
    DSYNC = pub dsync::Dsync,
    HHIT = pub hhit::Hhit,
    BRID = same_form::Brid,
    SPF = same_form::Spf,
    NID = pub nid::Nid,
    L32 = pub l32::L32,
    L64 = pub l64::L64,
    LP = pub lp::Lp,
    EUI48 = pub eui48::Eui48,
    EUI64 = pub eui64::Eui64,
    AVC = same_form::Avc,
    DOA = pub doa::Doa,
    AMTRELAY = pub amtrelay::Amtrelay,
    RESINFO = same_form::Resinfo,
    WALLET = same_form::Wallet,
    CLA = same_form::Cla,
    IPN = pub ipn::Ipn,
    TA = same_form::Ta,
    DLV = same_form::Dlv,
}

/// Checks whether RDATA has the form of its type in this class.
///
/// Some types are defined for class IN alone ([`RdataFormat::IN_ONLY`]). Updates use classes ANY
/// and NONE for deletions: then records of any type may do without RDATA, or carry it in the form
/// of their zone's class (RFC 2136 section 2.5).
#[inline]
pub(crate) fn is_typed(rtype: RecordType, class: Class, is_empty: bool) -> bool {
    match class {
        Class::IN => true,
        Class::ANY | Class::NONE => !is_empty,
        _ => !is_in_only(rtype),
    }
}

/// Parses RDATA that stands alone, outside a message: nothing in it can be a compression pointer.
///
/// RDATA that breaks the rules of its type becomes [`Rdata::Malformed`].
///
/// ```
/// use dnsparse::{Class, Rdata, RecordType, parse};
///
/// let rdata = parse::rdata_octets(RecordType::A, Class::IN, &[192, 0, 2, 1]);
/// assert_eq!(rdata, Rdata::A([192, 0, 2, 1].into()));
/// ```
pub fn rdata_octets(rtype: RecordType, class: Class, octets: &[u8]) -> Rdata {
    // Without a message, yet at its place: offsets are counted from there.
    let no_message = octets.get(..0).unwrap_or_default();
    parse(no_message, rtype, class, octets, None)
}

/// Parses RDATA of a type: `input` is the whole of it, and a part of `message`. RDATA that breaks
/// the rules of its type is malformed; `path` leads to it from the outside.
///
/// RDATA has as many octets as RDLENGTH counts: too few for the type are a fault, and so are octets
/// that are left over.
#[inline(always)]
pub(crate) fn parse(
    message: &[u8],
    rtype: RecordType,
    class: Class,
    input: &[u8],
    path: Option<PathStep>,
) -> Rdata {
    if !is_typed(rtype, class, input.is_empty()) {
        return unknown(rtype, input);
    }
    let fault = match parse_typed(message, rtype, input) {
        Ok(([], rdata)) => return rdata,
        Ok((left, _)) => {
            let count = left.len();
            nom::Err::Failure(Fault::new(left, ParseErrorKind::RdataLeftOver { count }))
        }
        Err(error) => Fault::in_rdata(error),
    };
    refused(message, rtype, input, fault, path)
}

#[cold]
fn refused(
    message: &[u8],
    rtype: RecordType,
    input: &[u8],
    error: nom::Err<Fault<'_>>,
    path: Option<PathStep>,
) -> Rdata {
    let mut fault = Fault::from(Fault::within(error, PathStep::Field("rdata")));
    if let Some(step) = path {
        fault = fault.at(step);
    }
    malformed(rtype, input, fault.into_error(message))
}

fn unknown(rtype: RecordType, octets: &[u8]) -> Rdata {
    Rdata::Unknown {
        rtype,
        octets: octets.to_vec(),
    }
}

pub(crate) fn malformed(rtype: RecordType, octets: &[u8], error: ParseError) -> Rdata {
    Rdata::Malformed {
        rtype,
        octets: octets.to_vec(),
        error: Box::new(error),
    }
}

/// Appends malformed RDATA as it was sent, unless it may hold compression pointers, which lead
/// elsewhere in another message.
#[cold]
fn write_malformed(
    rtype: RecordType,
    octets: &[u8],
    error: &ParseError,
    out: &mut RdataWriter<'_>,
) -> Result<(), WriteError> {
    if rtype.may_have_compressed_names() {
        let kind = error.kind;
        return Err(WriteError::BadRdata { rtype, kind });
    }
    out.octets(octets);
    Ok(())
}

/// Lists the fields of RDATA of `length` octets, from first to last. A type without a format is one
/// field.
pub(crate) fn layout(rtype: RecordType, class: Class, length: usize) -> &'static [Row] {
    let layout = is_typed(rtype, class, length == 0).then(|| typed_layout(rtype));
    layout.flatten().unwrap_or(layout::OPAQUE)
}

impl Rdata {
    /// Returns the octets of RDATA alone, with all names uncompressed: the form that
    /// [`rdata_octets`] parses.
    ///
    /// # Errors
    /// If it breaks a rule of its type; if it is malformed, and its type
    /// [may have compressed names](RecordType::may_have_compressed_names).
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let mx = Rdata::from_text(RecordType::MX, "10 mx.example.com")?;
    /// assert_eq!(mx.octets()?, b"\x00\x0a\x02mx\x07example\x03com\x00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn octets(&self) -> Result<Vec<u8>, WriteError> {
        let mut out = Vec::new();
        write(self, &mut RdataWriter::uncompressed(&mut out))?;
        Ok(out)
    }
}

#[cfg(test)]
pub(crate) mod tests;
