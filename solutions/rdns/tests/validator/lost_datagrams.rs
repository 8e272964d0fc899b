//! Lost datagrams and servers that were down for a while: a resolver that then asks without EDNS gets no
//! signatures, and must not take that for an attack.

use std::sync::Arc;

use chase::{Resolution, Resolver, Trace};
use crypto::Ring;
use dnsparse::{Name, Question};
use iterate::root_hints;
use lab::signed::{CASES, NOW, Status};
use lab::{Lab, no_reply, repeat};
use negative::SharedCache;
use network::Via;
use programs::dnssec::clock::Clock;
use programs::dnssec::setup::lab_anchors;
use programs::dnssec::trust_state::{TrustSettings, TrustState};
use programs::dnssec::validator::Validator;
use select::{AddressPolicy, Selector};
use trust::exceptions::Exceptions;

use crate::status;

/// A validator whose resolver keeps the state of each server (lesson 11).
struct Setup {
    lab: Lab,
    validator: Validator<Lab, SharedCache, Selector>,
    trace: Trace,
}

impl Setup {
    fn new() -> Setup {
        let lab = Lab::signed_internet();
        let state = TrustState::new(TrustSettings {
            anchors: lab_anchors(),
            exceptions: Exceptions::default(),
            clock: Clock::set_to(NOW),
            aggressive_nsec: false,
            capacity: 10_000,
            crypto: Arc::new(Ring),
        });
        let cache = SharedCache::new(root_hints(), 10_000);
        let resolver = Resolver::new(lab.clone(), cache)
            .with_signatures(state.keeper())
            .with_selection(Selector::new(AddressPolicy::default()));
        Setup {
            validator: Validator::new(Arc::new(resolver), state),
            lab,
            trace: Trace::default(),
        }
    }

    async fn resolve(&mut self, question: &Question) -> Resolution {
        self.trace = Trace::default();
        self.validator.resolve(question, &mut self.trace).await
    }

    /// Returns what is wrong with the status of an answer that has to be secure, if anything is.
    async fn fault(&mut self, question: &Question) -> Option<String> {
        let status = status(&self.resolve(question).await);
        let Question { qname, qtype, .. } = question;
        (status != "Secure").then(|| format!("{qname} {qtype}: {status}\n{}", self.trace))
    }

    /// Has no server reply while names are searched for that are not cached, and all of them afterwards.
    async fn outage(&mut self) {
        for host in self.lab.hosts() {
            self.lab
                .script(host.address, Via::Udp, [repeat(no_reply())]);
        }
        for round in 0..4 {
            for question in secure_questions() {
                let qname = format!("outage{round}.{}", question.qname);
                let qname = qname.parse().expect("a name");
                self.resolve(&Question { qname, ..question }).await;
            }
        }
        for host in self.lab.hosts() {
            self.lab.script(host.address, Via::Udp, []);
        }
    }
}

/// Returns the questions whose answers are secure.
fn secure_questions() -> impl Iterator<Item = Question> {
    let cases = CASES.iter().filter(|case| case.status == Status::Secure);
    cases.map(|case| Question {
        qtype: case.qtype,
        ..query::question(case.qname, "A").expect(case.qname)
    })
}

/// Some zones of the lab have no proof that a name is not a zone of its own, or none that counts. There,
/// an answer without signatures has another status, and is not asked for again.
const WITHOUT_PROOF: [&str; 2] = ["iterations.dnssec.test.", "no-ds-proof.dnssec.test."];

/// The root and some TLDs have so many servers that a search would end before each has lost a query.
#[tokio::test(start_paused = true)]
async fn answers_are_secure_although_the_first_query_to_each_server_was_lost() {
    let is_of_few_servers = |question: &Question| {
        let qname = question.qname.to_string();
        qname.ends_with(".test.") && !WITHOUT_PROOF.iter().any(|zone| qname.ends_with(zone))
    };
    let mut faults = Vec::new();
    for question in secure_questions().filter(is_of_few_servers) {
        let mut setup = Setup::new();
        for host in setup.lab.hosts() {
            if !host.zones.contains(&Name::ROOT) {
                setup.lab.script(host.address, Via::Udp, [no_reply()]);
            }
        }
        faults.extend(setup.fault(&question).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// While the network is down, all servers seem dead.
#[tokio::test(start_paused = true)]
async fn answers_are_secure_after_an_outage() {
    let mut setup = Setup::new();
    for question in secure_questions().step_by(2) {
        setup.resolve(&question).await;
    }
    setup.outage().await;
    let mut faults = Vec::new();
    for question in secure_questions().skip(1).step_by(2) {
        faults.extend(setup.fault(&question).await);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
