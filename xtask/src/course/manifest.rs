//! `lesson.toml`: a lesson's title, the hints of its stubs, and its common mistakes.
//!
//! Read by hand rather than by serde's derive: that would take five seconds of the first `cargo xtask`.

use anyhow::{Context, Result, bail};
use std::path::Path;
use toml::{Table, Value};

/// What `lesson.toml` holds.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) title: String,
    /// `[[stub]]`, in the order in which they are best written.
    pub(crate) stubs: Vec<Hints>,
    /// `[[mistake]]`.
    pub(crate) mistakes: Vec<Mistake>,
}

/// Three levels of hint for one stub: a question, a pointer, nearly the code.
#[derive(Debug)]
pub(crate) struct Hints {
    /// `src/lib.rs` unless said.
    pub(crate) file: String,
    /// Exactly the stub's instruction.
    pub(crate) todo: String,
    pub(crate) hints: [String; 3],
}

/// A common mistake: a change to the solution, how the tests show it, and what to say to its author.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) name: String,
    /// `src/lib.rs` unless said.
    pub(crate) file: String,
    /// What is changed in it. `replace` and `with` are one text each, or lists of the same length.
    pub(crate) edits: Vec<Edit>,
    /// Exactly the tests that fail then.
    pub(crate) tests: Vec<String>,
    /// Phrases of which one is in what one of these tests got, or in its panic. With them the mistake is known by its
    /// words, and other tests may fail besides; without, by exactly its tests.
    pub(crate) got: Vec<String>,
    /// Some of its tests hang or crash. Such ends have so many causes that they are evidence for no other mistake.
    pub(crate) hangs: bool,
    pub(crate) advice: String,
}

/// One place of the solution that a mistake changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// Occurs once in the solution …
    pub(crate) replace: String,
    /// … and is replaced by this.
    pub(crate) with: String,
}

impl Mistake {
    /// The solution's text with this mistake in it.
    ///
    /// # Errors
    /// If a `replace` does not occur exactly once: which, and how often it does.
    pub(crate) fn apply(&self, solution: &str) -> Result<String> {
        let mut text = solution.to_owned();
        for Edit { replace, with } in &self.edits {
            let (count, file) = (text.matches(replace).count(), &self.file);
            if count != 1 {
                bail!(
                    "its `replace` occurs {count} times in {file}, where it must once: {replace:?}"
                );
            }
            text = text.replacen(replace, with, 1);
        }
        Ok(text)
    }

    fn read(mut fields: Fields) -> Result<Mistake> {
        let mistake = Mistake {
            name: fields.text("name")?,
            file: fields.file()?,
            edits: fields.edits()?,
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
            bail!("`hints` must be three")
        };
        fields.finish()?;
        Ok(Hints { file, todo, hints })
    }
}

/// The manifest of the lesson in `folder`.
pub(crate) fn read(folder: &Path) -> Result<Manifest> {
    let path = folder.join("lesson.toml");
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    parse(&text).with_context(|| format!("{} is not as it should be", path.display()))
}

fn parse(text: &str) -> Result<Manifest> {
    let mut fields = Fields(text.parse()?);
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
    fields.finish()?;
    Ok(Manifest {
        title,
        stubs: stubs.context("a [[stub]]")?,
        mistakes: mistakes.context("a [[mistake]]")?,
    })
}

/// The fields of a table that were not read yet.
struct Fields(Table);

impl Fields {
    fn text(&mut self, key: &str) -> Result<String> {
        self.optional(key)?
            .with_context(|| format!("`{key}` is missing"))
    }

    fn file(&mut self) -> Result<String> {
        Ok(self
            .optional("file")?
            .unwrap_or_else(|| "src/lib.rs".to_owned()))
    }

    fn optional(&mut self, key: &str) -> Result<Option<String>> {
        self.0
            .remove(key)
            .map(|value| string(key, value))
            .transpose()
    }

    fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        self.array(key)?
            .into_iter()
            .map(|value| string(key, value))
            .collect()
    }

    /// One text or several.
    fn alternatives(&mut self, key: &str) -> Result<Vec<String>> {
        if let Some(Value::String(_)) = self.0.get(key) {
            return Ok(vec![self.text(key)?]);
        }
        self.texts(key)
    }

    fn edits(&mut self) -> Result<Vec<Edit>> {
        let (replace, with) = (self.alternatives("replace")?, self.alternatives("with")?);
        if replace.is_empty() || replace.len() != with.len() {
            bail!("`replace` and `with` must be one text each, or as many");
        }
        let edits = replace.into_iter().zip(with);
        Ok(edits
            .map(|(replace, with)| Edit { replace, with })
            .collect())
    }

    fn flag(&mut self, key: &str) -> Result<bool> {
        match self.0.remove(key) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(other) => bail!("`{key}` must be true or false, not {}", other.type_str()),
        }
    }

    fn tables(&mut self, key: &str) -> Result<Vec<Fields>> {
        let table = |value| match value {
            Value::Table(table) => Ok(Fields(table)),
            other => bail!("`{key}` must be a table, not {}", other.type_str()),
        };
        self.array(key)?.into_iter().map(table).collect()
    }

    fn array(&mut self, key: &str) -> Result<Vec<Value>> {
        match self.0.remove(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => Ok(values),
            Some(other) => bail!("`{key}` must be an array, not {}", other.type_str()),
        }
    }

    /// What nobody asked for is a slip of the pen.
    fn finish(self) -> Result<()> {
        match self.0.keys().next() {
            Some(key) => bail!("`{key}` is not known here"),
            None => Ok(()),
        }
    }
}

fn string(key: &str, value: Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        other => bail!("`{key}` must be text, not {}", other.type_str()),
    }
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
    fn reads_one_phrase_or_several() {
        let got = |line: &str| {
            let manifest = parse(&format!("{TEXT}{line}\nhangs = true\n")).unwrap();
            assert!(manifest.mistakes[0].hangs);
            manifest.mistakes[0].got.clone()
        };
        assert_eq!(got("got = \"one\""), ["one"]);
        assert_eq!(got("got = [\"one\", \"two\"]"), ["one", "two"]);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        let cases = [
            ("title", "titel", "`title` is missing"),
            ("title", "x = 1\ntitle", "`x` is not known"),
            ("todo", "x = 1\ntodo", "a [[stub]]: `x` is not known"),
            ("name", "nmae", "a [[mistake]]: `name` is missing"),
            (
                "advice",
                "gto = \"x\"\nadvice",
                "a [[mistake]]: `gto` is not known",
            ),
            (
                "[\"a\", \"b\", \"c\"]",
                "[\"a\", \"b\"]",
                "`hints` must be three",
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
                "`replace` and `with` must be one text each, or as many",
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
