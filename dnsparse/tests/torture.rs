//! Messages made to be slow: the time of the longest parse and of the largest write.
//!
//! The million messages take long and are run on their own, optimised; the figures are printed:
//!
//! ```text
//! cargo test --release -p dnsparse --test torture -- --include-ignored --nocapture --test-threads 1
//! ```
#![cfg(test)]

mod same;

use std::hint::black_box;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, EdnsOption, Name, Rdata, Record, RecordType, Zone, dissect};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use same::assert_comes_back;

/// The longest time that one parse may take in optimised code; times of other code mean little.
const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 2_000 } else { 5 });
/// Work that takes longer than this is tried again, since the machine may have been busy.
const SUSPECT: Duration = Duration::from_micros(200);

/// Parses, shows and writes any message. Returns the time that parsing took.
fn handle(message: &[u8]) -> Duration {
    let start = Instant::now();
    let parsed = black_box(DnsPacket::parse(message));
    let took = start.elapsed();
    match parsed {
        Ok(packet) => {
            for record in packet.records() {
                assert!(!record.to_string().is_empty());
            }
            if let Ok(written) = packet.write() {
                assert_comes_back(DnsPacket::parse(&written).unwrap(), &packet);
            }
        }
        Err(error) => assert!(error.octet <= message.len(), "{error}"),
    }
    took
}

/// Returns the time of the quickest of some tries; slower ones measure other work of the machine.
fn quickest<T>(mut work: impl FnMut() -> T) -> Duration {
    let tries = (0..10).map(|_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    });
    tries.min().unwrap()
}

/// Makes messages with records of every type, a few in each, and EDNS options.
fn valid_messages() -> Vec<Vec<u8>> {
    let zone = Zone::parse(include_str!("every.zone"), &Name::ROOT).unwrap();
    let options = [
        (3, "6c6f6e"),
        (8, "00011800c00002"),
        (10, "0102030405060708"),
        (15, "0012"),
    ];
    let option = |(code, octets)| EdnsOption::from_octets(code, &hex::decode(octets).unwrap());
    let options = options.map(option).into();
    let edns = Edns {
        udp_size: 1232,
        options,
        ..Edns::default()
    };
    let messages = zone.records.chunks(3).map(|records| {
        let mut packet = DnsPacket::query(7, records[0].owner.clone(), records[0].rtype());
        packet.answers = records.to_vec();
        packet.edns = Some(edns.clone());
        packet.write().unwrap()
    });
    messages.collect()
}

/// Makes a valid message with some octets changed, left out or inserted; or random octets after a
/// header.
fn mutated(rng: &mut StdRng, valid: &[Vec<u8>]) -> Vec<u8> {
    if rng.random_ratio(1, 8) {
        let counts = [0; 4].map(|_| [0, rng.random_range(0..4)]).concat();
        let tail = (0..rng.random_range(0..300)).map(|_| interesting(rng));
        return [0, 7, 0x80, 0]
            .into_iter()
            .chain(counts)
            .chain(tail.collect::<Vec<_>>())
            .collect();
    }
    let mut message = valid[rng.random_range(0..valid.len())].clone();
    for _ in 0..rng.random_range(1..6) {
        let place = rng.random_range(0..message.len());
        match rng.random_range(0..16) {
            0 => message.truncate(place.max(1)),
            1 => drop(message.splice(place..=place, [])),
            2 => message.insert(place, interesting(rng)),
            _ => message[place] = interesting(rng),
        }
        if message.is_empty() {
            break;
        }
    }
    message
}

/// Any octet, often one with a meaning in the place of lengths, pointers and types.
fn interesting(rng: &mut StdRng) -> u8 {
    match rng.random_range(0..6) {
        0 => 0xc0,
        1 => rng.random_range(0..64),
        2 => rng.random_range(0..4),
        3 => 41,
        _ => rng.random(),
    }
}

/// Returns the time of the longest parse of that many mutated messages.
fn handle_mutated(count: usize) -> Duration {
    let valid = valid_messages();
    let mut rng = StdRng::seed_from_u64(1035);
    let longest = (0..count).map(|_| {
        let message = mutated(&mut rng, &valid);
        match handle(&message) {
            took if took < SUSPECT => took,
            _ => quickest(|| DnsPacket::parse(&message)),
        }
    });
    longest.max().unwrap()
}

#[test]
fn ten_thousand_mutated_messages_are_handled_quickly() {
    assert!(handle_mutated(10_000) < LONGEST);
}

#[test]
#[ignore = "takes long; run it optimised"]
fn a_million_mutated_messages_are_handled_quickly() {
    let longest = handle_mutated(1_000_000);
    println!("a million mutated messages: the longest parse took {longest:?}");
    assert!(longest < LONGEST);
}

/// Makes a record in class IN with a TTL of 0; `owner` is a name in its wire form.
fn record(owner: &[u8], rtype: RecordType, rdata: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rdata.len()).unwrap().to_be_bytes();
    [
        owner,
        &rtype.0.to_be_bytes(),
        &[0, 1, 0, 0, 0, 0],
        &length,
        rdata,
    ]
    .concat()
}

/// The offset of the RDATA of the first record, whose owner is the root: records have 11 octets
/// before it.
const FIRST_RDATA: u16 = 12 + 11;

/// Makes a message with a first record of a private type, whose RDATA only pointers lead to, and as
/// many of another as fit.
fn filled(first: &[u8], other: &[u8]) -> Vec<u8> {
    filled_by_turns(first, &[other.to_vec()])
}

/// Does the same with several others in turn.
fn filled_by_turns(first: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let first = record(&[0], RecordType(0xff00), first);
    let turn = others.concat();
    let turns = (65_535 - 12 - first.len()) / turn.len();
    let answers = u16::try_from(1 + turns * others.len())
        .unwrap()
        .to_be_bytes();
    let head = [0, 7, 0x80, 0, 0, 0, answers[0], answers[1], 0, 0, 0, 0];
    [head.as_slice(), &first, &turn.repeat(turns)].concat()
}

fn pointer(target: u16) -> [u8; 2] {
    (0xc000 | target).to_be_bytes()
}

/// Makes a message of the shortest questions, and so with the most names. The first `links` are a
/// label of one octet and a pointer to the one before; the others, as many as fit, are a pointer to
/// the last of those.
fn questions(links: u16, length: usize) -> Vec<u8> {
    let place = |link: u16| 12 + 8 * link - u16::from(link > 0);
    let fields = [0, 1, 0, 1];
    let mut message = vec![0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    message.extend([&[1, b'a', 0][..], &fields].concat());
    for link in 1..links {
        message.extend([&[1, b'a'], &pointer(place(link - 1))[..], &fields].concat());
    }
    let other = [&pointer(place(links - 1))[..], &fields].concat();
    let count = (length - message.len()) / other.len();
    message.extend(other.repeat(count));
    let count = links + u16::try_from(count).unwrap();
    message[4..6].copy_from_slice(&count.to_be_bytes());
    message
}

/// A root, then the given number of pointers, each to the one before it.
fn chain(pointers: u16) -> Vec<u8> {
    let target = |place: u16| FIRST_RDATA + (2 * place).saturating_sub(1);
    let pointers = (0..pointers).flat_map(|place| pointer(target(place)));
    std::iter::once(0).chain(pointers).collect()
}

/// The same as [`chain`], with a label of one octet before each pointer.
fn labelled_chain(pointers: u16) -> Vec<u8> {
    let target = |place: u16| FIRST_RDATA + (4 * place).saturating_sub(3);
    let links = (0..pointers).flat_map(|place| [&[1, b'a'][..], &pointer(target(place))].concat());
    std::iter::once(0).chain(links).collect()
}

/// Lists the most expensive message for each kind of work in a parser, close to 65,535 octets.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let (ns, private) = (RecordType::NS, RecordType(0xff00));
    let first = pointer(FIRST_RDATA);
    let deepest = FIRST_RDATA + 1 + 2 * 14;
    let last_link = FIRST_RDATA + 1 + 4 * 14;
    // Two owners in turn: a record whose owner is the same pointer as in the record before costs
    // next to nothing.
    let by_turns =
        |places: [u16; 2]| places.map(|place| record(&pointer(place), ns, &pointer(place)));
    let label = [&[63][..], &[b'x'; 63]].concat();
    let long = [label.repeat(3).as_slice(), &[61], &[b'x'; 61], &[0]].concat();
    let labels = [[1, b'a'].repeat(127), vec![0]].concat();
    let keys = (1_000..14_000_u16).flat_map(|key| [key.to_be_bytes(), [0, 0]].concat());
    let svcb = [vec![0, 1, 0], keys.collect()].concat();
    let hip = [&[1, 2, 0, 1, 3, 4][..], &[0; 65_000]].concat();
    let windows = (0..=255).flat_map(|window| [&[window, 32][..], &[0xff; 32]].concat());
    let nsec = [vec![0], windows.collect()].concat();
    let over_all = (0..65_522 / 2).flat_map(|place| pointer((10 + 2 * place).clamp(12, 0x3fff)));
    let over_all = [
        vec![0, 7, 0x80, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0],
        over_all.collect(),
    ]
    .concat();
    vec![
        (
            "questions behind 16 pointers with labels between",
            questions(16, 65_535),
        ),
        (
            "questions behind 126 pointers with labels between, in 4,128 octets",
            questions(126, 4_128),
        ),
        (
            "pointers over 65,522 octets, each to the one before it",
            over_all,
        ),
        (
            "owners behind too many pointers",
            filled(&chain(8_000), &record(&pointer(16_000), ns, &first)),
        ),
        (
            "owners and servers behind 16 pointers",
            filled_by_turns(&chain(15), &by_turns([deepest, deepest - 2])),
        ),
        (
            "owners and servers behind 16 pointers with labels between",
            filled_by_turns(&labelled_chain(15), &by_turns([last_link, last_link - 4])),
        ),
        (
            "4,662 records with names of 255 octets",
            filled(&long, &record(&first, ns, &first)),
        ),
        (
            "owners and servers of 127 labels",
            filled_by_turns(&labels, &by_turns([FIRST_RDATA, FIRST_RDATA + 2])),
        ),
        (
            "the smallest records",
            filled(&[], &record(&[0], private, &[])),
        ),
        (
            "the smallest malformed records",
            filled(&[], &record(&[0], RecordType::A, &[])),
        ),
        (
            "a TXT of 65,000 empty strings",
            filled(&[], &record(&[0], RecordType::TXT, &[0; 65_000])),
        ),
        (
            "an SVCB of 13,000 parameters",
            filled(&[], &record(&[0], RecordType::SVCB, &svcb)),
        ),
        (
            "a HIP of 65,000 servers",
            filled(&[], &record(&[0], RecordType::HIP, &hip)),
        ),
        (
            "an APL of 16,000 prefixes",
            filled(
                &[],
                &record(&[0], RecordType::APL, &[0, 1, 0, 0].repeat(16_000)),
            ),
        ),
        (
            "NSEC records of all 65,536 types",
            filled(&[], &record(&[0], RecordType::NSEC, &nsec)),
        ),
    ]
}

#[test]
fn the_most_hostile_messages_are_parsed_quickly() {
    for (title, message) in hostile() {
        assert!(
            (4_120..=65_535).contains(&message.len()),
            "{title}: {}",
            message.len()
        );
        let outcome = match DnsPacket::parse(&message) {
            Ok(packet) => format!("{} records", packet.answers.len()),
            Err(error) => error.to_string(),
        };
        let took = quickest(|| DnsPacket::parse(&message));
        println!("{title}: {took:?}, {outcome}");
        assert!(took < LONGEST, "{title}: {took:?}");
        let start = Instant::now();
        black_box(dissect(&message).to_string());
        let dissecting = start.elapsed();
        assert!(
            dissecting < 100 * LONGEST,
            "{title}: dissected in {dissecting:?}"
        );
    }
}

#[test]
fn names_are_followed_up_to_the_limit_of_pointers() {
    let last_name = |title: &str| {
        let (_, message) = hostile()
            .into_iter()
            .find(|(name, _)| name.contains(title))
            .unwrap();
        let packet = DnsPacket::parse(&message).unwrap();
        let owners = packet.answers.iter().map(|record| &record.owner);
        let names = packet.questions.iter().map(|it| &it.qname).chain(owners);
        let lengths: Vec<_> = names.map(|name| name.wire().len()).collect();
        (lengths.len(), lengths[lengths.len() - 2])
    };
    assert_eq!(last_name("4,662"), (4_662, 255));
    assert_eq!(last_name("127 labels"), (4_661, 255));
    assert_eq!(last_name("servers behind 16 pointers"), (4_677, 1));
    assert_eq!(last_name("servers behind 16 pointers with"), (4_675, 31));
    assert_eq!(last_name("questions behind 16"), (10_915, 33));
    assert_eq!(last_name("questions behind 126"), (644, 253));
}

/// A message full of thousands of different names, none of which is the tail of another.
#[test]
fn the_largest_message_is_written_quickly() {
    let owner = |i: u32| {
        format!("h{i}.some.where.example.com")
            .parse::<Name>()
            .unwrap()
    };
    let address = Rdata::A([192, 0, 2, 1].into());
    let mut packet = DnsPacket::query(1, Name::ROOT, RecordType::ANY);
    packet.answers = (0..5_000)
        .map(|i| Record::new(owner(i), 60, address.clone()))
        .collect();
    let octets = packet.write_within(65_535).unwrap();
    let count = DnsPacket::parse(&octets).unwrap().answers.len();
    assert!(
        octets.len() > 65_400 && (3_000..5_000).contains(&count),
        "{} {count}",
        octets.len()
    );
    packet.answers.truncate(count);
    let took = quickest(|| packet.write().unwrap());
    println!(
        "{count} records with different names, {} octets, are written in {took:?}",
        octets.len()
    );
    assert!(took < 2 * LONGEST);
}
