//! Which common mistake the tests show, for the advice of `check`, and which stub it lies in.
//!
//! A wrong answer is evidence. A test that hangs or crashes is none, unless the mistake is one that
//! makes tests do so (`hangs` in `lesson.toml`): an endless loop does not show where it is.
//! Misleading advice is worse than none. A mistake is therefore named if one of its phrases was
//! found (`got`), and else only if exactly its tests fail.

use crate::course::manifest::Mistake;
use crate::course::twin::{Stub, Twin};
use crate::verdict::build::Origin;
use crate::verdict::outcome::{Outcome, Test};
use std::cmp::Reverse;

/// The maximum number of mistakes that are named at once.
const MAX_NAMED: usize = 3;

/// The common mistakes that the tests show, and how sure that is.
#[derive(Debug)]
pub(crate) enum Advice<'m> {
    None,
    /// Their phrases were found.
    Certain(Vec<&'m Mistake>),
    /// Exactly their tests fail. If there are several, it is one of them.
    Likely(Vec<&'m Mistake>),
    /// Their tests fail, and the others that fail are those of another mistake.
    Several(Vec<&'m Mistake>),
}

impl<'m> Advice<'m> {
    /// Returns the mistakes, the likeliest first.
    pub(crate) fn mistakes(&self) -> &[&'m Mistake] {
        match self {
            Advice::None => &[],
            Advice::Certain(mistakes) | Advice::Likely(mistakes) | Advice::Several(mistakes) => {
                mistakes
            }
        }
    }
}

/// Finds the mistakes that the tests show.
///
/// These are the mistakes whose phrases were found, the one with the most tests first. If there are
/// none, they are those whose tests are exactly those that fail, or else one of two that together
/// break exactly these tests.
pub(crate) fn advice<'m>(mistakes: &'m [Mistake], tests: &[Test]) -> Advice<'m> {
    let is_possible = |mistake: &&Mistake| is_possible(mistake, tests);
    let (mut with_phrases, without): (Vec<_>, Vec<_>) = mistakes
        .iter()
        .filter(is_possible)
        .partition(|mistake| !mistake.got.is_empty());
    with_phrases.retain(|mistake| has_phrase(mistake, tests));
    with_phrases.sort_by_key(|mistake| Reverse(mistake.tests.len()));
    with_phrases.truncate(MAX_NAMED - 1);
    if !with_phrases.is_empty() {
        return Advice::Certain(with_phrases);
    }
    let is_exact = |mistake: &&Mistake| explain_all_failures(&[*mistake], tests);
    let exact: Vec<_> = without.iter().copied().filter(is_exact).collect();
    if (1..=MAX_NAMED).contains(&exact.len()) {
        return Advice::Likely(exact);
    }
    match one_of_two(&without, tests) {
        Some(mistake) if exact.is_empty() => Advice::Several(vec![mistake]),
        _ => Advice::None,
    }
}

/// Finds the mistake that is in most of the pairs that together break exactly the tests that fail.
/// There is none if mistakes of many pairs are possible: then all tests fail, perhaps by a panic.
fn one_of_two<'m>(possible: &[&'m Mistake], tests: &[Test]) -> Option<&'m Mistake> {
    let pairs = possible.iter().enumerate().flat_map(|(number, one)| {
        let others = possible.iter().skip(number + 1);
        others.map(move |other| [*one, *other])
    });
    let pairs: Vec<[&Mistake; 2]> = pairs
        .filter(|pair| explain_all_failures(pair, tests))
        .take(MAX_NAMED + 1)
        .collect();
    if pairs.len() > MAX_NAMED {
        return None;
    }
    let count = |mistake: &Mistake| {
        let is_it = |one: &&Mistake| std::ptr::eq(*one, mistake);
        pairs.iter().flatten().filter(|one| is_it(one)).count()
    };
    let members = pairs.iter().flatten().copied();
    members.min_by_key(|mistake| (Reverse(count(mistake)), Reverse(mistake.tests.len())))
}

/// Finds the stub whose solution the mistake changes; the first, if it changes several.
pub(crate) fn stub_of(twin: &Twin, mistake: &Mistake) -> Option<Stub> {
    let file = twin.file(&mistake.file)?;
    let is_made_in = |solution: &str| {
        let mut edits = mistake.edits.iter();
        edits.any(|edit| solution.contains(&edit.replace))
    };
    file.stubs()
        .zip(file.source.regions())
        .find(|(_, region)| is_made_in(&region.solution))
        .map(|(stub, _)| stub)
}

/// Returns whether each test of the mistake fails as it should or is inconclusive, and one fails.
fn is_possible(mistake: &Mistake, tests: &[Test]) -> bool {
    let outcome = |name: &String| tests.iter().find(|test| test.name == *name);
    let fits = |name: &String| {
        outcome(name).is_some_and(|test| is_inconclusive(test) || is_evidence(mistake, test))
    };
    mistake.tests.iter().all(fits)
        && mistake
            .tests
            .iter()
            .filter_map(outcome)
            .any(|test| is_evidence(mistake, test))
}

/// Returns whether one of the mistake's phrases is in the output of one of its tests.
fn has_phrase(mistake: &Mistake, tests: &[Test]) -> bool {
    let got = |test: &Test| match &test.outcome {
        Outcome::Wrong(wrong) => mistake.got.iter().any(|phrase| wrong.contains(phrase)),
        Outcome::Crashed(how) => mistake.got.iter().any(|phrase| how.contains(phrase)),
        _ => false,
    };
    tests
        .iter()
        .any(|test| mistake.tests.contains(&test.name) && got(test))
}

/// Returns whether no tests fail but those of these mistakes.
fn explain_all_failures(mistakes: &[&Mistake], tests: &[Test]) -> bool {
    let is_explained = |test: &Test| {
        let mut mistakes = mistakes.iter();
        mistakes.any(|mistake| mistake.tests.contains(&test.name))
    };
    tests
        .iter()
        .filter(|test| test.outcome.is_failure() && !is_inconclusive(test))
        .all(is_explained)
}

/// Returns whether the outcome of the test is evidence for the mistake.
fn is_evidence(mistake: &Mistake, test: &Test) -> bool {
    match test.outcome {
        Outcome::Wrong(_) => true,
        Outcome::Hangs { .. } | Outcome::Crashed(_) => mistake.hangs,
        _ => false,
    }
}

/// Returns whether the test shows nothing about the mistakes: it reached a stub, there was no time
/// left for it, or it is the learner's.
pub(crate) fn is_inconclusive(test: &Test) -> bool {
    test.origin != Origin::Course
        || matches!(test.outcome, Outcome::NotWritten { .. } | Outcome::NotRun)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::outcome::Wrong;
    use crate::verdict::panics::Place;

    fn mistake(name: &str, tests: &[&str], got: &[&str]) -> Mistake {
        let owned = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        Mistake {
            name: name.to_owned(),
            file: "src/lib.rs".to_owned(),
            edits: Vec::new(),
            tests: owned(tests),
            got: owned(got),
            hangs: false,
            advice: "Think.".to_owned(),
        }
    }

    /// `a` passes, `b!text` is wrong and got `text`, `c?` reaches a stub, `d~` hangs.
    fn tests(list: &str) -> Vec<Test> {
        let wrong = |stderr: &str| {
            Outcome::Wrong(Wrong {
                mismatch: None,
                panic: None,
                stderr: stderr.to_owned(),
            })
        };
        let not_written = || Outcome::NotWritten {
            place: Place {
                file: "src/lib.rs".to_owned(),
                line: 1,
            },
            instruction: String::new(),
        };
        let test = |word: &str| {
            let end = word.find(['!', '?', '~']).unwrap_or(word.len());
            let (name, rest) = word.split_at(end);
            let outcome = match rest.chars().next() {
                Some('!') => wrong(&rest[1..]),
                Some('?') => not_written(),
                Some(_) => Outcome::Hangs { seconds: 10 },
                None => Outcome::Passed,
            };
            let name = name.to_owned();
            Test {
                name,
                origin: Origin::Course,
                outcome,
            }
        };
        list.split(' ').map(test).collect()
    }

    fn recognised(mistakes: &[Mistake], list: &str) -> String {
        let names: Vec<&str> = advice(mistakes, &tests(list))
            .mistakes()
            .iter()
            .map(|mistake| mistake.name.as_str())
            .collect();
        names.join(" ")
    }

    #[test]
    fn several_mistakes_that_fit_are_all_named() {
        let mistakes = [
            mistake("one", &["a"], &[]),
            mistake("two", &["a"], &[]),
            mistake("three", &["b"], &[]),
        ];
        assert_eq!(recognised(&mistakes, "a!x b"), "one two");
        assert_eq!(recognised(&mistakes, "a b!x"), "three");
    }

    #[test]
    fn where_two_mistakes_meet_one_is_named() {
        let mistakes = [
            mistake("one", &["a", "b"], &[]),
            mistake("two", &["b", "c"], &[]),
            mistake("three", &["d"], &[]),
            mistake("four", &["a", "e"], &[]),
        ];
        assert_eq!(recognised(&mistakes, "a!x b!y c!z d e"), "one");
        assert_eq!(recognised(&mistakes, "a b!y c!z d!x e"), "two");
        // Three of them, or one that is not in the list.
        assert_eq!(recognised(&mistakes, "a!x b!y c!z d!x e f"), "");
        assert_eq!(recognised(&mistakes, "a!x b!y c!z d e f!x"), "");
    }

    #[test]
    fn where_all_tests_fail_no_pair_of_many_is_named() {
        let names = ["a", "b", "c", "d", "e"];
        let mistakes = names.map(|left| {
            let others: Vec<&str> = names.into_iter().filter(|name| *name != left).collect();
            mistake(left, &others, &[])
        });
        assert_eq!(recognised(&mistakes, "a!x b!x c!x d!x e!x"), "");
    }

    #[test]
    fn a_mistake_without_phrases_needs_exactly_its_tests_to_fail() {
        let mistakes = [
            mistake("one", &["a"], &[]),
            mistake("two", &["a", "b"], &[]),
        ];
        assert_eq!(recognised(&mistakes, "a!x b c"), "one");
        assert_eq!(recognised(&mistakes, "a!x b!y c"), "two");
        assert_eq!(recognised(&mistakes, "a!x b!y c!z"), "");
        assert_eq!(recognised(&mistakes, "a b!y c"), "");
        assert_eq!(recognised(&mistakes, "a b c"), "");
    }

    #[test]
    fn beside_a_mistake_with_phrases_other_tests_may_fail() {
        let mistakes = [mistake("rd", &["a", "b"], &["rd:0", "no-rd"])];
        assert_eq!(recognised(&mistakes, "a!x b!rd:0 c!z"), "rd");
        assert_eq!(recognised(&mistakes, "a!no-rd b!x c"), "rd");
        assert_eq!(
            recognised(&mistakes, "a!x b!x c"),
            "",
            "its phrases appear nowhere"
        );
        assert_eq!(
            recognised(&mistakes, "a!x b!x c!rd:0"),
            "",
            "only another test got it"
        );
        assert_eq!(recognised(&mistakes, "a!rd:0 b c"), "", "b passes");
    }

    #[test]
    fn phrases_come_before_tests_and_many_tests_before_few() {
        let mistakes = [
            mistake("plain", &["a"], &[]),
            mistake("few", &["a"], &["x"]),
            mistake("many", &["a", "b"], &["x"]),
            mistake("more", &["a", "b", "c"], &["x"]),
        ];
        assert_eq!(recognised(&mistakes, "a!y b c"), "plain");
        assert_eq!(recognised(&mistakes, "a!x b c"), "few");
        assert_eq!(recognised(&mistakes, "a!x b!x c!x"), "more many");
    }

    #[test]
    fn a_hang_is_evidence_only_for_a_mistake_that_hangs() {
        let words = [mistake("words", &["a", "b"], &["x"])];
        assert_eq!(recognised(&words, "a!x b~ c"), "");
        assert_eq!(recognised(&words, "a!x b!x c~"), "words");
        let mut mistakes = [mistake("tests", &["a", "b"], &[])];
        assert_eq!(recognised(&mistakes, "a!x b~ c"), "");
        assert_eq!(recognised(&mistakes, "a!x b!x c~"), "");
        mistakes[0].hangs = true;
        assert_eq!(recognised(&mistakes, "a!x b~ c"), "tests");
        assert_eq!(recognised(&mistakes, "a~ b~ c"), "tests");
        assert_eq!(recognised(&mistakes, "a~ b~ c~"), "");
    }

    #[test]
    fn a_test_that_reaches_a_stub_hides_no_mistake() {
        let mistakes = [
            mistake("one", &["a"], &[]),
            mistake("two", &["a", "b"], &[]),
        ];
        assert_eq!(recognised(&mistakes[1..], "a!x b? c?"), "two");
        assert_eq!(
            recognised(&mistakes, "a!x b? c?"),
            "one two",
            "it could be either"
        );
        assert_eq!(
            recognised(&mistakes, "a? b? c?"),
            "",
            "no answer is wrong yet"
        );
    }
}
