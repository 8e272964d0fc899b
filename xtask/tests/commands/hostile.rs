//! Lessons that print without end, leave processes behind, are not text, or are not lessons.

use crate::toy::Toy;
use std::fs;
use std::time::{Duration, Instant};

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const SUM: &str = "numbers.iter().sum()";

#[test]
fn output_on_standard_error_costs_no_more_than_its_length() {
    let toy = Toy::plain_solved("prints");
    // 300,000 lines, and then a wrong answer.
    toy.edit(
        LIB,
        SUM,
        "(0..100_000).for_each(|octet| { dbg!(octet); }); numbers.iter().sum::<u32>() + 1",
    );
    let begun = Instant::now();
    toy.run(&["check", "1"])
        .is(1, &["✗ adds_up ", "expected │ 6\n    got      │ 7"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[test]
fn an_endless_dbg_is_a_hang() {
    let toy = Toy::plain_solved("prints-forever");
    toy.edit(LIB, SUM, "loop { dbg!(numbers.len()); }");
    let begun = Instant::now();
    toy.run(&["check", "1"]).is(1, &["Hangs: 3 tests\n"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
}

#[cfg(unix)]
#[test]
fn a_test_whose_code_leaves_a_process_behind_passes() {
    let toy = Toy::plain_solved("leaves-a-child");
    let child = "std::process::Command::new(\"sleep\").arg(\"31.4159\").spawn().unwrap(); ";
    toy.edit(LIB, SUM, &format!("{child}{SUM}"));
    toy.run(&["check", "1"]).is(0, &["Passed."]);
    assert_eq!(processes_with("31.4159"), 0, "the child is still running");
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_ends_the_tests_too_and_leaves_no_folder() {
    let toy = Toy::plain_solved("signal");
    let endless =
        "std::process::Command::new(\"sleep\").arg(\"27.1828\").status().unwrap(); loop {}";
    toy.edit(LIB, SUM, endless);
    let temporary = toy.root.join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = toy.command(&["check", "1"]);
    let mut check = command.env("TMPDIR", &temporary).spawn().unwrap();
    let begun = Instant::now();
    while processes_with("27.1828") == 0 {
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "no test was started"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
    let kill = std::process::Command::new("kill")
        .arg(check.id().to_string())
        .status();
    assert!(kill.unwrap().success());
    let status = check.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(15)
    );
    let begun = Instant::now();
    // The processes end first, and then the folders are removed.
    loop {
        let running = processes_with("27.1828");
        let left: Vec<_> = fs::read_dir(&temporary).unwrap().collect();
        if running == 0 && left.is_empty() {
            break;
        }
        let state = format!("{running} processes, and {left:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "left: {state}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Counts the processes with this argument that are not zombies.
#[cfg(unix)]
fn processes_with(argument: &str) -> usize {
    let output = std::process::Command::new("ps")
        .args(["-A", "-o", "stat=,args="])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter(|line| line.ends_with(&format!("sleep {argument}")) && !line.starts_with('Z'))
        .count()
}

#[test]
fn a_learner_s_own_tests_run_and_are_told_apart() {
    let toy = Toy::plain_solved("own-tests");
    let own = "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn mine() {\n        assert_eq!(super::sum(&[1]), 2);\n    }\n}\n";
    let solved = toy.read(LIB);
    toy.write(LIB, &(solved.clone() + own));
    toy.run(&["check", "1"])
        .is(1, &["✗ tests::mine", "yours, in src/", "expected │ 2"]);
    toy.write(LIB, &(solved + &own.replace(", 2", ", 1")));
    toy.run(&["check", "1"])
        .is(0, &["✓ tests::mine", "Passed."]);
    toy.run(&["progress"]).is(0, &["✓  1  sums    done"]);
}

#[test]
fn a_source_that_is_not_utf8_stops_nothing_else() {
    let toy = Toy::plain_solved("latin-1");
    let path = toy.root.join(LIB);
    let mut octets = fs::read(&path).unwrap();
    octets.extend(b"// \xe4\n");
    fs::write(&path, &octets).unwrap();
    toy.run(&["progress"]).is(
        0,
        &[
            "…  1  sums    does not compile",
            "·  2  double  not started",
        ],
    );
    toy.run(&["check", "1"])
        .is(1, &["Does not compile: lesson-1.", "UTF-8"]);
    toy.run(&["hint", "1"]).is(0, &["does not compile"]);
    toy.run(&["diff", "1"]).is(0, &["yours"]);
    toy.run(&["reset", "1"]).is(0, &["backups/src/lib.rs.1"]);
    let kept = fs::read(toy.root.join("lessons/lesson-01-sums/backups/src/lib.rs.1"));
    assert_eq!(kept.unwrap(), octets);
}

#[test]
fn stray_folders_and_files_stop_nothing() {
    let toy = Toy::plain_solved("strays");
    for stray in [
        "lessons/lesson-01-sums copy/notes.txt",
        "lessons/lesson-03-sums/Cargo.toml",
        "solutions/notes/todo.txt",
        "lessons/notes.txt",
    ] {
        toy.write(stray, "not a manifest");
    }
    toy.run(&["check", "1"]).is(0, &["Passed."]);
    let progress = toy.run(&["progress"]);
    progress.is(0, &["»  1  sums    skipped", "0 of 2 lessons"]);
}

#[test]
fn a_lesson_s_broken_or_missing_manifest_is_repaired_without_cargo() {
    let toy = Toy::plain_solved("manifest");
    toy.commit();
    let manifest = "lessons/lesson-02-double/Cargo.toml";
    let before = toy.read(manifest);
    toy.write(manifest, "[package\n");
    let printed = toy.run_in_git(&["check", "1"]);
    printed.is(
        1,
        &[
            "cargo could not start compiling",
            "The fault is in the Cargo.toml of lesson-2.",
        ],
    );
    let next = printed.text.lines().find(|line| line.starts_with("Next: "));
    let next = next.unwrap_or_else(|| panic!("no next command:\n{}", printed.text));
    assert!(next.ends_with("xtask reset lesson-2"), "{next}");
    assert!(!next.contains("cargo xtask"), "{next}");
    toy.run_in_git(&["reset", "lesson-2"]).is(
        0,
        &[
            "replaced: lessons/lesson-02-double/Cargo.toml",
            "backups/Cargo.toml.1",
        ],
    );
    assert_eq!(toy.read(manifest), before);
    toy.run_in_git(&["check", "1"]).is(0, &["Passed."]);
    // A dependency that does not exist is no reason for `cargo fetch`.
    toy.write(manifest, &format!("{before}nosuch-crate = \"1\"\n"));
    let printed = toy.run_in_git(&["check", "1"]);
    printed.is(1, &["nosuch-crate", "xtask reset lesson-2\n"]);
    fs::remove_dir_all(toy.root.join("lessons/lesson-02-double")).unwrap();
    toy.run_in_git(&["reset", "lesson-2"])
        .is(0, &["written: lessons/lesson-02-double/Cargo.toml"]);
    toy.run_in_git(&["reset", "lesson-2", "--tests"])
        .is(0, &["restored: lessons/lesson-02-double/tests/double.rs"]);
    toy.run_in_git(&["check", "1"]).is(0, &["Passed."]);
}

#[test]
fn a_failure_s_output_has_bounds() {
    let toy = Toy::plain_solved("long-output");
    toy.edit(
        LIB,
        "out + &format!(\"total {}\\n\", sum(numbers))",
        "\"x\".repeat(1_000_000)",
    );
    let printed = toy.run(&["check", "1"]);
    printed.is(1, &["✗ tabulates", "more characters)"]);
    assert!(printed.text.len() < 10_000, "{} octets", printed.text.len());
    toy.edit(
        LIB,
        "\"x\".repeat(1_000_000)",
        "\"question\\n\".repeat(8_001)",
    );
    let printed = toy.run(&["check", "1"]);
    printed.is(1, &["✗ tabulates", "more lines"]);
    assert!(printed.text.len() < 10_000, "{} octets", printed.text.len());
    toy.edit(
        LIB,
        "\"question\\n\".repeat(8_001)",
        "panic!(\"{}\", \"x\".repeat(1_000_000))",
    );
    let printed = toy.run(&["check", "1"]);
    printed.is(1, &["✗ tabulates", "more characters)"]);
    assert!(printed.text.len() < 10_000, "{} octets", printed.text.len());
}

/// A limit on the size of files stands in for a full disk.
#[cfg(unix)]
#[test]
fn on_a_full_disk_the_learner_s_file_stays_and_no_half_backup_is_left() {
    let toy = Toy::plain("full-disk");
    let mine = format!("{}// {}\n", toy.read(LIB), "mine ".repeat(20_000));
    toy.write(LIB, &mine);
    let mut shell = std::process::Command::new("bash");
    shell
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" skip 1"])
        .arg(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(toy.root.join("lessons"))
        .env_remove("CARGO_MANIFEST_DIR");
    let output = shell.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("so your file stays in place"), "{text}");
    assert_eq!(toy.read(LIB), mine);
    let backups = toy.root.join("lessons/lesson-01-sums/backups/src");
    let left: Vec<_> = fs::read_dir(backups).into_iter().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_terminal_of_unknown_width_has_the_usual_one() {
    let toy = Toy::plain("columns");
    let usual = toy.run(&["check", "1"]).text.replace("Red is", "");
    assert!(usual.contains("Write a line per number"), "{usual}");
    let unknown = toy.run_with(&["check", "1"], &[("COLUMNS", "0")]);
    unknown.is(1, &["Write a line per number, and \"{total}\" last.\n"]);
}

#[test]
fn a_hint_is_on_the_stub_that_does_not_compile() {
    let toy = Toy::plain("hint-broken");
    toy.edit(
        LIB,
        "todo!(\"Write a line per number, and \\\"{{total}}\\\" last.\")",
        "numbers.len()",
    );
    toy.run(&["hint", "1"]).is(
        0,
        &[
            "This stub does not compile.",
            "src/lib.rs:11\n  Write a line per number",
            "Hint 1 of 3",
        ],
    );
}

#[test]
fn without_a_hint_the_test_to_look_at_is_named() {
    let toy = Toy::plain_solved("no-hint");
    toy.edit(
        LIB,
        "pub fn sum",
        "#[cfg(test)]\n#[test]\nfn mine() {\n    panic!(\"no\")\n}\n\npub fn sum",
    );
    let printed = toy.run(&["hint", "1"]);
    printed.is(
        0,
        &[
            "lessons/lesson-01-sums/src/lib.rs:6",
            "Next: cargo xtask check lesson-1",
        ],
    );
    printed.lacks(&["cargo xtask diff"]);
}
