//! [`ValidationRun`]: the server under test as a validator, in the signed test Internet.

use dnsparse::{DnsPacket, EdnsOption, Name, Rcode, Record, RecordType};
use network::Via;

use crate::answer::{compare_answers, describe};
use crate::outcome::StageError;
use crate::response::Response;
use crate::server_run::{REPLY_TIMEOUT, ServerRun};
use crate::stub::{DnssecFlags, stub_query};
use crate::test_internet::TestInternet;
use crate::trial::Trial;

/// The types of the records that signing adds to a zone, and that clients without DO do not expect.
const DNSSEC_TYPES: [RecordType; 3] = [RecordType::RRSIG, RecordType::NSEC, RecordType::NSEC3];

/// A rule for one question.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The rule as a sentence.
    pub text: &'static str,
    /// The name, with placeholders.
    pub qname: &'static str,
    /// The type.
    pub qtype: RecordType,
    /// A fact about the zone, which explains the expected behaviour.
    pub why: &'static str,
    /// The source of the rule.
    pub rfc: &'static str,
}

impl Rule {
    /// Creates a rule for a question of type A.
    pub const fn new(
        text: &'static str,
        qname: &'static str,
        why: &'static str,
        rfc: &'static str,
    ) -> Rule {
        Rule {
            text,
            qname,
            qtype: RecordType::A,
            why,
            rfc,
        }
    }

    /// Replaces the type.
    #[must_use]
    pub const fn of_type(self, qtype: RecordType) -> Rule {
        Rule { qtype, ..self }
    }
}

/// A reply of the server, parsed.
pub struct Answer {
    /// The response, for the report.
    pub response: Response,
    /// The reply.
    pub reply: DnsPacket,
}

/// A server that validates, in a signed test Internet.
pub struct ValidationRun {
    run: ServerRun,
}

impl ValidationRun {
    /// Starts both.
    ///
    /// # Errors
    /// If either does not start, or the server cannot be started with a trust anchor.
    pub fn start(trial: &mut Trial<'_>) -> Result<ValidationRun, StageError> {
        trial.require_validator()?;
        let port = trial.settings.upstream_port;
        let internet = TestInternet::start_signed(&mut trial.filler, port)?;
        let run = ServerRun::within(trial, internet)?;
        Ok(ValidationRun { run })
    }

    /// Sends the query of a rule with these flags; over TCP if the reply is truncated.
    ///
    /// # Errors
    /// If no well-formed reply comes.
    pub fn ask(&mut self, rule: &Rule, flags: DnssecFlags) -> Result<Answer, StageError> {
        let qname = self.run.name(rule.qname);
        let mut query = stub_query(self.run.filler.random(), &qname, rule.qtype);
        flags.set_in(&mut query);
        let mut response = self.run.send(Via::Udp, &query, REPLY_TIMEOUT);
        if response.packet().is_some_and(|reply| reply.header.tc) {
            response = self.run.send(Via::Tcp, &query, REPLY_TIMEOUT);
        }
        match response.packet() {
            Some(reply) => Ok(Answer { response, reply }),
            None => {
                let got = response.summary();
                Err(self.failed(rule, "a reply", got, &response))
            }
        }
    }

    /// Checks that the reply has the data of the zones, beside signatures.
    ///
    /// # Errors
    /// If it does not.
    pub fn expect_data(&mut self, rule: &Rule, answer: &Answer) -> Result<(), StageError> {
        let qname = self.run.name(rule.qname);
        let correct = self.run.internet.correct_answer(&qname, rule.qtype);
        let mut plain = answer.reply.clone();
        let is_asked_for = |record: &Record| record.rtype() == rule.qtype;
        (plain.answers).retain(|it| is_asked_for(it) || !DNSSEC_TYPES.contains(&it.rtype()));
        match compare_answers(&correct, &plain) {
            Ok(()) => Ok(()),
            Err(difference) => {
                let expected = format!("{}. {}", describe(&correct), rule.why);
                Err(self.failed(rule, expected, difference, &answer.response))
            }
        }
    }

    /// Checks AD.
    ///
    /// # Errors
    /// If it has the other value.
    pub fn expect_ad(&mut self, rule: &Rule, answer: &Answer, ad: bool) -> Result<(), StageError> {
        let text = |ad: bool| if ad { "AD 1" } else { "AD 0" };
        let got = answer.reply.header.ad;
        match got == ad {
            true => Ok(()),
            false => {
                let expected = format!("{}. {}", text(ad), rule.why);
                Err(self.failed(rule, expected, text(got), &answer.response))
            }
        }
    }

    /// Checks that the reply is SERVFAIL, without data. A secure alias that leads to bogus data may be
    /// there, as PowerDNS Recursor has it.
    ///
    /// # Errors
    /// If it is not.
    pub fn expect_servfail(&mut self, rule: &Rule, answer: &Answer) -> Result<(), StageError> {
        let reply = &answer.reply;
        let is_data = |record: &Record| record.rtype() == rule.qtype;
        if reply.rcode() == Rcode::SERVFAIL && !reply.answers.iter().any(is_data) {
            return self.expect_ad(rule, answer, false);
        }
        let (qtype, why) = (rule.qtype, rule.why);
        let expected = format!("SERVFAIL and no {qtype} records. {why}");
        Err(self.failed(rule, expected, describe(reply), &answer.response))
    }

    /// Checks a fact about the reply.
    ///
    /// # Errors
    /// If it is not so.
    pub fn expect(
        &mut self,
        rule: &Rule,
        answer: &Answer,
        is_so: bool,
        got: &str,
    ) -> Result<(), StageError> {
        match is_so {
            true => Ok(()),
            false => Err(self.failed(rule, rule.why, got, &answer.response)),
        }
    }

    fn failed(
        &mut self,
        rule: &Rule,
        expected: impl std::fmt::Display,
        got: impl std::fmt::Display,
        response: &Response,
    ) -> StageError {
        let qname: Name = self.run.name(rule.qname);
        let got = format!("in reply to {qname} {}: {got}", rule.qtype);
        (self.run)
            .failure(rule.text, expected, got, rule.rfc, response)
            .into()
    }
}

/// Returns whether a section has a signature over records of a type.
pub fn has_signature(section: &[Record], covered: RecordType) -> bool {
    section.iter().any(|record| match &record.rdata {
        dnsparse::Rdata::Rrsig(rrsig) => rrsig.type_covered == covered,
        _ => false,
    })
}

/// Returns the first record of a reply that signing has added to a zone.
pub fn dnssec_record(reply: &DnsPacket) -> Option<&Record> {
    let sections = [&reply.answers, &reply.authorities, &reply.additionals];
    let mut records = sections.into_iter().flatten();
    records.find(|record| DNSSEC_TYPES.contains(&record.rtype()))
}

/// Returns whether a reply says why it has no answer (RFC 8914).
pub fn has_extended_error(reply: &DnsPacket) -> bool {
    let mut options = reply.edns.iter().flat_map(|edns| &edns.options);
    options.any(|option| matches!(option, EdnsOption::ExtendedError(_)))
}
