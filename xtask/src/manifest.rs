//! `lesson.toml`: a lesson's title, the hints of its stubs, and its common mistakes.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

/// What `lesson.toml` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) title: String,
    /// In the order in which they are best written.
    #[serde(default, rename = "stub")]
    pub(crate) stubs: Vec<Hints>,
    #[serde(default, rename = "mistake")]
    pub(crate) mistakes: Vec<Mistake>,
}

/// Three levels of hint for one stub: a question, a pointer, nearly the code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hints {
    #[serde(default = "library")]
    pub(crate) file: String,
    /// Exactly the stub's instruction.
    pub(crate) todo: String,
    pub(crate) hints: [String; 3],
}

/// A common mistake: a change to the solution, how the tests show it, and what to say to its author.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mistake {
    pub(crate) name: String,
    #[serde(default = "library")]
    pub(crate) file: String,
    /// Occurs once in the solution …
    pub(crate) replace: String,
    /// … and is replaced by this.
    pub(crate) with: String,
    /// Exactly the tests that fail then.
    pub(crate) tests: Vec<String>,
    /// A phrase in what one of these tests got, or in its panic.
    pub(crate) got: Option<String>,
    pub(crate) advice: String,
}

impl Mistake {
    /// The solution's text with this mistake in it; `None` unless `replace` occurs exactly once.
    pub(crate) fn apply(&self, solution: &str) -> Option<String> {
        (solution.matches(&self.replace).count() == 1)
            .then(|| solution.replacen(&self.replace, &self.with, 1))
    }
}

fn library() -> String {
    "src/lib.rs".to_owned()
}

/// The manifest of the lesson in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Manifest> {
    let path = folder.join("lesson.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not as it should be", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
title = "A query packet"
[[stub]]
todo = "Set the id."
hints = ["a", "b", "c"]
[[mistake]]
name = "rd-forgotten"
replace = "rd: true,"
with = "rd: false,"
tests = ["asks"]
advice = "Think of RD."
"#;

    #[test]
    fn reads_with_defaults() {
        let manifest: Manifest = toml::from_str(TEXT).unwrap();
        assert_eq!(
            (
                manifest.stubs[0].file.as_str(),
                manifest.mistakes[0].file.as_str()
            ),
            ("src/lib.rs", "src/lib.rs")
        );
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (from, to) in [
            ("name", "nmae"),
            ("[\"a\", \"b\", \"c\"]", "[\"a\", \"b\"]"),
            ("title", "titel"),
        ] {
            assert!(
                toml::from_str::<Manifest>(&TEXT.replacen(from, to, 1)).is_err(),
                "{from}"
            );
        }
    }

    #[test]
    fn a_mistake_applies_once_or_not_at_all() {
        let manifest: Manifest = toml::from_str(TEXT).unwrap();
        let apply = |text| manifest.mistakes[0].apply(text);
        assert_eq!(apply("{ rd: true, }").as_deref(), Some("{ rd: false, }"));
        assert_eq!(apply("{ rd: true, rd: true, }"), None);
        assert_eq!(apply("{ }"), None);
    }
}
