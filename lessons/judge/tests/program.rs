//! The command line of the judge: usage errors, the list of stages, and runs that can be repeated.

#![cfg(test)]

use std::process::Command;

fn judge(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_judge"))
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code(), text)
}

#[test]
fn an_unusable_command_line_is_a_usage_error() {
    for (arguments, why) in [
        (&[][..], "no program to judge"),
        (
            &["--client", "mine {name}"],
            "--client: it has no placeholder {server} or {port}",
        ),
        (
            &["--server", "mine {listen}"],
            "--server: it has no placeholder {hints}",
        ),
        (
            &["--validator", "mine {listen} {hints}"],
            "--validator: it has no placeholder {anchor}",
        ),
        (
            &["--client", "mine '{server} {name}"],
            "a quote ' is never closed",
        ),
        (
            &["--client", "mine {server} {name}", "--stage", "nosuch"],
            "there is no stage \"nosuch\": --list names them",
        ),
    ] {
        let (status, text) = judge(arguments);
        assert_eq!(status, Some(2), "{text}");
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn a_missing_program_is_not_judged() {
    let (status, text) = judge(&[
        "--client",
        "/no/such/program {server} {name}",
        "--stage",
        "asks",
    ]);
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.contains("NOT JUDGED\n   the client cannot be started"),
        "{text}"
    );
}

#[test]
fn the_readme_of_the_skeleton_names_every_stage() {
    let readme = include_str!("../../../xtask/skeleton/README.md");
    let (status, list) = judge(&["--list"]);
    assert_eq!(status, Some(0));
    assert_eq!(list.lines().count(), judge::stages::STAGES.len());
    for (line, stage) in list.lines().zip(judge::stages::STAGES) {
        assert!(
            line.contains(stage.name) && line.contains(stage.rfc),
            "{line}"
        );
        assert!(
            readme.contains(&format!("\n- [ ] `{}`: ", stage.name)),
            "{}",
            stage.name
        );
    }
}

/// Returns the line that tells the next command.
fn next(text: &str) -> &str {
    let lines: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("Next: "))
        .collect();
    assert_eq!(lines.len(), 1, "{text}");
    lines[0]
}

/// The port of the judge's name server differs in each run.
#[cfg(unix)]
fn without_port(text: &str) -> String {
    let (before, after) = text.split_once(" at 127.0.0.1:").unwrap();
    let after = after.trim_start_matches(|letter: char| letter.is_ascii_digit());
    format!("{before} at 127.0.0.1:PORT{after}")
}

#[cfg(unix)]
#[test]
fn the_same_seed_gives_the_same_names_and_a_failure_is_shown_whole() {
    let client = "sh -c 'echo {name} {type}; exit 7' {server}";
    let run = |seed: &str| {
        let (status, text) = judge(&[
            "--client", client, "--stage", "1", "--seed", seed, "--again", "AGAIN",
        ]);
        (status, without_port(&text))
    };
    let (status, text) = run("11");
    assert_eq!(status, Some(1));
    assert_eq!(run("11").1, text);
    assert_ne!(run("12").1, text);
    let (before, after) = text.split_once("\n   | ").unwrap();
    let (_, after) = after.split_once('\n').unwrap();
    let expected = " 1 asks      the client sends a correct query                         FAILED
   rule      the client sends a query to the given server
   expected  one message over UDP
   got       the client sent no query (exit status 7)
   see       RFC 1035 section 4.2.1

   program    the program under test
   server     the judge's name server at 127.0.0.1:PORT

                program    server
      0.000 s      |- - - - ->|       1  WRONG: the client sent no query (exit status 7)

   the output of the program";
    assert_eq!(before, expected);
    let expected = "   | (exit status 7)


0 of 1 stages passed. With --seed 11 the same names, addresses and ids are used again.
Next: AGAIN --stage asks --seed 11
";
    assert_eq!(after, expected);
}

/// A shell takes the line apart as it was put together.
#[cfg(unix)]
#[test]
fn the_next_command_can_be_pasted_into_a_shell() {
    let client = "sh -c 'echo \"{name}\"; exit 7' {server}";
    let options = [
        "--client",
        client,
        "--server",
        "\"/no/such/it's\" {listen} {hints}",
        "--load-rate",
        "500",
    ];
    let (_, text) = judge(&[&options[..], &["--seed", "3", "--stage", "asks"]].concat());
    let line = next(&text).strip_prefix("cargo xtask judge ").unwrap();
    let script = format!("printf '%s\\n' {line}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let words: Vec<&str> = words.lines().collect();
    assert_eq!(
        words,
        [&options[..], &["--stage", "asks", "--seed", "3"]].concat(),
        "{line}"
    );
    let (status, again) = judge(&words);
    assert_eq!(status, Some(1));
    assert_eq!(without_port(&again), without_port(&text));
}
