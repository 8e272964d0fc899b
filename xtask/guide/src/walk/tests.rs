//! Sessions in the mini-Internet.

use super::session::Session;
use super::*;

fn done(text: &str) -> Vec<Done> {
    let session = Session::parse(text).unwrap_or_else(|sentence| panic!("{text}: {sentence}"));
    run(&session, Lab::internet()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A session as text that a person can read: the steps of its searches, and the cache after each.
fn shown(text: &str) -> String {
    let mut lines = Vec::new();
    for done in done(text) {
        match (&done.item, &done.search) {
            (Item::Query(question), Some(search)) => {
                let (qname, queries) = (&question.qname, search.resolution.queries);
                let rcode = search.resolution.rcode;
                lines.push(format!(
                    "== {qname} {}: {rcode}, {queries} queries",
                    question.qtype
                ));
                lines.extend(search.steps.iter().flat_map(step_lines));
            }
            (item, _) => lines.push(format!("== {item:?}")),
        }
        for row in &done.cache {
            let CacheRow {
                name,
                rtype,
                ttl,
                kind,
                data,
                exchange,
            } = row;
            let data = data.join(", ");
            lines.push(format!(
                "   cached: {name} {ttl} {rtype} ({kind}, from {exchange}): {data}"
            ));
        }
    }
    lines.join("\n")
}

fn step_lines(step: &Step) -> Vec<String> {
    match step {
        Step::Walk { depth, text } => vec![format!("{:1$}walk {text}", "", 2 * depth)],
        Step::Note { depth, text } => vec![format!("{:1$}note {text}", "", 2 * depth)],
        Step::Exchange(it) => {
            let pad = " ".repeat(2 * it.depth);
            let until = it.until.map(|until| until.as_millis());
            let mut lines = vec![format!(
                "{pad}{}..{} {} {} {} {}: {}",
                it.at.as_millis(),
                until.map_or_else(String::new, |until| until.to_string()),
                it.zone,
                it.server.ip(),
                it.via,
                it.question.qname,
                it.outcome
            )];
            lines.extend(
                it.believed
                    .iter()
                    .map(|one| format!("{pad}  + {}: {}", one.record, one.why)),
            );
            lines.extend(
                it.discarded
                    .iter()
                    .map(|one| format!("{pad}  - {}: {}", one.record, one.why)),
            );
            lines
        }
    }
}

/// Fails unless the session's text has all of the parts.
fn expect(session: &str, parts: &[&str]) {
    let text = shown(session);
    for part in parts {
        assert!(text.contains(part), "{session}: no {part:?} in\n{text}");
    }
}

#[test]
fn a_walk_goes_from_the_root_to_the_zone() {
    expect(
        "www.bbc.co.uk A",
        &[
            "== www.bbc.co.uk. A: NOERROR, 9 queries\nwalk www.bbc.co.uk. A\n  0..10 . ",
            ": referral to uk. (8 NS, 16 glue)\n",
            "10..20 uk. ",
            ": alias: go on with www.bbc.com.\n",
            "\nwalk www.bbc.com. A\n",
            "+ uk.\t172800\tIN\tNS\tdns1.nic.uk.: a name server of uk., below the zone cut",
            "cached: www.bbc.co.uk. 299 CNAME (answer, from 3): www.bbc.com.",
        ],
    );
}

#[test]
fn the_cache_answers_until_its_ttls_have_ended() {
    let text = shown("www.bbc.co.uk A; +10; www.bbc.co.uk A; +300; www.bbc.co.uk A");
    let searches: Vec<_> = text
        .lines()
        .filter(|line| line.starts_with("== www"))
        .collect();
    // After 310 s, the aliases and the addresses have expired, and the delegations have not.
    let expected = ["9 queries", "0 queries", "3 queries"];
    assert!(
        searches.len() == 3
            && searches
                .iter()
                .zip(expected)
                .all(|(line, end)| line.ends_with(end)),
        "{expected:?}, not {searches:#?}"
    );
    let row = |ttl: &str| format!("cached: www.bbc.co.uk. {ttl} CNAME (answer, from 0)");
    assert!(text.contains(&row("289")), "{text}");
    let again = "cached: www.bbc.co.uk. 299 CNAME (answer, from 1)";
    assert!(
        text.contains(again),
        "stored again by the first query of the last search: {text}"
    );
}

#[test]
fn walks_for_servers_are_nested() {
    expect(
        "www.glueless.test A",
        &[
            "\n  walk ns.example.org. A\n    20..",
            "\n    walk a.iana-servers.net. A\n      40..",
            "cached: glueless.test. 3599 NS (delegation, from 2): ns.example.org.",
        ],
    );
}

#[test]
fn a_server_that_does_not_reply_costs_its_timeout() {
    expect(
        "www.halfdead.test A",
        &[
            "20.. halfdead.test. 198.18.3.1 UDP www.halfdead.test.: no reply in time\n",
            "420..430 halfdead.test. ",
        ],
    );
}

#[test]
fn a_late_reply_is_shown_with_its_query_and_ends_the_wait_for_another() {
    expect(
        "www.mars.far.test A",
        &[
            "20..620 far.test. 198.18.26.1 UDP www.mars.far.test.: late: referral to mars.far.test.",
            "420.. far.test. 198.18.26.1 UDP www.mars.far.test.: no longer waited for\n  note far.test.  198.18.26.1 says: ",
            "1420.. mars.far.test. 198.18.26.",
        ],
    );
}

#[test]
fn a_truncated_reply_is_asked_for_again_over_tcp() {
    expect(
        "x.truncates.test TXT",
        &[
            "UDP x.truncates.test.: truncated: again over TCP\n",
            "TCP x.truncates.test.: NXDOMAIN: no such name\n",
        ],
    );
}

#[test]
fn records_out_of_bailiwick_are_thrown_away() {
    expect(
        "www.liar.test A",
        &["out of bailiwick: a server of liar.test. may not send records of "],
    );
}

#[test]
fn the_second_of_two_equal_records_is_thrown_away() {
    expect(
        "www.twice.messages.test A",
        &["the same record stands before it (RFC 2181 section 5)"],
    );
}

#[test]
fn a_message_that_is_not_the_reply_is_thrown_away() {
    let lab = Lab::internet();
    let root = lab.server("a.root-servers.net").expect("a root server");
    let forged = lab::replies().with_wrong_id().after_ms(2);
    let garbage = lab::octets([7; 5]).after_ms(3);
    lab.script(
        root,
        network::Via::Udp,
        [forged.and(garbage).and(lab::replies())],
    );
    let session = Session::parse("www.google.com A").unwrap_or_else(|it| panic!("{it}"));
    let done = run_with(&session, lab, chase::InOrder).unwrap_or_else(|it| panic!("{it}"));
    let search = done[0].search.as_ref().expect("a search");
    let text = search.steps.iter().flat_map(step_lines).collect::<Vec<_>>();
    let text = text.join("\n");
    for part in [
        "0..10 . 198.41.0.4 UDP www.google.com.: referral to com.",
        "octets: not the reply to this query: its id or its question differs",
        "- a message of 5 octets: malformed: ",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}

#[test]
fn nothing_is_shown_after_it_has_expired() {
    let done = done("www.bbc.co.uk A; nosuch.bbc.co.uk A; +200000");
    let [_, before, after] = done.as_slice() else {
        panic!("{} steps", done.len());
    };
    let kinds = |rows: &[CacheRow]| rows.iter().map(|row| row.kind).collect::<Vec<_>>();
    for kind in ["answer", "negative", "delegation"] {
        let kinds = kinds(&before.cache);
        assert!(kinds.contains(&kind), "no {kind} in {kinds:?}");
    }
    assert_eq!(after.cache, [], "after 200,000 s");
}

#[test]
fn a_failure_is_cached_and_says_why() {
    expect(
        "www.edns-silence.test. AAAA; nowhere.invalid A",
        &[
            "== nowhere.invalid. A: NXDOMAIN, 0 queries",
            "note answered locally",
        ],
    );
    let text = shown("www.dead.work.test A; www.dead.work.test A");
    let (first, second) = text.split_once("\n== ").unwrap_or((&text, ""));
    assert!(
        first.contains("SERVFAIL") && first.contains("(failure, from"),
        "{first}"
    );
    assert!(second.contains(": SERVFAIL, 0 queries"), "{second}");
}

#[test]
fn servers_receive_only_the_labels_that_they_need() {
    expect(
        "minimise; www.bbc.co.uk A",
        &[
            " UDP uk.: referral to uk.",
            " UDP bbc.co.uk.: referral to bbc.co.uk.",
        ],
    );
}

/// Each name of the page's list resolves within the bounds, and its pictures have all of its steps.
#[test]
fn each_example_of_the_page_has_steps_and_pictures() {
    let script = include_str!("../../assets/walk.js");
    let list = script
        .split("const EXAMPLES = [")
        .nth(1)
        .and_then(|rest| rest.split("];").next());
    let examples: Vec<&str> = list
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split('"').nth(1))
        .collect();
    assert!(examples.len() >= 10, "{examples:?}");
    for example in examples {
        let report =
            report::report(example).unwrap_or_else(|sentence| panic!("{example}: {sentence}"));
        let search = &report["items"][0]["search"];
        let steps = search["steps"].as_array().expect("a list");
        let exchanges: Vec<_> = steps
            .iter()
            .filter(|step| step["form"] == "exchange")
            .collect();
        assert!(exchanges.len() >= 2, "{example}: {search:#}");
        for picture in ["sequence", "timeline"] {
            let shapes = search[picture]["shapes"].as_array().expect("a list");
            for step in &exchanges {
                let drawn = shapes.iter().any(|shape| shape["step"] == step["number"]);
                assert!(drawn, "{example}: the {picture} lacks {step:#}");
            }
        }
    }
}

#[test]
fn the_same_session_is_the_same_each_time_and_another_seed_chooses_other_servers() {
    let once = shown("seed 1; www.google.com A");
    assert_eq!(once, shown("seed 1; www.google.com A"));
    assert_ne!(once, shown("seed 2; www.google.com A"));
}
