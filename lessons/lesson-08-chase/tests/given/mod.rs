//! The parts that are given, under the conditions that lessons 9 to 11 bring: a cache, and a
//! selection of servers that waits for less time than some replies take.
//!
//! Each snapshot has the trace of the search, its end, and below that the messages on the network,
//! with their times.

mod failover;
mod futile;
mod late;
mod lookups;
mod minimised;
mod outcomes;
mod settings;
mod sharing;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chase::{
    Attempt, AttemptOutcome, Knowledge, Resolution, ResolutionFailure, Resolver, Routes,
    ServerSelection, TimeoutCounts, Trace,
};
use dnsparse::{Class, Name, Question, RecordType};
use lab::{Lab, LabBuilder, Reaction, repeat};
use network::Via;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use referral::{Answer, Delegation, NameServer, ReplyKind};
use tokio::time::Instant;

use crate::{hints, tell};

/// The servers of `shop.test` with glue.
pub(crate) const NEAR: &str = "192.0.2.8";
pub(crate) const FAR: &str = "192.0.2.9";
/// The server of the zone `silent`, in which the server `a.silent` has its name.
pub(crate) const SILENT: &str = "192.0.2.4";
/// The servers `good.host`, whose name is looked up without trouble, and `both.host`, which has an
/// IPv6 address as well.
pub(crate) const GOOD: &str = "192.0.2.80";
pub(crate) const BOTH: &str = "192.0.2.98";

/// A lab in which `shop.test` has these servers, in this order.
pub(crate) fn shop_of(servers: &[&str]) -> Lab {
    let line = |server: &&str| format!("shop.test. NS {server}\n");
    let delegation: String = servers.iter().map(line).collect();
    LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @          NS root.
            root.      A  192.0.2.1
            test.      NS ns.test.
            ns.test.   A  192.0.2.2
            host.      NS ns.host.
            ns.host.   A  192.0.2.3
            silent.    NS ns.silent.
            ns.silent. A  {SILENT}

            $ORIGIN test.
            @    NS  ns
            ns   A   192.0.2.2
            www  A   192.0.2.101
            mail A   192.0.2.102
            deep NS  ns.shop.test.
            {delegation}
            near.shop.test. A {NEAR}
            far.shop.test.  A {FAR}

            $ORIGIN host.
            @    NS   ns
            ns   A    192.0.2.3
            good A    {GOOD}
            both A    {BOTH}
            both AAAA 2001:db8::98

            $ORIGIN silent.
            @  NS ns
            ns A  {SILENT}
            a  A  192.0.2.81
            b  A  192.0.2.82
            c  A  192.0.2.83

            $ORIGIN shop.test.
            {delegation}
            near A     {NEAR}
            far  A     {FAR}
            ns   A     192.0.2.90
            www  A     192.0.2.100
            mail A     192.0.2.103
            also CNAME www

            $ORIGIN deep.test.
            @    NS  ns.shop.test.
            www  A   192.0.2.104
            "
        ))
        .server(FAR, ["shop.test."])
        .server("2001:db8::98", ["shop.test."])
        .build()
        .unwrap()
}

pub(crate) fn socket(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), 53)
}

/// Makes a server react in this way from now on.
pub(crate) fn always(lab: &Lab, address: &str, reaction: Reaction) {
    for via in [Via::Udp, Via::Tcp] {
        lab.script(socket(address), via, [repeat(reaction.clone())]);
    }
}

pub(crate) fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    }
}

/// A selection that tries the servers in turn, and notes the outcomes.
pub(crate) struct InTurn {
    /// The number of tries that a server gets, and the time to wait for each reply.
    pub(crate) tries: u32,
    pub(crate) timeout_ms: u64,
    pub(crate) routes: Routes,
    /// Servers that are never queried, and servers that count as dead.
    pub(crate) excluded: Vec<IpAddr>,
    pub(crate) dead: Vec<IpAddr>,
    pub(crate) log: Mutex<Vec<String>>,
}

impl Default for InTurn {
    fn default() -> InTurn {
        InTurn {
            tries: 1,
            timeout_ms: 400,
            routes: Routes::default(),
            excluded: Vec::new(),
            dead: Vec::new(),
            log: Mutex::default(),
        }
    }
}

impl ServerSelection for InTurn {
    fn exclusion(&self, server: IpAddr) -> Option<String> {
        let is_excluded = self.excluded.contains(&server);
        is_excluded.then(|| "is not allowed".to_owned())
    }

    fn routes(&self) -> Routes {
        self.routes
    }

    fn choose(
        &self,
        zone: &Name,
        question: &Question,
        servers: &[IpAddr],
        timeouts: &TimeoutCounts,
        _time_left: Duration,
        _random: &mut (impl Rng + Send),
    ) -> Option<Attempt> {
        let texts: Vec<_> = servers.iter().map(IpAddr::to_string).collect();
        let line = format!("{zone} one of {}", texts.join(", "));
        self.log.lock().unwrap().push(line);
        let tries = |server: &IpAddr| timeouts.get(server).copied().unwrap_or(0);
        let server = servers.iter().copied().min_by_key(tries)?;
        Some(Attempt {
            server,
            qtype: question.qtype,
            timeout: Duration::from_millis(self.timeout_ms),
            with_edns: true,
            is_last: tries(&server) + 1 >= self.tries,
            is_dead: self.dead.contains(&server),
        })
    }

    fn handle_outcome(&self, zone: &Name, attempt: &Attempt, outcome: &AttemptOutcome) {
        let edns = if attempt.with_edns {
            ""
        } else {
            " without EDNS"
        };
        let text = match outcome {
            AttemptOutcome::Reply { took, is_lame } => {
                let took = took.map(|it| format!(" after {} ms", it.as_millis()));
                let lame = if *is_lame { ", lame" } else { "" };
                format!("reply{edns}{}{lame}", took.unwrap_or_default())
            }
            AttemptOutcome::NoEdns => "no EDNS".to_owned(),
            AttemptOutcome::Timeout => format!("timeout{edns}"),
            AttemptOutcome::Unreachable => format!("unreachable{edns}"),
        };
        let line = format!("{zone} {} {text}", attempt.server);
        self.log.lock().unwrap().push(line);
    }
}

/// Knowledge of a few facts, which notes what is stored.
pub(crate) struct Facts {
    /// The zones whose servers are known; the root first. Referrals are added if `learns`.
    pub(crate) delegations: Mutex<Vec<Delegation>>,
    pub(crate) learns: bool,
    pub(crate) addresses: BTreeMap<Name, Vec<IpAddr>>,
    pub(crate) glue: BTreeMap<Name, Vec<IpAddr>>,
    pub(crate) parent_side: Vec<NameServer>,
    pub(crate) answers: Vec<(Question, Answer)>,
    pub(crate) failures: Vec<Question>,
    pub(crate) log: Mutex<Vec<String>>,
}

impl Facts {
    pub(crate) fn of(lab: &Lab) -> Facts {
        Facts {
            delegations: Mutex::new(vec![hints(lab)]),
            learns: false,
            addresses: BTreeMap::new(),
            glue: BTreeMap::new(),
            parent_side: Vec::new(),
            answers: Vec::new(),
            failures: Vec::new(),
            log: Mutex::default(),
        }
    }
}

impl Knowledge for Facts {
    fn closest_delegation(&self, question: &Question) -> Delegation {
        let delegations = self.delegations.lock().unwrap();
        // The DS records of a zone are in its parent.
        let is_own = |zone: &Name| question.qtype == RecordType::DS && question.qname == *zone;
        let above = |it: &&Delegation| question.qname.is_at_or_below(&it.zone) && !is_own(&it.zone);
        let closest = delegations.iter().filter(above);
        closest
            .max_by_key(|it| it.zone.ancestors().count())
            .unwrap()
            .clone()
    }

    fn cached_answer(&self, question: &Question) -> Option<Answer> {
        let mut answers = self.answers.iter();
        let (_, answer) = answers.find(|(it, _)| it == question)?;
        Some(answer.clone())
    }

    fn cached_addresses(&self, server: &Name) -> Option<Vec<IpAddr>> {
        self.addresses.get(server).cloned()
    }

    fn glue(&self, server: &Name) -> Vec<IpAddr> {
        self.glue.get(server).cloned().unwrap_or_default()
    }

    fn parent_side(&self, zone: &Name) -> Vec<NameServer> {
        match zone.to_string() == "shop.test." {
            true => self.parent_side.clone(),
            false => Vec::new(),
        }
    }

    fn store(&self, zone: &Name, question: &Question, kind: &ReplyKind) {
        let text = match kind {
            ReplyKind::Answer(_) => "an answer".to_owned(),
            ReplyKind::LastResort(_) => "an answer without AA".to_owned(),
            ReplyKind::Referral(to) => format!("a referral to {}", to.zone),
            ReplyKind::Unusable(_) => "an unusable reply".to_owned(),
        };
        let Question { qname, qtype, .. } = question;
        let line = format!("{qname} {qtype} from {zone}: {text}");
        self.log.lock().unwrap().push(line);
        if let ReplyKind::Referral(to) = kind
            && self.learns
        {
            self.delegations.lock().unwrap().push(to.clone());
        }
    }

    fn cached_failure(&self, question: &Question) -> Option<ResolutionFailure> {
        let is_cached = self.failures.contains(question);
        is_cached.then_some(ResolutionFailure::OverBudget { queries: 100 })
    }

    fn store_failure(&self, question: &Question, failure: &ResolutionFailure) {
        let Question { qname, qtype, .. } = question;
        let line = format!("{qname} {qtype} failed: {failure}");
        self.log.lock().unwrap().push(line);
    }
}

/// A resolver in a lab.
pub(crate) struct TestResolver {
    lab: Lab,
    pub(crate) resolver: Arc<Resolver<Lab, Facts, InTurn>>,
    trace: Trace,
    resolution: Option<Resolution>,
    took: Duration,
}

impl TestResolver {
    pub(crate) fn new(lab: &Lab, facts: Facts, selection: InTurn) -> TestResolver {
        let resolver = Resolver::new(lab.clone(), facts).with_selection(selection);
        TestResolver::of(lab, resolver)
    }

    pub(crate) fn of(lab: &Lab, resolver: Resolver<Lab, Facts, InTurn>) -> TestResolver {
        TestResolver {
            lab: lab.clone(),
            resolver: Arc::new(resolver),
            trace: Trace::default(),
            resolution: None,
            took: Duration::ZERO,
        }
    }

    /// Searches for a name's records of a type.
    pub(crate) async fn search(mut self, qname: &str, qtype: RecordType) -> TestResolver {
        let (question, start) = (question(qname, qtype), Instant::now());
        let mut random = StdRng::seed_from_u64(8);
        let resolver = Arc::clone(&self.resolver);
        let resolution = resolver
            .resolve(&question, &mut random, &mut self.trace)
            .await;
        (self.resolution, self.took) = (Some(resolution), start.elapsed());
        self
    }

    /// Writes the trace, and the end of the search.
    pub(crate) fn end(&self) -> String {
        let resolution = self.resolution.as_ref().unwrap();
        let end = tell(resolution).replace('\n', "\n    ");
        format!(
            "{}\n→ after {} ms and {} queries: {end}\n",
            self.trace,
            self.took.as_millis(),
            resolution.queries
        )
    }

    /// Writes that, and the messages on the network.
    pub(crate) fn shown(&self) -> String {
        format!("{}\n{}", self.end(), self.lab.trace())
    }

    /// Writes the end, and the events that selection and knowledge received.
    pub(crate) fn noted(&self) -> String {
        let lines = |title: &str, log: &Mutex<Vec<String>>| {
            let log = log.lock().unwrap();
            let lines = log.iter().map(|line| format!("\n  {line}"));
            format!("\n{title}{}\n", lines.collect::<String>())
        };
        self.end()
            + &lines("selection", &self.resolver.selection().log)
            + &lines("stored", &self.resolver.knowledge().log)
    }
}
