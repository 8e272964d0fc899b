//! `insecure`: zones from which on nothing is signed, and it is proved that nothing has to be. Their
//! answers are given, without AD.

use crate::outcome::StageError;
use crate::stub::DnssecFlags;
use crate::trial::Trial;
use crate::validation_run::{Rule, ValidationRun};

const INSECURE: &str = "RFC 4035 section 4.3";

const RULES: [Rule; 7] = [
    Rule::new(
        "an answer from an unsigned zone is given without AD",
        "www.plain.judge",
        "plain.judge has no DS record, and an NSEC record of judge proves it.",
        INSECURE,
    ),
    Rule::new(
        "a denial from an unsigned zone is given without AD",
        "<nothing>.plain.judge",
        "plain.judge has no DS record, and an NSEC record of judge proves it.",
        INSECURE,
    ),
    Rule::new(
        "an unsigned top-level domain is no reason to fail",
        "www.hosts",
        "hosts has no DS record, and an NSEC record of the root proves it.",
        INSECURE,
    ),
    Rule::new(
        "signatures without a DS record in the zone above prove nothing",
        "www.island.judge",
        "island.judge is signed, and an NSEC record of judge proves that it has no DS record: an island of security.",
        INSECURE,
    ),
    Rule::new(
        "a zone with unknown algorithms alone counts as unsigned",
        "www.alien.judge",
        "Its only DS record has algorithm 200, which is not assigned.",
        "RFC 4035 section 5.2",
    ),
    Rule::new(
        "a zone with unknown digest types alone counts as unsigned",
        "www.strange.judge",
        "Its only DS record has digest type 200, which is not assigned.",
        "RFC 6840 section 5.2",
    ),
    Rule::new(
        "a secure alias of an insecure name is insecure",
        "toplain.good.judge",
        "The alias is signed; its target www.plain.judge is not.",
        "RFC 4035 section 3.2.3",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ValidationRun::start(trial)?;
    for rule in &RULES {
        let answer = run.ask(rule, DnssecFlags::DO)?;
        run.expect_data(rule, &answer)?;
        run.expect_ad(rule, &answer, false)?;
    }
    Ok(())
}
