//! Servers that are slow, and zones of which one server mishandles a part of a name.

use super::*;

/// The zones, with a second server of shop.test, which comes after the first.
fn two_servers() -> Lab {
    let second = format!("shop    NS far.shop\nfar.shop A {FAR}\nns.shop");
    let zones = ZONES.replace("ns.shop A  192.0.2.80", &format!("{second} A 192.0.2.80"));
    let own = format!("@ NS far\nfar A {FAR}\nwww");
    let zones = zones.replacen(
        "www              A  192.0.2.81",
        &format!("{own} A 192.0.2.81"),
        1,
    );
    LabBuilder::new().zones(&zones).build().unwrap()
}

fn refuse_parts() -> Reaction {
    replies().edited(|reply| {
        if reply.answers.is_empty() {
            reply.header.rcode = Rcode::REFUSED;
            reply.authorities.clear();
        }
    })
}

/// Resolves a name with lesson 8's selection: each server once, in the order of the list, with a
/// timeout of 800 ms.
async fn in_order(lab: Lab, mode: QnameMinimisation, qname: &str) -> String {
    let hints = hints_of(lab.root_hints());
    let resolver =
        Resolver::new(lab.clone(), SharedCache::new(hints, 10_000)).with_qname_minimisation(mode);
    let question = Question {
        qname: qname.parse().unwrap(),
        qtype: RecordType::A,
        qclass: Class::IN,
    };
    let (mut random, mut trace) = (StdRng::seed_from_u64(1), Trace::default());
    let resolution = resolver.resolve(&question, &mut random, &mut trace).await;
    format!("{}\n= {}", trace, resolution.rcode)
}

/// The only server of the zone takes longer than the timeout, and the name has a part without
/// records: each reply is a late one.
#[tokio::test(start_paused = true)]
async fn late_replies_to_parts_of_the_name_lead_on() {
    for mode in [Relaxed, Strict] {
        for ms in [900, 1_400] {
            let slow = || lab_with(replies().after_ms(ms));
            let name = "host.new.shop.test";
            let trace = in_order(slow(), mode, name).await;
            assert!(
                trace.ends_with("= NOERROR"),
                "{mode:?}, {name}, each reply after {ms} ms, lesson 8's selection:\n{trace}"
            );
            let queries = resolve(slow(), mode, name).await;
            assert!(
                queries.contains("= NOERROR 192.0.2.85"),
                "{mode:?}, {name}, each reply after {ms} ms, rdns's selection:\n{queries}"
            );
        }
    }
}

/// A late error: in relaxed mode the server receives the whole name next.
#[tokio::test(start_paused = true)]
async fn a_late_refusal_of_a_part_is_followed_by_the_whole_name() {
    let lab = || lab_with(refuse_parts().after_ms(900));
    insta::assert_snapshot!(in_order(lab(), Relaxed, "deep.under.empty.shop.test").await, @r"
    deep.under.empty.shop.test. A
      .  192.0.2.1 says: ask the servers of test. (asked for test.)
      test.  192.0.2.2 says: ask the servers of shop.test. (asked for shop.test.)
      shop.test.  192.0.2.80 timed out
      shop.test.  192.0.2.80 asked for empty.shop.test.: sends an unusable reply: no other part of the name goes there (late)
      shop.test.  192.0.2.80 timed out
      shop.test.  192.0.2.80 says: 192.0.2.82 (late)
    = NOERROR
    ");
    insta::assert_snapshot!(in_order(lab(), Strict, "deep.under.empty.shop.test").await, @r"
    deep.under.empty.shop.test. A
      .  192.0.2.1 says: ask the servers of test. (asked for test.)
      test.  192.0.2.2 says: ask the servers of shop.test. (asked for shop.test.)
      shop.test.  192.0.2.80 timed out
    SERVFAIL: no usable reply from the servers of shop.test.: 192.0.2.80 timed out
    = SERVFAIL
    ");
}

/// The other server receives no more than it needs, and the one that refuses gets no other part.
#[tokio::test(start_paused = true)]
async fn one_server_that_refuses_a_part_does_not_reveal_the_name_to_the_other() {
    let lab = two_servers();
    lab.script(socket(SHOP), Via::Udp, [repeat(refuse_parts())]);
    insta::assert_snapshot!(in_order(lab, Relaxed, "deep.under.empty.shop.test").await, @r"
    deep.under.empty.shop.test. A
      .  192.0.2.1 says: ask the servers of test. (asked for test.)
      test.  192.0.2.2 says: ask the servers of shop.test. (asked for shop.test.)
      shop.test.  192.0.2.80 asked for empty.shop.test.: sends an unusable reply: no other part of the name goes there
      shop.test.  192.0.2.88 asked for empty.shop.test.: has no such records there: more of the name comes next
      shop.test.  192.0.2.88 asked for under.empty.shop.test.: has no such records there: more of the name comes next
      shop.test.  192.0.2.80 says: 192.0.2.82
    = NOERROR
    ");
}

/// Two servers of three: then the third receives the whole name, too.
#[tokio::test(start_paused = true)]
async fn servers_that_all_refuse_a_part_receive_the_whole_name() {
    let lab = two_servers();
    for server in [SHOP, FAR] {
        lab.script(socket(server), Via::Udp, [repeat(refuse_parts())]);
    }
    insta::assert_snapshot!(in_order(lab, Relaxed, "deep.under.empty.shop.test").await, @r"
    deep.under.empty.shop.test. A
      .  192.0.2.1 says: ask the servers of test. (asked for test.)
      test.  192.0.2.2 says: ask the servers of shop.test. (asked for shop.test.)
      shop.test.  192.0.2.80 asked for empty.shop.test.: sends an unusable reply: no other part of the name goes there
      shop.test.  192.0.2.88 asked for empty.shop.test.: sends an unusable reply: no other part of the name goes there
      shop.test.  192.0.2.80 says: 192.0.2.82
    = NOERROR
    ");
}
