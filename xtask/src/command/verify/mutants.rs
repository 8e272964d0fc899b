//! `mutants [LESSON]`: tries wrong programs, and shows how many of them a lesson's tests reject.
//!
//! The wrong programs are the common mistakes of `lesson.toml`, the slips of `slips.toml`, and
//! cargo-mutants' mutants of the twin, where that is installed. They are tried in the copies that
//! `verify` makes, with the lesson's own tests. Of those in the code that learners write, 95 of 100
//! have to be rejected in each lesson; those in given code are counted apart.
//!
//! ```text
//! candidates     the wrong programs of a lesson
//! cargo_mutants  the mutants, as cargo-mutants lists them
//! rates          the counts, and the table
//! records        which tests fail with each of them, for `hint`
//! ```

mod candidates;
mod cargo_mutants;
mod rates;
mod records;

use super::solved_copy;
use super::worker::{self, Worker, put};
use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, bounded, print};
use crate::verdict::build::Build;
use crate::verdict::outcome::Test;
use crate::verdict::{self, Until};
use anyhow::Result;
use candidates::{Candidate, Kind};
use rates::Rates;
use records::Records;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

/// The number of candidates of one lesson that a worker takes at once: enough to keep the lesson's
/// builds warm, and few enough to keep all workers busy until the end.
const CHUNK: usize = 25;

/// The fate of a wrong program.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Caught,
    Survived,
    /// It does not compile, so no learner can run it.
    Unviable,
    /// It is not tried, or not as its file says: a reason.
    Faulty(String),
}

/// The choices of the command line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Only those of `slips.toml`.
    pub(crate) only_slips: bool,
    /// List them, and try none.
    pub(crate) list: bool,
    /// Also try the stubs one by one, and write down which tests fail with each program.
    pub(crate) record: bool,
}

/// Tries the wrong programs of one lesson, or of all. Returns whether enough of them are rejected.
pub(crate) fn run(course: &Course, lesson: Option<&str>, options: Options) -> Result<bool> {
    let Options {
        only_slips,
        list,
        record,
    } = options;
    let begun = Instant::now();
    let lessons: Vec<&Lesson> = match lesson {
        Some(name) => vec![course.lesson(name)?],
        None => course.lessons.iter().collect(),
    };
    let has_mutants = !only_slips && cargo_mutants::is_installed();
    if !has_mutants && !only_slips {
        print(
            "cargo-mutants is not installed, so only mistakes and slips are tried: cargo install --locked cargo-mutants\n",
        );
    }
    let mut rates = Rates::default();
    let mut jobs = Vec::new();
    for lesson in &lessons {
        let (candidates, faults) = candidates::of(course, lesson, has_mutants)?;
        for fault in faults {
            rates.fault(lesson, &fault);
        }
        let is_wanted = |one: &Candidate| match one.kind {
            Kind::Slip => true,
            Kind::Stub => record,
            // Without a function, there is nothing to write down.
            _ if record => one.function.is_some() && one.equivalent.is_none(),
            _ => !only_slips,
        };
        let wanted = candidates.into_iter().filter(is_wanted);
        jobs.extend(wanted.map(|candidate| (*lesson, candidate)));
    }
    if list {
        let line = |(lesson, one): &(&Lesson, Candidate)| format!("{}: {one}\n", lesson.short());
        print(&jobs.iter().map(line).collect::<String>());
        return Ok(true);
    }
    let results = Mutex::new(Results {
        rates,
        records: record.then(Records::default),
    });
    try_all(course, &lessons, jobs, &results)?;
    let Results { rates, records } = results.into_inner().unwrap_or_default();
    records.unwrap_or_default().write(course)?;
    let seconds = begun.elapsed().as_secs();
    print(&format!("\n{}\n({seconds} s)\n", rates.table(&lessons)));
    print(&Screen::here().next(match rates.are_good() {
        true => "cargo xtask verify",
        false => "cargo xtask mutants LESSON",
    }));
    Ok(rates.are_good())
}

/// Tries the candidates, several at a time: one worker for each core.
fn try_all(
    course: &Course,
    lessons: &[&Lesson],
    jobs: Vec<(&Lesson, Candidate)>,
    results: &Mutex<Results>,
) -> Result<()> {
    let mut chunks: VecDeque<Vec<(&Lesson, Candidate)>> = VecDeque::new();
    for job in jobs {
        match chunks.back_mut() {
            Some(chunk) if chunk.len() < CHUNK && chunk.iter().all(|one| one.0 == job.0) => {
                chunk.push(job);
            }
            _ => chunks.push_back(vec![job]),
        }
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let solved = solved_copy::solve(course, solved_copy::read(course)?);
    let workers = worker::open(course, &solved, lessons, cores.min(chunks.len()))?;
    let queue = Mutex::new(chunks);
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop_front());
    thread::scope(|scope| {
        let work = |worker: Worker| -> Result<()> {
            while let Some(chunk) = next() {
                for (lesson, candidate) in &chunk {
                    let is_recorded = results.lock().is_ok_and(|one| one.records.is_some());
                    let (fate, tests) = fate(&worker, lesson, candidate, is_recorded)?;
                    if let Ok(mut results) = results.lock() {
                        results.add(lesson, candidate, &fate, &tests);
                    }
                }
                // Solved again, for the lessons that are built on this one.
                if let Some((lesson, candidate)) = chunk.first() {
                    put(&worker.copy, lesson, &candidate.solution)?;
                }
            }
            Ok(())
        };
        let start = |worker| scope.spawn(move || work(worker));
        let threads: Vec<_> = workers.into_iter().map(start).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })
}

/// The results so far.
#[derive(Debug, Default)]
struct Results {
    rates: Rates,
    records: Option<Records>,
}

impl Results {
    fn add(&mut self, lesson: &Lesson, candidate: &Candidate, fate: &Fate, tests: &[Test]) {
        if candidate.kind != Kind::Stub {
            self.rates.add(lesson, candidate, fate);
        }
        if let Some(records) = &mut self.records {
            records.add(lesson, candidate, tests);
        }
    }
}

/// Builds the lesson with the wrong program in place, and runs its tests: all of them if they are
/// recorded, else only until it is rejected. Returns the tests that were run, too.
fn fate(
    worker: &Worker,
    lesson: &Lesson,
    candidate: &Candidate,
    is_recorded: bool,
) -> Result<(Fate, Vec<Test>)> {
    let (cargo, copy) = (worker.cargo(), &worker.copy);
    put(copy, lesson, &candidate.texts())?;
    let built = match cargo.build_tests(&lesson.folder, &copy.folder(lesson), false)? {
        Build::Ready(built) => built,
        Build::Broken(_) if candidate.may_not_compile => return Ok((Fate::Unviable, Vec::new())),
        Build::Broken(broken) => {
            let message = bounded(&broken.messages.join("\n"), 12, 200);
            let fault = format!("it does not compile:\n{message}");
            return Ok((Fate::Faulty(fault), Vec::new()));
        }
    };
    let until = match candidate.tests.is_empty() && !is_recorded {
        true => Until::OneFails,
        false => Until::AllAreRun,
    };
    let tests = verdict::run_until(copy, &built, until)?;
    let fails = |name: &String| {
        let mut tests = tests.iter();
        tests.any(|test| test.name == *name && test.outcome.is_failure())
    };
    let passing: Vec<&str> = candidate
        .tests
        .iter()
        .filter(|name| !fails(name))
        .map(String::as_str)
        .collect();
    let fate = if !tests.iter().any(|test| test.outcome.is_failure()) {
        Fate::Survived
    } else if passing.is_empty() {
        Fate::Caught
    } else {
        Fate::Faulty(format!(
            "these tests should fail, and pass: {}",
            passing.join(", ")
        ))
    };
    Ok((fate, tests))
}
