//! [`Walk`]: from zone to zone, each below the last, until a server has the answer.

use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

use dnsparse::{DnsPacket, Name, Question};
use referral::{Answer, Delegation, MAX_ADDRESSES, MAX_SERVERS, NameServer, ReplyKind, classify};

use crate::walk_trace::{KindText, WalkTrace};

/// The most addresses that a [`WalkFailure`] lists: it is kept as long as a cached failure is, and
/// shown to clients.
pub const MAX_LISTED: usize = 10;

/// The most server names of one zone that are followed as aliases. The name of a server must not be
/// an alias (RFC 2181 section 10.3), and two of them may be aliases of each other.
const MAX_SERVER_ALIASES: usize = 4;

/// The iteration for one question, from one zone down (RFC 1034 section 5.3.3).
#[derive(Debug, Clone)]
pub struct Walk {
    question: Question,
    /// The current zone: its servers are queried.
    zone: Name,
    servers: Vec<ZoneServer>,
    /// The addresses that were tried in vain in this zone, each with the reason.
    given_up: Vec<(IpAddr, String)>,
    /// The addresses that were given up, and taken back.
    taken_back: Vec<IpAddr>,
    /// The number of server names of this zone that may still turn out to be aliases.
    aliases_left: usize,
    /// The answer, once the walk has ended.
    answer: Option<Answer>,
    /// The best answer without AA from a server of this zone.
    last_resort: Option<Answer>,
    trace: WalkTrace,
}

/// A server of the current zone.
#[derive(Debug, Clone)]
struct ZoneServer {
    name: Name,
    /// The addresses that have not failed yet.
    addresses: Vec<IpAddr>,
    /// Whether the addresses can be looked up by the name, and have not been.
    may_look_up: bool,
    /// Whether the server came with glue, or its addresses were looked up.
    had_addresses: bool,
}

/// The next step of a walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Send the query to one of these addresses, at least one, and call [`Walk::handle_reply`] or
    /// [`Walk::handle_failure`].
    Ask(Vec<IpAddr>),
    /// Look up the addresses of these servers, at least one, in turn and only as they are needed,
    /// and call [`Walk::handle_addresses`].
    AddressOf(Vec<Name>),
    /// Nothing more: the walk has ended.
    Done(WalkResult),
}

/// The result of a walk.
pub type WalkResult = Result<Answer, WalkFailure>;

/// The failure of a walk: no server of a zone is left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no usable reply from the servers of {zone}: {}", listed(given_up, *more))]
pub struct WalkFailure {
    /// The zone that the walk had reached.
    pub zone: Name,
    /// The addresses that were tried there, each with the reason why it was given up; the first
    /// [`MAX_LISTED`] of them.
    pub given_up: Vec<(IpAddr, String)>,
    /// The number of addresses beyond those.
    pub more: usize,
}

fn listed(given_up: &[(IpAddr, String)], more: usize) -> String {
    if given_up.is_empty() {
        return "none has a known address".to_owned();
    }
    let texts = given_up
        .iter()
        .map(|(server, reason)| format!("{server} {reason}"));
    let mut texts: Vec<String> = texts.collect();
    if more > 0 {
        texts.push(format!("and {more} more"));
    }
    texts.join("; ")
}

impl Walk {
    /// Starts a walk at a zone whose servers are known, such as the root ([`crate::root_hints`]).
    /// The name of the question is in that zone.
    pub fn new(question: Question, start: Delegation) -> Walk {
        let mut walk = Walk {
            trace: WalkTrace::new(question.clone()),
            question,
            zone: Name::ROOT,
            servers: Vec::new(),
            given_up: Vec::new(),
            taken_back: Vec::new(),
            aliases_left: 0,
            answer: None,
            last_resort: None,
        };
        walk.enter(start);
        walk
    }

    /// Returns the question that the walk is for.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// Returns the current zone.
    pub fn zone(&self) -> &Name {
        &self.zone
    }

    /// Adds no more steps to the trace: the text of a reply takes longer to write than the reply to
    /// handle.
    pub fn turn_off_trace(&mut self) {
        self.trace.turn_off();
    }

    /// Returns the steps so far, as text.
    pub fn trace(&self) -> &WalkTrace {
        &self.trace
    }

    /// Whether an address was tried in vain in this zone.
    pub fn has_given_up(&self, server: IpAddr) -> bool {
        self.given_up.iter().any(|(address, _)| *address == server)
    }

    /// Whether the answer of the walk is one without AA, since there was no better one.
    pub fn is_last_resort(&self) -> bool {
        self.answer.is_none() && self.last_resort.is_some()
    }

    /// Returns the names of the current zone's servers.
    pub fn server_names(&self) -> impl Iterator<Item = &Name> {
        self.servers.iter().map(|server| &server.name)
    }

    /// Returns the servers whose names are in the zone, and which came without glue: the walk
    /// cannot reach them, unless the parent zone has their addresses after all.
    pub fn without_glue(&self) -> Vec<Name> {
        let is_unreachable = |it: &&ZoneServer| !it.may_look_up && !it.had_addresses;
        let servers = self.servers.iter().filter(is_unreachable);
        servers.map(|server| server.name.clone()).collect()
    }

    /// Returns the servers that came without an address, or with none that worked, and whose names
    /// may be looked up.
    pub fn to_look_up(&self) -> Vec<Name> {
        let needs_lookup = |it: &&ZoneServer| it.addresses.is_empty() && it.may_look_up;
        let servers = self.servers.iter().filter(needs_lookup);
        servers.map(|server| server.name.clone()).collect()
    }

    /// Whether the addresses of a server can be looked up by its name, and have not been.
    pub fn may_look_up(&self, name: &Name) -> bool {
        let mut servers = self.servers.iter();
        servers.any(|server| server.name == *name && server.may_look_up)
    }

    /// Handles the result of a lookup that is an alias: from now on, the server is known by the
    /// alias's target, and may be looked up by that. Returns what the walk needs next.
    ///
    /// The name of a server must not be an alias (RFC 2181 section 10.3). Some are: unbound,
    /// PowerDNS Recursor and Knot Resolver follow them.
    pub fn handle_alias(&mut self, name: &Name, target: &Name) -> Step {
        let is_listed = self.servers.iter().any(|it| it.name == *target);
        if is_listed || self.aliases_left == 0 {
            return self.handle_addresses(name, &[]);
        }
        self.aliases_left -= 1;
        for server in self.servers.iter_mut().filter(|it| it.name == *name) {
            server.name = target.clone();
            server.may_look_up = !target.is_at_or_below(&self.zone);
        }
        self.step()
    }

    /// Adds servers of the current zone from another list of them. Returns whether one of them is
    /// new, and can be queried or looked up.
    pub fn add_servers(&mut self, servers: Vec<NameServer>) -> bool {
        let room = MAX_SERVERS.saturating_sub(self.servers.len());
        let is_listed = |name: &Name| self.servers.iter().any(|it| it.name == *name);
        let new = servers
            .into_iter()
            .filter(|server| !is_listed(&server.name));
        let mut new: Vec<ZoneServer> = (new.take(room))
            .map(|server| zone_server(server, &self.zone))
            .collect();
        for server in &mut new {
            server.addresses.retain(|it| !self.has_given_up(*it));
        }
        let is_usable = |it: &ZoneServer| !it.addresses.is_empty() || it.may_look_up;
        let has_usable = new.iter().any(is_usable);
        self.servers.extend(new);
        has_usable
    }

    /// Takes back an address that was given up in this zone: a late reply shows that its server
    /// works.
    pub fn take_back(&mut self, server: IpAddr) {
        if self.has_given_up(server) {
            self.given_up.retain(|(address, _)| *address != server);
            self.taken_back.retain(|address| *address != server);
            self.taken_back.push(server);
        }
    }

    /// Puts the server last, and lets its name be looked up, again or for the first time: the other
    /// servers come before it.
    pub fn postpone_lookup(&mut self, name: &Name) {
        if let Some(place) = self.servers.iter().position(|it| it.name == *name) {
            let server = self.servers.remove(place);
            let may_look_up = server.may_look_up || !name.is_at_or_below(&self.zone);
            self.servers.push(ZoneServer {
                may_look_up,
                ..server
            });
        }
    }

    /// Returns what the walk needs now. The call changes nothing: a second call returns the same.
    pub fn step(&self) -> Step {
        let taken_back = self.taken_back.iter().copied();
        let addresses: Vec<IpAddr> = self
            .servers
            .iter()
            .flat_map(|server| server.addresses.iter().copied())
            .chain(taken_back.filter(|address| !self.has_given_up(*address)))
            .collect();
        let names = self.to_look_up();
        todo!(
            "Return the step, and decide which comes first where several are possible: to ask the `addresses`; to look up the addresses of the `names`; to be done, with the answer, with the last resort, or with the `failure`."
        )
    }

    fn failure(&self) -> WalkFailure {
        WalkFailure {
            zone: self.zone.clone(),
            given_up: self.given_up.iter().take(MAX_LISTED).cloned().collect(),
            more: self.given_up.len().saturating_sub(MAX_LISTED),
        }
    }

    /// Handles a server's reply: classifies it, and passes the kind on to [`Walk::handle_kind`].
    pub fn handle_reply(&mut self, server: IpAddr, reply: &DnsPacket) -> Step {
        let kind = classify(reply, &self.question, &self.zone);
        self.handle_kind(server, kind)
    }

    /// Handles a server's reply that is classified already. Returns what the walk needs next.
    pub fn handle_kind(&mut self, server: IpAddr, kind: ReplyKind) -> Step {
        self.trace.add(&self.zone, server, KindText(&kind));
        todo!(
            "Handle each of the four kinds: `enter` a zone, `give_up` a server with the reason, keep an answer in `self.answer`, or `keep_last_resort` (and then decide about its server, whose reason would be: answered without AA). Then return the `step`."
        )
    }

    /// Handles the absence of a reply. The reason reads well after the server's address: `timed
    /// out`, `refused the connection`. Returns what the walk needs next.
    pub fn handle_failure(&mut self, server: IpAddr, reason: impl fmt::Display) -> Step {
        self.trace.add(&self.zone, server, &reason);
        self.give_up(server, reason);
        self.step()
    }

    /// Handles the result of a lookup: the addresses of a server, or none if it has none. Returns
    /// what the walk needs next.
    pub fn handle_addresses(&mut self, name: &Name, addresses: &[IpAddr]) -> Step {
        let addresses = addresses.get(..MAX_ADDRESSES).unwrap_or(addresses);
        todo!(
            "Add the addresses to each of the `servers` with that name, without those that this zone has given up (`has_given_up`). Decide what the lookup means for `may_look_up` and `had_addresses`, if it found addresses, and if it found none. Then return the `step`."
        )
    }

    /// Keeps an answer without AA, unless there is a better one already: records are better than
    /// their absence.
    fn keep_last_resort(&mut self, answer: Answer) {
        let is_positive =
            |answer: &Answer| matches!(answer, Answer::Positive(_) | Answer::Alias { .. });
        todo!(
            "Set `last_resort` to the answer, unless one is there that is as good or better (`is_positive`)."
        )
    }

    /// Enters a zone: from now on its servers are queried, and no others.
    fn enter(&mut self, delegation: Delegation) {
        let Delegation { zone, servers, .. } = delegation;
        let servers = without_duplicates(servers);
        self.last_resort = None;
        self.taken_back.clear();
        self.aliases_left = MAX_SERVER_ALIASES;
        todo!(
            "Set the `zone`, and `servers` to a `zone_server` for each of these servers, but no more than MAX_SERVERS. Decide what becomes of `given_up` (prediction 2)."
        )
    }

    /// Gives up an address: it is not queried again in this zone.
    fn give_up(&mut self, address: IpAddr, reason: impl fmt::Display) {
        todo!(
            "See to it that the address is not asked again in this zone, and add it to `given_up`, with the reason."
        )
    }
}

/// Removes servers whose name is in the list already: each would be looked up again.
fn without_duplicates(mut servers: Vec<NameServer>) -> Vec<NameServer> {
    let mut seen = HashSet::new();
    servers.retain(|server| seen.insert(server.name.clone()));
    servers
}

/// Makes the state of a server of `zone`. If no address of it came as glue, or none that works, it
/// has to be looked up by its name, where that can be.
fn zone_server(server: NameServer, zone: &Name) -> ZoneServer {
    let NameServer { name, addresses } = server;
    todo!(
        "Return the ZoneServer. Decide whether its name may be looked up (prediction 3); it `had_addresses` if it came with any."
    )
}
