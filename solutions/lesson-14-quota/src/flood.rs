//! Floods a resolver in the lab, with quotas and without, and measures the cost (given). The clock
//! is tokio's, and paused: seconds of flood take a moment, and are the same each time.
//!
//! One client asks for 500 names in a zone whose server never replies, all of them within half
//! a second. Another client asks for 25 names meanwhile, which no cache has. After that, a
//! forger sends 200 queries in the name of a victim.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chase::{Resolver, ServerSelection};
use dnsparse::{DnsPacket, Edns, Rcode, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, no_reply, repeat};
use negative::SharedCache;
use network::Via;
use rdns::{AccessControl, Recursive, SpecialNames, overloaded};
use referral::Delegation;
use select::{AddressPolicy, Selector};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::rate_limit::{RateLimit, Verdict, truncated};
use crate::shares::Shares;
use crate::zone_quota::ZoneQuota;

/// The places of the resolver.
pub const PLACES: usize = 24;
/// The most outstanding queries of one zone: a fifth of the places.
pub const ZONE_LIMIT: usize = PLACES / 5;
/// The most replies in a second to one network.
pub const REPLIES_PER_SECOND: u32 = 4;

/// The queries of the flood: one each millisecond, for half a second.
const FLOOD: u64 = 500;
/// The queries of the other client, one each 20 milliseconds.
const QUESTIONS: u64 = 25;
/// The forged queries, one each five milliseconds.
const FORGED: usize = 200;
/// The address of the client that floods, of the other, and of the forger's victim.
const HOSTILE: &str = "192.0.2.66";
const OTHER: &str = "198.51.100.7";
const VICTIM: &str = "203.0.113.9";
/// The servers of the good zone and of the dead one.
const SHOP: &str = "198.18.0.3:53";
const DEAD: &str = "198.18.0.9:53";

/// The zones: a good one with a wildcard, a dead one, and one with a long TXT record.
const ZONES: &str = "
    $ORIGIN .
    @         NS root.
    root.     A  198.18.0.1
    test.     NS ns.test.
    ns.test.  A  198.18.0.2

    $ORIGIN test.
    @         NS ns
    ns        A  198.18.0.2
    shop      NS ns.shop
    ns.shop   A  198.18.0.3
    dead      NS ns.dead
    ns.dead   A  198.18.0.9

    $ORIGIN shop.test.
    @         NS ns
    ns        A  198.18.0.3
    *         A  198.18.0.80
    long      TXT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    long      TXT bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    long      TXT cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
    long      TXT dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd
    long      TXT eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
    long      TXT ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff
    long      TXT gggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggggg
    long      TXT hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh
    long      TXT iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii
    long      TXT jjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjjj
";

/// The measurements of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// The upstream queries to the dead server.
    pub dead_queries: usize,
    /// The most places that one client held at a time.
    pub most_places: usize,
    /// The queries of the other client that got their answer, of [`Report::questions`].
    pub answers: usize,
    /// The queries of the other client.
    pub questions: usize,
    /// The time within which 99 % of its queries had a reply.
    pub p99: Duration,
    /// The octets that the forger sent in the name of the victim.
    pub forged_octets: usize,
    /// The octets that the resolver sent to the victim.
    pub reflected_octets: usize,
}

/// The quotas that a run has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quotas {
    /// [`Shares`] of the places.
    pub shares: bool,
    /// [`ZoneQuota`], with [`ZONE_LIMIT`].
    pub zones: bool,
    /// [`RateLimit`], with [`REPLIES_PER_SECOND`].
    pub replies: bool,
}

/// Runs the flood and measures. Without `has_flood`, the other client is alone.
pub async fn run(quotas: Quotas, has_flood: bool) -> Report {
    let lab = lab();
    let zone_limit = if quotas.zones { ZONE_LIMIT } else { usize::MAX };
    let selection = ZoneQuota::new(Selector::new(AddressPolicy::default()), zone_limit);
    let resolver = Resolver::new(lab.clone(), SharedCache::new(hints(&lab), 100_000));
    let resolver = resolver.with_selection(selection);
    Guarded::new(resolver, quotas).run(&lab, has_flood).await
}

fn lab() -> Lab {
    let lab = LabBuilder::new().zones(ZONES).build();
    let lab = lab.unwrap_or_else(|error| panic!("the zones of the flood: {error}"));
    if let (Ok(dead), Ok(shop)) = (DEAD.parse(), SHOP.parse()) {
        lab.script(dead, Via::Udp, [repeat(no_reply())]);
        lab.set_latency(shop, 40);
    }
    lab
}

fn hints(lab: &Lab) -> Delegation {
    hints_of(lab.root_hints())
}

/// Lesson 12's resolver, behind the quotas.
struct Guarded<S> {
    recursive: Recursive<Lab, SharedCache, S>,
    shares: Mutex<Shares>,
    limit: Option<Mutex<RateLimit>>,
    /// The most places that one client has held so far.
    most_places: AtomicUsize,
}

impl<S: ServerSelection> Guarded<S> {
    fn new(resolver: Resolver<Lab, SharedCache, S>, quotas: Quotas) -> Arc<Guarded<S>> {
        let networks = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"];
        let networks = networks.iter().filter_map(|it| it.parse().ok());
        let access = AccessControl::new(networks);
        let special_names = SpecialNames::new(&lab::LOCALLY_SERVED);
        Arc::new(Guarded {
            recursive: Recursive::new(resolver, PLACES, special_names, access),
            shares: Mutex::new(Shares::new(if quotas.shares { PLACES } else { usize::MAX })),
            limit: (quotas.replies).then(|| Mutex::new(RateLimit::new(REPLIES_PER_SECOND))),
            most_places: AtomicUsize::new(0),
        })
    }

    async fn run(self: Arc<Self>, lab: &Lab, has_flood: bool) -> Report {
        let flood = tokio::spawn(Arc::clone(&self).flood(has_flood));
        let (answers, p99) = Arc::clone(&self).ask().await;
        // The last searches of the flood may still run.
        let _ended = flood.await;
        let dead = DEAD.parse().map_or(0, |dead| lab.query_count(dead));
        let most_places = self.most_places.load(Ordering::Relaxed);
        let (forged_octets, reflected_octets) = self.reflect().await;
        Report {
            dead_queries: dead,
            most_places,
            answers,
            questions: QUESTIONS as usize,
            p99,
            forged_octets,
            reflected_octets,
        }
    }

    /// Sends the flood: each name once.
    async fn flood(self: Arc<Self>, has_flood: bool) {
        let start = Instant::now();
        let mut queries = JoinSet::new();
        for number in 0..FLOOD * u64::from(has_flood) {
            sleep_until(start + Duration::from_millis(number)).await;
            let resolver = Arc::clone(&self);
            queries.spawn(async move {
                let query = query(&format!("n{number}.dead.test"), RecordType::A);
                resolver.respond(&query, HOSTILE).await;
            });
        }
        queries.join_all().await;
    }

    /// Asks as the other client. Returns the number of answers, and the time within which 99 % of
    /// the queries had a reply.
    async fn ask(self: Arc<Self>) -> (usize, Duration) {
        let mut queries = JoinSet::new();
        let start = Instant::now();
        for number in 0..QUESTIONS {
            sleep_until(start + Duration::from_millis(20 * number)).await;
            let resolver = Arc::clone(&self);
            queries.spawn(async move {
                let query = query(&format!("n{number}.shop.test"), RecordType::A);
                let start = Instant::now();
                let reply = resolver.respond(&query, OTHER).await;
                let reply = reply.and_then(|reply| DnsPacket::parse(&reply).ok());
                let is_answer =
                    reply.is_some_and(|it| it.rcode() == Rcode::NOERROR && !it.answers.is_empty());
                (is_answer, start.elapsed())
            });
        }
        let replies = queries.join_all().await;
        let answers = replies.iter().filter(|(is_answer, _)| *is_answer).count();
        let mut times: Vec<_> = replies.iter().map(|(_, took)| *took).collect();
        times.sort();
        let p99 = times.get(times.len() * 99 / 100 - 1).copied();
        (answers, p99.unwrap_or_default())
    }

    /// Answers a query, if the client gets a place.
    async fn respond(&self, query: &[u8], client: &str) -> Option<Vec<u8>> {
        let client: IpAddr = client.parse().ok()?;
        let shares = || self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if !shares().enter(client) {
            return overloaded(query, Via::Udp).await;
        }
        let held = shares().held(client);
        self.most_places.fetch_max(held, Ordering::Relaxed);
        let reply = self.recursive.respond(query, Via::Udp, client).await;
        shares().leave(client);
        reply
    }

    /// Sends queries in the name of the victim for one second. Returns their octets, and those of
    /// the replies.
    async fn reflect(&self) -> (usize, usize) {
        let (mut forged, mut reflected) = (0, 0);
        let query = query("long.shop.test", RecordType::TXT);
        for _ in 0..FORGED {
            let reply = self.respond(&query, VICTIM).await;
            forged += query.len();
            reflected += self.limited(&query, reply).map_or(0, |reply| reply.len());
            sleep(Duration::from_millis(5)).await;
        }
        (forged, reflected)
    }

    /// Returns the reply that is sent, after the rate limit.
    fn limited(&self, query: &[u8], reply: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let Some(limit) = &self.limit else {
            return reply;
        };
        let victim = VICTIM.parse().ok()?;
        let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
        match limit.verdict(victim, Via::Udp, Instant::now()) {
            Verdict::Send => reply,
            Verdict::Truncate => truncated(query),
            Verdict::Drop => None,
        }
    }
}

fn query(qname: &str, qtype: RecordType) -> Vec<u8> {
    let mut query = DnsPacket::query(7, qname.parse().unwrap_or_default(), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    query.write().unwrap_or_default()
}

/// The table of the chapter: the other client alone, and then the flood, with more and more quotas.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// No flood.
    pub idle: Report,
    /// The flood, and lesson 12's resolver.
    pub before: Report,
    /// The flood, and shares of the places.
    pub shares: Report,
    /// The flood, and all quotas.
    pub all: Report,
}

impl Comparison {
    /// Runs all of them.
    pub async fn run() -> Comparison {
        let shares = Quotas {
            shares: true,
            ..Quotas::default()
        };
        let all = Quotas {
            shares: true,
            zones: true,
            replies: true,
        };
        Comparison {
            idle: run(all, false).await,
            before: run(Quotas::default(), true).await,
            shares: run(shares, true).await,
            all: run(all, true).await,
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["no flood", "no quotas", "shares", "all quotas"].map(str::to_owned);
        let mut row = |what: &str, cells: [String; 4]| {
            let [idle, before, shares, all] = cells;
            writeln!(f, "{what:<43}{idle:>9}{before:>11}{shares:>9}{all:>12}")
        };
        let reports = [&self.idle, &self.before, &self.shares, &self.all];
        row("", heads)?;
        row(
            &format!("the other client's answers, of {QUESTIONS}"),
            reports.map(|it| it.answers.to_string()),
        )?;
        row(
            "its replies: 99 % of them within",
            reports.map(|it| format!("{} ms", it.p99.as_millis())),
        )?;
        row(
            "queries of one client in work at a time",
            reports.map(|it| it.most_places.to_string()),
        )?;
        row(
            "upstream queries to the dead server",
            reports.map(|it| it.dead_queries.to_string()),
        )?;
        row(
            "octets to the victim for each forged octet",
            reports.map(|it| format!("{:.1}", it.amplification())),
        )
    }
}

impl Report {
    /// Returns the number of octets that the victim gets for each octet that is forged.
    pub fn amplification(&self) -> f64 {
        self.reflected_octets as f64 / self.forged_octets as f64
    }
}
