//! [`Guard`]: lesson 14's quotas before the service: places for clients, and replies over UDP for
//! networks. (The budgets of zones are in `server`, before the selection of servers.)

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use network::Via;
use quota::rate_limit::truncated;
use quota::{Places, Pool, RateLimit, Verdict};
use tokio::time::Instant;

use crate::counters::Counter;

/// The quotas of clients and networks.
#[derive(Debug)]
pub struct Guard {
    places: Mutex<Places>,
    /// None for no limit.
    replies: Option<Mutex<RateLimit>>,
    /// Replies that the limit dropped.
    pub dropped: Counter,
    /// Replies that the limit truncated.
    pub truncated: Counter,
}

impl Guard {
    /// Creates the given number of places for queries in work, and limits the replies over UDP to
    /// one network; 0 stands for no limit.
    pub fn new(places: usize, replies_per_second: u32) -> Guard {
        let limit = || Mutex::new(RateLimit::new(replies_per_second));
        Guard {
            places: Mutex::new(Places::new(places)),
            replies: (replies_per_second > 0).then(limit),
            dropped: Counter::default(),
            truncated: Counter::default(),
        }
    }

    /// Takes a place for a query of a client. Returns its pool, if the client may have one.
    pub fn enter(&self, client: IpAddr, via: Via) -> Option<Pool> {
        lock(&self.places).enter(client, via, Instant::now())
    }

    /// Gives a place of a client back.
    pub fn leave(&self, client: IpAddr, pool: Pool) {
        lock(&self.places).leave(client, pool);
    }

    /// Returns the number of places that are taken.
    pub fn taken(&self) -> usize {
        lock(&self.places).taken()
    }

    /// Replaces a reply over UDP by a truncated one, if the rate limit says so. Returns whether
    /// anything is sent.
    pub fn limit(&self, query: &[u8], reply: &mut Vec<u8>, client: IpAddr, now: Instant) -> bool {
        let Some(replies) = &self.replies else {
            return true;
        };
        let verdict = lock(replies).verdict(client, Via::Udp, now);
        let shorter = match verdict {
            Verdict::Send => return true,
            Verdict::Drop => None,
            Verdict::Truncate => truncated(query),
        };
        match shorter {
            Some(octets) => {
                *reply = octets;
                self.truncated.add_one();
                true
            }
            None => {
                self.dropped.add_one();
                false
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use dnsparse::{DnsPacket, RecordType};

    use super::*;

    /// Returns the replies that are sent, of ten at the same time with 400 octets each.
    fn sent(guard: &Guard, client: &str) -> String {
        let query = DnsPacket::query(7, "www.example.com".parse().unwrap(), RecordType::A);
        let query = query.write().unwrap();
        let client = client.parse().unwrap();
        let now = Instant::now();
        let octets = |_| {
            let mut reply = vec![0; 400];
            match guard.limit(&query, &mut reply, client, now) {
                true => reply.len().to_string(),
                false => "-".to_owned(),
            }
        };
        (0..10).map(octets).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn replies_beyond_the_rate_are_truncated_or_dropped() {
        let limited = sent(&Guard::new(10, 4), "192.0.2.1");
        assert_eq!(limited, "400 400 400 400 - 33 - 33 - 33", "octets sent");
        let local = sent(&Guard::new(10, 4), "127.0.0.1");
        assert_eq!(local, ["400"; 10].join(" "), "octets sent to this machine");
        let unlimited = sent(&Guard::new(10, 0), "192.0.2.1");
        assert_eq!(
            unlimited,
            ["400"; 10].join(" "),
            "octets sent without a limit"
        );
    }
}
