//! `lesson.toml`: a lesson's title, the hints on its stubs, its common mistakes, and perhaps a test
//! that the learner writes.

use super::edit::{Edit, apply};
use super::fields::Fields;
use super::graded::Graded;
use super::question::Question;
use anyhow::{Context, Result, bail};
use std::path::Path;

/// The contents of `lesson.toml`.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) title: String,
    /// `[[stub]]`, in the order in which they should be written.
    pub(crate) stubs: Vec<Hints>,
    /// `[[mistake]]`.
    pub(crate) mistakes: Vec<Mistake>,
    /// `[[question]]`.
    pub(crate) questions: Vec<Question>,
    /// `[graded]`, in a lesson in which the learner writes a test.
    pub(crate) graded: Option<Graded>,
}

/// Three levels of hint for one stub: a question, a pointer, nearly the code.
#[derive(Debug)]
pub(crate) struct Hints {
    /// `src/lib.rs` unless `file` is given.
    pub(crate) file: String,
    /// Exactly the stub's instruction.
    pub(crate) todo: String,
    pub(crate) hints: [String; 3],
}

/// A common mistake: a change to the solution, how the tests show it, and the advice on it.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) name: String,
    /// `src/lib.rs` unless `file` is given.
    pub(crate) file: String,
    /// The changes to it. `replace` and `with` are one text each, or lists of the same length.
    pub(crate) edits: Vec<Edit>,
    /// Exactly the tests that fail with this mistake.
    pub(crate) tests: Vec<String>,
    /// Phrases of which one appears in the output that one of these tests got, or in its panic.
    ///
    /// A mistake with phrases is recognised by them, even if other tests fail as well; one without
    /// is recognised only if exactly its tests fail.
    pub(crate) got: Vec<String>,
    /// Whether some of its tests hang or crash. A hang or a crash can have many causes, so it is no
    /// evidence for any other mistake.
    pub(crate) hangs: bool,
    pub(crate) advice: String,
}

impl Mistake {
    /// Returns the solution's text with this mistake in it.
    ///
    /// # Errors
    /// If a `replace` does not occur exactly once: the text, and how often it occurs.
    pub(crate) fn apply(&self, solution: &str) -> Result<String> {
        apply(&self.edits, &self.file, solution)
    }

    fn read(mut fields: Fields) -> Result<Mistake> {
        let mistake = Mistake {
            name: fields.text("name")?,
            file: fields.file()?,
            edits: Edit::read_all(&mut fields)?,
            tests: fields.texts("tests")?,
            got: fields.alternatives("got")?,
            hangs: fields.flag("hangs")?,
            advice: fields.text("advice")?,
        };
        fields.finish()?;
        Ok(mistake)
    }
}

impl Hints {
    fn read(mut fields: Fields) -> Result<Hints> {
        let (file, todo) = (fields.file()?, fields.text("todo")?);
        let Ok(hints) = fields.texts("hints")?.try_into() else {
            bail!("`hints` must have three entries")
        };
        fields.finish()?;
        Ok(Hints { file, todo, hints })
    }
}

/// Reads the manifest of the lesson in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Manifest> {
    let path = folder.join("lesson.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    parse(&text).with_context(|| format!("can't use {}", path.display()))
}

fn parse(text: &str) -> Result<Manifest> {
    let mut fields = Fields::parse(text)?;
    let title = fields.text("title")?;
    let stubs = fields
        .tables("stub")?
        .into_iter()
        .map(Hints::read)
        .collect::<Result<_>>();
    let mistakes = fields
        .tables("mistake")?
        .into_iter()
        .map(Mistake::read)
        .collect::<Result<_>>();
    let questions = fields
        .tables("question")?
        .into_iter()
        .map(Question::read)
        .collect::<Result<_>>();
    let graded = fields.table("graded")?.map(Graded::read).transpose();
    fields.finish()?;
    Ok(Manifest {
        title,
        stubs: stubs.context("a [[stub]]")?,
        mistakes: mistakes.context("a [[mistake]]")?,
        questions: questions.context("a [[question]]")?,
        graded: graded.context("[graded]")?,
    })
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
    fn fields_that_are_left_out_have_defaults() {
        let manifest = parse(TEXT).unwrap();
        assert_eq!(
            (
                manifest.stubs[0].file.as_str(),
                manifest.mistakes[0].file.as_str()
            ),
            ("src/lib.rs", "src/lib.rs")
        );
        assert!(manifest.mistakes[0].got.is_empty() && !manifest.mistakes[0].hangs);
    }

    #[test]
    fn got_is_one_phrase_or_several() {
        let got = |line: &str| {
            let manifest = parse(&format!("{TEXT}{line}\nhangs = true\n")).unwrap();
            assert!(manifest.mistakes[0].hangs);
            manifest.mistakes[0].got.clone()
        };
        assert_eq!(got("got = \"one\""), ["one"]);
        assert_eq!(got("got = [\"one\", \"two\"]"), ["one", "two"]);
    }

    #[test]
    fn unknown_and_missing_fields_are_refused() {
        let cases = [
            ("title", "titel", "`title` is missing"),
            ("title", "x = 1\ntitle", "`x` is not a known field"),
            (
                "todo",
                "x = 1\ntodo",
                "a [[stub]]: `x` is not a known field",
            ),
            ("name", "nmae", "a [[mistake]]: `name` is missing"),
            (
                "advice",
                "gto = \"x\"\nadvice",
                "a [[mistake]]: `gto` is not a known field",
            ),
            (
                "[\"a\", \"b\", \"c\"]",
                "[\"a\", \"b\"]",
                "`hints` must have three entries",
            ),
            (
                "[\"asks\"]",
                "\"asks\"",
                "`tests` must be an array, not string",
            ),
            (
                "\"Think of RD.\"",
                "7",
                "`advice` must be text, not integer",
            ),
            (
                "with = ",
                "with = [\"rd: 1\", \"rd: 2\"] #",
                "`replace` and `with` must be one text each, or equally many",
            ),
            (
                "advice",
                "hangs = 1\nadvice",
                "`hangs` must be true or false, not integer",
            ),
        ];
        for (from, to, why) in cases {
            let error = format!("{:#}", parse(&TEXT.replacen(from, to, 1)).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_mistake_applies_once_or_not_at_all() {
        let manifest = parse(TEXT).unwrap();
        let apply = |text| manifest.mistakes[0].apply(text);
        assert_eq!(apply("{ rd: true, }").unwrap(), "{ rd: false, }");
        let why = apply("{ rd: true, rd: true, }").unwrap_err().to_string();
        assert!(why.contains("occurs 2 times in src/lib.rs"), "{why}");
        assert!(apply("{ }").is_err());
    }

    #[test]
    fn a_mistake_may_be_made_in_several_places() {
        let text = TEXT
            .replace("replace = ", "replace = [\"id: 7,\", ")
            .replace("rd: true,\"", "rd: true,\"]")
            .replace(
                "with = \"rd: false,\"",
                "with = [\"id: 0,\", \"rd: false,\"]",
            );
        let manifest = parse(&text).unwrap();
        let apply = |text| manifest.mistakes[0].apply(text);
        assert_eq!(apply("id: 7, rd: true,").unwrap(), "id: 0, rd: false,");
        assert!(apply("id: 7,").is_err(), "all of them, or none");
    }
}
