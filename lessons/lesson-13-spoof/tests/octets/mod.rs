//! The case of names, and the comparison of query and message, in octets.

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use spoof::{Inspection, has_same_case, inspect, mix_case};

fn query(name: &str) -> DnsPacket {
    // `from_labels`, since the text of a name does not matter here.
    let labels: Vec<&str> = name.split('.').collect();
    DnsPacket::query(0x2a17, Name::from_labels(labels).unwrap(), RecordType::A)
}

/// Returns what `inspect` says of the reply after a change.
fn inspected(change: impl FnOnce(&mut DnsPacket)) -> Inspection {
    let query = query("wWw.BaNk.ExAmPlE");
    let mut reply = DnsPacket::reply_to(&query);
    change(&mut reply);
    inspect(&query.write().unwrap(), &reply.write().unwrap())
}

fn rename(reply: &mut DnsPacket, name: &str) {
    reply.questions = query(name).questions;
}

#[test]
fn letters_change_their_case_and_nothing_else_changes() {
    let name: Name = "a-1.zz@[`{.example".parse().unwrap();
    let original = name.wire();
    let mut seen_upper = vec![false; original.len()];
    let mut seen_lower = vec![false; original.len()];
    for seed in 0..64 {
        let mut mixed = original.to_vec();
        mix_case(&mut mixed, &mut SmallRng::seed_from_u64(seed));
        for (place, (mixed, original)) in mixed.iter().zip(original).enumerate() {
            assert!(
                mixed.eq_ignore_ascii_case(original),
                "octet {place} was {original:#04x}, and is {mixed:#04x}"
            );
            seen_upper[place] |= mixed.is_ascii_uppercase();
            seen_lower[place] |= mixed.is_ascii_lowercase();
        }
    }
    for (place, octet) in original.iter().enumerate() {
        let expected = octet.is_ascii_alphabetic();
        assert_eq!(
            (seen_upper[place], seen_lower[place]),
            (expected, expected),
            "octet {place}, {octet:#04x}, in upper and in lower case, in 64 tries"
        );
    }
}

/// A forger must not be able to tell the case of one letter from that of another.
#[test]
fn each_letter_has_a_case_of_its_own() {
    let mut random = SmallRng::seed_from_u64(1);
    let mut upper = [[0_u32; 2]; 2];
    for _ in 0..4_000 {
        let mut name = *b"ab";
        mix_case(&mut name, &mut random);
        let case = |octet: u8| usize::from(octet.is_ascii_uppercase());
        upper[case(name[0])][case(name[1])] += 1;
    }
    for count in upper.iter().flatten() {
        assert!(
            (800..1_200).contains(count),
            "each way to write two letters is as frequent; of 4,000 names, ab, aB, Ab and AB are \
             {upper:?}"
        );
    }
}

/// Names in upper case are mixed, too.
#[test]
fn upper_case_becomes_lower_case() {
    let mut name = *b"EXAMPLEEXAMPLE";
    mix_case(&mut name, &mut SmallRng::seed_from_u64(1));
    let lower = name
        .iter()
        .filter(|octet| octet.is_ascii_lowercase())
        .count();
    assert!(
        (1..14).contains(&lower),
        "EXAMPLEEXAMPLE in mixed case is {}",
        name.escape_ascii()
    );
}

#[test]
fn the_case_of_names_is_compared() {
    let octets = |name: &str| query(name).write().unwrap();
    let sent = octets("wWw.BaNk.ExAmPlE");
    assert!(has_same_case(&sent, &sent), "a message and itself");
    for other in ["www.BaNk.ExAmPlE", "wWw.BaNk.ExAmPle", "www.bank.example"] {
        assert!(
            !has_same_case(&sent, &octets(other)),
            "wWw.BaNk.ExAmPlE and {other} count as equal"
        );
    }
    let without_question = DnsPacket::default().write().unwrap();
    for (a, b) in [(&sent, &without_question), (&without_question, &sent)] {
        assert!(
            has_same_case(a, b),
            "one of two messages has no question: they count as equal"
        );
    }
}

#[test]
fn the_reply_passes() {
    assert_eq!(inspected(|_| ()), Inspection::Pass);
}

#[test]
fn a_wrong_id_is_a_near_miss() {
    assert_eq!(inspected(|it| it.header.id += 1), Inspection::NearMiss);
    assert_eq!(inspected(|it| it.header.id ^= 0x100), Inspection::NearMiss);
}

#[test]
fn a_wrong_question_is_a_near_miss() {
    let other_name = inspected(|it| rename(it, "wWw.BaNk.ExAmPlF"));
    assert_eq!(other_name, Inspection::NearMiss, "another name");
    let other_type = inspected(|it| it.questions[0].qtype = RecordType::MX);
    assert_eq!(other_type, Inspection::NearMiss, "another type");
}

#[test]
fn a_wrong_case_is_told_from_a_near_miss() {
    let lower = inspected(|it| rename(it, "www.bank.example"));
    assert_eq!(lower, Inspection::WrongCase, "all in lower case");
    let one = inspected(|it| rename(it, "wWw.BaNk.ExAmPle"));
    assert_eq!(one, Inspection::WrongCase, "one letter");
}

/// A wrong id counts more than the case: it proves that it is no reply of the server.
#[test]
fn a_wrong_id_and_a_wrong_case_are_a_near_miss() {
    let both = inspected(|it| {
        it.header.id += 1;
        rename(it, "www.bank.example");
    });
    assert_eq!(both, Inspection::NearMiss);
}

/// They forge nothing: lesson 2 discards them, or takes a failure without a question as one.
#[test]
fn queries_and_failures_without_a_question_pass() {
    let query = inspected(|it| {
        it.header.qr = false;
        it.header.id += 1;
    });
    assert_eq!(query, Inspection::Pass, "QR is clear");
    let failure = inspected(|it| {
        it.header.rcode = Rcode::FORMERR;
        it.questions.clear();
    });
    assert_eq!(failure, Inspection::Pass, "FORMERR without a question");
    let octets = self::query("www.bank.example").write().unwrap();
    for length in 0..12 {
        let inspection = inspect(&octets, &octets[..length]);
        assert_eq!(inspection, Inspection::Pass, "{length} octets");
    }
}
