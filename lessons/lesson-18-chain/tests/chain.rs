//! Tests of lesson 18: is a response secure, insecure or bogus, and why?
//!
//! The zones are those of `tree`, signed while the tests run. An attacker (or an operator) edits the
//! responses, or the zones before they are signed. A snapshot has the links of the chain of trust: `+`
//! secure, `-` insecure, `!` bogus; and the status, with the code of the extended error for it.
#![cfg(test)]

mod aliases;
mod anchors;
mod attacks;
mod denials;
mod keys;
mod leniency;
mod parts;
mod tree;

use chain::{
    Context, KnownZones, NoZones, Nsec, Response, Step, TrustAnchors, Validation, Verdict, Zones,
};
use crypto::{Crypto, Ring};
use dnsparse::{Name, Question, Rdata, Record, RecordType};
use tree::{Tree, question};

/// 1 June 2026: the signatures hold in 2026.
const NOW: u32 = 1_780_272_000;
const A: RecordType = RecordType::A;

/// A change of responses on their way to the validator.
type Edit<'e> = &'e dyn Fn(&Question, &mut Response);

/// A validator, and what it can see of the world.
struct Validator<'v> {
    tree: &'v Tree,
    anchors: TrustAnchors,
    known: &'v dyn KnownZones,
    now: u32,
    crypto: &'v dyn Crypto,
    edit: Edit<'v>,
}

impl<'v> Validator<'v> {
    /// The root's key is its trust anchor.
    fn new(tree: &'v Tree) -> Validator<'v> {
        let mut anchors = TrustAnchors::new();
        anchors.add_dnskey(Name::ROOT, &tree.key(".").dnskey, &Ring);
        Validator {
            tree,
            anchors,
            known: &NoZones,
            now: NOW,
            crypto: &Ring,
            edit: &|_, _| {},
        }
    }

    fn edited(self, edit: Edit<'v>) -> Validator<'v> {
        Validator { edit, ..self }
    }

    /// Returns the response to a question, as it arrives.
    fn receive(&self, question: &Question) -> Response {
        let mut response = self.tree.respond(question);
        (self.edit)(question, &mut response);
        response
    }

    fn validate(&self, qname: &str, qtype: RecordType) -> Report {
        let question = question(qname, qtype);
        let response = self.receive(&question);
        self.validate_response(&question, response)
    }

    fn validate_response(&self, question: &Question, response: Response) -> Report {
        self.run(question, Validation::new(question, response))
    }

    /// Runs a validation to its end.
    fn run(&self, question: &Question, mut validation: Validation) -> Report {
        let context = Context {
            anchors: &self.anchors,
            known: self.known,
            proofs: &Nsec,
            now: self.now,
            crypto: self.crypto,
        };
        let mut asked = Vec::new();
        let verdict = loop {
            let (qname, qtype) = match validation.step(&context) {
                Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
                Step::Ds(name) => (name, RecordType::DS),
                Step::Done(verdict) => break verdict,
            };
            assert!(asked.len() < 30, "it asks without end: {asked:?}");
            asked.push(format!("{qname} {qtype}"));
            let response = self.receive(&Question {
                qname,
                qtype,
                qclass: dnsparse::Class::IN,
            });
            validation.handle_response(&response, &context);
        };
        let links = validation.trace().map(|link| format!("{link}\n"));
        let mut zones = Zones::default();
        let links = links.collect();
        for zone in validation.take_zones() {
            zones.store(zone, self.now);
        }
        Report {
            question: format!("{} {}", question.qname, question.qtype),
            asked,
            links,
            verdict,
            zones,
        }
    }
}

/// The course of a validation.
struct Report {
    question: String,
    /// The questions that it asked on the way.
    asked: Vec<String>,
    /// Its links, a line for each.
    links: String,
    verdict: Verdict,
    /// The zones whose status it found.
    zones: Zones,
}

impl Report {
    /// Shows the status, with the code of the extended error.
    fn status(&self) -> String {
        let status = &self.verdict.status;
        match status.info_code() {
            Some(code) => format!("{status} (EDE {code})"),
            None => status.to_string(),
        }
    }

    /// Shows the question, the links and the status.
    fn all(&self) -> String {
        let Report {
            question, links, ..
        } = self;
        format!("{question}\n{links}{}\n", self.status())
    }
}

/// Removes the signatures of a type.
fn strip(records: &mut Vec<Record>, rtype: RecordType) {
    let is_signature = |record: &Record| match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered == rtype,
        _ => false,
    };
    records.retain(|record| !is_signature(record));
}

#[test]
fn a_chain_leads_from_the_anchor_to_the_answer() {
    let tree = Tree::new();
    insta::assert_snapshot!(Validator::new(&tree).validate("www.example.com", A).all(), @r"
    www.example.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    + example.com. DS: signed by com.
    + example.com. DNSKEY: 1 key
    + www.example.com. A: signed by example.com.
    secure
    ");
}

/// deep.org has no records: it is no zone, and the way goes on below it.
#[test]
fn a_name_that_is_no_zone_cut_is_passed() {
    let tree = Tree::new();
    insta::assert_snapshot!(Validator::new(&tree).validate("www.cut.deep.org", A).all(), @r"
    www.cut.deep.org. A
    + . DNSKEY: 1 key
    + org. DS: signed by .
    + org. DNSKEY: 1 key
    + deep.org. DS: no zone cut, org. goes on
    + cut.deep.org. DS: signed by org.
    + cut.deep.org. DNSKEY: 2 keys
    + www.cut.deep.org. A: signed by cut.deep.org.
    secure
    ");
}

#[test]
fn a_delegation_without_ds_record_is_insecure_if_the_parent_proves_it() {
    let tree = Tree::new();
    let report = Validator::new(&tree).validate("www.plain.com", A);
    insta::assert_snapshot!(report.all(), @r"
    www.plain.com. A
    + . DNSKEY: 1 key
    + com. DS: signed by .
    + com. DNSKEY: 1 key
    - plain.com. DS: insecure, it has no DS record
    insecure: plain.com.: it has no DS record
    ");
    let chain::Status::Insecure(insecure) = &report.verdict.status else {
        panic!("{}", report.all())
    };
    let proof: Vec<_> = insecure
        .proof
        .iter()
        .map(|it| it.to_string().replace('\t', " "))
        .collect();
    insta::assert_snapshot!(proof.join("\n"), @"plain.com. 3600 IN NSEC com. NS RRSIG NSEC");
}

/// Each TTL is lowered to that of its signature (RFC 4035 section 5.3.3).
#[test]
fn a_record_lives_no_longer_than_its_signature() {
    let tree = Tree::new();
    let raise = |_: &Question, response: &mut Response| {
        for record in response.answer.iter_mut().chain(&mut response.authority) {
            record.ttl = 86_400;
        }
    };
    let mut validator = Validator::new(&tree).edited(&raise);
    validator.now = tree::signer::EXPIRATION - 60;
    let ttls = |report: &Report| {
        let response = &report.verdict.response;
        let records = response.answer.iter().chain(&response.authority);
        let lines = records.map(|it| format!("  {} {}: {} s\n", it.owner, it.rtype(), it.ttl));
        lines.collect::<String>()
    };
    let mut text = String::new();
    for (label, now) in [("in June", NOW), ("a minute before the end", validator.now)] {
        validator.now = now;
        for qname in ["www.example.com", "nosuch.example.com"] {
            let report = validator.validate(qname, A);
            text += &format!("{qname}, {label}: {}\n{}", report.status(), ttls(&report));
        }
    }
    insta::assert_snapshot!(text, @r"
    www.example.com, in June: secure
      www.example.com. A: 3600 s
      www.example.com. RRSIG: 3600 s
    nosuch.example.com, in June: secure
      example.com. SOA: 3600 s
      example.com. RRSIG: 3600 s
      example.com. NSEC: 3600 s
      example.com. RRSIG: 3600 s
      gone.example.com. NSEC: 3600 s
      gone.example.com. RRSIG: 3600 s
    www.example.com, a minute before the end: secure
      www.example.com. A: 60 s
      www.example.com. RRSIG: 60 s
    nosuch.example.com, a minute before the end: secure
      example.com. SOA: 60 s
      example.com. RRSIG: 60 s
      example.com. NSEC: 60 s
      example.com. RRSIG: 60 s
      gone.example.com. NSEC: 60 s
      gone.example.com. RRSIG: 60 s
    ");
}

/// A validator that looked up every zone again for each answer would send ten queries for one.
#[test]
fn zones_that_are_known_are_not_looked_up_again() {
    let tree = Tree::new();
    let first = Validator::new(&tree).validate("www.example.com", A);
    let mut validator = Validator::new(&tree);
    validator.known = &first.zones;
    let mut text = String::new();
    for (qname, later) in [
        ("alias.example.com", 0),
        ("nosuch.com", 0),
        ("www.cut.deep.org", 0),
        ("alias.example.com", 3599),
        ("alias.example.com", 3600),
    ] {
        validator.now = NOW + later;
        let report = validator.validate(qname, A);
        let asked = report.asked.join(", ");
        text += &format!(
            "{qname} {later} s later: {} after [{asked}]\n",
            report.status()
        );
    }
    insta::assert_snapshot!(text, @r"
    alias.example.com 0 s later: secure after []
    nosuch.com 0 s later: secure after []
    www.cut.deep.org 0 s later: secure after [org. DS, org. DNSKEY, deep.org. DS, cut.deep.org. DS, cut.deep.org. DNSKEY]
    alias.example.com 3599 s later: secure after []
    alias.example.com 3600 s later: secure after [. DNSKEY, com. DS, com. DNSKEY, example.com. DS, example.com. DNSKEY]
    ");
}

/// The whole subtree of an insecure delegation is known with it.
#[test]
fn an_insecure_delegation_is_known_as_well() {
    let tree = Tree::new();
    let first = Validator::new(&tree).validate("www.plain.com", A);
    let mut validator = Validator::new(&tree);
    validator.known = &first.zones;
    let report = validator.validate("www.plain.com", A);
    insta::assert_snapshot!(format!("{} after {:?}", report.status(), report.asked), @"insecure: plain.com.: it has no DS record after []");
}
