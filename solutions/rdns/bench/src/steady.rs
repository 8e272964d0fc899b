//! A long run of `rdns` under bad conditions: hostile packets from clients and servers, dead names, a
//! cache that is full, and a reload every ten seconds.
//!
//! It passes if no answer is wrong, memory is flat after the first minute, as many files are open at its
//! end as at its start, and the process neither ended nor panicked.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

use crate::internet::Judgement;
use crate::load::{self, Outcome, Shape};
use crate::process::Process;
use crate::relay::{self, Quality};
use crate::report::percent;
use crate::resolvers::{self, Mode, Running, Setup};

/// The records that the cache holds: a part of the names.
const CACHE_RECORDS: u32 = 4_000;
/// The interval of reloads.
const RELOAD: Duration = Duration::from_secs(10);
/// The time after which memory must be flat.
const WARM: Duration = Duration::from_secs(60);
/// The growth of memory in ten minutes that is still flat: a few per cent, since the allocator returns
/// memory late.
const FLAT: f64 = 0.05;
/// The time in which idle sockets are closed after the load.
const IDLE: Duration = Duration::from_secs(40);

/// The memory and the open files at one time.
#[derive(Debug, Clone, Copy)]
struct Sample {
    time: Duration,
    memory: u64,
    files: usize,
}

/// Runs `rdns` for this time, and prints what was seen.
///
/// # Errors
/// If something was not as it has to be.
pub(crate) fn run(setup: &Setup<'_>, shape: Shape, loss: f64) -> Result<()> {
    let quality = Quality {
        loss,
        hostile: shape.hostile,
    };
    let traffic = relay::start(quality)?;
    let mode = Mode {
        minimises: true,
        validates: true,
    };
    let folder = setup.folder.join("steady");
    fs::create_dir_all(&folder)?;
    let more = format!("cache-records = {CACHE_RECORDS}");
    let mut command = resolvers::rdns(mode, setup, &folder, &more)?;
    let mut running = resolvers::start("rdns", &mut command, &folder)?;
    let process = running.process;
    let files_before = process.open_files()?;
    let (outcome, samples, reloads) = under_load(shape, process)?;
    println!("{}", summary(&outcome));
    for reason in &outcome.reasons {
        println!("{reason}");
    }
    let (udp, tcp) = traffic.queries();
    println!(
        "{} upstream queries, {tcp} of them over TCP; {reloads} reloads",
        udp + tcp
    );
    let mut faults = Vec::new();
    if !outcome.wrong.is_empty() {
        faults.push(format!("wrong answers:\n{}", outcome.wrong.join("\n")));
    }
    faults.extend(growth(&samples));
    faults.extend(leaks(process, files_before, &samples));
    faults.extend(endings(&mut running)?);
    if !faults.is_empty() {
        bail!("not steady:\n{}", faults.join("\n"));
    }
    println!("steady");
    Ok(())
}

/// Runs the load; takes a sample each second, and reloads, meanwhile.
fn under_load(shape: Shape, process: Process) -> Result<(Outcome, Vec<Sample>, u32)> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let observer = scope.spawn(|| observe(process, &is_over));
        let outcome = load::run(shape);
        is_over.store(true, Ordering::Relaxed);
        let (samples, reloads) = observer.join().expect("the observer does not panic")?;
        Ok((outcome?, samples, reloads))
    })
}

fn observe(process: Process, is_over: &AtomicBool) -> Result<(Vec<Sample>, u32)> {
    let (began, mut samples, mut reloads) = (Instant::now(), Vec::new(), 0);
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_secs(1));
        samples.push(Sample {
            time: began.elapsed(),
            memory: process.memory()?,
            files: process.open_files()?,
        });
        if began.elapsed() >= RELOAD * (reloads + 1) {
            signal(process, "-HUP")?;
            reloads += 1;
        }
    }
    Ok((samples, reloads))
}

fn signal(process: Process, signal: &str) -> Result<()> {
    let status = Command::new("kill")
        .args([signal, &process.0.to_string()])
        .status()?;
    ensure!(status.success(), "kill {signal}: {status}");
    Ok(())
}

fn summary(outcome: &Outcome) -> String {
    let queries = &outcome.queries;
    let count = |is_live: bool, expected: Option<Judgement>| {
        let of_kind = queries
            .iter()
            .filter(|sent| sent.subject.is_live() == is_live);
        let judged = |judgement: Option<Judgement>| match expected {
            None => true,
            Some(_) => judgement == expected,
        };
        of_kind
            .filter(|sent| judged(sent.reply.map(|(_, judgement)| judgement)))
            .count()
    };
    let (live, right) = (count(true, None), count(true, Some(Judgement::Right)));
    let (dead, failed) = (count(false, None), count(false, Some(Judgement::Right)));
    let wrong = count(true, Some(Judgement::Wrong)) + count(false, Some(Judgement::Wrong));
    format!(
        "{} queries: {right} of {live} right ({}), {} SERVFAIL; dead names: {failed} of {dead} failed in time; {wrong} wrong",
        queries.len(),
        percent(right, live),
        count(true, Some(Judgement::Failure)),
    )
}

/// Whether memory grows after the first minute: the slope of the line that fits best.
fn growth(samples: &[Sample]) -> Option<String> {
    let warm: Vec<_> = samples
        .iter()
        .filter(|sample| sample.time >= WARM)
        .collect();
    let (first, last) = (warm.first()?, warm.last()?);
    let mean = |value: fn(&Sample) -> f64| {
        warm.iter().map(|sample| value(sample)).sum::<f64>() / warm.len() as f64
    };
    let (time, memory) = (
        mean(|it| it.time.as_secs_f64()),
        mean(|it| it.memory as f64),
    );
    let (mut above, mut below) = (0.0, f64::EPSILON);
    for sample in &warm {
        let from_mean = sample.time.as_secs_f64() - time;
        above += from_mean * (sample.memory as f64 - memory);
        below += from_mean * from_mean;
    }
    let slope = above / below;
    println!(
        "memory after {} s: {} MB, at the end: {} MB; it grows by {:.1} KiB a second",
        WARM.as_secs(),
        first.memory / 1_024,
        last.memory / 1_024,
        slope
    );
    let in_ten_minutes = slope * 600.0 / memory;
    (in_ten_minutes > FLAT).then(|| {
        format!(
            "memory grows by {:.1} % in ten minutes",
            in_ten_minutes * 100.0
        )
    })
}

/// Whether more files are open than at the start, when the connections have had time to close.
fn leaks(process: Process, before: usize, samples: &[Sample]) -> Option<String> {
    let most = samples
        .iter()
        .map(|sample| sample.files)
        .max()
        .unwrap_or_default();
    let end = Instant::now() + IDLE;
    let mut after = most;
    while Instant::now() < end {
        after = process.open_files().unwrap_or_default();
        if after <= before {
            break;
        }
        thread::sleep(Duration::from_millis(500));
    }
    println!("open files: {before} at the start, at most {most}, {after} at the end");
    (after > before).then(|| format!("{} files were not closed", after - before))
}

/// Whether the process has ended, or one of its threads panicked; or, when it is told to stop, whether it
/// does not end well.
fn endings(running: &mut Running) -> Result<Option<String>> {
    if let Some(status) = running.ended() {
        return Ok(Some(format!("rdns ended: {status}")));
    }
    signal(running.process, "-TERM")?;
    thread::sleep(Duration::from_secs(3));
    let text = fs::read_to_string(&running.log)?;
    if text.contains("panicked") {
        return Ok(Some(format!("a thread panicked:\n{text}")));
    }
    match running.ended().as_deref() {
        Some("exit status: 0") => Ok(None),
        other => Ok(Some(format!("after SIGTERM: {other:?}"))),
    }
}
