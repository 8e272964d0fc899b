//! Conveniences of the commands: ranges, lists, an editor at the right line, completion, one
//! function's solution, and a newer course that keeps the learner's work.

use crate::toy::Toy;
use std::fs;
#[cfg(unix)]
use std::path::Path;
#[cfg(unix)]
use std::process::Command;

const LIB: &str = "lessons/lesson-01-sums/src/lib.rs";

#[test]
fn in_tutor_mode_the_solution_waits_until_the_learner_asks() {
    let toy = Toy::plain("tutor");
    let tutor = |arguments: &[&str]| toy.run_with(arguments, &[("COURSE_TUTOR", "1")]);
    let withheld = "the solution is withheld until the learner asks for it";
    tutor(&["diff", "sums"]).is(2, &[withheld, "Next: cargo xtask hint lesson-1"]);
    tutor(&["skip", "1-2"]).is(2, &[withheld, "cargo xtask skip lesson-1 lesson-2 --asked"]);
    toy.run(&["check", "1"]).is(1, &[]);
    // Other commands are as usual, and so is a lesson that is passed.
    tutor(&["hint", "sums"]).is(0, &[]);
    tutor(&["diff", "sums", "--asked"]).is(0, &["A spoiler: lesson-1 is not passed yet"]);
    tutor(&["skip", "sums", "--asked"]).is(0, &["Next: cargo xtask check lesson-2"]);
    tutor(&["diff", "sums"]).is(0, &["Yours is equal to the solution"]);
    // Outside of tutor mode nothing is withheld.
    for off in ["", "0"] {
        let printed = toy.run_with(&["diff", "double"], &[("COURSE_TUTOR", off)]);
        printed.is(0, &["A spoiler: lesson-2 is not passed yet"]);
    }
}

#[test]
fn several_lessons_are_skipped_and_reset_at_once() {
    let toy = Toy::plain("ranges");
    toy.edit(LIB, "todo!(\"Add them up.\")", "0 // mine");
    toy.run(&["skip", "1-2"]).is(
        0,
        &[
            "lesson-1\nreplaced: lessons/lesson-01-sums/src/lib.rs\n  yours is kept: ",
            "lesson-2\nreplaced: lessons/lesson-02-double/src/lib.rs",
            "Next: cargo xtask progress",
        ],
    );
    toy.run(&["skip", "lesson-1"])
        .is(0, &["Next: cargo xtask check lesson-2"]);
    toy.run(&["reset", "double", "sums"]).is(
        0,
        &[
            "lesson-1\n",
            "lesson-2\n",
            "Next: cargo xtask check lesson-1",
        ],
    );
    toy.run(&["skip", "--all"]).is(0, &["lesson-2\n"]);
    toy.run(&["reset", "--all"]).is(0, &["lesson-2\n"]);
    toy.run(&["progress"]).is(0, &["·  2  double  not started"]);
    toy.run(&["skip", "2-1"])
        .is(2, &["from back to front", "Next: cargo xtask skip 1-2"]);
    toy.run(&["skip", "1-3"])
        .is(2, &["There is no lesson \"1-3\"."]);
    let kept = fs::read(toy.root.join("lessons/lesson-01-sums/backups/src/lib.rs.1"));
    assert!(
        String::from_utf8(kept.unwrap())
            .unwrap()
            .contains("0 // mine")
    );
}

#[test]
fn the_lessons_are_listed_with_their_chapters() {
    let toy = Toy::plain("list");
    toy.run(&["list"]).is(
        0,
        &[
            "   1  sums    Adding up  lessons/lesson-01-sums/README.md\n",
            "   2  double  Doubling   lessons/lesson-02-double/README.md\n",
            "Next: cargo xtask progress",
        ],
    );
}

#[test]
fn a_path_in_a_lesson_names_the_lesson() {
    let toy = Toy::plain("path");
    toy.run(&["hint", "lessons/lesson-02-double/src/lib.rs"])
        .is(0, &["Double the sum."]);
}

#[test]
fn one_function_is_compared_and_called_a_spoiler_until_the_lesson_passes() {
    let toy = Toy::plain("one-function");
    let spoiler = "A spoiler: lesson-1 is not passed yet";
    let printed = toy.run(&["diff", "sum"]);
    printed.is(
        0,
        &[
            spoiler,
            "solution │     numbers.iter().sum()",
            "Next: cargo xtask hint lesson-1",
        ],
    );
    printed.lacks(&["for (index, number)"]);
    toy.run(&["diff", "1", "table"])
        .is(0, &[spoiler, "for (index, number)"]);
    toy.run(&["diff", "2", "sum"]).is(
        2,
        &["In lesson-2 you write no function \"sum\". Those that you write: double."],
    );
    toy.run(&["diff", "nosuch"])
        .is(2, &["There is no lesson \"nosuch\"."]);
    // Moved into another file, and formatted otherwise.
    toy.run(&["skip", "1"]).is(0, &[]);
    toy.edit(
        LIB,
        "/// The sum of `numbers`.\npub fn sum(numbers: &[u32]) -> u32 {\n    numbers.iter().sum()\n}",
        "mod more;\npub use more::sum;",
    );
    toy.write(
        "lessons/lesson-01-sums/src/more.rs",
        "pub fn sum(numbers: &[u32]) -> u32 {\n  numbers.iter().copied().sum() }\n",
    );
    let printed = toy.run(&["diff", "sum"]);
    printed.is(
        0,
        &[
            "src/more.rs\n",
            "yours    │     numbers.iter().copied().sum()",
        ],
    );
    printed.lacks(&["spoiler"]);
}

#[cfg(unix)]
#[test]
fn check_opens_the_place_to_correct_in_the_editor() {
    use std::os::unix::fs::PermissionsExt;
    let toy = Toy::plain("editor");
    let (editor, log) = (toy.root.join("editor"), toy.root.join("opened"));
    fs::write(&editor, "#!/bin/sh\nprintf '%s ' \"$@\" > \"$LOG\"\n").unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let opened = |status: i32| {
        let environment = [
            ("VISUAL", &*format!("{} -w", editor.display())),
            ("LOG", &*log.to_string_lossy()),
        ];
        let printed = toy.run_with(&["check", "1", "--open"], &environment);
        printed.is(status, &[]);
        fs::read_to_string(&log).unwrap_or_default()
    };
    assert_eq!(
        opened(1),
        "-w +5 lessons/lesson-01-sums/src/lib.rs ",
        "the first stub"
    );
    toy.edit(
        LIB,
        "todo!(\"Add them up.\")",
        "numbers.iter().sum::<u32>() + 1",
    );
    assert_eq!(
        opened(1),
        "-w +4 lessons/lesson-01-sums/src/lib.rs ",
        "the wrong function"
    );
    toy.edit(LIB, "numbers.iter().sum::<u32>() + 1", "numbers.len()");
    assert_eq!(
        opened(1),
        "-w +5 lessons/lesson-01-sums/src/lib.rs ",
        "rustc's error"
    );
    toy.run(&["skip", "1"]).is(0, &[]);
    fs::remove_file(&log).unwrap();
    assert_eq!(opened(0), "", "nothing fails");
    toy.run(&["reset", "1"]).is(0, &[]);
    let none = [("VISUAL", ""), ("EDITOR", ""), ("TERM_PROGRAM", "")];
    toy.run_with(&["check", "1", "--open"], &none).is(
        1,
        &["src/lib.rs:5 is the place to open, but neither VISUAL nor EDITOR names an editor."],
    );
}

#[cfg(unix)]
#[test]
fn bash_completes_commands_and_lessons() {
    let toy = Toy::plain("completions");
    let script = toy.run(&["completions", "bash"]);
    script.is(0, &["xtask() { cargo xtask \"$@\"; }"]);
    let path = toy.root.join("completions.bash");
    fs::write(&path, &script.text).unwrap();
    let complete = |words: &str| {
        let count = words.split(' ').count() - 1;
        let test = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={count}; _xtask xtask \"${{COMP_WORDS[COMP_CWORD]}}\" xtask; echo \"${{COMPREPLY[@]}}\"",
            path.display()
        );
        let output = Command::new("bash").args(["-c", &test]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(complete("xtask prog"), "progress\n");
    assert_eq!(complete("xtask check l"), "lesson-1 lesson-2\n");
    toy.run(&["completions", "tcsh"]).is(2, &["tcsh"]);
}

/// Runs the commands of `lessons/README.md` in a clone of an older course.
#[cfg(unix)]
#[test]
fn a_newer_course_is_brought_in_and_keeps_the_learner_s_code() {
    let toy = Toy::plain("update");
    toy.commit();
    let learner = Path::new(env!("CARGO_TARGET_TMPDIR")).join("toys/update-learner");
    let _ = fs::remove_dir_all(&learner);
    let bash = |folder: &Path, script: &str| {
        let output = Command::new("bash")
            .args(["-euo", "pipefail", "-c", script])
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", folder.join("none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", env!("CARGO_TARGET_TMPDIR"))
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.org")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.org")
            .env_remove("GIT_DIR")
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}\n{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    bash(&toy.root, "git clone -q . ../update-learner");
    // The learner writes one stub, and moves a test's file.
    let mine = learner.join(LIB);
    let text = fs::read_to_string(&mine).unwrap();
    let text = text.replace("todo!(\"Add them up.\")", "numbers.iter().copied().sum()");
    fs::write(&mine, text).unwrap();
    fs::write(learner.join("notes.txt"), "mine").unwrap();
    // The course changes both stubs, the chapter and a test.
    for path in [LIB, "solutions/lesson-01-sums/src/lib.rs"] {
        toy.edit(path, "Add them up.", "Add all of them up.");
        toy.edit(path, "Write a line per number", "Write one line per number");
    }
    toy.write("lessons/lesson-01-sums/README.md", "# A chapter\n");
    toy.edit(
        "lessons/lesson-02-double/tests/double.rs",
        "fn doubles",
        "fn doubles_it",
    );
    bash(&toy.root, "git add --all && git commit -qm newer");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../lessons/README.md");
    let page = fs::read_to_string(page).unwrap();
    let commands = page.lines().filter_map(|line| line.strip_prefix("$ "));
    let commands: Vec<&str> = commands.collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    assert_eq!(commands[2], "cargo xtask progress");
    for command in &commands[..2] {
        bash(&learner, command);
    }
    let merged = fs::read_to_string(&mine).unwrap();
    assert!(merged.contains("numbers.iter().copied().sum()"), "{merged}");
    assert!(merged.contains("Write one line per number"), "{merged}");
    let test = learner.join("lessons/lesson-02-double/tests/double.rs");
    assert!(fs::read_to_string(test).unwrap().contains("doubles_it"));
    assert_eq!(
        fs::read_to_string(learner.join("notes.txt")).unwrap(),
        "mine"
    );
    // The last one runs where the merged course is.
    let output = toy.command(&["progress"]).current_dir(&learner).output();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("…  1  sums    in progress: 1 of 2 stubs"),
        "{text}"
    );
}

/// A script stands in for cargo, and prints its arguments.
#[cfg(unix)]
#[test]
fn watch_lab_and_judge_start_the_programs_of_other_packages() {
    use std::os::unix::fs::PermissionsExt;
    let toy = Toy::plain("programs");
    let cargo = toy.root.join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho \"$@\"\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| toy.run_with(arguments, &[("CARGO", &cargo.to_string_lossy())]);
    let watch = format!(
        "run -q -p watch --bin watch -- --root {} --checker {} --poll 2\n",
        toy.root.display(),
        env!("CARGO_BIN_EXE_xtask")
    );
    run(&["watch", "2", "--poll"]).is(0, &[&watch]);
    run(&["watch", "7"]).is(2, &["There is no lesson \"7\"."]);
    run(&["lab", "--port", "5353"]).is(0, &["run -q -p lab --bin lab -- --port 5353\n"]);
    run(&["judge", "--list"]).is(0, &["run -q -p judge --bin judge -- --list\n"]);
}
