//! The wrong programs of a lesson: common mistakes, slips, mutants.

use super::super::variants::Texts;
use super::cargo_mutants::{self, Mutant};
use crate::course::region::Region;
use crate::course::slips::{self, Equivalent, Slips};
use crate::course::twin::{Twin, TwinFile};
use crate::course::{Course, Lesson, manifest};
use crate::files::slashed;
use anyhow::{Context, Result};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a wrong program comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mistake,
    Slip,
    /// A single stub, with all others solved: no wrong program, but it shows which tests run through
    /// it.
    Stub,
    /// A mutant of code that learners write.
    Region,
    /// A mutant of given code.
    Given,
}

impl Kind {
    fn noun(self) -> &'static str {
        match self {
            Kind::Mistake => "mistake",
            Kind::Slip => "slip",
            Kind::Stub => "stub",
            Kind::Region | Kind::Given => "mutant",
        }
    }
}

/// A wrong program.
pub(super) struct Candidate {
    pub(super) kind: Kind,
    /// The mistake's or slip's name, or the mutant's with its place.
    name: String,
    /// The function that it changes, if a learner writes that.
    pub(super) function: Option<String>,
    /// The file that it changes, and its text.
    file: PathBuf,
    text: String,
    /// The lesson's files without the change.
    pub(super) solution: Arc<Texts>,
    /// Tests that must fail; any, if none is named.
    pub(super) tests: Vec<String>,
    /// Whether it may be a program that does not compile, as mutants may.
    pub(super) may_not_compile: bool,
    /// The reason, if this is a mutant that is no fault.
    pub(super) equivalent: Option<String>,
}

impl Candidate {
    /// Returns the lesson's files with the change.
    pub(super) fn texts(&self) -> Texts {
        let mut texts = (*self.solution).clone();
        for (path, text) in &mut texts {
            if *path == self.file {
                text.clone_from(&self.text);
            }
        }
        texts
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Mistake => write!(f, "mistake {}", self.name),
            Kind::Slip => write!(f, "slip {}", self.name),
            Kind::Stub => write!(f, "stub {}", self.name),
            Kind::Region => f.write_str(&self.name),
            Kind::Given => write!(f, "{} (given code)", self.name),
        }
    }
}

/// Returns the wrong programs of a lesson, and the faults of the files that describe them.
pub(super) fn of(
    course: &Course,
    lesson: &Lesson,
    has_mutants: bool,
) -> Result<(Vec<Candidate>, Vec<String>)> {
    let folder = course.folder(lesson);
    let twin = Twin::read(course, lesson)?;
    let solution = |file: &TwinFile| (file.path.clone(), file.source.solution());
    let source = Sources {
        solution: Arc::new(twin.files.iter().map(solution).collect()),
        slips: slips::read(&folder)?,
    };
    let (mut candidates, mut faults) = (Vec::new(), Vec::new());
    let mut add = |kind, name: &str, file: &str, tests: &[String], edit: &Edit<'_>| match source
        .edited(kind, name, file, edit)
    {
        Ok(candidate) => candidates.push(Candidate {
            tests: tests.to_vec(),
            ..candidate
        }),
        Err(error) => faults.push(format!("{} {name}: {error:#}", kind.noun())),
    };
    for mistake in manifest::read(&folder)?.mistakes {
        // Exactly its tests fail: `verify` proves that.
        let edit = |solution: &str| mistake.apply(solution);
        add(Kind::Mistake, &mistake.name, &mistake.file, &[], &edit);
    }
    for (file, stub) in twin
        .files
        .iter()
        .flat_map(|file| file.stubs().map(move |stub| (file, stub)))
    {
        let edit = |_: &str| file.stubbed(course, |instruction| instruction == stub.instruction);
        add(Kind::Stub, stub.name(), &stub.file, &[], &edit);
    }
    for slip in &source.slips.slips {
        let edit = |solution: &str| slip.apply(solution);
        add(Kind::Slip, &slip.name, &slip.file, &slip.tests, &edit);
    }
    if has_mutants {
        let mutants = cargo_mutants::list(course, lesson)?;
        for equivalent in &source.slips.equivalents {
            if !mutants.iter().any(|mutant| is_it(equivalent, mutant)) {
                faults.push(format!(
                    "an [[equivalent]] for {:?} in {}, which is no mutant",
                    equivalent.mutant, equivalent.file
                ));
            }
        }
        candidates.extend(mutants.into_iter().map(|mutant| source.mutated(mutant)));
    }
    for candidate in &mut candidates {
        candidate.function = changed_function(&twin, candidate);
    }
    Ok((candidates, faults))
}

/// Returns the function whose solution the candidate changes, if there is one such function.
fn changed_function(twin: &Twin, candidate: &Candidate) -> Option<String> {
    let file = twin.file(&slashed(&candidate.file))?;
    let is_changed = |region: &&Region| !candidate.text.contains(&region.solution);
    let mut changed = file.source.regions().filter(is_changed);
    let function = changed.next()?.function.clone();
    function.filter(|_| changed.next().is_none())
}

fn is_it(equivalent: &Equivalent, mutant: &Mutant) -> bool {
    let line = equivalent.line.as_deref().unwrap_or_default();
    equivalent.file == mutant.file
        && equivalent.mutant == mutant.change
        && mutant.line_text.contains(line)
}

/// An edit of a file's text.
type Edit<'e> = dyn Fn(&str) -> Result<String> + 'e;

/// The files that a lesson's wrong programs are made of.
struct Sources {
    solution: Arc<Texts>,
    slips: Slips,
}

impl Sources {
    fn edited(&self, kind: Kind, name: &str, file: &str, edit: &Edit<'_>) -> Result<Candidate> {
        let mut files = self.solution.iter();
        let found = files.find(|(path, _)| slashed(path) == file);
        let (path, solution) = found.with_context(|| format!("there is no {file}"))?;
        Ok(Candidate {
            kind,
            name: name.to_owned(),
            function: None,
            file: path.clone(),
            text: edit(solution)?,
            solution: Arc::clone(&self.solution),
            tests: Vec::new(),
            may_not_compile: false,
            equivalent: None,
        })
    }

    fn mutated(&self, mutant: Mutant) -> Candidate {
        let mut equivalents = self.slips.equivalents.iter();
        let equivalent = equivalents.find(|equivalent| is_it(equivalent, &mutant));
        Candidate {
            kind: if mutant.is_in_region {
                Kind::Region
            } else {
                Kind::Given
            },
            name: format!("{}:{}: {}", mutant.file, mutant.line, mutant.change),
            function: None,
            file: PathBuf::from(&mutant.file),
            text: mutant.text,
            solution: Arc::clone(&self.solution),
            tests: Vec::new(),
            may_not_compile: true,
            equivalent: equivalent.map(|equivalent| equivalent.reason.clone()),
        }
    }
}
