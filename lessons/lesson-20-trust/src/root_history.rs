//! The root's key-signing keys, as they were published (<https://www.iana.org/dnssec/files>).
//!
//! The keys are the true ones. Their private halves are in two vaults, so that the signatures of former
//! days cannot be made again: which key signed the others is taken from the history.

use crypto::Crypto;
use dnsparse::{Dnskey, Name, Rdata, Zone, ZoneError};

use crate::calendar::day;
use crate::refresh::{KeyTimes, LastLook};
use crate::trust_point::{Change, REVOKE, Sightings, TrustPoint, ds};

const DAY: u32 = 86_400;

/// The keys of 2010, 2017 and 2024, with the key tags 19036, 20326 and 38696.
const KEYS: &str = "
. 172800 IN DNSKEY 257 3 8 (
    AwEAAagAIKlVZrpC6Ia7gEzahOR+9W29euxhJhVVLOyQbSEW0O8gcCjFFVQUTf6v58fLjwBd0YI0EzrAcQqBGCzh/R
    StIoO8g0NfnfL2MTJRkxoXbfDaUeVPQuYEhg37NZWAJQ9VnMVDxP/VHL496M/QZxkjf5/Efucp2gaDX6RS6CXpoY68
    LsvPVjR0ZSwzz1apAzvN9dlzEheX7ICJBBtuA6G3LQpzW5hOA2hzCTMjJPJ8LbqF6dsV6DoBQzgul0sGIcGOYl7OyQ
    dXfZ57relSQageu+ipAdTTJ25AsRTAoub8ONGcLmqrAmRLKBP1dfwhYB4N7knNnulqQxA+Uk1ihz0= )
. 172800 IN DNSKEY 257 3 8 (
    AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN7S
    WXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3
    rCj/EWgvIWgb9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilB
    mSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qihylGa8subX2Nn6UwNR1AkUTV74bU= )
. 172800 IN DNSKEY 257 3 8 (
    AwEAAa96jeuknZlaeSrvyAJj6ZHv28hhOKkx3rLGXVaC6rXTsDc449/cidltpkyGwCJNnOAlFNKF2jBosZBU5eeHsp
    aQWOmOElZsjICMQMC3aeHbGiShvZsx4wMYSjH8e7Vrhbu6irwCzVBApESjbUdpWWmEnhathWu1jo+siFUiRAAxm9qy
    JNg/wOZqqzL/dL/q8PkcRU5oUKEpUge71M3ej2/7CPqpdVwuMoTvoB+ZOT4YeGyxMvHmbrxlFzGOHOijtzN+u1TQNa
    tX2XBuzZNQ1K+s2CXkPIZo7s6JgZyvaBevYtxPvYLw4z9mR7K2vaF18UYH9Z9GNUUeayffKC73PYc= )
";

/// The keys from a day on, as indices of [`root_keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day, such as `2017-07-11`.
    pub first_day: &'static str,
    /// What the root did on that day.
    pub event: &'static str,
    keys: &'static [usize],
    revoked: &'static [usize],
    /// The key that signs the others.
    signer: usize,
}

/// The times of the root's DNSKEY RRset: a TTL of two days, and signatures for three weeks.
pub const ROOT_TIMES: KeyTimes = KeyTimes {
    original_ttl: 2 * DAY,
    validity: 21 * DAY,
};

/// The history of the root's keys.
pub const HISTORY: [Period; 7] = [
    Period {
        first_day: "2010-07-15",
        event: "is signed with its key of 2010",
        keys: &[0],
        revoked: &[],
        signer: 0,
    },
    Period {
        first_day: "2017-07-11",
        event: "publishes its key of 2017",
        keys: &[0, 1],
        revoked: &[],
        signer: 0,
    },
    Period {
        first_day: "2018-10-11",
        event: "is signed with its key of 2017, a year later than planned",
        keys: &[0, 1],
        revoked: &[],
        signer: 1,
    },
    Period {
        first_day: "2019-01-11",
        event: "revokes its key of 2010, which now has the key tag 19164",
        keys: &[1],
        revoked: &[0],
        signer: 1,
    },
    Period {
        first_day: "2019-03-22",
        event: "removes its key of 2010",
        keys: &[1],
        revoked: &[],
        signer: 1,
    },
    Period {
        first_day: "2025-01-11",
        event: "publishes its key of 2024",
        keys: &[1, 2],
        revoked: &[],
        signer: 1,
    },
    Period {
        first_day: "2026-10-11",
        event: "is signed with its key of 2024",
        keys: &[1, 2],
        revoked: &[],
        signer: 2,
    },
];

/// The last day of the history.
pub const LAST_DAY: &str = "2026-11-28";

/// Returns the root's key-signing keys, the oldest first.
///
/// # Errors
/// If the text of the keys does not parse. A test proves that it does.
pub fn root_keys() -> Result<Vec<Dnskey>, ZoneError> {
    let records = Zone::parse(KEYS, &Name::ROOT)?.records.into_iter();
    let keys = records.filter_map(|record| match record.rdata {
        Rdata::Dnskey(key) => Some(*key),
        _ => None,
    });
    Ok(keys.collect())
}

impl Period {
    /// Returns the period of a time, in seconds since 1970; before the first one, that.
    pub fn at(now: u32) -> &'static Period {
        let has_begun = |period: &&Period| day(period.first_day).is_some_and(|day| day <= now);
        let begun = HISTORY.iter().rev().find(has_begun);
        begun.unwrap_or(const { &HISTORY[0] })
    }
}

/// Looks at the root's keys as they were at a time.
pub fn look(
    point: &mut TrustPoint,
    keys: &[Dnskey],
    now: u32,
    crypto: &dyn Crypto,
) -> (Vec<Change>, LastLook) {
    let period = Period::at(now);
    let select = |indices: &[usize]| -> Vec<Dnskey> {
        let keys = indices.iter().map(|index| keys.get(*index).cloned());
        keys.flatten().collect()
    };
    let with_revoke = |key: Dnskey| Dnskey {
        flags: key.flags | REVOKE,
        ..key
    };
    let (present, revoked) = (select(period.keys), select(period.revoked));
    let revoked: Vec<Dnskey> = revoked.into_iter().map(with_revoke).collect();
    let signer = keys.get(period.signer);
    let signer = signer.and_then(|key| ds(&Name::ROOT, key, crypto));
    let is_validated = signer.is_some_and(|signer| point.anchors().contains(&signer));
    let sightings = Sightings {
        validated: is_validated.then_some(present.as_slice()),
        revoked: &revoked,
    };
    let changes = point.handle_sightings(sightings, ROOT_TIMES.original_ttl, now, crypto);
    match is_validated {
        true => (changes, LastLook::Validated),
        false => (changes, LastLook::Failed),
    }
}
