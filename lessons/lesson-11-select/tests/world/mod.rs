//! A small world, and a resolver in it that chooses.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use chase::{Attempt, DEADLINE, Resolution, Resolver, Trace};
use dnsparse::{Class, Name, Question, RecordType};
use lab::{Lab, LabBuilder, Reaction, for_ever};
use network::Via;
use rand::SeedableRng;
use rand::rngs::StdRng;
use referral::{Delegation, NameServer};
use select::{AddressPolicy, Selector};
use tokio::time::Instant;

pub(crate) const SOA: &str = "$TTL 3600\n@ SOA ns.invalid. mail.invalid. 1 1800 900 604800 300\n";

pub(crate) fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn zone(text: &str) -> Name {
    text.parse().unwrap()
}

/// A question to a server, to be reported on.
pub(crate) fn attempt(server: IpAddr) -> Attempt {
    Attempt {
        server,
        timeout: DEADLINE,
        with_edns: true,
        is_last: false,
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
    let servers: Vec<String> = (1..=count)
        .map(|n| format!("ns{n}.test. A {}\n", ns(n)))
        .collect();
    let names: Vec<String> = (1..=count)
        .map(|n| format!("test. NS ns{n}.test.\n"))
        .collect();
    let both = format!("{}{}", names.concat(), servers.concat());
    let root = format!("{SOA}@ NS root.\nroot. A 192.0.2.1\n{both}");
    let test = format!(
        "{SOA}{both}www A 192.0.2.80\ntwo A 192.0.2.81\ntwo A 192.0.2.82\nbig TXT {}\n",
        "\"0123456789012345678901234567890123456789\" ".repeat(60)
    );
    LabBuilder::new()
        .zone(".", &root)
        .zone("test.", &test)
        .build()
        .unwrap()
}

/// From now on the server does this.
pub(crate) fn always(lab: &Lab, server: IpAddr, reaction: Reaction) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(server), via, [for_ever(reaction.clone())]);
    }
}

/// From now on the server tells the truth again.
pub(crate) fn heal(lab: &Lab, server: IpAddr) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(server), via, []);
    }
}

/// A resolver in a lab, and how long its last answer took.
pub(crate) struct Asker {
    pub(crate) lab: Lab,
    pub(crate) resolver: Resolver<Lab, Delegation, Selector>,
    pub(crate) random: StdRng,
    pub(crate) trace: Trace,
    pub(crate) took: Duration,
}

impl Asker {
    pub(crate) fn new(lab: &Lab) -> Asker {
        Asker::at(lab, AddressPolicy::default(), 11)
    }

    pub(crate) fn at(lab: &Lab, policy: AddressPolicy, seed: u64) -> Asker {
        let hints = Delegation {
            zone: ".".parse().unwrap(),
            ttl: 3_600,
            servers: vec![NameServer {
                name: "root".parse().unwrap(),
                addresses: vec![address("192.0.2.1")],
            }],
        };
        Asker {
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
        let began = Instant::now();
        let resolution = self
            .resolver
            .resolve(&question, &mut self.random, &mut self.trace)
            .await;
        self.took = began.elapsed();
        resolution
    }

    pub(crate) async fn resolve(&mut self) -> Resolution {
        self.resolve_type("www.test", RecordType::A).await
    }

    /// Asks so many times, and says how often each server was asked meanwhile.
    pub(crate) async fn share(&mut self, questions: u32) -> BTreeMap<IpAddr, u32> {
        let before = self.lab.queries().len();
        for _ in 0..questions {
            self.resolve().await;
        }
        let mut share = BTreeMap::new();
        for asked in &self.lab.queries()[before..] {
            *share.entry(asked.server.ip()).or_default() += 1;
        }
        share
    }

    /// Asks until this is so of a server: how often that takes is left to chance.
    pub(crate) async fn ask_until(
        &mut self,
        server: IpAddr,
        is_so: impl Fn(select::ServerState) -> bool,
    ) {
        for _ in 0..600 {
            if is_so(self.known(server)) {
                return;
            }
            self.resolve().await;
        }
        panic!("after 600 questions {server}: {:?}", self.known(server));
    }

    pub(crate) fn known(&self, server: IpAddr) -> select::ServerState {
        self.resolver.selection().known(server).unwrap_or_default()
    }
}
