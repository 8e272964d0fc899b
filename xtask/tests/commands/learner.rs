//! `check`, `hint`, `diff`, `skip`, `reset` and `progress`, as a learner meets them.

use std::time::{Duration, Instant};

use crate::toy::Toy;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const SNAPSHOT: &str = "lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap";

#[test]
fn an_untouched_stub_is_named_with_its_line_and_the_next_command() {
    let toy = Toy::plain("untouched");
    let printed = toy.run(&["check", "lesson-1"]);
    printed.is(
        1,
        &[
            "Lesson 1: Adding up",
            "Red is expected here",
            "Not written yet: 2 of 2 stubs",
            "lessons/lesson-01-sums/src/lib.rs:5\n      Add them up.",
            "lessons/lesson-01-sums/src/lib.rs:11\n      Write a line per number, and \"{total}\" last.",
            "waiting for it: adds_up, adds_up_inline",
            "Next: cargo xtask hint lesson-1",
        ],
    );
    let again = toy.run(&["check"]);
    again.is(1, &["Lesson 1: Adding up"]);
    again.lacks(&["Red is expected"]);
}

#[test]
fn a_syntax_error_is_reported_as_rustc_prints_it() {
    let toy = Toy::plain("syntax");
    toy.edit(LIB, "todo!(\"Add them up.\")", "numbers.iter(.sum()");
    let printed = toy.run(&["check", "1"]);
    printed.is(
        1,
        &[
            "Does not compile: lesson-1.",
            "error:",
            "src/lib.rs:5",
            "Next: cargo xtask check lesson-1",
        ],
    );
    toy.run(&["hint", "1"]).is(0, &["Hint 1 of 3"]);
    toy.run(&["check", "2"]).is(
        1,
        &[
            "Does not compile: lesson-1, on which lesson-2 is built",
            "Next: cargo xtask check lesson-1",
        ],
    );
}

#[test]
fn tests_that_no_longer_fit_the_code_are_reported_as_such() {
    let toy = Toy::plain_solved("misfit");
    toy.edit(LIB, "pub fn table(", "pub fn tables(");
    toy.run(&["check", "1"]).is(
        1,
        &[
            "the tests of lesson-1, against your code",
            "cannot find function `table`",
        ],
    );
}

#[test]
fn a_wrong_answer_is_shown_beside_the_expected_one_with_advice() {
    let toy = Toy::solved("wrong");
    toy.edit(LIB, "out + &format!(\"total {}\\n\", sum(numbers))", "out");
    let printed = toy.run(&["check", "1"]);
    printed.is(
        1,
        &[
            "✗ tabulates       wrong",
            "✓ adds_up\n",
            "→ expected │ total 30",
            "Wrong: tabulates\n  lessons/lesson-01-sums/tests/sums.rs:",
            "Perhaps it is this common mistake:\n  A table ends with its total.\n  seen in: tabulates\n",
            "Next: cargo xtask hint lesson-1",
        ],
    );
    // The hint goes to the stub that the mistake lies in, a level further each time.
    let last = [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "cargo xtask diff lesson-1",
        "cargo xtask skip lesson-1",
    ];
    toy.run(&["hint", "1"])
        .is(0, &["Write a line per number", "Hint 1 of 3"]);
    toy.run(&["hint", "1"]).is(0, &["Hint 2 of 3"]);
    toy.run(&["hint", "1"]).is(0, &last);
    toy.run(&["hint", "1"]).is(0, &last);
}

#[test]
fn an_inline_snapshot_and_an_assertion_are_shown_too() {
    let toy = Toy::solved("inline");
    toy.edit(
        LIB,
        "numbers.iter().sum()",
        "numbers.iter().sum::<u32>() + 1",
    );
    let printed = toy.run(&["check", "1"]);
    printed.is(
        1,
        &[
            "→ expected │ 9",
            "got      │ 10",
            "one, two, three\n    expected │ 6\n    got      │ 7\n",
            "tests/sums.rs:5",
            "This is a common mistake:\n  Begin with nought.",
        ],
    );
    let wide = toy.run_with(&["check", "1"], &[("COLUMNS", "120")]);
    wide.is(1, &["→ 9                    │ 10"]);
}

#[test]
fn inherited_insta_settings_change_nothing() {
    let toy = Toy::solved("inherited");
    toy.edit(LIB, "total {}", "sum {}");
    let before = (
        toy.read(SNAPSHOT),
        toy.read("lessons/lesson-01-sums/tests/sums.rs"),
    );
    for (name, value) in [
        ("INSTA_UPDATE", "always"),
        ("INSTA_FORCE_PASS", "1"),
        ("INSTA_FORCE_UPDATE", "1"),
        ("INSTA_WORKSPACE_ROOT", "/nowhere"),
        // On a build server insta by itself writes nothing that we could read.
        ("CI", "1"),
    ] {
        toy.run_with(&["check", "1"], &[(name, value)])
            .is(1, &["→ expected │ total 30"]);
    }
    assert_eq!(
        before,
        (
            toy.read(SNAPSHOT),
            toy.read("lessons/lesson-01-sums/tests/sums.rs")
        )
    );
    let new = toy.root.join(format!("{SNAPSHOT}.new"));
    assert!(!new.exists(), "a pending snapshot was left in the tree");
}

#[test]
fn an_endless_loop_ends_and_is_named() {
    let toy = Toy::plain_solved("endless");
    toy.edit(
        LIB,
        "numbers.iter().sum()",
        "loop { std::thread::sleep(std::time::Duration::from_secs(1)); }",
    );
    let begun = Instant::now();
    let printed = toy.run(&["check", "1"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
    printed.is(
        1,
        &[
            "∞ adds_up ",
            "Hangs: 3 tests\n  adds_up (after 10 s)\n",
            "∞ tabulates",
        ],
    );
    printed.lacks(&["common mistake"]);
}

#[test]
fn a_process_that_ends_too_early_is_a_crash_and_no_pass() {
    let toy = Toy::plain_solved("crash");
    toy.edit(
        LIB,
        "numbers.iter().sum()",
        "if numbers.len() == 3 { std::process::exit(0) } else { sum(&[0, 0]) }",
    );
    toy.edit(
        LIB,
        "//! Adding up.",
        "//! Adding up.\n#![allow(unconditional_recursion)]",
    );
    toy.run(&["check", "1"]).is(
        1,
        &[
            "Crashed: adds_up\n",
            "exit status: 0",
            "Its stack overflowed",
        ],
    );
}

#[test]
fn skip_passes_and_reset_keeps_the_learner_s_file() {
    let toy = Toy::plain("skip");
    toy.edit(LIB, "todo!(\"Add them up.\")", "0 // mine");
    let mine = toy.read(LIB);
    toy.run(&["skip", "sums"])
        .is(0, &["backups/src/lib.rs.1", "to restore it: "]);
    assert_eq!(
        toy.read("lessons/lesson-01-sums/backups/src/lib.rs.1"),
        mine
    );
    toy.run(&["check", "1"]).is(
        0,
        &[
            "Passed.",
            "cargo xtask diff lesson-1",
            "Next: cargo xtask check lesson-2",
        ],
    );
    toy.run(&["diff", "1"])
        .is(0, &["Yours is equal to the solution"]);
    // The solution is no work of the learner's: no second backup.
    toy.run(&["reset", "1"]).lacks(&["backups"]);
    toy.edit(LIB, "todo!(\"Add them up.\")", "1 // mine");
    toy.write("lessons/lesson-01-sums/src/extra.rs", "// mine too\n");
    toy.run(&["reset", "1"]).is(
        0,
        &[
            "backups/src/lib.rs.2",
            "left alone: lessons/lesson-01-sums/src/extra.rs",
        ],
    );
    assert_eq!(
        toy.read("lessons/lesson-01-sums/backups/src/lib.rs.1"),
        mine
    );
    toy.run(&["diff", "1"]).is(
        0,
        &[
            "A spoiler: lesson-1 is not passed yet",
            "Nothing of lesson-1 is written yet",
            "numbers.iter().sum()",
        ],
    );
}

#[test]
fn wrong_answers_come_before_stubs_that_are_left() {
    let toy = Toy::plain("order");
    toy.edit(
        LIB,
        "todo!(\"Add them up.\")",
        "std::future::ready(1);\n    numbers.iter().sum::<u32>() + 1",
    );
    let printed = toy.run(&["check", "1"]);
    printed.is(
        1,
        &[
            "The compiler warns\n",
            "  lessons/lesson-01-sums/src/lib.rs:5: unused `std::future::Ready`",
            "Not written yet: 1 of 2 stubs\n",
        ],
    );
    printed.in_order(&[
        "common mistake",
        "✗ adds_up",
        "Wrong: adds_up\n",
        "Not written yet",
    ]);
    // It is the stub that the mistake lies in, though the other one waits too.
    toy.run(&["hint", "1"]).is(
        0,
        &[
            "lessons/lesson-01-sums/src/lib.rs:4 (fn sum)\n  Add them up.",
            "Hint 1 of 3",
        ],
    );
}

#[test]
fn a_pass_names_the_next_lesson_and_earlier_ones_that_are_left() {
    let toy = Toy::plain("onwards");
    toy.edit(
        "lessons/lesson-02-double/src/lib.rs",
        "todo!(\"Double the sum.\")",
        "numbers.iter().sum::<u32>()*2",
    );
    toy.run(&["check", "2"]).is(
        0,
        &[
            "Passed.",
            "lesson-1 is not passed yet, so this lesson's program will stop at its stubs",
        ],
    );
    let printed = toy.run(&["skip", "1"]);
    printed.is(0, &[]);
    toy.run(&["check", "2"]).lacks(&["not passed yet"]);
    toy.run(&["hint", "1"])
        .is(0, &["Nothing fails", "Next: cargo xtask check lesson-2"]);
    toy.run(&["hint", "2"])
        .is(0, &["Next: cargo xtask progress"]);
    // Without a name it is the last one, where all are passed; the missing spaces are no
    // difference.
    let diff = toy.run(&["diff"]);
    diff.is(0, &["yours    │     numbers.iter().sum::<u32>() * 2"]);
    toy.edit(
        "lessons/lesson-02-double/src/lib.rs",
        "numbers.iter().sum::<u32>()*2",
        "2*sums::sum( numbers )",
    );
    toy.run(&["diff", "2"])
        .is(0, &["Yours is equal to the solution"]);
}

#[test]
fn a_command_line_that_can_not_be_carried_out_is_explained() {
    let toy = Toy::plain("sense");
    for command in ["reset", "skip"] {
        let example = format!("Which lesson? For example: cargo xtask {command} lesson-1");
        toy.run(&[command])
            .is(2, &[&example, "   2  double  Doubling"]);
    }
    toy.run(&["check", "1", "2"]).is(
        2,
        &["\"1\" and \"2\" are two lessons, and this command takes one."],
    );
    toy.run(&["help"])
        .is(0, &["Usage: cargo xtask", "progress"]);
    toy.run(&["help", "check"]).is(0, &["[LESSON]"]);
}

#[test]
fn an_unknown_lesson_is_a_usage_error() {
    let toy = Toy::plain("unknown");
    toy.run(&["check", "lesson-99"]).is(
        2,
        &[
            "There is no lesson \"lesson-99\".",
            "   1  sums    Adding up",
            "   2  double  Doubling",
        ],
    );
    toy.run(&["hint", "doubel"])
        .is(2, &["Did you mean lesson-2 (double)?"]);
    toy.run(&["chekc"]).is(2, &["check"]);
    toy.run(&[])
        .is(0, &["cargo xtask check lesson-1", "Adding up"]);
}

#[test]
fn an_earlier_lesson_s_stub_is_named_as_such() {
    let toy = Toy::plain("earlier");
    toy.run(&["progress"]).is(
        0,
        &[
            "1  sums    not started",
            "0 of 2 lessons",
            "Next: cargo xtask check lesson-1",
        ],
    );
    toy.run(&["skip", "2"]).is(0, &[]);
    let printed = toy.run(&["check", "2"]);
    printed.is(
        1,
        &[
            "Not written yet: a stub of lesson-1",
            "lesson-2 is built on lesson-1: cargo xtask check lesson-1",
            "cargo xtask skip lesson-1",
            "lessons/lesson-01-sums/src/lib.rs:5",
        ],
    );
    toy.run(&["hint", "2"]).is(
        0,
        &["need a stub of lesson-1", "Next: cargo xtask hint lesson-1"],
    );
    toy.run(&["skip", "1"]).is(0, &[]);
    toy.run(&["progress"])
        .is(0, &["»  2  double  skipped", "0 of 2 lessons, 2 skipped"]);
    // The learner's own code in place of the solution's.
    toy.edit(
        "lessons/lesson-01-sums/src/lib.rs",
        "numbers.iter().sum()",
        "numbers.iter().copied().sum()",
    );
    toy.run(&["progress"])
        .is(0, &["✓  1  sums    done", "1 of 2 lessons, 1 skipped"]);
}

#[test]
fn a_check_and_a_progress_are_kept_for_the_guide() {
    let toy = Toy::solved("kept");
    let standing = "target/xtask/standing/lesson-01-sums.json";
    toy.run(&["check", "1"]).is(0, &["Passed."]);
    let passed = toy.read("target/xtask/last-check.json");
    let kept = toy.read(standing);
    assert!(passed.contains("\"passed\":true"), "{passed}");
    assert!(kept.contains("\"mark\":\"skipped\""), "{kept}");

    toy.edit(LIB, "out + &format!(\"total {}\\n\", sum(numbers))", "out");
    toy.run(&["check", "1"]).is(1, &["wrong"]);
    let failed = toy.read("target/xtask/last-check.json");
    let kept = toy.read(standing);
    for part in ["\"passed\":false", "\"lesson\":\"lesson-01-sums\"", "total"] {
        assert!(failed.contains(part), "{failed}, without {part}");
    }
    assert!(
        !failed.contains("\\u001b"),
        "the report has colours: {failed}"
    );
    assert!(kept.contains("\"mark\":\"begun\""), "{kept}");

    toy.run(&["reset", "1"]);
    toy.run(&["progress"]).is(0, &["not started"]);
    let kept = toy.read(standing);
    assert!(kept.contains("\"mark\":\"new\""), "{kept}");
}
