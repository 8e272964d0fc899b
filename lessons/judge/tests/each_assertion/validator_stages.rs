//! A test for each of the stages about validation: faults of a server, the rules that they violate, and
//! the facts that the report names.

use judge::report;
use judge::subject::Subject;
use judge::trial::Trial;

use crate::minimal::server::{MinimalServer, ServerFault};
use crate::server_stages::each_reply_can_fail;
use crate::{require_addresses, server_faults, settings, stage};

/// The rules of the stage `secure`, in the order of its queries.
const SECURE: [&str; 15] = [
    "an answer that a chain of signatures leads to is secure",
    "an answer below one delegation is secure",
    "signatures with RSA and SHA-256 are validated",
    "an alias is secure if both ends are",
    "records made from a wildcard are secure, with the proof that the name itself does not exist",
    "the denial of a name is secure",
    "the denial of a type is secure",
    "the denial at an empty non-terminal is secure",
    "a name of a zone with NSEC3 is secure",
    "the denial of a name with NSEC3 is secure",
    "the keys of a zone are secure",
    "a DS record is secure: it is in the zone above",
    "a query with AD and without DO gets AD",
    "a query without AD and DO gets no AD",
    "a query with AD and without DO gets AD",
];

#[test]
fn each_query_is_checked_by_secure() {
    each_reply_can_fail("secure", &SECURE);
}

#[test]
fn secure_reports_each_fault() {
    let rules = SECURE.iter().enumerate();
    let with_ad = rules.filter(|(_, rule)| !rule.contains("gets no AD"));
    let mut cases: Vec<_> = with_ad
        .map(|(number, rule)| (ServerFault::NthWithoutAd(number), *rule, ": AD 0"))
        .collect();
    cases.extend([
        (ServerFault::NoNsec3, SECURE[9], "SERVFAIL and no records"),
        (ServerFault::AdWithDoOnly, SECURE[12], "AD 0"),
        (ServerFault::AlwaysAd, SECURE[13], "AD 1"),
        (
            ServerFault::ServfailForAll,
            SECURE[0],
            "SERVFAIL and no records",
        ),
    ]);
    server_faults("secure", &cases);
}

#[test]
fn rrsigs_reports_each_fault() {
    let plain = "a query without DO gets no signature and no proof";
    server_faults(
        "rrsigs",
        &[
            (
                ServerFault::NoRrsigs,
                "a query with DO gets the signatures of the answer",
                "in reply to www.good.judge. A: no such record",
            ),
            (
                ServerFault::DoNotCopied,
                "DO is copied into the reply",
                "DO 0",
            ),
            (
                ServerFault::NoProof,
                "a query with DO gets the proof of a denial",
                "no such records",
            ),
            (
                ServerFault::NoSoaSignature,
                "a query with DO gets the signature of the SOA record",
                "no such record",
            ),
            (
                ServerFault::NoWildcardProof,
                "a query with DO gets the proof that a wildcard applies",
                "no such record",
            ),
            (ServerFault::RrsigsForAll, plain, "RRSIG\tA 13 "),
            (ServerFault::ProofForAll, plain, "\tNSEC\t"),
            (
                ServerFault::PlainAnswerForAll,
                "a query with DO gets signatures, also if the answer is cached from a query without DO",
                "in reply to www.rsa.judge. A: no such record",
            ),
        ],
    );
}

#[test]
fn bogus_reports_each_fault() {
    let changed = "an answer that was changed after it was signed is bogus";
    let kinds = [
        ("changed.judge", changed),
        (
            "expired.judge",
            "an answer with an expired signature is bogus",
        ),
        (
            "future.judge",
            "an answer with a signature from the future is bogus",
        ),
        (
            "nosig.judge",
            "an answer without a signature is bogus in a signed zone",
        ),
        (
            "stripped.judge",
            "a zone whose server sends no signatures is bogus, if it has a DS record",
        ),
        (
            "wrongds.judge",
            "keys that no DS record matches are not trusted",
        ),
        (
            "unsignedkeys.judge",
            "keys that are not signed are not trusted",
        ),
        (
            "nozonekey.judge",
            "a key without the Zone Key flag signs nothing",
        ),
        (
            "wrongsigner.judge",
            "a signature in the name of another zone is of no value",
        ),
        (
            "gap.judge",
            "a denial without an NSEC record that covers the name is bogus",
        ),
        (
            "child.thief.judge",
            "the absence of a DS record has to be proved",
        ),
        ("tobogus.good.judge", "an alias is as bogus as its target"),
    ];
    let accepts = |(zone, rule)| {
        let fact = match zone {
            "gap.judge" => "NXDOMAIN and no records",
            _ => "NOERROR and\n  ",
        };
        (ServerFault::AcceptsBogus(zone), rule, fact)
    };
    let mut cases: Vec<_> = kinds.into_iter().map(accepts).collect();
    cases.extend([
        (
            ServerFault::ServfailForAll,
            "a secure answer is given: not everything is bogus",
            "SERVFAIL and no records",
        ),
        (
            ServerFault::ServfailForZone("changed.judge"),
            "a bogus answer does no harm to other names of its zone",
            "SERVFAIL and no records",
        ),
        (ServerFault::ServfailWithAd, changed, "AD 1"),
        (
            ServerFault::ServfailWithData,
            changed,
            "SERVFAIL and\n  www.changed.judge.",
        ),
    ]);
    server_faults("bogus", &cases);
}

/// An extended error is advised, and no condition: the minimal server has none.
#[test]
fn bogus_replies_without_an_extended_error_pass_with_advice() {
    if !require_addresses() {
        return;
    }
    let server = MinimalServer {
        fault: None,
        by_default: false,
    };
    let subject = Subject {
        client: None,
        server: Some(&server),
    };
    let mut trial = Trial::new(&subject, settings(), "bogus");
    let result = (stage("bogus").run)(&mut trial);
    assert_eq!(result, Ok(()), "the stage");
    let text = report::advice(&trial.advice);
    assert!(
        text.starts_with("   advice    24 of 24 bogus replies do not say why they are SERVFAIL."),
        "the advice: {text:?}"
    );
}

#[test]
fn insecure_reports_each_fault() {
    let plain = "an answer from an unsigned zone is given without AD";
    let kinds = [
        ("www.plain.judge", plain),
        ("plain.judge", plain),
        ("hosts", "an unsigned top-level domain is no reason to fail"),
        (
            "island.judge",
            "signatures without a DS record in the zone above prove nothing",
        ),
        (
            "alien.judge",
            "a zone with unknown algorithms alone counts as unsigned",
        ),
        (
            "strange.judge",
            "a zone with unknown digest types alone counts as unsigned",
        ),
        (
            "toplain.good.judge",
            "a secure alias of an insecure name is insecure",
        ),
    ];
    let refuses = |(zone, rule)| {
        (
            ServerFault::InsecureIsBogus(zone),
            rule,
            "SERVFAIL and no records",
        )
    };
    let mut cases: Vec<_> = kinds.into_iter().map(refuses).collect();
    cases.push((ServerFault::AdOnInsecure, plain, "AD 1"));
    server_faults("insecure", &cases);
    each_reply_can_fail(
        "insecure",
        &[plain, "a denial from an unsigned zone is given without AD"],
    );
}

#[test]
fn cd_reports_each_fault() {
    server_faults(
        "cd",
        &[
            (
                ServerFault::WrongNthReply(0),
                "a query with CD gets secure data as well",
                "; the correct RCODE is NOERROR",
            ),
            (
                ServerFault::CdIgnored,
                "a query with CD gets the data that fails validation",
                "SERVFAIL and no records",
            ),
            (
                ServerFault::CdGetsAd,
                "data that fails validation has no AD",
                "AD 1",
            ),
            (
                ServerFault::CdNotCopied,
                "CD is copied into the reply",
                "CD 0",
            ),
            (
                ServerFault::CdAnswerForAll,
                "the answer to a query with CD is not passed on to a client without CD",
                "NOERROR and\n  www.expired.judge.",
            ),
            (
                ServerFault::CdFindsServfail,
                "after SERVFAIL, a query with CD gets the data",
                "SERVFAIL and no records",
            ),
        ],
    );
}
