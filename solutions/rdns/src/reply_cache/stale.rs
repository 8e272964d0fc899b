//! Stale replies (RFC 8767): sent again after their TTLs, where no server gives a newer one.

use std::time::Duration;

use dnsparse::{DnsPacket, EdnsOption, ExtendedError, Rcode};
use network::Via;
use tokio::time::Instant;

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
        let mut keys = query.keys_of_same_records();
        let (octets, age) = keys.find_map(|key| self.expired(&key, policy, now))?;
        let mut packet = DnsPacket::parse(&octets).ok()?;
        packet.header.id = u16::from_be_bytes(query.id());
        packet.header.ad = false;
        packet.header.cd = query.cd();
        match query.has_edns() {
            true => drop(packet.edns.get_or_insert_default()),
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

    /// Returns the reply with this key, if its TTLs have ended, and the time since then.
    fn expired(&self, key: &[u8], policy: Policy, now: Instant) -> Option<(Box<[u8]>, Duration)> {
        let mut shard = self.shard(key);
        let (reply, _) = shard.get(key, now)?;
        let is_expired = reply.generation == policy.generation && reply.fresh_until <= now;
        is_expired.then(|| (reply.octets.clone(), now - reply.fresh_until))
    }
}
