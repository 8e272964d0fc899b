//! `verify [LESSON]`: proves that each stub fails on its `todo!()`, each twin passes, and each
//! common mistake is caught.
//!
//! It works in copies of the tree below `target/verify`, each with a target folder of its own
//! (`verify…` in `CARGO_TARGET_DIR` where that is set), so that no lesson is touched and cargo's
//! incremental builds stay warm from one proof to the next and from one run to the next.
//!
//! ```text
//! proof_cache  the lessons of which nothing has changed since their proofs held
//! worker       one copy of the tree, and the proofs of one lesson after the other in it
//! solved_copy  making such a copy
//! variants     the variants of a lesson that are tried, and what their tests must show
//! mutants      the command of that name, which tries other variants in the same copies
//! ```

pub(crate) mod mutants;
mod proof_cache;
mod solved_copy;
mod variants;
mod worker;

use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, print};
use anyhow::Result;
use proof_cache::{Key, ProofCache};
use solved_copy::Contents;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;
use worker::{Tally, Worker};

/// Whether every proof holds. With `fresh`, lessons that did not change are proved again too.
pub(crate) fn run(course: &Course, lesson: Option<&str>, fresh: bool) -> Result<bool> {
    let begun = Instant::now();
    let chosen: Vec<&Lesson> = match lesson {
        Some(name) => vec![course.lesson(name)?],
        None => course.lessons.iter().collect(),
    };
    let contents = solved_copy::read(course)?;
    let cache = ProofCache::open(course, &contents)?;
    let (mut reused, mut jobs) = (0, Vec::new());
    for lesson in chosen {
        let key = cache.key(lesson)?;
        match cache.proofs(lesson, &key).filter(|_| !fresh) {
            Some(proofs) => {
                reused += proofs;
                let name = lesson.short();
                print(&format!(
                    "✓ {name}: unchanged, its {proofs} proofs are reused\n"
                ));
            }
            None => jobs.push(Job { lesson, key }),
        }
    }
    let mut tally = prove(course, contents, &cache, jobs)?;
    tally.proofs += reused;
    print(&summary(tally, reused, begun, lesson));
    Ok(tally.failed == 0)
}

/// A lesson that is to be proved.
struct Job<'c> {
    lesson: &'c Lesson,
    key: Key,
}

/// Proves the lessons, several at a time: one worker for each core, as long as there are lessons.
fn prove(
    course: &Course,
    contents: Contents,
    cache: &ProofCache<'_>,
    mut jobs: Vec<Job<'_>>,
) -> Result<Tally> {
    if jobs.is_empty() {
        return Ok(Tally::default());
    }
    // The longest first, so that no worker is idle while another has several left.
    jobs.sort_by_cached_key(|job| std::cmp::Reverse(variants::count(course, job.lesson)));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let lessons: Vec<&Lesson> = jobs.iter().map(|job| job.lesson).collect();
    let solved = solved_copy::solve(course, contents);
    let workers = worker::open(course, &solved, &lessons, cores.min(jobs.len()))?;
    let queue = Mutex::new(VecDeque::from(jobs));
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
    thread::scope(|scope| {
        let work = |worker: Worker| {
            let mut total = Tally::default();
            while let Some(job) = next() {
                let tally = worker.prove(&job.lesson.folder)?;
                if tally.failed == 0 {
                    cache.store(job.lesson, &job.key, tally.proofs)?;
                }
                total += tally;
            }
            Ok(total)
        };
        let start = |worker| scope.spawn(move || work(worker));
        let threads: Vec<_> = workers.into_iter().map(start).collect();
        let mut total = Tally::default();
        for thread in threads {
            let tally: Result<Tally> = thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            total += tally?;
        }
        Ok(total)
    })
}

fn summary(tally: Tally, reused: usize, begun: Instant, lesson: Option<&str>) -> String {
    let Tally { proofs, failed } = tally;
    let (held, time) = (proofs - failed, begun.elapsed().as_secs_f64());
    let reused = match reused {
        0 => String::new(),
        count => format!("; {count} of them reused, since nothing that they depend on has changed"),
    };
    let next = match (failed, lesson) {
        (0, _) => "cargo xtask generate --check".to_owned(),
        (_, Some(lesson)) => format!("cargo xtask verify {lesson}"),
        (_, None) => "cargo xtask verify".to_owned(),
    };
    let next = Screen::here().next(&next);
    format!("\n{held} of {proofs} proofs hold ({time:.1} s){reused}.\n{next}")
}
