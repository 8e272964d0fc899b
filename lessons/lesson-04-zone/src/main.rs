//! Answers a query from a zone file.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use dnsparse::{Class, DnsPacket, Name, Question, Record, RecordType, Zone};
use zone::ZoneTree;

#[path = "../../print.rs"]
mod print;

/// Answers a query from a zone file, as the zone's server would
#[derive(Parser)]
struct Arguments {
    /// The zone file
    file: PathBuf,
    /// The zone's apex, such as example.com
    origin: Name,
    /// The name to look up
    name: Name,
    /// The type of record to look for
    #[arg(default_value = "A")]
    rtype: RecordType,
}

fn main() -> ExitCode {
    print::result(run(Arguments::parse()))
}

fn run(arguments: Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let Arguments {
        file,
        origin,
        name,
        rtype,
    } = arguments;
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let zone = Zone::parse(&text, &origin).map_err(|error| error.in_file(&shown))?;
    let tree = ZoneTree::new(&zone).map_err(|error| format!("{shown}: {error}"))?;
    let question = Question {
        qname: name,
        qtype: rtype,
        qclass: Class::IN,
    };
    let mut reply = DnsPacket::default();
    tree.answer(&question, &mut reply);
    Ok(show(&reply))
}

/// Returns RCODE and AA, and the sections that are not empty.
fn show(reply: &DnsPacket) -> String {
    let aa = if reply.header.aa {
        ", authoritative"
    } else {
        ""
    };
    let mut text = format!("{}{aa}", reply.header.rcode);
    let sections = [
        ("answer", &reply.answers),
        ("authority", &reply.authorities),
        ("additional", &reply.additionals),
    ];
    for (title, records) in sections
        .into_iter()
        .filter(|(_, records)| !records.is_empty())
    {
        let lines: Vec<_> = records.iter().map(Record::to_string).collect();
        text.push_str(&format!("\n\n{title}\n{}", lines.join("\n")));
    }
    text
}
