//! `reads`: replies of each type, in several records, with names compressed in every way that is allowed. Whether the client took
//! them apart shows in what it prints: each record's data has to be there, on a line of its own.

use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Record};

use crate::listen::{Answerer, Heard};
use crate::outcome::{Failure, Stop};
use crate::trial::Trial;

const PATIENCE: Duration = Duration::from_secs(10);

/// A type, records of it as text with gaps, and for each of them what has to be on one line, in this order.
type Case = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const CASES: [Case; 11] = [
    (
        "A",
        "RFC 1035 section 3.4.1",
        &[
            ("A <4 a>", "<4 a>"),
            ("A <4 b>", "<4 b>"),
            ("A <4 c>", "<4 c>"),
        ],
    ),
    (
        "AAAA",
        "RFC 3596 section 2.2",
        &[("AAAA <6 a>", "<6 a>"), ("AAAA <6 b>", "<6 b>")],
    ),
    (
        "NS",
        "RFC 1035 section 3.3.11",
        &[
            ("NS <a>.<zone>.<tld>.", "<a>.<zone>.<tld>"),
            ("NS <b>.<a>.<zone>.<tld>.", "<b>.<a>.<zone>.<tld>"),
        ],
    ),
    (
        "CNAME",
        "RFC 1035 section 3.3.1",
        &[("CNAME <c>.<zone>.<tld>.", "<c>.<zone>.<tld>")],
    ),
    (
        "SOA",
        "RFC 1035 section 3.3.13",
        &[(
            "SOA <a>.<zone>.<tld>. host.<zone>.<tld>. <n 1> <n 2> <n 3> <n 4> <n 5>",
            "<a>.<zone>.<tld> <n 1>",
        )],
    ),
    (
        "PTR",
        "RFC 1035 section 3.3.12",
        &[("PTR <d>.<tld>.", "<d>.<tld>")],
    ),
    (
        "MX",
        "RFC 1035 section 3.3.9",
        &[
            ("MX <n 6> <a>.<zone>.<tld>.", "<n 6> <a>.<zone>.<tld>"),
            ("MX <n 7> <b>.<tld>.", "<n 7> <b>.<tld>"),
        ],
    ),
    (
        "TXT",
        "RFC 1035 section 3.3.14",
        &[
            ("TXT \"<e> <f>\" \"<g>\"", "<e> <f> <g>"),
            ("TXT <h>", "<h>"),
        ],
    ),
    (
        "SRV",
        "RFC 2782",
        &[(
            "SRV <n 8> <n 9> <n 10> <a>.<zone>.<tld>.",
            "<n 8> <n 9> <n 10> <a>.<zone>.<tld>",
        )],
    ),
    (
        "CAA",
        "RFC 8659 section 4.1",
        &[
            ("CAA 0 issue \"<a>.<tld>\"", "issue <a>.<tld>"),
            ("CAA 0 iodef \"mailto:<b>@<tld>\"", "iodef <b> <tld>"),
        ],
    ),
    (
        "TYPE65280",
        "RFC 3597 section 5",
        &[("TYPE65280 \\# 4 0a0b0c0d", "\\# 4 0a0b0c0d")],
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let name = trial.filler.fill("<host>.<zone>.<tld>");
    for (rtype, rfc, records) in CASES {
        let mut answers = Vec::new();
        let mut lines = Vec::new();
        for (record, line) in records {
            let text = trial.filler.fill(&format!("{name}. 300 IN {record}"));
            answers.extend(text.parse::<Record>());
            lines.push(trial.filler.fill(line));
        }
        let promise = format!("the data of every {rtype} record is understood");
        prints(trial, &name, rtype, answer(answers), &promise, &lines, rfc)?;
    }
    let lines = [trial.filler.fill("<4 p>"), trial.filler.fill("<4 q>")];
    let addresses: Vec<[u8; 4]> = lines
        .iter()
        .filter_map(|line| line.parse().ok())
        .map(|address: std::net::Ipv4Addr| address.octets())
        .collect();
    let promise = "a pointer to a pointer is followed to the end";
    let chain: Answerer =
        Arc::new(move |heard: &Heard| pointers(heard, &addresses).into_iter().collect());
    prints(
        trial,
        &name,
        "A",
        chain,
        promise,
        &lines,
        "RFC 1035 section 4.1.4",
    )
}

/// The reply to whatever is asked: these records.
fn answer(answers: Vec<Record>) -> Answerer {
    Arc::new(move |heard: &Heard| {
        let Some(query) = heard.query() else {
            return Vec::new();
        };
        let mut reply = DnsPacket::reply_to(&query);
        reply.header.ra = true;
        reply.answers.clone_from(&answers);
        reply.write().into_iter().collect()
    })
}

/// A reply whose second record's owner is a pointer to the first one's, which is a pointer to the question.
fn pointers(heard: &Heard, addresses: &[[u8; 4]]) -> Option<Vec<u8>> {
    let query = heard.query()?;
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = true;
    let mut octets = reply.write().ok()?;
    *octets.get_mut(7)? = u8::try_from(addresses.len()).ok()?;
    let mut target = 12_u16;
    for address in addresses {
        let here = u16::try_from(octets.len()).ok()?;
        octets.extend((0xc000 | target).to_be_bytes());
        octets.extend([0, 1, 0, 1, 0, 0, 1, 44, 0, 4]);
        octets.extend(address);
        target = here;
    }
    Some(octets)
}

/// Fails unless each of these lines is printed.
fn prints(
    trial: &Trial<'_>,
    name: &str,
    rtype: &str,
    answer: Answerer,
    promise: &str,
    lines: &[String],
    rfc: &'static str,
) -> Result<(), Stop> {
    let conversation = trial.converse(name, rtype, PATIENCE, answer)?;
    let output = conversation.said.output();
    for line in lines {
        if !has_line(&output, line) {
            let expected = format!("a line with: {line}");
            let failure = Failure::new(promise, expected, "no such line was printed", rfc)
                .with(conversation.messages)
                .printed(conversation.said.in_full());
            return Err(failure.into());
        }
    }
    Ok(())
}

/// Whether one line has all of these words, in this order, whatever stands between and around them; case makes no difference.
pub(super) fn has_line(output: &str, words: &str) -> bool {
    let words = words.to_lowercase();
    output.to_lowercase().lines().any(|line| {
        let mut left = line;
        words
            .split_whitespace()
            .all(|word| match find_word(left, word) {
                Some(end) => {
                    left = left.get(end..).unwrap_or_default();
                    true
                }
                None => false,
            })
    })
}

/// Where a word ends in a text; it counts only if no letter or digit touches it: `10` is not in `210`.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let touches = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).find_map(|(start, _)| {
        let end = start + word.len();
        let (before, after) = (text.get(..start)?, text.get(end..)?);
        let is_whole = !touches(before.chars().next_back()) && !touches(after.chars().next());
        is_whole.then_some(end)
    })
}

/// A name as it is printed by some with a dot at its end and by others without.
pub(super) fn bare(name: &Name) -> String {
    name.to_string().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::has_line;

    #[test]
    fn a_line_has_the_words_whole_and_in_order() {
        let output = "; x\nwww.A.b.\t300 IN MX 10 mail.a.b.\n";
        assert!(has_line(output, "www.a.b 300 MX 10 mail.a.b"));
        assert!(!has_line(output, "10 300"));
        assert!(!has_line(output, "0 mail.a.b"));
        assert!(!has_line(output, "x 300"));
    }
}
