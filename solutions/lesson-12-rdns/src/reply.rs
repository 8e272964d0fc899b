//! From what a resolver knows to what an client gets: flags, sections, and why there is nothing.

use cache::ttl::clamp_ttls;
use chase::{Resolution, ResolutionFailure};
use dnsparse::{DnsPacket, EdnsOption, ExtendedError, Rcode};
use negative::negative_cache;

use serve::message_rules::set_rcode;

/// Reasons for a failure, from IANA's "Extended DNS Error Codes" (RFC 8914 section 5.2).
pub mod info_code {
    /// Something that has no code of its own.
    pub const OTHER: u16 = 0;
    /// It failed a moment ago, and was not tried again.
    pub const CACHED_ERROR: u16 = 13;
    /// The client may not ask.
    pub const PROHIBITED: u16 = 18;
    /// Not something that this server does.
    pub const NOT_SUPPORTED: u16 = 21;
    /// No server of the zone was of any use.
    pub const NO_REACHABLE_AUTHORITY: u16 = 22;
    /// What the servers say cannot be right.
    pub const INVALID_DATA: u16 = 24;
}

/// The longest text in an extended error, in octets: it has to fit beside the question into the smallest reply.
const TEXT: usize = 160;

/// Puts a resolution into a reply.
///
/// Only what was asked for goes in, and where there is nothing the SOA that says so: that is all that a stub resolver needs, and
/// what is not sent can neither be amplified nor be forged. AA stays clear, since others are in charge of what is told here; AD
/// stays clear, since nothing was validated.
pub fn fill(reply: &mut DnsPacket, resolution: &Resolution) {
    put(reply, resolution);
    clamp(reply);
    spell(reply);
}

fn put(reply: &mut DnsPacket, resolution: &Resolution) {
    // todo: Set the RCODE (`set_rcode`); the records are the answer, the SOA, if any, is the authority section. Where there was
    // failure, `explain` it with its `code`.
    set_rcode(reply, resolution.rcode);
    reply.answers = resolution.records.clone();
    reply.authorities = resolution.soa.iter().cloned().collect();
    if let Some(failure) = &resolution.failure {
        explain(reply, code(failure), &failure.to_string());
    }
    // end todo
}

/// TTLs as they are meant, also in what comes straight from a server (lessons 9 and 10). What comes from the cache was treated so
/// before.
fn clamp(reply: &mut DnsPacket) {
    clamp_ttls(&mut reply.answers);
    for soa in &mut reply.authorities {
        soa.ttl = negative_cache::seconds(soa);
    }
}

/// The client gets the name back as it was asked for, however the first one to ask spelled it (RFC 4343 section 4).
fn spell(reply: &mut DnsPacket) {
    let Some(qname) = reply.question().map(|question| question.qname.clone()) else {
        return;
    };
    for record in &mut reply.answers {
        if record.owner == qname {
            record.owner = qname.clone();
        }
    }
}

/// The reply of a resolver that had to give the search up for younger ones.
pub fn overloaded(reply: &mut DnsPacket) {
    set_rcode(reply, Rcode::SERVFAIL);
    explain(
        reply,
        info_code::OTHER,
        "too many questions at the same time: ask again",
    );
}

/// Says why, to those who speak EDNS: there is no other place for it.
pub fn explain(reply: &mut DnsPacket, info_code: u16, text: &str) {
    if let Some(edns) = &mut reply.edns {
        let extra_text = shortened(text);
        edns.options.push(EdnsOption::ExtendedError(ExtendedError {
            info_code,
            extra_text,
        }));
    }
}

/// As much of a text as fits, without half a character at its end.
fn shortened(text: &str) -> String {
    let end = (0..=TEXT.min(text.len())).rfind(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// The code for a kind of failure.
fn code(failure: &ResolutionFailure) -> u16 {
    match failure {
        ResolutionFailure::NoServer(_) | ResolutionFailure::DeadlineExceeded { .. } => {
            info_code::NO_REACHABLE_AUTHORITY
        }
        ResolutionFailure::WrongSynthesis { .. } | ResolutionFailure::AliasLoop { .. } => {
            info_code::INVALID_DATA
        }
        ResolutionFailure::Cached { .. } => info_code::CACHED_ERROR,
        _ => info_code::OTHER,
    }
}
