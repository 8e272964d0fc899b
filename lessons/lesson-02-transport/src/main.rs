//! Sends a query to a server, and explains its reply octet by octet.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use dnsparse::{DnsPacket, dissect};
use lab::Lab;
use network::Via;
use transport::{ExchangeError, Reply, RetryPolicy, Sockets, exchange};

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Sends a query to a DNS server, and explains each octet of its reply.
#[derive(Parser)]
struct Arguments {
    /// The name to look up, or an address for a reverse lookup
    name: String,
    /// The record type [default: A, or PTR for an address]
    rtype: Option<String>,
    /// The server to query [default: the mini-Internet's resolver, inside this program; port 53]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = transport::address::parse)]
    server: Option<SocketAddr>,
    /// Use TCP from the start
    #[arg(long)]
    tcp: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let query = match query::build(
        &arguments.name,
        arguments.rtype.as_deref(),
        true,
        &mut rand::rng(),
    ) {
        Ok(query) => query,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    match run(&arguments, &query).await {
        Ok(Reply { octets, via, .. }) => {
            print_line!("{} octets over {via}\n{}", octets.len(), dissect(&octets));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments, query: &DnsPacket) -> Result<Reply, ExchangeError> {
    let Arguments { server, tcp, .. } = arguments;
    let via = if *tcp { Via::Tcp } else { Via::Udp };
    match server {
        Some(server) => exchange(&Sockets, *server, query, via, RetryPolicy::default()).await,
        None => {
            exchange(
                &Lab::internet(),
                lab::RESOLVER,
                query,
                via,
                RetryPolicy::default(),
            )
            .await
        }
    }
}
