//! The message rules of every server of the lab, before a lookup.
#![cfg(test)]

use dnsparse::{Class, DnsPacket, Edns, Opcode, Rcode, RecordType};
use lab::{Lab, RESOLVER};
use network::Via;

fn query() -> DnsPacket {
    let mut query = DnsPacket::query(0xbeef, "google.com".parse().unwrap(), RecordType::A);
    query.header.rd = true;
    query
}

/// Returns the reply of a root server, an authoritative server and the resolver to a message, which
/// must agree.
fn answer(message: &[u8]) -> Option<DnsPacket> {
    let lab = Lab::internet();
    let servers = [
        lab.server("k.root-servers.net").unwrap(),
        lab.server("ns1.google.com").unwrap(),
        RESOLVER,
    ];
    let replies = servers.map(|server| {
        let reply = lab.answer(server, Via::Udp, message)?;
        Some(DnsPacket::parse(&reply).unwrap())
    });
    let rcodes = replies
        .each_ref()
        .map(|reply| reply.as_ref().map(DnsPacket::rcode));
    assert!(rcodes.iter().all(|rcode| *rcode == rcodes[0]), "{rcodes:?}");
    replies.into_iter().next().unwrap()
}

fn rcode(query: &DnsPacket) -> Rcode {
    answer(&query.write().unwrap()).unwrap().rcode()
}

#[test]
fn replies_and_runts_are_ignored() {
    let mut reply = query();
    reply.header.qr = true;
    assert_eq!(answer(&reply.write().unwrap()), None);
    let octets = query().write().unwrap();
    for length in 0..12 {
        assert_eq!(answer(&octets[..length]), None, "{length} octets");
    }
}

#[test]
fn a_message_that_does_not_parse_gets_formerr_with_its_id() {
    let octets = query().write().unwrap();
    for length in 12..octets.len() {
        let reply = answer(&octets[..length]).unwrap();
        assert_eq!(
            (reply.header.id, reply.header.qr, reply.rcode()),
            (0xbeef, true, Rcode::FORMERR)
        );
        assert!(reply.header.rd && reply.questions.is_empty());
    }
}

#[test]
fn another_opcode_gets_notimp_even_if_the_rest_does_not_parse() {
    let mut notify = query();
    notify.header.opcode = Opcode::NOTIFY;
    let octets = notify.write().unwrap();
    for message in [&octets[..], &octets[..12]] {
        let reply = answer(message).unwrap();
        assert_eq!(
            (reply.rcode(), reply.header.opcode),
            (Rcode::NOTIMP, Opcode::NOTIFY)
        );
    }
}

/// RFC 9619.
#[test]
fn there_is_exactly_one_question() {
    let mut none = query();
    none.questions.clear();
    let mut two = query();
    two.questions.push(two.questions[0].clone());
    assert_eq!([rcode(&none), rcode(&two)], [Rcode::FORMERR; 2]);
}

#[test]
fn other_classes_and_zone_transfers_are_refused() {
    let mut chaos = query();
    chaos.questions[0].qclass = Class::CH;
    let mut transfer = query();
    transfer.questions[0].qtype = RecordType::AXFR;
    assert_eq!([rcode(&chaos), rcode(&transfer)], [Rcode::REFUSED; 2]);
}

/// RFC 6891 sections 6.1.1 and 6.1.3.
#[test]
fn edns_is_answered_by_edns_and_only_then() {
    let mut query = query();
    assert_eq!(answer(&query.write().unwrap()).unwrap().edns, None);
    query.edns = Some(Edns {
        udp_size: 4096,
        do_bit: true,
        ..Edns::default()
    });
    let edns = answer(&query.write().unwrap()).unwrap().edns.unwrap();
    assert_eq!((edns.udp_size, edns.version, edns.do_bit), (1232, 0, true));
    query.edns = Some(Edns {
        version: 1,
        ..Edns::default()
    });
    let reply = answer(&query.write().unwrap()).unwrap();
    assert_eq!(
        (
            reply.rcode(),
            reply.header.rcode,
            reply.edns.unwrap().version
        ),
        (Rcode::BADVERS, Rcode::NOERROR, 0)
    );
}

#[test]
fn a_udp_reply_keeps_to_the_size_that_the_client_accepts() {
    let lab = Lab::internet();
    let server = lab.server("a.iana-servers.net").unwrap();
    // 1,232 octets are the server's own limit; less than 512 counts as 512.
    let sizes = [
        (None, 512),
        (Some(0), 512),
        (Some(700), 700),
        (Some(1232), 1232),
        (Some(65_535), 1232),
    ];
    for (qname, (udp_size, limit)) in ["long.example.com", "huge.example.com"]
        .iter()
        .flat_map(|qname| sizes.map(|size| (qname, size)))
    {
        let mut query = DnsPacket::query(1, qname.parse().unwrap(), RecordType::TXT);
        query.edns = udp_size.map(|udp_size| Edns {
            udp_size,
            ..Edns::default()
        });
        let query = query.write().unwrap();
        let udp = lab.answer(server, Via::Udp, &query).unwrap();
        let tcp = lab.answer(server, Via::Tcp, &query).unwrap();
        let is_cut = DnsPacket::parse(&udp).unwrap().header.tc;
        assert!(
            udp.len() <= limit && is_cut == (tcp.len() > limit),
            "{qname} {udp_size:?}: {}",
            udp.len()
        );
        assert!(is_cut || udp == tcp, "{qname} {udp_size:?}");
    }
}

#[test]
fn an_authoritative_server_sets_aa_where_it_has_authority_and_never_ra() {
    let lab = Lab::internet();
    let octets = query().write().unwrap();
    let header = |server: &str| {
        let reply = lab
            .answer(lab.server(server).unwrap(), Via::Udp, &octets)
            .unwrap();
        let header = DnsPacket::parse(&reply).unwrap().header;
        (header.aa, header.ra, header.rd)
    };
    assert_eq!(header("ns1.google.com"), (true, false, true));
    assert_eq!(header("a.gtld-servers.net"), (false, false, true));
}
