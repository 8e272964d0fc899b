//! Writes into a reply what a client sees of a security status, as lesson 20 decides: RCODE, AD, and
//! the extended error.

use chase::{Dnssec, Resolution};
use dnsparse::{DnsPacket, Rcode};
use recursive::reply::add_extended_error;
use serve::message_rules::set_rcode;
use trust::reply::{ClientFlags, Presentation, present};

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
