//! Resolves names one after another, with one cache: each walk starts where an earlier one ended.

use std::process::ExitCode;

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{Class, Name, Question, RecordType};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use rand::rngs::StdRng;

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// The capacity of the cache in records.
const CAPACITY: usize = 10_000;

/// Resolves several names in the mini-Internet, one after another, with one cache.
#[derive(Parser)]
struct Arguments {
    /// The names to resolve, such as www.google.com mail.google.com nosuch.google.com
    /// www.google.com
    #[arg(required = true)]
    names: Vec<Name>,
    /// The type of record to ask for
    #[arg(long = "type", value_name = "T", default_value = "A")]
    rtype: RecordType,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { names, rtype } = Arguments::parse();
    let resolver = Resolver::new(Lab::internet(), SharedCache::new(root_hints(), CAPACITY));
    // Seeded by the system, and unlike `rand::rng()` it can move between threads.
    let mut random: StdRng = rand::make_rng();
    for qname in names {
        let question = Question {
            qname,
            qtype: rtype,
            qclass: Class::IN,
        };
        let (mut trace, before) = (Trace::default(), resolver.upstream_queries());
        let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
        print_line!("{trace}");
        let cost = match resolver.upstream_queries() - before {
            1 => "1 query".to_owned(),
            count => format!("{count} queries"),
        };
        print_line!("  {} for {cost}", resolution.rcode);
        for record in resolution.records.iter().chain(&resolution.soa) {
            print_line!("  {}", record.to_string().replace('\t', " "));
        }
        print_line!("");
    }
    print_line!("{} records are cached", resolver.knowledge().records());
    ExitCode::SUCCESS
}
