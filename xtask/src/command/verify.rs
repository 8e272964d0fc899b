//! `verify [LESSON]`: proves that every stub fails on its `todo!()`, every twin passes, every common mistake is caught.
//!
//! It works in a copy of the tree under `target/verify`, with a target folder of its own
//! (`verify` in `CARGO_TARGET_DIR` where that is set), so that no lesson is touched
//! and cargo's incremental builds stay warm from one proof to the next and from one run to the next.

use crate::cargo::Cargo;
use crate::copy;
use crate::course::{Course, Lesson, slashed};
use crate::judge;
use crate::keep;
use crate::manifest::{self, Manifest, Mistake};
use crate::outcome::{Outcome, Test};
use crate::screen::{Screen, print};
use crate::stubs::{Stub, Twin, TwinFile};
use anyhow::{Result, anyhow, bail, ensure};
use std::path::Path;
use std::time::Instant;

/// Whether every proof holds.
pub(crate) fn run(course: &Course, lesson: Option<&str>) -> Result<bool> {
    let screen = Screen::here();
    let chosen = lesson.map(|name| course.lesson(name)).transpose()?;
    let begun = Instant::now();
    let work = course.root.join("target").join("verify");
    let scratch = copy::solved(course, &work.join("tree"))?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| work.join("target"), |own| Path::new(&own).join("verify"));
    let cargo = Cargo {
        course: &scratch,
        target: Some(&target),
        colour: screen.colour,
        quiet: true,
    };
    let mut verifier = Verifier {
        cargo,
        screen,
        proofs: 0,
        failed: 0,
    };
    for lesson in scratch
        .lessons
        .iter()
        .filter(|lesson| chosen.is_none_or(|chosen| chosen == *lesson))
    {
        verifier.lesson(lesson)?;
    }
    let Verifier { proofs, failed, .. } = verifier;
    print(&format!(
        "\n{} of {proofs} proofs hold ({:.1} s).\n",
        proofs - failed,
        begun.elapsed().as_secs_f64()
    ));
    print(&screen.next(if failed > 0 {
        "cargo xtask verify"
    } else {
        "cargo xtask generate --check"
    }));
    Ok(failed == 0)
}

struct Verifier<'v> {
    cargo: Cargo<'v>,
    screen: Screen,
    proofs: usize,
    failed: usize,
}

impl Verifier<'_> {
    fn lesson(&mut self, lesson: &Lesson) -> Result<()> {
        let (cargo, course) = (self.cargo, self.cargo.course);
        let bench = match Twin::read(course, lesson)
            .and_then(|twin| Ok((twin, manifest::read(&course.folder(lesson))?)))
        {
            Ok((twin, manifest)) => Bench {
                cargo,
                lesson,
                twin,
                manifest,
            },
            Err(error) => {
                self.proof(
                    &format!(
                        "{}: its twin and its lesson.toml can be read",
                        lesson.short()
                    ),
                    || Err(error),
                );
                return Ok(());
            }
        };
        let name = lesson.short();
        self.proof(
            &format!("{name}: lesson.toml and the regions agree"),
            || bench.agree(),
        );
        self.proof(&format!("{name}: the twin passes"), || bench.twin_passes());
        self.proof(
            &format!("{name}: with the solution in place it passes"),
            || bench.solution_passes(),
        );
        self.proof(
            &format!("{name}: it compiles as stubs, and fails on them alone"),
            || bench.stubs_fail(),
        );
        for stub in bench.twin.stubs(Some(&bench.manifest)) {
            let title = format!(
                "{name}: it fails on {:?} alone",
                shortened(&stub.instruction)
            );
            self.proof(&title, || bench.stub_fails(&stub));
        }
        for mistake in &bench.manifest.mistakes {
            self.proof(
                &format!("{name}: the mistake {} is caught", mistake.name),
                || bench.mistake_is_caught(mistake),
            );
        }
        // As it was found, for the lessons that stand on this one.
        bench.put(|file| Ok(file.source.solution()))
    }

    fn proof(&mut self, title: &str, prove: impl FnOnce() -> Result<()>) {
        let begun = Instant::now();
        let proved = prove();
        self.proofs += 1;
        let mark = if proved.is_ok() {
            self.screen.green("✓")
        } else {
            self.screen.red("✗")
        };
        let time = self
            .screen
            .faint(&format!("{:.1} s", begun.elapsed().as_secs_f64()));
        print(&format!("{mark} {title}  {time}\n"));
        if let Err(error) = proved {
            self.failed += 1;
            let text: String = format!("{error:#}")
                .lines()
                .map(|line| format!("      {line}\n"))
                .collect();
            print(&self.screen.red(&text));
        }
    }
}

/// One lesson of the copy, on which variants are tried.
struct Bench<'b> {
    cargo: Cargo<'b>,
    lesson: &'b Lesson,
    twin: Twin,
    manifest: Manifest,
}

impl Bench<'_> {
    fn agree(&self) -> Result<()> {
        let faults = self.twin.disagreements(&self.manifest);
        ensure!(faults.is_empty(), "{}", faults.join("\n"));
        Ok(())
    }

    fn twin_passes(&self) -> Result<()> {
        passes(&self.tried(
            &self.lesson.twin_package(),
            &self.cargo.course.twin(self.lesson),
        )?)
    }

    fn solution_passes(&self) -> Result<()> {
        self.put(|file| Ok(file.source.solution()))?;
        passes(&self.tried_lesson()?)
    }

    fn stubs_fail(&self) -> Result<()> {
        self.put(|file| file.stub(self.cargo.course))?;
        let tests = self.tried_lesson()?;
        let stubs = self.twin.stubs(None);
        ensure!(
            tests.iter().any(|test| test.outcome.is_failure()),
            "no test fails"
        );
        self.fail_on(&tests, |instruction| {
            stubs.iter().any(|stub| stub.instruction == instruction)
        })
    }

    fn stub_fails(&self, stub: &Stub) -> Result<()> {
        let only = |file: &TwinFile| {
            file.stubbed(self.cargo.course, |instruction| {
                slashed(&file.path) == stub.file && instruction == stub.instruction
            })
        };
        self.put(only)?;
        let tests = self.tried_lesson()?;
        ensure!(
            tests.iter().any(|test| test.outcome.is_failure()),
            "no test comes to it"
        );
        self.fail_on(&tests, |instruction| instruction == stub.instruction)
    }

    /// Every test that fails does so on a `todo!()` of this lesson's that `is_meant`.
    fn fail_on(&self, tests: &[Test], is_meant: impl Fn(&str) -> bool) -> Result<()> {
        for test in tests.iter().filter(|test| test.outcome.is_failure()) {
            match &test.outcome {
                Outcome::NotWritten { place, instruction }
                    if is_meant(instruction)
                        && self.cargo.course.lesson_of(&place.file) == Some(self.lesson) => {}
                outcome => bail!(
                    "{} fails, but not on such a stub: {}",
                    test.name,
                    told(outcome)
                ),
            }
        }
        Ok(())
    }

    fn mistake_is_caught(&self, mistake: &Mistake) -> Result<()> {
        let mistaken = |file: &TwinFile| {
            let solution = file.source.solution();
            if slashed(&file.path) != mistake.file {
                return Ok(solution);
            }
            let count = solution.matches(&mistake.replace).count();
            mistake
                .apply(&solution)
                .ok_or_else(|| anyhow!("its `replace` occurs {count} times in {}", mistake.file))
        };
        self.put(mistaken)?;
        let tests = self.tried_lesson()?;
        let mut failing: Vec<&str> = tests
            .iter()
            .filter(|test| test.outcome.is_failure())
            .map(|test| test.name.as_str())
            .collect();
        let mut named: Vec<&str> = mistake.tests.iter().map(String::as_str).collect();
        failing.sort_unstable();
        named.sort_unstable();
        ensure!(
            failing == named,
            "it names the tests {named:?}, but these fail: {failing:?}"
        );
        let found =
            judge::look_alike(&self.manifest.mistakes, &tests).map(|mistake| mistake.name.as_str());
        ensure!(
            found == Some(&mistake.name),
            "check would give the advice of {}{}",
            found.unwrap_or("none"),
            all(&tests)
        );
        Ok(())
    }

    /// Puts a variant in place; files that stay as they are keep their time.
    fn put(&self, text: impl Fn(&TwinFile) -> Result<String>) -> Result<()> {
        let folder = self.cargo.course.folder(self.lesson);
        for file in &self.twin.files {
            keep::write_if_changed(&folder.join(&file.path), text(file)?.as_bytes())?;
        }
        Ok(())
    }

    fn tried_lesson(&self) -> Result<Vec<Test>> {
        self.tried(&self.lesson.folder, &self.cargo.course.folder(self.lesson))
    }

    fn tried(&self, package: &str, folder: &Path) -> Result<Vec<Test>> {
        match judge::test(self.cargo, package, folder)? {
            Ok(tests) => Ok(tests),
            Err(broken) => bail!(
                "{package} does not compile:\n{}",
                broken.messages.join("\n")
            ),
        }
    }
}

fn passes(tests: &[Test]) -> Result<()> {
    ensure!(
        tests.iter().any(|test| test.outcome == Outcome::Passed),
        "it has no tests"
    );
    match tests.iter().find(|test| test.outcome.is_failure()) {
        Some(test) => bail!("{} fails: {}", test.name, told(&test.outcome)),
        None => Ok(()),
    }
}

/// An outcome in a few lines.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Wrong(wrong) => match (&wrong.mismatch, &wrong.panic) {
            (Some(mismatch), _) => format!("it got\n{}", mismatch.got),
            (None, Some(panic)) => format!("{}: {}", panic.place, panic.message),
            (None, None) => wrong.said.clone(),
        },
        Outcome::NotWritten { place, instruction } => format!("{place}: {instruction:?}"),
        Outcome::Crashed(how) => how.clone(),
        Outcome::Hangs => "it hangs".to_owned(),
        Outcome::NotRun => "it was not run".to_owned(),
        Outcome::Passed | Outcome::Ignored => "it passed".to_owned(),
    }
}

fn all(tests: &[Test]) -> String {
    let failing = tests.iter().filter(|test| test.outcome.is_failure());
    failing
        .map(|test| format!("\n{}: {}", test.name, told(&test.outcome)))
        .collect()
}

/// The beginning of an instruction, for a line of its own.
fn shortened(instruction: &str) -> String {
    let mut short: String = instruction.chars().take(50).collect();
    if short.len() < instruction.len() {
        short.push('…');
    }
    short
}
