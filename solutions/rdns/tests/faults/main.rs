//! The faults of servers and zones that a resolver meets on the Internet, as the mini-Internet has
//! them below `test`, and the resolver's answer in spite of each.
#![cfg(test)]

mod attackers;
mod cases;
mod flood;
mod hostile_set;
mod in_process;
mod order;
#[cfg(target_os = "linux")]
mod page;
#[cfg(target_os = "linux")]
mod programs;
mod shapes;
#[cfg(target_os = "linux")]
mod table;
mod work;

use dnsparse::{Name, Rcode, Record};

/// Returns the RCODE and the RDATA of the answer section. An alias that a DNAME implies counts as
/// any other record.
fn summary(rcode: Rcode, answers: &[Record]) -> String {
    let rdata = answers.iter().map(|record| {
        let text = record.rdata.to_string();
        // Behind malformed RDATA stands the reason, as a comment.
        let octets = text.split_once(" ; ").map(|(octets, _)| octets.to_owned());
        octets.unwrap_or(text)
    });
    let words = std::iter::once(rcode.to_string()).chain(rdata);
    words.collect::<Vec<_>>().join(" ")
}

/// Writes `{63}` out as a label of 63 letters. The first such label of a name consists of `a`, the
/// second of `b`, and so on.
fn expand(text: &str) -> String {
    let mut words = Vec::new();
    for word in text.split(' ') {
        let mut letters = b'a'..;
        let labels = word.split('.').map(|label| {
            let length = label.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            match length.map(|length| length.parse::<usize>().unwrap()) {
                Some(length) => char::from(letters.next().unwrap())
                    .to_string()
                    .repeat(length),
                None => label.to_owned(),
            }
        });
        words.push(labels.collect::<Vec<_>>().join("."));
    }
    words.join(" ")
}

fn name(text: &str) -> Name {
    expand(text)
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The records of an answer may have any order.
fn sorted(answer: &str) -> Vec<String> {
    let mut words: Vec<String> = answer.split(' ').map(str::to_lowercase).collect();
    words.sort();
    words
}
