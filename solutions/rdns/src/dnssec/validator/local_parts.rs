//! The public parts of an answer that is local in part: aliases that lead to a local name, and the answer
//! that a local alias leads to. A local name has no signatures; these have, or need none.

use std::collections::HashMap;

use chase::{
    BUDGET, Dnssec, Knowledge, Resolution, ResolutionFailure, Security, ServerSelection, Trace,
};
use dnsparse::{Name, Question, Record, RecordType};
use network::Network;
use recursive::ThreadRandom;

use super::{Explanation, Validator};
use crate::aliases::targets;

impl<N: Network, K: Knowledge, S: ServerSelection> Validator<N, K, S> {
    /// Validates the public parts of a resolution that is local in part. It is bogus if one of them is,
    /// and never secure. It keeps the signatures and proofs of each, for clients that validate
    /// (RFC 4035 section 3.2.1).
    pub(super) async fn validate_parts(
        &self,
        parts: &[Question],
        mut resolution: Resolution,
        trace: &mut Trace,
    ) -> Resolution {
        let mut whole = Dnssec {
            security: Security::Insecure,
            reason: None,
            signatures: Vec::new(),
            proofs: Vec::new(),
        };
        for part in parts {
            let part = self.part(part, resolution.queries, trace).await;
            resolution.queries = part.queries;
            if part.failure.is_some() {
                return part;
            }
            limit_to(&part, &mut resolution);
            let Some(dnssec) = part.dnssec else { continue };
            whole.signatures.extend(dnssec.signatures);
            whole.proofs.extend(dnssec.proofs);
            if dnssec.security == Security::Bogus {
                (whole.security, whole.reason) = (Security::Bogus, dnssec.reason);
                break;
            }
        }
        if whole.security != Security::Bogus {
            trace.add(1, "answered here, hence not validated");
        }
        resolution.dnssec = Some(Box::new(whole));
        resolution
    }

    /// Finds and validates a public part of an answer, which has cost a number of queries until now.
    async fn part(&self, question: &Question, queries: usize, trace: &mut Trace) -> Resolution {
        if let Some(bogus) = self.state.bogus.resolution(question) {
            return Resolution { queries, ..bogus };
        }
        if queries >= BUDGET {
            let failure = ResolutionFailure::OverBudget { queries };
            return Resolution {
                queries,
                ..Resolution::failed(failure)
            };
        }
        let random = &mut ThreadRandom;
        let mut found = self.resolver.resolve(question, random, trace).await;
        found.queries += queries;
        if found.failure.is_some() {
            return found;
        }
        let explanation = &mut Explanation::default();
        self.validate_public(question, found, trace, explanation)
            .await
    }
}

/// Lowers the TTLs of the records that an answer has in common with one of its parts, as its signatures
/// have lowered them there.
fn limit_to(part: &Resolution, whole: &mut Resolution) {
    let records = part.records.iter().chain(&part.soa);
    let ttls = records.map(|record| ((&record.owner, record.rtype()), record.ttl));
    let ttls: HashMap<_, u32> = ttls.collect();
    for record in whole.records.iter_mut().chain(&mut whole.soa) {
        let limit = ttls.get(&(&record.owner, record.rtype()));
        record.ttl = record.ttl.min(*limit.unwrap_or(&u32::MAX));
    }
}

/// Returns the questions for the public parts of an answer; none if no name in it is local.
pub(super) fn public_parts(
    question: &Question,
    records: &[Record],
    is_local: impl Fn(&Question) -> bool,
) -> Option<Vec<Question>> {
    let mut names: Vec<&Name> = vec![&question.qname];
    // To a question for aliases, an alias is the answer, and not followed.
    if question.qtype != RecordType::CNAME {
        names.extend(targets(records));
    }
    let last = names.len() - 1;
    let questions = names.into_iter().enumerate().map(|(at, name)| Question {
        qname: name.clone(),
        qtype: match at == last {
            true => question.qtype,
            false => RecordType::CNAME,
        },
        qclass: question.qclass,
    });
    let questions: Vec<Question> = questions.collect();
    let total = questions.len();
    let public: Vec<Question> = questions.into_iter().filter(|it| !is_local(it)).collect();
    (public.len() < total).then_some(public)
}

#[cfg(test)]
mod tests {
    use dnsparse::Class;

    use super::*;

    #[test]
    fn names_that_are_not_local_are_public_parts() {
        let records = [
            "a.test. 60 CNAME b.lan.",
            "b.lan. 60 CNAME c.test.",
            "c.test. 60 A 192.0.2.1",
        ];
        let records = records.map(|text| text.parse().unwrap());
        let parts = |qname: &str, qtype, records: &[Record], domain: &str| {
            let question = Question {
                qname: qname.parse().unwrap(),
                qtype,
                qclass: Class::IN,
            };
            let domain = domain.parse().unwrap();
            let parts = public_parts(&question, records, |it| it.qname.is_at_or_below(&domain));
            parts.map(|parts| {
                let texts = parts.iter().map(|it| format!("{} {}", it.qname, it.qtype));
                texts.collect::<Vec<_>>().join(", ")
            })
        };
        let [all, tail] = [&records[..], &records[1..]];
        let (a, cname) = (RecordType::A, RecordType::CNAME);
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            parts("a.test", a, all, "lan"),
            some("a.test. CNAME, c.test. A")
        );
        assert_eq!(parts("b.lan", a, tail, "lan"), some("c.test. A"));
        assert_eq!(parts("c.test", a, &records[2..], "test"), some(""));
        assert_eq!(parts("a.test", a, all, "home.arpa"), None);
        assert_eq!(parts("a.test", cname, &records[..1], "lan"), None);
    }

    #[test]
    fn signatures_limit_the_ttls_of_their_own_records_alone() {
        let resolution = |texts: &[&str]| Resolution {
            records: texts.iter().map(|text| text.parse().unwrap()).collect(),
            ..Resolution::failed(ResolutionFailure::NoRoute)
        };
        let mut whole = resolution(&["a.lan. 600 CNAME b.test.", "b.test. 600 A 192.0.2.1"]);
        limit_to(&resolution(&["b.test. 10 A 192.0.2.1"]), &mut whole);
        let ttls: Vec<u32> = whole.records.iter().map(|record| record.ttl).collect();
        assert_eq!(ttls, [600, 10]);
    }
}
