//! Which common mistake the tests speak of, and which stub it lies in: what `check` advises and `hint` points at.
//!
//! A wrong answer is evidence. A test that hangs or crashes is not, unless the mistake is one that makes tests do so
//! (`hangs` in `lesson.toml`): a loop without end says nothing of where it is. Advice that misleads is worse than none,
//! so a mistake is named where its words were found (`got`), and else only where exactly its tests fail.

use crate::course::manifest::Mistake;
use crate::course::twin::{Stub, Twin, Unwritten};
use crate::verdict::outcome::{Outcome, Test};
use std::cmp::Reverse;

/// How many mistakes are named at once.
const MOST: usize = 2;

/// The mistakes that the tests speak of. Those whose words were found come first, the one with the most tests before the
/// others; where there is none, it is the one whose tests are exactly those that fail, and nobody's if two fit.
pub(crate) fn look_alike<'m>(mistakes: &'m [Mistake], tests: &[Test]) -> Vec<&'m Mistake> {
    let shown = |mistake: &&Mistake| is_shown(mistake, tests);
    let (mut said, unsaid): (Vec<_>, Vec<_>) = mistakes
        .iter()
        .filter(shown)
        .partition(|mistake| !mistake.got.is_empty());
    said.retain(|mistake| is_said(mistake, tests));
    said.sort_by_key(|mistake| Reverse(mistake.tests.len()));
    said.truncate(MOST);
    if !said.is_empty() {
        return said;
    }
    let exact: Vec<_> = unsaid
        .into_iter()
        .filter(|mistake| is_all(mistake, tests))
        .collect();
    if exact.len() == 1 { exact } else { Vec::new() }
}

/// The stub that the failing tests are most likely about: the one that the mistake they speak of lies in, or else that
/// most nearly breaks the same tests. A stub that is not written yet can't be wrong.
pub(crate) fn suspect(
    mistakes: &[Mistake],
    twin: &Twin,
    tests: &[Test],
    unwritten: &[Unwritten],
) -> Option<Stub> {
    if let Some(mistake) = look_alike(mistakes, tests).first() {
        return home(twin, mistake);
    }
    let failing: Vec<&str> = tests
        .iter()
        .filter(|test| test.outcome.is_failure() && !waits(test))
        .map(|test| test.name.as_str())
        .collect();
    let nearness = |mistake: &Mistake| {
        let is_failing = |name: &&String| failing.contains(&name.as_str());
        let shared = mistake.tests.iter().filter(is_failing).count();
        100 * shared / mistake.tests.len().max(failing.len()).max(1)
    };
    mistakes
        .iter()
        .filter(|mistake| nearness(mistake) > 0)
        .filter_map(|mistake| Some((nearness(mistake), home(twin, mistake)?)))
        .filter(|(_, stub)| !unwritten.iter().any(|unwritten| unwritten.stub == *stub))
        // The first of equals: `max_by_key` would take the last.
        .min_by_key(|(nearness, _)| Reverse(*nearness))
        .map(|(_, stub)| stub)
}

/// The stub whose solution holds the mistake's place; the first of them, if it has several.
fn home(twin: &Twin, mistake: &Mistake) -> Option<Stub> {
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

/// Every one of its tests fails as the mistake would have it, or waits for a stub; at least one fails.
fn is_shown(mistake: &Mistake, tests: &[Test]) -> bool {
    let outcome = |name: &String| tests.iter().find(|test| test.name == *name);
    let fits =
        |name: &String| outcome(name).is_some_and(|test| waits(test) || fails(mistake, test));
    mistake.tests.iter().all(fits)
        && mistake
            .tests
            .iter()
            .filter_map(outcome)
            .any(|test| fails(mistake, test))
}

/// One of its phrases is in what one of its tests got.
fn is_said(mistake: &Mistake, tests: &[Test]) -> bool {
    let got = |test: &Test| match &test.outcome {
        Outcome::Wrong(wrong) => mistake.got.iter().any(|phrase| wrong.holds(phrase)),
        Outcome::Crashed(how) => mistake.got.iter().any(|phrase| how.contains(phrase)),
        _ => false,
    };
    tests
        .iter()
        .any(|test| mistake.tests.contains(&test.name) && got(test))
}

/// No other test fails, in whatever way.
fn is_all(mistake: &Mistake, tests: &[Test]) -> bool {
    tests
        .iter()
        .filter(|test| test.outcome.is_failure() && !waits(test))
        .all(|test| mistake.tests.contains(&test.name))
}

/// Whether this end of the test is evidence for the mistake.
fn fails(mistake: &Mistake, test: &Test) -> bool {
    match test.outcome {
        Outcome::Wrong(_) => true,
        Outcome::Hangs { .. } | Outcome::Crashed(_) => mistake.hangs,
        _ => false,
    }
}

/// Whether the test says nothing yet: it came to a stub, or there was no time left for it.
fn waits(test: &Test) -> bool {
    matches!(test.outcome, Outcome::NotWritten { .. } | Outcome::NotRun)
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

    /// `a` passes, `b!text` is wrong and got `text`, `c?` waits for its stub, `d~` hangs.
    fn tests(list: &str) -> Vec<Test> {
        let wrong = |said: &str| {
            Outcome::Wrong(Wrong {
                mismatch: None,
                panic: None,
                said: said.to_owned(),
            })
        };
        let waits = || Outcome::NotWritten {
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
                Some('?') => waits(),
                Some(_) => Outcome::Hangs { seconds: 10 },
                None => Outcome::Passed,
            };
            let name = name.to_owned();
            Test { name, outcome }
        };
        list.split(' ').map(test).collect()
    }

    fn found(mistakes: &[Mistake], list: &str) -> String {
        let names: Vec<&str> = look_alike(mistakes, &tests(list))
            .iter()
            .map(|mistake| mistake.name.as_str())
            .collect();
        names.join(" ")
    }

    #[test]
    fn without_words_the_failing_tests_are_exactly_those() {
        let mistakes = [
            mistake("one", &["a"], &[]),
            mistake("two", &["a", "b"], &[]),
        ];
        assert_eq!(found(&mistakes, "a!x b c"), "one");
        assert_eq!(found(&mistakes, "a!x b!y c"), "two");
        assert_eq!(found(&mistakes, "a!x b!y c!z"), "");
        assert_eq!(found(&mistakes, "a b!y c"), "");
        assert_eq!(found(&mistakes, "a b c"), "");
    }

    #[test]
    fn with_words_other_tests_may_fail_besides() {
        let mistakes = [mistake("rd", &["a", "b"], &["rd:0", "no-rd"])];
        assert_eq!(found(&mistakes, "a!x b!rd:0 c!z"), "rd");
        assert_eq!(found(&mistakes, "a!no-rd b!x c"), "rd");
        assert_eq!(found(&mistakes, "a!x b!x c"), "", "its words are nowhere");
        assert_eq!(
            found(&mistakes, "a!x b!x c!rd:0"),
            "",
            "another test said it"
        );
        assert_eq!(found(&mistakes, "a!rd:0 b c"), "", "b passes");
    }

    #[test]
    fn words_come_before_tests_and_many_tests_before_few() {
        let mistakes = [
            mistake("plain", &["a"], &[]),
            mistake("few", &["a"], &["x"]),
            mistake("many", &["a", "b"], &["x"]),
            mistake("more", &["a", "b", "c"], &["x"]),
        ];
        assert_eq!(found(&mistakes, "a!y b c"), "plain");
        assert_eq!(found(&mistakes, "a!x b c"), "few");
        assert_eq!(found(&mistakes, "a!x b!x c!x"), "more many");
    }

    #[test]
    fn what_hangs_is_evidence_only_for_a_mistake_that_hangs() {
        let words = [mistake("words", &["a", "b"], &["x"])];
        assert_eq!(found(&words, "a!x b~ c"), "");
        assert_eq!(found(&words, "a!x b!x c~"), "words");
        let mut mistakes = [mistake("tests", &["a", "b"], &[])];
        assert_eq!(found(&mistakes, "a!x b~ c"), "");
        assert_eq!(found(&mistakes, "a!x b!x c~"), "");
        mistakes[0].hangs = true;
        assert_eq!(found(&mistakes, "a!x b~ c"), "tests");
        assert_eq!(found(&mistakes, "a~ b~ c"), "tests");
        assert_eq!(found(&mistakes, "a~ b~ c~"), "");
    }

    #[test]
    fn a_test_that_waits_for_its_stub_hides_nothing() {
        let mistakes = [
            mistake("one", &["a"], &[]),
            mistake("two", &["a", "b"], &[]),
        ];
        assert_eq!(found(&mistakes[1..], "a!x b? c?"), "two");
        assert_eq!(found(&mistakes, "a!x b? c?"), "", "either could be meant");
        assert_eq!(
            found(&mistakes, "a? b? c?"),
            "",
            "nothing wrong was shown yet"
        );
    }
}
