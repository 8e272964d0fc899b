//! [`name_too_long`]: a DNAME can make a name longer than 255 octets. Then there is no such name,
//! and the answer is the DNAME itself, with the RCODE YXDOMAIN (RFC 6672 section 2.2).
//!
//! The DNAME decides, not the RCODE: a server that does not know YXDOMAIN sends the DNAME alone,
//! and YXDOMAIN without a DNAME says nothing about the name.

use dnsparse::{DnsPacket, Name, Question, Rcode, Rdata, RecordType};
use zone::substitute;

use crate::bailiwick::scrub;
use crate::chain::{Chain, chain, dname_above};
use crate::reply_kind::Answer;

/// Returns the answer of a reply whose chain of aliases ends at a DNAME that makes the name too
/// long; none for any other reply.
pub(crate) fn name_too_long(reply: &DnsPacket, question: &Question, zone: &Name) -> Option<Answer> {
    let has_dname = (reply.answers.iter()).any(|record| record.rtype() == RecordType::DNAME);
    let has_rcode = matches!(
        reply.rcode(),
        Rcode::NOERROR | Rcode::NXDOMAIN | Rcode::YXDOMAIN
    );
    let fits = reply.question() == Some(question) && !reply.header.tc;
    if !has_dname || !has_rcode || !fits {
        return None;
    }
    let answers = scrub(reply, zone).answers;
    let Chain {
        mut aliases,
        end,
        answer,
    } = chain(question, &answers);
    let dname = dname_above(&end, &answers)?;
    let Rdata::Dname(to) = &dname.rdata else {
        return None;
    };
    if !answer.is_empty() || substitute(&end, &dname.owner, to).is_some() {
        return None;
    }
    aliases.push(dname.clone());
    Some(Answer::NameTooLong(aliases))
}
