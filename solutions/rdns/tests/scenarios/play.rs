//! [`play`]: a scenario's steps, one after another, against the resolver.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use chase::{DEADLINE, Knowledge, Resolver};
use dnsparse::{Class, DnsPacket, Name, Question, RecordType};
use iterate::root_hints;
use negative::SharedCache;
use network::Via;
use programs::dnssec::setup::with_validation;
use programs::dnssec::trust_state::TrustState;
use recursive::{AccessControl, Recursive, SpecialNames};
use referral::{Delegation, NameServer, ReplyKind};
use select::{AddressPolicy, Selector};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::config::Form;
use crate::expression::{Variables, evaluate};
use crate::format::{Action, Scenario};
use crate::message::Entry;
use crate::servers::Servers;

/// The time that queries and replies may take at each step: less than any timeout of the resolver.
const SETTLE: Duration = Duration::from_millis(100);
/// The time for which a client waits for its answer.
const CLIENT_WAITS: Duration = Duration::from_secs(30);
/// The number of lines of the trace that are shown.
const LOG_LINES: usize = 30;

/// How a scenario ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    Failed(String),
    Skipped(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Passed => write!(f, "passed"),
            Outcome::Failed(reason) => write!(f, "FAILED: {reason}"),
            Outcome::Skipped(reason) => write!(f, "skipped: {reason}"),
        }
    }
}

/// Plays a scenario with a paused clock of its own.
pub(crate) fn play(scenario: Scenario) -> Outcome {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let servers = Servers::new(Arc::new(scenario));
    match runtime.block_on(steps(&servers)) {
        Ok(()) => Outcome::Passed,
        Err(Stop::Unplayable(reason)) => Outcome::Skipped(reason),
        Err(Stop::Failed(reason)) => {
            if let Some(missing) = servers.scenario().missing {
                return Outcome::Skipped(format!("needs {missing}"));
            }
            let log = servers.log();
            let shown = &log[log.len().saturating_sub(LOG_LINES)..];
            Outcome::Failed(format!("{reason}\n    {}", shown.join("\n    ")))
        }
    }
}

/// The reason why a scenario is not played to its end.
enum Stop {
    Failed(String),
    Unplayable(String),
}

/// A client's query under way.
struct Waiting {
    question: String,
    /// Whether the query has RD.
    has_rd: bool,
    answer: JoinHandle<Option<Vec<u8>>>,
}

impl Waiting {
    /// Waits until the answer is there, or the client gives up.
    async fn wait(&mut self) {
        let is_finished = async {
            while !self.answer.is_finished() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        let _ = timeout(CLIENT_WAITS, is_finished).await;
    }
}

async fn steps(servers: &Servers) -> Result<(), Stop> {
    let recursive = Arc::new(resolver(servers));
    let scenario = servers.scenario();
    let mut waiting: VecDeque<Waiting> = VecDeque::new();
    let mut variables = Variables::new();
    for (index, step) in scenario.steps.iter().enumerate() {
        // The clock and the checks belong to the step itself; after anything else, unbound has the
        // ranges of the next step answer.
        let next = match (scenario.form, &step.action) {
            (Form::Deckard, _) => None,
            (_, Action::CheckAnswer(_) | Action::CheckOutQuery(_) | Action::TimePasses(_)) => None,
            _ => scenario.steps.get(index + 1),
        };
        servers.set_step(next.unwrap_or(step).number);
        let at = |error: String| Stop::Failed(format!("step {}: {error}", step.number));
        match &step.action {
            Action::Query(entry) => {
                let mut client = ask(&recursive, entry, servers);
                if let (Some(client), Form::Deckard) = (&mut client, scenario.form) {
                    client.wait().await;
                }
                waiting.extend(client);
            }
            Action::CheckAnswer(entry) => {
                let client = take_client(&mut waiting, entry).map_err(at)?;
                let has_rd = client.has_rd;
                match check(client, entry, !scenario.is_obsolete).await {
                    // A recursive resolver refuses such a query, unless it is told to show its cache.
                    Err(_) if !has_rd => {
                        let reason = "needs answers from the cache to queries without RD";
                        return Err(Stop::Unplayable(reason.to_owned()));
                    }
                    result => result.map_err(at)?,
                }
            }
            Action::CheckOutQuery(entry) => {
                let is_sent = match entry.is_reply() {
                    true => servers.reply(entry),
                    false => servers.is_pending(entry),
                };
                if !is_sent {
                    servers.note(format_args!("step {}: its query was not sent", step.number));
                }
            }
            Action::Reply(entry) => {
                if scenario.form == Form::Testbound && !servers.reply(entry) {
                    servers.note(format_args!("step {}: no query for its reply", step.number));
                }
            }
            Action::Timeout => servers.time_out().await,
            Action::Assign { name, value } => {
                let value = evaluate(value, &variables).ok_or_else(|| at(unknown(value)))?;
                variables.insert(name.clone(), value);
            }
            Action::TimePasses(seconds) => {
                let time = time_of(seconds, &variables).ok_or_else(|| at(unknown(seconds)))?;
                // In unbound's test network no query times out by itself.
                if time > DEADLINE && waiting.iter().any(|it| !it.answer.is_finished()) {
                    let reason = format!("needs a client that waits longer than {DEADLINE:?}");
                    return Err(Stop::Unplayable(reason));
                }
                sleep(time).await;
            }
            Action::CheckTrustAnchor | Action::Nothing => {}
        }
        if let (Form::Testbound, Some(next)) = (scenario.form, scenario.steps.get(index + 1)) {
            servers.set_step(next.number);
        }
        sleep(SETTLE).await;
    }
    Ok(())
}

fn time_of(seconds: &str, variables: &Variables) -> Option<Duration> {
    Duration::try_from_secs_f64(evaluate(seconds, variables)?).ok()
}

fn unknown(expression: &str) -> String {
    format!("'{expression}' is no number of seconds")
}

/// Takes the client that waits for the answer to an entry's question; the first one, if none does.
fn take_client(waiting: &mut VecDeque<Waiting>, entry: &Entry) -> Result<Waiting, String> {
    let wanted = entry.question().map(ToString::to_string);
    let index = waiting
        .iter()
        .position(|client| Some(&client.question) == wanted.as_ref());
    waiting
        .remove(index.unwrap_or(0))
        .ok_or_else(|| "no query waits for an answer".to_owned())
}

/// Composes the resolver as `rdns` does.
fn resolver(servers: &Servers) -> Recursive<Servers, SharedCache, Selector> {
    let scenario = servers.scenario();
    let addresses = || scenario.stub_zones.values().flatten();
    let ranges = scenario.ranges.iter();
    let policy = AddressPolicy {
        has_ipv6: ranges
            .flat_map(|range| &range.addresses)
            .any(IpAddr::is_ipv6),
        allow_loopback: addresses().any(IpAddr::is_loopback),
        ..AddressPolicy::default()
    };
    let cache = cache_with(&scenario.stub_zones);
    let resolver = Resolver::new(servers.clone(), cache)
        .with_selection(Selector::new(policy))
        .with_qname_minimisation(scenario.qname_minimisation);
    let special = SpecialNames::new(&["test."]);
    let trust = scenario.validation.clone().map(TrustState::new);
    with_validation(resolver, trust, |resolver| {
        Recursive::new(resolver, 100, special, AccessControl::default())
    })
}

/// Makes a cache that knows the servers of some zones: of the root as hints, of each other as if it
/// had been delegated.
fn cache_with(zones: &BTreeMap<Name, Vec<IpAddr>>) -> SharedCache {
    let delegation = |(zone, addresses): (&Name, &Vec<IpAddr>)| Delegation {
        zone: zone.clone(),
        ttl: 86_400,
        servers: vec![NameServer {
            name: format!("configured.{zone}")
                .replace("..", ".")
                .parse()
                .unwrap(),
            addresses: addresses.clone(),
        }],
    };
    let delegations = zones.iter().map(delegation);
    let (root, stubs): (Vec<_>, Vec<_>) = delegations.partition(|it| it.zone.is_root());
    let root = root.into_iter().next().unwrap_or_else(root_hints);
    let cache = SharedCache::new(root, 100_000);
    for stub in stubs {
        let question = Question {
            qname: stub.zone.clone(),
            qtype: RecordType::NS,
            qclass: Class::IN,
        };
        cache.store(&Name::ROOT, &question, &ReplyKind::Referral(stub));
    }
    cache
}

/// Sends a client's query.
fn ask(
    recursive: &Arc<Recursive<Servers, SharedCache, Selector>>,
    entry: &Entry,
    servers: &Servers,
) -> Option<Waiting> {
    let mut query = entry.packet.clone();
    query.header.id = 0x4242;
    query.header.qr = false;
    let message = match &entry.octets {
        Some(octets) => octets.clone(),
        None => query.write().ok()?,
    };
    let recursive = Arc::clone(recursive);
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let answer = tokio::spawn(async move { recursive.respond(&message, Via::Tcp, client).await });
    let question = entry.question().map(ToString::to_string)?;
    servers.note(format_args!("a client asks for {question}"));
    Some(Waiting {
        question,
        has_rd: entry.packet.header.rd,
        answer,
    })
}

/// Waits for a client's answer, and compares it; AD, if `has_ad`.
async fn check(client: Waiting, entry: &Entry, has_ad: bool) -> Result<(), String> {
    let answer = timeout(CLIENT_WAITS, client.answer).await;
    let octets = match answer {
        Err(_elapsed) => return Err("no answer".to_owned()),
        Ok(Err(error)) => return Err(error.to_string()),
        Ok(Ok(None)) => return Err("no reply".to_owned()),
        Ok(Ok(Some(octets))) => octets,
    };
    let packet = DnsPacket::parse(&octets).map_err(|error| error.to_string())?;
    match entry.difference(&packet, has_ad) {
        Some(difference) => Err(difference),
        None => Ok(()),
    }
}
