//! Replies that come after the timeout of their query.

use lab::{no_reply, octets, replies};
use network::Via;

use super::*;

async fn search(lab: &Lab, selection: InTurn) -> TestResolver {
    let resolver = TestResolver::new(lab, Facts::of(lab), selection);
    resolver.search("www.shop.test", RecordType::A).await
}

/// The reply to the first query comes while the second is out.
#[tokio::test(start_paused = true)]
async fn a_late_reply_is_used() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 700);
    let selection = InTurn {
        tries: 2,
        ..InTurn::default()
    };
    let resolver = search(&lab, selection).await;
    insta::assert_snapshot!(format!("{}\n{}", resolver.noted(), lab.trace()));
}

#[tokio::test(start_paused = true)]
async fn a_walk_waits_for_a_late_reply_before_it_fails() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 1_500);
    insta::assert_snapshot!(search(&lab, InTurn::default()).await.shown());
}

/// 1.6 seconds after the query, its socket is closed.
#[tokio::test(start_paused = true)]
async fn a_reply_that_is_too_late_is_not_waited_for() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 1_700);
    insta::assert_snapshot!(search(&lab, InTurn::default()).await.end());
}

#[tokio::test(start_paused = true)]
async fn no_search_waits_for_a_dead_server() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 700);
    let selection = InTurn {
        dead: vec![NEAR.parse().unwrap()],
        ..InTurn::default()
    };
    insta::assert_snapshot!(search(&lab, selection).await.end());
}

/// The late REFUSED of one server does not end the wait for the other, nor a late answer without
/// AA; and neither is cached.
#[tokio::test(start_paused = true)]
async fn an_unusable_late_reply_does_not_end_the_wait() {
    let mut texts = Vec::new();
    let without_aa = replies().edited(|packet| packet.header.aa = false);
    for late in [replies().with_rcode(dnsparse::Rcode::REFUSED), without_aa] {
        let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
        always(&lab, NEAR, late.after_ms(600));
        lab.set_latency(socket(FAR), 900);
        texts.push(search(&lab, InTurn::default()).await.noted());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A query over TCP follows, and counts.
#[tokio::test(start_paused = true)]
async fn a_late_reply_may_be_truncated() {
    let lab = shop_of(&["near.shop.test."]);
    let truncated = replies().truncated().after_ms(700);
    lab.script(socket(NEAR), Via::Udp, [repeat(truncated)]);
    let resolver = search(&lab, InTurn::default()).await;
    insta::assert_snapshot!(format!("{}\n{}", resolver.noted(), lab.trace()));
}

/// An attacker sends messages to the socket that stays open.
#[tokio::test(start_paused = true)]
async fn a_late_reply_is_checked_like_others() {
    let lab = shop_of(&["near.shop.test."]);
    let attack = octets([0, 1, 2])
        .after_ms(450)
        .and(replies().with_wrong_id().after_ms(500))
        .and(replies().with_wrong_question().after_ms(550))
        .and(replies().after_ms(700));
    lab.script(socket(NEAR), Via::Udp, [attack]);
    insta::assert_snapshot!(search(&lab, InTurn::default()).await.shown());
}

/// Five servers time out. The socket of the first is closed when that of the fifth is kept: its
/// reply is lost, and that of the second is used.
#[tokio::test(start_paused = true)]
async fn four_sockets_are_kept_for_late_replies() {
    let servers: String = (0..6)
        .map(|n| {
            format!(
                "shop.test. NS s{n}.shop.test.\ns{n}.shop.test. A 192.0.2.{}\n",
                20 + n
            )
        })
        .collect();
    let lab = LabBuilder::new()
        .zones(&format!(
            "$ORIGIN .\n@ NS root.\nroot. A 192.0.2.1\n{servers}
            $ORIGIN shop.test.\n{servers}\nwww A 192.0.2.100"
        ))
        .build()
        .unwrap();
    for n in 0..6 {
        always(&lab, &format!("192.0.2.{}", 20 + n), no_reply());
    }
    lab.script(socket("192.0.2.20"), Via::Udp, [replies().after_ms(1_050)]);
    lab.script(socket("192.0.2.21"), Via::Udp, [replies().after_ms(900)]);
    let selection = || InTurn {
        timeout_ms: 200,
        ..InTurn::default()
    };
    let first = search(&lab, selection()).await.shown();
    insta::assert_snapshot!(first);
}

#[tokio::test(start_paused = true)]
async fn without_a_socket_to_spare_no_late_reply_is_received() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 700);
    let resolver = Resolver::new(lab.clone(), Facts::of(&lab))
        .with_selection(InTurn::default())
        .with_late_sockets(0);
    let resolver = TestResolver::of(&lab, resolver);
    let end = resolver.search("www.shop.test", RecordType::A).await.end();
    insta::assert_snapshot!(end);
}

/// The late reply is to the question that led to an alias: the search for the alias's target goes
/// on undisturbed.
#[tokio::test(start_paused = true)]
async fn a_late_reply_to_an_earlier_question_changes_nothing() {
    let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
    let alias = |packet: &mut dnsparse::DnsPacket| packet.answers.truncate(1);
    let is_alias =
        |query: &dnsparse::DnsPacket| query.questions[0].qname.to_string() == "also.shop.test.";
    let near = replies().edited(alias).after_ms(700).only_to(is_alias);
    lab.script(socket(NEAR), Via::Udp, [near]);
    let far = replies().edited(alias).after_ms(20);
    lab.script(socket(FAR), Via::Udp, [far]);
    lab.set_latency(socket(NEAR), 350);
    lab.set_latency(socket(FAR), 350);
    let resolver = TestResolver::new(&lab, Facts::of(&lab), InTurn::default());
    let slow = resolver
        .search("also.shop.test", RecordType::A)
        .await
        .shown();
    insta::assert_snapshot!(slow);
}

/// The socket of the first question is still open when all servers refuse the second: that one is
/// not waited for.
#[tokio::test(start_paused = true)]
async fn a_walk_waits_for_no_reply_to_another_question() {
    let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
    let refused = || repeat(replies().with_rcode(dnsparse::Rcode::REFUSED));
    lab.script(socket(NEAR), Via::Udp, [no_reply(), refused()]);
    let alias = replies().edited(|packet| packet.answers.truncate(1));
    lab.script(socket(FAR), Via::Udp, [alias, refused()]);
    let resolver = TestResolver::new(&lab, Facts::of(&lab), InTurn::default());
    insta::assert_snapshot!(resolver.search("also.shop.test", RecordType::A).await.end());
}

/// Each server of the aliases' zone takes 700 ms for its reply: the search is making progress when
/// its time is over.
#[tokio::test(start_paused = true)]
async fn a_search_among_slow_servers_is_unfinished() {
    let lab = crate::aliases(16);
    lab.set_latency(socket("192.0.2.2"), 700);
    let selection = InTurn {
        timeout_ms: 790,
        ..InTurn::default()
    };
    let resolver = TestResolver::new(&lab, Facts::of(&lab), selection);
    insta::assert_snapshot!(resolver.search("a0.test", RecordType::A).await.end());
}
