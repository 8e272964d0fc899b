//! # The format of a DNS message
//!
//! Read this file from top to bottom and you know the format of every DNS message, query or
//! response: it is RFC 1035 section 4, explained by the types that hold it. ([`crate::parse`] turns
//! octets into these types, and [`crate::write`] turns them back; you need neither to use them.)
//!
//! A message is one short header and four sections:
//!
//! ```text
//!     +---------------------+
//!     |        Header       |   12 octets: id, flags, and how many entries each section has
//!     +---------------------+
//!     |       Question      |   the question: a name, a type, a class
//!     +---------------------+
//!     |        Answer       |   records that answer it
//!     +---------------------+
//!     |      Authority      |   records that point to authoritative servers, or prove an absence
//!     +---------------------+
//!     |      Additional     |   records that save another query: addresses of those servers
//!     +---------------------+
//! ```
//!
//! Queries and responses have the same form. A query is a message with one question and little
//! else; the response repeats the question, sets [`Header::qr`] and fills the other sections.
//!
//! All numbers are sent with their most significant octet first ("network byte order"). One octet
//! is eight bits; the diagrams below are 16 bits wide, as in the RFC, with bit 0 the most
//! significant.
//!
//! ## Names
//!
//! `www.google.com` is sent as its labels, each with its length before it, and ends with an empty
//! label, the root:
//!
//! ```text
//!     3  w  w  w  6  g  o  o  g  l  e  3  c  o  m  0
//! ```
//!
//! A label has at most 63 octets, so the two top bits of its length are always zero. If both are
//! set, the other 14 bits are a *compression pointer*: the offset, from the start of the message,
//! at which the rest of the name was already written. A whole name has at most 255 octets, lengths
//! and final zero included. Case is kept, and ignored when names are compared. [`Name`] holds a
//! name. Like all the small types here, it can be parsed from text: `"yahoo.com".parse()?`,
//! `"MX".parse()?`.
//!
//! ## Numbers with names
//!
//! [`RecordType`], [`Class`], [`Opcode`] and [`Rcode`] are numbers, and their named values are
//! constants: `RecordType::MX` is 15. A number without a name is just as valid.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, Ipv6Addr};

pub use crate::codes::{Class, Opcode, Rcode, RecordType};
pub use crate::edns::EdnsOption;
use crate::error::ParseError;
pub use crate::name::Name;
pub use crate::rdata::{
    a6::A6, afsdb::Afsdb, amtrelay::Amtrelay, apl::Apl, atma::Atma, caa::Caa, cert::Cert,
    csync::Csync, dhcid::Dhcid, dnskey::Dnskey, doa::Doa, ds::Ds, dsync::Dsync, eid::Eid,
    eui48::Eui48, eui64::Eui64, gpos::Gpos, hhit::Hhit, hinfo::Hinfo, hip::Hip, ipn::Ipn,
    ipseckey::Ipseckey, isdn::Isdn, kx::Kx, l32::L32, l64::L64, loc::Loc, lp::Lp, minfo::Minfo,
    mx::Mx, naptr::Naptr, nid::Nid, nsap::Nsap, nsec::Nsec, nsec3::Nsec3, nsec3param::Nsec3Param,
    nxt::Nxt, openpgpkey::Openpgpkey, px::Px, rp::Rp, rrsig::Rrsig, rt::Rt, sink::Sink, soa::Soa,
    srv::Srv, sshfp::Sshfp, svcb::Svcb, talink::Talink, tlsa::Tlsa, txt::Txt, uri::Uri, wks::Wks,
    x25::X25, zonemd::Zonemd,
};

/// A whole message: header, question and three sections of records (RFC 1035 section 4.1).
///
/// On the wire, the header also counts the entries of each section. The counts are not stored here,
/// where they could only be wrong: a section's `len()` is its count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct DnsPacket {
    /// The id, the kind of message, and its result.
    pub header: Header,
    /// The questions. The format allows any number; a query has exactly one (RFC 9619).
    pub questions: Vec<Question>,
    /// Records that answer the question.
    pub answers: Vec<Record>,
    /// Records of the authority section: the NS records of a referral, or the SOA record of a
    /// negative answer.
    pub authorities: Vec<Record>,
    /// Records that save queries: addresses of the servers named above ("glue"), of mail exchanges
    /// …
    pub additionals: Vec<Record>,
    /// The sender's EDNS limits and options. On the wire they are an OPT record in the additional
    /// section.
    pub edns: Option<Edns>,
}

/// The first twelve octets (RFC 1035 section 4.1.1; AD and CD are from RFC 4035).
///
/// ```text
///       0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                      ID                       |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |QR|  Opcode   |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |         QDCOUNT: entries in the question      |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |         ANCOUNT: ... in the answer            |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |         NSCOUNT: ... in the authority section |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |         ARCOUNT: ... in the additional section|
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Header {
    /// A number that the client chooses and the response repeats. Over UDP, the id and the
    /// port are all that tells a true response from a forged one.
    pub id: u16,
    /// Query (`false`) or response (`true`).
    pub qr: bool,
    /// The kind of query. Nearly always [`Opcode::QUERY`].
    pub opcode: Opcode,
    /// Authoritative answer: the sender serves the zone that the name is in.
    pub aa: bool,
    /// Truncated: the rest did not fit. The client asks again over TCP.
    pub tc: bool,
    /// Recursion desired: the server is asked to resolve the name completely. Copied into the
    /// response.
    pub rd: bool,
    /// Recursion available: the server resolves names completely.
    pub ra: bool,
    /// Reserved, and zero.
    pub z: bool,
    /// Authentic data: the sender has validated all of this by DNSSEC. In a query: the client wants
    /// to know.
    pub ad: bool,
    /// Checking disabled: the client also wants data that fails DNSSEC validation.
    pub cd: bool,
    /// The result: the low four bits. EDNS has eight more; [`DnsPacket::rcode`] puts them together.
    /// A program may put a whole RCODE here; [`DnsPacket::write`] splits it between header and
    /// EDNS.
    pub rcode: Rcode,
}

/// One entry of the question section (RFC 1035 section 4.1.2).
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                     QNAME                     /   a name, any number of octets, no padding
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     QTYPE                     |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     QCLASS                    |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Question {
    /// The name that is asked about.
    pub qname: Name,
    /// The type of the records that are wanted; [`RecordType::ANY`] asks for all types.
    pub qtype: RecordType,
    /// [`Class::IN`], unless you are curious about your server's version.
    pub qclass: Class,
}

/// One resource record (RFC 1035 section 4.1.3): a fact about a name, and the time for which it may
/// be cached.
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                     NAME                      /   the owner: the name of the record
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     TYPE                      |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     CLASS                     |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     TTL                       |   32 bits: seconds
///     |                                               |
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     |                     RDLENGTH                  |   octets in RDATA
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                     RDATA                     /   the fact; its form depends on TYPE
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
/// ```
///
/// TYPE is not stored beside the RDATA that it describes: see [`Record::rtype`]. All records with
/// the same owner, class and type form an *RRset*: they are one answer, and are sent, trusted and
/// dropped from a cache together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name that the record is about.
    pub owner: Name,
    /// [`Class::IN`] for all records that you will meet on the Internet.
    pub class: Class,
    /// The time to live: seconds for which the record may be cached, as sent. A value with its top
    /// bit set means 0 (RFC 2181 section 8).
    pub ttl: u32,
    /// The fact.
    pub rdata: Rdata,
}

impl Record {
    /// Returns the record's type, which is that of its RDATA.
    ///
    /// ```
    /// use dnsparse::{Record, RecordType};
    ///
    /// assert_eq!("example.com 60 A 192.0.2.1".parse::<Record>()?.rtype(), RecordType::A);
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn rtype(&self) -> RecordType {
        self.rdata.rtype()
    }
}

/// The data of a record, by its type. The wire form of each type is given here, or, if it has more
/// than one field, at its struct: `u16` is two octets, a name is as described at the top of this
/// file, and a *character string* is one octet of length followed by that many octets.
///
/// ```
/// use dnsparse::{Rdata, Record};
///
/// let record: Record = "example.com. 3600 IN MX 10 mail.example.com.".parse()?;
/// let Rdata::Mx(mx) = &record.rdata else { panic!("a mail exchange") };
/// assert_eq!((mx.preference, mx.exchange.to_string()), (10, "mail.example.com.".into()));
/// # Ok::<(), dnsparse::ZoneError>(())
/// ```
///
/// Each type has a file of its own in the folder `rdata`, with its struct and its forms on the wire
/// and in text. Large and rare ones are boxed, so that every record stays small.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rdata {
    /// An IPv4 address: four octets (RFC 1035 section 3.4.1).
    A(Ipv4Addr),
    /// An IPv6 address: sixteen octets (RFC 3596 section 2.2).
    Aaaa(Ipv6Addr),
    /// A server for the zone that begins at the owner: a name (RFC 1035 section 3.3.11).
    Ns(Name),
    /// The owner is an alias of this name: a name (RFC 1035 section 3.3.1).
    Cname(Name),
    /// All names below the owner are aliases of names below this one: a name (RFC 6672 section
    /// 2.1).
    Dname(Name),
    /// The name that belongs to an address: a name (RFC 1035 section 3.3.12).
    Ptr(Name),
    /// The start of a zone, and its timers: two names, then five `u32` (RFC 1035 section 3.3.13).
    Soa(Box<Soa>),
    /// A host that takes mail for the owner: `u16`, then a name (RFC 1035 section 3.3.9).
    Mx(Mx),
    /// Text: one or more character strings (RFC 1035 section 3.3.14).
    Txt(Txt),
    /// The location of a service: three `u16`, then a name (RFC 2782).
    Srv(Srv),
    /// The certification authorities that may issue for the owner: an octet, a character string,
    /// and octets to the end (RFC 8659 section 4.1).
    Caa(Box<Caa>),
    /// A host's machine and system: two character strings (RFC 1035 section 3.3.2).
    Hinfo(Box<Hinfo>),
    /// A rule that rewrites a string, for telephony (RFC 3403 section 4.1).
    Naptr(Box<Naptr>),
    /// The digest of a child zone's key (RFC 4034 section 5.1).
    Ds(Box<Ds>),
    /// The fingerprint of a host's SSH key (RFC 4255 section 3.1).
    Sshfp(Box<Sshfp>),
    /// A signature over the RRset beside it (RFC 4034 section 3.1).
    Rrsig(Box<Rrsig>),
    /// The next name of the zone, which proves that no name lies between (RFC 4034 section 4.1).
    Nsec(Box<Nsec>),
    /// A zone's public key (RFC 4034 section 2.1).
    Dnskey(Box<Dnskey>),
    /// NSEC with hashed names (RFC 5155 section 3.2).
    Nsec3(Box<Nsec3>),
    /// The parameters by which a zone hashes its names (RFC 5155 section 4.2).
    Nsec3Param(Box<Nsec3Param>),
    /// The certificate of a TLS server, or its key (RFC 6698 section 2.1).
    Tlsa(Box<Tlsa>),
    /// The address, port and protocols of a service (RFC 9460 section 2.2).
    Svcb(Box<Svcb>),
    /// The same for web servers (RFC 9460 section 9).
    Https(Box<Svcb>),
    /// The URI of a service (RFC 7553 section 4.5).
    Uri(Box<Uri>),

    /// A mail destination: obsolete, use MX (RFC 1035 section 3.3.4).
    Md(Name),
    /// A mail forwarder: obsolete, use MX (RFC 1035 section 3.3.5).
    Mf(Name),
    /// The host of a mailbox (RFC 1035 section 3.3.3).
    Mb(Name),
    /// A member of a mail group (RFC 1035 section 3.3.6).
    Mg(Name),
    /// The new name of a mailbox (RFC 1035 section 3.3.8).
    Mr(Name),
    /// The well-known services of an address: four octets, an octet, and a bit for each port (RFC
    /// 1035 section 3.4.2).
    Wks(Box<Wks>),
    /// The mailboxes of a mail list, or of a mailbox: two names (RFC 1035 section 3.3.7).
    Minfo(Box<Minfo>),
    /// The person that is responsible for a name: two names (RFC 1183 section 2.2).
    Rp(Box<Rp>),
    /// A server of an AFS cell: `u16`, then a name (RFC 1183 section 1).
    Afsdb(Box<Afsdb>),
    /// An X.25 address: a character string (RFC 1183 section 3.1).
    X25(Box<X25>),
    /// An ISDN number: one or two character strings (RFC 1183 section 3.2).
    Isdn(Box<Isdn>),
    /// A host that relays to the owner, which has no connection of its own: `u16`, then a name
    /// (RFC 1183 section 3.3).
    Rt(Box<Rt>),
    /// An OSI address: octets to the end of RDATA (RFC 1706 section 5).
    Nsap(Box<Nsap>),
    /// The name of an OSI address (RFC 1706 section 6).
    NsapPtr(Name),
    /// A signature over a whole message (RFC 2931), or an obsolete one over records (RFC 2535
    /// section 4).
    Sig(Box<Rrsig>),
    /// A public key, today for SIG(0) (RFC 2535 section 3.1). KEY has the form of DNSKEY.
    Key(Box<Dnskey>),
    /// A mapping between Internet and X.400 mail addresses: `u16`, then two names (RFC 2163
    /// section 4).
    Px(Box<Px>),
    /// A geographical position: three character strings with decimal numbers (RFC 1712 section
    /// 3).
    Gpos(Box<Gpos>),
    /// A location on Earth, with its size (RFC 1876 section 2).
    Loc(Box<Loc>),
    /// The next name in the zone, and the types at the owner: a name, and a bit for each type up
    /// to 127 (RFC 2535 section 5.2).
    Nxt(Box<Nxt>),
    /// An endpoint identifier of Nimrod (draft-ietf-nimrod-dns-02).
    Eid(Box<Eid>),
    /// A locator of Nimrod (draft-ietf-nimrod-dns-02).
    Nimloc(Box<Eid>),
    /// An ATM address (ATM Forum, AF-DANS-0152.000).
    Atma(Box<Atma>),
    /// A host that exchanges keys on behalf of the owner: `u16`, then a name (RFC 2230 section
    /// 3).
    Kx(Box<Kx>),
    /// A certificate, or the place of one (RFC 4398 section 2).
    Cert(Box<Cert>),
    /// The last bits of an IPv6 address, and the name with the first (RFC 2874 section 3.1).
    A6(Box<A6>),
    /// Data of any kind (draft-eastlake-kitchen-sink-02).
    Sink(Box<Sink>),
    /// A list of address prefixes (RFC 3123 section 4).
    Apl(Box<Apl>),
    /// An IPsec key, and the gateway to send to (RFC 4025 section 2.1).
    Ipseckey(Box<Ipseckey>),
    /// The identifier of the DHCP client that a name was given to (RFC 4701 section 3.1).
    Dhcid(Box<Dhcid>),
    /// A certificate for mail (RFC 8162 section 2).
    Smimea(Box<Tlsa>),
    /// A host's identity (RFC 8005 section 5).
    Hip(Box<Hip>),
    /// The state of a zone (draft-reid-dnsext-zs).
    Ninfo(Txt),
    /// A public key for NAPTR records (draft-reid-dnsext-rkey).
    Rkey(Box<Dnskey>),
    /// A link in a list of trust anchors: two names (draft-wijngaards-dnsop-trust-history-02).
    Talink(Box<Talink>),
    /// The DS that a child asks its parent for (RFC 7344 section 3.1). Algorithm 0 asks it to
    /// remove all (RFC 8078 section 4).
    Cds(Box<Ds>),
    /// The key for which a child asks its parent to publish a DS (RFC 7344 section 3.2).
    /// Algorithm 0 asks it to remove all (RFC 8078 section 4).
    Cdnskey(Box<Dnskey>),
    /// The OpenPGP key of a mailbox (RFC 7929 section 2.1).
    Openpgpkey(Box<Openpgpkey>),
    /// The types that a child zone asks its parent to copy: `u32`, `u16`, and a bitmap (RFC 7477
    /// section 2.1.1).
    Csync(Box<Csync>),
    /// The digest of a whole zone (RFC 8976 section 2.2).
    Zonemd(Box<Zonemd>),
    /// The target of a child zone's notifications that records of a type have changed: two `u16`,
    /// an octet between them, and a name (RFC 9859 section 2.1).
    Dsync(Box<Dsync>),
    /// The registration of a drone's tag (RFC 9886 section 5.1).
    Hhit(Box<Hhit>),
    /// The registration of a drone's broadcasts (RFC 9886 section 5.2).
    Brid(Box<Hhit>),
    /// The senders that a domain permits: obsolete, use TXT (RFC 7208 section 3.1).
    Spf(Txt),
    /// A node identifier of ILNP: `u16`, then eight octets (RFC 6742 section 2.1).
    Nid(Box<Nid>),
    /// A 32-bit locator of ILNP: `u16`, then four octets (RFC 6742 section 2.2).
    L32(Box<L32>),
    /// A 64-bit locator of ILNP: `u16`, then eight octets (RFC 6742 section 2.3).
    L64(Box<L64>),
    /// The name at which locators of ILNP lie: `u16`, then a name (RFC 6742 section 2.4).
    Lp(Box<Lp>),
    /// A 48-bit hardware address: six octets (RFC 7043 section 3.1).
    Eui48(Box<Eui48>),
    /// A 64-bit hardware address: eight octets (RFC 7043 section 4.1).
    Eui64(Box<Eui64>),
    /// Metadata of applications.
    Avc(Txt),
    /// A digital object, or the place of one (draft-durand-doa-over-dns-03 section 3).
    Doa(Box<Doa>),
    /// A relay that forwards multicast to networks without it (RFC 8777 section 4.2).
    Amtrelay(Box<Amtrelay>),
    /// The properties of a resolver (RFC 9606 section 3).
    Resinfo(Txt),
    /// The address of a wallet.
    Wallet(Txt),
    /// The URI of a service's configuration ("CLA").
    Cla(Txt),
    /// The number of a node in the Bundle Protocol (draft-johnson-dns-ipn-cla-07).
    Ipn(Box<Ipn>),
    /// A trust anchor (never standardized).
    Ta(Box<Ds>),
    /// DS outside of the parent zone (RFC 4431; obsolete, RFC 8749).
    Dlv(Box<Ds>),

    /// A type without an arm here, or a class in which the type has another form: octets, passed on
    /// untouched (RFC 3597).
    Unknown {
        /// The record's type.
        rtype: RecordType,
        /// RDATA as it was sent.
        octets: Vec<u8>,
    },
    /// RDATA that breaks the rules of its type. It is kept for inspection. It is written as it was
    /// sent, unless its type [may have compressed names](RecordType::may_have_compressed_names):
    /// then it is never written again.
    Malformed {
        /// The record's type.
        rtype: RecordType,
        /// RDATA as it was sent; compression pointers in it mean nothing outside their message.
        octets: Vec<u8>,
        /// The rule that it breaks.
        error: Box<ParseError>,
    },
}

/// The EDNS part of a message (RFC 6891 section 6.1): the sender's limits, more room for the RCODE,
/// and options.
///
/// It is sent as a record of type OPT in the additional section, whose fields have other meanings:
///
/// ```text
///     NAME      the root: one zero octet
///     TYPE      41
///     CLASS     the largest UDP message that the sender can take
///     TTL       |  extended RCODE  |  version  |DO|          Z          |
///     RDATA     options, each a code (u16), a length (u16) and that many octets
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Edns {
    /// The largest UDP message, in octets, that the sender can take. Less than 512 counts as 512.
    pub udp_size: u16,
    /// The upper eight bits of the RCODE. They are not written if [`Header::rcode`] is over 15.
    pub extended_rcode: u8,
    /// The version of EDNS. There is only version 0 so far.
    pub version: u8,
    /// DNSSEC OK: the client wants signatures too (RFC 3225).
    pub do_bit: bool,
    /// The other fifteen flags, reserved and zero.
    pub z: u16,
    /// The options in the order in which they were sent: a cookie, padding, an extended error …
    pub options: Vec<EdnsOption>,
}
