//! `generate` and `verify`.

use crate::toy::Toy;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";
const PROGRAM: &str = "lessons/lesson-02-double/src/main.rs";

#[test]
fn generate_names_a_list_whose_lesson_is_gone() {
    let toy = Toy::plain("list-without-lesson");
    toy.write("xtask/originals/lesson-03-gone.txt", "");
    toy.run(&["generate", "--check"])
        .is(1, &["no such lesson: xtask/originals/lesson-03-gone.txt"]);
}

#[test]
fn generate_leaves_a_program_alone_that_the_twin_takes_by_path() {
    let toy = Toy::plain("program-by-hand");
    toy.edit(PROGRAM, "Prints a double.", "Prints the double of a sum.");
    let program = toy.read(PROGRAM);
    let list = "xtask/originals/lesson-02-double.txt";
    let printed = toy.run(&["generate", "--check"]);
    printed.is(1, &[&format!("stale: {list}")]);
    printed.lacks(&["main.rs"]);
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
fn generate_check_lists_stale_files_and_changes_nothing() {
    let toy = Toy::plain("stale");
    toy.run(&["generate", "--check"])
        .is(0, &["Every lesson agrees with its twin."]);
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
fn verify_proves_a_sound_course_and_finds_faults() {
    let toy = Toy::plain("verify");
    let printed = toy.run(&["verify"]);
    printed.is(
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
    // A mistake whose tests are not those that fail, a stub without hints, a twin that fails, a
    // stub that nothing tests.
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
            "no test reaches it",
        ],
    );
}

#[test]
fn verify_reuses_the_proofs_of_lessons_that_have_not_changed() {
    let toy = Toy::plain("verify-reuse");
    let first = toy.run(&["verify"]);
    first.is(
        0,
        &["lesson-1: 8 of 8 proofs hold (", "13 of 13 proofs hold"],
    );
    first.lacks(&["reused"]);
    // No proof reads a chapter, a program or the learner's own source.
    toy.write("lessons/lesson-01-sums/README.md", "# Adding up\n");
    toy.edit("lessons/lesson-02-double/src/main.rs", "1, 2", "3, 4");
    toy.edit(LIB, "todo!(\"Add them up.\")", "0");
    let unchanged = [
        "✓ lesson-1: unchanged, its 8 proofs are reused",
        "✓ lesson-2: unchanged, its 5 proofs are reused",
        "13 of 13 proofs hold",
        "13 of them reused",
    ];
    toy.run(&["verify"]).is(0, &unchanged);
    toy.run(&["verify", "--fresh"]).lacks(&["reused"]);
    // Lesson 2 is built on lesson 1, and not the other way round.
    let tests = "lessons/lesson-02-double/tests/double.rs";
    toy.edit(tests, "6", "2 * 3");
    let second = toy.run(&["verify"]);
    second.is(
        0,
        &[
            "✓ lesson-1: unchanged",
            "✓ lesson-2: the twin passes",
            "8 of them reused",
        ],
    );
    let twin = "solutions/lesson-01-sums/src/lib.rs";
    toy.edit(twin, "//! Adding up.", "//! Adding numbers up.");
    toy.run(&["verify"]).lacks(&["reused"]);
    // Proofs that fail are tried again.
    toy.edit(tests, "2 * 3", "7");
    for _ in 0..2 {
        toy.run(&["verify"]).is(
            1,
            &[
                "✓ lesson-1: unchanged",
                "✗ lesson-2: the twin passes",
                "8 of them reused",
            ],
        );
    }
}

const SLIPS: &str = r#"
[[slip]]
name = "one-too-many"
replace = "numbers.iter().sum()"
with = "numbers.iter().sum::<u32>() + 1"
tests = ["adds_up"]

[[equivalent]]
mutant = "replace sum -> u32 with numbers.iter().copied().sum()"
reason = "the same sum"
"#;

#[test]
fn mutants_that_survive_are_named_and_make_the_rate() {
    let toy = Toy::plain("slips");
    let path = "lessons/lesson-01-sums/slips.toml";
    toy.write(path, SLIPS);
    toy.run(&["mutants", "1", "--list"]).is(
        0,
        &[
            "lesson-1: mistake total-forgotten\n",
            "lesson-1: slip one-too-many\n",
        ],
    );
    toy.run(&["mutants", "1", "--slips"])
        .is(0, &[" 1 sums       1 of 1, 100.0 %", "none"]);
    // A program that is right survives.
    let harmless = "\n[[slip]]\nname = \"harmless\"\nreplace = \"numbers.iter().sum()\"\nwith = \"numbers.iter().copied().sum()\"\n";
    toy.write(path, &format!("{SLIPS}{harmless}"));
    toy.run(&["mutants", "1", "--slips"]).is(
        1,
        &["survived: lesson-1: slip harmless\n", "1 of 2, 50.0 %"],
    );
    // Faults of the file, whatever the rate is.
    toy.write(
        path,
        &SLIPS.replace("[\"adds_up\"]", "[\"adds_up\", \"nosuch\"]"),
    );
    toy.run(&["mutants", "1", "--slips"]).is(
        1,
        &["fault: lesson-1: slip one-too-many: these tests should fail, and pass: nosuch"],
    );
    toy.write(
        path,
        &SLIPS.replace("numbers.iter().sum()\"", "numbers.sum()\""),
    );
    toy.run(&["mutants", "1", "--slips"]).is(
        1,
        &["fault: lesson-1: slip one-too-many: its `replace` occurs 0 times"],
    );
    toy.write(path, &SLIPS.replace("::<u32>() + 1", "(1)"));
    toy.run(&["mutants", "1", "--slips"]).is(
        1,
        &["fault: lesson-1: slip one-too-many: it does not compile"],
    );
}

/// A script stands in for cargo-mutants, and lists what that would list.
#[cfg(unix)]
#[test]
fn mutants_of_cargo_mutants_are_tried_and_equivalent_ones_are_not_counted() {
    use std::os::unix::fs::PermissionsExt;
    let toy = Toy::plain("cargo-mutants");
    let path = "lessons/lesson-01-sums/slips.toml";
    toy.write(path, SLIPS);
    let lib = "solutions/lesson-01-sums/src/lib.rs";
    let mutant = |replacement: &&str| {
        format!(
            r#"{{"file": "{lib}", "replacement": "{replacement}",
            "span": {{"start": {{"line": 6, "column": 5}}, "end": {{"line": 6, "column": 25}}}}}}"#
        )
    };
    let name = |replacement: &&str| format!("{lib}:6:5: replace sum -> u32 with {replacement}\n");
    let same = "numbers.iter().copied().sum()";
    let replacements = ["0", same, "nosuch()"];
    let list: Vec<String> = replacements.iter().map(mutant).collect();
    toy.write("list.json", &format!("[{}]", list.join(",")));
    let names: String = replacements.iter().map(name).collect();
    toy.write("names", &names);
    let program = toy.root.join("cargo-mutants");
    let (json, names) = (toy.root.join("list.json"), toy.root.join("names"));
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in *--json*) cat '{}' ;; *--list*) cat '{}' ;; esac\n",
        json.display(),
        names.display()
    );
    toy.write("cargo-mutants", &script);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path_with = format!("{}:{}", toy.root.display(), std::env::var("PATH").unwrap());
    let run = || toy.run_with(&["mutants", "1"], &[("PATH", &path_with)]);
    let printed = run();
    printed.is(
        0,
        &[
            "1 of 1, 100.0 %",
            "none",
            "1 equivalent, 1 that do not compile",
        ],
    );
    printed.lacks(&["survived"]);
    // An equivalent that is none, and one that names no mutant.
    let wrong = SLIPS.replace(&format!("with {same}"), "with 0");
    let other = "[[equivalent]]\nmutant = \"replace a with b\"\nreason = \"none\"\n";
    toy.write(path, &format!("{wrong}\n{other}"));
    run().is(
        1,
        &[
            "survived: lesson-1: src/lib.rs:6: replace sum -> u32 with numbers.iter().copied().sum()",
            "with 0 is caught, though it is said to be equivalent: the same sum",
            "an [[equivalent]] for \"replace a with b\" in src/lib.rs, which is no mutant",
        ],
    );
}
