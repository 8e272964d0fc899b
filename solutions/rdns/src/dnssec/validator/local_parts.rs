//! The public parts of an answer that is local in part: aliases that lead to a local name, and the answer
//! that a local alias leads to. A local name has no signatures; these have, or need none.

use chase::{BUDGET, Knowledge, Resolution, ResolutionFailure, Security, ServerSelection, Trace};
use dnsparse::{Name, Question, Record, RecordType};
use network::Network;
use recursive::ThreadRandom;

use super::{Explanation, Validator, with_status};
use crate::aliases::targets;

impl<N: Network, K: Knowledge, S: ServerSelection> Validator<N, K, S> {
    /// Validates the public parts of a resolution that is local in part. It is bogus if one of them is,
    /// and never secure.
    pub(super) async fn validate_parts(
        &self,
        parts: &[Question],
        mut resolution: Resolution,
        trace: &mut Trace,
    ) -> Resolution {
        for part in parts {
            let part = self.part(part, resolution.queries, trace).await;
            resolution.queries = part.queries;
            if part.failure.is_some() {
                return part;
            }
            if let Some(dnssec) = part.dnssec
                && dnssec.security == Security::Bogus
            {
                return with_status(resolution, Security::Bogus, dnssec.reason);
            }
        }
        trace.add(1, "answered here, hence not validated");
        with_status(resolution, Security::Insecure, None)
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
}
