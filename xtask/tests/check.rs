//! The commands from outside: the built `xtask` on a toy course, as a learner would meet it.

#![cfg(test)]

mod toy;

use std::time::{Duration, Instant};
use toy::Toy;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const SNAPSHOT: &str = "lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap";

#[test]
fn an_untouched_stub_is_named_with_its_line_and_the_next_command() {
    let toy = Toy::plain("untouched");
    let said = toy.run(&["check", "lesson-1"]);
    said.is(
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
fn a_syntax_error_is_told_in_rustc_s_words() {
    let toy = Toy::plain("syntax");
    toy.edit(LIB, "todo!(\"Add them up.\")", "numbers.iter(.sum()");
    let said = toy.run(&["check", "1"]);
    said.is(
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
            "Does not compile: lesson-1, on which lesson-2 stands",
            "Next: cargo xtask check lesson-1",
        ],
    );
}

#[test]
fn tests_that_no_longer_fit_the_code_are_said_to_be_that() {
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
fn a_wrong_answer_is_shown_with_what_was_expected_and_the_advice() {
    let toy = Toy::solved("wrong");
    toy.edit(LIB, "out + &format!(\"total {}\\n\", sum(numbers))", "out");
    let said = toy.run(&["check", "1"]);
    said.is(
        1,
        &[
            "✗ tabulates       wrong",
            "✓ adds_up\n",
            "first difference: line 3",
            "→ expected │ total 30",
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
    let said = toy.run(&["check", "1"]);
    said.is(
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
    let said = toy.run(&["check", "1"]);
    assert!(begun.elapsed() < Duration::from_secs(60));
    said.is(
        1,
        &[
            "∞ adds_up ",
            "Hangs: 3 tests\n  adds_up (after 10 s)\n",
            "∞ tabulates",
        ],
    );
    said.lacks(&["common mistake"]);
}

#[test]
fn what_takes_the_process_with_it_is_a_crash_and_no_pass() {
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
fn skip_passes_and_reset_keeps_what_was_written() {
    let toy = Toy::plain("skip");
    toy.edit(LIB, "todo!(\"Add them up.\")", "0 // mine");
    let mine = toy.read(LIB);
    toy.run(&["skip", "sums"])
        .is(0, &["backups/src/lib.rs.1", "to bring it back: "]);
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
        .is(0, &["Your files are the solution's"]);
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
        &["Nothing of lesson-1 is written yet", "numbers.iter().sum()"],
    );
}

#[test]
fn what_is_wrong_comes_before_what_is_not_written() {
    let toy = Toy::plain("order");
    toy.edit(
        LIB,
        "todo!(\"Add them up.\")",
        "std::future::ready(1);\n    numbers.iter().sum::<u32>() + 1",
    );
    let said = toy.run(&["check", "1"]);
    said.is(
        1,
        &[
            "The compiler warns\n",
            "  lessons/lesson-01-sums/src/lib.rs:5: unused `std::future::Ready`",
            "Not written yet: 1 of 2 stubs\n",
        ],
    );
    said.in_order(&["Wrong: adds_up\n", "common mistake", "Not written yet"]);
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
fn a_pass_leads_to_the_next_lesson_and_tells_of_earlier_ones() {
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
            "lesson-1 is not passed yet, so the program of this lesson will stop there",
        ],
    );
    let said = toy.run(&["skip", "1"]);
    said.is(0, &[]);
    toy.run(&["check", "2"]).lacks(&["not passed yet"]);
    toy.run(&["hint", "1"])
        .is(0, &["Nothing fails", "Next: cargo xtask check lesson-2"]);
    toy.run(&["hint", "2"])
        .is(0, &["Next: cargo xtask progress"]);
    // Without a name it is the last one, where all are passed; the missing spaces are no difference.
    let diff = toy.run(&["diff"]);
    diff.is(0, &["yours    │     numbers.iter().sum::<u32>() * 2"]);
    toy.edit(
        "lessons/lesson-02-double/src/lib.rs",
        "numbers.iter().sum::<u32>()*2",
        "2*sums::sum( numbers )",
    );
    toy.run(&["diff", "2"])
        .is(0, &["Your files are the solution's"]);
}

#[test]
fn a_command_line_that_makes_no_sense_gets_a_sentence() {
    let toy = Toy::plain("sense");
    for command in ["reset", "skip"] {
        let example = format!("Which lesson? For example: cargo xtask {command} lesson-1");
        toy.run(&[command])
            .is(2, &[&example, "   2  double  Doubling"]);
    }
    toy.run(&["check", "1", "2"]).is(
        2,
        &["One lesson at a time, please: \"1\" and \"2\" are two."],
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
fn an_edited_snapshot_is_noticed_and_brought_back() {
    let toy = Toy::solved("edited");
    let (tests, other) = (
        "lessons/lesson-01-sums/tests/sums.rs",
        "lessons/lesson-01-sums/tests/snapshots/sums__mine.snap",
    );
    let (snapshot, test) = (toy.read(SNAPSHOT), toy.read(tests));
    toy.run(&["generate", "--archives"]).is(0, &[]);
    toy.run(&["skip", "1"]).is(0, &[]);
    toy.edit(SNAPSHOT, "total 30", "sum 30");
    toy.edit(LIB, "total {}", "sum {}");
    std::fs::remove_file(toy.root.join(tests)).unwrap();
    toy.write(tests, &test.replace("one, two, three", "uno, due, tre"));
    toy.write(other, "---\n---\nmine\n");
    let said = toy.run(&["check", "1"]);
    said.is(
        1,
        &[
            "Every test passes, but they are not the course's own",
            "edited: lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap",
            "Next: cargo xtask reset lesson-1 --tests",
        ],
    );
    toy.run(&["progress"])
        .is(0, &["its tests pass, but were edited"]);
    std::fs::remove_file(toy.root.join(SNAPSHOT)).unwrap();
    let said = toy.run(&["check", "1"]);
    // What is red may be the edited tests' fault.
    said.in_order(&["The lesson's tests were changed", "✗ tabulates"]);
    said.is(
        1,
        &[
            "Next: cargo xtask reset lesson-1 --tests",
            "missing: lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap",
            "Its snapshot is missing",
            "sum 30",
        ],
    );
    let said = toy.run(&["reset", "1", "--tests"]);
    said.is(
        0,
        &[
            "brought back: lessons/lesson-01-sums/tests/sums.rs",
            "backups/tests/sums.rs.1",
            "left alone: lessons/lesson-01-sums/tests/snapshots/sums__mine.snap",
        ],
    );
    assert_eq!((snapshot, test), (toy.read(SNAPSHOT), toy.read(tests)));
    toy.run(&["check", "1"]).is(
        1,
        &[
            "→ expected │ total 30",
            "not the course's: lessons/lesson-01-sums/tests/snapshots/sums__mine.snap",
        ],
    );
}

const TESTS: &str = "lessons/lesson-01-sums/tests/sums.rs";

#[test]
fn edited_tests_come_back_from_git_s_objects() {
    let toy = Toy::plain("from-git");
    toy.commit();
    let tests = toy.read(TESTS);
    toy.edit(TESTS, "one, two, three", "uno, due, tre");
    toy.run_in_git(&["reset", "1", "--tests"])
        .is(0, &["brought back: lessons/lesson-01-sums/tests/sums.rs"]);
    assert_eq!(toy.read(TESTS), tests);
}

#[test]
fn without_git_edited_tests_come_back_from_a_release_s_archive() {
    let toy = Toy::plain("from-archive");
    let said = toy.run(&["generate", "--archives"]);
    said.is(0, &["written: xtask/originals/lesson-01-sums.gz"]);
    let tests = toy.read(TESTS);
    toy.edit(TESTS, "one, two, three", "uno, due, tre");
    let extra = "lessons/lesson-02-double/tests/double.rs";
    std::fs::remove_file(toy.root.join(extra)).unwrap();
    toy.run(&["reset", "1", "--tests"])
        .is(0, &["brought back: lessons/lesson-01-sums/tests/sums.rs"]);
    toy.run(&["reset", "2", "--tests"]).is(
        0,
        &["brought back: lessons/lesson-02-double/tests/double.rs"],
    );
    assert_eq!(toy.read(TESTS), tests);
}

#[test]
fn with_neither_git_nor_archive_reset_says_what_to_do_and_changes_nothing() {
    let toy = Toy::plain("from-nowhere");
    toy.edit(TESTS, "one, two, three", "uno, due, tre");
    let edited = toy.read(TESTS);
    let phrases = [
        "lessons/lesson-01-sums/tests/sums.rs can't be restored: git has no object",
        "xtask/originals/lesson-01-sums.gz does not have it either",
        "Download the course once more into another folder, and copy the file from there.",
    ];
    toy.run(&["reset", "1", "--tests"]).is(1, &phrases);
    // An archive that is older than the list is of no help: its content has another id.
    toy.run(&["generate", "--archives"]).is(0, &[]);
    toy.edit(TESTS, "uno, due, tre", "un, deux, trois");
    toy.run(&["generate"]).is(0, &[]);
    toy.write(TESTS, &edited);
    toy.run(&["reset", "1", "--tests"]).is(1, &phrases);
    assert_eq!(toy.read(TESTS), edited);
}

#[test]
fn generate_names_a_list_whose_lesson_is_gone() {
    let toy = Toy::plain("list-without-lesson");
    toy.write("xtask/originals/lesson-03-gone.txt", "");
    toy.run(&["generate", "--check"])
        .is(1, &["no such lesson: xtask/originals/lesson-03-gone.txt"]);
}

const PROGRAM: &str = "lessons/lesson-02-double/src/main.rs";

#[test]
fn a_changed_program_is_shown_and_replaced_and_kept() {
    let toy = Toy::plain("program-changed");
    toy.commit();
    let program = toy.read(PROGRAM);
    toy.run_in_git(&["progress"])
        .is(0, &["2  double  not started"]);
    // White space is no beginning; anything else is.
    toy.edit(PROGRAM, "fn main", "\nfn  main");
    toy.run_in_git(&["progress"])
        .is(0, &["2  double  not started"]);
    toy.edit(PROGRAM, "&[1, 2]", "&[3, 4]");
    let mine = toy.read(PROGRAM);
    toy.run_in_git(&["progress"])
        .is(0, &["2  double  in progress: 0 of 1 stubs"]);
    toy.run_in_git(&["diff", "2"]).is(
        0,
        &[
            "lessons/lesson-02-double/src/main.rs\n",
            "double::double(&[3, 4])",
            "double::double(&[1, 2])",
        ],
    );
    for (command, number) in [("reset", 1), ("skip", 2)] {
        toy.write(PROGRAM, &mine);
        let backup = format!("lessons/lesson-02-double/backups/src/main.rs.{number}");
        toy.run_in_git(&[command, "2"]).is(
            0,
            &[
                "replaced: lessons/lesson-02-double/src/main.rs",
                &format!("yours is kept: {backup}"),
            ],
        );
        assert_eq!(
            (toy.read(PROGRAM), toy.read(&backup)),
            (program.clone(), mine.clone())
        );
    }
    let said = toy.run_in_git(&["skip", "2"]);
    said.is(0, &["Nothing to do"]);
    said.lacks(&["left alone"]);
}

#[test]
fn a_deleted_program_comes_back() {
    let toy = Toy::plain("program-deleted");
    toy.commit();
    let program = toy.read(PROGRAM);
    let delete = || std::fs::remove_file(toy.root.join(PROGRAM)).unwrap();
    delete();
    toy.run_in_git(&["check", "2"])
        .is(1, &["lessons/lesson-02-double/src/main.rs"]);
    toy.run_in_git(&["diff", "2"])
        .is(0, &["double::double(&[1, 2])"]);
    toy.run_in_git(&["progress"])
        .is(0, &["1  sums    not started"]);
    for command in ["skip", "reset"] {
        toy.run_in_git(&[command, "2"])
            .is(0, &["written: lessons/lesson-02-double/src/main.rs"]);
        assert_eq!(toy.read(PROGRAM), program);
        delete();
    }
    // With neither git nor archive the rest is done all the same.
    toy.run(&["skip", "2"]).is(
        0,
        &[
            "replaced: lessons/lesson-02-double/src/lib.rs",
            "left alone: lessons/lesson-02-double/src/main.rs",
            "Download the course once more into another folder",
        ],
    );
}

#[test]
fn generate_leaves_a_program_alone_that_the_twin_takes_by_path() {
    let toy = Toy::plain("program-by-hand");
    toy.edit(PROGRAM, "Prints a double.", "Prints the double of a sum.");
    let program = toy.read(PROGRAM);
    let list = "xtask/originals/lesson-02-double.txt";
    let said = toy.run(&["generate", "--check"]);
    said.is(1, &[&format!("stale: {list}")]);
    said.lacks(&["main.rs"]);
    toy.run(&["generate"]).is(0, &[&format!("written: {list}")]);
    assert_eq!(toy.read(PROGRAM), program);
    // A program with stubs of its own is made from the twin's.
    let stub = "//! Prints.\n\nfn main() {\n    // todo: Print it.\n    print!(\"\")\n    // end todo\n}\n";
    toy.write("solutions/lesson-02-double/src/main.rs", stub);
    toy.run(&["generate"])
        .is(1, &["written: lessons/lesson-02-double/src/main.rs"]);
    assert!(toy.read(PROGRAM).contains("todo!(\"Print it.\")"));
    assert!(!toy.read(list).contains("main.rs"));
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
    let said = toy.run(&["check", "2"]);
    said.is(
        1,
        &[
            "Not written yet: a stub of lesson-1",
            "lesson-2 stands on lesson-1: cargo xtask check lesson-1",
            "cargo xtask skip lesson-1",
            "lessons/lesson-01-sums/src/lib.rs:5",
        ],
    );
    toy.run(&["hint", "2"]).is(
        0,
        &[
            "waits for a stub of lesson-1",
            "Next: cargo xtask hint lesson-1",
        ],
    );
    toy.run(&["skip", "1"]).is(0, &[]);
    toy.run(&["progress"]).is(0, &["2 of 2 lessons"]);
}

#[test]
fn generate_check_finds_what_is_stale_and_changes_nothing() {
    let toy = Toy::plain("stale");
    toy.run(&["generate", "--check"])
        .is(0, &["Everything is as the twins have it."]);
    let twin = "solutions/lesson-01-sums/src/lib.rs";
    toy.edit(twin, "Add them up.", "Add all of them up.");
    let before = toy.read(LIB);
    toy.run(&["generate", "--check"]).is(
        1,
        &[
            "stale: lessons/lesson-01-sums/src/lib.rs",
            "0 [[stub]] for the region \"Add all of them up.\"",
            "which has no such region",
        ],
    );
    assert_eq!(toy.read(LIB), before);
    toy.edit(twin, "Add all of them up.", "Add them up.");
    // A learner's work is not run over.
    toy.edit(LIB, "todo!(\"Add them up.\")", "3 // mine");
    toy.run(&["generate"]).is(
        0,
        &[
            "yours is kept: lessons/lesson-01-sums/backups/src/lib.rs.1",
            "written: lessons/lesson-01-sums/src/lib.rs",
        ],
    );
    assert_eq!(toy.read(LIB), before);
}

#[test]
fn verify_proves_a_sound_course_and_finds_what_is_not() {
    let toy = Toy::plain("verify");
    let said = toy.run(&["verify"]);
    said.is(
        0,
        &[
            "✓ lesson-1: the twin passes",
            "✓ lesson-1: it compiles as stubs, and fails on them alone",
            "✓ lesson-1: it fails on \"Add them up.\" alone",
            "✓ lesson-1: the mistake one-too-many is caught",
            "✓ lesson-2: with the solution in place it passes",
            "13 of 13 proofs hold",
        ],
    );
    assert!(
        toy.read(LIB).contains("todo!"),
        "the lesson itself is left alone"
    );
    // A mistake whose tests are not those that fail, a stub without hints, a twin that fails, a stub that nothing tests.
    let toml = "lessons/lesson-01-sums/lesson.toml";
    toy.edit(toml, "tests = [\"tabulates\"]", "tests = [\"adds_up\"]");
    toy.edit(
        "lessons/lesson-02-double/lesson.toml",
        "Double the sum.",
        "Double it.",
    );
    toy.edit(
        "lessons/lesson-02-double/tests/double.rs",
        "6",
        "double::double(&[1, 2])",
    );
    toy.edit(
        "solutions/lesson-02-double/src/lib.rs",
        "2 * sums",
        "3 * sums",
    );
    toy.run(&["verify"]).is(
        1,
        &[
            "✗ lesson-1: the mistake total-forgotten",
            "these fail: [\"tabulates\"]",
            "✗ lesson-2: lesson.toml and the regions agree",
            "✓ lesson-2: the twin passes",
            "11 of 13 proofs hold",
        ],
    );
    toy.edit(
        "lessons/lesson-02-double/tests/double.rs",
        "double::double(&[1, 2]), double::double(&[1, 2])",
        "6, 6",
    );
    toy.run(&["verify", "2"]).is(
        1,
        &[
            "✗ lesson-2: it fails on \"Double the sum.\" alone",
            "no test comes to it",
        ],
    );
}
