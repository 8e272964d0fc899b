//! Medians of many short runs that take turns, so that other work on the machine slows all of them
//! alike.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Long enough for the clock to be exact, short enough that most runs are not disturbed.
const RUN: Duration = Duration::from_micros(40);

/// Returns the median time of one call of each of `works`, in nanoseconds.
pub fn medians(works: &[Box<dyn Fn() -> u64 + '_>], rounds: usize) -> Vec<u64> {
    let calls: Vec<u32> = works.iter().map(|work| calls_in_a_run(work)).collect();
    let mut times = vec![Vec::with_capacity(rounds); works.len()];
    for _ in 0..rounds {
        for ((work, calls), times) in works.iter().zip(&calls).zip(&mut times) {
            times.push(run(work, *calls).as_nanos() as f64 / f64::from(*calls));
        }
    }
    times.into_iter().map(median).collect()
}

fn run(work: &dyn Fn() -> u64, calls: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(work());
    }
    start.elapsed()
}

/// Counts the calls that fit into a run, and warms up.
fn calls_in_a_run(work: &dyn Fn() -> u64) -> u32 {
    let fastest = (0..50).map(|_| run(work, 20)).min().unwrap_or_default() / 20;
    (RUN.as_nanos() / fastest.as_nanos().max(1)).clamp(1, 10_000) as u32
}

fn median(mut times: Vec<f64>) -> u64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2].round() as u64
}
