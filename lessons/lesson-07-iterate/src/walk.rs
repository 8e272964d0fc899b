//! [`Walk`]: from zone to zone, always deeper, until one has the answer.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

use dnsparse::{DnsPacket, Name, Question, Record, RecordType};
use referral::{Answer, Delegation, MAX_ADDRESSES, NameServer, ReplyKind, classify};

use crate::walk_trace::WalkTrace;

/// How many servers of one zone are considered. The root and com have 13; whoever names a thousand wants a thousand names
/// looked up (RFC 9520 and the NXNSAttack, CVE-2020-12662).
pub const MAX_SERVERS: usize = 20;
/// How many servers of one zone are sought that came without an address, or with none that was of use. Every zone should have two
/// servers (RFC 1034 section 4.1), few have more than four: where five names led nowhere, the sixth is not to be paid for by whoever
/// is asked about it (NXNSAttack again).
pub const MAX_LOOKUPS_PER_ZONE: usize = 5;
/// How many of those who were given up a [`WalkFailure`] tells of: it is kept for as long as it is remembered, and shown.
pub const MAX_LISTED: usize = 10;

/// The search for one name and type, from one zone down.
#[derive(Debug, Clone)]
pub struct Walk {
    question: Question,
    /// The zone whose servers are asked at present.
    zone: Name,
    servers: Vec<Candidate>,
    given_up: Vec<(IpAddr, String)>,
    /// How many of them may still be sought.
    may_seek: usize,
    /// The answer, once the walk has ended.
    answer: Option<Answer>,
    trace: WalkTrace,
}

/// A server of the present zone.
#[derive(Debug, Clone)]
struct Candidate {
    name: Name,
    /// Those that have not failed yet.
    addresses: Vec<IpAddr>,
    /// Whether its addresses cannot be sought, or were sought already.
    is_settled: bool,
}

/// What a walk needs next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Ask one of these addresses the question, and tell by [`Walk::handle_reply`] or [`Walk::handle_failure`]. There is at least one.
    Ask(Vec<IpAddr>),
    /// Find the addresses of these servers, one after another as they are needed, and tell by [`Walk::handle_addresses`]. There is at
    /// least one.
    AddressOf(Vec<Name>),
    /// That was it.
    Done(Result<Answer, WalkFailure>),
}

/// Nobody was left to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no server of {zone} helped: {}", listed(given_up, *more))]
pub struct WalkFailure {
    /// How far the walk got.
    pub zone: Name,
    /// Who was asked there, and why each of them was of no use; the first [`MAX_LISTED`] of them.
    pub given_up: Vec<(IpAddr, String)>,
    /// How many there were besides.
    pub more: usize,
}

fn listed(given_up: &[(IpAddr, String)], more: usize) -> String {
    if given_up.is_empty() {
        return "it has none with an address".to_owned();
    }
    let told = given_up.iter();
    let mut each: Vec<_> = told
        .map(|(server, why)| format!("{server} {why}"))
        .collect();
    if more > 0 {
        each.push(format!("and {more} more"));
    }
    each.join("; ")
}

impl Walk {
    /// A walk that starts at a zone whose servers are known, such as the root by [`crate::root_hints`]. The name asked for lies
    /// in that zone.
    pub fn new(question: Question, start: Delegation) -> Walk {
        let mut walk = Walk {
            trace: WalkTrace::of(question.clone()),
            question,
            zone: Name::ROOT,
            servers: Vec::new(),
            given_up: Vec::new(),
            may_seek: 0,
            answer: None,
        };
        walk.enter(start);
        walk
    }

    /// What is being looked for.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// The zone whose servers are asked at present.
    pub fn zone(&self) -> &Name {
        &self.zone
    }

    /// What has happened so far.
    pub fn trace(&self) -> &WalkTrace {
        &self.trace
    }

    /// Whether that address was of no use in this zone.
    pub fn has_given_up(&self, server: IpAddr) -> bool {
        self.given_up.iter().any(|(gone, _)| *gone == server)
    }

    /// What is needed now. Asking twice gives the same answer: only being told something changes it.
    pub fn step(&self) -> Step {
        let addresses: Vec<IpAddr> = self
            .servers
            .iter()
            .flat_map(|server| server.addresses.iter().copied())
            .collect();
        let is_unsettled = |it: &&Candidate| it.addresses.is_empty() && !it.is_settled;
        let unsettled = self.servers.iter().filter(is_unsettled);
        let names = unsettled.map(|server| server.name.clone());
        let names: Vec<Name> = names.take(self.may_seek).collect();
        todo!(
            "It is Done if there is an answer. Else ask the addresses, if there are any; else look for those of the names, if there are any; else it is Done, with the `failure`."
        )
    }

    fn failure(&self) -> WalkFailure {
        WalkFailure {
            zone: self.zone.clone(),
            given_up: self.given_up.iter().take(MAX_LISTED).cloned().collect(),
            more: self.given_up.len().saturating_sub(MAX_LISTED),
        }
    }

    /// A server replied.
    pub fn handle_reply(&mut self, server: IpAddr, reply: &DnsPacket) -> Step {
        let kind = classify(reply, &self.question, &self.zone);
        self.handle_kind(server, kind)
    }

    /// A server replied, and this is how the reply reads.
    pub fn handle_kind(&mut self, server: IpAddr, kind: ReplyKind) -> Step {
        self.trace.add(&self.zone, server, Told(&kind));
        todo!(
            "`enter` the zone of a referral; `give_up` an unusable server; keep an answer. Then return the `step`."
        )
    }

    /// A server did not reply, for a reason that reads well after its address: `is silent`, `refuses connections`.
    pub fn handle_failure(&mut self, server: IpAddr, why: impl fmt::Display) -> Step {
        self.trace.add(&self.zone, server, &why);
        self.give_up(server, why);
        self.step()
    }

    /// A server's addresses were found; none of them, if there are none to be found.
    pub fn handle_addresses(&mut self, name: &Name, addresses: &[IpAddr]) -> Step {
        let addresses = addresses.get(..MAX_ADDRESSES).unwrap_or(addresses);
        self.may_seek = self.may_seek.saturating_sub(1);
        let named = self.servers.iter_mut().filter(|it| it.name == *name);
        todo!(
            "Note with each server `named` so the addresses that are not in `given_up`, and that it is settled. Then say what the `step` is."
        )
    }

    /// Goes on to a zone, with its servers and no others.
    fn enter(&mut self, delegation: Delegation) {
        let Delegation { zone, servers, .. } = delegation;
        let servers = each_once(servers);
        self.may_seek = MAX_LOOKUPS_PER_ZONE;
        todo!(
            "Take the zone over, and a `candidate` for each server, but no more than MAX_SERVERS; forget whom was given up."
        )
    }

    /// That address is not asked again in this zone.
    fn give_up(&mut self, server: IpAddr, why: impl fmt::Display) {
        todo!(
            "Take the address away from every candidate, and note it with the reason in `given_up`."
        )
    }
}

/// Servers without those whose name was there before: it would be sought again for each of them.
fn each_once(mut servers: Vec<NameServer>) -> Vec<NameServer> {
    let mut seen = HashSet::new();
    servers.retain(|server| seen.insert(server.name.clone()));
    servers
}

/// A server of `zone`. Where no address came along, or none of use, it has to be looked up; but a name *in* the zone cannot be, since
/// the way to it leads through this very server.
fn candidate(server: NameServer, zone: &Name) -> Candidate {
    let NameServer { name, addresses } = server;
    todo!("It is settled if its name is at or below the zone.")
}

/// A kind, as the words after a server's address.
struct Told<'r>(&'r ReplyKind);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            ReplyKind::Answer(Answer::Positive(records)) => {
                write!(f, "says: {}", in_short(records))
            }
            ReplyKind::Answer(Answer::Alias { target, .. }) => {
                write!(f, "says: it is an alias, go on with {target}")
            }
            ReplyKind::Answer(Answer::NoData(_)) => write!(f, "says: no data"),
            ReplyKind::Answer(Answer::NxDomain(_)) => write!(f, "says: no such name"),
            ReplyKind::Referral(to) => write!(f, "says: ask the servers of {}", to.zone),
            ReplyKind::Unusable(lame) => write!(f, "is lame: {lame}"),
        }
    }
}

/// What records say, without their owners: aliases as such, and at most three others.
fn in_short(records: &[Record]) -> String {
    let told = records.iter().map(|record| match record.rtype() {
        RecordType::CNAME | RecordType::DNAME => format!("{} {}", record.rtype(), record.rdata),
        _ => record.rdata.to_string(),
    });
    let mut texts: Vec<_> = told.take(4).collect();
    if records.len() > texts.len() {
        texts.push(format!("and {} more", records.len() - texts.len()));
    }
    texts.join(", ")
}
