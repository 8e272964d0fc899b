//! Stale replies (RFC 8767): sent again after their TTLs, where no server gives a newer one.
//!
//! The newest reply counts, whichever flags its query had: an address that was withdrawn since, or a name
//! that was, does not come back because another client had asked for it in the form of this query.

use std::time::Duration;

use dnsparse::{DnsPacket, EdnsOption, ExtendedError, Rcode, Record, RecordType};
use network::Via;
use tokio::time::Instant;

use super::query::Form;
use super::{PlainQuery, Policy, ReplyCache};

/// The TTL of a stale record, in seconds (RFC 8767 section 4).
const STALE_TTL: u32 = 30;
/// The INFO-CODE of a stale answer (RFC 8914 section 4.4).
const STALE_ANSWER: u16 = 3;
/// The INFO-CODE of a stale NXDOMAIN (RFC 8914 section 4.20).
const STALE_NXDOMAIN: u16 = 19;

impl ReplyCache {
    /// Returns the reply to a query whose TTLs have ended, as it is sent again: with short TTLs,
    /// without AD, and with an extended error for clients with EDNS. It may have been the reply to
    /// another client, whose query asked for the same records with other flags.
    pub fn stale(
        &self,
        query: &PlainQuery<'_>,
        policy: Policy,
        via: Via,
        now: Instant,
    ) -> Option<Vec<u8>> {
        let (mut packet, age) = self.newest(query, policy, now)?;
        packet.header.id = u16::from_be_bytes(query.id());
        packet.header.ad = false;
        packet.header.cd = query.cd();
        match query.has_edns() {
            true => packet.edns.get_or_insert_default().do_bit = query.dnssec_ok(),
            false => packet.edns = None,
        }
        for record in packet.answers.iter_mut().chain(&mut packet.authorities) {
            record.ttl = STALE_TTL;
        }
        let info_code = match packet.rcode() {
            Rcode::NXDOMAIN => STALE_NXDOMAIN,
            _ => STALE_ANSWER,
        };
        if let Some(edns) = &mut packet.edns {
            let extra_text = format!(
                "no server replied; the answer expired {} s ago",
                age.as_secs()
            );
            let error = ExtendedError {
                info_code,
                extra_text,
            };
            edns.options.push(EdnsOption::ExtendedError(error));
        }
        let written = match via {
            Via::Udp => packet.write_within(query.udp_limit()),
            Via::Tcp => packet.write(),
        };
        let mut octets = written.ok()?;
        super::overwrite(&mut octets, dnsparse::offsets::HEADER, query.question());
        Some(octets)
    }

    /// Returns the newest expired reply, and the time since its TTLs have ended. A query with DO gets the
    /// newest of those for such queries, unless it has signatures, and the newest of all has other
    /// records.
    fn newest(
        &self,
        query: &PlainQuery<'_>,
        policy: Policy,
        now: Instant,
    ) -> Option<(DnsPacket, Duration)> {
        let expired = query.forms_of_same_question().filter_map(|form| {
            let expired = self.expired(query, form, policy, now)?;
            Some((expired, form.dnssec_ok()))
        });
        let expired: Vec<_> = expired.collect();
        let (newest, _) = expired.iter().max_by_key(|(reply, _)| reply.sent)?;
        let mut packet = DnsPacket::parse(&newest.octets).ok()?;
        remove_dnssec(&mut packet);
        if !query.dnssec_ok() {
            return Some((packet, newest.age));
        }
        let signed = expired.iter().filter(|(_, has_do)| *has_do);
        let (signed, _) = signed.max_by_key(|(reply, _)| reply.sent)?;
        let reply = DnsPacket::parse(&signed.octets).ok()?;
        let mut plain = reply.clone();
        remove_dnssec(&mut plain);
        match has_same_data(&plain, &packet) {
            true => Some((reply, signed.age)),
            // Nothing was signed, so the newer records lack nothing.
            false if plain == reply => Some((packet, newest.age)),
            false => None,
        }
    }

    /// Returns the reply of this form, if its TTLs have ended.
    fn expired(
        &self,
        query: &PlainQuery<'_>,
        form: Form,
        policy: Policy,
        now: Instant,
    ) -> Option<Expired> {
        let hash = self.hash(query, form);
        let mut shard = self.shard(hash);
        let (reply, _) = shard.get(&hash, now)?;
        let is_expired = reply.generation == policy.generation && reply.fresh_until <= now;
        (is_expired && reply.is_for(query, form)).then(|| Expired {
            octets: reply.octets.clone(),
            sent: reply.sent,
            age: now - reply.fresh_until,
        })
    }
}

/// A reply whose TTLs have ended.
struct Expired {
    octets: Box<[u8]>,
    sent: Instant,
    /// The time since then.
    age: Duration,
}

/// Removes the records that a client gets only if it sets DO (RFC 4035 section 3.2.1), unless the
/// question is for them.
fn remove_dnssec(reply: &mut DnsPacket) {
    let qtype = reply.question().map(|question| question.qtype);
    let is_kept = |record: &Record| {
        let rtype = record.rtype();
        let is_dnssec = [RecordType::RRSIG, RecordType::NSEC, RecordType::NSEC3].contains(&rtype);
        !is_dnssec || Some(rtype) == qtype
    };
    reply.answers.retain(is_kept);
    reply.authorities.retain(is_kept);
}

/// Whether two replies have the same RCODE, and the same records in the answer section, in whichever
/// order.
fn has_same_data(one: &DnsPacket, other: &DnsPacket) -> bool {
    let texts = |reply: &DnsPacket| {
        let data = reply.answers.iter();
        let data = data.map(|it| (it.owner.clone(), it.rtype(), it.rdata.to_string()));
        let mut data: Vec<_> = data.collect();
        data.sort();
        data
    };
    one.rcode() == other.rcode() && texts(one) == texts(other)
}
