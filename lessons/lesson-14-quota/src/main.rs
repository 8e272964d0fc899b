//! Floods your resolver in the lab, without your quotas and with them, and prints the cost of both.

use clap::Parser;
use quota::flood::Comparison;

#[macro_use]
#[path = "../../print.rs"]
mod print;

/// Floods the resolver of lesson 12 with 500 names of a dead zone, and forges queries in
/// the name of a victim: without your quotas, and with them. No packet leaves this process, and the
/// seconds of the flood take a moment, since the clock is not the true one.
#[derive(Parser)]
struct Arguments {}

fn main() -> std::io::Result<()> {
    let Arguments {} = Arguments::parse();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build()?;
    print_line!("{}", runtime.block_on(Comparison::run()));
    Ok(())
}
