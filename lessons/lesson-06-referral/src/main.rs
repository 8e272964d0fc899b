//! Queries one server of the mini-Internet, as a server of a zone, and prints the kind of its
//! reply.

use std::process::ExitCode;

use clap::Parser;
use dnsparse::{DnsPacket, Name, RecordType};
use lab::Lab;
use network::Via;
use referral::{Answer, ReplyKind, classify};

#[path = "../../print.rs"]
mod print;

/// Queries one server of the mini-Internet, and classifies its reply.
#[derive(Parser)]
struct Arguments {
    /// The name of the server, such as a.root-servers.net
    server: Name,
    /// The zone that the server is queried for, such as .
    zone: Name,
    /// The name in the question
    name: Name,
    /// The type in the question
    #[arg(default_value = "A")]
    rtype: RecordType,
}

fn main() -> ExitCode {
    print::result(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let Arguments {
        server,
        zone,
        name,
        rtype,
    } = arguments;
    let query = DnsPacket::query(1, name.clone(), *rtype);
    let question = query.question().ok_or("a query has a question")?;
    let lab = Lab::internet();
    let address = lab
        .server(&server.to_string())
        .ok_or(format!("the lab has no server {server}"))?;
    let octets = lab
        .answer(address, Via::Tcp, &query.write()?)
        .ok_or("no reply")?;
    Ok(text(&classify(&DnsPacket::parse(&octets)?, question, zone)))
}

/// Writes the kind of a reply, with its records, as text.
fn text(kind: &ReplyKind) -> String {
    let lines = |records: &[dnsparse::Record]| {
        records
            .iter()
            .map(|record| format!("\n  {record}"))
            .collect::<String>()
    };
    match kind {
        ReplyKind::Answer(Answer::Positive(records)) => format!("answer{}", lines(records)),
        ReplyKind::Answer(Answer::Alias { records, target }) => {
            format!("alias: go on with {target}{}", lines(records))
        }
        ReplyKind::Answer(Answer::NoData(negative)) => {
            format!("no data{}", lines(negative.soa.as_slice()))
        }
        ReplyKind::Answer(Answer::NxDomain(negative)) => {
            format!("no such name{}", lines(negative.soa.as_slice()))
        }
        ReplyKind::Answer(Answer::NameTooLong(records)) => {
            format!("the name is too long{}", lines(records))
        }
        ReplyKind::LastResort(answer) => {
            format!("without AA: {}", text(&ReplyKind::Answer(answer.clone())))
        }
        ReplyKind::Unusable(unusable) => format!("the server {unusable}"),
        ReplyKind::Referral(delegation) => {
            let servers = delegation.servers.iter();
            let lines = servers.map(|server| format!("\n  {} {:?}", server.name, server.addresses));
            format!(
                "referral: ask the servers of {}{}",
                delegation.zone,
                lines.collect::<String>()
            )
        }
    }
}
