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

/// The sections of a chapter, in this order: the beginning of each heading. A picture's heading may
/// be any.
const SECTIONS: [&str; 8] = [
    "What you will be able to do",
    "Predict before you code",
    "The task",
    "Check, run, compare",
    "Recap",
    "What production ",
    "Stretch",
    "Check yourself",
];

/// Lists the faults of a chapter's sections.
fn faults_of_sections(chapter: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest: Vec<(&str, &str)> = Vec::new();
    for section in chapter.split("\n## ").skip(1) {
        rest.push(section.split_once('\n').unwrap_or((section, "")));
    }
    let mut place = 0;
    for wanted in SECTIONS {
        let found = rest.iter().position(|(title, _)| title.starts_with(wanted));
        let Some(found) = found else {
            faults.push(format!("it has no section \"## {wanted}\""));
            continue;
        };
        if found < place {
            faults.push(format!("\"## {wanted}\" stands too early"));
        }
        place = found;
        let text = rest.get(found).map_or("", |(_, text)| text);
        let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        let numbered = text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let numbered = numbered.count();
        let answers = count("   <details><summary>Answer</summary>");
        let fault = match wanted {
            "Predict before you code" | "Check yourself" => (numbered < 3 || answers != numbered)
                .then_some("three questions, each with an answer"),
            "Recap" => (numbered != 5).then_some("five lines"),
            "Stretch" => {
                let hints = text.matches("*Hint:*").count();
                (count("- ") < 2 || hints < 2).then_some("two exercises, each with a hint")
            }
            _ => None,
        };
        faults.extend(fault.map(|fault| format!("\"## {wanted}\" must have {fault}")));
    }
    let picture = rest.get(1).map_or("", |(_, text)| text);
    if !picture.contains("```") && !picture.contains("![") && !picture.contains('|') {
        faults.push("its second section has no picture".to_owned());
    }
    if !chapter.contains("*Time:*") {
        faults.push("it says no *Time:*".to_owned());
    }
    faults
}

#[test]
fn each_chapter_has_all_sections_in_order() {
    let course = course();
    let mut faults = Vec::new();
    for lesson in &course.lessons {
        let chapter = files::read(&course.folder(lesson).join("README.md")).unwrap();
        let found = faults_of_sections(&chapter).into_iter();
        faults.extend(found.map(|fault| format!("lessons/{}/README.md: {fault}", lesson.folder)));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn each_lesson_has_three_questions_whose_answers_are_explained() {
    let course = course();
    for lesson in &course.lessons {
        let questions = manifest::read(&course.folder(lesson)).unwrap().questions;
        let place = format!("lessons/{}/lesson.toml", lesson.folder);
        assert!(questions.len() >= 3, "{place}: {}", questions.len());
        for question in &questions {
            let choices = question.choices();
            let text = &question.text;
            assert!(choices.len() >= 3, "{place}: {text}: too few answers");
            for choice in &choices {
                let is_sentence = choice.because.ends_with(['.', '?']);
                assert!(is_sentence, "{place}: {text}: {:?}", choice.because);
                let same = choices.iter().filter(|other| other.text == choice.text);
                assert_eq!(same.count(), 1, "{place}: {text}: {:?}", choice.text);
            }
            let count = questions.iter().filter(|other| other.text == *text);
            assert_eq!(count.count(), 1, "{place}: {text} is asked twice");
        }
    }
}
