//! Prints the query that you built: its octets, and the meaning of each.

use std::process::ExitCode;

use clap::Parser;
use dnsparse::dissect;

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Builds a DNS query and explains its octets.
#[derive(Parser)]
struct Arguments {
    /// The name to look up, or an address for a reverse lookup
    name: String,
    /// The record type [default: A, or PTR for an address]
    rtype: Option<String>,
    /// Clear RD: do not ask the server for recursion
    #[arg(long)]
    norecurse: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(explained) => {
            print_line!("{explained}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let Arguments {
        name,
        rtype,
        norecurse,
    } = arguments;
    let packet = query::build(name, rtype.as_deref(), !norecurse, &mut rand::rng())?;
    Ok(dissect(&packet.write()?).to_string())
}
