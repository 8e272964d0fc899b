//! `diff [LESSON] [FUNCTION]`: the learner's code beside the solution's, both formatted.

use crate::command::{stub_args, tutor};
use crate::course::manifest;
use crate::course::originals::{self, Original, PROGRAM};
use crate::course::region;
use crate::course::twin::{self, Stub, Twin};
use crate::course::{Course, Lesson};
use crate::files;
use crate::files::slashed;
use crate::report::compare::{Side, compare_all};
use crate::report::screen::{Screen, print};
use crate::tools::rustfmt;
use crate::verdict;
use crate::verdict::build::Cargo;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Prints the differences of a lesson, or of one function; without a name, of the first lesson that
/// is not passed.
pub(crate) fn run(
    course: &Course,
    name: Option<&str>,
    function: Option<&str>,
    asked: bool,
) -> Result<bool> {
    let screen = Screen::here();
    let (lesson, stub) = match name {
        Some(name) => stub_args::chosen(course, "diff", name, function)?,
        None => (verdict::first_not_passed(cargo(course))?.lesson, None),
    };
    let short = lesson.short();
    let is_passed = is_passed(course, &lesson);
    if !is_passed {
        tutor::allow_solution(asked, "diff", &short)?;
    }
    let differ = Differ {
        course,
        lesson: &lesson,
        screen,
    };
    let differences = match &stub {
        Some(stub) => differ.function(stub)?,
        None => differ.files()?,
    };
    let (mut out, next) = match is_passed {
        true => (String::new(), format!("cargo xtask check {short}")),
        false => (differ.spoiler()?, format!("cargo xtask hint {short}")),
    };
    out.push_str(match differences.as_str() {
        "" => "Yours is equal to the solution, except perhaps in formatting.\n",
        differences => differences,
    });
    out.push_str(&screen.next(&next));
    print(&out);
    Ok(true)
}

fn cargo(course: &Course) -> Cargo<'_> {
    Cargo {
        course,
        target: None,
        colour: false,
        quiet: true,
    }
}

fn is_passed(course: &Course, lesson: &Lesson) -> bool {
    verdict::standing(cargo(course), lesson).is_ok_and(|standing| standing.passed())
}

/// Compares one lesson with its twin.
struct Differ<'d> {
    course: &'d Course,
    lesson: &'d Lesson,
    screen: Screen,
}

impl Differ<'_> {
    /// Says that the solution of a lesson that is not passed yet follows.
    fn spoiler(&self) -> Result<String> {
        let manifest = manifest::read(&self.course.folder(self.lesson)).ok();
        let stubs = Twin::read(self.course, self.lesson)?.stubs(manifest.as_ref());
        let left = twin::unwritten(self.course, self.lesson, &stubs)?.len();
        let short = self.lesson.short();
        let nothing = match left > 0 && left == stubs.len() {
            true => format!(" Nothing of {short} is written yet."),
            false => String::new(),
        };
        let text =
            format!("A spoiler: {short} is not passed yet, and this is its solution.{nothing}");
        Ok(format!("{}\n\n", self.screen.yellow(&text)))
    }

    /// Compares all files.
    fn files(&self) -> Result<String> {
        let mut out = String::new();
        for file in &Twin::read(self.course, self.lesson)?.files {
            out.push_str(&self.file(&file.path, file.source.solution()));
        }
        match originals::original(self.course, self.lesson, PROGRAM) {
            Original::Unchanged => {}
            Original::Changed(Ok(text)) => out.push_str(&self.file(Path::new(PROGRAM), text)),
            Original::Changed(Err(error)) => out.push_str(&format!("{error:#}\n")),
        }
        Ok(out)
    }

    fn file(&self, path: &Path, solution: String) -> String {
        let yours = self.yours(path);
        if yours == solution {
            return String::new();
        }
        let (yours, solution, note) = match (self.formatted(&yours), self.formatted(&solution)) {
            (Ok(yours), Ok(solution)) => (yours, solution, ""),
            _ => (
                yours,
                solution,
                "  rustfmt can't read it, so differences in formatting are shown too\n",
            ),
        };
        self.compared(path, note, &yours, &solution)
    }

    /// Compares one function, wherever the learner has moved it.
    fn function(&self, stub: &Stub) -> Result<String> {
        let name = stub.function.as_deref().unwrap_or_default();
        let twin = Twin::read(self.course, self.lesson)?;
        let solution = twin.file(&stub.file).map(|file| file.source.solution());
        let solution = self.formatted(&solution.unwrap_or_default())?;
        let mut paths = vec![PathBuf::from(&stub.file)];
        let source = self.course.folder(self.lesson).join("src");
        let all = files::walk(&source)?.into_iter();
        paths.extend(all.map(|path| Path::new("src").join(path)));
        for path in paths {
            let yours = self.yours(&path);
            // Without rustfmt, its end is where the learner's own indentation says.
            let yours = functions(&self.formatted(&yours).unwrap_or(yours), name);
            if !yours.is_empty() {
                return Ok(self.compared(&path, "", &yours, &functions(&solution, name)));
            }
        }
        let path = Path::new(&stub.file);
        Ok(self.compared(path, "", "", &functions(&solution, name)))
    }

    fn yours(&self, path: &Path) -> String {
        let path = self.course.folder(self.lesson).join(path);
        files::read_lossy(&path).unwrap_or_default()
    }

    fn formatted(&self, text: &str) -> Result<String> {
        rustfmt::format(&self.course.root, text)
    }

    /// Compares two texts; empty if they are equal.
    fn compared(&self, path: &Path, note: &str, yours: &str, solution: &str) -> String {
        if yours == solution {
            return String::new();
        }
        let folder = self.course.folder(self.lesson);
        let path = format!("{}/{}", self.course.display_path(&folder), slashed(path));
        let side = |label, text| Side { label, text };
        let (yours, solution) = (side("yours", yours), side("solution", solution));
        let compared = compare_all(yours, solution, self.screen);
        format!("{}\n{note}{compared}\n", self.screen.bold(&path))
    }
}

/// Returns the functions of this name in a formatted source, from their signatures to their closing
/// braces.
fn functions(source: &str, name: &str) -> String {
    let mut out = String::new();
    let mut lines = source.lines();
    while let Some(first) = lines.find(|line| region::function(line) == Some(name)) {
        let indent = &first[..first.len() - first.trim_start().len()];
        let end = format!("{indent}}}");
        out.push_str(&format!("{first}\n"));
        if first.ends_with('}') {
            continue;
        }
        for line in lines.by_ref() {
            out.push_str(&format!("{line}\n"));
            if line == end {
                break;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_ends_at_its_own_brace() {
        let source = "use a;\n\nimpl B {\n    /// One.\n    pub fn one(&self) -> u8 {\n        if true {\n            1\n        } else {\n            2\n        }\n    }\n\n    fn two() {}\n}\n";
        assert_eq!(
            functions(source, "one"),
            "    pub fn one(&self) -> u8 {\n        if true {\n            1\n        } else {\n            2\n        }\n    }\n"
        );
        assert_eq!(functions(source, "two"), "    fn two() {}\n");
        assert_eq!(functions(source, "three"), "");
    }
}
