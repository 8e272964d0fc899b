//! Questions after a pass: asked at a terminal alone, with their results in `progress`.

use crate::toy::Toy;

const QUESTION: &str = "\n[[question]]\ntext = \"How much is nothing?\"\nright = { text = \"0\", because = \"It is.\" }\nwrong = [{ text = \"1\", because = \"No.\" }]\n";

#[test]
fn a_question_is_asked_at_a_terminal_alone_and_its_result_is_in_progress() {
    let toy = Toy::plain_solved("questions");
    let manifest = "lessons/lesson-01-sums/lesson.toml";
    toy.write(manifest, &(toy.read(manifest) + QUESTION));
    let printed = toy.run(&["check", "1"]);
    printed.is(0, &["Passed."]);
    printed.lacks(&["How much"]);
    let progress = toy.run(&["progress"]);
    progress.lacks(&["questions"]);
    toy.write(
        "target/xtask/answers/lesson-01-sums.json",
        "{\"How much is nothing?\":true}",
    );
    toy.run(&["progress"]).is(0, &[", 1 of 1 questions"]);
    toy.run(&["check", "1", "--no-question"])
        .is(0, &["Passed."]);
}

/// `script` of util-linux runs a command at a pseudo-terminal.
#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_a_question_is_asked_and_its_answer_kept() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("skipped: script (util-linux) is not installed");
        return;
    }
    let toy = Toy::plain_solved("questions-terminal");
    let manifest = "lessons/lesson-01-sums/lesson.toml";
    toy.write(manifest, &(toy.read(manifest) + QUESTION));
    toy.run(&["check", "1"]).is(0, &["Passed."]);
    let command = format!("{} check 1", env!("CARGO_BIN_EXE_xtask"));
    let like = toy.command(&[]);
    let mut script = Command::new("script");
    script.args(["-qec", &command, "/dev/null"]);
    for (name, value) in like.get_envs() {
        match value {
            Some(value) => script.env(name, value),
            None => script.env_remove(name),
        };
    }
    let mut child = script
        .env_remove("CI")
        .current_dir(toy.root.join("lessons"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // An answer that is no number, and then both numbers, of which one is right: the first counts.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"x\n1\n").unwrap();
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("How much is nothing?"), "{text}");
    assert!(
        text.contains("Right.") || text.contains("It is: 0."),
        "{text}"
    );
    // The next command is the last line, after the question, and no other.
    let lines: Vec<&str> = text.lines().collect();
    let is_next = |line: &&&str| line.contains("Next: ");
    assert_eq!(lines.iter().filter(is_next).count(), 1, "{text}");
    assert!(
        lines.last().is_some_and(|it| it.starts_with("Next: ")),
        "{text}"
    );
    let kept = toy.read("target/xtask/answers/lesson-01-sums.json");
    assert!(kept.contains("How much is nothing?"), "{kept}");
}
