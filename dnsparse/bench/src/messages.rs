//! The messages, composed from names and addresses that are reserved for examples or well
//! known.

use std::net::{Ipv4Addr, Ipv6Addr};

use dnsparse::{
    Class, Cookie, DnsPacket, Ds, Edns, EdnsOption, Mx, Name, Rcode, Rdata, Record, RecordType,
    Rrsig, Soa, Txt, parse,
};

pub struct Message {
    pub title: &'static str,
    pub octets: Vec<u8>,
}

pub fn messages() -> Vec<Message> {
    let all = [
        ("query with EDNS", query()),
        ("one A", one_a()),
        ("aliases and 8 addresses", aliases()),
        ("referral to com", referral()),
        ("referral, two servers", short_referral()),
        ("signed referral", signed_referral()),
        ("MX with additionals", mail()),
        ("long TXT", text()),
        ("NXDOMAIN with SOA", negative()),
        ("PTR in ip6.arpa", reverse()),
        ("HTTPS", https()),
        ("HTTPS with ech", https_with_ech()),
        ("60 records", sixty()),
    ];
    all.map(|(title, packet)| Message {
        title,
        octets: packet.write().expect("it fits"),
    })
    .into()
}

fn query() -> DnsPacket {
    let cookie = Cookie {
        client: *b"\x24\x64\xc4\xab\xcf\x10\xc9\x57",
        server: Vec::new(),
    };
    let mut query = DnsPacket::query(0x1c8b, name("www.example.com"), RecordType::A);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1232,
        options: vec![EdnsOption::Cookie(cookie)],
        ..Edns::default()
    });
    query
}

fn one_a() -> DnsPacket {
    DnsPacket {
        answers: vec![a("www.example.com", 1)],
        ..reply("www.example.com", RecordType::A)
    }
}

/// A site on a content delivery network: two aliases, then its servers.
fn aliases() -> DnsPacket {
    let names = [
        "www.shop.example",
        "shop.example.cdn.example.net",
        "e1042.g.edge.example.net",
    ];
    let alias = |from: &str, to: &str| record(from, 300, Rdata::Cname(name(to)));
    let mut answers = vec![alias(names[0], names[1]), alias(names[1], names[2])];
    answers.extend((1..=8).map(|host| a(names[2], host)));
    DnsPacket {
        answers,
        edns: edns(),
        ..reply(names[0], RecordType::A)
    }
}

/// A root server's referral to com: 13 servers, with an address of either kind for each.
fn referral() -> DnsPacket {
    let servers: Vec<String> = ('a'..='m')
        .map(|letter| format!("{letter}.gtld-servers.net"))
        .collect();
    let ns = |server: &String| record("com", 172_800, Rdata::Ns(name(server)));
    let mut referral = DnsPacket {
        authorities: servers.iter().map(ns).collect(),
        edns: edns(),
        ..reply("www.example.com", RecordType::A)
    };
    for (host, server) in (1..).zip(&servers) {
        referral
            .additionals
            .extend([a(server, host), aaaa(server, host)]);
    }
    referral.header.ra = false;
    referral
}

/// A typical referral: two servers in the zone itself, with their addresses.
fn short_referral() -> DnsPacket {
    let servers = ["ns1.example.com", "ns2.example.com"];
    let ns = |server: &str| record("example.com", 172_800, Rdata::Ns(name(server)));
    let mut referral = DnsPacket {
        authorities: servers.map(ns).into(),
        edns: edns(),
        ..reply("www.example.com", RecordType::A)
    };
    for (host, server) in (1..).zip(servers) {
        referral
            .additionals
            .extend([a(server, host), aaaa(server, host)]);
    }
    referral.header.ra = false;
    referral
}

/// The same referral from a signed zone: with the digest of the child's key (DS), and its signature
/// (RRSIG).
fn signed_referral() -> DnsPacket {
    let mut referral = short_referral();
    let ds = Ds {
        key_tag: 60_485,
        algorithm: 13,
        digest_type: 2,
        digest: (0..32).collect(),
    };
    let signature = Rrsig {
        type_covered: RecordType::DS,
        algorithm: 13,
        labels: 2,
        original_ttl: 86_400,
        expiration: 1_796_000_000,
        inception: 1_795_000_000,
        key_tag: 20_326,
        signer: name("com"),
        signature: (0..64).collect(),
    };
    referral.authorities.extend([
        record("example.com", 86_400, Rdata::Ds(Box::new(ds))),
        record("example.com", 86_400, Rdata::Rrsig(Box::new(signature))),
    ]);
    if let Some(edns) = &mut referral.edns {
        edns.do_bit = true;
    }
    referral
}

/// The name of an IPv6 address: 34 labels.
fn reverse() -> DnsPacket {
    let address = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    DnsPacket {
        answers: vec![record(address, 3600, Rdata::Ptr(name("www.example.com")))],
        edns: edns(),
        ..reply(address, RecordType::PTR)
    }
}

fn mail() -> DnsPacket {
    let hosts = [
        "mx1.mail.example.com",
        "mx2.mail.example.com",
        "backup.example.net",
        "mx.example.org",
    ];
    let mut packet = reply("example.com", RecordType::MX);
    for (host, exchange) in (1..).zip(hosts) {
        let mx = Mx {
            preference: u16::from(host) * 10,
            exchange: name(exchange),
        };
        packet
            .answers
            .push(record("example.com", 3600, Rdata::Mx(mx)));
        packet
            .additionals
            .extend([a(exchange, host), aaaa(exchange, host)]);
    }
    packet.edns = edns();
    packet
}

/// Six strings, like those by which a domain's owner proves control to many services, and a key of
/// two full strings.
fn text() -> DnsPacket {
    let proofs = [
        "v spf1 include:_spf.example.com include:_netblocks.example.net ip4:192.0.2.0/24 -all"
            .to_owned(),
    ];
    let tokens = (0..5).map(|service| {
        format!(
            "service-{service}-verification:{}",
            "0f1e2d3c4b5a6978".repeat(3)
        )
    });
    let key = vec!["k".repeat(255), "y".repeat(180)];
    let all = proofs
        .into_iter()
        .chain(tokens)
        .map(|string| vec![string])
        .chain([key]);
    let txt = |strings: Vec<String>| Rdata::Txt(Txt::new(strings).expect("short strings"));
    DnsPacket {
        answers: all
            .map(|strings| record("example.com", 300, txt(strings)))
            .collect(),
        edns: edns(),
        ..reply("example.com", RecordType::TXT)
    }
}

fn negative() -> DnsPacket {
    let soa = Soa {
        mname: name("ns1.example.com"),
        rname: name("hostmaster.example.com"),
        serial: 2026010101,
        refresh: 7200,
        retry: 3600,
        expire: 1_209_600,
        minimum: 3600,
    };
    let mut packet = reply("nosuch.example.com", RecordType::A);
    packet.header.rcode = Rcode::NXDOMAIN;
    packet.authorities = vec![record("example.com", 3600, Rdata::Soa(Box::new(soa)))];
    packet.edns = edns();
    packet
}

/// Two records: the service itself, and an alternative.
fn https() -> DnsPacket {
    let here = hex(concat!(
        "0001 00",                                    // priority 1, target: the owner
        "0001 0006 02 6832 02 6833",                  // alpn: h2, h3
        "0004 0008 c0000201 c0000202",                // ipv4hint: 192.0.2.1, 192.0.2.2
        "0006 0010 20010db8000000000000000000000001", // ipv6hint: 2001:db8::1
    ));
    let there = hex(concat!(
        "0002 03 737663 07 6578616d706c65 03 6e6574 00", // priority 2, target: svc.example.net
        "0001 0003 02 6832",                             // alpn: h2
        "0003 0002 20fb",                                // port: 8443
    ));
    services(&[here, there])
}

/// A service whose clients may encrypt the name that they connect to (Encrypted ClientHello).
fn https_with_ech() -> DnsPacket {
    let config: String = (0..68).map(|octet| format!("{octet:02x}")).collect();
    let service = hex(&format!(
        "0001 00 {} {} {config} {}",
        "0001 0006 02 6832 02 6833 0004 0008 c0000201 c0000202", // alpn, ipv4hint
        "0005 0048 0046 fe0d",                                   // ech: a list of 70 octets
        "0006 0010 20010db8000000000000000000000001",            // ipv6hint
    ));
    services(&[service])
}

fn services(rdata: &[Vec<u8>]) -> DnsPacket {
    let service = |octets: &Vec<u8>| {
        let rdata = parse::rdata_octets(RecordType::HTTPS, Class::IN, octets);
        record("www.example.com", 300, rdata)
    };
    DnsPacket {
        answers: rdata.iter().map(service).collect(),
        edns: edns(),
        ..reply("www.example.com", RecordType::HTTPS)
    }
}

/// Twenty hosts, each with an address of either kind and a mail exchange.
fn sixty() -> DnsPacket {
    let mut packet = reply("hosts.example.org", RecordType::ANY);
    for host in 1..=20 {
        let owner = format!("host-{host:02}.hosts.example.org");
        let mx = Mx {
            preference: 10,
            exchange: name(&format!("mx-{}.mail.example.org", host % 3)),
        };
        packet.answers.extend([
            a(&owner, host),
            aaaa(&owner, host),
            record(&owner, 3600, Rdata::Mx(mx)),
        ]);
    }
    packet
}

fn reply(qname: &str, qtype: RecordType) -> DnsPacket {
    let mut packet = DnsPacket::query(0x1c8b, name(qname), qtype);
    packet.header.qr = true;
    packet.header.rd = true;
    packet.header.ra = true;
    packet
}

fn edns() -> Option<Edns> {
    Some(Edns {
        udp_size: 1232,
        ..Edns::default()
    })
}

fn record(owner: &str, ttl: u32, rdata: Rdata) -> Record {
    Record::new(name(owner), ttl, rdata)
}

fn a(owner: &str, host: u8) -> Record {
    record(owner, 300, Rdata::A(Ipv4Addr::new(192, 0, 2, host)))
}

fn aaaa(owner: &str, host: u8) -> Record {
    record(
        owner,
        300,
        Rdata::Aaaa(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, host.into())),
    )
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    let pair = |pair: &[u8]| {
        u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex")
    };
    digits.chunks(2).map(pair).collect()
}
