//! The outcome of each attempt, as the selection of servers receives it, and as it is stored.

use std::io;

use dnsparse::{DnsPacket, Rcode};
use lab::{closed_port, no_reply, replies};
use network::Via;

use super::*;

async fn noted(lab: &Lab, selection: InTurn) -> String {
    let resolver = TestResolver::new(lab, Facts::of(lab), selection);
    resolver
        .search("www.shop.test", RecordType::A)
        .await
        .noted()
}

/// FORMERR, as a server older than EDNS replies; without its OPT record.
fn formerr() -> Reaction {
    replies().edited(|packet: &mut DnsPacket| {
        packet.header.rcode = Rcode::FORMERR;
        packet.answers.clear();
        packet.edns = None;
    })
}

#[tokio::test(start_paused = true)]
async fn the_selection_chooses_among_all_servers_and_receives_each_outcome() {
    let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
    always(&lab, NEAR, replies().with_rcode(Rcode::REFUSED));
    insta::assert_snapshot!(noted(&lab, InTurn::default()).await);
}

/// An answer without AA makes a server lame, and is stored at the end.
#[tokio::test(start_paused = true)]
async fn an_answer_without_aa_is_a_lame_reply() {
    let lab = shop_of(&["near.shop.test."]);
    let without_aa = replies().edited(|packet| packet.header.aa = false);
    always(&lab, NEAR, without_aa);
    insta::assert_snapshot!(noted(&lab, InTurn::default()).await);
}

/// A reply over TCP takes more than a round trip, so that its time is not reported.
#[tokio::test(start_paused = true)]
async fn a_reply_over_tcp_has_no_round_trip_time() {
    let mut texts = Vec::new();
    for tcp in [replies(), no_reply(), closed_port()] {
        let lab = shop_of(&["near.shop.test."]);
        lab.script(socket(NEAR), Via::Udp, [replies().truncated()]);
        lab.script(socket(NEAR), Via::Tcp, [tcp]);
        texts.push(noted(&lab, InTurn::default()).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A server far away has three round trips for its reply over TCP, if they take more than a second.
#[tokio::test(start_paused = true)]
async fn a_server_far_away_has_more_time_over_tcp() {
    let lab = shop_of(&["near.shop.test."]);
    lab.set_latency(socket(NEAR), 550);
    lab.script(socket(NEAR), Via::Udp, [replies().truncated()]);
    let selection = InTurn {
        timeout_ms: 600,
        ..InTurn::default()
    };
    insta::assert_snapshot!(noted(&lab, selection).await);
}

/// A server that cannot parse EDNS; one that fails without EDNS, too; and one that was reached, and
/// then is silent.
#[tokio::test(start_paused = true)]
async fn the_query_without_edns_has_an_outcome_of_its_own() {
    let mut texts = Vec::new();
    for second in [replies(), formerr(), no_reply()] {
        let lab = shop_of(&["near.shop.test."]);
        lab.script(socket(NEAR), Via::Udp, [formerr(), second]);
        texts.push(noted(&lab, InTurn::default()).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_reached_is_reported() {
    let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
    lab.script(socket(NEAR), Via::Udp, [repeat(closed_port())]);
    insta::assert_snapshot!(noted(&lab, InTurn::default()).await);
}

/// A server that is excluded is not among those to choose from. If all are, each is given up.
#[tokio::test(start_paused = true)]
async fn excluded_servers_are_never_queried() {
    let mut texts = Vec::new();
    for excluded in [&[NEAR][..], &[NEAR, FAR]] {
        let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
        let selection = InTurn {
            excluded: excluded.iter().map(|it| it.parse().unwrap()).collect(),
            ..InTurn::default()
        };
        texts.push(noted(&lab, selection).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn octets_behind_a_reply_are_noted() {
    let lab = shop_of(&["near.shop.test."]);
    let padded = replies().edited_octets(|octets| octets.extend([1, 2, 3]));
    always(&lab, NEAR, padded);
    let resolver = TestResolver::new(&lab, Facts::of(&lab), InTurn::default());
    let resolver = resolver.search("www.shop.test", RecordType::A).await;
    insta::assert_snapshot!(resolver.end());
}

/// The failures of this machine's own network are no server's, and are not stored.
#[tokio::test(start_paused = true)]
async fn a_machine_that_is_offline_stores_no_failure() {
    let lab = shop_of(&["a.silent."]);
    always(&lab, SILENT, no_reply());
    let mut texts = Vec::new();
    for (ipv4, ipv6) in [(false, false), (true, false)] {
        let selection = InTurn {
            routes: Routes { ipv4, ipv6 },
            ..InTurn::default()
        };
        texts.push(noted(&lab, selection).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// A lab that cannot open a socket to one of its servers.
struct NoSockets {
    lab: Lab,
    server: SocketAddr,
}

impl network::Network for NoSockets {
    type Channel = <Lab as network::Network>::Channel;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Self::Channel> {
        match server == self.server {
            true => Err(io::Error::other("too many open files")),
            false => self.lab.open(server, via).await,
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lack_of_sockets_is_no_servers_failure() {
    let mut texts = Vec::new();
    for server in [NEAR, SILENT] {
        let lab = shop_of(&["near.shop.test.", "a.silent."]);
        always(&lab, NEAR, replies().with_rcode(Rcode::REFUSED));
        let network = NoSockets {
            lab: lab.clone(),
            server: socket(server),
        };
        let resolver = Resolver::new(network, Facts::of(&lab)).with_selection(InTurn::default());
        always(&lab, SILENT, replies().with_rcode(Rcode::REFUSED));
        let (mut random, mut trace) = (StdRng::seed_from_u64(8), Trace::default());
        let question = question("www.shop.test", RecordType::A);
        let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
        let stored = resolver.knowledge().log.lock().unwrap().join("\n  ");
        let outcomes = resolver.selection().log.lock().unwrap().join("\n  ");
        texts.push(format!(
            "{trace}\n→ {}\nselection\n  {outcomes}\nstored\n  {stored}\n",
            tell(&resolution)
        ));
    }
    insta::assert_snapshot!(texts.join("\n"));
}
