//! Poisons a toy resolver inside the lab, and shows how long the attack takes with each further
//! defence.

use std::time::Duration;

use clap::Parser;
use dnsparse::Name;
use spoof::levels::{PACKETS_PER_SECOND, TTL, WINDOW};
use spoof::toy::{Campaign, Toy, bank};
use spoof::{Defences, Level, levels, simulate};

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// The most packets of one attack.
const MAX_PACKETS: u64 = 1_000_000;
/// The number of attacks on each level.
const ATTACKS: u64 = 20;

/// Poisons a toy resolver, and computes how long that takes with each further defence.
#[derive(Parser)]
struct Arguments {
    /// The name to poison, in the table
    #[arg(default_value = "www.bank.example")]
    name: Name,
    /// The seed of the first attack: the same seed has the same outcome
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let Arguments { name, seed } = Arguments::parse();
    poison(seed).await;
    print_table(&name, seed);
}

/// Poisons `www.bank.example` in a toy without defences, and shows how.
async fn poison(seed: u64) {
    let Ok(target) = "www.bank.example".parse::<Name>() else {
        return;
    };
    let lab = bank();
    let toy = Toy::new(&lab, Defences::default(), seed);
    let campaign = Campaign::on(target.clone(), MAX_PACKETS, seed);
    let packets = campaign.run(&lab, &toy).await;
    print_line!("A resolver with one port, and ids that count:\n");
    print_line!("{}\n", lab.trace().trim_end());
    match toy.cached(&target) {
        Some(address) => print_line!("cached: {target} A {address}\n"),
        None => print_line!("not poisoned by {packets} forged replies\n"),
    }
}

fn print_table(name: &Name, seed: u64) {
    print_line!("Poisoning {name} with {PACKETS_PER_SECOND} forged replies a second.");
    print_line!(
        "A window is {} ms, the TTL {} minutes, the universe 13.8 billion years old.\n",
        WINDOW.as_millis(),
        TTL.as_secs() / 60
    );
    print_line!(
        "{:<27} {:>5}  {:>22}  simulated",
        "defence",
        "bits",
        "expected time"
    );
    for level in levels() {
        let bits = level.defences.space(name).bits();
        let expected = human(level.expected_seconds(name));
        let simulated = simulated(&level, name, seed);
        let title = plus(&level);
        print_line!("{title:<27} {bits:>5.1}  {expected:>22}  {simulated}");
    }
    print_line!("\nIf the attacker finds the port first (SAD DNS):");
    for level in levels().into_iter().rev().take(2).rev() {
        let expected = human(level.expected_seconds_with_known_port(name));
        let title = plus(&level);
        print_line!("{title:<27} {:>5}  {expected:>22}", "");
    }
}

fn plus(level: &Level) -> String {
    match level.defences == Defences::default() {
        true => level.adds.to_owned(),
        false => format!("+ {}", level.adds),
    }
}

/// Returns the mean time of some simulated attacks.
fn simulated(level: &Level, name: &Name, seed: u64) -> String {
    let mut total = Duration::ZERO;
    for attack in 0..ATTACKS {
        let outcome = simulate(level.defences, name, seed + attack, MAX_PACKETS);
        if !outcome.is_poisoned {
            return format!("not by {} packets", outcome.packets);
        }
        total += outcome.time;
    }
    human(total.as_secs_f64() / ATTACKS as f64)
}

/// Returns a time as people say it.
fn human(seconds: f64) -> String {
    const YEAR: f64 = 365.25 * 86_400.0;
    match seconds {
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1_000.0),
        _ if seconds < 120.0 => format!("{seconds:.1} s"),
        _ if seconds < 7_200.0 => format!("{:.0} minutes", seconds / 60.0),
        _ if seconds < 2.0 * 86_400.0 => format!("{:.0} hours", seconds / 3_600.0),
        _ if seconds < YEAR => format!("{:.0} days", seconds / 86_400.0),
        _ if seconds < 1e6 * YEAR => format!("{:.0} years", seconds / YEAR),
        _ if seconds < 1e9 * YEAR => format!("{:.1} million years", seconds / YEAR / 1e6),
        _ => format!("{:.1} billion years", seconds / YEAR / 1e9),
    }
}
