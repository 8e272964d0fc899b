//! The resolver's classification of a reply: its kind, and for each record whether it is used, or
//! why not.
//!
//! Lesson 6's `classify` decides; this names its reasons, record by record.

use crate::walk::cached::negative_ttl;
use dnsparse::{Class, DnsPacket, Name, Question, Record};
use referral::{Answer, Delegation, ReplyKind, classify};

/// A reply, judged.
pub(crate) struct Judgement {
    /// A word for the kind: `referral`, `answer`, `alias`, `negative`, `last-resort`, `unusable`.
    pub(crate) kind: &'static str,
    /// The reply in a few words.
    pub(crate) text: String,
    pub(crate) believed: Vec<Judged>,
    pub(crate) discarded: Vec<Judged>,
}

/// A record, and what it is used for, or why it is not.
pub(crate) struct Judged {
    pub(crate) record: String,
    pub(crate) why: String,
}

/// Judges the reply to a question from a server of `zone`.
pub(crate) fn judge(reply: &DnsPacket, question: &Question, zone: &Name) -> Judgement {
    let kind = classify(reply, question, zone);
    let (word, text) = summary(&kind);
    let mut judgement = Judgement {
        kind: word,
        text,
        believed: Vec::new(),
        discarded: Vec::new(),
    };
    let sections = [
        (Section::Answer, &reply.answers),
        (Section::Authority, &reply.authorities),
        (Section::Additional, &reply.additionals),
    ];
    for (section, records) in sections {
        for (index, record) in records.iter().enumerate() {
            let earlier = records.get(..index).unwrap_or_default();
            let fate = if earlier.iter().any(|it| is_equal(it, record)) {
                Err("the same record stands before it (RFC 2181 section 5)".to_owned())
            } else {
                fate(record, section, zone, &kind)
            };
            let record = record.to_string();
            match fate {
                Ok(why) => judgement.believed.push(Judged { record, why }),
                Err(why) => judgement.discarded.push(Judged { record, why }),
            }
        }
    }
    judgement
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Answer,
    Authority,
    Additional,
}

/// Returns what the record is used for, or why it is not used.
fn fate(
    record: &Record,
    section: Section,
    zone: &Name,
    kind: &ReplyKind,
) -> Result<String, String> {
    if !record.owner.is_at_or_below(zone) {
        return Err(format!(
            "out of bailiwick: a server of {zone} may not send records of {}",
            record.owner
        ));
    }
    if record.class != Class::IN {
        return Err(format!("its class is {}, not IN", record.class));
    }
    if record.has_unusable_rdata() {
        return Err("its RDATA is malformed".to_owned());
    }
    match kind {
        ReplyKind::Unusable(reason) => Err(format!(
            "nothing of this reply is used: the server {reason}"
        )),
        ReplyKind::Referral(delegation) => of_referral(record, section, delegation),
        ReplyKind::Answer(answer) => of_answer(record, section, answer),
        ReplyKind::LastResort(answer) => of_answer(record, section, answer)
            .map(|why| format!("{why}; without AA, only if no server has a better one")),
    }
}

fn of_referral(record: &Record, section: Section, to: &Delegation) -> Result<String, String> {
    let zone = &to.zone;
    let server = |name: &Name| to.servers.iter().find(|server| server.name == *name);
    match (section, &record.rdata, record.address()) {
        (Section::Authority, dnsparse::Rdata::Ns(name), _)
            if record.owner == *zone && server(name).is_some() =>
        {
            Ok(format!("a name server of {zone}, below the zone cut"))
        }
        (Section::Additional, _, Some(address)) => match server(&record.owner) {
            Some(server) if server.addresses.contains(&address) => {
                Ok("glue: the address of one of these servers, for this purpose alone".to_owned())
            }
            Some(_) => Err("more addresses than are taken from a referral".to_owned()),
            None => Err(format!("no name server of {zone} has this name")),
        },
        _ => Err(format!("no part of the delegation of {zone}")),
    }
}

fn of_answer(record: &Record, section: Section, answer: &Answer) -> Result<String, String> {
    let has = |records: &[Record]| records.iter().any(|it| is_equal(it, record));
    let beside = match section {
        Section::Answer => "not on the way from the question's name to the answer",
        _ => "beside an answer, not asked for",
    };
    match answer {
        Answer::Positive(records) if section == Section::Answer && has(records) => {
            Ok("the answer, or an alias on the way to it".to_owned())
        }
        Answer::Alias { records, .. } if section == Section::Answer && has(records) => {
            Ok("an alias: the search goes on with its target".to_owned())
        }
        Answer::Alias { target, .. } if record.owner == *target => Err(format!(
            "{target} is looked up at its own servers: it may be in a zone that was delegated away"
        )),
        Answer::NameTooLong(records) if section == Section::Answer && has(records) => {
            Ok("it makes the name too long (RFC 6672 section 2.2)".to_owned())
        }
        Answer::NoData(negative) | Answer::NxDomain(negative) => match &negative.soa {
            Some(soa) if section == Section::Authority && is_equal(soa, record) => {
                Ok(format!("the absence may be cached {}", negative_ttl(soa)))
            }
            _ => Err("no part of a negative answer, which has an SOA record alone".to_owned()),
        },
        _ => Err(beside.to_owned()),
    }
}

/// Whether two records are the same, whatever their TTLs.
fn is_equal(one: &Record, other: &Record) -> bool {
    one.is_same_rrset(other) && one.rdata == other.rdata
}

/// Returns a word and a few words for the kind of a reply.
fn summary(kind: &ReplyKind) -> (&'static str, String) {
    match kind {
        ReplyKind::Referral(to) => {
            let glue = to.servers.iter().map(|server| server.addresses.len());
            let (servers, glue): (_, usize) = (to.servers.len(), glue.sum());
            let text = format!("referral to {} ({servers} NS, {glue} glue)", to.zone);
            ("referral", text)
        }
        ReplyKind::Answer(answer) => answer_text(answer),
        ReplyKind::LastResort(answer) => {
            let (_, text) = answer_text(answer);
            ("last-resort", format!("without AA: {text}"))
        }
        ReplyKind::Unusable(reason) => ("unusable", format!("unusable: {reason}")),
    }
}

fn answer_text(answer: &Answer) -> (&'static str, String) {
    match answer {
        Answer::Positive(records) => {
            let last = records.last();
            let data: Vec<_> = records.iter().map(|it| it.rdata.to_string()).collect();
            let text = match (data.as_slice(), last) {
                ([one], Some(record)) => format!("{} {one}", record.rtype()),
                (_, Some(record)) => format!("{} {} records", data.len(), record.rtype()),
                _ => "no records".to_owned(),
            };
            ("answer", format!("answer: {text}"))
        }
        Answer::Alias { target, .. } => ("alias", format!("alias: go on with {target}")),
        Answer::NoData(_) => ("negative", "NODATA: no records of this type".to_owned()),
        Answer::NxDomain(_) => ("negative", "NXDOMAIN: no such name".to_owned()),
        Answer::NameTooLong(_) => ("answer", "the name becomes too long".to_owned()),
    }
}

/// Returns a number with its noun.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}
