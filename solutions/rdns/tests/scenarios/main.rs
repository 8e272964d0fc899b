//! Plays scenarios that others wrote, in the `.rpl` form of unbound's testbound and of Deckard, against the resolver: in this
//! process, with the clock paused.
//!
//! A scenario says what each server replies, and which answer a client must get. The folder with the scenarios is named by the
//! environment variable `RPL_SCENARIOS`; without it there is nothing to play, and the test says so.
#![cfg(test)]

mod format;
mod message;
mod play;
mod servers;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use format::Scenario;
use play::Outcome;

#[test]
fn the_resolver_answers_as_the_scenarios_say() {
    let Some(folder) = env::var_os("RPL_SCENARIOS").map(|folder| from_root(&folder.into())) else {
        eprintln!("skipped: RPL_SCENARIOS names no folder with scenarios");
        return;
    };
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rpl"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no .rpl file in {}", folder.display());
    let results: Vec<(String, Outcome)> =
        files.iter().map(|file| (stem(file), play(file))).collect();
    let count =
        |is: fn(&Outcome) -> bool| results.iter().filter(|(_, outcome)| is(outcome)).count();
    let failed = count(|outcome| matches!(outcome, Outcome::Failed(_)));
    let table: String = results
        .iter()
        .map(|(name, outcome)| format!("{name}: {outcome}\n"))
        .collect();
    println!(
        "{table}{} passed, {failed} failed, {} skipped",
        count(|outcome| matches!(outcome, Outcome::Passed)),
        count(|outcome| matches!(outcome, Outcome::Skipped(_)))
    );
    assert_eq!(failed, 0, "\n{table}");
}

/// Relative paths count from the root of the workspace, where `cargo test` is run.
fn from_root(path: &PathBuf) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

fn play(path: &Path) -> Outcome {
    let text = match fs::read(path) {
        Ok(octets) => String::from_utf8_lossy(&octets).into_owned(),
        Err(error) => return Outcome::Skipped(error.to_string()),
    };
    let scenario = match Scenario::parse(&text) {
        Ok(scenario) => scenario,
        Err(error) => return Outcome::Skipped(format!("cannot be read: {error}")),
    };
    match scenario.unsupported() {
        Some(reason) => Outcome::Skipped(reason),
        None => play::play(scenario),
    }
}
