//! A lesson's chapter, `README.md`: which functions its task section names, held against the stubs
//! of the twin.

use crate::course::region;
use std::collections::BTreeSet;

/// The heading that the task section begins with; it ends at the next heading of that level.
const TASK: &str = "## The task";
/// A sentence with this word may name functions that are not stubs.
const GIVEN: &str = "given";

/// The functions that a task section names in backticks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    /// Named in a sentence without the word "given".
    to_write: BTreeSet<String>,
    /// Named in a sentence with it.
    given: BTreeSet<String>,
}

impl Named {
    /// Reads the chapter's task section; `None` where there is no such section.
    pub(crate) fn read(chapter: &str) -> Option<Named> {
        let (_, section) = chapter.split_once(TASK)?;
        let section = section.split("\n## ").next().unwrap_or(section);
        let mut named = Named::default();
        for sentence in sentences(section) {
            let words = sentence.split(|c: char| !c.is_alphanumeric());
            let names = spans(&sentence).filter_map(name).map(str::to_owned);
            if words.into_iter().any(|word| word == GIVEN) {
                named.given.extend(names);
            } else {
                named.to_write.extend(names);
            }
        }
        Some(named)
    }

    /// Lists the disagreements between the section and the twin.
    ///
    /// `stubs` are the functions with a region, `functions` all functions of the twin.
    pub(crate) fn disagreements(
        &self,
        stubs: &BTreeSet<String>,
        functions: &BTreeSet<String>,
    ) -> Vec<String> {
        let is_named = |stub: &&String| self.to_write.contains(*stub) || self.given.contains(*stub);
        let unnamed = stubs.iter().filter(|stub| !is_named(stub));
        let unnamed = unnamed.map(|stub| format!("the stub `{stub}` is not named in the task"));
        let others = self.to_write.intersection(functions);
        let others = others.filter(|function| !stubs.contains(*function));
        let others = others.map(|function| {
            format!(
                "the task names `{function}`, which is not a stub: the sentence must say that it is given"
            )
        });
        unnamed.chain(others).collect()
    }
}

/// Lists the names of all functions in a source file.
pub(crate) fn functions(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(region::function)
}

/// Splits a section into sentences, without its blocks of code. A paragraph or an item of a list
/// also ends a sentence.
fn sentences(section: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    let mut is_code = false;
    for line in section.lines().map(str::trim) {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        if is_code || line.is_empty() || line.starts_with("- ") || line.starts_with("```") {
            blocks.push(String::new());
        }
        if !is_code && let Some(last) = blocks.last_mut() {
            last.push_str(line);
            last.push(' ');
        }
    }
    let parts = blocks.iter().flat_map(|text| text.split_inclusive(". "));
    parts.map(str::to_owned).collect()
}

/// Lists the texts between backticks.
fn spans(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split('`').skip(1).step_by(2)
}

/// Returns the function that a span of code may name: `f` for `f`, `f()`, `f(a, b)`, `T::f`,
/// `t.f()`.
fn name(span: &str) -> Option<&str> {
    let path = span.split('(').next()?;
    let name = path.rsplit([':', '.']).next()?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    (!name.is_empty() && path.chars().all(|c| is_word(c) || c == ':' || c == '.')).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: &str = "\
# Lesson

Before the task, `early` does not count.

## The task

```console
$ `shell`
```

**Step 1.** (`sums.rs`) `add` adds, as `Sum::total()` says; `timeout(limit, future)` is
tokio's. `helper` and `t.other(x)`
are given.

- `listed`

- `last`, from `a b`

### A remark

`within`

## Check

`after`
";

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_task_section_names_functions_in_backticks() {
        let named = Named::read(CHAPTER).unwrap();
        let to_write = ["add", "last", "listed", "rs", "timeout", "total", "within"];
        assert_eq!(named.to_write, set(&to_write));
        assert_eq!(named.given, set(&["helper", "other"]));
        assert_eq!(Named::read("# Lesson\n\n## Tasks\n"), None);
    }

    #[test]
    fn a_stub_without_a_name_and_a_name_without_a_stub_are_found() {
        let named = Named::read(CHAPTER).unwrap();
        let stubs = set(&["add", "forgotten", "helper", "last"]);
        let functions = set(&[
            "add",
            "early",
            "forgotten",
            "helper",
            "last",
            "listed",
            "other",
        ]);
        let faults = named.disagreements(&stubs, &functions);
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].starts_with("the stub `forgotten` is not named"));
        assert!(faults[1].starts_with("the task names `listed`, which is not a stub"));
    }

    #[test]
    fn functions_are_found_by_their_first_lines() {
        let source = "pub fn a() {}\nimpl T {\n    async fn b<N>(\n// fn c()\n";
        assert_eq!(functions(source).collect::<Vec<_>>(), ["a", "b"]);
    }
}
