//! [`play`]: a scenario's steps, one after another, against the resolver.

use std::collections::VecDeque;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use chase::Resolver;
use dnsparse::{DnsPacket, Name};
use negative::SharedCache;
use network::Via;
use recursive::{AccessControl, Recursive, SpecialNames};
use referral::{Delegation, NameServer};
use select::{AddressPolicy, Selector};
use tokio::runtime::Builder;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::format::{Action, Scenario};
use crate::message::Entry;
use crate::servers::Servers;

/// How long queries and replies may take at each step: less than any timeout of the resolver.
const SETTLE: Duration = Duration::from_millis(100);
/// How long a client waits for its answer.
const CLIENT_WAITS: Duration = Duration::from_secs(30);
/// How many lines of what happened are shown.
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
        Err(reason) => {
            let log = servers.log();
            let shown = &log[log.len().saturating_sub(LOG_LINES)..];
            Outcome::Failed(format!("{reason}\n    {}", shown.join("\n    ")))
        }
    }
}

/// A client's query under way.
struct Waiting {
    question: String,
    answer: JoinHandle<Option<Vec<u8>>>,
}

async fn steps(servers: &Servers) -> Result<(), String> {
    let recursive = Arc::new(resolver(servers));
    let mut waiting: VecDeque<Waiting> = VecDeque::new();
    for step in &servers.scenario().steps {
        servers.set_step(step.number);
        match &step.action {
            Action::Query(entry) => waiting.extend(ask(&recursive, entry, servers)),
            Action::CheckAnswer(entry) => {
                let wanted = entry
                    .question()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let index = waiting
                    .iter()
                    .position(|it| it.question == wanted)
                    .unwrap_or(0);
                let Some(client) = waiting.remove(index) else {
                    return Err(format!(
                        "step {}: no query waits for an answer",
                        step.number
                    ));
                };
                check(client, entry)
                    .await
                    .map_err(|error| format!("step {}: {error}", step.number))?;
            }
            Action::CheckOutQuery(entry) => {
                if !servers.is_pending(entry) {
                    servers.note(format_args!("step {}: its query was not sent", step.number));
                }
            }
            Action::Reply(entry) => {
                if !servers.reply(entry) {
                    servers.note(format_args!("step {}: no query for its reply", step.number));
                }
            }
            Action::Timeout => servers.time_out(),
            Action::TimePasses(time) => sleep(*time).await,
            Action::Nothing => {}
        }
        sleep(SETTLE).await;
    }
    Ok(())
}

/// Composes the resolver as `rdns` does.
fn resolver(servers: &Servers) -> Recursive<Servers, SharedCache, Selector> {
    let roots = servers.scenario().roots();
    let has_ipv6 =
        (servers.scenario().ranges.iter()).any(|range| range.addresses.iter().any(IpAddr::is_ipv6));
    let policy = AddressPolicy {
        has_ipv6,
        ..AddressPolicy::default()
    };
    let hints = Delegation {
        zone: Name::ROOT,
        ttl: 3_600_000,
        servers: vec![NameServer {
            name: "root-servers.invalid".parse().unwrap(),
            addresses: roots,
        }],
    };
    let cache = SharedCache::new(hints, 100_000);
    let resolver = Resolver::new(servers.clone(), cache).with_selection(Selector::new(policy));
    Recursive::new(
        resolver,
        100,
        SpecialNames::new(false),
        AccessControl::default(),
    )
}

/// Sends a client's query.
fn ask(
    recursive: &Arc<Recursive<Servers, SharedCache, Selector>>,
    entry: &Entry,
    servers: &Servers,
) -> Option<Waiting> {
    let question = entry.question()?.clone();
    servers.note(format_args!(
        "a client asks for {} {}",
        question.qname, question.qtype
    ));
    let mut query = entry.packet.clone();
    query.header.id = 0x4242;
    query.header.qr = false;
    let message = query.write().ok()?;
    let recursive = Arc::clone(recursive);
    let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let answer = tokio::spawn(async move { recursive.respond(&message, Via::Tcp, client).await });
    Some(Waiting {
        question: question.to_string(),
        answer,
    })
}

/// Waits for a client's answer, and compares it.
async fn check(client: Waiting, entry: &Entry) -> Result<(), String> {
    let answer = timeout(CLIENT_WAITS, client.answer).await;
    let octets = match answer {
        Err(_elapsed) => return Err("no answer".to_owned()),
        Ok(Err(error)) => return Err(error.to_string()),
        Ok(Ok(None)) => return Err("no reply".to_owned()),
        Ok(Ok(Some(octets))) => octets,
    };
    let packet = DnsPacket::parse(&octets).map_err(|error| error.to_string())?;
    match entry.difference(&packet) {
        Some(difference) => Err(difference),
        None => Ok(()),
    }
}
