//! [`Chase`]: follows aliases from name to name (RFC 1034 section 3.6.2), and keeps all of them for
//! the reply.

use std::time::Duration;

use dnsparse::{Name, Question, Rcode, Rdata, Record, RecordType};
use iterate::WalkResult;
use referral::Answer;
use tokio::time::Instant;
use zone::substitute;

use crate::resolution::{MAX_ALIASES, Resolution, ResolutionFailure};

/// The chain of aliases that one search follows.
#[derive(Debug, Clone)]
pub struct Chase {
    question: Question,
    /// The answer section so far, each record with the time at which it came.
    records: Vec<(Instant, Record)>,
    /// The time at which the last walk ended.
    now: Instant,
}

/// The next step of a chase, after a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// A walk for the target of an alias.
    Walk(Question),
    /// Nothing more: the search has ended.
    End(Resolution),
}

impl Chase {
    /// Begins a chase. Its first walk is for the question itself.
    pub fn new(question: Question) -> Chase {
        Chase {
            question,
            records: Vec::new(),
            now: Instant::now(),
        }
    }

    /// Takes the result of a walk, and returns what the chase needs next.
    pub fn handle_answer(&mut self, result: WalkResult) -> Next {
        self.now = Instant::now();
        let answer = match result {
            Ok(answer) => answer,
            Err(failure) => return Next::End(Resolution::failed(failure)),
        };
        todo!(
            "Return what the chase needs after this answer: a `walk_to` another name, or nothing more (`end`). The reply shows all records on the way (`keep`), and has the RCODE of the last name. If `keep` fails, so has the resolution."
        )
    }

    /// Adds records to the answer section. Fails if a CNAME among them is wrong, or if the chain of
    /// aliases loops or is too long.
    fn keep(&mut self, records: Vec<Record>) -> Result<(), ResolutionFailure> {
        if let Some(owner) = wrong_synthesis(&records) {
            return Err(ResolutionFailure::WrongSynthesis { owner });
        }
        let now = self.now;
        self.records
            .extend(records.into_iter().map(|record| (now, record)));
        self.check_aliases()
    }

    /// Checks the aliases so far for a loop and for their number, whether they came in one reply or
    /// in several.
    fn check_aliases(&self) -> Result<(), ResolutionFailure> {
        // To a question for CNAME or ANY, an alias is the answer, and is not followed.
        if matches!(self.question.qtype, RecordType::CNAME | RecordType::ANY) {
            return Ok(());
        }
        let records = self.records.iter().map(|(_, record)| record);
        let aliases: Vec<&Record> = records
            .filter(|it| it.rtype() == RecordType::CNAME)
            .collect();
        let Some(Rdata::Cname(target)) = aliases.last().map(|alias| &alias.rdata) else {
            return Ok(());
        };
        todo!(
            "Fail with AliasLoop if the last alias leads back to a name that has one of the `aliases`, and with TooManyAliases if their chain is longer than MAX_ALIASES."
        )
    }

    /// Returns the walk for the target of the last alias.
    fn walk_to(&self, target: Name) -> Next {
        Next::Walk(Question {
            qname: target,
            ..self.question.clone()
        })
    }

    /// Ends the chase: the reply shows the whole chain of aliases, also where the name at its end
    /// has no records. A record that came early has grown older meanwhile: its age is subtracted
    /// from its TTL, so that no client caches it for too long.
    fn end(&mut self, rcode: Rcode, soa: Option<Record>) -> Next {
        let (now, records) = (self.now, std::mem::take(&mut self.records));
        let aged = |(kept_at, record): (Instant, Record)| Record {
            ttl: record.ttl.saturating_sub(whole_seconds(now - kept_at)),
            ..record
        };
        let records = records.into_iter().map(aged).collect();
        Next::End(Resolution {
            rcode,
            records,
            soa,
            failure: None,
            queries: 0,
            dnssec: None,
        })
    }
}

/// Converts a time to seconds, rounded up. Less than a millisecond counts as no time: that is an
/// answer from a cache, since no server replies so quickly.
fn whole_seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// Finds a CNAME that stands right after a DNAME and does not follow from it, and returns its
/// owner.
///
/// A server synthesizes the CNAME for resolvers that do not know DNAME (RFC 6672 section 3.1). This
/// one does know it: so it makes the CNAME itself, and compares. With a wrong one, a server could
/// send the resolver to a name of its choice.
fn wrong_synthesis(records: &[Record]) -> Option<Name> {
    records.windows(2).find_map(|pair| match pair {
        [
            Record {
                owner: from,
                rdata: Rdata::Dname(to),
                ..
            },
            Record {
                owner,
                rdata: Rdata::Cname(target),
                ..
            },
        ] => {
            todo!("Return the CNAME's owner, unless the CNAME is the one that this DNAME makes: it leads to what `substitute` makes of the `owner`.")
        }
        _ => None,
    })
}
