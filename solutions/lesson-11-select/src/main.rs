//! Asks the same thing again and again, in a mini-Internet with near, far and dead servers, and shows what is learned from that.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chase::{Resolver, Trace};
use clap::Parser;
use dnsparse::{Class, Name, Question, RecordType};
use iterate::root_hints;
use lab::{Host, Lab, for_ever, silence};
use network::Via;
use rand::rngs::StdRng;
use select::{AddressPolicy, Selector};

/// What the servers of each zone are like, by turns: how many milliseconds they take; none if they are dead.
const LIKE: [Option<u64>; 4] = [Some(150), None, Some(15), Some(60)];
/// How long a piece of a bar is.
const PIECE: Duration = Duration::from_millis(25);

/// Asks the same thing again and again, and shows how the resolver learns which servers are quick. The first server of each zone
/// is far away, the second one is dead, the third one is near.
#[derive(Parser)]
struct Arguments {
    /// The name to look for
    #[arg(default_value = "www.google.com")]
    name: Name,
    /// How often
    #[arg(default_value_t = 30)]
    count: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Arguments { name, count } = Arguments::parse();
    let lab = Lab::internet();
    let world = spread_out(&lab);
    let selector = Selector::new(AddressPolicy::default());
    let resolver = Resolver::new(lab, root_hints()).with_selection(selector.clone());
    // Seeded by the system, and unlike `rand::rng()` free to move between threads.
    let mut random: StdRng = rand::make_rng();
    let question = Question {
        qname: name.clone(),
        qtype: RecordType::A,
        qclass: Class::IN,
    };
    for n in 1..=count {
        let began = Instant::now();
        let resolution = resolver
            .resolve(&question, &mut random, &mut Trace::default())
            .await;
        let took = began.elapsed();
        let bar = "▇".repeat((took.as_millis() / PIECE.as_millis()) as usize);
        let (rcode, took) = (resolution.rcode, took.as_millis());
        println!("{n:>4}  {rcode:<8} {took:>5} ms  {bar}");
    }
    print_known(&name, &world, &selector);
}

/// Puts the servers at their distances. Of each, returns what it is really like.
fn spread_out(lab: &Lab) -> Vec<(Host, Option<u64>)> {
    let mut met: BTreeMap<Name, usize> = BTreeMap::new();
    let hosts = lab.hosts().into_iter();
    let hosts = hosts.filter(|host| host.address.is_ipv4());
    let place = |host: Host| {
        let turn = met
            .entry(host.zones.first().cloned().unwrap_or_default())
            .or_default();
        let like = LIKE.get(*turn % LIKE.len()).copied().flatten();
        *turn += 1;
        match like {
            Some(milliseconds) => lab.set_latency(host.address, milliseconds),
            None => lab.script(host.address, Via::Udp, [for_ever(silence())]),
        }
        (host, like)
    };
    hosts.map(place).collect()
}

/// A table of the servers on the way to a name, zone by zone.
fn print_known(name: &Name, world: &[(Host, Option<u64>)], selector: &Selector) {
    let zones: Vec<Name> = name.ancestors().collect();
    for zone in zones.iter().rev() {
        let of_zone: Vec<_> = world
            .iter()
            .filter(|(host, _)| zones.iter().find(|zone| host.zones.contains(zone)) == Some(zone))
            .collect();
        if of_zone.is_empty() {
            continue;
        }
        println!("\nservers of {zone:<20} really  questions  smoothed   timeout  state");
        for (host, like) in of_zone {
            print_row(host.address, *like, selector);
        }
    }
}

fn print_row(address: SocketAddr, like: Option<u64>, selector: &Selector) {
    let server = selector.known(address.ip()).unwrap_or_default();
    let in_ms = |time: Duration| format!("{} ms", time.as_millis());
    let really = like.map_or("dead".to_owned(), |milliseconds| {
        format!("{milliseconds} ms")
    });
    let smoothed = server.estimate.map(|estimate| in_ms(estimate.smoothed));
    println!(
        "{:<31} {really:>6}  {:>9}  {:>8}  {:>8}  {server}",
        address.ip().to_string(),
        server.queries,
        smoothed.unwrap_or("?".to_owned()),
        in_ms(server.timeout()),
    );
}
