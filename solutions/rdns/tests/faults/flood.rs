//! One client asks for ten thousand names of a dead zone, and costs another client nothing: `rdns`
//! with its quotas, in this process, with a paused clock.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chase::{QnameMinimisation, Resolver};
use dnsparse::{DnsPacket, Rcode, RecordType};
use iterate::root_hints;
use lab::Lab;
use negative::SharedCache;
use network::Via;
use programs::config::Settings;
use programs::guard::Guard;
use programs::service::Service;
use quota::ZoneQuota;
use recursive::{AccessControl, Recursive, SpecialNames, overloaded};
use select::{AddressPolicy, Selector};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// The places of the resolver, and how many queries of one zone may be outstanding.
const PLACES: usize = 400;
const ZONE_LIMIT: usize = PLACES / 10;
/// The dead names, ten each millisecond.
const FLOOD: u64 = 10_000;
/// The other client's names, one each five milliseconds: as long as the flood lasts.
const QUESTIONS: u64 = 200;
const HOSTILE: &str = "192.0.2.66";
const OTHER: &str = "198.51.100.7";

type LabService = Service<Lab, SharedCache, ZoneQuota<Selector>>;

/// Makes a service as the program does.
fn service() -> (Lab, Arc<LabService>) {
    let lab = Lab::internet();
    let selection = ZoneQuota::new(Selector::new(AddressPolicy::default()), ZONE_LIMIT);
    let resolver = Resolver::new(lab.clone(), SharedCache::new(root_hints(), 100_000))
        .with_qname_minimisation(QnameMinimisation::Relaxed)
        .with_selection(selection);
    let networks = ["192.0.2.0/24", "198.51.100.0/24"];
    let access = AccessControl::new(networks.map(|network| network.parse().unwrap()));
    let special_names = SpecialNames::new(&lab::LOCALLY_SERVED);
    let recursive = Recursive::new(resolver, PLACES, special_names, AccessControl::default());
    let guard = Guard::new(PLACES, 1_000);
    let settings = Settings {
        access,
        ..Settings::default()
    };
    (
        lab,
        Arc::new(Service::new(
            recursive,
            1_000,
            guard,
            Arc::new(ArcSwap::from_pointee(settings)),
        )),
    )
}

/// Sends a query as a client. Returns whether it got an answer, and the time that it took.
async fn ask(service: &Arc<LabService>, client: &str, qname: &str) -> (bool, Duration) {
    let client: IpAddr = client.parse().unwrap();
    let mut query = DnsPacket::query(7, qname.parse().unwrap(), RecordType::A);
    query.header.rd = true;
    let (message, start) = (query.write().unwrap(), Instant::now());
    let reply = match service.start_job(client) {
        Some(job) => job.respond(&message, Via::Udp).await,
        None => overloaded(&message, Via::Udp).await,
    };
    let reply = DnsPacket::parse(&reply.unwrap_or_else(|| panic!("{qname}: no reply"))).unwrap();
    let is_answer = matches!(reply.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN);
    (is_answer, start.elapsed())
}

/// Asks as both clients at the same time. Returns the 99th percentile of the other client's times,
/// and the number of its answers; and the number of upstream queries.
async fn run(flood: u64) -> (Duration, usize, usize) {
    let (lab, service) = service();
    let start = Instant::now();
    let hostile = Arc::clone(&service);
    let flooding = tokio::spawn(async move {
        let mut queries = JoinSet::new();
        for number in 0..flood {
            sleep_until(start + Duration::from_millis(number / 10)).await;
            let service = Arc::clone(&hostile);
            queries.spawn(async move {
                ask(&service, HOSTILE, &format!("n{number}.dead.test")).await;
            });
        }
        queries.join_all().await;
    });
    let mut queries = JoinSet::new();
    for number in 0..QUESTIONS {
        sleep_until(start + Duration::from_millis(5 * number)).await;
        let service = Arc::clone(&service);
        queries.spawn(async move { ask(&service, OTHER, &format!("n{number}.example.com")).await });
    }
    let replies = queries.join_all().await;
    flooding.await.unwrap();
    let mut times: Vec<Duration> = replies.iter().map(|(_, took)| *took).collect();
    times.sort();
    let answers = replies.iter().filter(|(is_answer, _)| *is_answer).count();
    (
        times[times.len() * 99 / 100 - 1],
        answers,
        lab.queries().len(),
    )
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_dead_names_of_one_client_cost_another_nothing() {
    let (idle, ..) = run(0).await;
    let (p99, answers, upstream) = run(FLOOD).await;
    let facts = format!(
        "the other client: {answers} answers to {QUESTIONS} queries, 99 % within {p99:?}, and within \
         {idle:?} without the flood; {upstream} upstream queries for both"
    );
    assert_eq!(answers as u64, QUESTIONS, "{facts}");
    assert!(p99 * 5 <= idle * 6, "{facts}");
    assert!(upstream < 2_000, "{facts}");
}
