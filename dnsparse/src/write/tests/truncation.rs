//! A message over its limit loses whole RRsets, never octets.

use super::*;

#[test]
fn rrsets_that_do_not_fit_are_left_out_as_a_whole() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::A);
    packet.edns = Some(Edns {
        udp_size: 1232,
        ..Edns::default()
    });
    packet.answers = vec![address("example.com"); 3];
    packet.answers.extend(vec![address("b.example.com"); 40]);
    let whole = packet.write().unwrap();
    for limit in 40..whole.len() {
        let octets = packet.write_within(limit).unwrap();
        assert!(octets.len() <= limit);
        let short = DnsPacket::parse(&octets).unwrap();
        assert!(short.header.tc && short.edns.is_some(), "at {limit}");
        assert!(
            [0, 3].contains(&short.answers.len()),
            "{} answers at {limit}",
            short.answers.len()
        );
    }
    assert_eq!(packet.write_within(whole.len()).unwrap(), whole);
    assert!(matches!(
        packet.write_within(39),
        Err(WriteError::MessageTooLong { .. })
    ));
}

#[test]
fn an_rrset_is_not_separated_from_its_signatures() {
    let record = |text: &str| text.parse::<Record>().unwrap();
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::ANY);
    packet.answers = vec![
        record("example.com 1 A 192.0.2.1"),
        record("example.com 1 A 192.0.2.2"),
        record("example.com 1 RRSIG A 13 2 1 0 0 1 example.com AAAA"),
        record("example.com 1 RRSIG A 13 2 1 0 0 2 example.com AAAA"),
        record("example.com 1 TXT x"),
        record("example.com 1 RRSIG TXT 13 2 1 0 0 1 example.com AAAA"),
    ];
    let whole = packet.write().unwrap().len();
    let written = |limit| DnsPacket::parse(&packet.write_within(limit).unwrap()).unwrap();
    let counts: Vec<usize> = (40..=whole)
        .map(|limit| written(limit).answers.len())
        .collect();
    assert!(counts.is_sorted());
    assert_eq!(counts.iter().find(|count| ![0, 4, 6].contains(count)), None);
    assert_eq!(
        (
            counts[0],
            counts[counts.len() - 2],
            counts[counts.len() - 1]
        ),
        (0, 4, 6)
    );
}

#[test]
fn tc_is_set_for_glue_and_not_for_other_additional_records() {
    let mut packet = DnsPacket::query(0, name("www.example.com"), RecordType::A);
    packet.answers = vec![address("www.example.com")];
    packet.additionals = vec![address("ns.example.com"); 40];
    let short = DnsPacket::parse(&packet.write_within(512).unwrap()).unwrap();
    assert!(!short.header.tc && short.answers.len() == 1 && short.additionals.is_empty());

    packet.answers.clear();
    packet.authorities = vec![Record::new(
        name("example.com"),
        300,
        Rdata::Ns(name("ns.example.com")),
    )];
    let short = DnsPacket::parse(&packet.write_within(512).unwrap()).unwrap();
    assert!(short.header.tc && short.authorities.len() == 1);

    // The same servers for another zone: their addresses can be looked up.
    packet.authorities = vec![Record::new(
        name("example"),
        300,
        Rdata::Ns(name("ns.example.com")),
    )];
    let short = DnsPacket::parse(&packet.write_within(512).unwrap()).unwrap();
    assert!(!short.header.tc && short.authorities.len() == 1);
}

#[test]
fn errors_carry_the_numbers_that_are_too_large() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::TXT);
    let txt = Rdata::Txt(Txt::new(vec![[b'x'; 255]; 256]).unwrap());
    packet.answers = vec![Record::new(Name::ROOT, 0, txt)];
    assert_eq!(
        packet.write(),
        Err(WriteError::TooLong {
            what: "RDATA",
            length: 65_536
        })
    );
    let txt = Rdata::Txt(Txt::new(vec![[b'x'; 255]; 255]).unwrap());
    packet.answers = vec![Record::new(Name::ROOT, 0, txt); 2];
    assert_eq!(
        packet.write(),
        Err(WriteError::MessageTooLong { limit: MAX_MESSAGE })
    );
}

#[test]
fn a_limit_below_header_question_and_edns_is_refused() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::A);
    packet.edns = Some(Edns::default());
    let refused = |packet: &DnsPacket, limits: std::ops::Range<usize>| {
        limits
            .into_iter()
            .all(|limit| packet.write_within(limit) == Err(WriteError::MessageTooLong { limit }))
    };
    assert!(refused(&packet, 0..12 + 7 + 11));
    assert_eq!(packet.write_within(30).unwrap().len(), 30);
    assert!(refused(&DnsPacket::default(), 0..12));
    assert_eq!(DnsPacket::default().write_within(12).unwrap().len(), 12);
}
