//! # What a DNS message is
//!
//! Read this file from top to bottom and you know the format of every DNS message, whether question or answer: it is
//! RFC 1035 section 4, told by the types that hold it. (Turning octets into these types is [`crate::parse`]'s
//! business, and back, [`crate::write`]'s; you need neither to use them.)
//!
//! A message is one short header and four sections:
//!
//! ```text
//!     +---------------------+
//!     |        Header       |   12 octets: id, flags, and how many entries each section has
//!     +---------------------+
//!     |       Question      |   what is being asked: a name, a type, a class
//!     +---------------------+
//!     |        Answer       |   records that answer it
//!     +---------------------+
//!     |      Authority      |   records that point to servers which know more (or prove that there is nothing)
//!     +---------------------+
//!     |      Additional     |   records that save the asker another question: addresses of those servers
//!     +---------------------+
//! ```
//!
//! The same form serves both ways. A query is a message with one question and little else; the reply repeats the
//! question, sets [`Header::qr`] and fills the other sections.
//!
//! All numbers are sent with their most significant octet first ("network byte order"). One octet is eight bits; the
//! diagrams below are 16 bits wide, as in the RFC, with bit 0 the most significant.
//!
//! ## Names
//!
//! `www.google.com` is sent as its labels, each with its length before it, and ends with an empty label, the root:
//!
//! ```text
//!     3  w  w  w  6  g  o  o  g  l  e  3  c  o  m  0
//! ```
//!
//! A label has at most 63 octets, so the two top bits of its length are always zero. Both set mean something else: the
//! other 14 bits are a *compression pointer*, the offset from the start of the message where the rest of the name was
//! already written. A whole name has at most 255 octets, lengths and final zero included. Case is kept, and ignored
//! when names are compared. [`Name`] holds one, and
//! is made from text by `parse()`, as all of the small types here are: `"yahoo.com".parse()?`, `"MX".parse()?`.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::codes::codes;
pub use crate::edns::EdnsOption;
use crate::error::ParseError;
pub use crate::name::Name;
use crate::octets::Octets;
use crate::rdata::{Dnskey, Ds, Hinfo, Naptr, Nsec, Nsec3, Nsec3Param, Rrsig, Sshfp, Svcb, Tlsa};

/// A whole message: header, question and three sections of records (RFC 1035 section 4.1).
///
/// The header on the wire also has the number of entries of each section. They are not stored here, where they could
/// only ever be wrong: a section's `len()` is its count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DnsPacket {
    /// Who asks, what for, and how it went.
    pub header: Header,
    /// What is asked. The format allows any number; in a query it is always exactly one (RFC 9619).
    pub questions: Vec<Question>,
    /// Records that answer the question.
    pub answers: Vec<Record>,
    /// Records of the authority section: the NS records of a referral, or the SOA of a zone where nothing was found.
    pub authorities: Vec<Record>,
    /// Records that help: addresses of the servers named above ("glue"), of mail exchanges …
    pub additionals: Vec<Record>,
    /// What the sender says of itself by EDNS. It travels as an OPT record in the additional section.
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
pub struct Header {
    /// Chosen by the asker, repeated in the reply. Over UDP it is half of what tells a true reply from a forged one.
    pub id: u16,
    /// Query (`false`) or response (`true`).
    pub qr: bool,
    /// What kind of query. Nearly always [`Opcode::QUERY`].
    pub opcode: Opcode,
    /// Authoritative answer: the sender serves the zone that the name is in.
    pub aa: bool,
    /// Truncated: more did not fit. Ask again over TCP.
    pub tc: bool,
    /// Recursion desired: please do the whole walk for me. Copied into the reply.
    pub rd: bool,
    /// Recursion available: the sender would do the walk.
    pub ra: bool,
    /// Reserved, and zero.
    pub z: bool,
    /// Authentic data: the sender has checked all of this by DNSSEC (or, in a query: tell me if you have).
    pub ad: bool,
    /// Checking disabled: do not hold back what fails DNSSEC.
    pub cd: bool,
    /// How it went: the low four bits. EDNS has eight more; [`DnsPacket::rcode`] puts them together.
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
pub struct Question {
    /// The name that is asked about.
    pub qname: Name,
    /// Which of its records are wanted; [`RecordType::ANY`] asks for whatever there is.
    pub qtype: RecordType,
    /// [`Class::IN`], unless you are curious about your server's version.
    pub qclass: Class,
}

/// One resource record (RFC 1035 section 4.1.3): a fact about a name, and for how long it may be repeated.
///
/// ```text
///     +--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+--+
///     /                     NAME                      /   the owner: whom this record is about
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
/// TYPE is not stored beside the RDATA that it describes: see [`Record::rtype`]. All records with the same owner, class
/// and type form an *RRset*: they are one answer, and are sent, believed and forgotten together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whom the record is about.
    pub owner: Name,
    /// [`Class::IN`] for all that you will meet on the Internet.
    pub class: Class,
    /// Seconds for which the record may be kept, as sent. A value with its top bit set means 0 (RFC 2181 section 8).
    pub ttl: u32,
    /// What it says.
    pub rdata: Rdata,
}

/// What a record says, by its type. The wire form of each stands beside it: `u16` is two octets, a name is as described
/// at the top of this file, and a *character string* is one octet of length followed by that many octets.
///
/// ```
/// use dnsparse::{Rdata, Record};
///
/// let record: Record = "example.com. 3600 IN MX 10 mail.example.com.".parse()?;
/// let Rdata::Mx(mx) = &record.rdata else { panic!("a mail exchange") };
/// assert_eq!((mx.preference, mx.exchange.to_string()), (10, "mail.example.com.".into()));
/// # Ok::<(), dnsparse::ZoneError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rdata {
    /// An IPv4 address: four octets (RFC 1035 section 3.4.1).
    A(Ipv4Addr),
    /// An IPv6 address: sixteen octets (RFC 3596 section 2.2).
    Aaaa(Ipv6Addr),
    /// The name of a server for the zone that begins at the owner: a name (RFC 1035 section 3.3.11).
    Ns(Name),
    /// The owner is an alias of this name: a name (RFC 1035 section 3.3.1).
    Cname(Name),
    /// Everything below the owner is found below this name instead: a name (RFC 6672 section 2.1).
    Dname(Name),
    /// The name that belongs to an address: a name (RFC 1035 section 3.3.12).
    Ptr(Name),
    /// Where a zone starts, and how it is kept (RFC 1035 section 3.3.13). Boxed, since it is large and there is one a zone.
    Soa(Box<Soa>),
    /// A host that takes mail for the owner (RFC 1035 section 3.3.9).
    Mx(Mx),
    /// Text, as one or more character strings (RFC 1035 section 3.3.14).
    Txt(Txt),
    /// Where a service is to be found (RFC 2782).
    Srv(Srv),
    /// Who may issue certificates for the owner (RFC 8659 section 4.1).
    Caa(Box<Caa>),
    /// Which machine and system a host is (RFC 1035 section 3.3.2). This and the types below are rarer; what each is made of
    /// stands in a file of its own in `rdata`.
    Hinfo(Box<Hinfo>),
    /// A rule that rewrites a string, for telephony (RFC 3403 section 4.1).
    Naptr(Box<Naptr>),
    /// The digest of a child zone's key (RFC 4034 section 5.1).
    Ds(Box<Ds>),
    /// The fingerprint of a host's SSH key (RFC 4255 section 3.1).
    Sshfp(Box<Sshfp>),
    /// A signature over the RRset beside it (RFC 4034 section 3.1).
    Rrsig(Box<Rrsig>),
    /// The next name of the zone, which proves that there is nothing between (RFC 4034 section 4.1).
    Nsec(Box<Nsec>),
    /// A zone's public key (RFC 4034 section 2.1).
    Dnskey(Box<Dnskey>),
    /// As NSEC, with names hashed (RFC 5155 section 3.2).
    Nsec3(Box<Nsec3>),
    /// How a zone hashes its names (RFC 5155 section 4.2).
    Nsec3Param(Box<Nsec3Param>),
    /// What a TLS server's certificate must match (RFC 6698 section 2.1).
    Tlsa(Box<Tlsa>),
    /// Where a service is and what it speaks (RFC 9460 section 2.2).
    Svcb(Box<Svcb>),
    /// The same for web servers (RFC 9460 section 9).
    Https(Box<Svcb>),
    /// A type that is not spelled out above, or a class whose records look different: octets, passed on untouched (RFC 3597).
    Unknown {
        /// The type it came with.
        rtype: RecordType,
        /// RDATA as it came.
        octets: Vec<u8>,
    },
    /// RDATA that breaks the rules of its type. It is kept to be looked at, and never written again.
    Malformed {
        /// The type it came with.
        rtype: RecordType,
        /// RDATA as it came; compression pointers in it mean nothing outside their message.
        octets: Vec<u8>,
        /// What is wrong with it.
        error: Box<ParseError>,
    },
}

/// The start of a zone's authority: two names, then five `u32` (RFC 1035 section 3.3.13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Soa {
    /// The server that the zone is copied from.
    pub mname: Name,
    /// Whom to write to; the first dot stands for the `@`.
    pub rname: Name,
    /// The zone's version: goes up with each change.
    pub serial: u32,
    /// Seconds between two looks at the serial by a secondary server.
    pub refresh: u32,
    /// Seconds until it tries again after a failure.
    pub retry: u32,
    /// Seconds after which it stops answering if it never gets through.
    pub expire: u32,
    /// Seconds for which "there is no such thing" may be repeated, if less than this record's TTL (RFC 2308 section 4).
    pub minimum: u32,
}

/// A mail exchange: `u16`, then a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mx {
    /// The lowest is tried first.
    pub preference: u16,
    /// The host.
    pub exchange: Name,
}

/// Text in character strings of up to 255 octets each: make one with [`Txt::new`], read it with [`Txt::strings`].
///
/// ```text
///     length, that many octets, length, that many octets ... to the end of RDATA
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Txt {
    /// The strings in wire form. Every length in it is right: [`Txt`] is only made by checking.
    pub(crate) wire: Octets,
}

/// A service's location: three `u16`, then a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Srv {
    /// The lowest is tried first.
    pub priority: u16,
    /// Among equal priorities, how large this one's share is.
    pub weight: u16,
    /// The TCP or UDP port.
    pub port: u16,
    /// The host.
    pub target: Name,
}

/// A certification authority's permission: flags, a character string, and the rest of RDATA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caa {
    /// 128 means: whoever does not understand the tag must not issue.
    pub flags: u8,
    /// `issue`, `issuewild`, `iodef` …: letters and digits.
    pub tag: String,
    /// What the tag is set to.
    pub value: Vec<u8>,
}

/// What EDNS adds to a message (RFC 6891 section 6.1): the sender's limits, more room for the RCODE, and options.
///
/// It is squeezed into a record of type OPT in the additional section, whose fields mean something else:
///
/// ```text
///     NAME      the root: one zero octet
///     TYPE      41
///     CLASS     the largest UDP message that the sender can take
///     TTL       |  extended RCODE  |  version  |DO|          Z          |
///     RDATA     options, each a code (u16), a length (u16) and that many octets
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Edns {
    /// The largest UDP message, in octets, that the sender can take. Less than 512 counts as 512.
    pub udp_size: u16,
    /// The upper eight bits of the RCODE.
    pub extended_rcode: u8,
    /// Zero is all there is so far.
    pub version: u8,
    /// DNSSEC OK: send signatures too (RFC 3225).
    pub do_bit: bool,
    /// The other fifteen flags, reserved and zero.
    pub z: u16,
    /// The options in the order in which they came: a cookie, a padding, why it went wrong … [`EdnsOption`] has them.
    pub options: Vec<EdnsOption>,
}

// That was the format. What follows are lists to look things up in: types, classes, opcodes, response codes.

codes! {
    /// What kind of fact a record holds, or which kind a question wants (IANA's "Resource Record (RR) TYPEs").
    ///
    /// ```
    /// use dnsparse::RecordType;
    ///
    /// assert_eq!((RecordType::MX.to_string(), RecordType(65280).to_string()), ("MX".into(), "TYPE65280".into()));
    /// assert_eq!(("aaaa".parse(), "TYPE28".parse()), (Ok(RecordType::AAAA), Ok(RecordType(28))));
    /// ```
    pub struct RecordType(u16), "record type", "TYPE":
    A = 1 "An IPv4 address.",
    NS = 2 "A server for the zone that begins here.",
    CNAME = 5 "This name is an alias.",
    SOA = 6 "A zone begins here.",
    PTR = 12 "The name of an address.",
    HINFO = 13 "Which machine and system; today the short answer to ANY (RFC 8482).",
    MX = 15 "A host that takes mail.",
    TXT = 16 "Text.",
    RP = 17 "A responsible person.",
    AFSDB = 18 "An AFS cell's server.",
    SIG = 24 "A signature over a transaction (RFC 2931).",
    KEY = 25 "A public key for SIG.",
    AAAA = 28 "An IPv6 address.",
    LOC = 29 "A place on Earth.",
    SRV = 33 "Where a service is.",
    NAPTR = 35 "A rewriting rule (telephony).",
    CERT = 37 "A certificate.",
    DNAME = 39 "All names below this one are found elsewhere.",
    OPT = 41 "EDNS: not a record at all, but dressed as one.",
    APL = 42 "Lists of address prefixes.",
    DS = 43 "The digest of a child zone's key.",
    SSHFP = 44 "A host's SSH key.",
    IPSECKEY = 45 "An IPsec key.",
    RRSIG = 46 "A DNSSEC signature.",
    NSEC = 47 "The next name that exists: nothing is between.",
    DNSKEY = 48 "A zone's public key.",
    DHCID = 49 "A DHCP client's id.",
    NSEC3 = 50 "As NSEC, with hashed names.",
    NSEC3PARAM = 51 "How a zone hashes names.",
    TLSA = 52 "A TLS server's certificate.",
    SMIMEA = 53 "A mail certificate.",
    HIP = 55 "A host identity.",
    CDS = 59 "The DS that a child asks its parent for.",
    CDNSKEY = 60 "The key that a child asks its parent to vouch for.",
    OPENPGPKEY = 61 "An OpenPGP key.",
    CSYNC = 62 "What a child asks its parent to copy.",
    ZONEMD = 63 "The digest of a whole zone.",
    SVCB = 64 "How to reach a service.",
    HTTPS = 65 "How to reach a web server.",
    SPF = 99 "Obsolete: use TXT.",
    NID = 104 "An identifier-locator network node.",
    L32 = 105 "An identifier-locator address.",
    L64 = 106 "An identifier-locator address.",
    LP = 107 "An identifier-locator pointer.",
    EUI48 = 108 "A 48-bit hardware address.",
    EUI64 = 109 "A 64-bit hardware address.",
    TKEY = 249 "Negotiates a key for TSIG.",
    TSIG = 250 "A shared-key signature over this message; always last.",
    IXFR = 251 "Question only: what changed in this zone.",
    AXFR = 252 "Question only: a whole zone.",
    MAILB = 253 "Question only: mailbox records.",
    MAILA = 254 "Question only: obsolete.",
    ANY = 255 "Question only: whatever there is.",
    URI = 256 "A URI.",
    CAA = 257 "Who may issue certificates.",
    ; also crate::codes::RARE_TYPES
}

codes! {
    /// Which network the records are about (IANA's "DNS CLASSes").
    pub struct Class(u16), "class", "CLASS":
    IN = 1 "The Internet.",
    CH = 3 "Chaosnet: today only used to ask a server about itself.",
    HS = 4 "Hesiod.",
    NONE = 254 "In updates: no such record (RFC 2136).",
    ANY = 255 "Question only: all classes.",
}

codes! {
    /// What kind of query (IANA's "DNS OpCodes"): four bits.
    pub struct Opcode(u8), "opcode", "OPCODE":
    QUERY = 0 "A question.",
    IQUERY = 1 "Obsolete.",
    STATUS = 2 "Never used.",
    NOTIFY = 4 "A zone has changed (RFC 1996).",
    UPDATE = 5 "Please change a zone (RFC 2136).",
    DSO = 6 "Stateful operations (RFC 8490).",
}

codes! {
    /// How it went (IANA's "DNS RCODEs"): four bits in the header, eight more with EDNS.
    pub struct Rcode(u16), "response code", "RCODE":
    NOERROR = 0 "Fine, though there may be nothing in the answer: then the name exists without such records (NODATA).",
    FORMERR = 1 "I cannot read this query.",
    SERVFAIL = 2 "Something failed on my side, or further up.",
    NXDOMAIN = 3 "There is no such name, nor any below it.",
    NOTIMP = 4 "I do not do this kind of query.",
    REFUSED = 5 "I do not do this for you.",
    YXDOMAIN = 6 "In updates: the name exists and should not. Also: a DNAME makes the name too long.",
    YXRRSET = 7 "In updates: the RRset exists and should not.",
    NXRRSET = 8 "In updates: the RRset should exist and does not.",
    NOTAUTH = 9 "I do not serve this zone.",
    NOTZONE = 10 "In updates: the name is not in the zone.",
    BADVERS = 16 "I do not speak this version of EDNS.",
    BADCOOKIE = 23 "The cookie is missing or wrong (RFC 7873).",
}

impl Default for Opcode {
    fn default() -> Self {
        Self::QUERY
    }
}

impl Default for Rcode {
    fn default() -> Self {
        Self::NOERROR
    }
}
