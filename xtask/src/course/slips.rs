//! `slips.toml`: wrong programs that a lesson's tests must reject, and mutants that are no fault.
//!
//! A slip is an edit of the twin like a common mistake, but without advice. An equivalent names a
//! mutant that behaves like the solution, or differs only where no requirement says what is right.

use super::edit::{Edit, apply};
use super::fields::Fields;
use anyhow::{Context, Result};
use std::path::Path;

/// The contents of `slips.toml`.
#[derive(Debug, Default)]
pub(crate) struct Slips {
    /// `[[slip]]`.
    pub(crate) slips: Vec<Slip>,
    /// `[[equivalent]]`.
    pub(crate) equivalents: Vec<Equivalent>,
}

/// A wrong program.
#[derive(Debug)]
pub(crate) struct Slip {
    pub(crate) name: String,
    /// `src/lib.rs` unless `file` is given.
    pub(crate) file: String,
    edits: Vec<Edit>,
    /// Tests that fail with it; others may fail too.
    pub(crate) tests: Vec<String>,
}

/// A mutant that is no fault.
#[derive(Debug)]
pub(crate) struct Equivalent {
    /// `src/lib.rs` unless `file` is given.
    pub(crate) file: String,
    /// As cargo-mutants names it, without its place: `replace < with <= in fit`.
    pub(crate) mutant: String,
    /// A part of the line that it changes, where several mutants have that name.
    pub(crate) line: Option<String>,
    pub(crate) reason: String,
}

impl Slip {
    /// Returns the solution's text with this slip in it.
    ///
    /// # Errors
    /// If a `replace` does not occur exactly once.
    pub(crate) fn apply(&self, solution: &str) -> Result<String> {
        apply(&self.edits, &self.file, solution)
    }

    fn read(mut fields: Fields) -> Result<Slip> {
        let slip = Slip {
            name: fields.text("name")?,
            file: fields.file()?,
            edits: Edit::read_all(&mut fields)?,
            tests: fields.texts("tests")?,
        };
        fields.finish()?;
        Ok(slip)
    }
}

impl Equivalent {
    fn read(mut fields: Fields) -> Result<Equivalent> {
        let equivalent = Equivalent {
            file: fields.file()?,
            mutant: fields.text("mutant")?,
            line: fields.optional("line")?,
            reason: fields.text("reason")?,
        };
        fields.finish()?;
        Ok(equivalent)
    }
}

/// Reads the slips of the lesson in `folder`; none if there is no such file.
pub(crate) fn read(folder: &Path) -> Result<Slips> {
    let path = folder.join("slips.toml");
    if !path.exists() {
        return Ok(Slips::default());
    }
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    parse(&text).with_context(|| format!("can't use {}", path.display()))
}

fn parse(text: &str) -> Result<Slips> {
    let mut fields = Fields::parse(text)?;
    let slips = fields.tables("slip")?.into_iter().map(Slip::read);
    let slips: Result<_> = slips.collect();
    let equivalents = fields.tables("equivalent")?.into_iter();
    let equivalents: Result<_> = equivalents.map(Equivalent::read).collect();
    fields.finish()?;
    Ok(Slips {
        slips: slips.context("a [[slip]]")?,
        equivalents: equivalents.context("an [[equivalent]]")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_and_equivalents_are_read_and_misspelt_fields_refused() {
        let text = r#"
[[slip]]
name = "one-too-many"
replace = "sum()"
with = "sum::<u32>() + 1"

[[equivalent]]
file = "src/fit.rs"
mutant = "replace < with <= in fit"
reason = "the two sizes are never equal"
"#;
        let slips = parse(text).unwrap();
        assert_eq!(
            slips.slips[0].apply("a.sum()").unwrap(),
            "a.sum::<u32>() + 1"
        );
        assert!(slips.slips[0].apply("a.sum() + b.sum()").is_err());
        assert_eq!(slips.equivalents[0].line, None);
        for (from, to) in [("reason", "why"), ("replace = \"sum()\"", "tests = []")] {
            let wrong = text.replacen(from, to, 1);
            assert!(parse(&wrong).is_err(), "{wrong}");
        }
    }
}
