//! A worker: one solved copy of the tree with a target folder of its own, in which the variants of
//! one lesson after the other are tried. While the tests of one variant run, the next is built.

use super::solved_copy::{self, Contents};
use super::variants::{Variant, Variants};
use crate::course::twin::Twin;
use crate::course::{Course, Lesson, manifest};
use crate::files;
use crate::report::screen::{Screen, print};
use crate::tools::cleanup::Scratch;
use crate::verdict;
use crate::verdict::build::{Build, Built, Cargo};
use crate::verdict::grade;
use crate::verdict::outcome::Test;
use anyhow::{Context, Result, bail};
use std::ops::AddAssign;
use std::path::{Path, PathBuf};
use std::thread::{Scope, ScopedJoinHandle};
use std::time::Instant;

/// How many proofs were tried, and how many of them failed.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Tally {
    pub(super) proofs: usize,
    pub(super) failed: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Tally) {
        self.proofs += other.proofs;
        self.failed += other.failed;
    }
}

/// A copy of the tree and its target folder.
pub(super) struct Worker {
    pub(super) copy: Course,
    target: PathBuf,
}

/// Brings `count` workers up to date for these lessons, from the contents of the solved tree.
///
/// A target folder that does not exist yet begins as a copy of the first, in which everything that
/// the lessons need is built: dependencies are compiled once, on all cores, and not in each worker.
pub(super) fn open(
    course: &Course,
    solved: &Contents,
    lessons: &[&Lesson],
    count: usize,
) -> Result<Vec<Worker>> {
    let mut workers: Vec<Worker> = Vec::new();
    for number in 1..=count {
        // The first folder has no number: it is the one that `verify LESSON` uses alone.
        let suffix = match number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let work = course.root.join("target").join("verify");
        let copy = solved_copy::update(solved, &work.join(format!("tree{suffix}")))?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => Path::new(&folder).join(format!("verify{suffix}")),
            None => work.join(format!("target{suffix}")),
        };
        if let Some(first) = workers.first()
            && !target.exists()
        {
            first.build_all(lessons)?;
            if let Err(error) = copy_target(&first.target, &target) {
                // Another `verify` may be building there at this moment.
                print(&format!(
                    "It is built again for another worker: {error:#}\n"
                ));
            }
        }
        workers.push(Worker { copy, target });
    }
    Ok(workers)
}

/// Copies a target folder, unless another `verify` is quicker.
fn copy_target(from: &Path, to: &Path) -> Result<()> {
    // Elsewhere first: half a copy must not be taken for a whole one.
    let scratch = Scratch::new_in(to.parent().context("no folder")?)?;
    let part = scratch.path().join("target");
    files::copy_folder(from, &part).context("can't copy what was built")?;
    match std::fs::rename(&part, to) {
        Err(_) if to.exists() => Ok(()),
        renamed => Ok(renamed?),
    }
}

impl Worker {
    pub(super) fn cargo(&self) -> Cargo<'_> {
        Cargo {
            course: &self.copy,
            target: Some(&self.target),
            colour: Screen::here().colour,
            quiet: true,
        }
    }

    fn build_all(&self, lessons: &[&Lesson]) -> Result<()> {
        let twins = lessons.iter().map(|lesson| lesson.twin_package());
        let packages = lessons.iter().map(|lesson| lesson.folder.clone());
        let packages: Vec<String> = twins.chain(packages).collect();
        print("Building what the lessons depend on …\n");
        self.cargo().build_all_tests(&packages)
    }

    /// Proves one lesson, and says how each proof went.
    pub(super) fn prove(&self, folder: &str) -> Result<Tally> {
        let lesson = self.copy.lesson(folder)?;
        let begun = Instant::now();
        let mut prover = Prover {
            cargo: self.cargo(),
            tally: Tally::default(),
        };
        prover.prove(lesson)?;
        let Tally { proofs, failed } = prover.tally;
        let (name, held) = (lesson.short(), proofs - failed);
        let time = begun.elapsed().as_secs_f64();
        print(&format!(
            "  {name}: {held} of {proofs} proofs hold ({time:.1} s)\n"
        ));
        Ok(prover.tally)
    }
}

/// Proves one lesson.
struct Prover<'w> {
    cargo: Cargo<'w>,
    tally: Tally,
}

/// A variant whose tests are running.
struct Running<'v, 's> {
    variant: Variant<'v>,
    begun: Instant,
    tests: ScopedJoinHandle<'s, Result<Vec<Test>>>,
}

impl Prover<'_> {
    fn prove(&mut self, lesson: &Lesson) -> Result<()> {
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
                self.record(&title, Instant::now(), Err(error));
                return Ok(());
            }
        };
        let variants = Variants {
            course,
            lesson,
            twin,
            manifest,
        };
        let title = format!("{name}: lesson.toml and the regions agree");
        self.record(&title, Instant::now(), variants.agree());
        self.try_all(variants.all());
        // Solved again, for the lessons that stand on this one.
        put(course, lesson, &variants.solution())
    }

    /// Tries one after the other; the tests of one run while the next is compiled.
    fn try_all(&mut self, variants: Vec<Variant<'_>>) {
        let cargo = self.cargo;
        std::thread::scope(|scope| {
            let mut running = None;
            for variant in variants {
                let begun = Instant::now();
                let built = build(cargo, &variant);
                self.finish(running.take());
                match built {
                    Ok(built) => running = Some(start(scope, cargo.course, variant, begun, built)),
                    Err(error) => self.record(&variant.title, begun, Err(error)),
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
        let result = tests.and_then(|tests| (variant.prove)(&tests));
        self.record(&variant.title, begun, result);
    }

    /// Counts a proof and prints its line, in one piece: other workers print too.
    fn record(&mut self, title: &str, begun: Instant, result: Result<()>) {
        let screen = Screen::here();
        self.tally.proofs += 1;
        let time = screen.faint(&format!("{:.1} s", begun.elapsed().as_secs_f64()));
        match result {
            Ok(()) => print(&format!("{} {title}  {time}\n", screen.green("✓"))),
            Err(error) => {
                self.tally.failed += 1;
                let error = format!("{error:#}");
                let lines = error.lines().map(|line| format!("      {line}\n"));
                let lines = screen.red(&lines.collect::<String>());
                print(&format!("{} {title}  {time}\n{lines}", screen.red("✗")));
            }
        }
    }
}

/// A variant's tests, built, and copied to where the next build does not overwrite them.
struct Executables {
    built: Built,
    folder: Scratch,
}

fn build(cargo: Cargo<'_>, variant: &Variant<'_>) -> Result<Executables> {
    match &variant.texts {
        Ok(texts) => put(cargo.course, variant.lesson, texts)?,
        Err(fault) => bail!("{fault}"),
    }
    let (package, folder) = &variant.package;
    let mut built = match cargo.build_tests(package, folder, false)? {
        Build::Ready(built) => built,
        Build::Broken(broken) => {
            let messages = broken.messages.join("\n");
            bail!("{package} does not compile:\n{messages}")
        }
    };
    let folder = Scratch::new()?;
    for (number, executable) in built.executables.iter_mut().enumerate() {
        let copy = folder
            .path()
            .join(format!("{number}{}", std::env::consts::EXE_SUFFIX));
        std::fs::copy(&executable.path, &copy)?;
        executable.path = copy;
    }
    Ok(Executables { built, folder })
}

fn start<'v, 's>(
    scope: &'s Scope<'s, '_>,
    course: &'s Course,
    variant: Variant<'v>,
    begun: Instant,
    executables: Executables,
) -> Running<'v, 's> {
    let graded = variant.graded.cloned();
    let tests = scope.spawn(move || {
        let Executables { built, folder } = executables;
        let mut tests = verdict::run(course, &built)?;
        if let Some(graded) = graded {
            tests.extend(grade::as_tests(course, &graded, &built)?);
        }
        drop(folder);
        Ok(tests)
    });
    Running {
        variant,
        begun,
        tests,
    }
}

/// Puts a variant of the lesson in place; files that stay as they are keep their time.
pub(super) fn put(course: &Course, lesson: &Lesson, texts: &[(PathBuf, String)]) -> Result<()> {
    for (path, text) in texts {
        files::write_if_changed(&course.folder(lesson).join(path), text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_folder_is_copied_once_and_whole() {
        let root = tempfile::tempdir().unwrap();
        let [from, to] = ["target", "target-2"].map(|name| root.path().join(name));
        let built = Path::new("debug").join("program");
        std::fs::create_dir_all(from.join("debug")).unwrap();
        std::fs::write(from.join(&built), "old").unwrap();
        for text in ["old", "new"] {
            std::fs::write(from.join(&built), text).unwrap();
            copy_target(&from, &to).unwrap();
            let copied = std::fs::read_to_string(to.join(&built)).unwrap();
            assert_eq!(copied, "old", "the second copy is left out");
        }
        assert!(copy_target(&root.path().join("none"), &root.path().join("third")).is_err());
        let mut names: Vec<_> = std::fs::read_dir(root.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["target", "target-2"], "no part is left");
    }
}
