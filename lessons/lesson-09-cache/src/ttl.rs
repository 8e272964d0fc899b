//! The TTLs of RRsets: limited when they are stored, counted down when they are returned
//! (RFC 1035 section 3.2.1, RFC 2181 sections 5.2 and 8).

use std::collections::HashMap;
use std::time::Duration;

use dnsparse::Record;
use tokio::time::Instant;

/// The longest lifetime in the cache, in seconds: a day, the default of unbound's `cache-max-ttl`.
/// Some TTLs are of weeks, and some of those are mistakes.
pub const MAX_TTL: u32 = 86_400;

/// The sign bit, for software that reads a TTL as a signed number.
const TOP_BIT: u32 = 1 << 31;

/// Returns the number of seconds for which a TTL allows a record to be kept.
pub fn clamp_ttl(ttl: u32) -> u32 {
    todo!(
        "Return the number of seconds that RFC 2181 section 8 allows for this TTL (see TOP_BIT), but no more than MAX_TTL."
    )
}

/// Returns the duration for which an RRset may be kept.
///
/// Its records should all have the same TTL. If they do not, the least applies to all of them: half
/// an RRset would be a wrong answer (RFC 2181 section 5.2).
pub fn lifetime(rrset: &[Record]) -> Duration {
    todo!("Return the time for which every one of the records may be kept, by its `clamp_ttl`.")
}

/// Returns the remaining TTL of records that expire at `expires`: whole seconds, rounded down. So
/// no cache further down keeps the records for longer than this one may.
pub fn remaining_ttl(expires: Instant, now: Instant) -> u32 {
    let left = expires.saturating_duration_since(now).as_secs();
    u32::try_from(left).unwrap_or(MAX_TTL)
}

/// Sets the TTLs of records that are passed on at once to those that they would have from a cache:
/// one TTL for each RRset, and no more than [`MAX_TTL`].
pub fn clamp_ttls(records: &mut [Record]) {
    if let [record] = records {
        record.ttl = clamp_ttl(record.ttl);
        return;
    }
    let mut least: HashMap<_, u32> = HashMap::new();
    let rrset = |record: &Record| (record.owner.clone(), record.class, record.rtype());
    for record in records.iter() {
        let ttl = least.entry(rrset(record)).or_insert(MAX_TTL);
        *ttl = clamp_ttl(record.ttl).min(*ttl);
    }
    for record in records {
        record.ttl = least.get(&rrset(record)).copied().unwrap_or(0);
    }
}
