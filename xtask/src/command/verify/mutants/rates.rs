//! The number of wrong programs that each lesson's tests reject.

use super::Fate;
use super::candidates::{Candidate, Kind};
use crate::course::Lesson;
use crate::report::screen::{Screen, print};
use std::collections::BTreeMap;

/// The least share of wrong programs in learners' code that is rejected, in percent.
const LEAST: usize = 95;

/// Caught and tried programs.
#[derive(Debug, Default, Clone, Copy)]
struct Count {
    caught: usize,
    tried: usize,
}

impl Count {
    fn add(&mut self, is_caught: bool) {
        self.tried += 1;
        self.caught += usize::from(is_caught);
    }

    fn plus(self, other: Count) -> Count {
        Count {
            caught: self.caught + other.caught,
            tried: self.tried + other.tried,
        }
    }

    /// Returns whether enough are caught; nothing tried is enough.
    fn is_good(self) -> bool {
        100 * self.caught >= LEAST * self.tried
    }

    fn shown(self) -> String {
        let Count { caught, tried } = self;
        match (1_000 * caught).checked_div(tried) {
            Some(share) => format!("{caught} of {tried}, {}.{} %", share / 10, share % 10),
            None => "none".to_owned(),
        }
    }
}

/// The counts of one lesson.
#[derive(Debug, Default)]
struct LessonRates {
    edits: Count,
    regions: Count,
    given: Count,
    equivalent: usize,
    unviable: usize,
    faults: usize,
}

impl LessonRates {
    /// Returns the count of all wrong programs in code that learners write.
    fn learners(&self) -> Count {
        self.edits.plus(self.regions)
    }
}

/// The counts of all lessons.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<u32, LessonRates>);

impl Rates {
    /// Counts a program that was tried, and prints it if it survived.
    pub(super) fn add(&mut self, lesson: &Lesson, candidate: &Candidate, fate: &Fate) {
        let rates = self.0.entry(lesson.number).or_default();
        let count = match candidate.kind {
            Kind::Mistake | Kind::Slip | Kind::Stub => &mut rates.edits,
            Kind::Region => &mut rates.regions,
            Kind::Given => &mut rates.given,
        };
        match (fate, &candidate.equivalent) {
            (Fate::Unviable, _) => rates.unviable += 1,
            (Fate::Faulty(fault), _) => self.fault(lesson, &format!("{candidate}: {fault}")),
            (Fate::Survived, Some(_)) => rates.equivalent += 1,
            (Fate::Caught, Some(reason)) => {
                let fault =
                    format!("{candidate} is caught, though it is said to be equivalent: {reason}");
                self.fault(lesson, &fault);
            }
            (Fate::Caught, None) => count.add(true),
            (Fate::Survived, None) => {
                count.add(false);
                print(&format!("survived: {}: {candidate}\n", lesson.short()));
            }
        }
    }

    /// Prints and counts a fault of the files that describe wrong programs.
    pub(super) fn fault(&mut self, lesson: &Lesson, fault: &str) {
        self.0.entry(lesson.number).or_default().faults += 1;
        print(&format!("fault: {}: {fault}\n", lesson.short()));
    }

    /// Returns whether there are no faults, and enough programs are rejected in each lesson.
    pub(super) fn are_good(&self) -> bool {
        let mut all = self.0.values();
        all.all(|rates| rates.faults == 0 && rates.learners().is_good())
    }

    /// Returns a line for each lesson.
    pub(super) fn table(&self, lessons: &[&Lesson]) -> String {
        let screen = Screen::here();
        let heading = [
            "lesson",
            "mistakes, slips",
            "mutants of stubs",
            "of given code",
        ];
        let mut out = format!(
            "{:<14}{:<22}{:<22}{:<22}not counted\n",
            heading[0], heading[1], heading[2], heading[3]
        );
        for lesson in lessons {
            let none = LessonRates::default();
            let rates = self.0.get(&lesson.number).unwrap_or(&none);
            let name = format!("{:>2} {}", lesson.number, lesson.topic);
            let line = format!(
                "{name:<14}{:<22}{:<22}{:<22}{} equivalent, {} that do not compile",
                rates.edits.shown(),
                rates.regions.shown(),
                rates.given.shown(),
                rates.equivalent,
                rates.unviable
            );
            let is_good = rates.learners().is_good() && rates.faults == 0;
            out.push_str(&match is_good {
                true => screen.green(&line),
                false => screen.red(&format!("{line}  ✗")),
            });
            out.push('\n');
        }
        out.push_str(&format!(
            "Mistakes, slips and mutants of stubs together: at least {LEAST} % of each lesson must be rejected.\n"
        ));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_good_from_95_percent_on() {
        for (caught, tried, is_good, shown) in [
            (95, 100, true, "95 of 100, 95.0 %"),
            (94, 100, false, "94 of 100, 94.0 %"),
            (19, 20, true, "19 of 20, 95.0 %"),
            (2, 3, false, "2 of 3, 66.6 %"),
            (0, 0, true, "none"),
        ] {
            let count = Count { caught, tried };
            assert_eq!((count.is_good(), count.shown().as_str()), (is_good, shown));
        }
    }
}
