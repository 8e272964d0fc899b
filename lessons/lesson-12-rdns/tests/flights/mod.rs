//! Flights: which clients share a search, and how many of them may wait.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dnsparse::{Class, Question, RecordType};
use rdns::Flights;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::world::{ask, server, text_of, world};

fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: qname.parse().unwrap(),
        qtype,
        qclass: Class::IN,
    }
}

/// A client that waits for the result of a search that never ends.
fn client(flights: &Arc<Flights<u32>>, qname: &'static str) -> JoinHandle<Option<u32>> {
    let flights = Arc::clone(flights);
    tokio::spawn(async move {
        let question = question(qname, RecordType::A);
        flights.join(&question, pending).await
    })
}

/// Lets all tasks run, and says of a client whether it waits or was turned away.
async fn state(client: &JoinHandle<Option<u32>>) -> &'static str {
    sleep(Duration::from_millis(1)).await;
    match client.is_finished() {
        true => "turned away",
        false => "waits",
    }
}

/// Nearly every client queries A and AAAA records at the same moment: two questions, two searches.
#[tokio::test(start_paused = true)]
async fn questions_of_different_types_are_different_flights() {
    let server = server(&world());
    let types = [RecordType::A, RecordType::AAAA, RecordType::CNAME];
    let (a, aaaa, cname) = tokio::join!(
        ask(&server, "www.shop.example", types[0]),
        ask(&server, "www.shop.example", types[1]),
        ask(&server, "WWW.shop.example", types[2]),
    );
    let mut lines = String::new();
    for (qtype, reply) in types.iter().zip([a, aaaa, cname]) {
        lines += &format!("{qtype}: {}\n", text_of(&reply).replace('\n', ", "));
    }
    insta::assert_snapshot!(lines, @r"
    A: NOERROR, www.shop.example. 3600 IN A 192.0.2.80
    AAAA: NOERROR, authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    CNAME: NOERROR, authority: shop.example. 300 IN SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
}

/// The same holds for the class, which lesson 5 lets through only as IN.
#[tokio::test(start_paused = true)]
async fn a_flight_is_for_one_name_type_and_class() {
    let flights: Arc<Flights<u32>> = Flights::new(10);
    let first = question("a.example", RecordType::A);
    let others = [
        question("b.example", RecordType::A),
        question("a.example", RecordType::AAAA),
        Question {
            qclass: Class::CH,
            ..first.clone()
        },
        question("A.Example", RecordType::A),
    ];
    let (one, two, three, four, same) = tokio::join!(
        flights.join(&first, || async {
            sleep(Duration::from_millis(1)).await;
            1
        }),
        flights.join(&others[0], || async { 2 }),
        flights.join(&others[1], || async { 3 }),
        flights.join(&others[2], || async { 4 }),
        flights.join(&others[3], || async { 5 }),
    );
    let shown = |result: Option<u32>| result.map_or("none".to_owned(), |it| it.to_string());
    let mut lines = format!("{first}: result of search {}\n", shown(one));
    for (question, result) in others.iter().zip([two, three, four, same]) {
        lines += &format!("{question}: result of search {}\n", shown(result));
    }
    insta::assert_snapshot!(lines.replace('\t', " "), @r"
    a.example. IN A: result of search 1
    b.example. IN A: result of search 2
    a.example. IN AAAA: result of search 3
    a.example. CH A: result of search 4
    A.Example. IN A: result of search 1
    ");
}

/// A waiter that is dropped makes room for another.
#[tokio::test(start_paused = true)]
async fn a_dropped_waiter_leaves_its_flight() {
    let flights: Arc<Flights<u32>> = Flights::new(2);
    for number in 0..10 {
        let hasty = client(&flights, "a.example");
        assert_eq!(
            state(&hasty).await,
            "waits",
            "there is room for 2 waiters, and {number} others have come and gone"
        );
        hasty.abort();
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(
        flights.len(),
        1,
        "flights: the search goes on without its clients"
    );
    assert!(!flights.is_empty(), "1 flight, and the table is empty");
    let two = [client(&flights, "a.example"), client(&flights, "a.example")];
    for client in &two {
        assert_eq!(state(client).await, "waits", "there is room for 2 waiters");
    }
    let third = client(&flights, "a.example");
    assert_eq!(
        state(&third).await,
        "turned away",
        "2 of 2 waiters are there"
    );
}

/// A search goes on without its clients: the next client waits for it, and starts no other.
#[tokio::test(start_paused = true)]
async fn a_flight_without_waiters_is_joined() {
    let flights: Arc<Flights<u32>> = Flights::new(2);
    let searches = Arc::new(AtomicU32::new(0));
    for _ in 0..3 {
        let (flights, started) = (Arc::clone(&flights), Arc::clone(&searches));
        let hasty = tokio::spawn(async move {
            let search = || {
                started.fetch_add(1, Ordering::Relaxed);
                pending()
            };
            flights
                .join(&question("a.example", RecordType::A), search)
                .await
        });
        assert_eq!(state(&hasty).await, "waits");
        hasty.abort();
        sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(
        searches.load(Ordering::Relaxed),
        1,
        "searches for three clients, each of which gave up before the next one came"
    );
}

/// The waiters of an aborted flight leave.
#[tokio::test(start_paused = true)]
async fn the_waiters_of_an_aborted_flight_make_room() {
    let flights: Arc<Flights<u32>> = Flights::new(2);
    for round in 0..3 {
        let oldest = client(&flights, "a.example");
        assert_eq!(state(&oldest).await, "waits");
        let others = [client(&flights, "b.example"), client(&flights, "c.example")];
        assert_eq!(state(&oldest).await, "turned away", "3 flights, room for 2");
        for other in others {
            other.abort();
        }
        sleep(Duration::from_millis(1)).await;
        let two = [client(&flights, "c.example"), client(&flights, "c.example")];
        for client in &two {
            assert_eq!(
                state(client).await,
                "waits",
                "there is room for 2 waiters, after {round} rounds of 3 that left or were aborted"
            );
        }
        for client in two {
            client.abort();
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// When a flight lands, all of its waiters leave.
#[tokio::test(start_paused = true)]
async fn the_waiters_of_a_finished_flight_make_room() {
    let flights: Arc<Flights<u32>> = Flights::new(2);
    let question = question("a.example", RecordType::A);
    let search = || async {
        sleep(Duration::from_millis(1)).await;
        7
    };
    for round in 0..10 {
        let both = tokio::join!(
            flights.join(&question, search),
            flights.join(&question, search)
        );
        assert_eq!(
            both,
            (Some(7), Some(7)),
            "the results of two clients, after {round} rounds of two that had their results"
        );
    }
}

/// The waiter of an aborted flight is dropped only when its task runs again. By then there may be a
/// new flight for the same question, which has waiters of its own.
#[tokio::test(start_paused = true)]
async fn a_late_waiter_does_not_leave_the_next_flight() {
    let flights: Arc<Flights<u32>> = Flights::new(1);
    let first = client(&flights, "a.example");
    assert_eq!(state(&first).await, "waits");
    let both = {
        let flights = Arc::clone(&flights);
        tokio::spawn(async move {
            let other = question("b.example", RecordType::A);
            let same = question("a.example", RecordType::A);
            tokio::join!(flights.join(&other, pending), flights.join(&same, pending))
        })
    };
    assert_eq!(state(&first).await, "turned away", "its flight was aborted");
    assert!(
        !both.is_finished(),
        "the second flight for a.example goes on"
    );
    let late = client(&flights, "a.example");
    assert_eq!(
        state(&late).await,
        "turned away",
        "the second flight for a.example has 1 of 1 waiters"
    );
}
