//! `check [LESSON]`: runs a lesson's tests and explains their results.

use crate::command::quiz;
use crate::command::{open, progress};
use crate::course::Course;
use crate::course::state;
use crate::report::Reporter;
use crate::report::screen::{Screen, print};
use crate::verdict::build::Cargo;
use crate::verdict::{self, Verdict};
use anyhow::Result;

/// Checks a lesson; without a name, the first that is not passed. With `open` it opens the first
/// place to correct in an editor. After a pass it asks a question, unless `no_question`. Returns
/// whether the lesson is passed.
pub(crate) fn run(
    course: &Course,
    lesson: Option<&str>,
    open: bool,
    no_question: bool,
) -> Result<bool> {
    let screen = Screen::here();
    let cargo = Cargo {
        course,
        target: None,
        colour: screen.colour,
        quiet: false,
    };
    let verdict = match lesson {
        Some(name) => verdict::judge(cargo, course.lesson(name)?)?,
        None => verdict::first_not_passed(cargo)?,
    };
    let is_red = verdict.tests.is_ok() && !verdict.all_pass();
    let first_red = is_red && state::explain_red_once(course);
    let reporter = Reporter { course, screen };
    print(&reporter.report(&verdict, first_red));
    keep_for_guide(course, &verdict);
    let may_ask = verdict.passed() && !no_question && quiz::can_ask();
    if may_ask && quiz::run(course, &verdict.lesson, screen)? {
        print("\n");
    }
    print(&reporter.next(&verdict));
    if open && let Some(place) = open::run(course, &verdict)? {
        print(&format!("Opened: {place}\n"));
    }
    Ok(verdict.passed())
}

/// The width of a report on the guide's page, in columns.
const GUIDE_WIDTH: usize = 100;

/// Stores report and standing, for the page of the guide that shows where a learner stands.
fn keep_for_guide(course: &Course, verdict: &Verdict) {
    let screen = Screen {
        width: GUIDE_WIDTH,
        colour: false,
    };
    let reporter = Reporter { course, screen };
    let report = reporter.report(verdict, false) + &reporter.next(verdict);
    state::store_report(course, &verdict.lesson, verdict.passed(), &report);
    progress::keep(course, verdict);
}
