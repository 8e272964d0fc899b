//! Tests of lesson 3: a reply is shown in dig's form.
#![cfg(test)]

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, EdnsOption, Header, Opcode, Rcode, Record, RecordType, Zone};
use lab::{Lab, RESOLVER, replies};
use network::Via;
use show::{
    TimedReply, edns, flags, header, line, section, short, show, statistics, timed_exchange,
};
use transport::{Reply, RetryPolicy};

/// Queries the mini-Internet's resolver.
async fn query(name: &str, rtype: RecordType) -> TimedReply {
    query_in(&Lab::internet(), name, rtype).await
}

async fn query_in(lab: &Lab, name: &str, rtype: RecordType) -> TimedReply {
    let mut query = DnsPacket::query(4_711, name.parse().unwrap(), rtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    timed_exchange(lab, RESOLVER, &query, Via::Udp, RetryPolicy::default())
        .await
        .unwrap()
}

/// Parses records, as in a zone file.
fn records(text: &str) -> Vec<Record> {
    Zone::parse(text, &dnsparse::Name::ROOT).unwrap().records
}

#[tokio::test(start_paused = true)]
async fn a_whole_reply() {
    insta::assert_snapshot!(show(&query("www.wikipedia.org", RecordType::A).await));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_does_not_exist() {
    insta::assert_snapshot!(show(&query("nosuch.example.com", RecordType::A).await));
}

#[test]
fn the_header_has_two_lines() {
    let packet = DnsPacket {
        header: Header {
            id: 4_711,
            qr: true,
            rd: true,
            ra: true,
            ..Header::default()
        },
        answers: records("a. 1 IN A 192.0.2.1\na. 1 IN A 192.0.2.2"),
        ..DnsPacket::query(0, "a".parse().unwrap(), RecordType::A)
    };
    insta::assert_snapshot!(header(&packet), @r"
    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
    ;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0
    ");
}

#[test]
fn numbers_without_a_mnemonic_are_shown_as_numbers() {
    let header_only = Header {
        qr: true,
        opcode: Opcode(3),
        rcode: Rcode(12),
        ..Header::default()
    };
    let packet = DnsPacket {
        header: header_only,
        ..DnsPacket::default()
    };
    insta::assert_snapshot!(header(&packet), @r"
    ;; ->>HEADER<<- opcode: OPCODE3, status: RCODE12, id: 0
    ;; flags: qr; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0
    ");
}

#[test]
fn edns_is_counted_as_an_additional_record_and_extends_the_status() {
    let packet = DnsPacket {
        edns: Some(Edns {
            extended_rcode: 1,
            ..Edns::default()
        }),
        ..DnsPacket::default()
    };
    insta::assert_snapshot!(header(&packet), @r"
    ;; ->>HEADER<<- opcode: QUERY, status: BADVERS, id: 0
    ;; flags:; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1
    ");
}

#[test]
fn flags_are_in_the_order_of_the_wire() {
    let all = Header {
        qr: true,
        aa: true,
        tc: true,
        rd: true,
        ra: true,
        ad: true,
        cd: true,
        ..Header::default()
    };
    assert_eq!(flags(&all), " qr aa tc rd ra ad cd");
    assert_eq!(
        flags(&Header {
            aa: true,
            cd: true,
            ..Header::default()
        }),
        " aa cd"
    );
    assert_eq!(flags(&Header::default()), "");
}

#[test]
fn the_reserved_flag_of_the_header_is_shown() {
    let reserved = Header {
        qr: true,
        cd: true,
        z: true,
        ..Header::default()
    };
    let packet = DnsPacket {
        header: reserved,
        ..DnsPacket::default()
    };
    insta::assert_snapshot!(header(&packet), @r"
    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 0
    ;; flags: qr cd; MBZ: 0x4; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0
    ");
}

#[test]
fn reserved_flags_of_edns_are_shown() {
    let reserved = Edns {
        udp_size: 1_232,
        z: 0x41,
        ..Edns::default()
    };
    insta::assert_snapshot!(edns(&reserved), @r"
    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 0, flags:; MBZ: 0x0041, udp: 1232
    ");
}

#[test]
fn edns_is_shown_as_a_section() {
    insta::assert_snapshot!(edns(&Edns { udp_size: 1_232, ..Edns::default() }), @r"
    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 0, flags:; udp: 1232
    ");
    let options = vec![
        EdnsOption::Nsid(b"lon".to_vec()),
        EdnsOption::Keepalive(Some(300)),
    ];
    insta::assert_snapshot!(edns(&Edns { udp_size: 512, do_bit: true, options, ..Edns::default() }), @r#"
    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 0, flags: do; udp: 512
    ; NSID: 6c 6f 6e ("lon")
    ; TCP KEEPALIVE: 30.0 secs
    "#);
}

#[test]
fn records_are_in_columns() {
    let records = records(
        "yahoo.com. 1800 IN MX 1 mta7.am0.yahoodns.net.\n\
         a-name-too-long-for-its-column.example. 86400 IN CNAME b.\n\
         . 518400 IN NS a.root-servers.net.",
    );
    let lines: Vec<_> = records.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_empty_section_is_not_shown() {
    assert_eq!(section("ANSWER", &[]), None);
    insta::assert_snapshot!(section("ANSWER", &records("a. 1 IN A 192.0.2.1")).unwrap(), @r"
    ;; ANSWER SECTION:
    a.                      1       IN      A       192.0.2.1
    ");
}

#[tokio::test(start_paused = true)]
async fn the_time_includes_all_tries() {
    let lab = Lab::internet();
    lab.script(
        RESOLVER,
        Via::Udp,
        [lab::no_reply(), replies().after_ms(30)],
    );
    let timed = query_in(&lab, "yahoo.com", RecordType::A).await;
    assert_eq!(timed.server, RESOLVER);
    assert_eq!(
        timed.elapsed.as_millis(),
        2_030,
        "a timeout of 2 s, then 30 ms"
    );
}

#[test]
fn the_statistics_count_the_octets_received() {
    let server: SocketAddr = "[2001:db8::53]:5353".parse().unwrap();
    let reply = Reply {
        packet: DnsPacket::default(),
        octets: vec![0; 300],
        via: Via::Tcp,
        trailing: 0,
    };
    let timed = TimedReply {
        reply,
        server,
        elapsed: Duration::from_micros(12_900),
    };
    insta::assert_snapshot!(statistics(&timed), @r"
    ;; Query time: 12 msec
    ;; SERVER: 2001:db8::53#5353 (TCP)
    ;; MSG SIZE  rcvd: 300
    ");
}

#[test]
fn short_has_the_rdata_alone() {
    let answers = records(
        "yahoo.com. 1800 IN MX 1 mta7.am0.yahoodns.net.\nyahoo.com. 1800 IN TXT \"two\" \"strings\"",
    );
    let packet = DnsPacket {
        answers,
        authorities: records("com. 1 IN NS a."),
        ..DnsPacket::default()
    };
    assert_eq!(
        short(&packet),
        "1 mta7.am0.yahoodns.net.\n\"two\" \"strings\""
    );
    assert_eq!(short(&DnsPacket::default()), "");
}
