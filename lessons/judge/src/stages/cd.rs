//! `cd`: checking disabled. A client that validates by itself, or looks for the fault, gets the data as
//! it is; other clients are protected all the same.

use crate::outcome::StageError;
use crate::stub::DnssecFlags;
use crate::trial::Trial;
use crate::validation_run::{Answer, Rule, ValidationRun};

const CD: &str = "RFC 4035 section 3.2.2";
const DATA: &str = "a query with CD gets the data that fails validation";

const RULES: [Rule; 4] = [
    Rule::new(DATA, "www.expired.judge", "The client has set CD.", CD),
    Rule::new(DATA, "www.changed.judge", "The client has set CD.", CD),
    Rule::new(DATA, "www.nosig.judge", "The client has set CD.", CD),
    Rule::new(DATA, "www.wrongds.judge", "The client has set CD.", CD),
];
const NOT_SECURE: &str = "data that fails validation has no AD";
const COPIED: &str = "CD is copied into the reply";
const PROTECTED: &str = "the answer to a query with CD is not passed on to a client without CD";
const BACK: &str = "after SERVFAIL, a query with CD gets the data";
const GOOD: Rule = Rule::new(
    "a query with CD gets secure data as well",
    "www.good.judge",
    "CD is no reason to fail.",
    CD,
);

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ValidationRun::start(trial)?;
    let answer = run.ask(&GOOD, DnssecFlags::CD)?;
    run.expect_data(&GOOD, &answer)?;
    for rule in &RULES {
        expect_bogus_data(&mut run, rule)?;
        let protected = Rule {
            text: PROTECTED,
            why: "The answer is bogus: the cache has to keep the two kinds of clients apart.",
            rfc: "RFC 4035 section 4.7",
            ..*rule
        };
        let answer = run.ask(&protected, DnssecFlags::NONE)?;
        run.expect_servfail(&protected, &answer)?;
        expect_bogus_data(
            &mut run,
            &Rule {
                text: BACK,
                ..*rule
            },
        )?;
    }
    Ok(())
}

fn expect_bogus_data(run: &mut ValidationRun, rule: &Rule) -> Result<Answer, StageError> {
    let answer = run.ask(rule, DnssecFlags::CD)?;
    run.expect_data(rule, &answer)?;
    let why = "The answer is bogus.";
    let not_secure = Rule {
        text: NOT_SECURE,
        why,
        ..*rule
    };
    run.expect_ad(&not_secure, &answer, false)?;
    let copied = Rule {
        text: COPIED,
        why: "CD 1",
        ..*rule
    };
    run.expect(&copied, &answer, answer.reply.header.cd, "CD 0")?;
    Ok(answer)
}
