//! Aliases within one reply: from the name asked for to the name that has the records (RFC 1034 section 3.6.2).
//!
//! A server follows an alias as far as its own zones go, and puts everything that it met into the answer section, in any order.

use dnsparse::{Name, Question, Rdata, Record, RecordType};
use zone::substitute;

/// How many aliases are followed: nobody honest needs more, and a circle never ends.
pub const MAX_ALIASES: usize = 16;

/// The aliases of an answer section, in the order in which they lead on, and where they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The CNAME records that were followed, each after the DNAME, if any, that it was made from (RFC 6672 section 3.1).
    pub aliases: Vec<Record>,
    /// The name that the last of them points to: the one asked for, if there is none.
    pub end: Name,
    /// The records of the type asked for at that name.
    pub answer: Vec<Record>,
}

/// Follows the aliases of an answer section from the name in the question.
///
/// Asked for CNAME, or for ANY, an alias is the answer itself and is not followed.
pub fn chain(question: &Question, answers: &[Record]) -> Chain {
    let mut aliases: Vec<Record> = Vec::new();
    let mut end = question.qname.clone();
    // todo: At most MAX_ALIASES times: stop if records answer at `end`, or if it has no alias, or one that was met before; else
    // add the alias to `aliases` (and before it the `dname_above`, if any), and go on at its target. Then return the chain.
    for _ in 0..MAX_ALIASES {
        let Some((alias, target)) = alias_at(&end, answers) else {
            break;
        };
        if !answers_at(&end, question.qtype, answers).is_empty() || aliases.contains(&alias) {
            break;
        }
        aliases.extend(dname_above(&end, answers).cloned());
        aliases.push(alias);
        end = target;
    }
    let answer = answers_at(&end, question.qtype, answers);
    Chain {
        aliases,
        end,
        answer,
    }
    // end todo
}

/// The records at a name that are of the type asked for; for ANY, all of them.
fn answers_at(name: &Name, qtype: RecordType, answers: &[Record]) -> Vec<Record> {
    let fits = |record: &&Record| {
        let is_wanted = record.rtype() == qtype || qtype == RecordType::ANY;
        record.owner == *name && is_wanted
    };
    answers.iter().filter(fits).cloned().collect()
}

/// The alias at a name, and where it points. Where a DNAME came without the CNAME that follows from it, we make that ourselves: it is
/// there for those who do not know DNAME, and lives as long as the DNAME does (RFC 6672 section 3.1).
fn alias_at(name: &Name, answers: &[Record]) -> Option<(Record, Name)> {
    let there = answers.iter().find_map(|record| match &record.rdata {
        Rdata::Cname(target) if record.owner == *name => Some((record.clone(), target.clone())),
        _ => None,
    });
    there.or_else(|| {
        let dname = dname_above(name, answers)?;
        let Rdata::Dname(to) = &dname.rdata else {
            return None;
        };
        let target = substitute(name, &dname.owner, to)?;
        let alias = Record::new(name.clone(), dname.ttl, Rdata::Cname(target.clone()));
        Some((alias, target))
    })
}

/// Whether a chain leads on from a name where it was not followed any more: it is a circle, or too long.
pub(crate) fn leads_on(end: &Name, answers: &[Record]) -> bool {
    alias_at(end, answers).is_some()
}

/// The DNAME that a name lies below.
fn dname_above<'r>(name: &Name, answers: &'r [Record]) -> Option<&'r Record> {
    let is_above = |record: &&Record| {
        record.rtype() == RecordType::DNAME
            && name.is_at_or_below(&record.owner)
            && *name != record.owner
    };
    answers.iter().find(is_above)
}
