//! `hint LESSON`: the next level of hint for what stands in the way now.

use crate::cargo::Cargo;
use crate::course::{Course, Lesson};
use crate::judge::{self, Verdict};
use crate::manifest::{self, Manifest};
use crate::memory::Hinted;
use crate::outcome::{Outcome, Test};
use crate::screen::{Screen, paragraph, print};
use crate::stubs::{self, Stub, Twin};
use anyhow::Result;
use std::collections::BTreeSet;

/// Prints the hint; well unless the lesson can't be judged.
pub(crate) fn run(course: &Course, lesson: Option<&str>) -> Result<bool> {
    let screen = Screen::here();
    let cargo = Cargo {
        course,
        target: None,
        colour: screen.colour,
        quiet: false,
    };
    let lesson = match lesson {
        Some(name) => course.lesson(name)?.clone(),
        None => match judge::first_not_passed(cargo)? {
            Some(verdict) => verdict.lesson,
            None => return Ok(false),
        },
    };
    let manifest = manifest::read(&course.folder(&lesson))?;
    let twin = Twin::read(course, &lesson)?;
    // What is not written yet is seen without building anything.
    if let Some(first) = stubs::unwritten(course, &lesson, &twin.stubs(Some(&manifest)))?.first() {
        return give(
            course,
            &lesson,
            &manifest,
            &first.stub,
            &first.place,
            screen,
        );
    }
    let verdict = judge::judge(cargo, &lesson)?;
    let short = lesson.short();
    let Ok(tests) = &verdict.tests else {
        print(&format!(
            "It does not compile yet; rustc's own words are the best hint.\n{}",
            screen.next(&format!("cargo xtask check {short}"))
        ));
        return Ok(false);
    };
    if verdict.all_pass() {
        print(&format!(
            "Nothing fails: there is nothing to hint at.\n{}",
            screen.next(&format!("cargo xtask check {short}"))
        ));
        return Ok(true);
    }
    if let Some(earlier) = waits_for(course, &lesson, tests) {
        let next = screen.next(&format!("cargo xtask hint {earlier}"));
        print(&format!(
            "What fails here waits for a stub of {earlier}, on which {short} stands.\n{next}"
        ));
        return Ok(true);
    }
    match suspect(&verdict, &manifest, &twin, tests) {
        Some(stub) => {
            let place = format!("lessons/{}/{}", lesson.folder, stub.file);
            give(course, &lesson, &manifest, &stub, &place, screen)
        }
        None => {
            let name = tests
                .iter()
                .find(|test| test.outcome.is_failure())
                .map_or("", |test| test.name.as_str());
            print(&format!(
                "There is no hint for what fails ({name}) beyond what `check` shows of it.\n{}",
                screen.next(&format!("cargo xtask diff {short}"))
            ));
            Ok(true)
        }
    }
}

/// The earlier lesson whose stub the tests wait for.
fn waits_for(course: &Course, lesson: &Lesson, tests: &[Test]) -> Option<String> {
    let other = |test: &Test| match &test.outcome {
        Outcome::NotWritten { place, .. } => course
            .lesson_of(&place.file)
            .filter(|other| *other != lesson),
        _ => None,
    };
    tests.iter().find_map(other).map(Lesson::short)
}

/// The stub that the failing tests are most likely about: the one that the matching mistake lies in, or else that most
/// of the mistakes lie in that such a test would catch.
fn suspect(verdict: &Verdict, manifest: &Manifest, twin: &Twin, tests: &[Test]) -> Option<Stub> {
    let failing: BTreeSet<&str> = tests
        .iter()
        .filter(|test| test.outcome.is_failure())
        .map(|test| test.name.as_str())
        .collect();
    if let Some(mistake) = verdict.mistake() {
        return home(twin, mistake);
    }
    let shared = |mistake: &manifest::Mistake| {
        let named = mistake
            .tests
            .iter()
            .filter(|name| failing.contains(name.as_str()))
            .count();
        named * 100 / mistake.tests.len().max(failing.len()).max(1)
    };
    let nearest = manifest
        .mistakes
        .iter()
        .filter(|mistake| shared(mistake) > 0)
        .max_by_key(|mistake| shared(mistake))?;
    home(twin, nearest)
}

/// The stub whose solution holds the mistake's place.
fn home(twin: &Twin, mistake: &manifest::Mistake) -> Option<Stub> {
    let region = twin
        .file(&mistake.file)?
        .source
        .regions()
        .find(|region| region.solution.contains(&mistake.replace))?;
    Some(Stub {
        file: mistake.file.clone(),
        instruction: region.instruction.clone(),
    })
}

fn give(
    course: &Course,
    lesson: &Lesson,
    manifest: &Manifest,
    stub: &Stub,
    place: &str,
    screen: Screen,
) -> Result<bool> {
    let short = lesson.short();
    let mut out = format!(
        "{}\n{}\n",
        screen.yellow(place),
        paragraph(&stub.instruction, "  ", screen.prose())
    );
    let Some(entry) = manifest
        .stubs
        .iter()
        .find(|hints| hints.file == stub.file && hints.todo == stub.instruction)
    else {
        print(&format!(
            "{out}There are no hints for this one.\n{}",
            screen.next(&format!("cargo xtask check {short}"))
        ));
        return Ok(true);
    };
    let last = entry.hints.len() - 1;
    let level =
        Hinted::of(course, lesson).next(&format!("{}: {}", stub.file, stub.instruction), last)?;
    for (number, hint) in entry.hints.iter().enumerate().take(level + 1) {
        let heading = format!("Hint {} of {}", number + 1, last + 1);
        let heading = if number == level {
            screen.bold(&heading)
        } else {
            screen.faint(&heading)
        };
        out.push_str(&format!(
            "{heading}\n{}\n",
            paragraph(hint, "  ", screen.prose())
        ));
    }
    if level == last {
        out.push_str(&format!(
            "That was the last one. The solution, beside yours: cargo xtask diff {short}\n"
        ));
        out.push_str(&format!(
            "or in place of yours, which is kept: cargo xtask skip {short}\n"
        ));
    } else {
        out.push_str(&format!("A clearer one: cargo xtask hint {short}\n"));
    }
    print(&format!(
        "{out}{}",
        screen.next(&format!("cargo xtask check {short}"))
    ));
    Ok(true)
}
