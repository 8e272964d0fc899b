//! The report as text: a line for each stage, and for a stage that is not passed the rule, the
//! expected and the observed behaviour, the section of the RFC, and the messages, dissected.

use std::fmt::Write;

use dnsparse::dissect;

use crate::outcome::{Failure, Message, Side, StageError};
use crate::stages::Stage;

/// The number of lines that are shown of one message; a message of 65,535 octets has thousands.
const MAX_LINES: usize = 70;
/// The number of messages that are shown of one failure.
const MAX_MESSAGES: usize = 6;

/// Returns a stage's line, and the details below it.
pub fn stage(number: usize, stage: &Stage, result: &Result<(), StageError>) -> String {
    let (verdict, details) = match result {
        Ok(()) => ("passed", String::new()),
        Err(StageError::Failed(failure)) => match unwritten(&failure.output) {
            Some(todo) => ("NOT WRITTEN YET", indented(todo, "   ")),
            None => ("FAILED", failed(failure)),
        },
        Err(StageError::NotJudged(reason)) => ("NOT JUDGED", indented(reason, "   ")),
    };
    format!(
        "{number:>2} {:<9} {:<56} {verdict}\n{details}",
        stage.name, stage.title
    )
}

/// Returns the message of the `todo!()` at which the program stopped, if any. It explains the
/// failure better than the messages do.
fn unwritten(printed: &str) -> Option<&str> {
    let todo = |line: &str| line.starts_with("not yet implemented: ");
    printed.lines().find(|line| todo(line))
}

/// Returns the details of a failure.
pub fn failed(failure: &Failure) -> String {
    let Failure {
        rule,
        expected,
        got,
        rfc,
        messages,
        output,
    } = failure;
    let mut text = String::new();
    for (label, value) in [
        ("rule", rule.as_str()),
        ("expected", expected),
        ("got", got),
        ("see", rfc),
    ] {
        let hanging = value.trim_end().replace('\n', "\n             ");
        let _infallible = writeln!(text, "   {label:<9} {hanging}");
    }
    for message in messages.iter().take(MAX_MESSAGES) {
        text.push_str(&indented(&shown(message), "   "));
    }
    if messages.len() > MAX_MESSAGES {
        let more = messages.len() - MAX_MESSAGES;
        let _infallible = writeln!(text, "   ({more} more messages)");
    }
    if !output.trim().is_empty() {
        let _infallible = writeln!(text, "\n   the output of the program");
        text.push_str(&indented(&cut(&printable(output)), "   | "));
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
    let sender = match from {
        Side::Program => "sent by the program",
        Side::Judge => "sent by the judge",
    };
    let count = octets.len();
    let dissection = dissect(octets).to_string();
    format!(
        "\n{sender} ({via}, server {server}, {count} octets)\n{}",
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

/// Escapes control characters: the output of a program must not control the terminal.
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
