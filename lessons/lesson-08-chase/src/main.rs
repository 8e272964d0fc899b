//! Finds an answer from the root down, and tells the whole story of it.

use std::process::ExitCode;

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{Class, Name, Question, RecordType};
use iterate::root_hints;
use lab::Lab;
use rand::rngs::StdRng;
use transport::Sockets;

/// Finds an answer by asking servers from the root down, in the mini-Internet.
#[derive(Parser)]
struct Arguments {
    /// The name to look for
    name: Name,
    /// The type of record to look for
    #[arg(default_value = "A")]
    rtype: RecordType,
    /// Ask the true root servers: this needs a network
    #[arg(long)]
    outside: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments {
        name,
        rtype,
        outside,
    } = Arguments::parse();
    let question = Question {
        qname: name,
        qtype: rtype,
        qclass: Class::IN,
    };
    // Seeded by the system, and unlike `rand::rng()` free to move between threads.
    let mut random: StdRng = rand::make_rng();
    let mut trace = Trace::default();
    let resolution = if outside {
        Resolver::new(Sockets, root_hints())
            .resolve(&question, &mut random, &mut trace)
            .await
    } else {
        Resolver::new(Lab::internet(), root_hints())
            .resolve(&question, &mut random, &mut trace)
            .await
    };
    println!("{trace}\n\n{}", resolution.rcode);
    for record in resolution.records.iter().chain(&resolution.soa) {
        println!("{record}");
    }
    ExitCode::SUCCESS
}
