//! `cargo xtask` alone: what there is to do.

use crate::course::Course;
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// A short list of commands, and of the lessons.
pub(crate) fn run(course: &Course) -> Result<bool> {
    let screen = Screen::here();
    let text = format!(
        "A course in Rust: a DNS client and a recursive server, one lesson at a time.\n\n\
         {commands}\n  \
           cargo xtask check lesson-1    run a lesson's tests and explain what they say\n  \
           cargo xtask hint lesson-1     a hint for what fails now; each time a clearer one\n  \
           cargo xtask diff lesson-1     your files beside the solution's\n  \
           cargo xtask reset lesson-1    the stubs back in place; your files are kept\n  \
           cargo xtask skip lesson-1     the solution in place; your files are kept\n  \
           cargo xtask progress          how far you are\n\n\
         {lessons}\n{list}\n\
         More: cargo xtask --help\n{next}",
        commands = screen.bold("Commands"),
        lessons = screen.bold("Lessons"),
        list = course.list(),
        next = screen.next("cargo xtask check lesson-1"),
    );
    print(&text);
    Ok(true)
}
