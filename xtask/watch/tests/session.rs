//! The program from outside: a script stands in for the checker, and a pipe for the terminal.

#![cfg(test)]
#![cfg(unix)]

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Prints its arguments as a check would; the check of lesson 3 prints without end.
const CHECKER: &str = r#"#!/bin/sh
echo "ran: $*"
echo "Lesson ${2#lesson-}: a title" | sed 's/-.*:/:/; s/Lesson 0/Lesson /'
case "$*" in
    "check 3"*) while :; do echo flood; done ;;
esac
"#;

struct Session {
    folder: TempDir,
    program: Child,
    printed: Arc<Mutex<String>>,
}

impl Session {
    fn start(arguments: &[&str]) -> Session {
        let folder = tempfile::tempdir().unwrap();
        let checker = folder.path().join("checker");
        fs::write(&checker, CHECKER).unwrap();
        fs::set_permissions(&checker, fs::Permissions::from_mode(0o755)).unwrap();
        for lesson in ["lesson-01-sums", "lesson-02-double"] {
            let source = folder.path().join("lessons").join(lesson).join("src");
            fs::create_dir_all(&source).unwrap();
            fs::write(source.join("lib.rs"), "// before\n").unwrap();
        }
        let mut program = Command::new(env!("CARGO_BIN_EXE_watch"))
            .args(arguments)
            .arg("--root")
            .arg(folder.path())
            .arg("--checker")
            .arg(&checker)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = Arc::new(Mutex::new(String::new()));
        let (mut stdout, copy) = (program.stdout.take().unwrap(), Arc::clone(&printed));
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..count]).into_owned();
                copy.lock().unwrap().push_str(&text);
            }
        });
        Session {
            folder,
            program,
            printed,
        }
    }

    fn source(&self, lesson: &str) -> PathBuf {
        let lessons = self.folder.path().join("lessons");
        lessons.join(lesson).join("src/lib.rs")
    }

    fn save(&self, lesson: &str, text: &str) {
        fs::write(self.source(lesson), text).unwrap();
    }

    fn press(&mut self, key: &str) {
        let stdin = self.program.stdin.as_mut().unwrap();
        stdin.write_all(key.as_bytes()).unwrap();
    }

    /// Waits until the output has this phrase, and forgets the output up to it.
    fn expect(&self, phrase: &str) {
        let begun = Instant::now();
        loop {
            let mut printed = self.printed.lock().unwrap();
            if let Some(at) = printed.find(phrase) {
                printed.drain(..at + phrase.len());
                return;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "no {phrase:?} in {:.2000}",
                *printed
            );
            drop(printed);
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn end(mut self) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                return status;
            }
            if begun.elapsed() > Duration::from_secs(20) {
                self.program.kill().unwrap();
                panic!("it does not end");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_save_checks_its_lesson_and_keys_give_a_hint_and_the_next_lesson() {
    let mut session = Session::start(&[]);
    session.expect("ran: check\n");
    session.expect("q quit");
    session.save("lesson-02-double", "// after\n");
    session.expect("ran: check lesson-02-double\n");
    session.expect("q quit");
    session.press("h");
    session.expect("ran: hint 2\n");
    session.expect("q quit");
    // The same text again is no change; then another lesson's file changes.
    session.save("lesson-02-double", "// after\n");
    session.save("lesson-01-sums", "// after\n");
    session.expect("ran: check lesson-01-sums\n");
    session.expect("q quit");
    session.press("n");
    session.expect("ran: check 2\n");
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn a_chosen_lesson_is_checked_after_each_save_also_where_files_are_polled() {
    let mut session = Session::start(&["2", "--poll"]);
    session.expect("ran: check 2\n");
    session.expect("q quit");
    session.save("lesson-01-sums", "// after\n");
    session.expect("ran: check 2\n");
    session.press("q");
    assert!(session.end().success());
}

#[test]
fn a_check_that_prints_without_end_does_not_freeze_the_keys() {
    let mut session = Session::start(&["3"]);
    session.expect("flood\nflood\n");
    session.press("h");
    session.expect("ran: hint 3\n");
    session.press("c");
    session.expect("flood\nflood\n");
    session.press("q");
    assert!(session.end().success());
}
