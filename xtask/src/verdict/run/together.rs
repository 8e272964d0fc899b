//! All tests of an executable in one process, and the harness's report on them.
//!
//! A test counts as passed here only by the harness's own line on it. Each other test is run again
//! in a process of its own, so a line that is lost or mangled costs time and changes no outcome.

use super::process::{self, command, start};
use super::{End, LIMIT};
use crate::verdict::build::Executable;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The time without a finished test after which the executable is given up: a test hangs, and which
/// one it is shows when they run one by one.
const QUIET: Duration = Duration::from_secs(3);

/// How many tests run at once. Some only wait for a socket or a timer, so this is more than the
/// number of cores.
const THREADS: usize = 8;

/// The tests that passed or were ignored, and whether these are all.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Report {
    ends: BTreeMap<String, End>,
    is_complete: bool,
}

/// Runs all tests of an executable.
pub(super) fn run(root: &Path, executable: &Executable, scratch: &Path) -> Result<Report> {
    std::fs::create_dir_all(scratch)?;
    let mut command = command(root, executable, scratch);
    let threads = THREADS.to_string();
    // Captured output would stay in the process's memory, however long it is.
    command.args(["--nocapture", "--color", "never", "--test-threads"]);
    command.arg(threads);
    let output = process::run(start(&mut command, executable)?, LIMIT, QUIET)?;
    let success = output.status.is_some_and(|status| status.success());
    Ok(Report::read(&output.stdout, success))
}

impl Report {
    /// Reads the harness's output.
    ///
    /// ```text
    /// test adds_up ... ok
    /// test tabulates ... ignored, it is slow
    /// test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
    /// ```
    fn read(stdout: &str, success: bool) -> Report {
        let mut ends: BTreeMap<String, End> = stdout.lines().filter_map(read_line).collect();
        let (lines, result) = stdout
            .rsplit_once("\ntest result: ")
            .unwrap_or((stdout, ""));
        // The code under test may print such lines too; the harness names failures once more.
        if let Some((_, failures)) = lines.rsplit_once("\nfailures:\n") {
            for name in failures.lines() {
                ends.remove(name.trim());
            }
        }
        let count = |end| ends.values().filter(|value| **value == end).count();
        let passes = format!(
            "ok. {} passed; 0 failed; {} ignored;",
            count(End::Passed),
            count(End::Ignored)
        );
        Report {
            is_complete: success && result.starts_with(&passes),
            ends,
        }
    }

    /// Returns the names of all tests: from this report if it is complete, else from `list`.
    pub(super) fn names(&self, list: impl FnOnce() -> Result<Vec<String>>) -> Result<Vec<String>> {
        if self.is_complete {
            return Ok(self.ends.keys().cloned().collect());
        }
        list()
    }

    /// Returns the end of a test that passed or was ignored.
    pub(super) fn end(&self, test: &str) -> Option<End> {
        self.ends.get(test).copied()
    }
}

fn read_line(line: &str) -> Option<(String, End)> {
    let (name, word) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let end = match word {
        "ok" => End::Passed,
        _ if word == "ignored" || word.starts_with("ignored, ") => End::Ignored,
        _ => return None,
    };
    let name = name.strip_suffix(" - should panic").unwrap_or(name);
    Some((name.to_owned(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(report: &Report) -> String {
        let end = |(name, end): (&String, &End)| format!("{name} {end:?}");
        report.ends.iter().map(end).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_complete_report_names_every_test() {
        let stdout = "\nrunning 3 tests\ntest a ... ok\ntest b - should panic ... ok\ntest c ... ignored, slow\n\n\
                      test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n";
        let report = Report::read(stdout, true);
        assert_eq!(ends(&report), "a Passed, b Passed, c Ignored");
        assert!(report.is_complete);
        assert!(!Report::read(stdout, false).is_complete);
        let lost = stdout.replace("test a ... ok", "test a ... 17\nok");
        assert!(!Report::read(&lost, true).is_complete);
    }

    #[test]
    fn a_failure_is_no_pass_whatever_the_code_printed() {
        let stdout = "\nrunning 2 tests\ntest a ... ok\ntest b ... ok\ntest b ... FAILED\n\nfailures:\n\nfailures:\n    b\n\n\
                      test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n";
        let report = Report::read(stdout, false);
        assert_eq!(ends(&report), "a Passed");
        assert!(!report.is_complete);
    }

    #[test]
    fn tests_that_ended_before_a_crash_count() {
        let report = Report::read("\nrunning 2 tests\ntest a ... ok\n", false);
        assert_eq!(ends(&report), "a Passed");
        assert!(!report.is_complete);
    }
}
