//! Tests of lesson 3: a reply is shown in dig's form.
#![cfg(test)]

use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, EdnsOption, Header, Opcode, Rcode, Record, RecordType, Zone};
use lab::{Lab, RESOLVER, no_reply, repeat, replies};
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
    let timed = timed_exchange(lab, RESOLVER, &query, Via::Udp, RetryPolicy::default()).await;
    timed.unwrap_or_else(|error| panic!("{name} {rtype}: timed_exchange returns an error: {error}"))
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
        authorities: records("a. 1 IN NS a.\na. 1 IN NS b.\na. 1 IN NS c."),
        additionals: records(
            "b. 1 IN A 192.0.2.1\nb. 1 IN A 192.0.2.2\nb. 1 IN A 192.0.2.3\nb. 1 IN A 192.0.2.4",
        ),
        ..DnsPacket::query(0, "a".parse().unwrap(), RecordType::A)
    };
    insta::assert_snapshot!(header(&packet), @r"
    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4711
    ;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 3, ADDITIONAL: 4
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
        additionals: records("b. 1 IN A 192.0.2.1"),
        ..DnsPacket::default()
    };
    insta::assert_snapshot!(header(&packet), @r"
    ;; ->>HEADER<<- opcode: QUERY, status: BADVERS, id: 0
    ;; flags:; QUERY: 0, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 2
    ");
}

/// Reserved flags have no name.
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
    let reserved = Header { z: true, ..all };
    let two = Header {
        aa: true,
        cd: true,
        ..Header::default()
    };
    let lines = [
        ("all flags", all),
        ("all flags, and the reserved one", reserved),
        ("aa and cd", two),
        ("no flag", Header::default()),
    ]
    .map(|(case, header)| format!("{case}: '{}'\n", flags(&header)));
    insta::assert_snapshot!(lines.concat(), @r"
    all flags: ' qr aa tc rd ra ad cd'
    all flags, and the reserved one: ' qr aa tc rd ra ad cd'
    aa and cd: ' aa cd'
    no flag: ''
    ");
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
    let newer = Edns {
        version: 1,
        udp_size: 65_535,
        ..Edns::default()
    };
    insta::assert_snapshot!(edns(&newer), @r"
    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 1, flags:; udp: 65535
    ");
}

/// No field is cut off.
#[test]
fn records_are_in_columns() {
    let records = records(
        "yahoo.com. 1800 IN MX 1 mta7.am0.yahoodns.net.\n\
         a-name-too-long-for-its-column.example. 86400 IN CNAME b.\n\
         . 518400 IN NS a.root-servers.net.\n\
         version.bind. 0 CH TXT \"secret\"\n\
         a. 2147483647 CLASS65280 TYPE65281 \\# 2 abcd",
    );
    let lines: Vec<_> = records.iter().map(line).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_empty_section_is_not_shown() {
    let shown = |title, records: &[Record]| {
        let text = section(title, records).unwrap_or_else(|| "(nothing)".to_owned());
        format!("{title}, records: {}\n{text}\n", records.len())
    };
    let empty = shown("ANSWER", &[]);
    let one = shown("ANSWER", &records("a. 1 IN A 192.0.2.1"));
    let two = shown("AUTHORITY", &records("b. 2 IN NS d.\nb. 2 IN NS c."));
    insta::assert_snapshot!([empty, one, two].concat(), @r"
    ANSWER, records: 0
    (nothing)
    ANSWER, records: 1
    ;; ANSWER SECTION:
    a.                      1       IN      A       192.0.2.1
    AUTHORITY, records: 2
    ;; AUTHORITY SECTION:
    b.                      2       IN      NS      d.
    b.                      2       IN      NS      c.
    ");
}

#[tokio::test(start_paused = true)]
async fn the_time_includes_all_tries() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [no_reply(), replies().after_ms(30)]);
    let timed = query_in(&lab, "yahoo.com", RecordType::A).await;
    assert_eq!(
        format!("{} ms, from {}", timed.elapsed.as_millis(), timed.server),
        "2030 ms, from 192.0.2.53:53",
        "the first try times out after 2 s, the second has its reply after 30 ms"
    );
}

/// Server, transport and policy are the caller's choice.
#[tokio::test(start_paused = true)]
async fn the_exchange_is_the_one_that_was_asked_for() {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [repeat(no_reply())]);
    let root = lab.server("a.root-servers.net").unwrap();
    let policy = RetryPolicy {
        timeout: Duration::from_millis(100),
        tries: 2,
        ..RetryPolicy::default()
    };
    let query = DnsPacket::query(4_711, "yahoo.com".parse().unwrap(), RecordType::A);
    let mut lines = String::new();
    for (server, via) in [(RESOLVER, Via::Udp), (RESOLVER, Via::Tcp), (root, Via::Udp)] {
        let result = match timed_exchange(&lab, server, &query, via, policy).await {
            Ok(timed) => format!(
                "reply from {} over {}, {} ms",
                timed.server,
                timed.reply.via,
                timed.elapsed.as_millis()
            ),
            Err(error) => format!("error: {error}"),
        };
        lines.push_str(&format!("{server} over {via}: {result}\n"));
    }
    insta::assert_snapshot!(lines, @r"
    192.0.2.53:53 over UDP: error: no reply from 192.0.2.53:53 over UDP: tried 2 times, 100ms each
    192.0.2.53:53 over TCP: reply from 192.0.2.53:53 over TCP, 20 ms
    198.41.0.4:53 over UDP: reply from 198.41.0.4:53 over UDP, 10 ms
    ");
}

/// The time is in whole milliseconds, rounded down.
#[test]
fn the_statistics_count_the_octets_received() {
    let shown = |server: &str, via, length, elapsed| {
        let reply = Reply {
            packet: DnsPacket::default(),
            octets: vec![0; length],
            via,
            trailing: 0,
        };
        let server: SocketAddr = server.parse().unwrap();
        statistics(&TimedReply {
            reply,
            server,
            elapsed,
        })
    };
    let short = Duration::from_micros(12_900);
    insta::assert_snapshot!(shown("[2001:db8::53]:5353", Via::Tcp, 300, short), @r"
    ;; Query time: 12 msec
    ;; SERVER: 2001:db8::53#5353 (TCP)
    ;; MSG SIZE  rcvd: 300
    ");
    let long = Duration::from_millis(4_003);
    insta::assert_snapshot!(shown("192.0.2.53:53", Via::Udp, 65_535, long), @r"
    ;; Query time: 4003 msec
    ;; SERVER: 192.0.2.53#53 (UDP)
    ;; MSG SIZE  rcvd: 65535
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
        additionals: records("a. 1 IN A 192.0.2.1"),
        ..DnsPacket::default()
    };
    assert_eq!(
        format!("<{}>", short(&packet)),
        "<1 mta7.am0.yahoodns.net.\n\"two\" \"strings\">",
        "an MX and a TXT record as the answer, between < and >"
    );
    assert_eq!(
        format!("<{}>", short(&DnsPacket::default())),
        "<>",
        "no answer, between < and >"
    );
}
