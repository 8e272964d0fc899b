//! NXDOMAIN for a part of a name, in relaxed mode: a denial that is kept, and not believed.

use super::*;

/// The zones, with a server of shop.test that denies names without records of their own, and does not
/// deny the names below them.
fn denying() -> Lab {
    lab_with(replies().edited(|reply| {
        if reply.answers.is_empty() {
            reply.header.rcode = Rcode::NXDOMAIN;
        }
    }))
}

/// Random names below a name that does not exist cost one query each, as without minimisation.
#[tokio::test(start_paused = true)]
async fn a_denied_part_is_not_asked_for_again() {
    let mut resolver = TestResolver::new(lab(), Relaxed);
    insta::assert_snapshot!(resolver.resolve("1.nosuch.shop.test", RecordType::A).await, @r"
    .: test. A
    test: shop.test. A
    shop.test: nosuch.shop.test. A
    shop.test: 1.nosuch.shop.test. A
    = NXDOMAIN
    ");
    insta::assert_snapshot!(resolver.resolve("2.nosuch.shop.test", RecordType::A).await, @r"
    shop.test: 2.nosuch.shop.test. A
    = NXDOMAIN
    ");
    insta::assert_snapshot!(resolver.resolve("a.long.name.below.3.nosuch.shop.test", RecordType::AAAA).await, @r"
    shop.test: a.long.name.below.3.nosuch.shop.test. AAAA
    = NXDOMAIN
    ");
}

/// The denied part may have names below it all the same (RFC 8020 forbids that).
#[tokio::test(start_paused = true)]
async fn names_below_a_denied_part_are_still_resolved() {
    let mut resolver = TestResolver::new(denying(), Relaxed);
    insta::assert_snapshot!(resolver.resolve("nosuch.empty.shop.test", RecordType::A).await, @r"
    .: test. A
    test: shop.test. A
    shop.test: empty.shop.test. A
    shop.test: nosuch.empty.shop.test. A
    = NXDOMAIN
    ");
    insta::assert_snapshot!(resolver.resolve("other.empty.shop.test", RecordType::A).await, @r"
    shop.test: other.empty.shop.test. A
    = NOERROR 192.0.2.83
    ");
    insta::assert_snapshot!(resolver.resolve("deep.under.empty.shop.test", RecordType::A).await, @r"
    shop.test: deep.under.empty.shop.test. A
    = NOERROR 192.0.2.82
    ");
}

/// The denial of a part is no answer for clients that ask for this very name.
#[tokio::test(start_paused = true)]
async fn a_client_that_asks_for_the_denied_part_gets_the_answer_of_a_server() {
    let mut resolver = TestResolver::new(denying(), Relaxed);
    resolver
        .resolve("deep.under.empty.shop.test", RecordType::A)
        .await;
    insta::assert_snapshot!(resolver.resolve("empty.shop.test", RecordType::A).await, @r"
    shop.test: empty.shop.test. A
    = NXDOMAIN
    ");
}

/// The SOA record of the denial has a TTL of an hour, and a minimum of five minutes.
#[tokio::test(start_paused = true)]
async fn a_denial_is_kept_no_longer_than_its_soa_record_allows() {
    let zones = ZONES.replace(
        "$ORIGIN shop.test.\n",
        "$ORIGIN shop.test.\n@ SOA ns root 1 7200 3600 1209600 300\n",
    );
    let lab = LabBuilder::new().zones(&zones).build().unwrap();
    let mut resolver = TestResolver::new(lab, Relaxed);
    resolver.resolve("1.nosuch.shop.test", RecordType::A).await;
    let mut lines = String::new();
    for (wait, number) in [(298, 2), (10, 3)] {
        tokio::time::advance(Duration::from_secs(wait)).await;
        let qname = format!("{number}.nosuch.shop.test");
        lines += &resolver.resolve(&qname, RecordType::A).await;
        lines += "\n";
    }
    insta::assert_snapshot!(lines, @r"
    shop.test: 2.nosuch.shop.test. A
    = NXDOMAIN
    shop.test: nosuch.shop.test. A
    shop.test: 3.nosuch.shop.test. A
    = NXDOMAIN
    ");
}

/// In strict mode the denial is believed, and cached as any other (RFC 8020).
#[tokio::test(start_paused = true)]
async fn strict_mode_sends_no_query_below_a_denied_part() {
    let mut resolver = TestResolver::new(lab(), Strict);
    insta::assert_snapshot!(resolver.resolve("1.nosuch.shop.test", RecordType::A).await, @r"
    .: test. A
    test: shop.test. A
    shop.test: nosuch.shop.test. A
    = NXDOMAIN
    ");
    insta::assert_snapshot!(resolver.resolve("2.nosuch.shop.test", RecordType::A).await, @"= NXDOMAIN");
}
