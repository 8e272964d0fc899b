//! A lesson's twin: the source of its stubs and its solution. Also, which stubs the learner has
//! left.

use crate::course::graded;
use crate::course::manifest::{Hints, Manifest, Mistake};
use crate::course::region::{self, Source};
use crate::course::todos;
use crate::course::{Course, Lesson};
use crate::files;
use crate::files::slashed;
use crate::tools::rustfmt;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The sources of a twin: its `src` folder, and the test that the learner writes, if there is one.
pub(crate) struct Twin {
    pub(crate) files: Vec<TwinFile>,
}

/// One file of a twin.
pub(crate) struct TwinFile {
    /// The path in the package, which is the same in the lesson: `src/lib.rs`.
    pub(crate) path: PathBuf,
    pub(crate) source: Source,
    /// The path from the root, for error messages.
    from_root: PathBuf,
}

/// A stub. Its file and its instruction identify it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stub {
    pub(crate) file: String,
    pub(crate) instruction: String,
    /// The function that the learner writes.
    pub(crate) function: Option<String>,
}

/// A stub that the learner has not written yet, and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unwritten {
    pub(crate) stub: Stub,
    /// File and line, from the root: `lessons/lesson-01-query/src/lib.rs:34`.
    pub(crate) place: String,
}

impl Stub {
    /// Returns the function's name; the file, if it lies in none.
    pub(crate) fn name(&self) -> &str {
        self.function.as_deref().unwrap_or(&self.file)
    }

    /// Returns the function's name with its file's, for lessons with two functions of that name:
    /// `store::get`.
    pub(crate) fn full_name(&self) -> String {
        let file = Path::new(&self.file).file_stem().unwrap_or_default();
        format!("{}::{}", file.to_string_lossy(), self.name())
    }

    /// Returns the name by which a command line chooses this one of `stubs`.
    pub(crate) fn name_among(&self, stubs: &[Stub]) -> String {
        match stubs
            .iter()
            .filter(|stub| stub.name() == self.name())
            .count()
        {
            0 | 1 => self.name().to_owned(),
            _ => self.full_name(),
        }
    }
}

impl Twin {
    /// Reads the twin of `lesson`.
    ///
    /// # Errors
    /// All regions of a file that can't become stubs.
    pub(crate) fn read(course: &Course, lesson: &Lesson) -> Result<Twin> {
        let folder = course.twin(lesson);
        let read = |path: PathBuf| -> Result<TwinFile> {
            let from_root = Path::new("solutions").join(&lesson.folder).join(&path);
            let source = Source::parse(&from_root, &files::read(&folder.join(&path))?)?;
            Ok(TwinFile {
                path,
                source,
                from_root,
            })
        };
        let sources = files::walk(&folder.join("src"))?.into_iter();
        let sources = sources.map(|path| Path::new("src").join(path));
        let tests = graded::files(course, lesson)?;
        Ok(Twin {
            files: sources.chain(tests).map(read).collect::<Result<_>>()?,
        })
    }

    /// Lists the stubs, in the order of `lesson.toml` if there is one, else by file and line.
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

    /// Finds the file with this path in the package.
    pub(crate) fn file(&self, path: &str) -> Option<&TwinFile> {
        self.files.iter().find(|file| slashed(&file.path) == path)
    }

    /// Lists the disagreements between `lesson.toml` and the regions.
    pub(crate) fn disagreements(&self, manifest: &Manifest) -> Vec<String> {
        let mut faults = self.hint_faults(manifest);
        let mistakes = manifest.mistakes.iter();
        faults.extend(mistakes.filter_map(|mistake| {
            let name = &mistake.name;
            Some(format!("mistake {name}: {}", self.mistake_fault(mistake)?))
        }));
        faults.extend(self.graded_faults(manifest));
        faults
    }

    /// Lists the inconsistencies of the test that the learner writes.
    fn graded_faults(&self, manifest: &Manifest) -> Vec<String> {
        let paths = self.files.iter().map(|file| slashed(&file.path));
        let files: Vec<String> = paths.filter(|path| path.starts_with("tests/")).collect();
        match &manifest.graded {
            Some(graded) => graded.faults(&files),
            None if files.is_empty() => Vec::new(),
            None => vec![format!(
                "[graded] is missing: the twin's own tests/ has {files:?}"
            )],
        }
    }

    /// Lists regions without hints, and hints without a region.
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
                    "{count} [[stub]] for the region {:?} of {}: there must be 1",
                    stub.instruction, stub.file
                ));
            }
        }
        let lost = |hints: &&Hints| !stubs.iter().any(|stub| is_for(hints, stub));
        faults.extend(manifest.stubs.iter().filter(lost).map(|hints| {
            let (todo, file) = (&hints.todo, &hints.file);
            format!("a [[stub]] for {todo:?} in {file}, which has no such region")
        }));
        faults
    }

    /// Returns the reason if the mistake can't be applied.
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
    /// Returns a file for tests.
    #[cfg(test)]
    pub(crate) fn new(path: PathBuf, source: Source) -> TwinFile {
        let from_root = path.clone();
        TwinFile {
            path,
            source,
            from_root,
        }
    }

    pub(crate) fn stubs(&self) -> impl Iterator<Item = Stub> {
        let file = slashed(&self.path);
        self.source.regions().map(move |region| Stub {
            file: file.clone(),
            instruction: region.instruction.clone(),
            function: region.function.clone(),
        })
    }

    /// Returns the lesson's file with all its stubs.
    pub(crate) fn stub(&self, course: &Course) -> Result<String> {
        self.stubbed(course, |_| true)
    }

    /// Returns the lesson's file with a stub in each chosen region, and the other regions solved.
    pub(crate) fn stubbed(&self, course: &Course, chosen: impl Fn(&str) -> bool) -> Result<String> {
        let text = self.source.stubbed(|region| chosen(&region.instruction));
        if self.source.regions().next().is_none() {
            return Ok(text);
        }
        rustfmt::format(&course.root, &text).with_context(|| {
            let path = slashed(&self.from_root);
            format!("a region of {path} can't become a stub")
        })
    }
}

/// Lists those of `stubs` that the learner's source still has, in the same order.
pub(crate) fn unwritten(
    course: &Course,
    lesson: &Lesson,
    stubs: &[Stub],
) -> Result<Vec<Unwritten>> {
    let folder = course.folder(lesson);
    let mut all: Vec<(String, todos::Todo)> = Vec::new();
    let sources = files::walk(&folder.join("src"))?.into_iter();
    let sources = sources.map(|path| Path::new("src").join(path));
    let mut tests = graded::files(course, lesson)?;
    tests.retain(|path| folder.join(path).exists());
    for path in sources.chain(tests) {
        if path.extension().is_some_and(|extension| extension == "rs") {
            let todos = todos::todos(&files::read_lossy(&folder.join(&path))?);
            all.extend(todos.into_iter().map(|todo| (slashed(&path), todo)));
        }
    }
    let place = |stub: &Stub| {
        let same = |(_, todo): &&(String, todos::Todo)| todo.text == stub.instruction;
        // The stub's own file comes first; a learner may have moved the function into another.
        let (file, todo) = all
            .iter()
            .filter(same)
            .min_by_key(|(file, _)| *file != stub.file)?;
        let place = format!("{}/{file}:{}", course.display_path(&folder), todo.line);
        Some(Unwritten {
            stub: stub.clone(),
            place,
        })
    };
    Ok(stubs.iter().filter_map(place).collect())
}

/// Returns whether the lesson has the solution's own text in every file that has stubs, as `skip`
/// puts it in place.
pub(crate) fn is_solution(course: &Course, lesson: &Lesson) -> bool {
    let folder = course.folder(lesson);
    let is_equal = |file: &TwinFile| {
        files::read(&folder.join(&file.path)).is_ok_and(|text| text == file.source.solution())
    };
    Twin::read(course, lesson).is_ok_and(|twin| {
        let mut files = twin.files.iter();
        files.all(|file| file.source.regions().next().is_none() || is_equal(file))
    })
}

/// Returns the place of a stub's function in the learner's source, with its line if there is one
/// such function.
pub(crate) fn place(course: &Course, lesson: &Lesson, stub: &Stub) -> String {
    let path = course.folder(lesson).join(&stub.file);
    let file = course.display_path(&path);
    let text = files::read_lossy(&path).unwrap_or_default();
    let is_it =
        |line: &str| stub.function.is_some() && region::function(line) == stub.function.as_deref();
    let mut lines = text.lines().enumerate().filter(|(_, line)| is_it(line));
    match (lines.next(), lines.next()) {
        (Some((number, _)), None) => format!("{file}:{}", number + 1),
        _ => file,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_two_functions_have_is_given_with_its_file() {
        let stub = |file: &str, function: Option<&str>| Stub {
            file: file.to_owned(),
            instruction: String::new(),
            function: function.map(str::to_owned),
        };
        let stubs = [
            stub("src/store.rs", Some("get")),
            stub("src/cache.rs", Some("get")),
            stub("src/cache.rs", Some("put")),
            stub("src/none.rs", None),
        ];
        let names = stubs.each_ref().map(|stub| stub.name_among(&stubs));
        assert_eq!(names, ["store::get", "cache::get", "put", "src/none.rs"]);
    }
}
