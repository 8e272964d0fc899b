//! What the resolver's cache holds, read through the same calls that the resolver uses.

use chase::{Knowledge, ResolutionFailure};
use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use negative::SharedCache;
use negative::negative_cache::seconds;
use referral::{Answer, ReplyKind};

/// The key of something that was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// An RRset of an answer.
    Records(Name, RecordType),
    /// A negative answer.
    Absence(Question),
    /// A delegation.
    Zone(Name),
    /// A resolution failure.
    Failure(Question),
}

/// An entry of the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CacheRow {
    pub(crate) name: String,
    pub(crate) rtype: String,
    /// The seconds that are left.
    pub(crate) ttl: u64,
    /// `answer`, `negative`, `delegation` or `failure`.
    pub(crate) kind: &'static str,
    pub(crate) data: Vec<String>,
    /// The number of exchanges of the last search when it was stored; 0 if that was earlier.
    pub(crate) exchange: usize,
}

impl Key {
    /// Returns the keys of the parts of a reply.
    pub(crate) fn of(question: &Question, kind: &ReplyKind) -> Vec<Key> {
        let records = |records: &[Record]| {
            let key = |record: &Record| Key::Records(record.owner.clone(), record.rtype());
            records.iter().map(key).collect()
        };
        match kind {
            ReplyKind::Referral(delegation) => vec![Key::Zone(delegation.zone.clone())],
            ReplyKind::Unusable(_) => Vec::new(),
            ReplyKind::Answer(answer) | ReplyKind::LastResort(answer) => match answer {
                Answer::Positive(all) | Answer::Alias { records: all, .. } => records(all),
                Answer::NameTooLong(all) => records(all),
                Answer::NoData(_) | Answer::NxDomain(_) => vec![Key::Absence(question.clone())],
            },
        }
    }

    /// Returns the entry of this key; none if it has expired.
    pub(crate) fn row(&self, cache: &SharedCache, exchange: usize) -> Option<CacheRow> {
        let row = |name: &Name, rtype: String, ttl: u64, kind, data| CacheRow {
            name: name.to_string(),
            rtype,
            ttl,
            kind,
            data,
            exchange,
        };
        match self {
            Key::Records(owner, rtype) => {
                let answer = cache.cached_answer(&question(owner, *rtype))?;
                let Answer::Positive(records) = answer else {
                    return None;
                };
                let ttl = records.first()?.ttl.into();
                let data = records.iter().map(|it| it.rdata.to_string()).collect();
                Some(row(owner, rtype.to_string(), ttl, "answer", data))
            }
            Key::Absence(question) => {
                let (negative, text) = match cache.cached_answer(question)? {
                    Answer::NoData(negative) => (negative, "no records of this type"),
                    Answer::NxDomain(negative) => (negative, "no such name"),
                    _ => return None,
                };
                let soa = negative.soa?;
                let data = vec![text.to_owned(), format!("SOA of {}", soa.owner)];
                let rtype = question.qtype.to_string();
                Some(row(
                    &question.qname,
                    rtype,
                    soa.ttl.into(),
                    "negative",
                    data,
                ))
            }
            Key::Zone(zone) => {
                let delegation = cache.closest_delegation(&question(zone, RecordType::NS));
                if delegation.zone != *zone {
                    return None;
                }
                let servers = cache.parent_side(zone);
                let data = servers.iter().map(|server| {
                    let glue: Vec<_> = server.addresses.iter().map(ToString::to_string).collect();
                    match glue.is_empty() {
                        true => server.name.to_string(),
                        false => format!("{} ({})", server.name, glue.join(", ")),
                    }
                });
                let (ttl, data) = (delegation.ttl.into(), data.collect());
                Some(row(zone, "NS".to_owned(), ttl, "delegation", data))
            }
            Key::Failure(question) => {
                let ResolutionFailure::Cached { failure, seconds } =
                    cache.cached_failure(question)?
                else {
                    return None;
                };
                let (rtype, data) = (question.qtype.to_string(), vec![failure.to_string()]);
                Some(row(&question.qname, rtype, seconds, "failure", data))
            }
        }
    }
}

/// Returns the seconds for which a negative answer may be cached, by its SOA, in words.
pub(crate) fn negative_ttl(soa: &Record) -> String {
    let minimum = match &soa.rdata {
        Rdata::Soa(fields) => fields.minimum,
        _ => 0,
    };
    let (seconds, ttl) = (seconds(soa), soa.ttl);
    format!("for {seconds} s: the lesser of its TTL, {ttl}, and its minimum field, {minimum}")
}

fn question(qname: &Name, qtype: RecordType) -> Question {
    Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    }
}
