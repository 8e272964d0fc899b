//! Finds answers one after another, with one memory: what was learned for one name serves the next.

use std::process::ExitCode;

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{Class, Name, Question, RecordType};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use rand::rngs::StdRng;

/// How many records are kept.
const CAPACITY: usize = 10_000;

/// Finds the answers for several names, one after another, in the mini-Internet, and remembers what it learns on the way.
#[derive(Parser)]
struct Arguments {
    /// The names to look for, such as www.google.com mail.google.com nosuch.google.com www.google.com
    #[arg(required = true)]
    names: Vec<Name>,
    /// The type of record to look for
    #[arg(long = "type", value_name = "T", default_value = "A")]
    rtype: RecordType,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { names, rtype } = Arguments::parse();
    let resolver = Resolver::new(Lab::internet(), SharedCache::new(root_hints(), CAPACITY));
    // Seeded by the system, and unlike `rand::rng()` free to move between threads.
    let mut random: StdRng = rand::make_rng();
    for qname in names {
        let question = Question {
            qname,
            qtype: rtype,
            qclass: Class::IN,
        };
        let (mut trace, before) = (Trace::default(), resolver.upstream_queries());
        let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
        println!("{trace}");
        let cost = match resolver.upstream_queries() - before {
            1 => "1 question".to_owned(),
            count => format!("{count} questions"),
        };
        println!("  {} for {cost}", resolution.rcode);
        for record in resolution.records.iter().chain(&resolution.soa) {
            println!("  {}", record.to_string().replace('\t', " "));
        }
        println!();
    }
    println!("{} records are remembered", resolver.knowledge().records());
    ExitCode::SUCCESS
}
