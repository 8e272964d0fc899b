//! [`ReplyCache`]: whole replies, kept as octets and sent again.
//!
//! Most queries ask for something that was asked for a moment ago. Their replies need no parsing,
//! no lookup and no writing: the octets of the earlier reply are copied, with the id and the
//! spelling of the name taken from the new query, and with the age subtracted from each TTL. That
//! takes well under a microsecond. The cache recognises only queries of the plain kind (see
//! [`PlainQuery`]); every other query goes to the recursive resolver. PowerDNS calls this a packet
//! cache, unbound a message cache.
//!
//! The replies are spread over shards, each behind a lock of its own, so that threads seldom wait
//! for each other. A reply is found by a hash of the question, and counts only if its own question is
//! the same: so the octets that have to come from memory for a lookup are those that are sent.

mod query;
mod stale;
#[cfg(test)]
mod tests;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::Store;
use dnsparse::offsets::{self, HEADER};
use dnsparse::{Class, DnsPacket, Name, RecordType};
use network::Via;
use smallvec::SmallVec;
use tokio::time::Instant;

use self::query::Form;
pub use self::query::PlainQuery;
use crate::aliases::targets;

/// The number of shards: several for each thread that a small machine runs.
const SHARDS: usize = 16;
/// The number of octets of a reply that weigh as much as one record.
const OCTETS_PER_RECORD: usize = 256;
/// The time for which a truncated reply is kept: it only tells the client to query over TCP.
const TRUNCATED_FOR: Duration = Duration::from_secs(5);

/// A reply is due for a prefetch when one in this many parts of its lifetime is left.
const PREFETCH_SHARE: u32 = 10;
/// The least lifetime of a reply that is prefetched. The record behind a shorter one is in its last
/// second as soon as it has come: a reply made from it has a TTL of 0, and is not cached. So the
/// prefetch would cost a query, and the next client another one.
const LEAST_PREFETCHED: Duration = Duration::from_secs(2);

/// A bounded cache of replies, by question and by what else in a query changes the reply.
#[derive(Debug)]
pub struct ReplyCache {
    shards: Vec<Mutex<Shard>>,
    records_per_shard: usize,
    hasher: RandomState,
}

/// Replies by the hash of their question and form. (Where two have the same one, which hardly ever
/// happens, the newer takes the other's place.)
type Shard = Store<u64, CachedReply>;

/// The offsets of the TTLs in a reply. Those of most replies need no memory of their own.
type Offsets = SmallVec<[u16; 4]>;

/// A reply as it was sent.
#[derive(Debug)]
struct CachedReply {
    octets: Box<[u8]>,
    form: Form,
    ttls: Offsets,
    sent: Instant,
    /// The time at which the first of its TTLs ends.
    fresh_until: Instant,
    /// The generation of the settings that the reply was made by, and the number of flushes before it.
    generation: u32,
    flushes: u32,
    /// Whether a blocklist made the reply.
    is_blocked: bool,
    /// Whether a prefetch of a newer reply has begun.
    is_prefetched: AtomicBool,
}

/// How a reply is stored and sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// The generation of the settings.
    pub generation: u32,
    /// The number of flushes. A reply from before the last one is only sent when it is stale.
    pub flushes: u32,
    /// The time for which a reply is kept after its TTLs have ended.
    pub stale_for: Duration,
    /// Whether replies are prefetched.
    pub prefetches: bool,
}

/// The result of a lookup in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// No reply that can be sent.
    None,
    /// A reply.
    Fresh,
    /// A reply that a blocklist made.
    Blocked,
    /// A reply that is about to expire: it is time to fetch a newer one. Only one query is told so.
    Due,
}

impl ReplyCache {
    /// Creates an empty cache with room for replies that weigh as much as the given number of
    /// records.
    pub fn new(records: usize) -> ReplyCache {
        let records_per_shard = records.div_ceil(SHARDS);
        let shard = || Mutex::new(Store::new(records_per_shard));
        ReplyCache {
            records_per_shard,
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// Returns the weight of all cached replies, in records.
    pub fn records(&self) -> usize {
        (0..SHARDS).map(|number| self.locked(number).weight()).sum()
    }

    /// Removes all replies.
    pub fn clear(&self) {
        for number in 0..SHARDS {
            let empty = Store::new(self.records_per_shard);
            let full = mem::replace(&mut *self.locked(number), empty);
            // The lock is free while the memory is given back.
            drop(full);
        }
    }

    /// Removes the replies about a name, or about that and all names below it: its own, and those with
    /// an alias that leads there.
    pub fn forget(&self, name: &Name, below: bool, now: Instant) {
        for number in 0..SHARDS {
            let mut shard = self.locked(number);
            let about = |hash: &&u64| {
                let reply = shard.peek(hash, now);
                reply.is_some_and(|(reply, _)| reply.is_about(name, below))
            };
            let hashes: Vec<u64> = shard.keys().filter(about).copied().collect();
            for hash in hashes {
                shard.remove(&hash);
            }
        }
    }

    /// Writes the reply to a query into `out`, if it is cached, has not expired, and fits the size
    /// that the client accepts over UDP; or else, there, the truncated reply for clients that accept as
    /// much. A reply that was made by settings of another generation, or before a flush, is not sent.
    pub fn answer(
        &self,
        query: &PlainQuery<'_>,
        via: Via,
        policy: Policy,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Hit {
        let limit = match via {
            Via::Udp => query.udp_limit(),
            Via::Tcp => usize::MAX,
        };
        match self.answer_by(query, query.whole(), limit, policy, now, out) {
            Hit::None if via == Via::Udp => {
                self.answer_by(query, query.truncated(), limit, policy, now, out)
            }
            hit => hit,
        }
    }

    fn answer_by(
        &self,
        query: &PlainQuery<'_>,
        form: Form,
        limit: usize,
        policy: Policy,
        now: Instant,
        out: &mut Vec<u8>,
    ) -> Hit {
        let hash = self.hash(query, form);
        let mut shard = self.shard(hash);
        let Some((reply, _)) = shard.get(&hash, now) else {
            return Hit::None;
        };
        if (reply.generation, reply.flushes) != (policy.generation, policy.flushes)
            || reply.fresh_until <= now
            || !reply.is_for(query, form)
            || reply.octets.len() > limit
        {
            return Hit::None;
        }
        let hit = match reply.is_blocked {
            true => Hit::Blocked,
            false if policy.prefetches && reply.is_due(now) => Hit::Due,
            false => Hit::Fresh,
        };
        out.clear();
        out.extend_from_slice(&reply.octets);
        // The age is rounded up, as the resolver's cache rounds down what is left of a TTL: so a
        // TTL never goes up, whichever of the two caches the reply comes from.
        let age = now.duration_since(reply.sent).as_millis().div_ceil(1_000);
        let ttls = reply.ttls.iter().copied();
        subtract_age(out, ttls, u32::try_from(age).unwrap_or(u32::MAX));
        drop(shard);
        overwrite(out, 0, &query.id());
        overwrite(out, HEADER, query.question());
        hit
    }

    /// Caches a reply, unless it is one that must not be sent twice.
    pub fn store(&self, query: &PlainQuery<'_>, octets: &[u8], policy: Policy, now: Instant) {
        self.store_as(false, query, octets, policy, now);
    }

    /// Caches a reply, of which it is known whether a blocklist made it.
    pub fn store_as(
        &self,
        is_blocked: bool,
        query: &PlainQuery<'_>,
        octets: &[u8],
        policy: Policy,
        now: Instant,
    ) {
        let ttls = ttls(octets).filter(|_| query.has_question_of(octets));
        let Some(Ttls {
            positions,
            least,
            is_truncated,
        }) = ttls
        else {
            return;
        };
        // In its last second a reply has a TTL of 0. Without it, a reply with a TTL of 1 would not be
        // cached at all, and each query for a popular name would become an upstream query.
        let lifetime = Duration::from_secs(least.into());
        let (form, lifetime, stale_for) = match is_truncated {
            true => {
                let lifetime = lifetime.min(TRUNCATED_FOR);
                (query.truncated(), lifetime, Duration::ZERO)
            }
            false => (query.whole(), lifetime, policy.stale_for),
        };
        // A reply without a TTL is the newest one all the same: a stale one is not sent after it.
        if (lifetime + stale_for).is_zero() {
            return;
        }
        let weight = 1 + octets.len() / OCTETS_PER_RECORD;
        let reply = CachedReply {
            octets: octets.into(),
            form,
            ttls: positions,
            sent: now,
            fresh_until: now + lifetime,
            generation: policy.generation,
            flushes: policy.flushes,
            is_blocked,
            is_prefetched: AtomicBool::new(is_truncated),
        };
        let hash = self.hash(query, form);
        self.shard(hash)
            .put(hash, reply, weight, lifetime + stale_for, now);
    }

    /// Returns the hash by which the reply of a form is found.
    fn hash(&self, query: &PlainQuery<'_>, form: Form) -> u64 {
        self.hasher.hash_one((query.lower_question(), form))
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        self.locked(hash as usize % SHARDS)
    }

    fn locked(&self, number: usize) -> MutexGuard<'_, Shard> {
        #[expect(
            clippy::indexing_slicing,
            reason = "the remainder is less than the number of shards"
        )]
        let shard = &self.shards[number];
        // A thread that panicked has left the shard whole: it is changed by single calls.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CachedReply {
    /// Whether this is the reply of a form to a query: another one may have the same hash.
    fn is_for(&self, query: &PlainQuery<'_>, form: Form) -> bool {
        self.form == form && query.has_question_of(&self.octets)
    }

    /// Whether the reply has records of a name, or a question or an alias for it; with `below`, also of
    /// the names below it.
    fn is_about(&self, name: &Name, below: bool) -> bool {
        let Ok(reply) = DnsPacket::parse(&self.octets) else {
            return true;
        };
        let is_meant = |other: &Name| match below {
            true => other.is_at_or_below(name),
            false => other == name,
        };
        let asked = reply.question().is_some_and(|it| is_meant(&it.qname));
        let mut owners = reply.answers.iter().map(|it| &it.owner);
        asked || owners.any(is_meant) || targets(&reply.answers).any(is_meant)
    }

    /// Whether a newer reply is to be fetched: in the last tenth of the lifetime, and once.
    fn is_due(&self, now: Instant) -> bool {
        let left = self.fresh_until.saturating_duration_since(now);
        let lifetime = self.fresh_until.saturating_duration_since(self.sent);
        lifetime >= LEAST_PREFETCHED
            && left * PREFETCH_SHARE <= lifetime
            && !self.is_prefetched.swap(true, Ordering::Relaxed)
    }
}

/// The TTLs of a reply that may be cached.
struct Ttls {
    /// The offset of each; none in a truncated reply without records.
    positions: Offsets,
    /// The least of them, in seconds.
    least: u32,
    /// Whether TC is set.
    is_truncated: bool,
}

/// Finds the TTLs of a reply. None if the reply must not be cached: its RCODE is neither NOERROR nor
/// NXDOMAIN. One without records that is not truncated has a TTL of 0.
fn ttls(reply: &[u8]) -> Option<Ttls> {
    let [_, _, high, low, ..] = *reply.first_chunk::<HEADER>()?;
    let is_truncated = high & 0x02 != 0;
    if !matches!(low & 0x0f, 0 | 3) || offsets::question(reply).ok()?.qclass != Class::IN {
        return None;
    }
    let (mut positions, mut least) = (Offsets::new(), u32::MAX);
    for record in offsets::records(reply).ok()? {
        let record = record.ok()?;
        if record.rtype != RecordType::OPT {
            positions.push(u16::try_from(record.ttl_at).ok()?);
            least = least.min(record.ttl);
        }
    }
    if positions.is_empty() && !is_truncated {
        least = 0;
    }
    Some(Ttls {
        positions,
        least,
        is_truncated,
    })
}

/// Subtracts the age from each TTL.
fn subtract_age(octets: &mut [u8], ttls: impl Iterator<Item = u16>, age: u32) {
    for at in ttls.map(usize::from) {
        if let Some(ttl) = octets
            .get_mut(at..)
            .and_then(|rest| rest.first_chunk_mut::<4>())
        {
            *ttl = u32::from_be_bytes(*ttl).saturating_sub(age).to_be_bytes();
        }
    }
}

/// Puts octets in the place of others.
fn overwrite(octets: &mut [u8], at: usize, with: &[u8]) {
    if let Some(place) = octets.get_mut(at..at + with.len()) {
        place.copy_from_slice(with);
    }
}
