//! Special-use names and locally served zones.

use chase::LocalNames;
use dnsparse::{Class, DnsPacket, Question, RecordType};
use rdns::SpecialNames;
use referral::Answer;

use crate::world::text_of;

/// Returns the reply of [`SpecialNames`]; none if the name is to be looked up.
fn local_reply(delegated: &[&str], qname: &str, qtype: RecordType) -> Option<String> {
    let mut reply = DnsPacket::default();
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    };
    let is_special = SpecialNames::new(delegated).answer(&question, &mut reply);
    is_special.then(|| text_of(&reply))
}

#[test]
fn a_delegated_zone_is_no_special_use_name() {
    for (delegated, is_special) in [(&[][..], true), (&["test."], false)] {
        let reply = local_reply(delegated, "www.test", RecordType::A);
        let delegated = delegated.first().unwrap_or(&"no zone");
        assert_eq!(
            reply.is_some(),
            is_special,
            "whether www.test is answered locally, with {delegated} delegated"
        );
    }
}

/// The first and the last address of each network whose reverse zone is served locally. See IANA's
/// registry "Locally-Served DNS Zones" (RFC 6303, RFC 7793), and RFC 9637.
const LOCAL_ADDRESSES: [(&str, &str); 21] = [
    ("0.0.0.0", "0.255.255.255"),
    ("10.0.0.0", "10.255.255.255"),
    ("100.64.0.0", "100.127.255.255"),
    ("127.0.0.0", "127.255.255.255"),
    ("169.254.0.0", "169.254.255.255"),
    ("172.16.0.0", "172.31.255.255"),
    ("192.0.2.0", "192.0.2.255"),
    ("192.168.0.0", "192.168.255.255"),
    ("198.51.100.0", "198.51.100.255"),
    ("203.0.113.0", "203.0.113.255"),
    ("255.255.255.255", "255.255.255.255"),
    ("::", "::1"),
    ("fd00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("100.100.100.100", "100.99.0.1"),
    ("172.20.0.1", "172.29.0.1"),
    ("10.1.2.3", "192.168.1.1"),
    ("fe90::1", "fea0::1"),
    ("fd12:3456::1", "fdab::1"),
];

/// Addresses right before and after these networks, and public ones between them.
const PUBLIC_ADDRESSES: [&str; 26] = [
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.255",
    "192.0.3.0",
    "192.0.0.170",
    "192.167.255.255",
    "192.169.0.0",
    "198.51.99.255",
    "203.0.114.0",
    "255.255.255.254",
    "::2",
    "fcff::1",
    "fe7f::1",
    "fec0::1",
    "2001:db7::1",
    "2001:db9::1",
    "3fff:1000::1",
];

fn reverse_name(address: &str) -> String {
    query::reverse_name(address.parse().unwrap()).to_string()
}

#[test]
fn names_of_local_addresses_are_answered_here() {
    for address in LOCAL_ADDRESSES
        .iter()
        .flat_map(|(first, last)| [first, last])
    {
        let reply = local_reply(&[], &reverse_name(address), RecordType::PTR);
        let reply = reply.unwrap_or_else(|| panic!("{address} is looked up"));
        let is_this_machine = ["::1"].contains(address);
        let is_denied = reply.starts_with("NXDOMAIN\nauthority: ")
            || ["::", "255.255.255.255"].contains(address)
                && reply.starts_with("NOERROR\nauthority: ");
        assert!(is_this_machine || is_denied, "{address}: {reply}");
    }
}

#[test]
fn names_of_public_addresses_are_looked_up() {
    for address in PUBLIC_ADDRESSES {
        let reply = local_reply(&[], &reverse_name(address), RecordType::PTR);
        assert_eq!(reply, None, "{address}");
    }
    // The zones above have other zones, too.
    for qname in [
        "arpa",
        "in-addr.arpa",
        "192.in-addr.arpa",
        "172.in-addr.arpa",
        "100.in-addr.arpa",
        "0.192.in-addr.arpa",
        "ip6.arpa",
        "f.ip6.arpa",
        "e.f.ip6.arpa",
        "0.ip6.arpa",
        "as112.arpa",
        "hostname.as112.arpa",
        ".",
    ] {
        let reply = local_reply(&[], qname, RecordType::NS);
        assert_eq!(reply, None, "{qname} NS should be looked up");
    }
    // These special-use names have no special meaning for a resolver (RFC 6761 section 6.5, RFC
    // 9476, RFC 8880).
    for qname in [
        "www.example",
        "www.example.com",
        "gnu.alt",
        "ipv4only.arpa",
        "test.com",
        "mylocal",
    ] {
        let reply = local_reply(&[], qname, RecordType::A);
        assert_eq!(reply, None, "{qname} A should be looked up");
    }
}

/// RFC 6303 section 3.
#[test]
fn a_locally_served_zone_has_soa_and_ns_records() {
    for (zone, qtype) in [
        ("10.in-addr.arpa.", RecordType::SOA),
        ("127.100.in-addr.arpa.", RecordType::SOA),
        ("home.arpa.", RecordType::SOA),
    ] {
        assert_eq!(
            local_reply(&[], zone, qtype).as_deref(),
            Some(
                format!(
                    "NOERROR\n{zone} 10800 IN SOA {zone} nobody.invalid. 1 3600 1200 604800 10800"
                )
                .as_str()
            )
        );
        assert_eq!(
            local_reply(&[], zone, RecordType::NS).as_deref(),
            Some(format!("NOERROR\n{zone} 10800 IN NS {zone}").as_str())
        );
    }
}

/// The names in IANA's registries that are not reverse zones; see `special_names.rs` for the RFCs.
#[test]
fn special_use_names_have_the_replies_of_their_rfcs() {
    for (qname, qtype, rcode) in [
        ("www.invalid", RecordType::A, "NXDOMAIN"),
        ("WWW.Invalid", RecordType::TXT, "NXDOMAIN"),
        ("www.test", RecordType::AAAA, "NXDOMAIN"),
        ("printer.local", RecordType::A, "NXDOMAIN"),
        ("x.onion", RecordType::A, "NXDOMAIN"),
        ("x.localhost", RecordType::TXT, "NOERROR"),
        ("router.home.arpa", RecordType::A, "NXDOMAIN"),
        ("a.b.empty.as112.arpa", RecordType::PTR, "NXDOMAIN"),
        ("default.service.arpa", RecordType::PTR, "NXDOMAIN"),
        ("_dns.resolver.arpa", RecordType::SVCB, "NOERROR"),
        ("_dns.resolver.arpa", RecordType::A, "NOERROR"),
        ("a.b.resolver.arpa", RecordType::TXT, "NOERROR"),
        ("resolver.arpa", RecordType(261), "NOERROR"),
    ] {
        let reply = local_reply(&[], qname, qtype);
        let reply = reply.unwrap_or_else(|| panic!("{qname} is looked up"));
        let lines: Vec<_> = reply.lines().collect();
        assert!(
            lines.len() == 2 && lines[0] == rcode && lines[1].contains(" IN SOA "),
            "{qname} {qtype}: {reply}"
        );
    }
}

/// The parent zone has the DS records (RFC 4035 section 3.1.4.1). `localhost` has no parent zone.
#[test]
fn ds_records_of_locally_served_zones_are_looked_up() {
    for (qname, is_special) in [
        ("10.in-addr.arpa", false),
        ("64.100.in-addr.arpa", false),
        ("d.f.ip6.arpa", false),
        ("home.arpa", false),
        ("1.10.in-addr.arpa", true),
        ("localhost", true),
        ("invalid", true),
    ] {
        let reply = local_reply(&[], qname, RecordType::DS);
        let reply = reply.as_deref().unwrap_or("looked up");
        assert_eq!(reply != "looked up", is_special, "{qname} DS: {reply}");
    }
}

/// A search gets the answers for the target of an alias, and for the name of a server, in this way.
#[test]
fn a_search_gets_local_answers_too() {
    let names = SpecialNames::new(&[]);
    let mut lines = String::new();
    for (qname, qtype) in [
        ("x.localhost", RecordType::A),
        ("x.localhost", RecordType::TXT),
        ("www.invalid", RecordType::A),
        ("www.example", RecordType::A),
    ] {
        let question = Question {
            qname: qname.parse().unwrap(),
            qtype,
            qclass: Class::IN,
        };
        let (kind, records) = match LocalNames::answer(&names, &question) {
            Some(Answer::Positive(records)) => ("an answer:", records),
            Some(Answer::NoData(negative)) => ("NODATA:", Vec::from_iter(negative.soa)),
            Some(Answer::NxDomain(negative)) => ("NXDOMAIN:", Vec::from_iter(negative.soa)),
            Some(_) => ("another answer:", Vec::new()),
            None => ("is looked up", Vec::new()),
        };
        let records = records.iter().map(|record| format!(" {record}"));
        lines += &format!("{qname} {qtype} {kind}{}\n", records.collect::<String>());
    }
    insta::assert_snapshot!(lines.replace('\t', " "), @r"
    x.localhost A an answer: x.localhost. 10800 IN A 127.0.0.1
    x.localhost TXT NODATA: localhost. 10800 IN SOA localhost. nobody.invalid. 1 3600 1200 604800 10800
    www.invalid A NXDOMAIN: invalid. 10800 IN SOA invalid. nobody.invalid. 1 3600 1200 604800 10800
    www.example A is looked up
    ");
}
