//! Stale replies (RFC 8767): sent again after their TTLs, where no server gives a newer one.

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
    /// without AD, and with an extended error for clients with EDNS.
    pub fn stale(
        &self,
        query: &PlainQuery<'_>,
        policy: Policy,
        via: Via,
        now: Instant,
    ) -> Option<Vec<u8>> {
        let key = query.key();
        let (octets, age) = {
            let mut shard = self.shard(key);
            let (reply, _) = shard.get(key, now)?;
            if reply.generation != policy.generation || reply.fresh_until > now {
                return None;
            }
            (reply.octets.clone(), now - reply.fresh_until)
        };
        let mut packet = DnsPacket::parse(&octets).ok()?;
        packet.header.id = u16::from_be_bytes(query.id());
        packet.header.ad = false;
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
}
