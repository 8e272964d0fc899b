//! Resolves one name again and again in a mini-Internet with near, far and dead servers, and shows
//! what the server selection learns from it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{Class, Name, Question, RecordType};
use iterate::root_hints;
use lab::{Host, Lab, no_reply, repeat};
use network::Via;
use rand::rngs::StdRng;
use select::{AddressPolicy, Selector};

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// The round-trip times of the servers of each zone, in milliseconds, in turn; none for a dead
/// server.
const ROUND_TRIP_TIMES: [Option<u64>; 4] = [Some(150), None, Some(15), Some(60)];
/// The time that one block of a bar stands for.
const BLOCK: Duration = Duration::from_millis(25);

/// Resolves one name again and again, and shows how the resolver learns which servers are quick. Of
/// the servers of each zone, the first is far away, the second is dead, the third is near.
#[derive(Parser)]
struct Arguments {
    /// The name to look up
    #[arg(default_value = "www.google.com")]
    name: Name,
    /// The number of searches
    #[arg(default_value_t = 30)]
    count: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Arguments { name, count } = Arguments::parse();
    let lab = Lab::internet();
    let servers = place_servers(&lab);
    let selector = Selector::new(AddressPolicy::default());
    let resolver = Resolver::new(lab, root_hints()).with_selection(selector.clone());
    // Seeded by the operating system; unlike `rand::rng()`, it can move between threads.
    let mut random: StdRng = rand::make_rng();
    let question = Question {
        qname: name.clone(),
        qtype: RecordType::A,
        qclass: Class::IN,
    };
    for n in 1..=count {
        let start = Instant::now();
        let resolution = resolver
            .resolve(&question, &mut random, &mut Trace::default())
            .await;
        let took = start.elapsed();
        let bar = "▇".repeat((took.as_millis() / BLOCK.as_millis()) as usize);
        let (rcode, took) = (resolution.rcode, took.as_millis());
        print_line!("{n:>4}  {rcode:<8} {took:>5} ms  {bar}");
    }
    print_servers(&name, &servers, &selector);
}

/// Gives each server its round-trip time, and returns it beside the server.
fn place_servers(lab: &Lab) -> Vec<(Host, Option<u64>)> {
    let mut counts: BTreeMap<Name, usize> = BTreeMap::new();
    let hosts = lab.hosts().into_iter();
    let hosts = hosts.filter(|host| host.address.is_ipv4());
    let place = |host: Host| {
        let zone = host.zones.first().cloned().unwrap_or_default();
        let count = counts.entry(zone).or_default();
        let turn = *count % ROUND_TRIP_TIMES.len();
        let rtt = ROUND_TRIP_TIMES.get(turn).copied().flatten();
        *count += 1;
        match rtt {
            Some(milliseconds) => lab.set_latency(host.address, milliseconds),
            None => lab.script(host.address, Via::Udp, [repeat(no_reply())]),
        }
        (host, rtt)
    };
    hosts.map(place).collect()
}

/// Prints a table of the servers on the way to a name, zone by zone.
fn print_servers(name: &Name, servers: &[(Host, Option<u64>)], selector: &Selector) {
    let zones: Vec<Name> = name.ancestors().collect();
    for zone in zones.iter().rev() {
        let of_zone: Vec<_> = servers
            .iter()
            .filter(|(host, _)| zones.iter().find(|zone| host.zones.contains(zone)) == Some(zone))
            .collect();
        if of_zone.is_empty() {
            continue;
        }
        print_line!("\nservers of {zone:<22} RTT  queries      SRTT       RTO  state");
        for (host, rtt) in of_zone {
            print_row(host.address, *rtt, selector);
        }
    }
}

/// Prints a server: its real round-trip time, and the state that the selection has of it.
fn print_row(address: SocketAddr, rtt: Option<u64>, selector: &Selector) {
    let state = selector.server_state(address.ip()).unwrap_or_default();
    let in_ms = |time: Duration| format!("{} ms", time.as_millis());
    let rtt = rtt.map_or("dead".to_owned(), |milliseconds| {
        format!("{milliseconds} ms")
    });
    let srtt = state.estimate.map(|estimate| in_ms(estimate.srtt));
    print_line!(
        "{:<30} {rtt:>6}  {:>7}  {:>8}  {:>8}  {state}",
        address.ip().to_string(),
        state.queries,
        srtt.unwrap_or("?".to_owned()),
        in_ms(state.rto()),
    );
}
