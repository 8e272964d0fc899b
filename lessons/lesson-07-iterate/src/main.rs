//! Walks through the mini-Internet from its root, and prints the trace of the walk.

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use dnsparse::{DnsPacket, Name, RecordType};
use iterate::{Step, Walk, root_hints};
use lab::Lab;
use network::Via;
use referral::Answer;

#[path = "../../print.rs"]
mod print;

/// Walks through the mini-Internet from its root.
#[derive(Parser)]
struct Arguments {
    /// The name in the question
    name: Name,
    /// The type in the question
    #[arg(default_value = "A")]
    rtype: RecordType,
}

fn main() -> ExitCode {
    print::result(run(&Arguments::parse()))
}

/// Drives a walk: sends the queries that it needs, and passes it the replies.
fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let Arguments { name, rtype } = arguments;
    let query = DnsPacket::query(1, name.clone(), *rtype);
    let question = query.question().ok_or("a query has a question")?.clone();
    let lab = Lab::internet();
    let mut walk = Walk::new(question, root_hints());
    let mut step = walk.step();
    loop {
        step = match step {
            Step::Ask(servers) => match servers.first() {
                Some(server) => ask(&lab, &mut walk, *server, &query)?,
                None => return Err("there is no server to query".into()),
            },
            Step::AddressOf(names) => {
                return Err(format!(
                    "{}\nThe servers of {} came without glue. Looking up {} is for lesson 8.",
                    walk.trace(),
                    walk.zone(),
                    names
                        .iter()
                        .map(Name::to_string)
                        .collect::<Vec<_>>()
                        .join(", "),
                )
                .into());
            }
            Step::Done(Ok(answer)) => {
                return Ok(format!("{}\n\n{}", walk.trace(), text(&answer)));
            }
            Step::Done(Err(failure)) => {
                return Err(format!("{}\n\n{failure}", walk.trace()).into());
            }
        };
    }
}

/// Queries one server of the mini-Internet, and passes its reply to the walk.
fn ask(
    lab: &Lab,
    walk: &mut Walk,
    server: IpAddr,
    query: &DnsPacket,
) -> Result<Step, Box<dyn std::error::Error>> {
    let octets = lab.answer(SocketAddr::new(server, 53), Via::Tcp, &query.write()?);
    Ok(match octets.as_deref().map(DnsPacket::parse) {
        Some(Ok(reply)) => walk.handle_reply(server, &reply),
        Some(Err(error)) => walk.handle_failure(
            server,
            format!("sent a reply that cannot be parsed: {error}"),
        ),
        None => walk.handle_failure(server, "timed out"),
    })
}

/// Writes an answer as text.
fn text(answer: &Answer) -> String {
    let lines = |records: &[dnsparse::Record]| {
        let lines: Vec<_> = records.iter().map(ToString::to_string).collect();
        lines.join("\n")
    };
    match answer {
        Answer::Positive(records) => lines(records),
        Answer::Alias { records, target } => {
            format!(
                "{}\nGoing on with {target} is for lesson 8.",
                lines(records)
            )
        }
        Answer::NoData(_) => "no data".to_owned(),
        Answer::NxDomain(_) => "no such name".to_owned(),
        Answer::NameTooLong(_) => "the name is too long".to_owned(),
    }
}
