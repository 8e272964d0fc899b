//! DS records (given). Unlike all other records of a zone, they are in its parent (RFC 4035 section
//! 2.4). Servers that do not know this rule answer from the wrong side of the zone cut.

use dnsparse::{DnsPacket, Question, Record, RecordType};

use crate::reply_kind::{Answer, Negative};

/// Whether an answer to a question for the DS records of a zone comes from the zone itself, the
/// child side of the cut: its SOA denies them, or there is an alias at its name.
///
/// A server answers in this way if it has this zone and one further up, but not the parent between
/// them: the root servers have `root-servers.net`, but not `net`. (An alias at another name than a
/// zone's is an alias for DS, too: then no parent zone further down will be found.)
pub fn is_child_side(question: &Question, answer: &Answer) -> bool {
    if question.qtype != RecordType::DS || question.qname.is_root() {
        return false;
    }
    let is_at_name = |record: &Record| record.owner == question.qname;
    match answer {
        Answer::Alias { records, .. } => records.first().is_some_and(is_at_name),
        Answer::NoData(negative) | Answer::NxDomain(negative) => {
            negative.soa.as_ref().is_some_and(is_at_name)
        }
        Answer::Positive(_) | Answer::NameTooLong(_) => false,
    }
}

/// Returns the answer to a question for the DS records of a zone, if the reply is a referral to
/// that very zone: the DS records beside its NS records, or none.
///
/// The referral comes from a server of the right zone, but one that does not know DS. Following it
/// would lead to servers that do not have the DS records.
pub(crate) fn ds_beside_referral(reply: &DnsPacket, question: &Question) -> Option<Answer> {
    let of_type = |rtype: RecordType| {
        let authorities = reply.authorities.iter();
        authorities.filter(move |record| record.rtype() == rtype)
    };
    let is_referral = reply.answers.is_empty()
        && of_type(RecordType::SOA).next().is_none()
        && of_type(RecordType::NS).any(|ns| ns.owner == question.qname);
    if question.qtype != RecordType::DS || !is_referral {
        return None;
    }
    let ds = of_type(RecordType::DS).filter(|record| record.owner == question.qname);
    let ds: Vec<Record> = ds.cloned().collect();
    Some(match ds.is_empty() {
        true => Answer::NoData(Negative { soa: None }),
        false => Answer::Positive(ds),
    })
}
