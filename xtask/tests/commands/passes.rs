//! Lessons that passed before are not run again for `progress`, as long as nothing has changed.

use crate::toy::Toy;
use std::fs;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const SNAPSHOT: &str = "lessons/lesson-01-sums/tests/snapshots/sums__tabulates.snap";

/// A course whose first lesson is done, by code that notes each of its calls in a file; and the
/// number of calls.
fn noted(test: &str) -> (Toy, impl Fn() -> usize) {
    let toy = Toy::solved(test);
    toy.edit(
        LIB,
        "    numbers.iter().sum()\n",
        "    let path = concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/calls\");\n    \
             let mut file = std::fs::File::options().create(true).append(true).open(path).unwrap();\n    \
             std::io::Write::write_all(&mut file, b\"x\").unwrap();\n    \
             numbers.iter().sum()\n",
    );
    let path = toy.root.join("lessons/lesson-01-sums/calls");
    let calls = move || fs::read(&path).map_or(0, |calls| calls.len());
    (toy, calls)
}

#[test]
fn progress_does_not_run_a_passed_lesson_again() {
    let (toy, calls) = noted("passed-before");
    let done = ["✓  1  sums    done"];
    toy.run(&["progress"]).is(0, &done);
    let first = calls();
    assert!(first > 0, "the tests were run");
    toy.run(&["progress"]).is(0, &done);
    assert_eq!(calls(), first, "they were not run again");
    toy.run(&["check", "1"]).is(0, &["✓ tabulates", "Passed."]);
    assert!(calls() > first, "a check of the lesson runs them");

    // Each of these is noticed; and when it is undone, the lesson is passed as before.
    let in_progress = ["…  1  sums    in progress: 2 of 2 stubs, 2 of 3 tests"];
    toy.edit(LIB, "total {}", "sum {}");
    toy.run(&["progress"]).is(0, &in_progress);
    toy.run(&["progress"]).is(0, &in_progress);
    toy.edit(LIB, "sum {}", "total {}");
    toy.run(&["progress"]).is(0, &done);
    toy.edit(SNAPSHOT, "total 30", "total 31");
    toy.run(&["progress"]).is(0, &in_progress);
    toy.edit(SNAPSHOT, "total 31", "total 30");
    toy.run(&["progress"]).is(0, &done);
}

#[test]
fn check_without_a_name_goes_on_from_lessons_that_passed_before() {
    let (toy, calls) = noted("passed-before-check");
    let next = ["Lesson 2: Doubling", "Not written yet"];
    toy.run(&["check"]).is(1, &next);
    let first = calls();
    assert!(first > 0, "the tests were run");
    toy.run(&["check"]).is(1, &next);
    assert_eq!(calls(), first, "they were not run again");
    toy.edit(LIB, "total {}", "sum {}");
    toy.run(&["check"]).is(1, &["Lesson 1", "✗ tabulates"]);
    // Where all are passed, it is the last that is shown.
    toy.edit(LIB, "sum {}", "total {}");
    toy.run(&["skip", "2"]).is(0, &[]);
    for _ in 0..2 {
        toy.run(&["check"])
            .is(0, &["Lesson 2: Doubling", "✓ doubles", "Passed."]);
    }
}

#[test]
fn a_lesson_that_does_not_compile_keeps_no_other_from_being_judged() {
    let toy = Toy::plain_solved("passed-beside-broken");
    toy.run(&["skip", "2"]).is(0, &[]);
    let second = "lessons/lesson-02-double/src/lib.rs";
    toy.edit(second, "2 * sums", "2 * nosuch");
    toy.run(&["progress"]).is(
        0,
        &["»  1  sums    skipped", "…  2  double  does not compile"],
    );
    toy.edit(second, "2 * nosuch", "2 * sums");
    toy.edit(LIB, "numbers.iter().sum()", "nosuch()");
    toy.run(&["progress"]).is(
        0,
        &[
            "…  1  sums    does not compile",
            "…  2  double  lesson-1, on which it is built, does not compile",
        ],
    );
}
