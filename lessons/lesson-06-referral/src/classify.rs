//! [`classify`]: a reply is an answer of one of five kinds, a referral, or unusable.

use dnsparse::{DnsPacket, Name, Question, Rcode, Record, RecordType};

use crate::bailiwick::scrub;
use crate::chain::{Chain, chain};
use crate::delegation::{Delegation, delegation};
use crate::ds::ds_beside_referral;
use crate::malformed::malformed_answer;
use crate::name_too_long::name_too_long;
use crate::reply_kind::{Answer, Lame, Negative, ReplyKind, Unusable};

/// Classifies a reply to `question` from a server of `zone`. The name in the question is at or
/// below that zone.
pub fn classify(reply: &DnsPacket, question: &Question, zone: &Name) -> ReplyKind {
    if let Some(answer) = name_too_long(reply, question, zone) {
        return with_authority(reply, answer);
    }
    if let Some(reason) = unusable(reply, question) {
        return ReplyKind::Unusable(reason);
    }
    let scrubbed = scrub(reply, zone);
    if let Some(ds) = ds_beside_referral(&scrubbed, question) {
        return with_authority(reply, ds);
    }
    let chain = chain(question, &scrubbed.answers);
    if let Some(malformed) = malformed_answer(&reply.answers, question, zone, &chain) {
        return ReplyKind::Unusable(malformed);
    }
    todo!(
        "Several of these may fit; decide which counts: the answer of the chain, `with_authority`; the `alias`, if the chain has any; the `referral`, if the scrubbed reply has a `delegation`; the `negative` answer of the scrubbed reply, if the reply `is_negative`. If none fits, return Lame::Empty."
    )
}

/// Returns the reason why a reply is unusable, as far as its header and its question show one.
fn unusable(reply: &DnsPacket, question: &Question) -> Option<Unusable> {
    todo!(
        "Return Unusable::Rcode if the RCODE says that the server has failed; Unusable::Truncated if TC is set; Unusable::WrongQuestion unless the reply has this very question; otherwise None."
    )
}

/// Whether a reply without records of the question's type, and without aliases, is a negative
/// answer (RFC 2308 section 2). Both the reply as it was sent and the scrubbed one are examined.
///
/// The signs are NXDOMAIN; an SOA in the authority section; or, from some servers, no NS records:
/// only a referral needs them. NS records beside an SOA are those of the zone itself; those of a
/// zone further down are a referral, beside which some servers send their SOA, unless AA says that
/// the server has the answer. NS records alone are a referral, unless they are those of the
/// server's own zone, which some servers send with AA instead of the SOA. A referral to a zone
/// above or beside is no answer: the server does not have the zone, whatever AA says.
fn is_negative(reply: &DnsPacket, scrubbed: &DnsPacket, zone: &Name) -> bool {
    let has_soa = (scrubbed.authorities.iter()).any(|record| record.rtype() == RecordType::SOA);
    let is_ns = |record: &&Record| record.rtype() == RecordType::NS;
    let leads_deeper = (scrubbed.authorities.iter().filter(is_ns)).any(|ns| ns.owner != *zone);
    let leads_away = (reply.authorities.iter().filter(is_ns)).any(|ns| ns.owner != *zone);
    let has_ns = reply.authorities.iter().any(|record| is_ns(&record));
    let is_whole = reply.answers.len() == scrubbed.answers.len();
    let aa = reply.header.aa;
    todo!(
        "NXDOMAIN is negative. So is a reply that `has_soa`, if it has AA or does not lead deeper; one with AA that does not lead away; and one that has no NS records at all, if its answer section `is_whole`."
    )
}

/// Makes the alias to the name at the end of the chain.
///
/// Records of that name in the reply, or their absence, are ignored: the name may be in a zone that
/// has been delegated away, and of which this server has an old copy. It is looked up at its own
/// servers, for one more query. unbound, BIND and PowerDNS Recursor do the same.
fn alias(reply: &DnsPacket, chain: Chain) -> ReplyKind {
    let Chain { aliases, end, .. } = chain;
    let answer = Answer::Alias {
        records: aliases,
        target: end,
    };
    with_authority(reply, answer)
}

/// Makes the negative answer, with its SOA: that of a zone which the name is in.
///
/// NXDOMAIN for the zone's own name contradicts itself, since the zone above has delegated it: some
/// load balancers answer so to each type that they do not know. It means that the type is missing.
fn negative(scrubbed: &DnsPacket, question: &Question, zone: &Name) -> ReplyKind {
    let qname = &question.qname;
    let is_soa =
        |record: &&Record| record.rtype() == RecordType::SOA && qname.is_at_or_below(&record.owner);
    let soa = scrubbed.authorities.iter().find(is_soa).cloned();
    let negative = Negative { soa };
    let answer = match scrubbed.header.rcode {
        Rcode::NXDOMAIN if qname != zone => Answer::NxDomain(negative),
        _ => Answer::NoData(negative),
    };
    with_authority(scrubbed, answer)
}

/// Ranks an answer by AA: an authoritative server sets it (RFC 1035 section 4.1.1). A referral
/// comes without it.
///
/// Some servers answer without AA: those behind a cache or a load balancer that clears it, and
/// recursive resolvers that are listed in NS records by mistake. Such a server does not claim to
/// have the zone, and its TTLs and negative answers are those of a cache. So its answer waits until
/// every other server of the zone was tried. Then it is better than none: all widely used resolvers
/// accept it.
fn with_authority(reply: &DnsPacket, answer: Answer) -> ReplyKind {
    todo!(
        "Return the answer as ReplyKind::Answer, or else, `with_short_ttls`, as ReplyKind::LastResort. A flag of the reply decides."
    )
}

/// Accepts a referral only if it leads closer to the name: to a zone below the server's own, which
/// the name is in. Any other referral could make the resolver go round in a loop.
fn referral(delegation: Delegation, question: &Question, zone: &Name) -> ReplyKind {
    let to = &delegation.zone;
    todo!(
        "Return the referral if `to` is closer to the name in the question than the zone is; otherwise Lame::WrongReferral."
    )
}
