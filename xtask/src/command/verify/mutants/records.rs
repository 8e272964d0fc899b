//! Which tests fail with each wrong program, written to `xtask/faults` for `hint`.

use super::candidates::{Candidate, Kind};
use crate::course::faults::{self, Fault, Faults};
use crate::course::{Course, Lesson};
use crate::files;
use crate::report::screen::print;
use crate::verdict::build::Origin;
use crate::verdict::outcome::{Outcome, Test};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// The records of the lessons, by their folders.
#[derive(Debug, Default)]
pub(super) struct Records(BTreeMap<Lesson, Faults>);

impl Records {
    /// Adds the tests of a program that was tried.
    pub(super) fn add(&mut self, lesson: &Lesson, candidate: &Candidate, tests: &[Test]) {
        let Some(function) = &candidate.function else {
            return;
        };
        let faults = self.0.entry(lesson.clone()).or_default();
        let tests = tests.iter().filter(|test| test.origin == Origin::Course);
        let names = tests.clone().map(|test| test.name.clone());
        faults.tests.extend(names);
        let failing = tests.filter(|test| is_evidence(candidate.kind, test));
        let failing: BTreeSet<String> = failing.map(|test| test.name.clone()).collect();
        if candidate.kind == Kind::Stub {
            // Two functions may have the same name.
            let through = faults.through.entry(function.clone()).or_default();
            through.extend(failing);
        } else if !failing.is_empty() {
            faults.faults.insert(Fault {
                function: function.clone(),
                tests: failing,
            });
        }
    }

    /// Writes the files.
    pub(super) fn write(&self, course: &Course) -> Result<()> {
        for (lesson, faults) in &self.0 {
            let path = faults::path(course, lesson);
            if files::write_if_changed(&path, faults.text(lesson).as_bytes())? {
                print(&format!("written: {}\n", course.display_path(&path)));
            }
        }
        Ok(())
    }
}

/// Returns whether a test fails because of the program. One for which no time was left does not.
fn is_evidence(kind: Kind, test: &Test) -> bool {
    match test.outcome {
        Outcome::NotRun => false,
        Outcome::NotWritten { .. } => kind == Kind::Stub,
        _ => test.outcome.is_failure(),
    }
}
