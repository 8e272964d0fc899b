//! The awkward parts of the mini-Internet, and what the resolver makes of each: what `lessons/lab/zones/test.zone` says of it.
//!
//! The clock is paused: waiting takes no time.
#![cfg(test)]

use std::time::Duration;

use chase::{DEADLINE, InOrder, Resolver, ServerSelection, Trace};
use dnsparse::{Class, Question, RecordType};
use iterate::root_hints;
use lab::Lab;
use rand::SeedableRng;
use rand::rngs::StdRng;
use select::{AddressPolicy, Selector};
use tokio::time::Instant;

/// How it ended.
struct End {
    /// The RCODE, what the last record says, and why there is none.
    said: String,
    aliases: usize,
    trace: Trace,
    took: Duration,
}

/// Servers are asked in their order, as lesson 8 does it: so the traces are the same each time.
async fn resolve_in(lab: &Lab, qname: &str) -> End {
    resolve_by(lab, InOrder, qname).await
}

/// Servers are chosen as `rdns` does it.
async fn resolve_choosing(qname: &str) -> End {
    let places = AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    };
    resolve_by(&Lab::internet(), Selector::new(places), qname).await
}

async fn resolve_by(lab: &Lab, choice: impl ServerSelection, qname: &str) -> End {
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype: RecordType::A,
        qclass: Class::IN,
    };
    let mut trace = Trace::default();
    let mut random = StdRng::seed_from_u64(8);
    let start = Instant::now();
    let resolution = Resolver::new(lab.clone(), root_hints())
        .with_selection(choice)
        .resolve(&question, &mut random, &mut trace)
        .await;
    let last = resolution.records.last();
    let said = [
        Some(resolution.rcode.to_string()),
        last.map(|record| record.rdata.to_string()),
        resolution.failure.map(|failure| failure.to_string()),
    ];
    let is_alias = |record: &&dnsparse::Record| record.rtype() == RecordType::CNAME;
    End {
        said: said.into_iter().flatten().collect::<Vec<_>>().join(" "),
        aliases: resolution.records.iter().filter(is_alias).count(),
        trace,
        took: start.elapsed(),
    }
}

async fn resolve(qname: &str) -> End {
    resolve_in(&Lab::internet(), qname).await
}

#[tokio::test(start_paused = true)]
async fn a_server_without_glue_is_found_through_two_other_top_level_domains() {
    let end = resolve("www.glueless.test").await;
    assert_eq!(end.said, "NOERROR 198.18.1.80");
    insta::assert_snapshot!(end.trace, @r"
    www.glueless.test. A
      .  198.41.0.4 says: ask the servers of test.
      test.  198.18.0.1 says: ask the servers of glueless.test.
      ns.example.org. A
        .  198.41.0.4 says: ask the servers of org.
        org.  199.19.56.1 says: ask the servers of example.org.
        a.iana-servers.net. A
          .  198.41.0.4 says: ask the servers of net.
          net.  192.5.6.30 says: ask the servers of iana-servers.net.
          iana-servers.net.  199.43.135.53 says: 199.43.135.53
        example.org.  199.43.135.53 says: 198.18.1.1
      glueless.test.  198.18.1.1 says: 198.18.1.80
    ");
}

#[tokio::test(start_paused = true)]
async fn two_zones_that_wait_for_each_other_are_not_waited_for() {
    for qname in ["www.left.test", "www.right.test"] {
        let end = resolve(qname).await;
        assert!(
            end.said.starts_with("SERVFAIL no server of "),
            "{}",
            end.said
        );
        assert!(end.took < Duration::from_secs(1), "{:?}", end.took);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lame_server_is_passed_over_for_a_good_one() {
    let end = resolve("www.lame.test").await;
    assert_eq!(end.said, "NOERROR 198.18.2.80");
    insta::assert_snapshot!(end.trace, @r"
    www.lame.test. A
      .  198.41.0.4 says: ask the servers of test.
      test.  198.18.0.1 says: ask the servers of lame.test.
      lame.test.  198.18.2.1 is lame: it says REFUSED
      lame.test.  198.18.2.2 says: 198.18.2.80
    ");
}

#[tokio::test(start_paused = true)]
async fn the_stranger_who_is_lame_for_others_serves_its_own_zone() {
    assert_eq!(
        resolve("www.stranger.test").await.said,
        "NOERROR 198.18.2.81"
    );
}

#[tokio::test(start_paused = true)]
async fn a_zone_whose_only_server_refers_to_itself_fails_at_once() {
    let end = resolve("www.itself.test").await;
    assert_eq!(
        end.said,
        "SERVFAIL no server of itself.test. helped: 198.18.0.1 it refers to itself.test., which is not on the way"
    );
    assert!(end.took < Duration::from_secs(1), "{:?}", end.took);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_costs_time_and_no_more_where_another_lives() {
    let end = resolve("www.halfdead.test").await;
    assert_eq!(end.said, "NOERROR 198.18.3.80");
    let waited = Duration::from_millis(500)..Duration::from_millis(1_500);
    assert!(waited.contains(&end.took), "{:?}", end.took);
}

#[tokio::test(start_paused = true)]
async fn where_all_are_dead_there_is_a_failure_before_the_asker_gives_up() {
    let end = resolve("www.dead.test").await;
    assert_eq!(end.said, "SERVFAIL no answer within 4.5s");
    assert_eq!(end.took, DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn a_lie_about_somebody_elses_name_is_not_believed() {
    let truth = resolve("www.google.com").await.said;
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.liar.test").await;
    assert_eq!(end.said, truth);
    assert_eq!(end.aliases, 1);
    // The lie was really told.
    assert!(lab.trace().contains("198.18.66.66"), "{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn who_sends_nothing_by_udp_is_asked_over_tcp() {
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.truncates.test").await;
    assert_eq!(end.said, "NOERROR 198.18.5.80");
    assert!(lab.trace().contains("truncated"), "{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn who_takes_edns_for_an_error_is_asked_without() {
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.edns-formerr.test").await;
    assert_eq!(end.said, "NOERROR 198.18.5.81");
    assert!(lab.trace().contains("FORMERR"), "{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_slow_server_is_waited_for() {
    let end = resolve("www.slow.test").await;
    assert_eq!(end.said, "NOERROR 198.18.5.83");
    // 10 ms each for the root and test.
    assert_eq!(end.took, Duration::from_millis(620));
}

#[tokio::test(start_paused = true)]
async fn who_is_silent_to_edns_is_asked_without() {
    let in_order = resolve("www.edns-silence.test").await;
    assert_eq!(
        in_order.said,
        "SERVFAIL no server of edns-silence.test. helped: 198.18.5.4 is silent"
    );
    let end = resolve_choosing("www.edns-silence.test").await;
    assert_eq!(end.said, "NOERROR 198.18.5.82");
    assert!(end.took < Duration::from_secs(1), "{:?}", end.took);
}

/// Whom it asks is left to chance, and makes no difference to what comes out of it.
#[tokio::test(start_paused = true)]
async fn the_choice_of_servers_changes_no_answer() {
    for qname in [
        "www.glueless.test",
        "www.lame.test",
        "www.halfdead.test",
        "www.liar.test",
        "www.truncates.test",
        "www.edns-formerr.test",
        "www.g.f.e.d.c.b.a.deep.test",
        "n16.even.test",
        "n17.odd.test",
        "circle.example.com",
    ] {
        let (chosen, in_order) = (resolve_choosing(qname).await, resolve(qname).await);
        assert_eq!(chosen.said, in_order.said, "{qname}\n{}", chosen.trace);
    }
}

#[tokio::test(start_paused = true)]
async fn eight_delegations_are_followed_one_after_another() {
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.g.f.e.d.c.b.a.deep.test").await;
    assert_eq!(end.said, "NOERROR 198.18.6.80");
    // The root, test, and eight below.
    assert_eq!(lab.queries().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn sixteen_aliases_are_followed() {
    let end = resolve("n16.even.test").await;
    assert_eq!(end.said, "NOERROR 198.18.7.80");
    assert_eq!(end.aliases, 16);
}

#[tokio::test(start_paused = true)]
async fn seventeen_aliases_are_one_too_many() {
    let end = resolve("n17.odd.test").await;
    assert_eq!(
        end.said,
        "SERVFAIL more than 16 aliases, the last of them n0.even.test."
    );
}

#[tokio::test(start_paused = true)]
async fn aliases_in_a_circle_lead_nowhere() {
    let end = resolve("circle.example.com").await;
    assert_eq!(
        end.said,
        "SERVFAIL the aliases go round in a circle, back to circle.example.com."
    );
}
