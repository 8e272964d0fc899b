//! Which stale replies are sent: after how long, and the newest of them for whichever query.

use super::*;

#[test]
fn an_expired_reply_is_stale_for_a_while() {
    let policy = Policy {
        stale_for: seconds(100),
        ..Policy::default()
    };
    for (after, is_fresh, is_stale) in [
        (0, true, false),
        (59, true, false),
        (60, false, true),
        (159, false, true),
        (160, false, false),
    ] {
        let (hit, stale) = hit(policy, after);
        let got = (hit == Hit::Fresh, stale.is_some());
        assert_eq!(got, (is_fresh, is_stale), "fresh and stale after {after} s");
    }
    assert_eq!(hit(Policy::default(), 60).1, None, "where none are kept");
    let stale = hit(policy, 70).1.unwrap();
    let ttls: Vec<u32> = stale.answers.iter().map(|record| record.ttl).collect();
    assert_eq!(ttls, [30, 30]);
    assert_eq!(stale.questions, query(None).questions);
}

/// During an outage, the stale replies about all other names are still needed.
#[test]
fn a_flush_of_other_names_leaves_a_reply_stale() {
    let policy = |flushes| Policy {
        flushes,
        stale_for: seconds(100),
        ..Policy::default()
    };
    for (name, below, is_stale) in [
        ("other.example", true, true),
        ("example.com", false, true),
        ("WWW.example.com", false, false),
        ("a.example.com", false, false),
        ("example.com", true, false),
        (".", true, false),
    ] {
        let (cache, now, query) = (ReplyCache::new(10_000), Instant::now(), query(None));
        let octets = query.write().unwrap();
        let plain = PlainQuery::parse(&octets).unwrap();
        cache.store(&plain, &reply(&query).write().unwrap(), policy(1), now);
        cache.forget(&name.parse().unwrap(), below, now);
        let fresh = cache.answer(&plain, Via::Udp, policy(2), now, &mut Vec::new());
        assert_eq!(fresh, Hit::None, "fresh after the flush of {name}");
        let stale = cache.stale(&plain, policy(2), Via::Udp, now + seconds(70));
        assert_eq!(stale.is_some(), is_stale, "stale after the flush of {name}");
    }
}

#[test]
fn a_stale_reply_has_the_do_bit_of_its_query() {
    let policy = Policy {
        stale_for: seconds(100),
        ..Policy::default()
    };
    let (cache, now, mut query) = (ReplyCache::new(10_000), Instant::now(), query(Some(1_232)));
    let without = query.write().unwrap();
    query.edns.as_mut().unwrap().do_bit = true;
    let with = query.write().unwrap();
    let mut signed = reply(&query);
    signed.edns = query.edns.clone();
    let plain = PlainQuery::parse(&with).unwrap();
    cache.store(&plain, &signed.write().unwrap(), policy, now);
    let bits = [without, with].map(|query| {
        let query = PlainQuery::parse(&query).unwrap();
        let stale = cache.stale(&query, policy, Via::Udp, now + seconds(70));
        DnsPacket::parse(&stale.unwrap())
            .unwrap()
            .edns
            .unwrap()
            .do_bit
    });
    assert_eq!(bits, [false, true]);
}

/// A stale reply is for all clients that ask for the same records.
#[test]
fn a_stale_reply_is_for_queries_with_other_flags_as_well() {
    let policy = Policy {
        stale_for: seconds(100),
        ..Policy::default()
    };
    let form = |has_edns: bool, dnssec_ok: bool, ad: bool, cd: bool| {
        let mut query = query(has_edns.then_some(1_232));
        query.header.ad = ad;
        query.header.cd = cd;
        if let Some(edns) = &mut query.edns {
            edns.do_bit = dnssec_ok;
        }
        query
    };
    let plain = form(false, false, false, false);
    let edns = form(true, false, false, false);
    let signed = form(true, true, false, false);
    let cases = [
        ("no EDNS, after EDNS", &edns, &plain, true),
        ("EDNS, after none", &plain, &edns, true),
        (
            "AD, after none",
            &plain,
            &form(false, false, true, false),
            true,
        ),
        ("AD and EDNS", &form(true, false, true, false), &plain, true),
        (
            "CD, after none",
            &edns,
            &form(true, false, false, true),
            true,
        ),
        ("CD and DO", &signed, &form(true, true, true, true), true),
        // An answer that was not validated is not for clients that rely on validation.
        (
            "none, after CD",
            &form(true, false, false, true),
            &edns,
            false,
        ),
        // These replies have other records.
        ("DO, after none", &edns, &signed, false),
        ("no DO, after DO", &signed, &edns, true),
    ];
    for (case, first, second, is_there) in cases {
        let (cache, now) = (ReplyCache::new(10_000), Instant::now());
        let (stored, asked) = (first.write().unwrap(), second.write().unwrap());
        let stored = PlainQuery::parse(&stored).unwrap();
        let asked = PlainQuery::parse(&asked).unwrap();
        cache.store(&stored, &reply(first).write().unwrap(), policy, now);
        let stale = cache.stale(&asked, policy, Via::Udp, now + seconds(70));
        assert_eq!(stale.is_some(), is_there, "{case}");
        let Some(stale) = stale.map(|octets| DnsPacket::parse(&octets).unwrap()) else {
            continue;
        };
        let got = (stale.header.ad, stale.header.cd, stale.edns.is_some());
        let expected = (false, second.header.cd, second.edns.is_some());
        assert_eq!(got, expected, "AD, CD and EDNS of: {case}");
    }
}

/// Stores replies to queries with these DO bits (none for no EDNS), one after the other, and returns the
/// stale reply to a query: its RCODE and its records.
fn newest(stored: &[(Option<bool>, DnsPacket)], asked: Option<bool>) -> String {
    let policy = Policy {
        stale_for: seconds(100),
        ..Policy::default()
    };
    let form = |do_bit: Option<bool>| {
        let mut query = query(do_bit.map(|_| 1_232));
        if let Some(edns) = &mut query.edns {
            edns.do_bit = do_bit == Some(true);
        }
        query.write().unwrap()
    };
    let (cache, mut now) = (ReplyCache::new(10_000), Instant::now());
    for (do_bit, reply) in stored {
        now += seconds(10);
        let query = form(*do_bit);
        let query = PlainQuery::parse(&query).unwrap();
        cache.store(&query, &reply.write().unwrap(), policy, now);
    }
    let asked = form(asked);
    let asked = PlainQuery::parse(&asked).unwrap();
    let Some(stale) = cache.stale(&asked, policy, Via::Udp, now + seconds(70)) else {
        return "none".to_owned();
    };
    let stale = DnsPacket::parse(&stale).unwrap();
    let records = stale.answers.iter().chain(&stale.authorities);
    let rdata = records.map(|record| match &record.rdata {
        dnsparse::Rdata::A(address) => address.to_string(),
        _ => record.rtype().to_string(),
    });
    let words: Vec<String> = [stale.rcode().to_string()]
        .into_iter()
        .chain(rdata)
        .collect();
    words.join(" ")
}

#[test]
fn the_newest_reply_is_stale_whichever_query_it_was_for() {
    let with = |rcode, answers: &[&str], authorities: &[&str]| {
        let mut reply = DnsPacket::reply_to(&query(None));
        reply.header.rcode = rcode;
        reply.answers = answers.iter().map(|it| it.parse().unwrap()).collect();
        reply.authorities = authorities.iter().map(|it| it.parse().unwrap()).collect();
        reply
    };
    let (old, new) = (
        "www.example.com. 60 A 192.0.2.1",
        "www.example.com. 60 A 192.0.2.2",
    );
    let rrsig =
        "www.example.com. 60 RRSIG A 13 3 60 20300101000000 20200101000000 1 example.com. AAAA";
    let nsec = "www.example.com. 60 NSEC example.com. A";
    let soa = "example.com. 60 SOA ns.test. h.test. 1 1 1 1 60";
    let address = |text: &str| with(Rcode::NOERROR, &[text], &[]);
    let old_signed = with(Rcode::NOERROR, &[old, rrsig], &[nsec]);
    let denied = with(Rcode::NXDOMAIN, &[], &[soa]);
    let (plain, edns, dnssec_ok) = (None, Some(false), Some(true));
    let cases = [
        (
            "another address",
            vec![(edns, address(old)), (plain, address(new))],
            edns,
            "NOERROR 192.0.2.2",
        ),
        (
            "the same form last",
            vec![(plain, address(new)), (edns, address(old))],
            edns,
            "NOERROR 192.0.2.1",
        ),
        (
            "denied",
            vec![(edns, address(old)), (plain, denied.clone())],
            edns,
            "NXDOMAIN SOA",
        ),
        (
            "denied with DO",
            vec![(edns, address(old)), (dnssec_ok, denied.clone())],
            edns,
            "NXDOMAIN SOA",
        ),
        (
            "a TTL of 0",
            vec![
                (edns, address(old)),
                (edns, address(&new.replace(" 60 ", " 0 "))),
            ],
            edns,
            "NOERROR 192.0.2.2",
        ),
        (
            "without an SOA",
            vec![
                (edns, address(old)),
                (edns, with(Rcode::NXDOMAIN, &[], &[])),
            ],
            edns,
            "NXDOMAIN",
        ),
        (
            "a failure",
            vec![
                (edns, address(old)),
                (edns, with(Rcode::SERVFAIL, &[], &[])),
            ],
            edns,
            "NOERROR 192.0.2.1",
        ),
        (
            "signed, for DO",
            vec![(dnssec_ok, old_signed.clone()), (plain, address(old))],
            dnssec_ok,
            "NOERROR 192.0.2.1 RRSIG NSEC",
        ),
        (
            "signed, without DO",
            vec![(dnssec_ok, old_signed.clone())],
            plain,
            "NOERROR 192.0.2.1",
        ),
        (
            "signed, denied since",
            vec![(dnssec_ok, old_signed.clone()), (plain, denied.clone())],
            dnssec_ok,
            "none",
        ),
        (
            "not signed, denied since",
            vec![(dnssec_ok, address(old)), (plain, denied)],
            dnssec_ok,
            "NXDOMAIN SOA",
        ),
    ];
    for (case, stored, asked, expected) in cases {
        assert_eq!(newest(&stored, asked), expected, "{case}");
    }
}
