//! The interval at which a resolver looks at the keys of a trust point (RFC 5011 section 2.3).

use chain::SignedRrset;
use sign::remaining;

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// The result of the last look at the keys of a trust point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastLook {
    /// A trusted key has signed them.
    Validated,
    /// No server replied, or no trusted key has signed them.
    Failed,
}

/// The two times of a DNSKEY RRset on which the interval depends. Both are 0 before the first look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyTimes {
    /// The TTL with which it was signed.
    pub original_ttl: u32,
    /// The seconds from the look to the end of its signature's validity.
    pub validity: u32,
}

impl KeyTimes {
    /// Returns the times of a DNSKEY RRset at the time `now`: of the signature that ends first, of
    /// those that have not ended.
    pub fn of(rrset: &SignedRrset, now: u32) -> KeyTimes {
        let signatures = rrset.signatures.iter();
        let times = signatures.map(|rrsig| KeyTimes {
            original_ttl: rrsig.original_ttl,
            validity: remaining(rrsig, now),
        });
        let valid = times.filter(|times| times.validity > 0);
        valid.min_by_key(|times| times.validity).unwrap_or_default()
    }

    /// Returns the seconds until the next look at the keys.
    pub fn interval(self, last_look: LastLook) -> u32 {
        let KeyTimes {
            original_ttl,
            validity,
        } = self;
        // todo: Validated: half of the original TTL or half of the validity, whichever is less, and 15
        // days at the most. Failed: a tenth of the original TTL or a tenth of the validity, whichever
        // is less, and one day at the most. In either case one hour at the least.
        let least = original_ttl.min(validity);
        let wanted = match last_look {
            LastLook::Validated => (least / 2).min(15 * DAY),
            LastLook::Failed => (least / 10).min(DAY),
        };
        wanted.max(HOUR)
        // end todo
    }
}
