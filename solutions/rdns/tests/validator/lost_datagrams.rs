//! Lost datagrams and servers that were down for a while: a resolver that then asks without EDNS gets no
//! signatures, and must not take that for an attack.

use std::sync::Arc;

use chase::{Resolution, Resolver, Trace};
use crypto::Ring;
use dnsparse::{DnsPacket, Name, Question, RecordType};
use iterate::root_hints;
use lab::signed::{CASES, NOW, Status};
use lab::{Lab, no_reply, repeat, replies};
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

    /// Has no server support EDNS in its replies with addresses.
    fn remove_edns(&self) {
        let reply = replies().edited(|reply| {
            if reply.question().is_some_and(is_a) {
                reply.edns = None;
                reply.answers.retain(|it| it.rtype() != RecordType::RRSIG);
            }
        });
        for host in self.lab.hosts() {
            (self.lab).script(host.address, Via::Udp, [repeat(reply.clone())]);
        }
    }

    /// Returns the number of queries for addresses.
    fn a_queries(&self) -> usize {
        let queries = self.lab.queries();
        let packets = queries.iter().filter_map(|query| query.packet());
        let is_a = |packet: &DnsPacket| packet.question().is_some_and(is_a);
        packets.filter(is_a).count()
    }
}

fn is_a(question: &Question) -> bool {
    question.qtype == RecordType::A
}

/// Returns the questions whose answers are secure.
fn secure_questions() -> impl Iterator<Item = Question> {
    let cases = CASES.iter().filter(|case| case.status == Status::Secure);
    cases.map(|case| Question {
        qtype: case.qtype,
        ..query::question(case.qname, "A").expect(case.qname)
    })
}

/// The root and some TLDs have so many servers that a search would end before each has lost a query.
#[tokio::test(start_paused = true)]
async fn answers_are_secure_although_the_first_query_to_each_server_was_lost() {
    let is_of_few_servers = |question: &Question| question.qname.to_string().ends_with(".test.");
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

/// The answer of a signed zone that proves nothing about names without DS is asked for once more, in
/// case that its signatures were lost for want of EDNS. The answer of an unsigned zone has none.
#[tokio::test(start_paused = true)]
async fn an_answer_without_edns_is_asked_for_once_more_if_its_zone_is_signed() {
    for (qname, more) in [
        ("www.iterations.dnssec.test", 1),
        ("www.unsigned.dnssec.test", 0),
    ] {
        let question = query::question(qname, "A").expect(qname);
        let (mut undisturbed, mut setup) = (Setup::new(), Setup::new());
        undisturbed.resolve(&question).await;
        setup.remove_edns();
        let status = status(&setup.resolve(&question).await);
        assert!(status.starts_with("Insecure"), "{status}\n{}", setup.trace);
        let queries = undisturbed.a_queries() + more;
        assert_eq!(setup.a_queries(), queries, "{}", setup.trace);
    }
}
