//! The lists of numbers in a message: record types, classes, opcodes, response codes (IANA's
//! "Domain Name System (DNS) Parameters").

use super::codes;

codes! {
    /// The type of a record, or the type that a question asks for (IANA's "Resource Record (RR)
    /// TYPEs").
    ///
    /// ```
    /// use dnsparse::RecordType;
    ///
    /// assert_eq!(RecordType::MX.to_string(), "MX");
    /// assert_eq!(RecordType(65280).to_string(), "TYPE65280");
    /// assert_eq!(("aaaa".parse(), "TYPE28".parse()), (Ok(RecordType::AAAA), Ok(RecordType(28))));
    /// ```
    pub struct RecordType(u16), "record type", "TYPE":
    A = 1 "An IPv4 address.",
    NS = 2 "A server for the zone that begins here.",
    MD = 3 "Obsolete: use MX.",
    MF = 4 "Obsolete: use MX.",
    CNAME = 5 "This name is an alias.",
    SOA = 6 "A zone begins here.",
    MB = 7 "The host of a mailbox (experimental).",
    MG = 8 "A member of a mail group (experimental).",
    MR = 9 "The new name of a mailbox (experimental).",
    NULL = 10 "Any octets (experimental).",
    WKS = 11 "The well-known services of an address (obsolete).",
    PTR = 12 "The name of an address.",
    HINFO = 13 "A host's machine and system; today the short answer to ANY (RFC 8482).",
    MINFO = 14 "The mailboxes of a mail list (experimental).",
    MX = 15 "A host that takes mail.",
    TXT = 16 "Text.",
    RP = 17 "A responsible person.",
    AFSDB = 18 "An AFS cell's server.",
    X25 = 19 "An X.25 address.",
    ISDN = 20 "An ISDN number.",
    RT = 21 "A host that relays to one without a connection of its own.",
    NSAP = 22 "An OSI address (deprecated).",
    SIG = 24 "A signature over a transaction (RFC 2931).",
    KEY = 25 "A public key for SIG.",
    PX = 26 "The mapping between Internet and X.400 mail addresses.",
    GPOS = 27 "A geographical position; LOC replaced it.",
    AAAA = 28 "An IPv6 address.",
    LOC = 29 "A location on Earth.",
    NXT = 30 "Obsolete: NSEC replaced it.",
    EID = 31 "An endpoint identifier of Nimrod (expired draft).",
    NIMLOC = 32 "A locator of Nimrod (expired draft).",
    SRV = 33 "The location of a service.",
    ATMA = 34 "An ATM address.",
    NAPTR = 35 "A rewriting rule (telephony).",
    KX = 36 "A host that exchanges keys.",
    CERT = 37 "A certificate.",
    A6 = 38 "A part of an IPv6 address (historic, RFC 6563).",
    DNAME = 39 "All names below this one are aliases of names below another.",
    SINK = 40 "Data of any kind (expired draft).",
    OPT = 41 "EDNS: a pseudo-record, which carries options of the message.",
    APL = 42 "Lists of address prefixes.",
    DS = 43 "The digest of a child zone's key.",
    SSHFP = 44 "A host's SSH key.",
    IPSECKEY = 45 "An IPsec key.",
    RRSIG = 46 "A DNSSEC signature.",
    NSEC = 47 "The next name that exists, which proves that no name lies between.",
    DNSKEY = 48 "A zone's public key.",
    DHCID = 49 "A DHCP client's identifier.",
    NSEC3 = 50 "NSEC with hashed names.",
    NSEC3PARAM = 51 "The parameters by which a zone hashes names.",
    TLSA = 52 "A TLS server's certificate.",
    SMIMEA = 53 "A mail certificate.",
    HIP = 55 "A host identity.",
    NINFO = 56 "The state of a zone (expired draft).",
    RKEY = 57 "A key that encrypts NAPTR records (expired draft).",
    TALINK = 58 "A link between trust anchors (expired draft).",
    CDS = 59 "The DS that a child asks its parent for.",
    CDNSKEY = 60 "The key for which a child asks its parent to publish a DS.",
    OPENPGPKEY = 61 "An OpenPGP key.",
    CSYNC = 62 "The records that a child asks its parent to copy.",
    ZONEMD = 63 "The digest of a whole zone.",
    SVCB = 64 "The address, port and protocols of a service.",
    HTTPS = 65 "SVCB for web servers.",
    DSYNC = 66 "The target of a child zone's notifications (RFC 9859).",
    HHIT = 67 "The registration of a drone's tag (RFC 9886).",
    BRID = 68 "The registration of a drone's broadcasts (RFC 9886).",
    SPF = 99 "Obsolete: use TXT.",
    NID = 104 "An identifier-locator network node.",
    L32 = 105 "An identifier-locator address.",
    L64 = 106 "An identifier-locator address.",
    LP = 107 "An identifier-locator pointer.",
    EUI48 = 108 "A 48-bit hardware address.",
    EUI64 = 109 "A 64-bit hardware address.",
    NXNAME = 128 "In NSEC bitmaps only: the name does not exist (RFC 9824).",
    TKEY = 249 "Negotiates a key for TSIG.",
    TSIG = 250 "A shared-key signature over this message; always last.",
    IXFR = 251 "Question only: the changes in a zone since a serial.",
    AXFR = 252 "Question only: a whole zone.",
    MAILB = 253 "Question only: mailbox records.",
    MAILA = 254 "Question only: obsolete.",
    ANY = 255 "Question only: all types at the name.",
    URI = 256 "A URI.",
    CAA = 257 "The certification authorities that may issue for a name.",
    AVC = 258 "Metadata of applications.",
    DOA = 259 "A digital object (expired draft).",
    AMTRELAY = 260 "A relay for multicast (RFC 8777).",
    RESINFO = 261 "The properties of a resolver (RFC 9606).",
    WALLET = 262 "The address of a wallet.",
    CLA = 263 "The URI of a service's configuration.",
    IPN = 264 "The number of a node in the Bundle Protocol (expired draft).",
    TA = 32768 "A trust anchor (never standardized).",
    DLV = 32769 "DS outside of the parent zone (obsolete, RFC 8749).",
    ; also super::RARE_TYPES
}

codes! {
    /// The network that records belong to (IANA's "DNS CLASSes").
    pub struct Class(u16), "class", "CLASS":
    IN = 1 "The Internet.",
    CH = 3 "Chaosnet: today used only to ask a server about itself.",
    HS = 4 "Hesiod.",
    NONE = 254 "In updates: no such record (RFC 2136).",
    ANY = 255 "Question only: all classes.",
}

codes! {
    /// The kind of query (IANA's "DNS OpCodes"): four bits.
    pub struct Opcode(u8), "opcode", "OPCODE":
    QUERY = 0 "A standard query.",
    IQUERY = 1 "Obsolete.",
    STATUS = 2 "Never used.",
    NOTIFY = 4 "A zone has changed (RFC 1996).",
    UPDATE = 5 "A request to change a zone (RFC 2136).",
    DSO = 6 "Stateful operations (RFC 8490).",
}

codes! {
    /// The result of a query (IANA's "DNS RCODEs"): four bits in the header, eight more with EDNS.
    pub struct Rcode(u16), "response code", "RCODE":
    NOERROR = 0 "No error. If the answer is empty, the name exists without records of that type (NODATA).",
    FORMERR = 1 "The server cannot parse the query.",
    SERVFAIL = 2 "The server failed, or a server that it depends on.",
    NXDOMAIN = 3 "The name does not exist, nor does any below it.",
    NOTIMP = 4 "The server does not implement this kind of query.",
    REFUSED = 5 "The server refuses, as a matter of policy.",
    YXDOMAIN = 6 "In updates: the name exists and should not. Also: a DNAME makes the name too long.",
    YXRRSET = 7 "In updates: the RRset exists and should not.",
    NXRRSET = 8 "In updates: the RRset should exist and does not.",
    NOTAUTH = 9 "The server does not serve the zone.",
    NOTZONE = 10 "In updates: the name is not in the zone.",
    BADVERS = 16 "The server does not implement this version of EDNS.",
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
