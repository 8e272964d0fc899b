//! Malformed records in an answer section.
//!
//! RDATA of most types can be passed on unread, malformed or not: clients that know the type decide
//! for themselves (RFC 3597 section 3). RDATA of the other types has to be read: its names may be
//! compressed, or the resolver itself uses it. If such RDATA is malformed, its whole RRset is
//! dropped, since a part of an RRset is not an answer (RFC 2181 section 5). And if the question was
//! for that RRset, the reply is unusable: another server may have an intact one.

use std::collections::HashSet;

use dnsparse::{Class, Name, Question, Record, RecordType};

use crate::chain::Chain;
use crate::reply_kind::Unusable;

/// Drops the RRsets of which a record has unusable RDATA.
pub(crate) fn drop_unusable_rrsets(answers: &mut Vec<Record>) {
    let unusable = answers.iter().filter(|record| record.has_unusable_rdata());
    let unusable: HashSet<_> = unusable
        .map(|record| (record.owner.clone(), record.rtype()))
        .collect();
    if !unusable.is_empty() {
        answers.retain(|record| !unusable.contains(&(record.owner.clone(), record.rtype())));
    }
}

/// Returns the malformed record that the answer to a question would need; none if the answer needs
/// no malformed record, or if an alias leads to another question.
pub(crate) fn malformed_answer(
    answers: &[Record],
    question: &Question,
    zone: &Name,
    chain: &Chain,
) -> Option<Unusable> {
    let Question { qname, qtype, .. } = question;
    if !chain.aliases.is_empty() || !chain.answer.is_empty() {
        return None;
    }
    let is_needed = |record: &&Record| {
        let rtype = record.rtype();
        let is_at_name = record.owner == *qname;
        let is_answer = rtype == *qtype || *qtype == RecordType::ANY || rtype == RecordType::CNAME;
        let is_above = rtype == RecordType::DNAME && qname.is_at_or_below(&record.owner);
        let is_acceptable = record.class == Class::IN && record.owner.is_at_or_below(zone);
        is_acceptable && record.has_unusable_rdata() && (is_at_name && is_answer || is_above)
    };
    let record = answers.iter().find(is_needed)?;
    Some(Unusable::Malformed {
        owner: record.owner.clone(),
        rtype: record.rtype(),
    })
}
