//! Tests and programs that a learner changed: noticed, and restored by `reset`.

use crate::toy::Toy;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const SNAPSHOT: &str = "lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap";
const TESTS: &str = "lessons/lesson-01-sums/tests/sums.rs";
const PROGRAM: &str = "lessons/lesson-02-double/src/main.rs";

#[test]
fn an_edited_snapshot_is_noticed_and_restored() {
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
    let printed = toy.run(&["check", "1"]);
    printed.is(
        1,
        &[
            "Every test passes, but they are not the course's own",
            "edited: lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap",
            "Next: cargo xtask reset lesson-1 --tests",
        ],
    );
    toy.run(&["progress"])
        .is(0, &["its tests pass, but they were edited"]);
    std::fs::remove_file(toy.root.join(SNAPSHOT)).unwrap();
    let printed = toy.run(&["check", "1"]);
    // The edited tests may be the reason for a failure.
    printed.in_order(&["The lesson's tests were changed", "✗ tabulates"]);
    printed.is(
        1,
        &[
            "Next: cargo xtask reset lesson-1 --tests",
            "missing: lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap",
            "Its snapshot is missing",
            "sum 30",
        ],
    );
    let printed = toy.run(&["reset", "1", "--tests"]);
    printed.is(
        0,
        &[
            "restored: lessons/lesson-01-sums/tests/sums.rs",
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

#[test]
fn edited_tests_are_restored_from_git_s_objects() {
    let toy = Toy::plain("from-git");
    toy.commit();
    let tests = toy.read(TESTS);
    toy.edit(TESTS, "one, two, three", "uno, due, tre");
    toy.run_in_git(&["reset", "1", "--tests"])
        .is(0, &["restored: lessons/lesson-01-sums/tests/sums.rs"]);
    assert_eq!(toy.read(TESTS), tests);
}

#[test]
fn without_git_edited_tests_are_restored_from_a_release_s_archive() {
    let toy = Toy::plain("from-archive");
    let printed = toy.run(&["generate", "--archives"]);
    printed.is(0, &["written: xtask/originals/lesson-01-sums.gz"]);
    let tests = toy.read(TESTS);
    toy.edit(TESTS, "one, two, three", "uno, due, tre");
    let extra = "lessons/lesson-02-double/tests/double.rs";
    std::fs::remove_file(toy.root.join(extra)).unwrap();
    toy.run(&["reset", "1", "--tests"])
        .is(0, &["restored: lessons/lesson-01-sums/tests/sums.rs"]);
    toy.run(&["reset", "2", "--tests"])
        .is(0, &["restored: lessons/lesson-02-double/tests/double.rs"]);
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
    let printed = toy.run_in_git(&["skip", "2"]);
    printed.is(0, &["Nothing to do"]);
    printed.lacks(&["left alone"]);
}

#[test]
fn a_deleted_program_is_restored() {
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
