//! Places in a learner's files, `path:line` from the root: of tests, and of the stub that a line
//! lies in. Terminals and editors open such a place by a click.

use crate::course::region;
use crate::course::twin::Stub;
use crate::course::{Course, Lesson};
use crate::files::{self, slashed};
use std::path::Path;

/// Finds a lesson's test by the name that the harness gives it: `sockets::a_slow_query_waits`.
///
/// Where several functions have that name, it is the one in the file that the module's name leads
/// to.
pub(crate) fn of_test(course: &Course, lesson: &Lesson, name: &str) -> Option<String> {
    let (module, function) = name.rsplit_once("::").unwrap_or(("", name));
    let module = module.rsplit("::").next().unwrap_or_default();
    let folder = course.folder(lesson);
    let mut found = Vec::new();
    for path in ["tests", "src"].iter().flat_map(|part| {
        let walk = files::walk(&folder.join(part)).unwrap_or_default();
        walk.into_iter().map(move |path| Path::new(part).join(path))
    }) {
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = files::read_lossy(&folder.join(&path)).unwrap_or_default();
        let lines = text.lines().enumerate();
        let begins = lines.filter(|(_, line)| region::function(line) == Some(function));
        let path = slashed(&path);
        let is_near = path.split(['/', '.']).any(|part| part == module);
        found.extend(begins.map(|(number, _)| (!is_near, format!("{path}:{}", number + 1))));
    }
    let (_, place) = found.into_iter().min()?;
    Some(format!("{}/{place}", course.display_path(&folder)))
}

/// Finds the stub whose function a line of the learner's file lies in: the nearest function above.
pub(crate) fn stub_at<'s>(
    course: &Course,
    lesson: &Lesson,
    stubs: &'s [Stub],
    file: &str,
    line: u32,
) -> Option<&'s Stub> {
    let path = course.root.join(file);
    let in_lesson = slashed(path.strip_prefix(course.folder(lesson)).ok()?);
    let text = files::read_lossy(&path).ok()?;
    let line = usize::try_from(line).ok()?;
    let above: Vec<&str> = text.lines().take(line).collect();
    let function = above.iter().rev().find_map(|line| region::function(line))?;
    let is_it = |stub: &&Stub| stub.function.as_deref() == Some(function);
    let near = |stub: &&Stub| stub.file == in_lesson;
    let mut stubs_of_it = stubs.iter().filter(is_it);
    stubs_of_it
        .clone()
        .find(near)
        .or_else(|| stubs_of_it.next())
}
