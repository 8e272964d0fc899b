//! The lessons on a command line: one, several, a range, or all.

use crate::course::{Course, Lesson, UsageError};
use anyhow::Result;
use clap::Args;

/// The lesson that a command applies to.
#[derive(Args)]
pub(crate) struct LessonArgs {
    /// lesson-3, 3, show, or a path in its folder; by default the first that is not passed
    /// (verify: all)
    #[arg(index = 1)]
    lesson: Option<String>,
    #[arg(index = 2, hide = true)]
    more: Vec<String>,
}

impl LessonArgs {
    /// Returns the lesson's name, and refuses two.
    pub(crate) fn lesson(&self) -> Result<Option<&str>> {
        let Some(more) = self.more.first() else {
            return Ok(self.lesson.as_deref());
        };
        let lesson = self.lesson.as_deref().unwrap_or_default();
        let text = format!(
            "{lesson:?} and {more:?} are two lessons, and this command takes one.\nNext: cargo xtask --help"
        );
        Err(UsageError(text).into())
    }
}

/// The lessons whose files a command changes. None is chosen by default.
#[derive(Args)]
pub(crate) struct LessonsArgs {
    /// lesson-3, 3, show; several; or a range: 1-5
    #[arg(index = 1)]
    lesson: Vec<String>,
    /// Every lesson
    #[arg(long, conflicts_with = "lesson")]
    all: bool,
}

impl LessonsArgs {
    /// Returns the lessons, in order.
    ///
    /// # Errors
    /// [`UsageError`] for a name that no lesson has, and if there is none at all.
    pub(crate) fn lessons<'c>(&self, course: &'c Course, command: &str) -> Result<Vec<&'c Lesson>> {
        if self.all {
            return Ok(course.lessons.iter().collect());
        }
        if self.lesson.is_empty() {
            return Err(course.lesson_needed(command).into());
        }
        let mut lessons: Vec<&Lesson> = Vec::new();
        for name in &self.lesson {
            match range(course, name)? {
                Some(range) => lessons.extend(range),
                None => lessons.push(course.lesson(name)?),
            }
        }
        lessons.sort();
        lessons.dedup();
        Ok(lessons)
    }
}

/// Returns the lessons of a range: `1-5`, `lesson-1-lesson-5`, `query-serve`. A name that a lesson
/// has is no range.
fn range<'c>(course: &'c Course, text: &str) -> Result<Option<Vec<&'c Lesson>>> {
    if course.lesson(text).is_ok() {
        return Ok(None);
    }
    let halves = text.match_indices('-').find_map(|(at, _)| {
        let (first, last) = (text.get(..at)?, text.get(at + 1..)?);
        Some((course.lesson(first).ok()?, course.lesson(last).ok()?))
    });
    let Some((first, last)) = halves else {
        return Ok(None);
    };
    if first.number > last.number {
        let (first, last) = (first.number, last.number);
        let text = format!(
            "{text:?} is a range from back to front.\nNext: cargo xtask skip {last}-{first}"
        );
        return Err(UsageError(text).into());
    }
    let numbers = first.number..=last.number;
    let lessons = course.lessons.iter();
    Ok(Some(
        lessons
            .filter(|one| numbers.contains(&one.number))
            .collect(),
    ))
}
