//! Which function a hint is about, where no common mistake is recognised.

use crate::toy::Toy;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const MANIFEST: &str = "lessons/lesson-01-sums/lesson.toml";
/// One wrong program of each function.
const SLIPS: &str = r#"
[[slip]]
name = "lines-run-together"
replace = "{number}\\n"
with = "{number}"

[[slip]]
name = "no-sum"
replace = "numbers.iter().sum()"
with = "0"
"#;

/// A course without common mistakes, whose table has no space in its lines.
fn without_mistakes(test: &str) -> Toy {
    let toy = Toy::plain_solved(test);
    let manifest = toy.read(MANIFEST);
    let (stubs, _) = manifest.split_once("[[mistake]]").unwrap();
    toy.write(MANIFEST, stubs);
    toy.edit(LIB, "{index}  {number}", "{index}{number}");
    toy
}

#[test]
fn functions_that_the_tests_do_not_tell_apart_are_listed() {
    let toy = without_mistakes("suspects-listed");
    toy.run(&["check", "1"]).in_order(&[
        "Wrong: tabulates",
        "Where to look",
        "It may be one of these functions, the likeliest first: sum, table.",
        "Next: cargo xtask hint lesson-1",
    ]);
    let printed = toy.run(&["hint", "1"]);
    printed.in_order(&[
        "The failing test tabulates runs through several functions of yours",
        &format!("{LIB}:4  sum"),
        &format!("{LIB}:9  table"),
        "Next: cargo xtask hint lesson-1 sum",
    ]);
    printed.lacks(&["Hint 1"]);
    // A hint on one of them.
    toy.run(&["hint", "1", "table"])
        .is(0, &["Hint 1 of 3", "What does the table look like?"]);
    toy.run(&["hint", "table"])
        .is(0, &["Hint 2 of 3", "A loop."]);
    toy.run(&["hint", "1", "tabel"]).is(
        2,
        &["In lesson-1 you write no function \"tabel\"", "sum, table"],
    );
}

#[test]
fn measured_faults_single_out_a_function() {
    let toy = without_mistakes("suspects-measured");
    toy.write("lessons/lesson-01-sums/slips.toml", SLIPS);
    let path = "xtask/faults/lesson-01-sums.txt";
    toy.run(&["mutants", "1", "--slips", "--record"])
        .is(0, &[&format!("written: {path}")]);
    assert_eq!(
        toy.read(path),
        "# Measured by: cargo xtask mutants lesson-1 --record\n\
         test 1 adds_up\ntest 2 adds_up_inline\ntest 3 tabulates\n\
         through sum: 1 2 3\nthrough table: 3\nfault sum: 1 2 3\nfault table: 3\n"
    );
    toy.run(&["check", "1"])
        .in_order(&["Where to look", "The failing tests suggest table."]);
    toy.run(&["hint", "1"]).in_order(&[
        "The failing test tabulates suggests this function.",
        &format!("{LIB}:9 (fn table)"),
        "What does the table look like?",
    ]);
    // Where `sum` fails, it is the only one that each failing test runs through.
    toy.edit(LIB, "numbers.iter().sum()", "7");
    toy.run(&["hint", "1"]).in_order(&[
        "The failing tests adds_up, adds_up_inline, tabulates suggest this function.",
        &format!("{LIB}:4 (fn sum)"),
    ]);
}
