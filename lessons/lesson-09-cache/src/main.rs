//! Looks up names one after another through a cache: only a cache miss is sent to the server.

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

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// The capacity of the cache, in records.
const CAPACITY: usize = 1_000;

/// Looks up names one after another, through a cache
#[derive(Parser)]
struct Arguments {
    /// The names to look up; the second lookup of a name is answered from the cache
    #[arg(required = true)]
    names: Vec<String>,
    /// The type of the records [default: A, or PTR for an address]
    #[arg(long = "type", value_name = "T")]
    rtype: Option<String>,
    /// The server to query [default: the mini-Internet's resolver, inside this program; port 53]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = transport::address::parse)]
    server: Option<SocketAddr>,
    /// Tell the cache that this many seconds pass between one lookup and the next
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
    let start = Instant::now();
    let mut waited = 0;
    for name in &arguments.names {
        let query = query::build(name, arguments.rtype.as_deref(), true, &mut rand::rng())?;
        let question = query.question().ok_or("a query has a question")?;
        // The cache reads no clock, so that hours can pass here at once.
        let now = start + Duration::from_secs(waited);
        let asked = format!("{waited:>6} s  {} {}", question.qname, question.qtype);
        if let Some(cached) = cache.lookup(question, now) {
            print_line!("{asked}: from the cache, expires in {} s", cached.ttl);
            print_all(&cached.records);
        } else {
            let reply = send(arguments.server, &query).await?.packet;
            cache.store(&reply, now);
            match cache.lookup(question, now) {
                Some(cached) => {
                    print_line!("{asked}: from the server, expires in {} s", cached.ttl)
                }
                None => print_line!("{asked}: from the server, {}, not cached", reply.rcode()),
            }
            print_all(&reply.answers);
        }
        waited += u64::from(arguments.wait);
    }
    Ok(())
}

/// Sends a query to the server, or to the resolver in the lab.
async fn send(server: Option<SocketAddr>, query: &DnsPacket) -> Result<Reply, ExchangeError> {
    let policy = RetryPolicy::default();
    match server {
        Some(server) => exchange(&Sockets, server, query, Via::Udp, policy).await,
        None => exchange(&Lab::internet(), lab::RESOLVER, query, Via::Udp, policy).await,
    }
}

fn print_all(records: &[Record]) {
    for record in records {
        print_line!("          {}", record.to_string().replace('\t', " "));
    }
}
