//! `cargo run --bin client -- --query yahoo.com`: sends one query, and shows the reply.
//!
//! There are seven steps, each a `todo!()`. The exit status is 0 after a reply with any RCODE, and
//! 9 if there was none.

use std::net::{SocketAddr, UdpSocket};

use clap::Parser;
use dnsparse::{DnsPacket, Name, RecordType};

/// Queries a DNS server, and shows its reply.
#[derive(Debug, Parser)]
struct Arguments {
    /// The name to query
    #[arg(long, value_name = "NAME")]
    query: Name,
    /// The type of the records: A, AAAA, MX, TXT …
    #[arg(long = "type", value_name = "T", default_value = "A")]
    rtype: RecordType,
    /// The server to query; by default your own rdns
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2053")]
    server: SocketAddr,
}

fn main() {
    let arguments = Arguments::parse();
    let query = question(&arguments);
    let octets = octets(&query);
    let socket = send(&octets, arguments.server);
    let received = receive(&socket, &octets);
    let mut reply = check(&query, &received);
    if reply.header.tc {
        reply = over_tcp(&query, arguments.server);
    }
    show(&reply);
}

fn question(arguments: &Arguments) -> DnsPacket {
    todo!(
        "Step 1 of 7: put the question into a packet, with a random id and RD set (RFC 1035 section 4.1)."
    )
}

fn octets(query: &DnsPacket) -> Vec<u8> {
    todo!(
        "Step 2 of 7: write the packet as octets; `dissect` explains each of them (RFC 1035 section 4.1)."
    )
}

fn send(octets: &[u8], server: SocketAddr) -> UdpSocket {
    todo!("Step 3 of 7: send them to the server over UDP (RFC 1035 section 4.2.1).")
}

fn receive(socket: &UdpSocket, octets: &[u8]) -> Vec<u8> {
    todo!(
        "Step 4 of 7: wait for a message, but with a timeout; send again, and give up after a few attempts (RFC 1035 section 4.2.1)."
    )
}

fn check(query: &DnsPacket, received: &[u8]) -> DnsPacket {
    todo!(
        "Step 5 of 7: parse the message, and take it only if QR, id and question match the query; else go on waiting (RFC 5452 section 9.1)."
    )
}

fn over_tcp(query: &DnsPacket, server: SocketAddr) -> DnsPacket {
    todo!(
        "Step 6 of 7: the reply was truncated, so query over TCP, each message with its length before it (RFC 7766 section 5)."
    )
}

fn show(reply: &DnsPacket) {
    todo!(
        "Step 7 of 7: show the RCODE, and each record with owner, TTL, type and data; none of it may control the terminal."
    )
}
