//! [`Chase`]: from name to name along the aliases (RFC 1034 section 3.6.2), keeping all of them for the reply.

use std::time::Duration;

use dnsparse::{Name, Question, Rcode, Rdata, Record, RecordType};
use iterate::WalkFailure;
use referral::Answer;
use tokio::time::Instant;
use zone::substitute;

/// How many aliases may lead to an answer.
pub const MAX_ALIASES: usize = 16;

/// The search for an answer, as far as aliases are concerned: which name is to be walked to next.
#[derive(Debug, Clone)]
pub struct Chase {
    question: Question,
    /// The aliases met so far, and when.
    records: Vec<(Instant, Record)>,
    /// When the last walk ended.
    now: Instant,
}

/// What comes after a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Another walk.
    Walk(Question),
    /// Nothing: this is what the asker gets.
    End(Resolution),
}

/// What is known in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// NOERROR, NXDOMAIN or SERVFAIL.
    pub rcode: Rcode,
    /// The whole answer section: the aliases in their order, and then the records asked for, if there are any.
    pub records: Vec<Record>,
    /// Where there is nothing: the SOA that says so.
    pub soa: Option<Record>,
    /// Where it failed: why.
    pub failure: Option<ResolutionFailure>,
    /// How many upstream queries it took.
    pub queries: usize,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolutionFailure {
    /// No server of some zone was of any use.
    #[error(transparent)]
    NoServer(#[from] WalkFailure),
    /// The aliases lead on and on.
    #[error("more than {MAX_ALIASES} aliases, the last of them {last}")]
    TooManyAliases {
        /// Where the last one that was met leads.
        last: Name,
    },
    /// The aliases lead back to one that was met before.
    #[error("the aliases go round in a circle, back to {name}")]
    AliasLoop {
        /// Where the circle closes.
        name: Name,
    },
    /// A CNAME beside a DNAME is not the one that follows from it.
    #[error(
        "the CNAME of {owner} does not follow from the DNAME that came with it (RFC 6672 section 3.1)"
    )]
    WrongSynthesis {
        /// Whose CNAME it is.
        owner: Name,
    },
    /// More questions than one answer is worth.
    #[error("no answer after {queries} upstream queries")]
    OverBudget {
        /// How many were asked.
        queries: usize,
    },
    /// It took too long.
    #[error("no answer within {limit:?}")]
    DeadlineExceeded {
        /// How long it may take.
        limit: Duration,
    },
    /// It failed a moment ago, and is not tried again yet (RFC 9520; RFC 8914 calls it a cached error). No lesson before the tenth
    /// remembers failures.
    #[error("not tried again for {seconds} s: {failure}")]
    Cached {
        /// Why it failed then.
        failure: Box<ResolutionFailure>,
        /// In how many seconds it will be tried again, at least one.
        seconds: u64,
    },
}

impl Resolution {
    /// The failure of everything.
    pub fn failed(failure: impl Into<ResolutionFailure>) -> Resolution {
        let failure = Some(failure.into());
        Resolution {
            rcode: Rcode::SERVFAIL,
            records: Vec::new(),
            soa: None,
            failure,
            queries: 0,
        }
    }
}

impl Chase {
    /// The search for the answer to a question. The first walk is for the question itself.
    pub fn new(question: Question) -> Chase {
        Chase {
            question,
            records: Vec::new(),
            now: Instant::now(),
        }
    }

    /// What comes after a walk that ended so.
    pub fn handle_answer(&mut self, ended: Result<Answer, WalkFailure>) -> Next {
        self.now = Instant::now();
        let outcome = match ended {
            Ok(outcome) => outcome,
            Err(failure) => return Next::End(Resolution::failed(failure)),
        };
        todo!(
            "An alias: `keep` its records and go on `to` its target. Everything else ends the chase: `keep` the records, and return the `end` with the right RCODE and SOA. What `keep` objects to is a failed resolution."
        )
    }

    /// Adds records to the answer section, unless the aliases among them lead nowhere.
    fn keep(&mut self, records: Vec<Record>) -> Result<(), ResolutionFailure> {
        if let Some(owner) = false_alias(&records) {
            return Err(ResolutionFailure::WrongSynthesis { owner });
        }
        let now = self.now;
        let kept = records.into_iter().map(|record| (now, record));
        self.records.extend(kept);
        self.check_aliases()
    }

    /// What there is to object to in the aliases so far, whether they came one by one or all in one reply.
    fn check_aliases(&self) -> Result<(), ResolutionFailure> {
        // Asked for an alias, or for everything at a name, it is the answer and leads nowhere.
        if matches!(self.question.qtype, RecordType::CNAME | RecordType::ANY) {
            return Ok(());
        }
        let records = self.records.iter().map(|(_, record)| record);
        let aliases: Vec<&Record> = records
            .filter(|it| it.rtype() == RecordType::CNAME)
            .collect();
        let Some(Rdata::Cname(last)) = aliases.last().map(|alias| &alias.rdata) else {
            return Ok(());
        };
        todo!(
            "Fail with Circle if one of the aliases has the name that the `last` one leads to as its owner, and with TooManyAliases if there are more than MAX_ALIASES. Else it is Ok(())."
        )
    }

    /// Goes on to the name that the last alias leads to.
    fn to(&self, target: Name) -> Next {
        Next::Walk(Question {
            qname: target,
            ..self.question.clone()
        })
    }

    /// Everything that was kept is the answer: the reply shows the whole chain, also where nothing is at its end. What was kept early
    /// has grown older meanwhile: nobody may keep it for longer than its owner allows.
    fn end(&mut self, rcode: Rcode, soa: Option<Record>) -> Next {
        let (now, records) = (self.now, std::mem::take(&mut self.records));
        let aged = |(kept, record): (Instant, Record)| Record {
            ttl: record.ttl.saturating_sub(seconds(now - kept)),
            ..record
        };
        let records = records.into_iter().map(aged).collect();
        Next::End(Resolution {
            rcode,
            records,
            soa,
            failure: None,
            queries: 0,
        })
    }
}

/// Whole seconds; of one that has begun, all. What was known already takes no time, whatever the clock makes of it: no reply comes
/// within a millisecond.
fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

/// The owner of a CNAME that comes right after a DNAME and does not follow from it.
///
/// The CNAME is there for those who do not know DNAME. We do: so we make it ourselves, and compare. A server that gets it wrong
/// would send us to a name of its choice.
fn false_alias(records: &[Record]) -> Option<Name> {
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
            todo!("Is the target what `substitute` makes of the owner, from the DNAME's owner to its target? If not, return the CNAME's owner.")
        }
        _ => None,
    })
}
