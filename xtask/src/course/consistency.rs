//! Tests of this very tree that do not need to build a lesson. They are part of a plain `cargo
//! test`, and so find early some of the faults that `generate` and `verify` find.

use crate::course::Course;
use crate::course::chapter;
use crate::course::chapter::Named;
use crate::course::faults;
use crate::course::manifest;
use crate::course::originals::{self, Files};
use crate::course::slips;
use crate::course::twin::Twin;
use crate::files;
use std::path::Path;

pub(super) fn course() -> Course {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Course::at(root).unwrap()
}

fn stale(path: &str) -> String {
    format!(
        "{path}: after a change of the lesson's tests run cargo xtask generate; to undo it, cargo xtask reset LESSON --tests"
    )
}

#[test]
fn the_listed_ids_of_each_lesson_s_tests_are_up_to_date() {
    let course = course();
    assert!(!course.lessons.is_empty());
    for lesson in &course.lessons {
        let tests = originals::tests_of(&course, lesson).unwrap();
        let list = originals::list(&course, lesson);
        let listed = std::fs::read_to_string(&list).unwrap_or_default();
        // A learner may change the program, and a plain `cargo test` stays green.
        let listed = listed.lines().filter(|line| line.contains("/tests/"));
        assert_eq!(
            listed.map(|line| format!("{line}\n")).collect::<String>(),
            originals::listing(&tests),
            "{}",
            stale(&course.display_path(&list))
        );
    }
}

#[test]
fn each_lesson_toml_agrees_with_the_regions_of_its_twin() {
    let course = course();
    for lesson in &course.lessons {
        let manifest = manifest::read(&course.folder(lesson)).unwrap();
        let faults = Twin::read(&course, lesson)
            .unwrap()
            .disagreements(&manifest);
        assert!(faults.is_empty(), "{}: {faults:#?}", lesson.folder);
    }
}

#[test]
fn each_mistake_names_tests_of_its_lesson() {
    let course = course();
    for lesson in &course.lessons {
        let tests: Files = originals::tests_of(&course, lesson).unwrap();
        let text: String = tests
            .values()
            .map(|content| String::from_utf8_lossy(content))
            .collect();
        for mistake in manifest::read(&course.folder(lesson)).unwrap().mistakes {
            assert!(!mistake.tests.is_empty(), "{}: no tests", mistake.name);
            for test in &mistake.tests {
                let function = test.rsplit("::").next().unwrap();
                assert!(
                    text.contains(&format!("fn {function}(")),
                    "{}: {test}",
                    mistake.name
                );
            }
        }
    }
}

#[test]
fn each_chapter_s_task_names_the_stubs_and_no_other_function_but_given_ones() {
    let course = course();
    let mut faults = String::new();
    for lesson in &course.lessons {
        let twin = Twin::read(&course, lesson).unwrap();
        let stubs = twin.stubs(None).into_iter();
        let stubs = stubs.map(|stub| stub.function.expect("a region lies in a function"));
        let solutions = twin.files.iter().map(|file| file.source.solution());
        let solutions: String = solutions.collect();
        let functions = chapter::functions(&solutions).map(str::to_owned).collect();
        let readme = course.folder(lesson).join("README.md");
        let found = match Named::read(&files::read(&readme).unwrap()) {
            Some(named) => named.disagreements(&stubs.collect(), &functions),
            None => vec!["it has no section \"## The task\"".to_owned()],
        };
        for fault in found {
            faults.push_str(&format!("\nlessons/{}/README.md: {fault}", lesson.folder));
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// `println!` panics in `… | head -1`.
#[test]
fn each_lesson_s_program_may_be_piped_into_another() {
    let course = course();
    for lesson in &course.lessons {
        let path = course.folder(lesson).join(originals::PROGRAM);
        let text = files::read(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '!');
            let panics = words.any(|word| word == "println!" || word == "print!");
            let place = format!("{}:{}", course.display_path(&path), number + 1);
            assert!(
                !panics,
                "{place} must print with print_line! of lessons/print.rs: {line}"
            );
        }
    }
}

/// A lesson that passed is not run again before a file changes that its tests are compiled from, or
/// one of its folder `tests` (`verdict/passes.rs`).
#[test]
fn no_test_of_a_lesson_reads_a_file_at_run_time() {
    let course = course();
    let mut folders = vec![
        course.root.join("lessons/lab/src"),
        course.root.join("lessons/network/src"),
    ];
    for lesson in &course.lessons {
        folders.push(course.folder(lesson).join("tests"));
        folders.push(course.twin(lesson).join("src"));
    }
    let mut count = 0;
    for folder in folders {
        for path in files::walk(&folder).unwrap() {
            let path = folder.join(path);
            let is_rust = path.extension().is_some_and(|extension| extension == "rs");
            // The lab's own tests are not a lesson's.
            if !is_rust || path.ends_with("lab/src/internet/tests.rs") {
                continue;
            }
            count += 1;
            let text = files::read(&path).unwrap();
            for word in ["std::fs", "tokio::fs", "File::open", "fs::read"] {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
    }
    assert!(count > 100, "only {count} files were found");
}

#[test]
fn the_measured_faults_of_each_lesson_can_be_read() {
    let course = course();
    for lesson in &course.lessons {
        let path = faults::path(&course, lesson);
        if path.exists() {
            let measured = faults::parse(&files::read(&path).unwrap());
            let measured = measured.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(!measured.through.is_empty(), "{}", path.display());
        }
    }
}

#[test]
fn each_slip_is_an_edit_of_its_twin() {
    let course = course();
    for lesson in &course.lessons {
        let twin = Twin::read(&course, lesson).unwrap();
        for slip in slips::read(&course.folder(lesson)).unwrap().slips {
            let place = format!("lessons/{}/slips.toml: {}", lesson.folder, slip.name);
            let file = twin.file(&slip.file);
            let file = file.unwrap_or_else(|| panic!("{place}: there is no {}", slip.file));
            if let Err(error) = slip.apply(&file.source.solution()) {
                panic!("{place}: {error}");
            }
        }
    }
}
