//! `list`: the lessons, each with the chapter to read.

use crate::course::{Course, Lesson};
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// Prints a line for each lesson: number, topic, title, chapter.
pub(crate) fn run(course: &Course) -> Result<bool> {
    let screen = Screen::here();
    let width = |text: fn(&Course, &Lesson) -> String| {
        let texts = course.lessons.iter().map(|lesson| text(course, lesson));
        texts.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let topics = width(|_, lesson| lesson.topic.clone());
    let titles = width(|course, lesson| course.title(lesson));
    let line = |lesson: &Lesson| {
        let (number, topic, title) = (lesson.number, &lesson.topic, course.title(lesson));
        let chapter = course.folder(lesson).join("README.md");
        let chapter = screen.faint(&course.display_path(&chapter));
        format!("  {number:>2}  {topic:topics$}  {title:titles$}  {chapter}\n")
    };
    let lines: String = course.lessons.iter().map(line).collect();
    print(&format!("{lines}\n{}", screen.next("cargo xtask progress")));
    Ok(true)
}
