//! Truncated replies that are also damaged, and replies with octets after their last section.

use dnsparse::RecordType;
use lab::{Lab, RESOLVER, Reaction, repeat, replies};
use network::Via;
use transport::{Reply, exchange};

use crate::{POLICY, described, query};

/// The length of a header in octets (RFC 1035 section 4.1.1).
const HEADER: usize = 12;
/// The length of a header and the question for `yahoo.com`.
const QUESTION_END: usize = HEADER + 11 + 4;

/// Sets TC, and cuts the message after `length` octets.
fn cut(length: usize) -> Reaction {
    replies().edited_octets(move |octets| {
        octets[2] |= 0x02;
        octets.truncate(length);
    })
}

/// Plays a reaction over UDP, with correct replies over TCP.
async fn played(reaction: Reaction) -> (Lab, Reply) {
    let lab = Lab::internet();
    lab.script(RESOLVER, Via::Udp, [reaction]);
    let query = query("yahoo.com", RecordType::A);
    let reply = exchange(&lab, RESOLVER, &query, Via::Udp, POLICY).await;
    let reply = reply.unwrap_or_else(|error| panic!("{error}\n{}", lab.trace()));
    (lab, reply)
}

fn summary(lab: &Lab, Reply { packet, via, .. }: &Reply) -> String {
    let (answers, sent) = (packet.answers.len(), lab.queries().len());
    format!("reply over {via}, answers: {answers}, queries sent: {sent}")
}

/// The whole reply has 122 octets. RFC 2181 section 9: nothing of a truncated reply is used, so
/// that it may end anywhere.
#[tokio::test(start_paused = true)]
async fn a_truncated_reply_may_end_anywhere_after_its_header() {
    for length in HEADER..122 {
        let (lab, reply) = played(cut(length)).await;
        assert_eq!(
            summary(&lab, &reply),
            "reply over TCP, answers: 6, queries sent: 2",
            "cut behind octet {length}\n{}",
            lab.trace()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_truncated_reply_may_lack_the_question() {
    let without_question = |octets: &mut Vec<u8>| {
        octets[2] |= 0x02;
        octets.truncate(HEADER);
        octets[4..HEADER].fill(0);
    };
    // The question's name is a compression pointer to itself.
    let with_a_loop = |octets: &mut Vec<u8>| {
        octets[2] |= 0x02;
        octets[HEADER..HEADER + 2].copy_from_slice(&[0xc0, 12]);
    };
    for (fault, reaction) in [
        ("no question", replies().edited_octets(without_question)),
        ("a malformed question", replies().edited_octets(with_a_loop)),
    ] {
        let (lab, reply) = played(reaction).await;
        assert_eq!(
            summary(&lab, &reply),
            "reply over TCP, answers: 6, queries sent: 2",
            "TC, and {fault}\n{}",
            lab.trace()
        );
    }
}

/// A forger still has to guess the same fields, except for the question in a reply without one.
#[tokio::test(start_paused = true)]
async fn other_damaged_messages_are_discarded() {
    let with_a_wrong_id = |octets: &mut Vec<u8>| {
        octets[0] ^= 0xff;
        octets[2] |= 0x02;
        octets.truncate(QUESTION_END + 5);
    };
    let with_another_question = |octets: &mut Vec<u8>| {
        octets[2] |= 0x02;
        octets[HEADER + 1] = b'x';
        octets.truncate(QUESTION_END + 5);
    };
    for (fault, damaged) in [
        ("a wrong id", replies().edited_octets(with_a_wrong_id)),
        (
            "another question",
            replies().edited_octets(with_another_question),
        ),
        ("half a header", cut(HEADER - 1)),
        (
            "TC clear",
            replies().edited_octets(|octets| octets.truncate(100)),
        ),
    ] {
        let (lab, reply) = played(damaged.after_ms(1).and(replies().after_ms(2))).await;
        assert_eq!(
            summary(&lab, &reply),
            "reply over UDP, answers: 6, queries sent: 1",
            "{fault}\n{}",
            lab.trace()
        );
    }
}

/// A connection carries whole messages: there, a reply with TC has its question like any other.
#[tokio::test(start_paused = true)]
async fn a_damaged_reply_over_tcp_is_discarded() {
    let without_question = replies().edited_octets(|octets| {
        octets[2] |= 0x02;
        octets.truncate(HEADER);
        octets[4..HEADER].fill(0);
    });
    for (fault, damaged) in [
        ("cut within a record", cut(QUESTION_END + 5)),
        ("no question", without_question),
    ] {
        let lab = Lab::internet();
        lab.script(RESOLVER, Via::Tcp, [repeat(damaged)]);
        let query = query("yahoo.com", RecordType::A);
        let result = exchange(&lab, RESOLVER, &query, Via::Tcp, POLICY).await;
        let result = described(&result);
        let expected = "messages discarded: 3";
        assert!(
            result.contains(expected),
            "{fault}\nexpected: …{expected}…\ngot: {result}"
        );
    }
}

/// The counts in the header say where a message ends.
#[tokio::test(start_paused = true)]
async fn octets_after_the_last_section_are_ignored_and_counted() {
    for via in [Via::Udp, Via::Tcp] {
        for padding in [
            vec![0],
            vec![0; 16],
            b"any octets".to_vec(),
            vec![0xff; 1_000],
        ] {
            let lab = Lab::internet();
            let count = padding.len();
            let padded = replies().edited_octets(move |octets| octets.extend(&padding));
            lab.script(RESOLVER, via, [padded]);
            let query = query("yahoo.com", RecordType::A);
            let reply = exchange(&lab, RESOLVER, &query, via, POLICY).await;
            let reply = reply.unwrap_or_else(|error| panic!("{count} octets: {error}"));
            assert_eq!(
                format!(
                    "{}, octets ignored: {}",
                    summary(&lab, &reply),
                    reply.trailing
                ),
                format!("reply over {via}, answers: 6, queries sent: 1, octets ignored: {count}")
            );
        }
    }
}
