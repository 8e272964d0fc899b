//! `reads`: replies with several records of each type, and with names compressed in every valid
//! way. The client has parsed a record if it prints the RDATA on one line.

use std::sync::Arc;
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Record};

use crate::client_run::ClientRun;
use crate::exchange::{ReceivedQuery, Reply, Responder};
use crate::outcome::{Failure, StageError};
use crate::text::count_of;
use crate::trial::Trial;

const CLIENT_TIMEOUT: Duration = Duration::from_secs(10);

/// A type, its RFC, and records with placeholders: each with the words that must be on one line, in
/// order.
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

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let name = trial.filler.fill("<host>.<zone>.<tld>");
    for (rtype, rfc, records) in CASES {
        let mut answers = Vec::new();
        let mut lines = Vec::new();
        for (record, line) in records {
            let text = trial.filler.fill(&format!("{name}. 300 IN {record}"));
            answers.extend(text.parse::<Record>());
            lines.push(trial.filler.fill(line));
        }
        let rule = format!("the RDATA of every {rtype} record is parsed and printed");
        expect_lines(
            trial,
            &name,
            rtype,
            respond_with(answers),
            &rule,
            &lines,
            rfc,
        )?;
    }
    let lines = [trial.filler.fill("<4 p>"), trial.filler.fill("<4 q>")];
    let addresses: Vec<[u8; 4]> = lines
        .iter()
        .filter_map(|line| line.parse().ok())
        .map(|address: std::net::Ipv4Addr| address.octets())
        .collect();
    let rule = "a compression pointer to a pointer is followed to its end";
    let chain: Responder = Arc::new(move |received: &ReceivedQuery| {
        pointer_chain(received, &addresses)
            .into_iter()
            .map(Reply::genuine)
            .collect()
    });
    expect_lines(
        trial,
        &name,
        "A",
        chain,
        rule,
        &lines,
        "RFC 1035 section 4.1.4",
    )
}

/// Answers any query with these records.
fn respond_with(answers: Vec<Record>) -> Responder {
    Arc::new(move |received: &ReceivedQuery| {
        let Some(query) = received.packet() else {
            return Vec::new();
        };
        let mut reply = DnsPacket::reply_to(&query);
        reply.header.ra = true;
        reply.answers.clone_from(&answers);
        reply.write().into_iter().map(Reply::genuine).collect()
    })
}

/// Returns a reply in which the owner of the second record is a pointer to that of the first, which
/// is a pointer to the question.
fn pointer_chain(received: &ReceivedQuery, addresses: &[[u8; 4]]) -> Option<Vec<u8>> {
    let query = received.packet()?;
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

/// Runs the client, and fails unless each of these lines is printed.
fn expect_lines(
    trial: &Trial<'_>,
    name: &str,
    rtype: &str,
    responder: Responder,
    rule: &str,
    lines: &[String],
    rfc: &'static str,
) -> Result<(), StageError> {
    let run = trial.run_client(name, rtype, CLIENT_TIMEOUT, responder)?;
    let output = run.output.text();
    match lines.iter().find(|line| !has_line(&output, line)) {
        None => Ok(()),
        Some(line) => Err(missing_line(run, rule, line, rfc).into()),
    }
}

/// Creates the failure of a client that did not print a line with these words.
pub(super) fn missing_line(run: ClientRun, rule: &str, words: &str, rfc: &'static str) -> Failure {
    let got = run
        .accident()
        .unwrap_or_else(|| closest_line(&run.output.text(), words));
    run.wrong_output(rule, format!("a line with: {words}"), got, rfc)
}

/// Describes the line of the output that is closest to these words.
fn closest_line(output: &str, words: &str) -> String {
    let wanted: Vec<&str> = words.split_whitespace().collect();
    let matched = |line: &str| {
        let prefix =
            |count: &usize| has_line(line, &wanted.get(..*count).unwrap_or_default().join(" "));
        (1..=wanted.len()).take_while(prefix).count()
    };
    let lines = output.lines().filter(|line| !line.trim().is_empty());
    let closest = lines.clone().rev().max_by_key(|line| matched(line));
    match closest.map(|line| (line, matched(line))) {
        None => "nothing was printed".to_owned(),
        Some((_, 0)) => {
            let count = count_of(lines.count(), "line");
            format!("{count}, and none of these words in one of them")
        }
        Some((line, count)) => {
            let missing = wanted.get(count).copied().unwrap_or_default();
            format!("a line without {missing} in its place: {}", line.trim())
        }
    }
}

/// Returns whether one line has all of these words in this order, with any text between them; case
/// is ignored.
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

/// Returns the end of a whole word in a text: `10` is not a word of `210`.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let touches = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    text.match_indices(word).find_map(|(start, _)| {
        let end = start + word.len();
        let (before, after) = (text.get(..start)?, text.get(end..)?);
        let is_whole = !touches(before.chars().next_back()) && !touches(after.chars().next());
        is_whole.then_some(end)
    })
}

/// Returns a name without the dot at its end: some clients print it, some do not.
pub(super) fn bare(name: &Name) -> String {
    name.to_string().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{closest_line, has_line};

    #[test]
    fn a_line_holds_whole_words_in_their_order() {
        let output = "; x\nwww.A.b.\t300 IN MX 10 mail.a.b.\n";
        assert!(has_line(output, "www.a.b 300 MX 10 mail.a.b"));
        assert!(!has_line(output, "10 300"));
        assert!(!has_line(output, "0 mail.a.b"));
        assert!(!has_line(output, "x 300"));
    }
    #[test]
    fn the_closest_line_and_its_first_missing_word_are_named() {
        let output = "\n; x\nwww.a.b. 300 IN MX 20 mail.a.b.\nwww.a.b. 300 IN A 192.0.2.1\n";
        for (words, expected) in [
            (
                "www.a.b 300 MX 10 mail.a.b",
                "a line without 10 in its place: www.a.b. 300 IN MX 20 mail.a.b.",
            ),
            (
                "10.9.8.7",
                "3 lines, and none of these words in one of them",
            ),
        ] {
            assert_eq!(closest_line(output, words), expected);
        }
        assert_eq!(closest_line(" \n", "www"), "nothing was printed");
    }
}
