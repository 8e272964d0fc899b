//! A test that the learner writes, judged on wrong programs.

use crate::toy::Toy;

const YOURS: &str = "lessons/lesson-01-sums/tests/yours.rs";
const STUB: &str = "    todo!(\"Test the given sum.\")\n";
const MANIFEST: &str = "lessons/lesson-01-sums/lesson.toml";

const JUDGED: &str = "Here your test is judged (tests/yours.rs)";

#[test]
fn a_learner_s_test_is_a_stub_like_any_other() {
    let toy = Toy::graded("graded-stub");
    let printed = toy.run(&["check", "1"]);
    printed.is(1, &["· finds_wrong_sums  not written yet  your test"]);
    printed.in_order(&[
        "Not written yet: 1 of 3 stubs",
        &format!("{YOURS}:8"),
        "Test the given sum.",
    ]);
    // Neither is it judged yet, nor an edit of the course's own tests.
    printed.lacks(&[JUDGED, "edited:", "not the course's"]);
    toy.run(&["hint", "1"]).is(0, &["Which lists are special?"]);
    toy.run(&["diff", "1", "finds_wrong_sums"])
        .is(0, &["assert_eq!(sum(&[]), 0)"]);

    toy.edit(YOURS, STUB, "    assert_eq!(sum(&[7]), 7) // mine\n");
    let printed = toy.run(&["reset", "1"]);
    printed.is(
        0,
        &["yours is kept: lessons/lesson-01-sums/backups/tests/yours.rs.1"],
    );
    assert!(toy.read(YOURS).contains(STUB));
    toy.run(&["generate", "--check"])
        .is(0, &["Every lesson agrees with its twin."]);

    toy.run(&["skip", "1"]).is(0, &[]);
    let printed = toy.run(&["check", "1"]);
    printed.in_order(&[
        "Your test of sums",
        JUDGED,
        "✓ It passes on the correct program.",
        "✓ It catches 4 of 4 wrong programs.",
        "✓ adds_up",
        "Passed.",
    ]);
    printed.is(0, &[]);
}

#[test]
fn a_test_that_lets_wrong_programs_through_is_told_by_riddles() {
    let toy = Toy::graded("graded-weak");
    // The first and the last are nought, so it does not matter whether they count.
    toy.edit(YOURS, STUB, "    assert_eq!(sum(&[0, 2, 0]), 2)\n");
    let printed = toy.run(&["check", "1"]);
    printed.in_order(&[
        "Your test of sums",
        JUDGED,
        "where it must pass, and on 4 programs with one",
        "of which it must catch 3",
        "✓ It passes on the correct program.",
        "✗ It catches 2 of 4 wrong programs.",
        "It let these through",
        "? The early bird gets nothing.",
        "? The last one in line is not seen.",
        "✓ finds_wrong_sums  your test",
    ]);
    printed.is(1, &["Next: cargo xtask hint lesson-1"]);
    // Neither the names of the faults, nor riddles of those that it caught; one of these hangs.
    printed.lacks(&["left-out", "never empty", "no end", "Passed."]);
    toy.run(&["hint", "1"]).is(
        0,
        &[
            "This is about your own test",
            YOURS,
            "Which lists are special?",
        ],
    );
    toy.run(&["progress"]).is(
        0,
        &["3 of 3 stubs, all tests pass, your own is not good enough yet"],
    );

    // Three of four are enough; the riddle of the fourth stays.
    toy.edit(YOURS, "&[0, 2, 0]), 2", "&[0, 2]), 2");
    let printed = toy.run(&["check", "1"]);
    printed.is(
        0,
        &[
            "✓ It catches 3 of 4 wrong programs.",
            "The early bird",
            "Passed.",
        ],
    );
}

#[test]
fn a_test_that_is_wrong_itself_is_not_judged_on_wrong_programs() {
    let toy = Toy::graded("graded-wrong");
    toy.edit(YOURS, STUB, "    assert_eq!(sum(&[1]), 2, \"one\")\n");
    let printed = toy.run(&["check", "1"]);
    printed.in_order(&[
        "Your test of sums",
        JUDGED,
        "✗ It fails on the correct program",
        "✗ finds_wrong_sums  wrong  your test",
        "expected │ 2",
        "got      │ 1",
    ]);
    printed.is(1, &[]);
    printed.lacks(&["It catches", "?"]);

    // A test that is none, and one that is gone.
    toy.edit(YOURS, "#[test]\n", "");
    let printed = toy.run(&["check", "1"]);
    printed.is(
        1,
        &[
            "✗ There is no test in it",
            "To put the stub back: cargo xtask reset lesson-1",
        ],
    );
    std::fs::remove_file(toy.root.join(YOURS)).unwrap();
    toy.run(&["check", "1"])
        .is(1, &["✗ There is no test in it"]);
    toy.run(&["reset", "1"])
        .is(0, &[&format!("written: {YOURS}")]);

    // A mistake in it is the lesson's, not one in the course's tests.
    toy.run(&["skip", "1"]).is(0, &[]);
    toy.edit(YOURS, "sum(&[])", "summe(&[])");
    toy.run(&["check", "1"])
        .is(1, &["Does not compile: lesson-1. rustc reports:"]);
}

#[test]
fn verify_proves_that_the_solution_s_test_catches_each_wrong_program() {
    let toy = Toy::graded("graded-verify");
    toy.run(&["verify", "1"]).is(
        0,
        &["lesson-1: with the solution in place it passes, and its test catches each wrong program"],
    );
    // The lesson does not know this name, so it is the correct program.
    toy.edit(MANIFEST, "\"last-left-out\"", "\"last-left-aut\"");
    let found = "the test of the wrong program \"last-left-aut\" fails: The solution's test passes on it, too.";
    toy.run(&["verify", "1"]).is(1, &[found]);
    toy.edit(MANIFEST, "at_least = 3", "at_least = 5");
    toy.run(&["generate", "--check"])
        .is(1, &["`at_least` is 5 of 4 [[graded.wrong]]"]);
    let (lesson, _) = toy
        .read(MANIFEST)
        .split_once("[graded]")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    toy.write(MANIFEST, &lesson);
    toy.run(&["generate", "--check"]).is(
        1,
        &["[graded] is missing: the twin's own tests/ has [\"tests/yours.rs\"]"],
    );
    // Without it the test can't be judged, and so the lesson is not passed.
    toy.write(MANIFEST, "title = 7\n");
    toy.run(&["check", "1"])
        .is(1, &["can't use", "lesson.toml"]);
}
