//! One client asks for ten thousand names of a dead zone, and costs another client nothing; nor do a
//! hundred thousand clients that do not exist. `rdns` with its quotas, in this process, with a paused
//! clock.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chase::{QnameMinimisation, Resolver};
use dnsparse::{DnsPacket, Rcode, RecordType};
use lab::{Lab, LabBuilder, no_reply, repeat};
use negative::SharedCache;
use network::Via;
use programs::config::Settings;
use programs::guard::Guard;
use programs::service::Service;
use quota::ZoneQuota;
use recursive::{AccessControl, Recursive, SpecialNames};
use select::{AddressPolicy, Selector};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::hostile_set::hints;

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

/// Makes a service as the program does, for clients in these networks.
fn service(lab: &Lab, networks: &[&str]) -> Arc<LabService> {
    let selection = ZoneQuota::new(Selector::new(AddressPolicy::default()), ZONE_LIMIT);
    let resolver = Resolver::new(lab.clone(), SharedCache::new(hints(lab), 100_000))
        .with_qname_minimisation(QnameMinimisation::Relaxed)
        .with_selection(selection);
    let networks = networks.iter().map(|network| network.parse().unwrap());
    let access = AccessControl::new(networks);
    let special_names = SpecialNames::new(&lab::LOCALLY_SERVED);
    let recursive = Recursive::new(resolver, PLACES, special_names, AccessControl::default());
    let guard = Guard::new(PLACES, 1_000);
    let settings = Settings {
        access,
        ..Settings::default()
    };
    let settings = Arc::new(ArcSwap::from_pointee(settings));
    Arc::new(Service::new(recursive, 1_000, guard, settings))
}

/// Sends a query as a client. Returns the reply, and the time that it took.
async fn ask(
    service: &Arc<LabService>,
    client: IpAddr,
    via: Via,
    qname: &str,
) -> (DnsPacket, Duration) {
    let mut query = DnsPacket::query(7, qname.parse().unwrap(), RecordType::A);
    query.header.rd = true;
    let (message, start) = (query.write().unwrap(), Instant::now());
    let reply = match service.start_job(client, via) {
        Some(job) => job.respond(&message).await,
        None => service.turn_away(&message, via, client).await,
    };
    let reply = DnsPacket::parse(&reply.unwrap_or_else(|| panic!("{qname}: no reply"))).unwrap();
    (reply, start.elapsed())
}

fn is_answer(reply: &DnsPacket) -> bool {
    !reply.header.tc && matches!(reply.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN)
}

/// Returns the time within which 99 % of the replies came.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 99 / 100 - 1]
}

/// Asks as both clients at the same time. Returns the 99th percentile of the other client's times,
/// and the number of its answers; and the number of upstream queries.
async fn run(flood: u64) -> (Duration, usize, usize) {
    let lab = Lab::internet();
    let service = service(&lab, &["192.0.2.0/24", "198.51.100.0/24"]);
    let (hostile_client, other) = (HOSTILE.parse().unwrap(), OTHER.parse().unwrap());
    let start = Instant::now();
    let hostile = Arc::clone(&service);
    let flooding = tokio::spawn(async move {
        let mut queries = JoinSet::new();
        for number in 0..flood {
            sleep_until(start + Duration::from_millis(number / 10)).await;
            let service = Arc::clone(&hostile);
            queries.spawn(async move {
                let qname = format!("n{number}.dead.test");
                ask(&service, hostile_client, Via::Udp, &qname).await;
            });
        }
        queries.join_all().await;
    });
    let mut queries = JoinSet::new();
    for number in 0..QUESTIONS {
        sleep_until(start + Duration::from_millis(5 * number)).await;
        let service = Arc::clone(&service);
        queries.spawn(async move {
            let qname = format!("n{number}.example.com");
            ask(&service, other, Via::Udp, &qname).await
        });
    }
    let replies = queries.join_all().await;
    flooding.await.unwrap();
    let times = replies.iter().map(|(_, took)| *took).collect();
    let answers = replies.iter().filter(|(reply, _)| is_answer(reply)).count();
    (p99(times), answers, lab.queries().len())
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

/// The forged queries, twenty each millisecond, each from an address of its own; and the dead zones,
/// enough of them for all places, though each has its quota.
const FORGED: u64 = 100_000;
const DEAD_ZONES: u64 = 40;

/// A lab with a good zone, whose server is 40 ms away, and [`DEAD_ZONES`].
fn zones_of_the_forged_flood() -> Lab {
    let dead = |number| format!("d{number} NS ns.d{number}\nns.d{number} A 198.18.1.{number}\n");
    let dead: String = (0..DEAD_ZONES).map(dead).collect();
    let lab = LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  198.18.0.1
            test.    NS ns.test.
            ns.test. A  198.18.0.2

            $ORIGIN test.
            @        NS ns
            ns       A  198.18.0.2
            good     NS ns.good
            ns.good  A  198.18.0.3
            {dead}

            $ORIGIN good.test.
            @        NS ns
            ns       A  198.18.0.3
            *        A  198.18.0.80
            "
        ))
        .build()
        .unwrap();
    for number in 0..DEAD_ZONES {
        let server = format!("198.18.1.{number}:53").parse().unwrap();
        lab.script(server, Via::Udp, [repeat(no_reply())]);
    }
    lab.set_latency("198.18.0.3:53".parse().unwrap(), 40);
    lab
}

/// The outcome for a client: the last reply over UDP and whether that was truncated, and the time
/// until it had its answer.
struct Served {
    is_truncated: bool,
    is_answer: bool,
    took: Duration,
}

/// Asks for a name in the good zone as a stub resolver does: over UDP, and over TCP after a truncated
/// reply.
async fn ask_as_stub(service: &Arc<LabService>, client: IpAddr, qname: &str) -> Served {
    let (reply, took) = ask(service, client, Via::Udp, qname).await;
    let is_truncated = reply.header.tc;
    let (reply, more) = match is_truncated {
        true => ask(service, client, Via::Tcp, qname).await,
        false => (reply, Duration::ZERO),
    };
    Served {
        is_truncated,
        is_answer: is_answer(&reply),
        took: took + more,
    }
}

/// Asks as a new client, and as one that has asked over TCP before, while the forged queries come.
/// Returns what each of them received.
async fn run_forged(forged: u64) -> [Vec<Served>; 2] {
    let lab = zones_of_the_forged_flood();
    let service = service(&lab, &["10.0.0.0/8", "192.0.2.0/24"]);
    let clients: [IpAddr; 2] = ["192.0.2.1", "192.0.2.2"].map(|client| client.parse().unwrap());
    ask(&service, clients[1], Via::Tcp, "first.good.test").await;
    let start = Instant::now();
    let attacker = Arc::clone(&service);
    let flooding = tokio::spawn(async move {
        let mut queries = JoinSet::new();
        for number in 0..forged {
            sleep_until(start + Duration::from_millis(number / 20)).await;
            let service = Arc::clone(&attacker);
            queries.spawn(async move {
                let [_, a, b, c] = u32::try_from(number).unwrap().to_be_bytes();
                let qname = format!("n{number}.d{}.test", number % DEAD_ZONES);
                ask(&service, IpAddr::from([10, a, b, c]), Via::Udp, &qname).await;
            });
        }
        queries.join_all().await;
    });
    let served = clients.map(|client| {
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let mut queries = JoinSet::new();
            for number in 0..QUESTIONS {
                // Not before the flood has taken the places.
                sleep_until(start + Duration::from_millis(500 + 20 * number)).await;
                let service = Arc::clone(&service);
                let qname = format!("n{number}.of-{client}.good.test").replace("192.0.2.", "");
                queries.spawn(async move { ask_as_stub(&service, client, &qname).await });
            }
            queries.join_all().await
        })
    });
    let [new, known] = served;
    let served = [new.await.unwrap(), known.await.unwrap()];
    flooding.await.unwrap();
    served
}

/// The attacker writes another source address on each of its queries: each is a client with one
/// place.
#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_forged_addresses_do_not_keep_other_clients_out() {
    let [_, idle] = run_forged(0).await;
    let idle = p99(idle.iter().map(|it| it.took).collect());
    for (client, served) in ["new", "known"].iter().zip(run_forged(FORGED).await) {
        let count = |is: fn(&Served) -> bool| served.iter().filter(|it| is(it)).count();
        let (answers, truncated) = (count(|it| it.is_answer), count(|it| it.is_truncated));
        let took = p99(served.iter().map(|it| it.took).collect());
        let facts = format!(
            "the {client} client: {answers} answers to {QUESTIONS} queries, {truncated} of them over TCP \
             after a truncated reply, 99 % within {took:?}, and within {idle:?} without the flood"
        );
        assert_eq!(answers as u64, QUESTIONS, "{facts}");
        assert!(took * 5 <= idle * 6, "{facts}");
        // Its first query over TCP proves the address of the new client.
        let most = if *client == "new" { 3 } else { 0 };
        assert!(truncated <= most, "{facts}");
        assert!(
            truncated > 0 || *client == "known",
            "the flood took no places: {facts}"
        );
    }
}
