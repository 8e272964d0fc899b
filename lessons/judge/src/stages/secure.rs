//! `secure`: answers that a chain of signatures leads to, from the trust anchor down. The reply has AD
//! if the client has set AD or DO.

use dnsparse::RecordType;

use crate::outcome::StageError;
use crate::stub::DnssecFlags;
use crate::trial::Trial;
use crate::validation_run::{Rule, ValidationRun};

const AD: &str = "RFC 4035 section 3.2.3";
const FLAGS: &str = "RFC 6840 section 5.8";

/// Secure answers of each kind.
const RULES: [Rule; 12] = [
    Rule::new(
        "an answer that a chain of signatures leads to is secure",
        "www.good.judge",
        "The root, judge and good.judge are signed with P-256 (algorithm 13), and each DS record matches.",
        AD,
    ),
    Rule::new(
        "an answer below one delegation is secure",
        "www.judge",
        "The root and judge are signed, and the DS record matches.",
        AD,
    ),
    Rule::new(
        "signatures with RSA and SHA-256 are validated",
        "www.rsa.judge",
        "The zone is signed with RSASHA256 (algorithm 8).",
        "RFC 9904 section 3",
    ),
    Rule::new(
        "an alias is secure if both ends are",
        "far.good.judge",
        "Both the alias in good.judge and its target in rsa.judge are signed.",
        AD,
    ),
    Rule::new(
        "records made from a wildcard are secure, with the proof that the name itself does not exist",
        "<any>.wild.good.judge",
        "The signature is over *.wild.good.judge, as its Labels field shows, and an NSEC record covers the name.",
        "RFC 4035 section 5.3.4",
    ),
    Rule::new(
        "the denial of a name is secure",
        "<nothing>.good.judge",
        "NSEC records cover the name and the wildcard.",
        "RFC 4035 section 5.4",
    ),
    Rule::new(
        "the denial of a type is secure",
        "www.good.judge",
        "The NSEC record of the name does not list the type.",
        "RFC 4035 section 5.4",
    )
    .of_type(RecordType::TXT),
    Rule::new(
        "the denial at an empty non-terminal is secure",
        "twig.good.judge",
        "An NSEC record leads to a name below it.",
        "RFC 4035 section 5.4",
    ),
    Rule::new(
        "a name of a zone with NSEC3 is secure",
        "www.hashed.judge",
        "The zone is signed; NSEC3 matters for denials alone.",
        AD,
    ),
    Rule::new(
        "the denial of a name with NSEC3 is secure",
        "<nothing>.hashed.judge",
        "An NSEC3 record matches the closest encloser, and others cover the next closer name and the wildcard.",
        "RFC 5155 section 8.4",
    ),
    Rule::new(
        "the keys of a zone are secure",
        "good.judge",
        "A key that the DS record matches has signed them.",
        "RFC 4035 section 5.2",
    )
    .of_type(RecordType::DNSKEY),
    Rule::new(
        "a DS record is secure: it is in the zone above",
        "good.judge",
        "The servers of judge have it, with its signature.",
        "RFC 4035 section 5.2",
    )
    .of_type(RecordType::DS),
];

/// The same question with different flags.
const ASKED: Rule = Rule::new(
    "a query with AD and without DO gets AD",
    "near.good.judge",
    "The answer is secure, and the client has set AD to learn that.",
    "RFC 6840 section 5.7",
);
const NOT_ASKED: Rule = Rule::new(
    "a query without AD and DO gets no AD",
    "near.good.judge",
    "The answer is secure, and the client has not asked for AD: it may be one that AD confuses.",
    FLAGS,
);

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ValidationRun::start(trial)?;
    for rule in &RULES {
        let answer = run.ask(rule, DnssecFlags::DO)?;
        run.expect_data(rule, &answer)?;
        run.expect_ad(rule, &answer, true)?;
    }
    for (rule, flags, ad) in [
        (&ASKED, DnssecFlags::AD, true),
        (&NOT_ASKED, DnssecFlags::NONE, false),
        (&ASKED, DnssecFlags::AD, true),
    ] {
        let answer = run.ask(rule, flags)?;
        run.expect_data(rule, &answer)?;
        run.expect_ad(rule, &answer, ad)?;
    }
    Ok(())
}
