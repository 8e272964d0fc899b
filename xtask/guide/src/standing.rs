//! Where the learner stands: what `check` and `progress` wrote below `target/xtask`, as JSON.
//!
//! Each lesson has the standing that it had when it was looked at last: nothing is built or run here.

use crate::book::lessons;
use anyhow::Result;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The longest file that is read, in octets: far more than a report has.
const MAX_FILE: u64 = 1_000_000;
/// The file that each lesson has which can be checked.
const MANIFEST: &str = "lesson.toml";
/// The command after the last lesson.
const END: &str = "cargo run --bin client -- --lab --query yahoo.com";

/// Returns the lessons with their standings, the next command, and the last check.
///
/// # Errors
/// Fails if the lessons can't be listed.
pub(crate) fn standing(root: &Path) -> Result<Value> {
    let state = root.join("target").join("xtask");
    let mut next = None;
    let mut shown = Vec::new();
    for (folder, title) in lessons(root)? {
        // Lesson 0 has nothing to check.
        if !root.join("lessons").join(&folder).join(MANIFEST).is_file() {
            continue;
        }
        let stored = read(&state.join("standing").join(format!("{folder}.json")));
        let text = |name: &str| stored.get(name).and_then(Value::as_str);
        let mark = text("mark").unwrap_or("unknown");
        if !matches!(mark, "done" | "skipped") && next.is_none() {
            let number = folder.split('-').nth(1).unwrap_or_default();
            let number = number.trim_start_matches('0');
            next = Some(format!("cargo xtask check lesson-{number}"));
        }
        shown.push(json!({
            "folder": folder,
            "title": title,
            "mark": mark,
            "text": text("text").unwrap_or("not looked at yet"),
        }));
    }
    let check = read(&state.join("last-check.json"));
    let is_whole = check.get("report").is_some_and(Value::is_string)
        && check.get("at").is_some_and(Value::is_u64);
    Ok(json!({
        "lessons": shown,
        "next": next.unwrap_or_else(|| END.to_owned()),
        "check": if is_whole { check } else { Value::Null },
    }))
}

/// Reads a JSON file of the checker's; null if there is none, or it is being written.
fn read(path: &Path) -> Value {
    let mut text = String::new();
    let file = File::open(path).map(|file| file.take(MAX_FILE));
    let is_read = file.and_then(|mut file| file.read_to_string(&mut text));
    match is_read {
        Ok(_) => serde_json::from_str(&text).unwrap_or_default(),
        Err(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::tests::{put, small_course};

    fn of(root: &Path) -> Value {
        standing(root).unwrap_or_else(|error| panic!("{error:#}"))
    }

    #[test]
    fn a_lesson_has_the_standing_that_the_checker_wrote() {
        let course = small_course();
        let root = course.path();
        put(
            root,
            "lessons/lesson-00-map/README.md",
            "# Lesson 0: the map\n",
        );
        put(root, "lessons/lesson-01-one/lesson.toml", "");
        let before = of(root);
        assert_eq!(before["lessons"][0]["mark"], "unknown", "{before:#}");
        assert_eq!(before["next"], "cargo xtask check lesson-1", "{before:#}");
        assert_eq!(before["check"], Value::Null, "{before:#}");

        let path = "target/xtask/standing/lesson-01-one.json";
        put(root, path, r#"{"mark":"done","text":"done"}"#);
        let check = r#"{"lesson":"lesson-01-one","passed":true,"report":"green","at":1}"#;
        put(root, "target/xtask/last-check.json", check);
        let after = of(root);
        assert_eq!(after["lessons"][0]["mark"], "done", "{after:#}");
        assert_eq!(after["lessons"][0]["title"], "One", "{after:#}");
        assert_eq!(after["next"], END, "{after:#}");
        assert_eq!(after["check"]["report"], "green", "{after:#}");
    }

    #[test]
    fn a_file_that_is_half_written_counts_as_none() {
        let course = small_course();
        for text in ["", "{\"report\":", "[]", "{\"report\":1,\"at\":1}", "7"] {
            put(course.path(), "target/xtask/last-check.json", text);
            assert_eq!(of(course.path())["check"], Value::Null, "{text:?}");
        }
    }
}
