//! The settings of a resolver: names that are answered locally, signatures, and a trace for the log.

use chase::dnssec::{ReceivedReply, SignatureKeeper};
use chase::{LocalNames, Trace};

use super::*;

/// Answers `home` and `ns.home` by the address of a server of `shop.test`.
#[derive(Debug)]
struct Home;

impl LocalNames for Home {
    fn answer(&self, question: &Question) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        let name = qname.to_string();
        let is_local = ["home.", "ns.home."].contains(&name.as_str());
        let record = format!("{name} 60 A {FAR}").parse().unwrap();
        (is_local && *qtype == RecordType::A).then(|| Answer::Positive(vec![record]))
    }
}

/// The name of the question, and that of a server.
#[tokio::test(start_paused = true)]
async fn local_names_are_answered_without_a_query() {
    let mut texts = Vec::new();
    for qname in ["home", "www.shop.test"] {
        let lab = shop_of(&["ns.home."]);
        let resolver = Resolver::new(lab.clone(), Facts::of(&lab))
            .with_local_names(Home)
            .with_selection(InTurn::default());
        let resolver = TestResolver::of(&lab, resolver);
        texts.push(resolver.search(qname, RecordType::A).await.end());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// Notes the replies that it receives.
#[derive(Debug, Default)]
struct Notes(Mutex<Vec<String>>);

impl SignatureKeeper for Notes {
    fn keep(&self, reply: &ReceivedReply<'_>) {
        let Question { qname, qtype, .. } = reply.question;
        let line = format!(
            "{} {} {qname} {qtype}: {} records in all",
            reply.zone,
            reply.server,
            reply.packet.answers.len()
                + reply.packet.authorities.len()
                + reply.packet.additionals.len()
        );
        self.0.lock().unwrap().push(line);
    }
}

/// DO is set only for a keeper of signatures, which receives each reply, a late one too.
#[tokio::test(start_paused = true)]
async fn a_keeper_of_signatures_receives_each_reply() {
    let mut texts = Vec::new();
    for has_keeper in [false, true] {
        let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
        lab.script(
            socket(NEAR),
            network::Via::Udp,
            [lab::replies().after_ms(900)],
        );
        lab.set_latency(socket(FAR), 1_000);
        let notes = Arc::new(Notes::default());
        let resolver = Resolver::new(lab.clone(), Facts::of(&lab));
        let resolver = match has_keeper {
            true => resolver.with_signatures(Arc::<Notes>::clone(&notes)),
            false => resolver,
        };
        let resolver = resolver.with_selection(InTurn::default());
        let resolver = TestResolver::of(&lab, resolver);
        let end = resolver.search("www.shop.test", RecordType::A).await.end();
        let queries = lab.queries();
        let has_do = |it: &lab::LoggedQuery| {
            let edns = it.packet().and_then(|query| query.edns);
            if edns.is_some_and(|edns| edns.do_bit) {
                "DO"
            } else {
                "no DO"
            }
        };
        let flags: Vec<&str> = queries.iter().map(has_do).collect();
        let kept = notes.0.lock().unwrap().join("\n  ");
        texts.push(format!(
            "{end}queries with {}\nkept\n  {kept}\n",
            flags.join(", ")
        ));
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A resolver for many clients writes no text that no log takes.
#[tokio::test(start_paused = true)]
async fn a_trace_for_the_log_keeps_no_lines() {
    let lab = shop_of(&["near.shop.test."]);
    let mut resolver = TestResolver::new(&lab, Facts::of(&lab), InTurn::default());
    resolver.trace = Trace::for_log();
    let resolver = resolver.search("www.shop.test", RecordType::A).await;
    let resolution = tell(resolver.resolution.as_ref().unwrap());
    assert_eq!(
        (resolver.trace.to_string().as_str(), resolution.as_str()),
        ("", "NOERROR\nwww.shop.test. 3600 IN A 192.0.2.100"),
        "the trace for the log, which has no lines of its own, and the resolution"
    );
}
