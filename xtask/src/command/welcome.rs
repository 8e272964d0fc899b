//! `cargo xtask` alone: the most used commands.

use crate::course::Course;
use crate::report::screen::{Screen, print};
use anyhow::Result;

/// Prints a short list of commands, and the lessons.
pub(crate) fn run(course: &Course) -> Result<bool> {
    let screen = Screen::here();
    let text = format!(
        "A course in Rust: a DNS client and a recursive resolver, one lesson at a time.\n\n\
         {commands}\n  \
           cargo xtask check lesson-1    run a lesson's tests and explain their results\n  \
           cargo xtask hint lesson-1     a hint on the next problem, clearer each time\n  \
           cargo xtask diff lesson-1     show your files beside the solution's\n  \
           cargo xtask reset lesson-1    put the stubs back in place; your files are kept\n  \
           cargo xtask skip lesson-1     put the solution in place; your files are kept\n  \
           cargo xtask progress          show how far you are\n\n\
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
