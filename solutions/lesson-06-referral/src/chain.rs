//! [`chain`]: the aliases within one reply, from the name in the question to the name that has the
//! records (RFC 1034 section 3.6.2).
//!
//! A server follows an alias as far as its own zones go, and puts all the records on the way into
//! the answer section, in any order.

use dnsparse::{Name, Question, Rdata, Record, RecordType};
use zone::substitute;

/// The most aliases of one reply that are followed: an honest zone needs far fewer, and a loop
/// never ends.
pub const MAX_ALIASES: usize = 16;

/// The aliases of an answer section, each after the one that points to it, and the end of the
/// chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The CNAME records that were followed, each after the DNAME, if any, that it follows from
    /// (RFC 6672 section 3.1).
    pub aliases: Vec<Record>,
    /// The name that the last of them points to; the name in the question, if there is none.
    pub end: Name,
    /// The records of the question's type at that name.
    pub answer: Vec<Record>,
}

/// Follows the aliases of an answer section from the name in the question.
///
/// To a question for CNAME or ANY, an alias is itself the answer, and is not followed.
pub fn chain(question: &Question, answers: &[Record]) -> Chain {
    let mut aliases: Vec<Record> = Vec::new();
    let mut end = question.qname.clone();
    // todo: Follow the aliases from `end` on (`alias_at`), at most MAX_ALIASES of them, in whatever
    // order they stand. Add each to `aliases`, and before it the `dname_above`, if any. Stop at the
    // answer (`records_at`), where no alias leads on, and where one leads in a circle. Then return
    // the chain.
    for _ in 0..MAX_ALIASES {
        let Some((alias, target)) = alias_at(&end, answers) else {
            break;
        };
        if !records_at(&end, question.qtype, answers).is_empty() || aliases.contains(&alias) {
            break;
        }
        aliases.extend(dname_above(&end, answers).cloned());
        aliases.push(alias);
        end = target;
    }
    let answer = records_at(&end, question.qtype, answers);
    Chain {
        aliases,
        end,
        answer,
    }
    // end todo
}

/// Returns the records of a type at a name; for ANY, the records of every type. Before a CNAME that
/// follows from a DNAME comes that DNAME: it is what the zone has.
fn records_at(name: &Name, qtype: RecordType, answers: &[Record]) -> Vec<Record> {
    let matches = |record: &&Record| {
        record.owner == *name && (record.rtype() == qtype || qtype == RecordType::ANY)
    };
    let records: Vec<Record> = answers.iter().filter(matches).cloned().collect();
    let dname = dname_above(name, answers).filter(|_| qtype == RecordType::CNAME);
    match dname {
        Some(dname) if !records.is_empty() => [vec![dname.clone()], records].concat(),
        _ => records,
    }
}

/// Returns the alias at a name, and its target. If a DNAME came without the CNAME that follows from
/// it, that is synthesized here, with the TTL of the DNAME: servers send it only for the sake of
/// resolvers that do not know DNAME (RFC 6672 section 3.1).
fn alias_at(name: &Name, answers: &[Record]) -> Option<(Record, Name)> {
    let cname = answers.iter().find_map(|record| match &record.rdata {
        Rdata::Cname(target) if record.owner == *name => Some((record.clone(), target.clone())),
        _ => None,
    });
    cname.or_else(|| {
        let dname = dname_above(name, answers)?;
        let Rdata::Dname(to) = &dname.rdata else {
            return None;
        };
        let target = substitute(name, &dname.owner, to)?;
        let alias = Record::new(name.clone(), dname.ttl, Rdata::Cname(target.clone()));
        Some((alias, target))
    })
}

/// Returns the DNAME whose owner is above a name.
pub(crate) fn dname_above<'r>(name: &Name, answers: &'r [Record]) -> Option<&'r Record> {
    let is_above = |record: &&Record| {
        record.rtype() == RecordType::DNAME
            && name.is_at_or_below(&record.owner)
            && *name != record.owner
    };
    answers.iter().find(is_above)
}
