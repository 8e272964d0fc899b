//! Plays scenarios that others wrote, in the `.rpl` form of unbound's testbound and of Deckard,
//! against the resolver: in this process, with the clock paused.
//!
//! A scenario says what each server replies, and which answer a client must get. The folder with
//! the scenarios is named by the environment variable `RPL_SCENARIOS`; without it there is nothing
//! to play, and the test says so.
#![cfg(test)]

mod config;
mod expression;
mod format;
mod message;
mod play;
mod servers;

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use format::Scenario;
use play::Outcome;

/// A scenario in the form of unbound.
const TESTBOUND: &str = include_str!("testbound.rpl");
/// A scenario in the form of Deckard.
const DECKARD: &str = include_str!("deckard.rpl");

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

#[test]
fn both_forms_are_played() {
    for text in [TESTBOUND, DECKARD] {
        let outcome = play_text(text);
        assert!(matches!(outcome, Outcome::Passed), "{outcome}\nin:\n{text}");
    }
}

/// A player that lets every scenario pass would prove nothing.
#[test]
fn a_difference_in_the_answer_fails() {
    let cases = [
        (
            "A	198.51.100.2\nENTRY_END\nSCENARIO",
            "A	198.51.100.9\nENTRY_END\nSCENARIO",
        ),
        (
            "RA NOERROR\nSECTION QUESTION\nwww.test. IN A\nSECTION ANSWER\nWWW",
            "RA NXDOMAIN\nSECTION QUESTION\nwww.test. IN A\nSECTION ANSWER\nWWW",
        ),
        ("RANGE_BEGIN 10 10", "RANGE_BEGIN 1 1"),
        ("$ttl * 2", "$ttl * 1"),
    ];
    for (text, other) in cases {
        assert!(TESTBOUND.contains(text), "'{text}' is in the scenario");
        let outcome = play_text(&TESTBOUND.replace(text, other));
        assert!(
            matches!(outcome, Outcome::Failed(_)),
            "with '{other}' instead of '{text}', the scenario fails; but: {outcome}"
        );
    }
}

/// The option alone does not decide: a scenario with the answers that it expects has passed.
#[test]
fn a_scenario_that_fails_for_want_of_an_option_is_skipped() {
    let with_prefetch = TESTBOUND.replace("qname-minimisation: \"no\"", "prefetch: yes");
    let outcome = play_text(&with_prefetch);
    assert!(matches!(outcome, Outcome::Passed), "{outcome}");
    let outcome = play_text(&with_prefetch.replace("$ttl * 2", "$ttl * 1"));
    assert!(
        matches!(&outcome, Outcome::Skipped(reason) if reason == "needs prefetching"),
        "{outcome}"
    );
    let stub_zone = TESTBOUND
        .replace("name: \".\"", "name: \"test\"")
        .replace("stub-addr: 192.0.2.1", "stub-addr: 192.0.2.2");
    let outcome = play_text(&stub_zone);
    assert!(
        matches!(outcome, Outcome::Passed),
        "a stub zone is known from the start: {outcome}"
    );
}

#[test]
fn a_scenario_that_needs_more_than_rdns_has_is_skipped_with_the_reason() {
    let cases = [
        ("stub-zone:", "auth-zone:", "authoritative zones"),
        (
            "www.test. IN A\nENTRY_END",
            "www.test. CH A\nENTRY_END",
            "another class",
        ),
        (
            "EVAL ${${$ttl * 2} - 30} ;",
            "ELAPSE 9 \nSTEP 31 CHECK_AUTOTRUST test.",
            "a rollover",
        ),
    ];
    for (text, other, reason) in cases {
        let outcome = play_text(&TESTBOUND.replace(text, other));
        assert!(
            matches!(&outcome, Outcome::Skipped(it) if it.contains(reason)),
            "with '{other}' instead of '{text}', the scenario is skipped for '{reason}'; but: {outcome}"
        );
    }
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
    match fs::read(path) {
        Ok(octets) => play_text(&String::from_utf8_lossy(&octets)),
        Err(error) => Outcome::Skipped(error.to_string()),
    }
}

fn play_text(text: &str) -> Outcome {
    match Scenario::parse(text) {
        Ok(scenario) => catch_unwind(AssertUnwindSafe(|| play::play(scenario)))
            .unwrap_or_else(|_| Outcome::Failed("a panic (above)".to_owned())),
        Err(reason) => Outcome::Skipped(reason),
    }
}
