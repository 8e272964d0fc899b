//! A whole lesson's stubs and solution, made from its twin, and which stubs the learner's source still holds.

use crate::course::manifest::{Hints, Manifest, Mistake};
use crate::course::region::{self, Source};
use crate::course::todos;
use crate::course::{Course, Lesson};
use crate::files;
use crate::files::slashed;
use crate::tools::rustfmt;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The `src` folder of a twin.
pub(crate) struct Twin {
    pub(crate) files: Vec<TwinFile>,
}

/// One file of it; `path` is the same in the lesson: `src/lib.rs`.
pub(crate) struct TwinFile {
    pub(crate) path: PathBuf,
    pub(crate) source: Source,
    /// From the root, for errors.
    shown: PathBuf,
}

/// A stub, by what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stub {
    pub(crate) file: String,
    pub(crate) instruction: String,
    /// The function that is to be written.
    pub(crate) function: Option<String>,
}

/// A stub that is still there, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unwritten {
    pub(crate) stub: Stub,
    /// From the root: `lessons/lesson-01-query/src/lib.rs:34`.
    pub(crate) place: String,
}

impl Twin {
    /// The twin of `lesson`.
    ///
    /// # Errors
    /// Where a region can't become a stub, every such line.
    pub(crate) fn read(course: &Course, lesson: &Lesson) -> Result<Twin> {
        let folder = course.twin(lesson);
        let read = |path: &PathBuf| -> Result<TwinFile> {
            let path = Path::new("src").join(path);
            let shown = PathBuf::from(format!("solutions/{}", lesson.folder)).join(&path);
            let source = Source::parse(&shown, &files::read(&folder.join(&path))?)?;
            Ok(TwinFile {
                path,
                source,
                shown,
            })
        };
        Ok(Twin {
            files: files::walk(&folder.join("src"))?
                .iter()
                .map(read)
                .collect::<Result<_>>()?,
        })
    }

    /// Every stub, in the order of `lesson.toml` where there is one, else by file and line.
    pub(crate) fn stubs(&self, manifest: Option<&Manifest>) -> Vec<Stub> {
        let mut stubs: Vec<Stub> = self.files.iter().flat_map(TwinFile::stubs).collect();
        let place = |stub: &Stub| {
            let is_it = |hints: &Hints| hints.todo == stub.instruction && hints.file == stub.file;
            manifest
                .and_then(|manifest| manifest.stubs.iter().position(is_it))
                .unwrap_or(usize::MAX)
        };
        stubs.sort_by_key(place);
        stubs
    }

    /// The file whose path in the package is `path`.
    pub(crate) fn file(&self, path: &str) -> Option<&TwinFile> {
        self.files.iter().find(|file| slashed(&file.path) == path)
    }

    /// What `lesson.toml` and the regions say of each other that does not agree.
    pub(crate) fn disagreements(&self, manifest: &Manifest) -> Vec<String> {
        let mut faults = self.hint_faults(manifest);
        let mistakes = manifest.mistakes.iter();
        faults.extend(mistakes.filter_map(|mistake| {
            let name = &mistake.name;
            Some(format!("mistake {name}: {}", self.mistake_fault(mistake)?))
        }));
        faults
    }

    /// Each region has its hints, and hints have their region.
    fn hint_faults(&self, manifest: &Manifest) -> Vec<String> {
        let stubs = self.stubs(None);
        let is_for =
            |hints: &Hints, stub: &Stub| hints.file == stub.file && hints.todo == stub.instruction;
        let mut faults = Vec::new();
        for stub in &stubs {
            let all = manifest.stubs.iter();
            let count = all.filter(|hints| is_for(hints, stub)).count();
            if count != 1 {
                faults.push(format!(
                    "{count} [[stub]] for the region {:?} of {}, where 1 must be",
                    stub.instruction, stub.file
                ));
            }
        }
        let lost = |hints: &&Hints| !stubs.iter().any(|stub| is_for(hints, stub));
        faults.extend(manifest.stubs.iter().filter(lost).map(|hints| {
            let (todo, file) = (&hints.todo, &hints.file);
            format!("a [[stub]] for {todo:?} in {file}, where no such region is")
        }));
        faults
    }

    /// Why the mistake can't be made, if it can't.
    fn mistake_fault(&self, mistake: &Mistake) -> Option<String> {
        let path = &mistake.file;
        let Some(file) = self.file(path) else {
            return Some(format!("there is no {path}"));
        };
        let fault = mistake.apply(&file.source.solution()).err()?;
        Some(fault.to_string())
    }
}

impl TwinFile {
    pub(crate) fn stubs(&self) -> impl Iterator<Item = Stub> {
        let file = slashed(&self.path);
        self.source.regions().map(move |region| Stub {
            file: file.clone(),
            instruction: region.instruction.clone(),
            function: region.function.clone(),
        })
    }

    /// The lesson's file with every stub in it.
    pub(crate) fn stub(&self, course: &Course) -> Result<String> {
        self.stubbed(course, |_| true)
    }

    /// The lesson's file with the chosen stubs, the others solved.
    pub(crate) fn stubbed(&self, course: &Course, chosen: impl Fn(&str) -> bool) -> Result<String> {
        let text = self.source.stubbed(|region| chosen(&region.instruction));
        if self.source.regions().next().is_none() {
            return Ok(text);
        }
        rustfmt::format(&course.root, &text).with_context(|| {
            let shown = slashed(&self.shown);
            format!("a region of {shown} can't become a stub")
        })
    }
}

/// Which of `stubs` the lesson's source still holds, in their order.
pub(crate) fn unwritten(
    course: &Course,
    lesson: &Lesson,
    stubs: &[Stub],
) -> Result<Vec<Unwritten>> {
    let folder = course.folder(lesson);
    let mut found: Vec<(String, todos::Todo)> = Vec::new();
    for path in files::walk(&folder.join("src"))? {
        let path = Path::new("src").join(path);
        if path.extension().is_some_and(|extension| extension == "rs") {
            let todos = todos::todos(&files::read(&folder.join(&path))?);
            found.extend(todos.into_iter().map(|todo| (slashed(&path), todo)));
        }
    }
    let place = |stub: &Stub| {
        let same = |(_, todo): &&(String, todos::Todo)| todo.text == stub.instruction;
        // Its own file first; a learner may have moved the function into another.
        let (file, todo) = found
            .iter()
            .filter(same)
            .min_by_key(|(file, _)| *file != stub.file)?;
        let place = format!("{}/{file}:{}", course.shown(&folder), todo.line);
        Some(Unwritten {
            stub: stub.clone(),
            place,
        })
    };
    Ok(stubs.iter().filter_map(place).collect())
}

/// Where the learner's source has the function of a stub that is written: with its line, if it is there once.
pub(crate) fn place(course: &Course, lesson: &Lesson, stub: &Stub) -> String {
    let path = course.folder(lesson).join(&stub.file);
    let shown = course.shown(&path);
    let text = files::read(&path).unwrap_or_default();
    let is_it =
        |line: &str| stub.function.is_some() && region::function(line) == stub.function.as_deref();
    let mut lines = text.lines().enumerate().filter(|(_, line)| is_it(line));
    match (lines.next(), lines.next()) {
        (Some((number, _)), None) => format!("{shown}:{}", number + 1),
        _ => shown,
    }
}
