//! Your own client: sends a query to a server, and prints the reply in dig's form.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use dnsparse::DnsPacket;
use lab::Lab;
use network::Via;
use show::{TimedReply, short, show, timed_exchange};
use transport::{ExchangeError, RetryPolicy, Sockets};

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Sends a query to a DNS server, and prints the reply.
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
    /// Print only the RDATA of the answer's records
    #[arg(long)]
    short: bool,
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
        Ok(timed) if arguments.short => match short(&timed.reply.packet).as_str() {
            "" => {}
            text => print_line!("{text}"),
        },
        Ok(timed) => print_line!("{}", show(&timed)),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn run(arguments: &Arguments, query: &DnsPacket) -> Result<TimedReply, ExchangeError> {
    let Arguments { server, tcp, .. } = arguments;
    let via = if *tcp { Via::Tcp } else { Via::Udp };
    match server {
        Some(server) => timed_exchange(&Sockets, *server, query, via, RetryPolicy::default()).await,
        None => {
            timed_exchange(
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
