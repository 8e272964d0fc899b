//! The contents of the resolver's cache, read through the same calls that the resolver uses.

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
        let (name, rtype) = match self {
            Key::Records(owner, rtype) => (owner, *rtype),
            Key::Zone(zone) => (zone, RecordType::NS),
            Key::Absence(question) | Key::Failure(question) => (&question.qname, question.qtype),
        };
        let (kind, (ttl, data)) = match self {
            Key::Records(..) => ("answer", records(cache, &question(name, rtype))?),
            Key::Absence(question) => ("negative", absence(cache, question)?),
            Key::Zone(zone) => ("delegation", delegation(cache, zone)?),
            Key::Failure(question) => ("failure", failure(cache, question)?),
        };
        Some(CacheRow {
            name: name.to_string(),
            rtype: rtype.to_string(),
            ttl,
            kind,
            data,
            exchange,
        })
    }
}

/// The seconds that are left of an entry, and its data.
type Held = (u64, Vec<String>);

fn records(cache: &SharedCache, question: &Question) -> Option<Held> {
    let Answer::Positive(records) = cache.cached_answer(question)? else {
        return None;
    };
    let data = records.iter().map(|it| it.rdata.to_string()).collect();
    Some((records.first()?.ttl.into(), data))
}

fn absence(cache: &SharedCache, question: &Question) -> Option<Held> {
    let (negative, text) = match cache.cached_answer(question)? {
        Answer::NoData(negative) => (negative, "no records of this type"),
        Answer::NxDomain(negative) => (negative, "no such name"),
        _ => return None,
    };
    let soa = negative.soa?;
    let data = vec![text.to_owned(), format!("SOA of {}", soa.owner)];
    Some((soa.ttl.into(), data))
}

fn delegation(cache: &SharedCache, zone: &Name) -> Option<Held> {
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
    Some((delegation.ttl.into(), data.collect()))
}

fn failure(cache: &SharedCache, question: &Question) -> Option<Held> {
    match cache.cached_failure(question)? {
        ResolutionFailure::Cached { failure, seconds } => {
            Some((seconds, vec![failure.to_string()]))
        }
        _ => None,
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
