//! A session with a resolver in the mini-Internet: names are looked up, and virtual time passes.
//!
//! The resolver is put together from the lessons' solutions: lesson 8's searches, lesson 10's cache,
//! lesson 11's selection of servers, lesson 12's special-use names. It runs on a clock of its own,
//! which stands still between the steps. So the same session has the same result each time: the
//! page sends the whole session with each request, and this server keeps none.
//!
//! | file | holds |
//! | --- | --- |
//! | `session` | a session's text: names, waits, settings; the bounds |
//! | `record` | the network, the cache and the selection, each with a log beside it |
//! | `fate` | what the resolver makes of each record of a reply, and why |
//! | `steps` | the log as steps: walks, exchanges, notes |
//! | `cached` | what the cache holds, with the seconds that are left |
//! | `report` | all of that as JSON, for the page |

pub(crate) mod cached;
pub(crate) mod fate;
pub(crate) mod record;
pub(crate) mod report;
pub(crate) mod session;
pub(crate) mod steps;

use cached::CacheRow;
use chase::{QnameMinimisation, Resolution, Resolver, ServerSelection, Trace};
use dnsparse::{DnsPacket, Name, Question};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use rand::SeedableRng;
use rand::rngs::StdRng;
use record::{Lines, Log, RecordingNetwork, Watched, WatchedCache};
use recursive::SpecialNames;
use recursive::reply::fill;
use select::{AddressPolicy, Selector};
use session::{Item, Session};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;
use steps::Step;
use tokio::time::Instant;
use tracing::Dispatch;

/// The room in the cache, in records: more than a session can fill.
const RECORDS: usize = 10_000;

pub(crate) type LabResolver<S> = Resolver<RecordingNetwork, WatchedCache, Watched<S>>;

/// One step of a session, done.
pub(crate) struct Done {
    pub(crate) item: Item,
    /// The virtual time since the session began, before this step.
    pub(crate) at: Duration,
    /// The search; none for a wait.
    pub(crate) search: Option<Search>,
    /// The cache after this step.
    pub(crate) cache: Vec<CacheRow>,
}

/// A search for the answer to one question.
pub(crate) struct Search {
    pub(crate) took: Duration,
    pub(crate) resolution: Resolution,
    /// The reply as the client receives it.
    pub(crate) reply: DnsPacket,
    pub(crate) steps: Vec<Step>,
}

/// Runs a session, from an empty cache.
///
/// # Errors
/// Fails only if this system gives no runtime.
pub(crate) fn run(session: &Session, lab: Lab) -> std::io::Result<Vec<Done>> {
    run_with(session, lab, selector())
}

/// Runs a session with another selection of servers than lesson 11's.
///
/// # Errors
/// Fails only if this system gives no runtime.
pub(crate) fn run_with(
    session: &Session,
    lab: Lab,
    selection: impl ServerSelection,
) -> std::io::Result<Vec<Done>> {
    let runtime = runtime()?;
    let (log, names) = (Log::default(), server_names(&lab));
    let subscriber = Dispatch::new(Lines(log.clone()));
    Ok(tracing::dispatcher::with_default(&subscriber, || {
        let resolver = resolver(session, lab, selection, &log);
        runtime.block_on(run_items(session, &resolver, &log, &names))
    }))
}

/// Makes a runtime whose clock stands still, and moves only when all tasks wait for it.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
}

async fn run_items(
    session: &Session,
    resolver: &LabResolver<impl ServerSelection>,
    log: &Log,
    names: &BTreeMap<IpAddr, Name>,
) -> Vec<Done> {
    let mut random = StdRng::seed_from_u64(session.seed);
    let (start, mut done) = (Instant::now(), Vec::new());
    for item in &session.items {
        let at = start.elapsed();
        let search = match item {
            Item::Wait(seconds) => {
                tokio::time::advance(Duration::from_secs(*seconds)).await;
                log.clear();
                None
            }
            Item::Query(question) => {
                Some(search(resolver, question, &mut random, log, names).await)
            }
        };
        done.push(Done {
            item: item.clone(),
            at,
            search,
            cache: resolver.knowledge().rows(),
        });
    }
    done
}

async fn search(
    resolver: &LabResolver<impl ServerSelection>,
    question: &Question,
    random: &mut StdRng,
    log: &Log,
    names: &BTreeMap<IpAddr, Name>,
) -> Search {
    let start = Instant::now();
    log.clear();
    // The log takes the lines, each at its time.
    let resolution = resolver
        .resolve(question, random, &mut Trace::for_log())
        .await;
    let took = start.elapsed();
    let query = DnsPacket::query(0, question.qname.clone(), question.qtype);
    let mut reply = DnsPacket::reply_to(&query);
    reply.header.ra = true;
    fill(&mut reply, &resolution);
    Search {
        took,
        resolution,
        reply,
        steps: steps::steps(&log.take(), start, names),
    }
}

/// Makes lesson 11's selection of servers, for a machine with IPv4 and IPv6.
pub(crate) fn selector() -> Selector {
    Selector::new(AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    })
}

/// Makes the resolver of a session.
pub(crate) fn resolver<S: ServerSelection>(
    session: &Session,
    lab: Lab,
    selection: S,
    log: &Log,
) -> LabResolver<S> {
    let cache = WatchedCache::new(SharedCache::new(root_hints(), RECORDS), log.clone());
    let minimisation = match session.minimise {
        true => QnameMinimisation::Relaxed,
        false => QnameMinimisation::Off,
    };
    Resolver::new(RecordingNetwork::new(lab, log.clone()), cache)
        .with_selection(Watched::new(selection, log.clone()))
        .with_qname_minimisation(minimisation)
        .with_local_names(SpecialNames::new(&lab::LOCALLY_SERVED))
}

/// Maps each server's address to its first name.
fn server_names(lab: &Lab) -> BTreeMap<IpAddr, Name> {
    let named = |host: lab::Host| Some((host.address.ip(), host.names.into_iter().next()?));
    lab.hosts().into_iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests;
