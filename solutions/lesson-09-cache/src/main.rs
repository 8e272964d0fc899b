//! Asks for names one after another, through a cache: what it knows is not asked again.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use cache::HostCache;
use clap::Parser;
use dnsparse::{DnsPacket, Record};
use lab::Lab;
use network::Via;
use tokio::time::Instant;
use transport::{ExchangeError, Reply, RetryPolicy, Sockets, exchange};

/// How many records are kept.
const CAPACITY: usize = 1_000;

/// Asks for names one after another, through a cache.
#[derive(Parser)]
struct Arguments {
    /// The names to ask about; give one twice to see it come from the cache
    #[arg(required = true)]
    names: Vec<String>,
    /// The type of record to ask for [default: A, or PTR for an address]
    #[arg(long = "type", value_name = "T")]
    rtype: Option<String>,
    /// The server to ask [default: the mini-Internet's resolver, inside this program; port 53]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = transport::address::parse)]
    server: Option<SocketAddr>,
    /// Have the cache believe that so many seconds pass between one question and the next
    #[arg(long, value_name = "SECONDS", default_value = "0")]
    wait: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let mut cache = HostCache::new(CAPACITY);
    let begin = Instant::now();
    let mut waited = 0;
    for name in &arguments.names {
        let query = query::ask(name, arguments.rtype.as_deref(), true, &mut rand::rng())?;
        let question = query.question().ok_or("a query has a question")?;
        // The cache's clock is ours: it is told what time it is.
        let now = begin + Duration::from_secs(waited);
        print!("{waited:>6} s  {} {}: ", question.qname, question.qtype);
        if let Some(known) = cache.lookup(question, now) {
            println!("from the cache, lives for another {} s", known.seconds);
            print_all(&known.records);
        } else {
            let reply = ask(arguments.server, &query).await?.packet;
            cache.store(&reply, now);
            match cache.lookup(question, now) {
                Some(known) => println!("from the server, lives for {} s", known.seconds),
                None => println!("from the server, {}, not kept", reply.rcode()),
            }
            print_all(&reply.answers);
        }
        waited += u64::from(arguments.wait);
    }
    Ok(())
}

/// Asks the server, or the one in the lab.
async fn ask(server: Option<SocketAddr>, query: &DnsPacket) -> Result<Reply, ExchangeError> {
    let policy = RetryPolicy::default();
    match server {
        Some(server) => exchange(&Sockets, server, query, Via::Udp, policy).await,
        None => exchange(&Lab::internet(), lab::RESOLVER, query, Via::Udp, policy).await,
    }
}

fn print_all(records: &[Record]) {
    for record in records {
        println!("          {}", record.to_string().replace('\t', " "));
    }
}
