//! Names are compressed where RFC 1035 and RFC 3597 let them, in linear time.

use super::*;

#[test]
fn a_repeated_tail_becomes_a_pointer() {
    let mut packet = DnsPacket::query(0, name("www.example.com"), RecordType::MX);
    let mx = Mx {
        preference: 10,
        exchange: name("mail.example.com"),
    };
    packet.answers = vec![
        Record::new(name("example.com"), 300, Rdata::Mx(mx)),
        address("com"),
    ];
    let octets = packet.write().unwrap();
    let tail = hex::encode(&octets[33..]);
    assert_eq!(
        tail,
        concat!(
            "c010",
            "000f0001",
            "0000012c",
            "0009",
            "000a046d61696cc010", // www is at 12, example at 16
            "c018",
            "00010001",
            "0000012c",
            "0004",
            "c0000201", // com is at 24
        )
    );
}

#[test]
fn a_name_in_another_case_is_not_compressed() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::A);
    packet.answers = vec![address("EXAMPLE.com")];
    let again = DnsPacket::parse(&packet.write().unwrap()).unwrap();
    assert_eq!(again.answers[0].owner.to_string(), "EXAMPLE.com.");
}

/// Two tails that begin with the same label but go on differently are different tails.
#[test]
fn equal_labels_with_different_tails_are_not_confused() {
    let mut packet = DnsPacket::query(0, name("a.b.c"), RecordType::A);
    packet.answers = ["a.c", "a.b", "b.b.c", "a.a.b.c", "c", "a"]
        .map(address)
        .into();
    assert_eq!(DnsPacket::parse(&packet.write().unwrap()), Ok(packet));
}

#[test]
fn no_pointer_leads_beyond_14_bits() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::A);
    let filler = Rdata::Txt(Txt::new(vec![[b'x'; 255]; 70]).unwrap());
    packet.answers = vec![
        Record::new(Name::ROOT, 0, filler),
        address("far.away"),
        address("far.away"),
    ];
    let octets = packet.write().unwrap();
    assert_eq!(DnsPacket::parse(&octets), Ok(packet));
    assert_eq!(octets.windows(4).filter(|w| w == b"\x03far").count(), 2);
}

#[test]
fn names_in_later_types_are_not_compressed() {
    let mut packet = DnsPacket::query(0, name("example.com"), RecordType::DNAME);
    packet.answers = vec![Record::new(
        name("example.com"),
        0,
        Rdata::Dname(name("example.com")),
    )];
    let octets = packet.write().unwrap();
    assert!(octets.ends_with(b"\x07example\x03com\x00"));
}

#[test]
fn thousands_of_names_compress_in_linear_time() {
    let mut packet = DnsPacket::default();
    let soa = Soa {
        mname: name("m.x"),
        rname: name("r.x"),
        serial: 1,
        refresh: 2,
        retry: 3,
        expire: 4,
        minimum: 5,
    };
    packet.answers = vec![Record::new(name("x"), 0, Rdata::Soa(Box::new(soa)))];
    packet
        .answers
        .extend((0..3_000).map(|i| address(&format!("h{i}.some.where.x"))));
    assert_eq!(DnsPacket::parse(&packet.write().unwrap()), Ok(packet));
}

/// The pointer leads to the labels, not to the second owner, which is a pointer itself: some
/// parsers follow only one.
#[test]
fn a_repeated_owner_points_to_its_labels() {
    let mut packet = DnsPacket::query(0, name("www.example.com"), RecordType::A);
    packet.answers = vec![address("example.com"); 3];
    let octets = packet.write().unwrap();
    let records: Vec<_> = octets[33..].chunks(16).map(|record| &record[..2]).collect();
    assert_eq!(records, [b"\xc0\x10"; 3]);
}

#[test]
fn each_of_seven_hundred_names_is_written_once() {
    let mut packet = DnsPacket::query(0, Name::ROOT, RecordType::A);
    // Each is looked up after another owner, in the full table.
    packet.answers = (0..700).map(|host| address(&format!("h{host}"))).collect();
    packet.answers.extend(packet.answers.clone());
    let (start, labels, fields) = (
        17,
        (0..700)
            .map(|host| format!("h{host}").len() + 2)
            .sum::<usize>(),
        14,
    );
    assert_eq!(
        packet.write().unwrap().len(),
        start + labels + 700 * 2 + 1_400 * fields
    );
}
