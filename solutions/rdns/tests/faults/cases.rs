//! The faults of the mini-Internet (`lessons/lab/zones/test`), with a question for each, and the
//! answer that a resolver should give in spite of the fault.

use dnsparse::RecordType;

/// A name and a type.
pub(crate) type NameAndType = (&'static str, RecordType);

/// A fault, and the answer that a resolver should give.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// The fault, in a few words.
    pub(crate) fault: &'static str,
    /// The rule that decides.
    pub(crate) rfc: &'static str,
    /// Questions that come first, one after another; their answers do not matter.
    pub(crate) before: &'static [NameAndType],
    pub(crate) question: NameAndType,
    /// RCODE and RDATA, as [`summary`](crate::summary) writes them.
    pub(crate) expected: &'static str,
    /// The longest time that the answer may take, in milliseconds.
    pub(crate) within_ms: u64,
}

/// Faults of one kind.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) cases: &'static [Case],
}

const A: RecordType = RecordType::A;
const AAAA: RecordType = RecordType::AAAA;

/// The time of a search without a timeout: at most ten queries, at 10 ms each.
const AT_ONCE: u64 = 150;
/// The time of a search with one short timeout.
const ONE_TIMEOUT: u64 = 1_000;
/// The time after which stub resolvers send a query again (5 seconds), less half a second.
const IN_TIME: u64 = 4_500;

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        name: "negative answers that deny too much",
        cases: ABSENCE,
    },
    Kind {
        name: "name servers that cannot be found",
        cases: SERVERS,
    },
    Kind {
        name: "last resorts",
        cases: LAST_RESORT,
    },
    Kind {
        name: "truncated and trailing octets",
        cases: TRUNCATION,
    },
    Kind {
        name: "malformed RDATA",
        cases: MALFORMED,
    },
    Kind {
        name: "messages that break the rules",
        cases: MESSAGES,
    },
    Kind {
        name: "servers without EDNS",
        cases: EDNS,
    },
    Kind {
        name: "servers far away",
        cases: FAR,
    },
    Kind {
        name: "IPv6",
        cases: IPV6,
    },
    Kind {
        name: "needless work",
        cases: WORK,
    },
    Kind {
        name: "names that are too long, and names that are answered locally",
        cases: NAMES,
    },
];

const ABSENCE: &[Case] = &[
    Case {
        fault: "AAAA denied by NXDOMAIN; a zone below is cached",
        rfc: "RFC 8020 section 2, RFC 4074 section 4.2",
        before: &[
            ("www.shop.mail.aaaa.absence.test", A),
            ("mail.aaaa.absence.test", AAAA),
        ],
        question: ("img.shop.mail.aaaa.absence.test", A),
        expected: "NOERROR 198.18.21.83",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "AAAA denied by NXDOMAIN; the A record is cached",
        rfc: "RFC 2308 section 5, RFC 4074 section 4.2",
        before: &[
            ("host.aaaa.absence.test", A),
            ("host.aaaa.absence.test", AAAA),
        ],
        question: ("host.aaaa.absence.test", A),
        expected: "NOERROR 198.18.21.80",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "NXDOMAIN after an alias whose target exists",
        rfc: "RFC 6604 section 3",
        before: &[],
        question: ("nx.alias.absence.test", A),
        expected: "NOERROR www.target.absence.test. 198.18.21.84",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "SOA after an alias whose target has records",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("empty.alias.absence.test", A),
        expected: "NOERROR www.target.absence.test. 198.18.21.84",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "NXDOMAIN after a DNAME whose target exists",
        rfc: "RFC 6604 section 3",
        before: &[],
        question: ("dname.old.alias.absence.test", A),
        expected: "NOERROR target.absence.test. dname.target.absence.test. 198.18.21.85",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "NXDOMAIN for the apex of the zone",
        rfc: "RFC 1034 section 4.2.1",
        before: &[("apex.absence.test", AAAA)],
        question: ("www.apex.absence.test", A),
        expected: "NOERROR 198.18.21.88",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "an empty non-terminal denied by NXDOMAIN",
        rfc: "RFC 8020 section 5",
        before: &[("www.b.ent.absence.test", A), ("b.ent.absence.test", A)],
        question: ("ftp.b.ent.absence.test", A),
        expected: "NOERROR 198.18.21.87",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "DS records denied by a server of the zone itself",
        rfc: "RFC 4035 section 2.4",
        before: &[],
        question: ("below.skip.absence.test", RecordType::DS),
        expected: "NOERROR 4711 8 2 00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
        within_ms: AT_ONCE,
    },
];

const SERVERS: &[Case] = &[
    Case {
        fault: "one dead glue address, four good servers without glue",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.dead-glue.servers.test", A),
        expected: "NOERROR 198.18.22.82",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a server name in a zone that refuses, before a good one",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.refused.servers.test", A),
        expected: "NOERROR 198.18.22.83",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "an unresolvable server name, before one whose address is cached",
        rfc: "RFC 1034 section 5.3.3",
        before: &[("ns1.good.servers.test", A)],
        question: ("www.cached.servers.test", A),
        expected: "NOERROR 198.18.22.84",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "two zones whose only server has the same unresolvable name",
        rfc: "RFC 9520 section 3.2",
        before: &[("www.first.servers.test", A)],
        question: ("www.second.servers.test", A),
        expected: "SERVFAIL",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "two server names in dead zones before a good one",
        rfc: "RFC 9520 section 3.2",
        before: &[],
        question: ("www.two-lost.servers.test", A),
        expected: "NOERROR 198.18.22.80",
        within_ms: IN_TIME,
    },
    Case {
        fault: "five server names that do not exist before a good one",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.five-none.servers.test", A),
        expected: "NOERROR 198.18.22.81",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "glue that is no host's address, before a good server",
        rfc: "RFC 1122 section 3.2.1.3",
        before: &[],
        question: ("www.bad-glue.servers.test", A),
        expected: "NOERROR 198.18.22.85",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a server in a zone whose only server is in this zone, before a good one",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.looped.servers.test", A),
        expected: "NOERROR 198.18.22.86",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a server whose name is an alias, before a good one",
        rfc: "RFC 2181 section 10.3",
        before: &[],
        question: ("www.alias.servers.test", A),
        expected: "NOERROR 198.18.22.87",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "the only server has a name that is an alias",
        rfc: "RFC 2181 section 10.3",
        before: &[],
        question: ("www.only-alias.servers.test", A),
        expected: "NOERROR 198.18.22.130",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a server whose name is that of its zone",
        rfc: "RFC 1034 section 4.2.1",
        before: &[],
        question: ("www.self.servers.test", A),
        expected: "NOERROR 198.18.22.88",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "seven of a server's eight addresses are dead",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.eight.servers.test", A),
        expected: "NOERROR 198.18.22.89",
        within_ms: IN_TIME,
    },
    Case {
        fault: "delegations, addresses and aliases with a TTL of 0",
        rfc: "RFC 2181 section 8",
        before: &[],
        question: ("www.ttl.servers.test", A),
        expected: "NOERROR web.ttl.servers.test. www.upper.servers.test. 198.18.22.90",
        within_ms: AT_ONCE * 2,
    },
    Case {
        fault: "a delegation in upper case, with glue in lower case",
        rfc: "RFC 4343 section 3",
        before: &[],
        question: ("www.upper.servers.test", A),
        expected: "NOERROR 198.18.22.90",
        within_ms: AT_ONCE,
    },
];

const LAST_RESORT: &[Case] = &[
    Case {
        fault: "an answer without AA",
        rfc: "RFC 2181 section 5.4.1",
        before: &[],
        question: ("www.no-aa.last-resort.test", A),
        expected: "NOERROR 198.18.23.80",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "NODATA without AA",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("www.no-aa.last-resort.test", AAAA),
        expected: "NOERROR",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "NXDOMAIN without AA",
        rfc: "RFC 2308 section 2.1",
        before: &[],
        question: ("nosuch.no-aa.last-resort.test", A),
        expected: "NXDOMAIN",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "NOERROR without AA, and empty sections",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("www.empty.last-resort.test", AAAA),
        expected: "NOERROR",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "the glue that a referral needs is missing",
        rfc: "RFC 9471 section 3.1",
        before: &[],
        question: ("www.no-glue.last-resort.test", A),
        expected: "NOERROR 198.18.23.82",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "the zone's own NS records name no server that exists",
        rfc: "RFC 2181 section 5.4.1",
        before: &[("child-ns.last-resort.test", RecordType::NS)],
        question: ("www.child-ns.last-resort.test", A),
        expected: "NOERROR 198.18.23.83",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "the zone's own NS records name a server that is dead",
        rfc: "RFC 2181 section 5.4.1",
        before: &[
            ("child-dead.last-resort.test", RecordType::NS),
            ("dead.child-dead.last-resort.test", A),
        ],
        question: ("www.child-dead.last-resort.test", A),
        expected: "NOERROR 198.18.23.89",
        within_ms: IN_TIME,
    },
    Case {
        fault: "a referral with the parent's SOA record",
        rfc: "RFC 1034 section 4.3.2",
        before: &[],
        question: ("www.soa.last-resort.test", A),
        expected: "NOERROR 198.18.23.84",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a server that has lost the zone beside a good one",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("www.beside.last-resort.test", A),
        expected: "NOERROR 198.18.23.85",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a referral to the root with AA, beside a good server",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("www.upward.last-resort.test", A),
        expected: "NOERROR 198.18.23.86",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a record of another type, without AA",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("www.no-soa.last-resort.test", AAAA),
        expected: "NOERROR",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "NODATA without AA and SOA, with an NSEC record",
        rfc: "RFC 2308 section 2.2",
        before: &[],
        question: ("www.no-soa.last-resort.test", RecordType::TXT),
        expected: "NOERROR",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a referral as the answer to a question for DS",
        rfc: "RFC 4035 section 2.4",
        before: &[],
        question: ("ds.last-resort.test", RecordType::DS),
        expected: "NOERROR",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "SERVFAIL from a server beside a good one",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.servfail.last-resort.test", A),
        expected: "NOERROR 198.18.23.91",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "NOTAUTH from a server beside a good one",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.notauth.last-resort.test", A),
        expected: "NOERROR 198.18.23.92",
        within_ms: ONE_TIMEOUT,
    },
];

const TRUNCATION: &[Case] = &[
    Case {
        fault: "TC without AA and without records",
        rfc: "RFC 2181 section 9",
        before: &[],
        question: ("www.servfail.truncation.test", A),
        expected: "NOERROR 198.18.24.84",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a datagram with TC that ends within a record",
        rfc: "RFC 2181 section 9, RFC 7766 section 5",
        before: &[],
        question: ("www.mid-record.truncation.test", A),
        expected: "NOERROR 198.18.24.80",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a header with TC, without a question",
        rfc: "RFC 2181 section 9, RFC 7766 section 5",
        before: &[],
        question: ("www.no-question.truncation.test", A),
        expected: "NOERROR 198.18.24.81",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a header with TC that announces a question",
        rfc: "RFC 2181 section 9, RFC 7766 section 5",
        before: &[],
        question: ("www.header.truncation.test", A),
        expected: "NOERROR 198.18.24.82",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "octets after the last section",
        rfc: "RFC 1035 section 4.1.1",
        before: &[],
        question: ("www.trailing.truncation.test", A),
        expected: "NOERROR 198.18.24.83",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "TC from both servers, of which one has no TCP",
        rfc: "RFC 7766 section 5",
        before: &[],
        question: ("www.no-tcp.truncation.test", A),
        expected: "NOERROR 198.18.24.86",
        within_ms: IN_TIME,
    },
];

const MALFORMED: &[Case] = &[
    Case {
        fault: "CAA with a tag that is too long",
        rfc: "RFC 3597 section 3",
        before: &[],
        question: ("caa.later.malformed.test", RecordType::CAA),
        expected: "NOERROR \\# 4 00FF6973",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "HTTPS with parameters out of order",
        rfc: "RFC 3597 section 3",
        before: &[],
        question: ("https.later.malformed.test", RecordType::HTTPS),
        expected: "NOERROR \\# 16 0001000003000201BB00010003026832",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "TLSA with one of its three numbers",
        rfc: "RFC 3597 section 3",
        before: &[],
        question: ("tlsa.later.malformed.test", RecordType::TLSA),
        expected: "NOERROR \\# 1 03",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "NSEC with an empty window beside a negative answer",
        rfc: "RFC 4034 section 4.1.2",
        before: &[],
        question: ("nosuch.nsec.malformed.test", A),
        expected: "NXDOMAIN",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "an A record of three octets in the additional section",
        rfc: "RFC 2181 section 5.4.1",
        before: &[],
        question: ("www.additional.malformed.test", A),
        expected: "NOERROR 198.18.25.82",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "one of two servers sends half an MX RRset",
        rfc: "RFC 2181 section 5",
        before: &[],
        question: ("mx.malformed.test", RecordType::MX),
        expected: "NOERROR 10 mail1.mx.malformed.test. 20 mail2.mx.malformed.test.",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "AFSDB with a compressed name",
        rfc: "RFC 3597 section 4",
        before: &[],
        question: ("afsdb.compressed.malformed.test", RecordType::AFSDB),
        expected: "NOERROR 1 afsdb.compressed.malformed.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "RP with compressed names",
        rfc: "RFC 3597 section 4",
        before: &[],
        question: ("rp.compressed.malformed.test", RecordType::RP),
        expected: "NOERROR rp.compressed.malformed.test. rp.compressed.malformed.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "MINFO with compressed names",
        rfc: "RFC 3597 section 4",
        before: &[],
        question: ("minfo.compressed.malformed.test", RecordType::MINFO),
        expected: "NOERROR minfo.compressed.malformed.test. minfo.compressed.malformed.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "MB with a compressed name",
        rfc: "RFC 3597 section 4",
        before: &[],
        question: ("mb.compressed.malformed.test", RecordType::MB),
        expected: "NOERROR mb.compressed.malformed.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "RT with a compressed name",
        rfc: "RFC 3597 section 4",
        before: &[],
        question: ("rt.compressed.malformed.test", RecordType::RT),
        expected: "NOERROR 1 rt.compressed.malformed.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "PX with compressed names",
        rfc: "RFC 3597 section 4",
        before: &[],
        question: ("px.compressed.malformed.test", RecordType::PX),
        expected: "NOERROR 1 px.compressed.malformed.test. px.compressed.malformed.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "NSEC with an empty window in a negative answer",
        rfc: "RFC 4034 section 4.1.2",
        before: &[],
        question: ("www.nsec.malformed.test", AAAA),
        expected: "NOERROR",
        within_ms: AT_ONCE,
    },
];

const FAR: &[Case] = &[
    Case {
        fault: "three zones in a row, each 600 ms away",
        rfc: "RFC 6298 section 2",
        before: &[],
        question: ("www.base.moon.far.test", A),
        expected: "NOERROR 198.18.26.80",
        within_ms: IN_TIME,
    },
    Case {
        fault: "both servers 1,200 ms away",
        rfc: "RFC 6298 section 2",
        before: &[],
        question: ("www.mars.far.test", A),
        expected: "NOERROR 198.18.26.81",
        within_ms: IN_TIME,
    },
    Case {
        fault: "five zones in a row, each 1,100 ms away; a second name",
        rfc: "RFC 9520 section 3.2",
        before: &[("www.e.d.c.b.voyager.test", A)],
        question: ("ftp.e.d.c.b.voyager.test", A),
        expected: "NOERROR 198.18.26.82",
        within_ms: IN_TIME,
    },
];

const IPV6: &[Case] = &[
    Case {
        fault: "a server without glue and without an A record",
        rfc: "RFC 3596 section 3",
        before: &[],
        question: ("www.glueless.ipv6.test", A),
        expected: "NOERROR 198.18.27.80",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "glue that is an AAAA record alone",
        rfc: "RFC 3596 section 3",
        before: &[],
        question: ("www.glue.ipv6.test", A),
        expected: "NOERROR 198.18.27.81",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a dead IPv4 address beside a good IPv6 address",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.half.ipv6.test", A),
        expected: "NOERROR 198.18.27.82",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a dead IPv6 address beside a good IPv4 address",
        rfc: "RFC 1034 section 5.3.3",
        before: &[],
        question: ("www.old.ipv6.test", A),
        expected: "NOERROR 198.18.27.83",
        within_ms: ONE_TIMEOUT,
    },
];

const WORK: &[Case] = &[
    Case {
        fault: "a second name in a zone whose servers are dead",
        rfc: "RFC 9520 section 3.2",
        before: &[("www.dead.work.test", A)],
        question: ("ftp.dead.work.test", A),
        expected: "SERVFAIL",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a server that drops AAAA queries; then A",
        rfc: "RFC 4074 section 4.1",
        before: &[("www.drops.work.test", AAAA)],
        question: ("www.drops.work.test", A),
        expected: "NOERROR 198.18.29.81",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a server that refuses AAAA queries; then A",
        rfc: "RFC 4074 section 4.3",
        before: &[("www.refuses.work.test", AAAA)],
        question: ("www.refuses.work.test", A),
        expected: "NOERROR 198.18.29.82",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "NOTIMP for AAAA queries; then A",
        rfc: "RFC 4074 section 4.3",
        before: &[("www.notimp.work.test", AAAA)],
        question: ("www.notimp.work.test", A),
        expected: "NOERROR 198.18.29.83",
        within_ms: AT_ONCE,
    },
];

const NAMES: &[Case] = &[
    Case {
        fault: "a DNAME makes the name 255 octets long",
        rfc: "RFC 6672 section 2.2",
        before: &[],
        question: ("{63}.{63}.{63}.{41}.old.dname.test", A),
        expected: "NOERROR replaced.dname.test. {63}.{63}.{63}.{41}.replaced.dname.test. 198.18.30.80",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a DNAME makes the name 256 octets long",
        rfc: "RFC 6672 section 2.2",
        before: &[],
        question: ("{63}.{63}.{63}.{42}.old.dname.test", A),
        expected: "YXDOMAIN replaced.dname.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a DNAME that is cached makes the name too long",
        rfc: "RFC 6672 section 2.2",
        before: &[("www.old.dname.test", A)],
        question: ("{63}.{63}.{63}.{45}.old.dname.test", A),
        expected: "YXDOMAIN replaced.dname.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a DNAME makes the target of an alias too long",
        rfc: "RFC 6672 section 2.2",
        before: &[],
        question: ("alias.dname.test", A),
        expected: "YXDOMAIN {63}.{63}.{63}.{45}.old.dname.test. replaced.dname.test.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "the CNAME that follows from a DNAME as the question",
        rfc: "RFC 6672 section 3.1",
        before: &[],
        question: ("www.moved.example.org", RecordType::CNAME),
        expected: "NOERROR example.net. www.example.net.",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a reverse name of shared address space",
        rfc: "RFC 7793",
        before: &[],
        question: ("1.0.64.100.in-addr.arpa", RecordType::PTR),
        expected: "NXDOMAIN",
        within_ms: 0,
    },
    Case {
        fault: "a reverse name of a documentation range",
        rfc: "RFC 6303 section 4.2",
        before: &[],
        question: ("1.113.0.203.in-addr.arpa", RecordType::PTR),
        expected: "NXDOMAIN",
        within_ms: 0,
    },
    Case {
        fault: "a reverse name of IPv6's documentation range",
        rfc: "RFC 6303 section 4.6",
        before: &[],
        question: ("1.8.b.d.0.1.0.0.2.ip6.arpa", RecordType::PTR),
        expected: "NXDOMAIN",
        within_ms: 0,
    },
    Case {
        fault: "the discovery of designated resolvers",
        rfc: "RFC 9462 section 6.4",
        before: &[],
        question: ("_dns.resolver.arpa", RecordType::SVCB),
        expected: "NOERROR",
        within_ms: 0,
    },
];

const MESSAGES: &[Case] = &[
    Case {
        fault: "the question comes back in lower case",
        rfc: "RFC 4343 section 4.1",
        before: &[],
        question: ("WWW.Lower-Case.messages.test", A),
        expected: "NOERROR 198.18.31.80",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a TTL with its highest bit set",
        rfc: "RFC 2181 section 8",
        before: &[],
        question: ("www.ttl.messages.test", A),
        expected: "NOERROR 198.18.31.81",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "each record twice",
        rfc: "RFC 2181 section 5",
        before: &[],
        question: ("www.twice.messages.test", A),
        expected: "NOERROR 198.18.31.82",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "a record of class CH beside the answer",
        rfc: "RFC 1035 section 3.2.4",
        before: &[],
        question: ("www.class.messages.test", A),
        expected: "NOERROR 198.18.31.83",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "two OPT records",
        rfc: "RFC 6891 section 6.1.1",
        before: &[],
        question: ("www.two-opt.messages.test", A),
        expected: "NOERROR 198.18.31.84",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "a compression pointer to itself in the additional section",
        rfc: "RFC 1035 section 4.1.4",
        before: &[],
        question: ("www.loop.messages.test", A),
        expected: "SERVFAIL",
        within_ms: IN_TIME,
    },
    Case {
        fault: "different TTLs in one RRset",
        rfc: "RFC 2181 section 5.2",
        before: &[],
        question: ("www.mixed.messages.test", A),
        expected: "NOERROR 198.18.31.86 198.18.31.87",
        within_ms: AT_ONCE,
    },
    Case {
        fault: "RA set, RD clear",
        rfc: "RFC 1035 section 4.1.1",
        before: &[],
        question: ("www.recursion.messages.test", A),
        expected: "NOERROR 198.18.31.88",
        within_ms: AT_ONCE,
    },
];

const EDNS: &[Case] = &[
    Case {
        fault: "FORMERR to EDNS",
        rfc: "RFC 6891 section 7",
        before: &[],
        question: ("www.edns-formerr.test", A),
        expected: "NOERROR 198.18.5.81",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "no reply to EDNS",
        rfc: "RFC 8906 section 3.1.4",
        before: &[],
        question: ("www.edns-silence.test", A),
        expected: "NOERROR 198.18.5.82",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "NOTIMP to EDNS",
        rfc: "RFC 6891 section 7",
        before: &[],
        question: ("www.notimp.edns.test", A),
        expected: "NOERROR 198.18.32.80",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "FORMERR to EDNS, with an OPT record",
        rfc: "RFC 6891 section 7",
        before: &[],
        question: ("www.with-opt.edns.test", A),
        expected: "NOERROR 198.18.32.82",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "BADVERS to version 0",
        rfc: "RFC 6891 section 6.1.3",
        before: &[],
        question: ("www.badvers.edns.test", A),
        expected: "NOERROR 198.18.32.83",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "version 1 in the reply",
        rfc: "RFC 6891 section 6.1.3",
        before: &[],
        question: ("www.version.edns.test", A),
        expected: "NOERROR 198.18.32.84",
        within_ms: ONE_TIMEOUT,
    },
    Case {
        fault: "FORMERR to EDNS in a header alone",
        rfc: "RFC 6891 section 7",
        before: &[],
        question: ("www.header.edns.test", A),
        expected: "NOERROR 198.18.32.85",
        within_ms: ONE_TIMEOUT,
    },
];
