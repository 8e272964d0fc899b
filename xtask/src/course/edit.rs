//! [`Edit`]: the difference between a solution and a wrong program, for mistakes and slips.

use super::fields::Fields;
use anyhow::{Result, bail};

/// One place of the solution that a wrong program changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Edit {
    /// A text that occurs exactly once in the solution.
    pub(crate) replace: String,
    /// The text that takes its place.
    pub(crate) with: String,
}

impl Edit {
    /// Reads `replace` and `with`: one text each, or lists of the same length.
    pub(super) fn read_all(fields: &mut Fields) -> Result<Vec<Edit>> {
        let (replace, with) = (
            fields.alternatives("replace")?,
            fields.alternatives("with")?,
        );
        if replace.is_empty() || replace.len() != with.len() {
            bail!("`replace` and `with` must be one text each, or equally many");
        }
        let edits = replace.into_iter().zip(with);
        Ok(edits
            .map(|(replace, with)| Edit { replace, with })
            .collect())
    }
}

/// Returns the solution's text with these edits in it.
///
/// # Errors
/// If a `replace` does not occur exactly once: the text, and how often it occurs.
pub(super) fn apply(edits: &[Edit], file: &str, solution: &str) -> Result<String> {
    let mut text = solution.to_owned();
    for Edit { replace, with } in edits {
        let count = text.matches(replace).count();
        if count != 1 {
            bail!("its `replace` occurs {count} times in {file}, but must occur once: {replace:?}");
        }
        text = text.replacen(replace, with, 1);
    }
    Ok(text)
}
