//! `cargo run --bin rdns`, and from another terminal `dig @127.0.0.1 -p 2053 yahoo.com`: the
//! recursive resolver.

use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};

use clap::Parser;
use dnsparse::DnsPacket;
use rdns::{Beginning, resolve};

/// A recursive DNS resolver: finds answers from the root down.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where to listen, over UDP and TCP
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2053")]
    listen: SocketAddr,
    /// Start from the servers in this file, in the form of named.root
    #[arg(long, value_name = "FILE", default_value = "named.root")]
    root_hints: PathBuf,
    /// Query other servers on this port
    #[arg(long, value_name = "N", default_value_t = 53)]
    upstream_port: u16,
}

fn main() {
    let arguments = Arguments::parse();
    let (udp, tcp) = listen(arguments.listen);
    let beginning = Beginning {
        root_servers: root_servers(&arguments.root_hints),
        port: arguments.upstream_port,
    };
    loop {
        let (query, client) = next_query(&udp, &tcp);
        let answer = query
            .question()
            .map(|question| resolve(question, &beginning));
        send_back(&udp, client, &query, answer);
    }
}

fn listen(address: SocketAddr) -> (UdpSocket, TcpListener) {
    todo!(
        "Listen at this address over UDP and TCP, and report it in one line on standard error (RFC 7766 section 5)."
    )
}

fn root_servers(hints: &Path) -> Vec<IpAddr> {
    todo!(
        "Read the root hints: dnsparse's Zone reads the file, and its A and AAAA records hold the addresses."
    )
}

fn next_query(udp: &UdpSocket, tcp: &TcpListener) -> (DnsPacket, SocketAddr) {
    todo!(
        "Take the next query; reject messages that are no queries, and clients that may not query (RFC 1035 section 4.1.1)."
    )
}

fn send_back(udp: &UdpSocket, client: SocketAddr, query: &DnsPacket, answer: Option<DnsPacket>) {
    todo!(
        "Send the answer: id and question are the query's, QR and RA are set, and TC where it does not fit (RFC 1035 section 4.1.1)."
    )
}
