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
    /// Occurs once in the solution …
    pub(crate) replace: String,
    /// … and is replaced by this.
    pub(crate) with: String,
    /// Exactly the tests that fail then.
    pub(crate) tests: Vec<String>,
    /// Phrases of which one is in what one of these tests got, or in its panic. With them the mistake is known by its
    /// words, and other tests may fail besides; without, by exactly its tests.
    pub(crate) got: Vec<String>,
    /// Some of its tests hang or crash. Such ends have so many causes that they are evidence for no other mistake.
    pub(crate) hangs: bool,
    pub(crate) advice: String,
}

impl Mistake {
    /// The solution's text with this mistake in it; `None` unless `replace` occurs exactly once.
    pub(crate) fn apply(&self, solution: &str) -> Option<String> {
        let once = solution.matches(&self.replace).count() == 1;
        once.then(|| solution.replacen(&self.replace, &self.with, 1))
    }

    fn read(mut fields: Fields) -> Result<Mistake> {
        let mistake = Mistake {
            name: fields.text("name")?,
            file: fields.file()?,
            replace: fields.text("replace")?,
            with: fields.text("with")?,
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
        assert_eq!(apply("{ rd: true, }").as_deref(), Some("{ rd: false, }"));
        assert_eq!(apply("{ rd: true, rd: true, }"), None);
        assert_eq!(apply("{ }"), None);
    }
}
