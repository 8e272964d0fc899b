//! `cargo xtask lab`: the mini-Internet on this machine's own sockets, each server at a loopback
//! address of its own.
//!
//! ```text
//! loopback   the loopback address of each server
//! steps      the servers to query for a name, one after another
//! table      both of these as text, with lines for dig
//! ```

mod loopback;
mod steps;
mod table;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use dnsparse::Name;
use lab::{Lab, Sockets};

use loopback::LoopbackMap;

/// Serves the mini-Internet on loopback addresses, and prints how to query it.
#[derive(Parser)]
#[command(name = "cargo xtask lab", bin_name = "cargo xtask lab")]
struct Arguments {
    /// The names for which every step from the root is printed
    #[arg(default_values = ["www.google.com", "example.com", "www.bbc.co.uk"])]
    names: Vec<Name>,
    /// The port that all servers listen on, over UDP and TCP
    #[arg(long, default_value_t = 10_053, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// The servers get the addresses right after this one
    #[arg(long, default_value_t = Ipv4Addr::new(127, 53, 0, 0))]
    after: Ipv4Addr,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { names, port, after } = Arguments::parse();
    let lab = Lab::internet();
    let servers = LoopbackMap::of(&lab, after, port);
    let sockets = match bind(&servers).await {
        Ok(sockets) => sockets,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", table::whole(&lab, &servers, &names));
    tokio::select! {
        () = sockets.serve(&lab, |_, _, _| ()) => ExitCode::FAILURE,
        ended = tokio::signal::ctrl_c() => match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("Ctrl-C cannot be waited for: {error}");
                ExitCode::FAILURE
            }
        },
    }
}

/// The servers cannot be bound.
#[derive(Debug, thiserror::Error)]
enum BindError {
    /// This machine does not have the address.
    #[error(
        "This machine does not have the address {address}. Give its loopback interface the \
         addresses that the lab needs, until the next restart, and try again:\n\n{commands}\n"
    )]
    NoAddress {
        address: IpAddr,
        /// The commands that add it and the other addresses.
        commands: String,
    },
    /// The port is in use.
    #[error(
        "{address} is in use. Is the lab running already? If not, choose another port with \
         --port N."
    )]
    InUse { address: SocketAddr },
    /// Another error of the system.
    #[error("cannot listen at {address}: {error}")]
    Other {
        address: SocketAddr,
        error: io::Error,
    },
}

/// Binds the sockets of all servers, or none.
async fn bind(servers: &LoopbackMap) -> Result<Sockets, BindError> {
    let mut sockets = Sockets::new();
    for server in servers.iter() {
        let address = server.loopback;
        let bound = sockets.bind(server.host.address, address).await;
        bound.map_err(|error| match error.kind() {
            io::ErrorKind::AddrNotAvailable => BindError::NoAddress {
                address: address.ip(),
                commands: servers.commands(),
            },
            io::ErrorKind::AddrInUse => BindError::InUse { address },
            _ => BindError::Other { address, error },
        })?;
    }
    Ok(sockets)
}
