//! `check --open`: the first place to work on, in the learner's editor.

use crate::course::Course;
use crate::course::places;
use crate::course::twin;
use crate::verdict::Verdict;
use crate::verdict::outcome::{Outcome, Test};
use anyhow::{Context, Result, bail};
use std::env;
use std::process::Command;

/// Opens the place where the first failure is to be corrected. Returns the place; `None` if nothing
/// fails.
///
/// # Errors
/// If there is no editor, or it can't be started: the place, and what to do.
pub(crate) fn run(course: &Course, verdict: &Verdict) -> Result<Option<String>> {
    let Some(place) = first_place(course, verdict) else {
        return Ok(None);
    };
    let Some(editor) = editor() else {
        bail!(
            "{place} is the place to open, but neither VISUAL nor EDITOR names an editor.\nNext: VISUAL='code --wait' cargo xtask check --open"
        );
    };
    let words = arguments(&editor, &place);
    let (program, arguments) = words.split_first().context("the editor has no name")?;
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&course.root);
    let status = command
        .status()
        .with_context(|| format!("can't start the editor {program:?}, to open {place}"))?;
    if !status.success() {
        bail!("the editor {program:?} could not open {place} ({status})");
    }
    Ok(Some(place))
}

/// Finds the place: an error of rustc, the stub that is wrong, the next stub to write, or a test.
fn first_place(course: &Course, verdict: &Verdict) -> Option<String> {
    let lesson = &verdict.lesson;
    let tests = match &verdict.tests {
        Err(broken) => return broken.place.as_ref().map(ToString::to_string),
        Ok(tests) => tests,
    };
    let is_wrong = |test: &&Test| {
        test.outcome.is_failure() && !matches!(test.outcome, Outcome::NotWritten { .. })
    };
    if let Some(test) = tests.iter().find(is_wrong) {
        let stub = verdict.suspects.first();
        return stub
            .map(|stub| twin::place(course, lesson, stub))
            .or_else(|| places::of_test(course, lesson, &test.name));
    }
    if let Some(stub) = verdict.graded_stub() {
        return Some(twin::place(course, lesson, stub));
    }
    if let Some(unwritten) = verdict.unwritten.first() {
        return Some(unwritten.place.clone());
    }
    tests.iter().find_map(|test| match &test.outcome {
        Outcome::NotWritten { place, .. } => Some(place.to_string()),
        _ => None,
    })
}

/// Returns the learner's editor with its arguments: `VISUAL`, else `EDITOR`, else VS Code in its
/// own terminal.
fn editor() -> Option<String> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let is_in_code = env::var("TERM_PROGRAM").is_ok_and(|name| name == "vscode");
    set("VISUAL")
        .or_else(|| set("EDITOR"))
        .or_else(|| is_in_code.then(|| "code".to_owned()))
}

/// Returns the words of the editor's command line, which opens `path:line`.
fn arguments(editor: &str, place: &str) -> Vec<String> {
    let mut words: Vec<String> = editor.split_whitespace().map(str::to_owned).collect();
    let (path, line) = place.rsplit_once(':').unwrap_or((place, "1"));
    let program = words.first().cloned().unwrap_or_default();
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name
        .strip_suffix(".exe")
        .or(name.strip_suffix(".cmd"))
        .unwrap_or(name);
    match name {
        "code" | "code-insiders" | "codium" | "cursor" | "windsurf" => {
            words.extend(["--goto".to_owned(), place.to_owned()]);
        }
        "hx" | "helix" | "zed" | "subl" | "fleet" => words.push(place.to_owned()),
        "idea" | "rustrover" | "clion" => {
            words.extend(["--line".to_owned(), line.to_owned(), path.to_owned()]);
        }
        // vi, vim, nvim, emacs, nano, micro, kakoune, joe and most others.
        _ => words.extend([format!("+{line}"), path.to_owned()]),
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_editor_gets_the_line_in_its_own_syntax() {
        for (editor, expected) in [
            ("vim", "vim +34 src/lib.rs"),
            ("/usr/bin/nano -w", "/usr/bin/nano -w +34 src/lib.rs"),
            ("code --wait", "code --wait --goto src/lib.rs:34"),
            (
                "C:\\VSCode\\bin\\code.cmd",
                "C:\\VSCode\\bin\\code.cmd --goto src/lib.rs:34",
            ),
            ("hx", "hx src/lib.rs:34"),
            ("rustrover", "rustrover --line 34 src/lib.rs"),
        ] {
            assert_eq!(arguments(editor, "src/lib.rs:34").join(" "), expected);
        }
    }
}
