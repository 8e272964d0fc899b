//! `bogus`: answers that a chain of signatures should lead to, and does not. Each zone has one fault, as
//! by an attacker or by an operator's mistake; the reply is SERVFAIL.

use crate::outcome::StageError;
use crate::stub::DnssecFlags;
use crate::text::count_of;
use crate::trial::Trial;
use crate::validation_run::{Rule, ValidationRun, has_extended_error};

const SIGNATURE: &str = "RFC 4035 section 5.3.1";
const CHAIN: &str = "RFC 4035 section 5.2";

/// Without it, a server that can resolve nothing would pass.
const CONTROL: Rule = Rule::new(
    "a secure answer is given: not everything is bogus",
    "www.good.judge",
    "All signatures of good.judge hold.",
    "RFC 4035 section 5.5",
);
const NEIGHBOUR: Rule = Rule::new(
    "a bogus answer does no harm to other names of its zone",
    "mail.changed.judge",
    "Only www.changed.judge was changed after it was signed.",
    "RFC 4035 section 5.5",
);

const RULES: [Rule; 12] = [
    Rule::new(
        "an answer that was changed after it was signed is bogus",
        "www.changed.judge",
        "The signature is over another address.",
        "RFC 4035 section 5.3.3",
    ),
    Rule::new(
        "an answer with an expired signature is bogus",
        "www.expired.judge",
        "The zone's signatures were valid in 2020.",
        SIGNATURE,
    ),
    Rule::new(
        "an answer with a signature from the future is bogus",
        "www.future.judge",
        "The zone's signatures will be valid in 2079.",
        SIGNATURE,
    ),
    Rule::new(
        "an answer without a signature is bogus in a signed zone",
        "www.nosig.judge",
        "The other RRsets of nosig.judge have signatures; without one, anybody could have made this answer.",
        "RFC 4035 section 5",
    ),
    Rule::new(
        "a zone whose server sends no signatures is bogus, if it has a DS record",
        "www.stripped.judge",
        "The DS record of stripped.judge is signed by judge: so its zone is signed, and an attacker removed all signatures.",
        CHAIN,
    ),
    Rule::new(
        "keys that no DS record matches are not trusted",
        "www.wrongds.judge",
        "The digest in the DS record is that of another key.",
        CHAIN,
    ),
    Rule::new(
        "keys that are not signed are not trusted",
        "www.unsignedkeys.judge",
        "The DS record matches a key, but nothing proves that the zone owner has published this set of keys.",
        CHAIN,
    ),
    Rule::new(
        "a key without the Zone Key flag signs nothing",
        "www.nozonekey.judge",
        "Bit 7 of the flags of its DNSKEY record is 0.",
        "RFC 4034 section 2.1.1",
    ),
    Rule::new(
        "a signature in the name of another zone is of no value",
        "www.wrongsigner.judge",
        "The signer in the RRSIG record is judge, and the name is in wrongsigner.judge.",
        SIGNATURE,
    ),
    Rule::new(
        "a denial without an NSEC record that covers the name is bogus",
        "echo-<nothing>.gap.judge",
        "An NSEC record of the zone was removed, so the name may exist.",
        "RFC 4035 section 5.4",
    ),
    Rule::new(
        "the absence of a DS record has to be proved",
        "www.child.thief.judge",
        "The referral has neither a DS record nor a proof that there is none: an attacker removed both to make the zone look unsigned.",
        CHAIN,
    ),
    Rule::new(
        "an alias is as bogus as its target",
        "tobogus.good.judge",
        "The target www.expired.judge is bogus.",
        "RFC 4035 section 5.5",
    ),
];

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ValidationRun::start(trial)?;
    let answer = run.ask(&CONTROL, DnssecFlags::NONE)?;
    run.expect_data(&CONTROL, &answer)?;
    let mut silent = 0;
    for rule in &RULES {
        // A client that knows nothing of DNSSEC is protected, too.
        for flags in [DnssecFlags::NONE, DnssecFlags::DO] {
            let answer = run.ask(rule, flags)?;
            run.expect_servfail(rule, &answer)?;
            silent += usize::from(!has_extended_error(&answer.reply));
        }
    }
    let answer = run.ask(&NEIGHBOUR, DnssecFlags::DO)?;
    run.expect_data(&NEIGHBOUR, &answer)?;
    run.expect_ad(&NEIGHBOUR, &answer, true)?;
    if silent > 0 {
        let (silent, all) = (silent, count_of(2 * RULES.len(), "bogus reply"));
        trial.advice.push(format!(
            "{silent} of {all} do not say why they are SERVFAIL. An extended DNS error does (RFC 8914), such as 7, Signature Expired."
        ));
    }
    Ok(())
}
