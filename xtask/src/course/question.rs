//! A question of `lesson.toml`, which `check` asks after a pass: one right answer, and wrong ones that
//! learners give, each with a sentence on it.

use super::fields::Fields;
use anyhow::{Result, bail};

/// A multiple-choice question, `[[question]]`.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) right: Choice,
    pub(crate) wrong: Vec<Choice>,
}

/// An answer to choose, and why it is right or wrong.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) text: String,
    pub(crate) because: String,
}

impl Question {
    pub(super) fn read(mut fields: Fields) -> Result<Question> {
        let text = fields.text("text")?;
        let Some(right) = fields.table("right")? else {
            bail!("`right` is missing");
        };
        let wrong: Result<Vec<Choice>> = fields
            .tables("wrong")?
            .into_iter()
            .map(Choice::read)
            .collect();
        fields.finish()?;
        let (right, wrong) = (Choice::read(right)?, wrong?);
        if wrong.is_empty() {
            bail!("`wrong` has no answers");
        }
        Ok(Question { text, right, wrong })
    }

    /// Returns the answers in the order in which they are shown, the right one among them. The order
    /// is the same each time, and differs from question to question.
    pub(crate) fn choices(&self) -> Vec<&Choice> {
        let mut choices: Vec<&Choice> = self.wrong.iter().collect();
        let sum: usize = self.text.bytes().map(usize::from).sum();
        choices.insert(sum % (choices.len() + 1), &self.right);
        choices
    }
}

impl Choice {
    fn read(mut fields: Fields) -> Result<Choice> {
        let choice = Choice {
            text: fields.text("text")?,
            because: fields.text("because")?,
        };
        fields.finish()?;
        Ok(choice)
    }
}
