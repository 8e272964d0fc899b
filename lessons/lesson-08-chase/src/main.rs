//! Finds an answer from the root down, and prints the trace of the search.

use std::process::ExitCode;

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{Class, Name, Question, RecordType};
use iterate::root_hints;
use lab::Lab;
use rand::rngs::StdRng;
use transport::Sockets;

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Finds an answer by querying servers from the root down, in the mini-Internet.
#[derive(Parser)]
struct Arguments {
    /// The name in the question
    name: Name,
    /// The type in the question
    #[arg(default_value = "A")]
    rtype: RecordType,
    /// Query the real root servers: this needs a network
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
    // Seeded by the operating system; unlike `rand::rng()`, it may move between threads.
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
    print_line!("{trace}\n\n{}", resolution.rcode);
    for record in resolution.records.iter().chain(&resolution.soa) {
        print_line!("{record}");
    }
    ExitCode::SUCCESS
}
