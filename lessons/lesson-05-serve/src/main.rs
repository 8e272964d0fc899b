//! An authoritative server for one zone file.

use std::convert::Infallible;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use dnsparse::{Name, Zone};
use serve::{Authority, TcpLimits, bind, serve_tcp, serve_udp};
use zone::ZoneTree;

/// Serves a zone file over UDP and TCP, until Ctrl-C.
#[derive(Parser)]
struct Arguments {
    /// The zone file
    file: PathBuf,
    /// The zone's apex, such as example.com
    origin: Name,
    /// The address and port to listen on
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:5300")]
    listen: SocketAddr,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Infallible, Box<dyn std::error::Error>> {
    let Arguments {
        file,
        origin,
        listen,
    } = arguments;
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    let zone = Zone::parse(&text, origin).map_err(|error| error.in_file(&shown))?;
    let tree = ZoneTree::new(&zone).map_err(|error| format!("{shown}: {error}"))?;
    let authority = Arc::new(Authority::new([tree]));
    let (udp, tcp) = bind(*listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let address = udp.local_addr()?;
    let (ip, port) = (address.ip(), address.port());
    eprintln!(
        "serving {origin} on {address}; query it with: dig @{ip} -p {port} +norecurse {origin} SOA"
    );
    let handler = Arc::clone(&authority);
    tokio::select! {
        never = serve_udp(&udp, &*authority) => Ok(never),
        never = serve_tcp(&tcp, handler, TcpLimits::default()) => Ok(never),
    }
}
