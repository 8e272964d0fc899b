//! Which of the learner's functions the failing tests are about, where no common mistake is
//! recognised.
//!
//! One wrong function is assumed at first. Then each failing test runs through it, which leaves only
//! a few functions in a lesson of small ones. Among these, the likeliest is the one of which a known
//! wrong program fails in nearly the same tests. Only clear evidence singles one out: a hint on a
//! function that is right costs a learner more time than a list of those that may be wrong.

use crate::course::faults::{Fault, Faults};
use crate::course::manifest::Manifest;
use crate::course::twin::{Stub, Twin, Unwritten};
use crate::verdict::advice::{self, Advice, is_inconclusive};
use crate::verdict::outcome::Test;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The maximum number of functions that are named.
const MAX_NAMED: usize = 5;
/// The least likeness, in percent, of the failing tests to those of a known wrong program that
/// singles out a function, and the least distance to the likeness of any other function. With each of
/// 479 wrong programs compared with all others of its lesson, 205 get a single function, 5 of them the
/// wrong one; of the 274 lists, 267 have the right one. With a smaller distance, more are wrong.
const LIKE: usize = 80;
const DISTANCE: usize = 67;
/// The least likeness, in percent, that makes a single fault of a function credible if it is the only
/// one that all failing tests run through: a central function is the only one, too, where two others
/// are wrong. Of pairs of these wrong programs, 96 of 1,563 get a single function, 7 a wrong one.
const LIKE_ONE_FAULT: usize = 30;

/// The functions that may be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Suspects {
    /// No test is wrong.
    None,
    /// The failing tests show this one.
    One(Stub),
    /// It is one of these, the likeliest first; and the number of others that it may be.
    Several(Vec<Stub>, usize),
}

impl Suspects {
    /// Returns the likeliest one.
    pub(crate) fn first(&self) -> Option<&Stub> {
        match self {
            Suspects::None => None,
            Suspects::One(stub) => Some(stub),
            Suspects::Several(stubs, _) => stubs.first(),
        }
    }
}

/// Finds the functions that the failing tests may be about. A stub that is not written yet can't be
/// wrong.
pub(crate) fn suspects(
    manifest: Option<&Manifest>,
    twin: &Twin,
    measured: &Faults,
    tests: &[Test],
    unwritten: &[Unwritten],
) -> Suspects {
    let mistakes = manifest.map_or(&[][..], |manifest| &manifest.mistakes);
    // No test of the course runs through the test that the learner writes.
    let is_test = |stub: &Stub| stub.file.starts_with("tests/");
    let is_written =
        |stub: &Stub| !is_test(stub) && !unwritten.iter().any(|unwritten| unwritten.stub == *stub);
    let mut written = twin.stubs(manifest);
    written.retain(is_written);
    let mut faults: Vec<Fault> = measured.faults.iter().cloned().collect();
    faults.extend(mistakes.iter().filter_map(|mistake| {
        Some(Fault {
            function: advice::stub_of(twin, mistake)?.function?,
            tests: mistake.tests.iter().cloned().collect(),
        })
    }));
    let evidence = Evidence::new(tests, measured, &faults);
    let advice = advice::advice(mistakes, tests);
    let mut advised: Vec<Stub> = Vec::new();
    let stubs = advice.mistakes().iter();
    advised.extend(stubs.filter_map(|mistake| advice::stub_of(twin, mistake)));
    if !advised.is_empty() && !matches!(advice, Advice::Certain(_)) {
        // Exactly its tests fail: those of other wrong programs may be the same.
        advised.extend(
            written
                .iter()
                .filter(|stub| evidence.likeness(stub) == 100)
                .cloned(),
        );
    }
    match advised.is_empty() {
        true => evidence.suspects(written),
        false => suspects_of(advised),
    }
}

/// Returns these stubs, each of them once, as suspects.
fn suspects_of(stubs: impl IntoIterator<Item = Stub>) -> Suspects {
    let mut distinct: Vec<Stub> = Vec::new();
    for stub in stubs {
        if !distinct.contains(&stub) {
            distinct.push(stub);
        }
    }
    match distinct.len() {
        0 => Suspects::None,
        1 => Suspects::One(distinct.swap_remove(0)),
        count => {
            distinct.truncate(MAX_NAMED);
            Suspects::Several(distinct, count.saturating_sub(MAX_NAMED))
        }
    }
}

/// The conclusive tests, and the known facts about them.
struct Evidence<'e> {
    failing: BTreeSet<&'e str>,
    /// Those that fail, and those that pass.
    conclusive: BTreeSet<&'e str>,
    measured: &'e Faults,
    faults: &'e [Fault],
}

impl<'e> Evidence<'e> {
    fn new(tests: &'e [Test], measured: &'e Faults, faults: &'e [Fault]) -> Evidence<'e> {
        let conclusive = tests.iter().filter(|test| !is_inconclusive(test));
        let failing = conclusive.clone().filter(|test| test.outcome.is_failure());
        Evidence {
            failing: failing.map(|test| test.name.as_str()).collect(),
            conclusive: conclusive.map(|test| test.name.as_str()).collect(),
            measured,
            faults,
        }
    }

    fn suspects(&self, written: Vec<Stub>) -> Suspects {
        if self.failing.is_empty() {
            return Suspects::None;
        }
        let all = self.failing.len();
        let mut possible = written.clone();
        possible.retain(|stub| self.reached(stub) == all);
        let is_one_fault = match possible.as_slice() {
            [] => false,
            [only] => self.likeness(only) >= LIKE_ONE_FAULT,
            _ => true,
        };
        if !is_one_fault {
            // There are several faults: each is in a function that some failing test runs through.
            possible = written;
            possible.retain(|stub| self.reached(stub) > 0);
        }
        let ranked = |stub: Stub| (self.likeness(&stub), self.share(&stub), stub);
        let mut ranked: Vec<(usize, usize, Stub)> = possible.into_iter().map(ranked).collect();
        // The sort is stable: among equals, the order of the lesson counts.
        ranked.sort_by_key(|(likeness, share, stub)| {
            (self.reached(stub) < all, Reverse(2 * likeness + share))
        });
        if is_one_fault
            && let [(first, ..), others @ ..] = ranked.as_slice()
            && *first >= LIKE
            && others.iter().all(|(other, ..)| other + DISTANCE <= *first)
        {
            ranked.truncate(1);
        }
        suspects_of(ranked.into_iter().map(|(.., stub)| stub))
    }

    /// Counts the failing tests that may run through the function.
    fn reached(&self, stub: &Stub) -> usize {
        let function = stub.function.as_deref().unwrap_or_default();
        let runs = |test: &&&str| self.measured.may_run_through(test, function);
        self.failing.iter().filter(runs).count()
    }

    /// Returns how like the failing tests are to those that fail for the most similar wrong program
    /// of this function, in percent: the number that they share, of all in either.
    fn likeness(&self, stub: &Stub) -> usize {
        let is_its = |fault: &&Fault| Some(&fault.function) == stub.function.as_ref();
        let likeness = |fault: &Fault| {
            let tests = fault.tests.iter().map(String::as_str);
            let tests: BTreeSet<&str> = tests
                .filter(|test| self.conclusive.contains(test))
                .collect();
            let shared = tests.intersection(&self.failing).count();
            100 * shared / tests.union(&self.failing).count().max(1)
        };
        let its = self.faults.iter().filter(is_its);
        its.map(likeness).max().unwrap_or(0)
    }

    /// Returns the share of failing tests among those that run through the function, in percent: of
    /// two functions, the one with fewer passing tests is likelier.
    fn share(&self, stub: &Stub) -> usize {
        let function = stub.function.as_deref().unwrap_or_default();
        let runs = |test: &&&str| self.measured.may_run_through(test, function);
        let all = self.conclusive.iter().filter(runs).count();
        100 * self.reached(stub) / all.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::edit::Edit;
    use crate::course::manifest::Mistake;
    use crate::course::region::Source;
    use crate::course::twin::TwinFile;
    use crate::verdict::build::Origin;
    use crate::verdict::outcome::{Outcome, Wrong};
    use std::path::{Path, PathBuf};

    /// A twin in which the learner writes `parse`, `sum` and `show`.
    fn twin() -> Twin {
        let function = |name: &str| {
            format!(
                "fn {name}() {{\n    // todo: Write {name}.\n    {name}_it();\n    // end todo\n}}\n"
            )
        };
        let text: String = ["parse", "sum", "show"].map(function).concat();
        let source = Source::parse(Path::new("src/lib.rs"), &text).unwrap();
        Twin {
            files: vec![TwinFile::new(PathBuf::from("src/lib.rs"), source)],
        }
    }

    fn set(words: &str) -> BTreeSet<String> {
        words.split_whitespace().map(str::to_owned).collect()
    }

    /// All tests run through `parse`, three of them also through `sum`, and two through `show`.
    fn measured(faults: &[(&str, &str)]) -> Faults {
        let through = [("parse", "a b c d e"), ("sum", "b c d"), ("show", "d e")];
        let through = through.map(|(function, tests)| (function.to_owned(), set(tests)));
        let fault = |(function, tests): &(&str, &str)| Fault {
            function: (*function).to_owned(),
            tests: set(tests),
        };
        Faults {
            tests: set("a b c d e"),
            through: through.into(),
            faults: faults.iter().map(fault).collect(),
        }
    }

    /// `a` passes, `b!` is wrong, `c~` hangs.
    fn tests(list: &str) -> Vec<Test> {
        let test = |word: &str| Test {
            name: word.trim_end_matches(['!', '~']).to_owned(),
            origin: Origin::Course,
            outcome: match word.chars().last() {
                Some('!') => Outcome::Wrong(Wrong {
                    mismatch: None,
                    panic: None,
                    stderr: String::new(),
                }),
                Some('~') => Outcome::Hangs { seconds: 10 },
                _ => Outcome::Passed,
            },
        };
        list.split(' ').map(test).collect()
    }

    fn suspected(measured: &Faults, list: &str, unwritten: &[&str]) -> String {
        let mut twin = twin();
        let is_unwritten = |stub: &Stub| unwritten.contains(&stub.name());
        let stubs = twin.stubs(None).into_iter().filter(is_unwritten);
        let unwritten: Vec<Unwritten> = stubs
            .map(|stub| Unwritten {
                stub,
                place: String::new(),
            })
            .collect();
        // The test that the learner writes is none of them.
        let (path, yours) = (
            Path::new("tests/yours.rs"),
            "fn yours() {\n    // todo: Test.\n    a();\n    // end todo\n}\n",
        );
        let yours = Source::parse(path, yours).unwrap();
        twin.files.push(TwinFile::new(path.to_owned(), yours));
        match suspects(None, &twin, measured, &tests(list), &unwritten) {
            Suspects::None => "none".to_owned(),
            Suspects::One(stub) => format!("only {}", stub.name()),
            Suspects::Several(stubs, more) => {
                let names: Vec<&str> = stubs.iter().map(Stub::name).collect();
                format!("{} and {more} more", names.join(", "))
            }
        }
    }

    #[test]
    fn each_failing_test_runs_through_the_suspects() {
        let measured = measured(&[]);
        assert_eq!(suspected(&measured, "a! b c d e", &[]), "only parse");
        // Fewer of the tests that run through `sum` pass.
        assert_eq!(
            suspected(&measured, "a b! c! d e", &[]),
            "sum, parse and 0 more"
        );
        assert_eq!(
            suspected(&measured, "a b c d~ e", &[]),
            "show, sum, parse and 0 more"
        );
        assert_eq!(suspected(&measured, "a b c d e", &[]), "none");
        // A test that was not measured may run through any of them.
        assert_eq!(
            suspected(&measured, "a b c d e f!", &[]),
            "show, sum, parse and 0 more"
        );
        // All of them, if nothing was measured.
        assert_eq!(
            suspected(&Faults::default(), "a! b c d e", &[]),
            "parse, sum, show and 0 more"
        );
    }

    #[test]
    fn a_stub_that_is_not_written_is_never_a_suspect() {
        let measured = measured(&[("sum", "b")]);
        assert_eq!(suspected(&measured, "a b! c d e", &["sum"]), "only parse");
        assert_eq!(
            suspected(&measured, "a b! c d e", &["sum", "parse", "show"]),
            "none"
        );
    }

    #[test]
    fn a_known_wrong_program_singles_out_its_function_if_no_other_is_near() {
        let one = measured(&[("parse", "b c"), ("sum", "d")]);
        assert_eq!(suspected(&one, "a b! c! d e", &[]), "only parse");
        for other in ["b c", "b c d"] {
            let near = measured(&[("parse", "b c"), ("sum", other)]);
            let got = suspected(&near, "a b! c! d e", &[]);
            let expected = match other {
                "b c" => "sum, parse and 0 more",
                _ => "parse, sum and 0 more",
            };
            assert_eq!(got, expected, "{other}");
        }
        // It fails in tests that do not run through `show`.
        let far = measured(&[("show", "b c")]);
        assert_eq!(suspected(&far, "a b! c! d e", &[]), "sum, parse and 0 more");
    }

    #[test]
    fn a_common_mistake_comes_first_and_beside_it_what_fails_in_the_same_tests() {
        let mistake = |function: &str, got: &str| Mistake {
            name: function.to_owned(),
            file: "src/lib.rs".to_owned(),
            edits: vec![Edit {
                replace: format!("{function}_it();"),
                with: String::new(),
            }],
            tests: vec!["d".to_owned()],
            got: got.split_whitespace().map(str::to_owned).collect(),
            hangs: false,
            advice: String::new(),
        };
        let suspected = |mistakes: Vec<Mistake>, faults: &[(&str, &str)]| {
            let manifest = Manifest {
                title: String::new(),
                stubs: Vec::new(),
                mistakes,
                questions: Vec::new(),
                graded: None,
            };
            let tests = tests("a b c d! e");
            match suspects(Some(&manifest), &twin(), &measured(faults), &tests, &[]) {
                Suspects::None => "none".to_owned(),
                Suspects::One(stub) => format!("only {}", stub.name()),
                Suspects::Several(stubs, _) => {
                    let names: Vec<&str> = stubs.iter().map(Stub::name).collect();
                    names.join(", ")
                }
            }
        };
        let show = || mistake("show", "");
        assert_eq!(suspected(vec![show()], &[("sum", "c d")]), "only show");
        assert_eq!(suspected(vec![show()], &[("sum", "d")]), "show, sum");
        assert_eq!(
            suspected(vec![show(), mistake("parse", "")], &[]),
            "show, parse"
        );
        // Its phrase was not got.
        assert_eq!(
            suspected(vec![mistake("show", "x")], &[("sum", "d")]),
            "show, sum, parse"
        );
    }

    #[test]
    fn several_faults_single_out_no_function() {
        let measured = measured(&[("sum", "b")]);
        // Only `parse` has both, but it may be that `sum` and `show` are wrong.
        assert_eq!(
            suspected(&measured, "a b! c d e!", &["parse"]),
            "sum, show and 0 more"
        );
        assert_eq!(suspected(&measured, "a! b c d e", &["parse"]), "none");
        // All failing tests run through `parse` alone, but no wrong `parse` fails like that.
        assert_eq!(
            suspected(&measured, "a b! c d e!", &[]),
            "parse, sum, show and 0 more"
        );
    }
}
