//! The printed table: the address of each server, and each step of some walks as a line for dig.

use std::fmt::Write;

use dnsparse::Name;
use lab::Lab;

use crate::loopback::{LoopbackMap, LoopbackServer};
use crate::steps::{Step, steps};

/// The most zones of a server that are named; of more, their number is shown.
const NAMED: usize = 3;

/// Writes the table, the walks, and how to end the program.
pub(crate) fn whole(lab: &Lab, servers: &LoopbackMap, names: &[Name]) -> String {
    let mut text = header(servers);
    for server in servers.iter() {
        text.push_str(&row(server));
    }
    for name in names {
        let _ = write!(text, "\nThe way to {}:\n\n", bare(name));
        for step in steps(lab, name) {
            text.push_str(&two_lines(&step, servers));
        }
    }
    text.push_str("\nAll of them listen now. Ctrl-C ends it.\n");
    text
}

fn header(servers: &LoopbackMap) -> String {
    let first = servers.iter().next();
    let port = first.map_or(0, |server| server.loopback.port());
    format!(
        "Each server of the mini-Internet listens at a loopback address of its own, port {port}, \
         over UDP and TCP.\nIt stands for the server at the true address; that one is in the \
         replies, since it is in the zones.\n\n\
         {:<15}  {:<15}  {:<28}  answers for\n",
        "here", "true address", "server"
    )
}

fn row(server: &LoopbackServer) -> String {
    let LoopbackServer { host, loopback } = server;
    let name = host.names.first().map_or_else(String::new, bare);
    let (here, there) = (loopback.ip().to_string(), host.address.ip().to_string());
    format!(
        "{here:<15}  {there:<15}  {name:<28}  {}\n",
        zones(&host.zones)
    )
}

fn zones(zones: &[Name]) -> String {
    let named: Vec<String> = zones.iter().take(NAMED).map(bare).collect();
    let more = match zones.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    named.join(", ") + &more
}

/// Writes a step: the server and the outcome, then the command on a line of its own, to be pasted.
fn two_lines(step: &Step, servers: &LoopbackMap) -> String {
    let indent = " ".repeat(2 * step.depth);
    let (there, outcome, qname) = (step.server.ip(), &step.outcome, bare(&step.qname));
    let Some(LoopbackServer { host, loopback }) = servers.at(there) else {
        return format!("{indent}# {there}: no host has this address\n");
    };
    let name = host.names.first().map_or_else(|| there.to_string(), bare);
    let (ip, port) = (loopback.ip(), loopback.port());
    format!("{indent}# {name} {outcome}\n{indent}dig +norecurse -p {port} @{ip} {qname}\n")
}

/// Returns a name without its last dot.
fn bare(name: &Name) -> String {
    let text = name.to_string();
    match text.strip_suffix('.') {
        Some(bare) if !bare.is_empty() => bare.to_owned(),
        _ => text,
    }
}
