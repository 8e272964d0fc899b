//! Mutants of a twin, as cargo-mutants lists them. It is used for its list alone: the mutants are
//! built and tried like every variant of a lesson.

use crate::course::{Course, Lesson};
use crate::files;
use crate::tools;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::{Command, Stdio};

/// A mutant of one of the twin's files.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mutant {
    /// The path in the package: `src/lib.rs`.
    pub(super) file: String,
    /// The line in the twin's file, and its text.
    pub(super) line: usize,
    pub(super) line_text: String,
    /// `replace < with <= in fit`.
    pub(super) change: String,
    /// Whether it changes code that a learner writes.
    pub(super) is_in_region: bool,
    /// The whole file.
    pub(super) text: String,
}

/// Returns whether cargo-mutants can be started.
pub(super) fn is_installed() -> bool {
    let mut command = Command::new(tools::cargo());
    command
        .args(["mutants", "--version"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Lists the mutants of the lesson's twin. Its program is not among them: no test of a lesson runs
/// it.
pub(super) fn list(course: &Course, lesson: &Lesson) -> Result<Vec<Mutant>> {
    let listed: Vec<Value> = serde_json::from_str(&listed(course, lesson, &["--json"])?)
        .context("cargo-mutants lists its mutants in another form than expected")?;
    // Not every version names the mutants in its JSON.
    let names = self::listed(course, lesson, &[])?;
    ensure!(
        names.lines().count() == listed.len(),
        "cargo-mutants lists {} mutants, and {} names",
        listed.len(),
        names.lines().count()
    );
    let folder = format!("solutions/{}/", lesson.folder);
    let mut mutants = Vec::new();
    for (value, name) in listed.iter().zip(names.lines()) {
        let file = value.pointer("/file").and_then(Value::as_str);
        let file = file.context("a mutant without a file")?;
        let Some(file) = file
            .strip_prefix(&folder)
            .filter(|file| !file.starts_with(".."))
        else {
            continue;
        };
        let source = files::read(&course.twin(lesson).join(file))?;
        let mutant = read(value, name, file, &source);
        mutants.push(mutant.with_context(|| format!("a mutant without a field: {value}"))?);
    }
    Ok(mutants)
}

/// Returns a list of the twin's mutants as cargo-mutants prints it.
fn listed(course: &Course, lesson: &Lesson, form: &[&str]) -> Result<String> {
    let output = Command::new(tools::cargo())
        .args(["mutants", "--no-config", "--list"])
        .args(form)
        .args(["--package", &lesson.twin_package(), "--dir"])
        .arg(&course.root)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("can't start cargo-mutants")?;
    let status = output.status;
    ensure!(status.success(), "cargo-mutants failed ({status})");
    String::from_utf8(output.stdout).context("cargo-mutants prints another form than UTF-8")
}

/// Reads a mutant of the file with this text.
fn read(value: &Value, name: &str, file: &str, source: &str) -> Option<Mutant> {
    let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
    let place = |end: &str| -> Option<(usize, usize)> {
        let number = |field: &str| {
            let number = value.pointer(&format!("/span/{end}/{field}"))?;
            usize::try_from(number.as_u64()?).ok()
        };
        Some((number("line")?, number("column")?))
    };
    let (start, end) = (place("start")?, place("end")?);
    let (from, to) = (offset(source, start)?, offset(source, end)?);
    let (before, after) = (source.get(..from)?, source.get(to..)?);
    // `solutions/lesson-06-referral/src/chain.rs:59:31: replace && with || in records_at`
    let change = name.splitn(4, ':').nth(3)?.trim();
    Some(Mutant {
        file: file.to_owned(),
        line: start.0,
        line_text: source.lines().nth(start.0 - 1)?.to_owned(),
        change: change.to_owned(),
        is_in_region: touches_region(source, start.0, end.0),
        text: format!("{before}{}{after}", text("/replacement")?),
    })
}

/// Returns the offset of a line and a column, which count from 1, in characters.
fn offset(source: &str, (line, column): (usize, usize)) -> Option<usize> {
    let mut lines = source.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line - 1).map(str::len).sum();
    let line = lines.next()?;
    let within: usize = line.chars().take(column - 1).map(char::len_utf8).sum();
    Some(before + within)
}

/// Returns whether lines from `first` to `last` touch a region.
fn touches_region(source: &str, first: usize, last: usize) -> bool {
    let mut is_inside = false;
    source.lines().zip(1..).any(|(line, number)| {
        let line = line.trim_start();
        is_inside = (is_inside || line.starts_with("// todo:")) && !line.starts_with("// end todo");
        is_inside && (first..=last).contains(&number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "fn fit(a: u8) -> bool {\n    // todo: Äh.\n    // é\n    a < 5 // ≤\n    // end todo\n}\nfn given(a: u8) -> bool {\n    a < 7\n}\n";

    fn mutant(line: usize, column: usize, end: usize) -> Option<Mutant> {
        let name =
            format!("solutions/lesson-01-a/src/lib.rs:{line}:{column}: replace < with <= in fit");
        let value = serde_json::json!({
            "span": { "start": { "line": line, "column": column }, "end": { "line": line, "column": end } },
            "replacement": "<=",
        });
        read(&value, &name, "src/lib.rs", SOURCE)
    }

    #[test]
    fn a_mutant_changes_its_span_and_nothing_else() {
        let mutant = mutant(4, 7, 8).unwrap();
        assert_eq!(mutant.text, SOURCE.replace("a < 5", "a <= 5"));
        assert_eq!(mutant.change, "replace < with <= in fit");
        assert_eq!(mutant.line_text.trim(), "a < 5 // ≤");
    }

    #[test]
    fn code_that_learners_write_is_told_from_given_code() {
        assert!(mutant(4, 7, 8).unwrap().is_in_region);
        assert!(!mutant(8, 7, 8).unwrap().is_in_region);
        assert!(
            touches_region(SOURCE, 1, 6),
            "a whole function with a stub in it"
        );
        assert_eq!(mutant(99, 1, 2), None);
    }
}
