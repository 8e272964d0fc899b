//! What a client sees of a security status: RCODE, AD, and the extended error (RFC 4035 section
//! 3.2, RFC 6840 section 5.7 to 5.9, RFC 8914).

use chase::{Dnssec, Resolution, Security};
use dnsparse::{DnsPacket, Rcode};
use recursive::reply::add_extended_error;
use serve::message_rules::set_rcode;

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
    Presentation {
        has_data: security != Security::Bogus || client.cd,
        ad: security == Security::Secure && (client.ad || client.dnssec_ok),
    }
}

/// Completes a reply that was filled from a resolution.
pub fn complete(query: &DnsPacket, reply: &mut DnsPacket, resolution: &Resolution) {
    let Some(dnssec) = &resolution.dnssec else {
        return;
    };
    let Dnssec {
        security, reason, ..
    } = &**dnssec;
    let Presentation { has_data, ad } = present(*security, ClientFlags::of(query));
    if !has_data {
        reply.answers.clear();
        reply.authorities.clear();
        set_rcode(reply, Rcode::SERVFAIL);
    }
    reply.header.ad = ad;
    if let Some(reason) = reason {
        add_extended_error(reply, reason.info_code, &reason.text);
    }
}
