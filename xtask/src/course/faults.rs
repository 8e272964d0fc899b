//! `xtask/faults/LESSON.txt`: which tests fail for a fault in which function, as measured. `hint`
//! and `check` compare a learner's failing tests with it. (In hardware testing this is a fault
//! dictionary.)
//!
//! ```text
//! test 1 a_delegation_has_its_servers
//! test 2 glue_is_taken_from_the_additional_section
//! through glue: 1 2
//! fault glue: 2
//! ```
//!
//! `through` lists the tests that run through a function: those that fail if it is the only stub.
//! Each `fault` is a wrong program with one fault in that function, and lists the tests that fail
//! with it. `cargo xtask mutants LESSON --record` writes the file. Between two records, tests may be
//! added or renamed: a test that the file does not know may run through any function.

use crate::course::{Course, Lesson};
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The measured faults of a lesson.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Faults {
    /// All tests that there were.
    pub(crate) tests: BTreeSet<String>,
    /// By function, the tests that run through it.
    pub(crate) through: BTreeMap<String, BTreeSet<String>>,
    pub(crate) faults: BTreeSet<Fault>,
}

/// A wrong program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    /// The function that the fault is in.
    pub(crate) function: String,
    /// The tests that fail.
    pub(crate) tests: BTreeSet<String>,
}

impl Faults {
    /// Reads the faults of a lesson; none if they were never measured.
    pub(crate) fn read(course: &Course, lesson: &Lesson) -> Faults {
        let text = std::fs::read_to_string(path(course, lesson)).unwrap_or_default();
        parse(&text).unwrap_or_default()
    }

    /// Returns whether a test runs through a function, as far as that is known.
    pub(crate) fn may_run_through(&self, test: &str, function: &str) -> bool {
        match self.through.get(function) {
            Some(tests) => tests.contains(test) || !self.tests.contains(test),
            None => true,
        }
    }

    /// Returns the text of the file.
    pub(crate) fn text(&self, lesson: &Lesson) -> String {
        let mut out = format!(
            "# Measured by: cargo xtask mutants {} --record\n",
            lesson.short()
        );
        let number = |test: &String| self.tests.iter().position(|one| one == test);
        let listed = |tests: &BTreeSet<String>| {
            let numbers = tests.iter().filter_map(number);
            let numbers: Vec<String> = numbers.map(|number| format!(" {}", number + 1)).collect();
            numbers.concat()
        };
        for (number, test) in self.tests.iter().enumerate() {
            out.push_str(&format!("test {} {test}\n", number + 1));
        }
        for (function, tests) in &self.through {
            out.push_str(&format!("through {function}:{}\n", listed(tests)));
        }
        for Fault { function, tests } in &self.faults {
            out.push_str(&format!("fault {function}:{}\n", listed(tests)));
        }
        out
    }
}

/// Returns the path of a lesson's file.
pub(crate) fn path(course: &Course, lesson: &Lesson) -> PathBuf {
    let folder = course.root.join("xtask").join("faults");
    folder.join(format!("{}.txt", lesson.folder))
}

pub(super) fn parse(text: &str) -> Result<Faults> {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut faults = Faults::default();
    for (index, line) in text.lines().enumerate() {
        let wrong = || format!("line {}: {line:?}", index + 1);
        let Some((kind, rest)) = line.split_once(' ').filter(|(kind, _)| *kind != "#") else {
            continue;
        };
        if kind == "test" {
            let (number, name) = rest.split_once(' ').with_context(wrong)?;
            names.insert(number, name);
            faults.tests.insert(name.to_owned());
            continue;
        }
        let (function, numbers) = rest.split_once(':').with_context(wrong)?;
        let test = |number| names.get(number).map(|name| (*name).to_owned());
        let tests: Option<BTreeSet<String>> = numbers.split_whitespace().map(test).collect();
        let (function, tests) = (function.to_owned(), tests.with_context(wrong)?);
        match kind {
            "through" => drop(faults.through.insert(function, tests)),
            "fault" => drop(faults.faults.insert(Fault { function, tests })),
            _ => return Err(anyhow::anyhow!(wrong())),
        }
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lesson() -> Lesson {
        Lesson {
            number: 6,
            topic: "referral".to_owned(),
            folder: "lesson-06-referral".to_owned(),
        }
    }

    const TEXT: &str = "# Measured by: cargo xtask mutants lesson-6 --record\n\
                        test 1 a::one\ntest 2 three\ntest 3 two\n\
                        through chain: 1 2 3\nthrough glue: 3\nthrough none:\n\
                        fault chain: 1 2\nfault glue: 3\n";

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let faults = parse(TEXT).unwrap();
        assert_eq!(faults.text(&lesson()), TEXT);
        assert_eq!(faults.faults.len(), 2);
        for (from, to) in [("1 2 3", "1 2 4"), ("fault", "falt"), ("glue:", "glue")] {
            assert!(parse(&TEXT.replacen(from, to, 1)).is_err(), "{to}");
        }
    }

    #[test]
    fn a_test_that_is_not_known_may_run_through_any_function() {
        let faults = parse(TEXT).unwrap();
        for (test, function, expected) in [
            ("two", "glue", true),
            ("three", "glue", false),
            ("new", "glue", true),
            ("two", "none", false),
            ("two", "renamed", true),
        ] {
            let got = faults.may_run_through(test, function);
            assert_eq!(got, expected, "{test} through {function}");
        }
    }
}
