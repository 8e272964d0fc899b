//! Your own client: asks a server, and shows its reply as dig would.

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use dnsparse::DnsPacket;
use lab::Lab;
use network::Via;
use show::{Answered, ask, short, show};
use transport::{ExchangeError, RetryPolicy, Sockets};

/// Asks a DNS server, and shows its reply.
#[derive(Parser)]
struct Arguments {
    /// The name to ask about, or an address to look up backwards
    name: String,
    /// The type of record to ask for [default: A, or PTR for an address]
    rtype: Option<String>,
    /// The server to ask [default: the mini-Internet's resolver, inside this program; port 53]
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = transport::address::parse)]
    server: Option<SocketAddr>,
    /// Ask over TCP from the start
    #[arg(long)]
    tcp: bool,
    /// Print nothing but what the answer's records say
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
        Ok(answered) if arguments.short => match short(&answered.reply.packet).as_str() {
            "" => {}
            text => println!("{text}"),
        },
        Ok(answered) => println!("{}", show(&answered)),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

async fn run(arguments: &Arguments, query: &DnsPacket) -> Result<Answered, ExchangeError> {
    let Arguments { server, tcp, .. } = arguments;
    let via = if *tcp { Via::Tcp } else { Via::Udp };
    match server {
        Some(server) => ask(&Sockets, *server, query, via, RetryPolicy::default()).await,
        None => {
            ask(
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
