//! The misconfigured zones of the mini-Internet (`lessons/lab/zones/test.zone` explains each), and
//! the resolver's answer for each.
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

/// The end of a resolution.
struct End {
    /// The RCODE, then the RDATA of the last record or the failure.
    summary: String,
    aliases: usize,
    trace: Trace,
    took: Duration,
}

/// Queries servers in their order, as in lesson 8, so that each run has the same trace.
async fn resolve_in(lab: &Lab, qname: &str) -> End {
    resolve_by(lab, InOrder, qname).await
}

/// Selects servers as `rdns` does.
async fn resolve_selecting(qname: &str) -> End {
    let policy = AddressPolicy {
        has_ipv6: true,
        ..AddressPolicy::default()
    };
    resolve_by(&Lab::internet(), Selector::new(policy), qname).await
}

async fn resolve_by(lab: &Lab, selection: impl ServerSelection, qname: &str) -> End {
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype: RecordType::A,
        qclass: Class::IN,
    };
    let mut trace = Trace::default();
    let mut random = StdRng::seed_from_u64(8);
    let start = Instant::now();
    let resolution = Resolver::new(lab.clone(), root_hints())
        .with_selection(selection)
        .resolve(&question, &mut random, &mut trace)
        .await;
    let last = resolution.records.last();
    let summary = [
        Some(resolution.rcode.to_string()),
        last.map(|record| record.rdata.to_string()),
        resolution.failure.map(|failure| failure.to_string()),
    ];
    let is_alias = |record: &&dnsparse::Record| record.rtype() == RecordType::CNAME;
    End {
        summary: summary.into_iter().flatten().collect::<Vec<_>>().join(" "),
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
    assert_eq!(end.summary, "NOERROR 198.18.1.80");
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
async fn two_zones_whose_servers_lie_in_each_other_fail_quickly() {
    for qname in ["www.left.test", "www.right.test"] {
        let end = resolve(qname).await;
        assert!(
            end.summary
                .starts_with("SERVFAIL no usable reply from the servers of "),
            "{}",
            end.summary
        );
        assert!(end.took < Duration::from_secs(1), "{:?}", end.took);
    }
}

#[tokio::test(start_paused = true)]
async fn octets_after_the_last_section_are_noted_in_the_trace() {
    let end = resolve("www.trailing.truncation.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.24.83");
    let note = "trailing.truncation.test.  198.18.24.5 sent 16 octets behind its last section";
    let trace = end.trace.to_string();
    assert_eq!(trace.matches(note).count(), 1, "{trace}");
}

#[tokio::test(start_paused = true)]
async fn a_lame_server_is_skipped() {
    let end = resolve("www.lame.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.2.80");
    insta::assert_snapshot!(end.trace, @r"
    www.lame.test. A
      .  198.41.0.4 says: ask the servers of test.
      test.  198.18.0.1 says: ask the servers of lame.test.
      lame.test.  198.18.2.1 replied REFUSED
      lame.test.  198.18.2.2 says: 198.18.2.80
    ");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_lame_for_one_zone_serves_its_own() {
    assert_eq!(
        resolve("www.stranger.test").await.summary,
        "NOERROR 198.18.2.81"
    );
}

#[tokio::test(start_paused = true)]
async fn a_zone_whose_only_server_refers_to_itself_fails_at_once() {
    let end = resolve("www.itself.test").await;
    assert_eq!(
        end.summary,
        "SERVFAIL no usable reply from the servers of itself.test.: 198.18.0.1 is lame: its referral to itself.test. leads no closer to the name"
    );
    assert!(end.took < Duration::from_secs(1), "{:?}", end.took);
}

#[tokio::test(start_paused = true)]
async fn a_dead_server_costs_one_timeout_where_another_answers() {
    let end = resolve("www.halfdead.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.3.80");
    let waited = Duration::from_millis(500)..Duration::from_millis(1_500);
    assert!(waited.contains(&end.took), "{:?}", end.took);
}

#[tokio::test(start_paused = true)]
async fn a_zone_with_dead_servers_alone_fails_before_the_client_gives_up() {
    let end = resolve("www.dead.test").await;
    assert_eq!(
        end.summary,
        "SERVFAIL no answer within 4.5s: timed out: 198.18.4.1, 198.18.4.2, 198.18.4.3, 198.18.4.4, 198.18.4.5"
    );
    assert_eq!(end.took, DEADLINE);
}

#[tokio::test(start_paused = true)]
async fn records_out_of_bailiwick_are_not_used() {
    let truth = resolve("www.google.com").await.summary;
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.liar.test").await;
    assert_eq!(end.summary, truth);
    assert_eq!(end.aliases, 1);
    // The forged record was in a reply.
    assert!(lab.trace().contains("198.18.66.66"), "{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_truncated_reply_without_records_is_fetched_over_tcp() {
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.truncates.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.5.80");
    assert!(lab.trace().contains("truncated"), "{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_edns_with_formerr_is_queried_without() {
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.edns-formerr.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.5.81");
    assert!(lab.trace().contains("FORMERR"), "{}", lab.trace());
}

#[tokio::test(start_paused = true)]
async fn the_reply_of_a_slow_server_is_used() {
    let end = resolve("www.slow.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.5.83");
    // 10 ms each for the root and test.
    assert_eq!(end.took, Duration::from_millis(620));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_edns_is_queried_without() {
    let in_order = resolve("www.edns-silence.test").await;
    assert_eq!(
        in_order.summary,
        "SERVFAIL no usable reply from the servers of edns-silence.test.: 198.18.5.4 timed out"
    );
    let end = resolve_selecting("www.edns-silence.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.5.82");
    assert!(end.took < Duration::from_secs(1), "{:?}", end.took);
}

/// The selection of servers is random; the answers do not depend on it.
#[tokio::test(start_paused = true)]
async fn server_selection_changes_no_answer() {
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
        let (selected, in_order) = (resolve_selecting(qname).await, resolve(qname).await);
        assert_eq!(
            selected.summary, in_order.summary,
            "{qname}\n{}",
            selected.trace
        );
    }
}

#[tokio::test(start_paused = true)]
async fn eight_delegations_are_followed_one_after_another() {
    let lab = Lab::internet();
    let end = resolve_in(&lab, "www.g.f.e.d.c.b.a.deep.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.6.80");
    // The root, test, and eight below.
    assert_eq!(lab.queries().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn sixteen_aliases_are_followed() {
    let end = resolve("n16.even.test").await;
    assert_eq!(end.summary, "NOERROR 198.18.7.80");
    assert_eq!(end.aliases, 16);
}

#[tokio::test(start_paused = true)]
async fn seventeen_aliases_are_one_too_many() {
    let end = resolve("n17.odd.test").await;
    assert_eq!(
        end.summary,
        "SERVFAIL more than 16 aliases; the last leads to n0.even.test."
    );
}

#[tokio::test(start_paused = true)]
async fn an_alias_loop_is_a_failure() {
    let end = resolve("circle.example.com").await;
    assert_eq!(
        end.summary,
        "SERVFAIL the aliases loop back to circle.example.com."
    );
}
