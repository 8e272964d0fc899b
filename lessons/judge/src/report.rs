//! The report as text: a line for each stage, and for a stage that is not passed the rule, the
//! expected and the observed behaviour, the section of the RFC, and the messages, drawn and
//! dissected.

use std::fmt::Write;

use dnsparse::dissect;

use crate::diagram::Timeline;
use crate::outcome::{Failure, Message, Side, StageError};
use crate::stages::Stage;

/// The number of lines that are shown of one message; a message of 65,535 octets has thousands.
const MAX_LINES: usize = 70;
/// The number of characters that are shown of one line.
const MAX_COLUMNS: usize = 300;
/// The number of messages that are dissected of one failure.
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

/// Returns the advice of a stage, below its line.
pub fn advice(sentences: &[String]) -> String {
    let line = |sentence: &String| format!("   advice    {sentence}\n");
    sentences.iter().map(line).collect()
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
        output,
        ..
    } = failure;
    let mut text = String::new();
    for (label, value) in [
        ("rule", rule.as_str()),
        ("expected", expected),
        ("got", got),
        ("see", rfc),
    ] {
        let value = cut(&printable(value.trim_end()));
        let hanging = value.replace('\n', "\n             ");
        let _infallible = writeln!(text, "   {label:<9} {hanging}");
    }
    let timeline = Timeline::new(failure);
    let drawn = timeline.draw();
    if !drawn.is_empty() {
        let _infallible = writeln!(text, "\n{}", indented(&drawn, "   ").trim_end());
    }
    for (number, message, octets) in dissected(failure, &timeline) {
        text.push_str(&indented(&shown(number, message, octets), "   "));
    }
    if !output.trim().is_empty() {
        let _infallible = writeln!(text, "\n   the output of the program");
        text.push_str(&indented(&cut(&printable(output)), "   | "));
    }
    text.push('\n');
    text
}

/// Returns the messages to dissect, with their numbers in the drawing and their octets: the wrong
/// one, and the last of those that show the failure.
fn dissected<'f>(
    failure: &'f Failure,
    timeline: &Timeline<'f>,
) -> Vec<(usize, &'f Message, &'f [u8])> {
    let shows = |message: &Message| message.is_wrong || failure.messages.contains(message);
    let numbered = timeline.numbered().filter(|(_, message)| shows(message));
    let with_octets = numbered.filter_map(|(number, it)| Some((number, it, it.octets.as_deref()?)));
    let mut all: Vec<_> = with_octets.collect();
    while all.len() > MAX_MESSAGES {
        let first = all.iter().position(|(_, message, _)| !message.is_wrong);
        all.remove(first.unwrap_or(0));
    }
    all
}

fn shown(number: usize, message: &Message, octets: &[u8]) -> String {
    let Message {
        from,
        server,
        via,
        note,
        ..
    } = message;
    let sender = match from {
        Side::Program => "sent by the program",
        Side::Judge => "sent by the judge",
    };
    let count = octets.len();
    let note = match note.as_str() {
        "" => String::new(),
        note => format!("; {note}"),
    };
    let dissection = dissect(octets).to_string();
    format!(
        "\nmessage {number}, {sender} ({via}, server {server}, {count} octets{note})\n{}",
        cut(&dissection)
    )
}

/// Cuts long lines, and the text after many lines.
fn cut(text: &str) -> String {
    let lines = text.lines().count();
    let kept: Vec<String> = text.lines().take(MAX_LINES).map(cut_line).collect();
    let mut kept = kept.join("\n");
    if lines > MAX_LINES {
        let _infallible = write!(kept, "\n… and {} more lines", lines - MAX_LINES);
    }
    kept
}

fn cut_line(line: &str) -> String {
    match line.char_indices().nth(MAX_COLUMNS) {
        None => line.to_owned(),
        Some((end, _)) => {
            let (kept, left) = line.split_at(end);
            format!("{kept}… and {} more characters", left.chars().count())
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_end_is_cut() {
        let output = format!("{}\n{}", "a".repeat(1_000_000), "b\n".repeat(1_000));
        let failure = Failure::new("r", "e", "g\u{1b}[2J", "RFC").with_output(output);
        let text = failed(&failure);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 8 + MAX_LINES, "{text}");
        assert!(text.contains("got       g\\u{1b}[2J\n"), "{text}");
        assert!(text.contains("a… and 999700 more characters\n"), "{text}");
        assert!(text.contains("… and 931 more lines\n"), "{text}");
    }
}
