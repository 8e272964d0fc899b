//! The signed mini-Internet: each of its cases has to have the status that the lab says.

use std::sync::Arc;

use chase::{Resolver, Security, Trace};
use crypto::Ring;
use dnsparse::Question;
use iterate::root_hints;
use lab::Lab;
use lab::signed::{CASES, Case, NOW, Status};
use negative::SharedCache;
use programs::dnssec::clock::Clock;
use programs::dnssec::setup::lab_anchors;
use programs::dnssec::trust_state::{TrustSettings, TrustState};
use programs::dnssec::validator::Validator;
use trust::exceptions::Exceptions;

/// Makes a validator of the signed mini-Internet with empty caches.
pub(crate) fn validator(
    lab: &Lab,
    exceptions: Exceptions,
    aggressive_nsec: bool,
) -> Validator<Lab, SharedCache, chase::InOrder> {
    validator_and_state(lab, exceptions, aggressive_nsec).0
}

/// The same, with the state that it shares.
pub(crate) fn validator_and_state(
    lab: &Lab,
    exceptions: Exceptions,
    aggressive_nsec: bool,
) -> (Validator<Lab, SharedCache, chase::InOrder>, Arc<TrustState>) {
    let state = TrustState::new(TrustSettings {
        anchors: lab_anchors(),
        exceptions,
        clock: Clock::set_to(NOW),
        aggressive_nsec,
        capacity: 10_000,
        crypto: Arc::new(Ring),
    });
    let cache = SharedCache::new(root_hints(), 10_000);
    let resolver = Resolver::new(lab.clone(), cache).with_signatures(state.keeper());
    let validator = Validator::new(Arc::new(resolver), Arc::clone(&state));
    (validator, state)
}

/// Returns what is wrong with the status of a case, if anything is.
async fn fault(
    case: &Case,
    validator: &Validator<Lab, SharedCache, chase::InOrder>,
) -> Option<String> {
    let mut trace = Trace::default();
    let question = Question {
        qtype: case.qtype,
        ..query::question(case.qname, "A").expect(case.qname)
    };
    let resolution = validator.resolve(&question, &mut trace).await;
    let expected = match case.status {
        Status::Secure => Security::Secure,
        Status::Insecure => Security::Insecure,
        Status::Bogus => Security::Bogus,
    };
    let found = resolution.dnssec.as_ref().map(|dnssec| dnssec.security);
    (found != Some(expected)).then(|| {
        let Case {
            qname,
            qtype,
            reason,
            ..
        } = case;
        format!("{qname} {qtype} ({reason}): {found:?} instead of {expected:?}\n{trace}\n")
    })
}

/// With empty caches for each case, and once more with those that all cases have filled.
#[tokio::test(start_paused = true)]
async fn each_case_of_the_lab_has_its_status() {
    let lab = Lab::signed_internet();
    let validator = || validator(&lab, Exceptions::default(), true);
    let (common, mut faults) = (validator(), Vec::new());
    for case in CASES {
        faults.extend(fault(case, &validator()).await);
        faults.extend(fault(case, &common).await);
        faults.extend(fault(case, &common).await);
    }
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn an_alias_that_a_dname_record_makes_may_be_excepted() {
    let lab = Lab::signed_internet();
    let exception = "www.old.dnssec.test@2100-01-01".parse().unwrap();
    let validator = validator(&lab, Exceptions::new([exception]), false);
    for (name, expected) in [
        ("www.old.dnssec.test", Security::Insecure),
        ("nosuch.old.dnssec.test", Security::Secure),
    ] {
        let (question, mut trace) = (query::question(name, "A").unwrap(), Trace::default());
        let resolution = validator.resolve(&question, &mut trace).await;
        let security = resolution.dnssec.map(|it| it.security);
        assert_eq!(security, Some(expected), "{name}; {trace}");
    }
}
