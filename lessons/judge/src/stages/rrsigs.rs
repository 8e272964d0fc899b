//! `rrsigs`: clients with DO get signatures and proofs, to validate by themselves, and other
//! clients get none.

use dnsparse::RecordType;

use crate::outcome::StageError;
use crate::stub::DnssecFlags;
use crate::trial::Trial;
use crate::validation_run::{Rule, ValidationRun, dnssec_record, has_signature};

const DO: &str = "RFC 4035 section 3.2.1";

const ANSWER: Rule = Rule::new(
    "a query with DO gets the signatures of the answer",
    "www.good.judge",
    "an RRSIG record over A in the answer section",
    DO,
);
const COPIED: Rule = Rule::new(
    "DO is copied into the reply",
    "www.good.judge",
    "DO 1",
    "RFC 3225 section 3",
);
const DENIAL: Rule = Rule::new(
    "a query with DO gets the proof of a denial",
    "<nothing>.good.judge",
    "NSEC and RRSIG records in the authority section",
    "RFC 4035 section 3.1.3.2",
);
const SOA: Rule = Rule::new(
    "a query with DO gets the signature of the SOA record",
    "<nothing>.good.judge",
    "an RRSIG record over SOA in the authority section",
    DO,
);
const WILDCARD: Rule = Rule::new(
    "a query with DO gets the proof that a wildcard applies",
    "<any>.wild.good.judge",
    "an NSEC record in the authority section: it shows that the name itself does not exist",
    "RFC 4035 section 3.1.3.3",
);
const NONE: Rule = Rule::new(
    "a query without DO gets no signature and no proof",
    "www.good.judge",
    "no RRSIG, NSEC or NSEC3 record",
    DO,
);
const NO_PROOF: Rule = Rule {
    qname: "<nothing>.good.judge",
    ..NONE
};
const FIRST_PLAIN: Rule = Rule {
    qname: "www.rsa.judge",
    ..NONE
};
const THEN_SIGNED: Rule = Rule {
    qname: "www.rsa.judge",
    text: "a query with DO gets signatures, also if the answer is cached from a query without DO",
    ..ANSWER
};

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ValidationRun::start(trial)?;
    with_dnssec_ok(&mut run)?;
    // Their answers are cached by now, with their signatures.
    for rule in [&NONE, &NO_PROOF, &FIRST_PLAIN] {
        let answer = run.ask(rule, DnssecFlags::NONE)?;
        run.expect_data(rule, &answer)?;
        let got = dnssec_record(&answer.reply).map(ToString::to_string);
        run.expect(rule, &answer, got.is_none(), &got.unwrap_or_default())?;
    }
    let answer = run.ask(&THEN_SIGNED, DnssecFlags::DO)?;
    let is_signed = has_signature(&answer.reply.answers, RecordType::A);
    run.expect(&THEN_SIGNED, &answer, is_signed, "no such record")
}

fn with_dnssec_ok(run: &mut ValidationRun) -> Result<(), StageError> {
    let answer = run.ask(&ANSWER, DnssecFlags::DO)?;
    run.expect_data(&ANSWER, &answer)?;
    let is_signed = has_signature(&answer.reply.answers, RecordType::A);
    run.expect(&ANSWER, &answer, is_signed, "no such record")?;
    let edns = answer.reply.edns.as_ref();
    let is_copied = edns.is_some_and(|edns| edns.do_bit);
    run.expect(&COPIED, &answer, is_copied, "DO 0")?;
    let answer = run.ask(&DENIAL, DnssecFlags::DO)?;
    run.expect_data(&DENIAL, &answer)?;
    let authorities = &answer.reply.authorities;
    let is_proved = has_signature(authorities, RecordType::NSEC)
        && authorities.iter().any(|it| it.rtype() == RecordType::NSEC);
    run.expect(&DENIAL, &answer, is_proved, "no such records")?;
    let is_signed = has_signature(authorities, RecordType::SOA);
    run.expect(&SOA, &answer, is_signed, "no such record")?;
    let answer = run.ask(&WILDCARD, DnssecFlags::DO)?;
    run.expect_data(&WILDCARD, &answer)?;
    let mut authorities = answer.reply.authorities.iter();
    let is_proved = authorities.any(|it| it.rtype() == RecordType::NSEC);
    run.expect(&WILDCARD, &answer, is_proved, "no such record")
}
