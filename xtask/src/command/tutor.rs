//! Tutor mode: an assistant that helps a learner sets `COURSE_TUTOR=1` (`lessons/AGENTS.md`). Then no
//! solution is shown or put in place until the learner has asked for it in so many words.

use crate::course::UsageError;
use anyhow::Result;
use std::env;

/// The environment variable that switches tutor mode on.
const VARIABLE: &str = "COURSE_TUTOR";

/// Whether a solution may be shown or put in place. `asked` is the flag `--asked`, and `arguments` are
/// those of the command.
///
/// # Errors
/// [`UsageError`] in tutor mode, unless the learner has asked.
pub(crate) fn allow_solution(asked: bool, command: &str, arguments: &str) -> Result<()> {
    if asked || !is_on() {
        return Ok(());
    }
    Err(UsageError(format!(
        "Tutor mode ({VARIABLE} is set): the solution is withheld until the learner asks for it in so many words.\n\
         Help with a question or a hint first. If the learner has asked: cargo xtask {command} {arguments} --asked\n\
         Next: cargo xtask hint {arguments}"
    ))
    .into())
}

fn is_on() -> bool {
    env::var_os(VARIABLE).is_some_and(|value| !value.is_empty() && value != "0")
}
