//! `verify [LESSON]`: proves that every stub fails on its `todo!()`, every twin passes, every common mistake is caught.
//!
//! It works in a copy of the tree under `target/verify`, with a target folder of its own
//! (`verify` in `CARGO_TARGET_DIR` where that is set), so that no lesson is touched
//! and cargo's incremental builds stay warm from one proof to the next and from one run to the next.
//! While one variant's tests run, the next one is built.

use crate::course::manifest;
use crate::course::twin::Twin;
use crate::course::{Course, Lesson};
use crate::files;
use crate::report::screen::{Screen, print};
use crate::verdict;
use crate::verdict::build::{Build, Built, Cargo};
use crate::verdict::outcome::Test;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Instant;
use tempfile::TempDir;
use variants::{Bench, Variant};

mod solved_copy;
mod variants;

/// Whether every proof holds.
pub(crate) fn run(course: &Course, lesson: Option<&str>) -> Result<bool> {
    let screen = Screen::here();
    let chosen = lesson.map(|name| course.lesson(name)).transpose()?;
    let begun = Instant::now();
    let work = course.root.join("target").join("verify");
    let scratch = solved_copy::update(course, &work.join("tree"))?;
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
    let is_chosen = |lesson: &&Lesson| chosen.is_none_or(|chosen| chosen == *lesson);
    for lesson in scratch.lessons.iter().filter(is_chosen) {
        verifier.lesson(lesson)?;
    }
    Ok(verifier.summary(begun))
}

struct Verifier<'v> {
    cargo: Cargo<'v>,
    screen: Screen,
    proofs: usize,
    failed: usize,
}

/// A variant whose tests are running.
struct Running<'v, 's> {
    variant: Variant<'v>,
    begun: Instant,
    tests: ScopedJoinHandle<'s, Result<Vec<Test>>>,
}

impl Verifier<'_> {
    fn lesson(&mut self, lesson: &Lesson) -> Result<()> {
        let course = self.cargo.course;
        let name = lesson.short();
        let read = || {
            Ok((
                Twin::read(course, lesson)?,
                manifest::read(&course.folder(lesson))?,
            ))
        };
        let (twin, manifest) = match read() {
            Ok(read) => read,
            Err(error) => {
                let title = format!("{name}: its twin and its lesson.toml can be read");
                self.proved(&title, Instant::now(), Err(error));
                return Ok(());
            }
        };
        let bench = Bench {
            course,
            lesson,
            twin,
            manifest,
        };
        let title = format!("{name}: lesson.toml and the regions agree");
        self.proved(&title, Instant::now(), bench.agree());
        self.prove(bench.variants());
        // As it was found, for the lessons that stand on this one.
        put(course, lesson, &bench.solution())
    }

    /// Proves one after the other; the tests of one run while the next is compiled.
    fn prove(&mut self, variants: Vec<Variant<'_>>) {
        let cargo = self.cargo;
        std::thread::scope(|scope| {
            let mut running = None;
            for variant in variants {
                let begun = Instant::now();
                let built = build(cargo, &variant);
                self.finish(running.take());
                match built {
                    Ok(built) => running = Some(start(scope, cargo.course, variant, begun, built)),
                    Err(error) => self.proved(&variant.title, begun, Err(error)),
                }
            }
            self.finish(running);
        });
    }

    fn finish(&mut self, running: Option<Running<'_, '_>>) {
        let Some(Running {
            variant,
            begun,
            tests,
        }) = running
        else {
            return;
        };
        let tests = match tests.join() {
            Ok(tests) => tests,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let proved = tests.and_then(|tests| (variant.prove)(&tests));
        self.proved(&variant.title, begun, proved);
    }

    fn proved(&mut self, title: &str, begun: Instant, proved: Result<()>) {
        self.proofs += 1;
        let mark = if proved.is_ok() {
            self.screen.green("✓")
        } else {
            self.screen.red("✗")
        };
        let time = format!("{:.1} s", begun.elapsed().as_secs_f64());
        print(&format!("{mark} {title}  {}\n", self.screen.faint(&time)));
        if let Err(error) = proved {
            self.failed += 1;
            let error = format!("{error:#}");
            let lines = error.lines().map(|line| format!("      {line}\n"));
            print(&self.screen.red(&lines.collect::<String>()));
        }
    }

    fn summary(self, begun: Instant) -> bool {
        let held = self.proofs - self.failed;
        let (proofs, time) = (self.proofs, begun.elapsed().as_secs_f64());
        print(&format!(
            "\n{held} of {proofs} proofs hold ({time:.1} s).\n"
        ));
        print(&self.screen.next(if self.failed > 0 {
            "cargo xtask verify"
        } else {
            "cargo xtask generate --check"
        }));
        self.failed == 0
    }
}

/// A variant's tests, built, and put where the next build does not write over them.
struct Ready {
    built: Built,
    folder: TempDir,
}

fn build(cargo: Cargo<'_>, variant: &Variant<'_>) -> Result<Ready> {
    match &variant.texts {
        Ok(texts) => put(cargo.course, variant.lesson, texts)?,
        Err(fault) => bail!("{fault}"),
    }
    let (package, folder) = &variant.package;
    let mut built = match cargo.build_tests(package, folder)? {
        Build::Ready(built) => built,
        Build::Broken(broken) => {
            let messages = broken.messages.join("\n");
            bail!("{package} does not compile:\n{messages}")
        }
    };
    let folder = tempfile::tempdir()?;
    for (number, executable) in built.executables.iter_mut().enumerate() {
        let copy = folder
            .path()
            .join(format!("{number}{}", std::env::consts::EXE_SUFFIX));
        std::fs::copy(&executable.path, &copy)?;
        executable.path = copy;
    }
    Ok(Ready { built, folder })
}

fn start<'v, 's>(
    scope: &'s Scope<'s, '_>,
    course: &'s Course,
    variant: Variant<'v>,
    begun: Instant,
    ready: Ready,
) -> Running<'v, 's> {
    let tests = scope.spawn(move || {
        let tests = verdict::run(course, &ready.built);
        ready.folder.close()?;
        tests
    });
    Running {
        variant,
        begun,
        tests,
    }
}

/// Puts a variant of the lesson in place; files that stay as they are keep their time.
fn put(course: &Course, lesson: &Lesson, texts: &[(PathBuf, String)]) -> Result<()> {
    for (path, text) in texts {
        files::write_if_changed(&course.folder(lesson).join(path), text.as_bytes())?;
    }
    Ok(())
}
