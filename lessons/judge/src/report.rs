//! The verdict as text: a line for each stage, and for one that is not passed what should have come, what came, who says so, and the
//! octets that went to and fro, dissected.

use std::fmt::Write;

use dnsparse::dissect;

use crate::outcome::{Failure, Message, Side, Stop};
use crate::stages::Stage;

/// As many lines of one message are shown; a message of 65,535 octets has thousands.
const MAX_LINES: usize = 70;
/// As many messages of one failure are shown.
const MAX_MESSAGES: usize = 6;

/// A stage's line, and what is below it.
pub fn stage(number: usize, stage: &Stage, result: &Result<(), Stop>) -> String {
    let (word, below) = match result {
        Ok(()) => ("passed", String::new()),
        Err(Stop::Failed(failure)) => match unwritten(&failure.printed) {
            Some(todo) => ("NOT WRITTEN YET", indented(todo, "   ")),
            None => ("FAILED", failed(failure)),
        },
        Err(Stop::Unjudged(reason)) => ("NOT JUDGED", indented(reason, "   ")),
    };
    format!(
        "{number:>2} {:<9} {:<56} {word}\n{below}",
        stage.name, stage.title
    )
}

/// What a `todo!()` said, if the program got as far as one: then nothing that came of it is worth a look.
fn unwritten(printed: &str) -> Option<&str> {
    let todo = |line: &str| line.starts_with("not yet implemented: ");
    printed.lines().find(|line| todo(line))
}

/// A failure, for people.
pub fn failed(failure: &Failure) -> String {
    let Failure {
        promise,
        expected,
        got,
        rfc,
        messages,
        printed,
    } = failure;
    let mut text = String::new();
    for (word, what) in [
        ("promise", promise.as_str()),
        ("expected", expected),
        ("got", got),
        ("see", rfc),
    ] {
        let hanging = what.trim_end().replace('\n', "\n             ");
        let _infallible = writeln!(text, "   {word:<9} {hanging}");
    }
    for message in messages.iter().take(MAX_MESSAGES) {
        text.push_str(&indented(&shown(message), "   "));
    }
    if messages.len() > MAX_MESSAGES {
        let more = messages.len() - MAX_MESSAGES;
        let _infallible = writeln!(text, "   ({more} more messages)");
    }
    if !printed.trim().is_empty() {
        let _infallible = writeln!(text, "\n   the program printed");
        text.push_str(&indented(&cut(&printable(printed)), "   | "));
    }
    text.push('\n');
    text
}

fn shown(message: &Message) -> String {
    let Message {
        from,
        server,
        via,
        octets,
    } = message;
    let who = match from {
        Side::Program => "sent by the program",
        Side::Judge => "sent by the judge",
    };
    let count = octets.len();
    let dissection = dissect(octets).to_string();
    format!(
        "\n{who} ({via}, server {server}, {count} octets)\n{}",
        cut(&dissection)
    )
}

fn cut(text: &str) -> String {
    let lines = text.lines().count();
    if lines <= MAX_LINES {
        return text.to_owned();
    }
    let kept: Vec<&str> = text.lines().take(MAX_LINES).collect();
    format!(
        "{}\n… and {} more lines",
        kept.join("\n"),
        lines - MAX_LINES
    )
}

/// What a program prints must not move our cursor.
fn printable(text: &str) -> String {
    let escape = |letter: char| match letter {
        '\n' | '\t' => letter.to_string(),
        letter if letter.is_control() => letter.escape_default().to_string(),
        letter => letter.to_string(),
    };
    text.chars().map(escape).collect()
}

fn indented(text: &str, by: &str) -> String {
    let lines = text
        .lines()
        .map(|line| format!("{by}{line}").trim_end().to_owned() + "\n");
    lines.collect()
}
