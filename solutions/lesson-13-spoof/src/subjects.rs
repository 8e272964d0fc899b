//! The checks of a reply that your own test is tried on (given): one is correct, the others each
//! forget something.

use std::net::SocketAddr;

use dnsparse::{DnsPacket, Name, RecordType};

/// A query that waits for its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingQuery {
    /// The query, as it was sent.
    pub packet: DnsPacket,
    /// The address and port that it was sent to.
    pub server: SocketAddr,
    /// The port that it was sent from.
    pub source_port: u16,
}

/// A message that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datagram {
    /// The message.
    pub packet: DnsPacket,
    /// The address and port that it comes from.
    pub from: SocketAddr,
    /// The port that it was sent to.
    pub to_port: u16,
}

/// A check: whether a datagram is accepted as the reply to a query.
pub type Check = fn(&WaitingQuery, &Datagram) -> bool;

/// Returns a query for `wWw.BaNk.ExAmPlE` A, which waits for its reply.
pub fn waiting_query() -> WaitingQuery {
    let qname = Name::from_labels(["wWw", "BaNk", "ExAmPlE"]).unwrap_or_default();
    WaitingQuery {
        packet: DnsPacket::query(0x2a17, qname, RecordType::A),
        server: SocketAddr::from(([192, 0, 2, 10], 53)),
        source_port: 40_961,
    }
}

/// Returns the true reply to a query: without records, since no check looks at them.
pub fn true_reply(query: &WaitingQuery) -> Datagram {
    Datagram {
        packet: DnsPacket::reply_to(&query.packet),
        from: query.server,
        to_port: query.source_port,
    }
}

/// The comparisons that make up a check. Each wrong check leaves one out.
struct Comparisons {
    is_response: bool,
    id: bool,
    address: bool,
    server_port: bool,
    source_port: bool,
    qname: bool,
    case: bool,
    qtype: bool,
}

const ALL: Comparisons = Comparisons {
    is_response: true,
    id: true,
    address: true,
    server_port: true,
    source_port: true,
    qname: true,
    case: true,
    qtype: true,
};

impl Comparisons {
    fn accept(&self, query: &WaitingQuery, datagram: &Datagram) -> bool {
        let (sent, received) = (query.packet.question(), datagram.packet.question());
        let (Some(sent), Some(received)) = (sent, received) else {
            return false;
        };
        let has_case = sent.qname.wire() == received.qname.wire() || sent.qname != received.qname;
        (!self.is_response || datagram.packet.header.qr)
            && (!self.id || datagram.packet.header.id == query.packet.header.id)
            && (!self.address || datagram.from.ip() == query.server.ip())
            && (!self.server_port || datagram.from.port() == query.server.port())
            && (!self.source_port || datagram.to_port == query.source_port)
            && (!self.qname || received.qname == sent.qname)
            && (!self.case || has_case)
            && (!self.qtype || received.qtype == sent.qtype)
    }
}

/// Returns the check that your test is tried on: the one that the environment variable
/// `COURSE_SUBJECT` names, else the correct one.
pub fn chosen() -> Check {
    let name = std::env::var("COURSE_SUBJECT").unwrap_or_default();
    macro_rules! without {
        ($($comparison:ident),+) => {
            |query, datagram| Comparisons { $($comparison: false,)+ ..ALL }.accept(query, datagram)
        };
    }
    match name.as_str() {
        "queries-too" => without!(is_response),
        "any-id" => without!(id),
        "low-octet-of-the-id" => |query, datagram| {
            let low = |packet: &DnsPacket| packet.header.id & 0xff;
            let rest = Comparisons { id: false, ..ALL };
            low(&query.packet) == low(&datagram.packet) && rest.accept(query, datagram)
        },
        "any-address" => without!(address),
        "any-server-port" => without!(server_port),
        "any-source-port" => without!(source_port),
        "any-name" => without!(qname, case),
        "any-case" => without!(case),
        "any-type" => without!(qtype),
        "accepts-none" => |_, _| false,
        _ => |query, datagram| ALL.accept(query, datagram),
    }
}
