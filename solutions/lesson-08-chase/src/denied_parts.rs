//! [`DeniedParts`]: the parts of names that a zone's servers deny, for QNAME minimisation (given).
//!
//! In relaxed mode, NXDOMAIN for a part of a name is not believed: some servers deny names that have
//! no records, but names below them, although RFC 8020 section 2 forbids it. So it is no answer, and
//! denies no name below it (RFC 9156 section 3, step 6d). But each name below it would cost two
//! queries, one for the part and one for the whole name. So the resolver keeps that the part was
//! denied, and sends the whole name at once: as many queries as without minimisation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dnsparse::{Name, Rdata};
use referral::Negative;
use tokio::time::Instant;

/// The most parts in each of the two generations: a client can fill them with names that do not
/// exist.
const MAX_PARTS: usize = 5_000;
/// The longest time for which a denial is kept. All that it does is save a query.
const MAX_TTL: u32 = 3_600;

/// The parts of names that were denied, for all searches. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeniedParts {
    table: Arc<Mutex<Table>>,
}

/// Two generations: when the younger one is full, it becomes the older one, and the parts of that are
/// dropped.
#[derive(Debug, Default)]
struct Table {
    younger: HashMap<Name, Denial>,
    older: HashMap<Name, Denial>,
}

/// A denial by the servers of a zone.
#[derive(Debug)]
struct Denial {
    zone: Name,
    ends: Instant,
}

impl DeniedParts {
    /// Stores a denial for as long as the zone's SOA record allows; without one it is not kept (RFC
    /// 2308 section 5).
    pub(crate) fn store(&self, zone: &Name, part: &Name, negative: &Negative) {
        let Some(soa) = &negative.soa else { return };
        let Rdata::Soa(fields) = &soa.rdata else {
            return;
        };
        let ttl = soa.ttl.min(fields.minimum).min(MAX_TTL);
        let denial = Denial {
            zone: zone.clone(),
            ends: Instant::now() + Duration::from_secs(ttl.into()),
        };
        let mut table = self.table();
        if table.younger.len() >= MAX_PARTS {
            table.older = std::mem::take(&mut table.younger);
        }
        table.younger.insert(part.clone(), denial);
    }

    /// Whether the servers of a zone have denied a part of a name.
    pub(crate) fn contains(&self, zone: &Name, part: &Name) -> bool {
        let table = self.table();
        let denial = table.younger.get(part).or_else(|| table.older.get(part));
        denial.is_some_and(|denial| denial.zone == *zone && denial.ends > Instant::now())
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use dnsparse::Zone;

    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn negative(ttl: u32) -> Negative {
        let text = format!("@ {ttl} SOA ns root 1 7200 3600 1209600 300\n");
        let zone = Zone::parse(&text, &name("shop.test")).unwrap();
        Negative {
            soa: zone.records.into_iter().next(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_denial_is_kept_for_the_lesser_time_of_the_soa_record() {
        let (zone, part) = (name("shop.test"), name("a.shop.test"));
        for (ttl, lifetime) in [(60, 60), (3_600, 300)] {
            let denied = DeniedParts::default();
            denied.store(&zone, &part, &negative(ttl));
            for (seconds, expected) in [(lifetime - 1, true), (1, false)] {
                tokio::time::advance(Duration::from_secs(seconds)).await;
                let is_denied = denied.contains(&zone, &part);
                assert_eq!(
                    is_denied, expected,
                    "an SOA record with TTL {ttl} and minimum 300: denied until {lifetime} s"
                );
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_denial_is_that_of_one_zone_and_needs_an_soa_record() {
        let denied = DeniedParts::default();
        let part = name("a.shop.test");
        denied.store(&name("shop.test"), &part, &negative(300));
        assert!(
            !denied.contains(&name("test"), &part),
            "shop.test denied a.shop.test, and test did not"
        );
        let denied = DeniedParts::default();
        denied.store(&name("shop.test"), &part, &Negative { soa: None });
        assert!(
            !denied.contains(&name("shop.test"), &part),
            "the denial had no SOA record"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_is_bounded_and_keeps_the_latest() {
        let denied = DeniedParts::default();
        let zone = name("shop.test");
        let part = |number: usize| name(&format!("n{number}.shop.test"));
        for number in 0..3 * MAX_PARTS {
            denied.store(&zone, &part(number), &negative(300));
        }
        let table = denied.table();
        let size = table.younger.len() + table.older.len();
        drop(table);
        assert_eq!(size, 2 * MAX_PARTS, "parts after three times MAX_PARTS");
        let kept = [0, MAX_PARTS, 3 * MAX_PARTS - 1].map(|it| denied.contains(&zone, &part(it)));
        assert_eq!(
            kept,
            [false, true, true],
            "whether the first, one of the later and the last part is kept"
        );
    }
}
