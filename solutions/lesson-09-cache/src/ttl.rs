//! For how long: what a TTL allows (RFC 1035 section 3.2.1, RFC 2181 sections 5.2 and 8).

use std::collections::HashMap;
use std::time::Duration;

use dnsparse::Record;
use tokio::time::Instant;

/// Nothing is kept for longer than a day, whatever its TTL says: some say weeks, and some of them by mistake.
pub const MAX_TTL: u32 = 86_400;

/// The bit that makes a TTL negative, for those who read it as a signed number.
const TOP_BIT: u32 = 1 << 31;

/// The seconds for which a TTL lets something be kept.
pub fn seconds(ttl: u32) -> u32 {
    // todo: A TTL with its TOP_BIT set means 0 (RFC 2181 section 8); any other is cut to MAX_TTL.
    match ttl & TOP_BIT {
        0 => ttl.min(MAX_TTL),
        _ => 0,
    }
    // end todo
}

/// For how long an RRset may be kept.
///
/// Its records should have one TTL. Where they have not, the least counts: half an RRset would be a lie (RFC 2181 section 5.2).
pub fn lifetime(rrset: &[Record]) -> Duration {
    // todo: Take the least of the records' `seconds`; 0 if there is no record.
    let least = rrset.iter().map(|record| seconds(record.ttl)).min();
    Duration::from_secs(least.unwrap_or(0).into())
    // end todo
}

/// The TTL of what expires then, for whoever asks now: whole seconds, and what is left of the last one does not count. So a TTL
/// that is passed on never lets anybody keep the records for longer than we may.
pub fn seconds_left(expires: Instant, now: Instant) -> u32 {
    let left = expires.saturating_duration_since(now).as_secs();
    u32::try_from(left).unwrap_or(MAX_TTL)
}

/// Gives the records of each RRset the one TTL that a cache would give them, before they are passed on.
pub fn clamp_ttls(records: &mut [Record]) {
    let mut least: HashMap<_, u32> = HashMap::new();
    let rrset = |record: &Record| (record.owner.clone(), record.class, record.rtype());
    for record in records.iter() {
        let ttl = least.entry(rrset(record)).or_insert(MAX_TTL);
        *ttl = seconds(record.ttl).min(*ttl);
    }
    for record in records {
        record.ttl = least.get(&rrset(record)).copied().unwrap_or(0);
    }
}
