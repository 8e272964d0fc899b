//! [`Fields`]: reads the fields of a TOML table, and refuses those that are not known.
//!
//! `lesson.toml` and `slips.toml` are read by hand because serde's derive would add five seconds to
//! the first `cargo xtask`.

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

/// The fields of a table that have not been read yet.
pub(super) struct Fields(Table);

impl Fields {
    /// Parses a whole file.
    pub(super) fn parse(text: &str) -> Result<Fields> {
        Ok(Fields(text.parse()?))
    }

    pub(super) fn text(&mut self, key: &str) -> Result<String> {
        self.optional(key)?
            .with_context(|| format!("`{key}` is missing"))
    }

    pub(super) fn file(&mut self) -> Result<String> {
        Ok(self
            .optional("file")?
            .unwrap_or_else(|| "src/lib.rs".to_owned()))
    }

    pub(super) fn optional(&mut self, key: &str) -> Result<Option<String>> {
        self.0
            .remove(key)
            .map(|value| string(key, value))
            .transpose()
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>> {
        self.array(key)?
            .into_iter()
            .map(|value| string(key, value))
            .collect()
    }

    /// Reads one text, or a list of texts.
    pub(super) fn alternatives(&mut self, key: &str) -> Result<Vec<String>> {
        if let Some(Value::String(_)) = self.0.get(key) {
            return Ok(vec![self.text(key)?]);
        }
        self.texts(key)
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool> {
        match self.0.remove(key) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(other) => bail!("`{key}` must be true or false, not {}", other.type_str()),
        }
    }

    pub(super) fn number(&mut self, key: &str) -> Result<usize> {
        match self.0.remove(key) {
            None => bail!("`{key}` is missing"),
            Some(Value::Integer(number)) => {
                usize::try_from(number).with_context(|| format!("`{key}` must not be negative"))
            }
            Some(other) => bail!("`{key}` must be a number, not {}", other.type_str()),
        }
    }

    pub(super) fn table(&mut self, key: &str) -> Result<Option<Fields>> {
        match self.0.remove(key) {
            None => Ok(None),
            Some(Value::Table(table)) => Ok(Some(Fields(table))),
            Some(other) => bail!("`{key}` must be a table, not {}", other.type_str()),
        }
    }

    pub(super) fn tables(&mut self, key: &str) -> Result<Vec<Fields>> {
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

    /// Refuses fields that are left: they are misspelt.
    pub(super) fn finish(self) -> Result<()> {
        match self.0.keys().next() {
            Some(key) => bail!("`{key}` is not a known field"),
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
