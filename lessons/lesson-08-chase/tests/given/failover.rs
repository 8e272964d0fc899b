//! Lookups that are postponed after a timeout, or when their share of the time is used up.

use lab::{no_reply, replies};
use network::Via;

use super::*;

fn in_turn(tries: u32) -> InTurn {
    InTurn {
        tries,
        ..InTurn::default()
    }
}

async fn search(lab: &Lab, selection: InTurn, qname: &str) -> TestResolver {
    let resolver = TestResolver::new(lab, Facts::of(lab), selection);
    resolver.search(qname, RecordType::A).await
}

#[tokio::test(start_paused = true)]
async fn after_a_timeout_the_next_name_comes_first() {
    let lab = shop_of(&["a.silent.", "good.host."]);
    always(&lab, SILENT, no_reply());
    insta::assert_snapshot!(search(&lab, in_turn(2), "www.shop.test").await.shown());
}

/// The other server refuses, and the lookup goes on where it was.
#[tokio::test(start_paused = true)]
async fn a_postponed_lookup_goes_on() {
    let lab = shop_of(&["a.silent.", "good.host."]);
    lab.script(socket(SILENT), Via::Udp, [no_reply()]);
    always(&lab, GOOD, replies().with_rcode(dnsparse::Rcode::REFUSED));
    insta::assert_snapshot!(search(&lab, in_turn(2), "www.shop.test").await.shown());
}

/// The reply to the postponed lookup comes while another server is being queried, which does not
/// reply. The server of the lookup may be queried again, or has had its only try.
#[tokio::test(start_paused = true)]
async fn the_late_reply_to_a_postponed_lookup_is_used() {
    let mut texts = Vec::new();
    for tries in [2, 1] {
        let lab = shop_of(&["a.silent.", "good.host."]);
        lab.set_latency(socket(SILENT), 700);
        always(&lab, GOOD, no_reply());
        texts.push(search(&lab, in_turn(tries), "www.shop.test").await.shown());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The walk that needs the address is itself nested in another.
#[tokio::test(start_paused = true)]
async fn the_late_reply_to_a_nested_lookup_is_used() {
    let lab = shop_of(&["a.silent.", "good.host."]);
    lab.set_latency(socket(SILENT), 700);
    always(&lab, GOOD, no_reply());
    insta::assert_snapshot!(search(&lab, in_turn(1), "www.deep.test").await.shown());
}

/// Two lookups are postponed, at servers of one zone. The late reply is for the second.
#[tokio::test(start_paused = true)]
async fn a_late_reply_is_for_the_lookup_that_asked_for_it() {
    let lab = shop_of(&["a.silent.", "b.silent.", "good.host."]);
    let late = replies().after_ms(700);
    lab.script(
        socket(SILENT),
        Via::Udp,
        [no_reply(), late, repeat(no_reply())],
    );
    always(&lab, GOOD, no_reply());
    insta::assert_snapshot!(search(&lab, in_turn(3), "www.shop.test").await.end());
}

/// The zone `trio` has three servers. Two of them do not reply: the zone does not count as silent,
/// and the third name in it is looked up.
#[tokio::test(start_paused = true)]
async fn a_zone_is_silent_when_all_its_servers_are() {
    let trio: String = (1..=3)
        .map(|n| format!("trio. NS s{n}.trio.\ns{n}.trio. A 192.0.2.{}\n", 40 + n))
        .collect();
    let shop = "shop.test. NS a.trio.\nshop.test. NS b.trio.\nshop.test. NS c.trio.\n";
    let lab = LabBuilder::new()
        .zones(&format!(
            "
            $ORIGIN .
            @        NS root.
            root.    A  192.0.2.1
            test.    NS ns.test.
            ns.test. A  192.0.2.2
            {trio}

            $ORIGIN test.
            @  NS ns
            ns A  192.0.2.2
            {shop}

            $ORIGIN trio.
            {trio}
            a A 192.0.2.61
            b A 192.0.2.62
            c A 192.0.2.63

            $ORIGIN shop.test.
            {shop}
            www A 192.0.2.100
            "
        ))
        .build()
        .unwrap();
    always(&lab, "192.0.2.41", no_reply());
    always(&lab, "192.0.2.42", no_reply());
    insta::assert_snapshot!(search(&lab, in_turn(1), "www.shop.test").await.end());
}

/// The servers of `shop.test` time out twice, and then lead on to a zone whose server has its name
/// in `shop.test`. That name is looked up: only failed lookups count against a zone.
#[tokio::test(start_paused = true)]
async fn timeouts_of_the_search_itself_exclude_no_lookup() {
    let lab = shop_of(&["near.shop.test.", "far.shop.test."]);
    let alias = replies().edited(|packet| {
        packet.answers = vec!["www.shop.test. 60 CNAME www.deep.test.".parse().unwrap()];
    });
    always(&lab, NEAR, no_reply());
    lab.script(socket(FAR), Via::Udp, [no_reply(), alias]);
    insta::assert_snapshot!(search(&lab, in_turn(2), "www.shop.test").await.end());
}

/// The late reply is to the lookup on top of the stack, and to one below it.
#[tokio::test(start_paused = true)]
async fn a_late_reply_to_a_walk_on_the_stack_is_used() {
    let mut texts = Vec::new();
    for slow in [SILENT, "192.0.2.2"] {
        let lab = shop_of(&["a.silent."]);
        lab.set_latency(socket(slow), 700);
        texts.push(search(&lab, in_turn(3), "www.shop.test").await.shown());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// After two lookups that failed since the zone's servers are silent, no third is made.
#[tokio::test(start_paused = true)]
async fn the_names_of_a_silent_zone_are_not_all_looked_up() {
    let lab = shop_of(&["a.silent.", "b.silent.", "c.silent.", "good.host."]);
    always(&lab, SILENT, no_reply());
    let mut texts = Vec::new();
    for tries in [1, 2] {
        texts.push(search(&lab, in_turn(tries), "www.shop.test").await.end());
    }
    insta::assert_snapshot!(texts.join("\n"));
}

/// The server's IPv4 address times out: its IPv6 address is looked up before another try.
#[tokio::test(start_paused = true)]
async fn after_a_timeout_the_ipv6_address_is_looked_up() {
    let lab = shop_of(&["both.host."]);
    always(&lab, BOTH, no_reply());
    let selection = InTurn {
        routes: Routes {
            ipv4: true,
            ipv6: true,
        },
        ..in_turn(3)
    };
    insta::assert_snapshot!(search(&lab, selection, "www.shop.test").await.shown());
}

/// Addresses that have timed out wait until each name was looked up, and then have another turn.
#[tokio::test(start_paused = true)]
async fn names_and_addresses_have_as_many_tries() {
    let lab = shop_of(&["near.shop.test.", "a.silent.", "b.silent."]);
    always(&lab, SILENT, no_reply());
    always(&lab, NEAR, no_reply());
    insta::assert_snapshot!(search(&lab, in_turn(2), "www.shop.test").await.end());
}

/// The servers on the way to the name reply, but slowly: after a third of the time, the next name
/// comes first. If there is no other, the lookup goes on.
#[tokio::test(start_paused = true)]
async fn a_slow_lookup_is_postponed_too() {
    let chain = "far0.test far1.far0.test far2.far1.far0.test far3.far2.far1.far0.test";
    let mut zones = String::from(
        "$ORIGIN .\n@ NS root.\nroot. A 192.0.2.1\ntest. NS ns.test.\nns.test. A 192.0.2.2\n",
    );
    let mut texts = Vec::new();
    zones += "host. NS ns.host.\nns.host. A 192.0.2.3\n$ORIGIN host.\n@ NS ns\nns A 192.0.2.3\ngood A 192.0.2.80\n";
    let mut parent = "test".to_owned();
    let mut below = String::new();
    for (n, zone) in chain.split(' ').enumerate() {
        let server = format!("{zone}. NS ns.{zone}.\nns.{zone}. A 192.0.2.{}\n", 30 + n);
        below += &format!("$ORIGIN {parent}.\n{server}");
        if n == 0 {
            below += "@ NS ns\nns A 192.0.2.2\nSHOP";
        } else {
            below += &format!("@ NS ns\nns A 192.0.2.{}\n", 29 + n);
        }
        parent = zone.to_owned();
    }
    below += &format!("$ORIGIN {parent}.\n@ NS ns\nns A 192.0.2.33\na A 192.0.2.80\n");
    for other in ["shop NS good.host.\n", ""] {
        let shop = format!("shop NS a.{parent}.\n{other}");
        let own = format!("$ORIGIN shop.test.\n@ NS a.{parent}.\nwww A 192.0.2.100\n");
        let text = format!("{zones}{}{own}", below.replace("SHOP", &shop));
        let lab = LabBuilder::new().zones(&text).build().unwrap();
        for n in 0..4 {
            lab.set_latency(socket(&format!("192.0.2.{}", 30 + n)), 600);
        }
        let selection = InTurn {
            timeout_ms: 800,
            ..InTurn::default()
        };
        texts.push(search(&lab, selection, "www.shop.test").await.end());
    }
    insta::assert_snapshot!(texts.join("\n"));
}
