//! `cargo xtask lab`: the mini-Internet on this machine's own sockets, each server at a loopback
//! address of its own.
//!
//! ```text
//! sockets          binds them, and answers over UDP and TCP
//! sockets/loopback the loopback address of each server
//! sockets/steps    the servers to query for a name, one after another
//! sockets/table    both of these as text, with lines for dig
//! ```

mod sockets;

use std::net::Ipv4Addr;
use std::process::ExitCode;

use clap::Parser;
use dnsparse::Name;
use lab::Lab;

use sockets::loopback::LoopbackMap;
use sockets::{Sockets, table};

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
    let sockets = match Sockets::bind(&servers).await {
        Ok(sockets) => sockets,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", table::whole(&lab, &servers, &names));
    tokio::select! {
        () = sockets.serve(&lab) => ExitCode::FAILURE,
        ended = tokio::signal::ctrl_c() => match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("Ctrl-C cannot be waited for: {error}");
                ExitCode::FAILURE
            }
        },
    }
}
