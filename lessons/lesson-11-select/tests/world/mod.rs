//! A small lab, and a resolver in it with server selection.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chase::{Attempt, DEADLINE, Resolution, Resolver, Trace};
use dnsparse::{Class, Name, Question, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, Reaction, repeat};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::Delegation;
use select::{AddressPolicy, Selector};
use tokio::time::Instant;

pub(crate) fn zone(text: &str) -> Name {
    text.parse().unwrap()
}

/// The question for the addresses of `www.test`.
pub(crate) fn question() -> Question {
    Question {
        qname: zone("www.test"),
        qtype: RecordType::A,
        qclass: Class::IN,
    }
}

/// An attempt at a server, to report an outcome of.
pub(crate) fn attempt(server: IpAddr) -> Attempt {
    Attempt {
        server,
        qtype: RecordType::A,
        timeout: DEADLINE,
        with_edns: true,
        is_last: false,
        is_dead: false,
    }
}

/// The n-th server of the zone `test`.
pub(crate) fn ns(n: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, 100 + n])
}

pub(crate) fn socket(server: IpAddr) -> SocketAddr {
    SocketAddr::new(server, 53)
}

/// A root server, and the zone `test`, which has `count` servers.
pub(crate) fn world(count: u8) -> Lab {
    let servers: String = (1..=count)
        .map(|n| format!("test. NS ns{n}.test.\nns{n}.test. A {}\n", ns(n)))
        .collect();
    let big = "\"0123456789012345678901234567890123456789\" ".repeat(60);
    lab_of(
        &servers,
        &format!("www A 192.0.2.80\ntwo A 192.0.2.81\ntwo A 192.0.2.82\nbig TXT {big}"),
    )
}

/// A root server, and the zone `test`: the records of its servers, which the root zone has too, and
/// its other records.
pub(crate) fn lab_of(servers: &str, records: &str) -> Lab {
    let zones = format!(
        "
        $ORIGIN .
        @     NS  root.
        root. A   192.0.2.1
        {servers}
        $ORIGIN test.
        {servers}
        {records}
        "
    );
    LabBuilder::new().zones(&zones).build().unwrap()
}

/// Makes a server react in this way from now on.
pub(crate) fn always(lab: &Lab, server: IpAddr, reaction: Reaction) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(server), via, [repeat(reaction.clone())]);
    }
}

/// Lets a server reply from its zones again.
pub(crate) fn heal(lab: &Lab, server: IpAddr) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(server), via, []);
    }
}

/// The number of queries to each server during some searches.
pub(crate) struct QueryCounts {
    searches: u32,
    counts: BTreeMap<IpAddr, u32>,
}

impl QueryCounts {
    /// Returns the number of queries to a server.
    pub(crate) fn of(&self, server: IpAddr) -> u32 {
        self.counts.get(&server).copied().unwrap_or(0)
    }
}

impl fmt::Display for QueryCounts {
    /// Writes a line for each server of the zone `test`, with a bar.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "queries in {} searches:", self.searches)?;
        let most = self.counts.values().max().copied().unwrap_or(0).max(1);
        let is_of_zone = |server: &&IpAddr| **server != IpAddr::from([192, 0, 2, 1]);
        for server in self.counts.keys().filter(is_of_zone) {
            let count = self.of(*server);
            let bar = "#".repeat((count * 30).div_ceil(most) as usize);
            write!(f, "\n  {server:<15} {count:>4} {bar}")?;
        }
        Ok(())
    }
}

/// A resolver in a lab, with the trace and the duration of its last search.
pub(crate) struct TestResolver {
    pub(crate) lab: Lab,
    pub(crate) resolver: Resolver<Lab, Delegation, Selector>,
    pub(crate) random: StdRng,
    pub(crate) trace: Trace,
    pub(crate) took: Duration,
}

impl TestResolver {
    pub(crate) fn new(lab: &Lab) -> TestResolver {
        TestResolver::with_policy(lab, AddressPolicy::default(), 11)
    }

    pub(crate) fn with_policy(lab: &Lab, policy: AddressPolicy, seed: u64) -> TestResolver {
        let hints = hints_of(lab.root_hints());
        TestResolver {
            lab: lab.clone(),
            resolver: Resolver::new(lab.clone(), hints).with_selection(Selector::new(policy)),
            random: StdRng::seed_from_u64(seed),
            trace: Trace::default(),
            took: Duration::ZERO,
        }
    }

    pub(crate) async fn resolve_type(&mut self, qname: &str, qtype: RecordType) -> Resolution {
        let question = Question {
            qname: qname.parse().unwrap(),
            qtype,
            qclass: Class::IN,
        };
        self.trace = Trace::default();
        let start = Instant::now();
        let resolution = self
            .resolver
            .resolve(&question, &mut self.random, &mut self.trace)
            .await;
        self.took = start.elapsed();
        resolution
    }

    pub(crate) async fn resolve(&mut self) -> Resolution {
        self.resolve_type("www.test", RecordType::A).await
    }

    /// Resolves `www.test` the given number of times, and returns the number of queries to each
    /// server meanwhile.
    pub(crate) async fn count_queries(&mut self, searches: u32) -> QueryCounts {
        let before = self.lab.queries().len();
        for _ in 0..searches {
            self.resolve().await;
        }
        let mut counts = BTreeMap::new();
        for query in &self.lab.queries()[before..] {
            *counts.entry(query.server.ip()).or_default() += 1;
        }
        QueryCounts { searches, counts }
    }

    /// Resolves `www.test` until the state of a server satisfies a condition: the number of
    /// searches depends on chance.
    pub(crate) async fn resolve_until(
        &mut self,
        server: IpAddr,
        condition: impl Fn(select::ServerState) -> bool,
    ) {
        for _ in 0..600 {
            if condition(self.server_state(server)) {
                return;
            }
            self.resolve().await;
        }
        let state = self.server_state(server);
        let srtt = state.estimate.map(|it| it.srtt.as_millis());
        panic!(
            "after 600 searches {server} is still {state}: {} queries, SRTT {} ms",
            state.queries,
            srtt.map_or("unknown".to_owned(), |it| it.to_string())
        );
    }

    /// Returns the state of a server, as the selection has it.
    pub(crate) fn server_state(&self, server: IpAddr) -> select::ServerState {
        let selection = self.resolver.selection();
        selection.server_state(server).unwrap_or_default()
    }
}
