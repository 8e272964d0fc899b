//! Writes a resolution into a reply: flags, sections, and the reason of a failure.

use cache::ttl::clamp_ttls;
use chase::{Resolution, ResolutionFailure};
use dnsparse::{DnsPacket, EdnsOption, ExtendedError, Rcode, Record, RecordType};
use negative::negative_cache;

use serve::message_rules::set_rcode;

/// The INFO-CODEs of extended DNS errors (RFC 8914 section 5.2), as far as they are used here.
pub mod info_code {
    /// A failure without a code of its own.
    pub const OTHER: u16 = 0;
    /// The same question failed a moment ago, and was not tried again.
    pub const CACHED_ERROR: u16 = 13;
    /// The name is on a list of the operator's.
    pub const BLOCKED: u16 = 15;
    /// The name is on a list that the client has asked for.
    pub const FILTERED: u16 = 17;
    /// The client may not ask this.
    pub const PROHIBITED: u16 = 18;
    /// The server does not support this.
    pub const NOT_SUPPORTED: u16 = 21;
    /// No server of the zone gave a usable reply.
    pub const NO_REACHABLE_AUTHORITY: u16 = 22;
    /// This machine's network does not work.
    pub const NETWORK_ERROR: u16 = 23;
    /// The replies of the servers contradict the protocol.
    pub const INVALID_DATA: u16 = 24;
}

/// The length of the longest EXTRA-TEXT, in octets: beside the question, it has to fit into the
/// smallest reply.
const MAX_EXTRA_TEXT: usize = 160;

/// Fills a reply from a resolution.
///
/// The reply gets the records of the answer, or the SOA of a negative answer, and nothing else: a
/// stub resolver needs no more, and a record that is not sent can neither amplify an attack nor be
/// forged. AA stays clear, since other servers are authoritative for this data; AD stays clear,
/// until validation sets it (lesson 20). A client with DO gets signatures and proofs as well, where
/// the resolver asked for them.
pub fn fill(reply: &mut DnsPacket, resolution: &Resolution) {
    fill_sections(reply, resolution);
    add_signatures(reply, resolution);
    clamp_all_ttls(reply);
    restore_qname_case(reply);
}

/// Sets the RCODE and the sections of the reply, and adds the reason of a failure.
fn fill_sections(reply: &mut DnsPacket, resolution: &Resolution) {
    todo!(
        "Put each part of the resolution where a client looks for it: the RCODE (`set_rcode`), the records, the SOA of a negative answer, and the reason of a failure (`add_extended_error`, with its `info_code_of` and its text)."
    )
}

/// Adds signatures and proofs to the reply of a client that understands them (RFC 4035 section
/// 3.2.1).
fn add_signatures(reply: &mut DnsPacket, resolution: &Resolution) {
    let has_do = reply.edns.as_ref().is_some_and(|edns| edns.do_bit);
    if let Some(dnssec) = resolution.dnssec.as_ref().filter(|_| has_do) {
        reply.answers.extend(dnssec.signatures.iter().cloned());
        reply.authorities.extend(dnssec.proofs.iter().cloned());
    }
}

/// Limits all TTLs as in lessons 9 and 10, for records that come straight from a server. Records
/// from the cache have such TTLs already.
fn clamp_all_ttls(reply: &mut DnsPacket) {
    clamp_ttls(&mut reply.answers);
    clamp_ttls(&mut reply.authorities);
    let is_soa = |record: &&mut Record| record.rtype() == RecordType::SOA;
    for soa in reply.authorities.iter_mut().filter(is_soa) {
        soa.ttl = negative_cache::seconds(soa);
    }
}

/// Gives the qname back in the letter case of this client's query: the first client on the flight
/// may have used another one (RFC 4343 section 4).
fn restore_qname_case(reply: &mut DnsPacket) {
    let Some(qname) = reply.question().map(|question| question.qname.clone()) else {
        return;
    };
    for record in &mut reply.answers {
        if record.owner == qname {
            record.owner = qname.clone();
        }
    }
}

/// Makes the reply to a client whose search was aborted for younger ones, or not even started.
pub fn fail_overloaded(reply: &mut DnsPacket) {
    set_rcode(reply, Rcode::SERVFAIL);
    add_extended_error(
        reply,
        info_code::OTHER,
        "too many queries at the same time: ask again",
    );
}

/// Adds an extended DNS error, if the reply has EDNS: without EDNS, there is no room for a reason.
pub fn add_extended_error(reply: &mut DnsPacket, info_code: u16, text: &str) {
    if let Some(edns) = &mut reply.edns {
        let extra_text = truncated(text);
        edns.options.push(EdnsOption::ExtendedError(ExtendedError {
            info_code,
            extra_text,
        }));
    }
}

/// Truncates a text to [`MAX_EXTRA_TEXT`] octets, between two characters.
fn truncated(text: &str) -> String {
    let max = MAX_EXTRA_TEXT.min(text.len());
    let end = (0..=max).rfind(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// Returns the INFO-CODE for a failure.
fn info_code_of(failure: &ResolutionFailure) -> u16 {
    match failure {
        ResolutionFailure::NoServer(_) | ResolutionFailure::DeadlineExceeded { .. } => {
            info_code::NO_REACHABLE_AUTHORITY
        }
        ResolutionFailure::WrongSynthesis { .. } | ResolutionFailure::AliasLoop { .. } => {
            info_code::INVALID_DATA
        }
        ResolutionFailure::NoRoute => info_code::NETWORK_ERROR,
        ResolutionFailure::Cached { .. } => info_code::CACHED_ERROR,
        _ => info_code::OTHER,
    }
}
