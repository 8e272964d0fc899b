//! What a client sees of a security status: RCODE and AD (RFC 4035 section 3.2, RFC 6840 sections
//! 5.7 to 5.9), and the extended error (RFC 8914).

use chain::{Indeterminate, Status};
use chase::{Reason, Security};
use dnsparse::DnsPacket;

/// The flags of a query that decide how its reply shows a security status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClientFlags {
    /// AD: the client wants to know whether the answer is secure (RFC 6840 section 5.7).
    pub ad: bool,
    /// CD: the client takes bogus data, too: it validates by itself, or is looking for the mistake.
    pub cd: bool,
    /// DO: the client understands signatures.
    pub dnssec_ok: bool,
}

/// How a reply shows a security status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Presentation {
    /// Whether the reply has the data; otherwise it is SERVFAIL.
    pub has_data: bool,
    /// AD.
    pub ad: bool,
}

impl ClientFlags {
    /// Returns the flags of a query.
    pub fn of(query: &DnsPacket) -> ClientFlags {
        ClientFlags {
            ad: query.header.ad,
            cd: query.header.cd,
            dnssec_ok: query.edns.as_ref().is_some_and(|edns| edns.do_bit),
        }
    }
}

/// Decides how a reply shows a security status.
pub fn present(security: Security, client: ClientFlags) -> Presentation {
    todo!(
        "The reply has the data, unless they are bogus and the client has not set CD. It has AD if the data are secure, and the client has set AD or DO: one that has set neither may not know the flag."
    )
}

/// Returns a status as clients see it. Where a server on the way does not reply, the answer is as
/// unproved as a bogus one.
pub fn security(status: &Status) -> Security {
    match status {
        Status::Secure => Security::Secure,
        Status::Insecure(_) => Security::Insecure,
        Status::Indeterminate(Indeterminate::NoAnchor) => Security::Indeterminate,
        Status::Indeterminate(_) | Status::Bogus(_) => Security::Bogus,
    }
}

/// Returns the extended error for a status (RFC 8914 section 4): lesson 18 knows its INFO-CODE, and
/// the sentence that says which RRset is at fault.
pub fn reason(status: &Status) -> Option<Reason> {
    // That no anchor covers a name is the usual case without one, and needs no reason.
    let has_reason = !matches!(status, Status::Indeterminate(Indeterminate::NoAnchor));
    let info_code = status.info_code().filter(|_| has_reason)?;
    Some(Reason {
        info_code,
        text: status.to_string(),
    })
}
