//! Prints the query that you built: its octets, and what each of them means.

use std::process::ExitCode;

use clap::Parser;
use dnsparse::dissect;

/// Builds a DNS query and explains its octets.
#[derive(Parser)]
struct Arguments {
    /// The name to ask about, or an address to look up backwards
    name: String,
    /// The type of record to ask for [default: A, or PTR for an address]
    rtype: Option<String>,
    /// Do not ask the server to do the walk for us
    #[arg(long)]
    norecurse: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(explained) => {
            println!("{explained}");
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
    let packet = query::ask(name, rtype.as_deref(), !norecurse, &mut rand::rng())?;
    Ok(dissect(&packet.write()?).to_string())
}
