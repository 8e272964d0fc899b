//! Loading a zone: the lists of records that are a zone, and the errors for those that are not.
use dnsparse::{Name, Rdata, Record, RecordType, Zone};
use zone::{LoadError, LookupResult, ZoneTree};

const SOA: &str = "@ 60 SOA ns mail 1 1d 2h 4w 5m\n";

fn load(text: &str) -> Result<ZoneTree, LoadError> {
    ZoneTree::new(&Zone::parse(text, &"x.example".parse().unwrap()).unwrap())
}

fn load_error(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

#[test]
fn an_soa_alone_is_a_zone() {
    let tree = load(SOA).unwrap();
    assert_eq!(
        tree.lookup(&"x.example".parse().unwrap(), RecordType::NS),
        LookupResult::NoData
    );
    assert_eq!(
        tree.lookup(&"y.x.example".parse().unwrap(), RecordType::NS),
        LookupResult::NxDomain
    );
}

#[test]
fn a_zone_has_no_name_above_its_apex() {
    let tree = load(&format!("{SOA}a.b 60 A 192.0.2.1")).unwrap();
    let exists = |name: &str| tree.node(&name.parse().unwrap()).is_some();
    let names = ["a.b.x.example", "x.example", "example", "."];
    assert_eq!(
        names.map(exists),
        [true, true, false, false],
        "whether a.b.x.example, x.example (the apex), example, and the root exist"
    );
}

/// RFC 2308 section 3: here the SOA's TTL, 60, is less than its minimum field, 300.
#[test]
fn a_negative_soa_has_the_lesser_of_its_ttl_and_its_minimum() {
    assert_eq!(load(SOA).unwrap().negative_soa().ttl, 60);
}

#[test]
fn a_zone_has_one_soa_at_its_apex() {
    insta::assert_snapshot!(load_error("@ 60 A 192.0.2.1"), @"x.example. has 0 SOA records, a zone has exactly one at its apex (RFC 1035 section 5.2)");
    insta::assert_snapshot!(load_error(&format!("{SOA}@ 60 SOA ns mail 2 1d 2h 4w 5m")), @"x.example. has 2 SOA records, a zone has exactly one at its apex (RFC 1035 section 5.2)");
    insta::assert_snapshot!(load_error(&format!("{SOA}sub 60 SOA ns mail 2 1d 2h 4w 5m")), @"sub.x.example. has an SOA record, but this zone begins at x.example.");
}

#[test]
fn a_record_of_another_zone_or_class_is_refused() {
    insta::assert_snapshot!(load_error(&format!("{SOA}www.example. 60 A 192.0.2.1")), @"the A record of www.example. lies outside the zone x.example.");
    insta::assert_snapshot!(load_error(&format!("{SOA}www 60 CH TXT text")), @"the TXT record of www.x.example. has class CH, this zone is of class IN");
}

/// A client would reject a whole reply with an OPT record as an answer (RFC 6891 section 6.1.1).
#[test]
fn a_meta_type_is_refused() {
    // A zone file cannot have such a record, but a program can make one.
    let error = |rtype| {
        let mut zone = Zone::parse(SOA, &"x.example".parse().unwrap()).unwrap();
        let octets = Vec::new();
        let rdata = Rdata::Unknown { rtype, octets };
        zone.records
            .push(Record::new("w.x.example".parse().unwrap(), 60, rdata));
        ZoneTree::new(&zone).unwrap_err().to_string()
    };
    insta::assert_snapshot!(error(RecordType::OPT), @"w.x.example. has a record of type OPT, which no zone can hold");
    insta::assert_snapshot!(error(RecordType::ANY), @"w.x.example. has a record of type ANY, which no zone can hold");
}

#[test]
fn a_cname_has_no_other_data_beside_it() {
    insta::assert_snapshot!(load_error(&format!("{SOA}@ 60 CNAME www")), @"x.example. has a CNAME and SOA records: an alias has nothing else (RFC 2181 section 10.1)");
    insta::assert_snapshot!(load_error(&format!("{SOA}w 60 CNAME a\nw 60 TXT b")), @"w.x.example. has a CNAME and TXT records: an alias has nothing else (RFC 2181 section 10.1)");
    insta::assert_snapshot!(load_error(&format!("{SOA}w 60 CNAME a\nw 60 CNAME b")), @"w.x.example. has 2 CNAME records, there may be one (RFC 2181 section 10.1, RFC 6672 section 2.4)");
    assert!(
        load(&format!(
            "{SOA}w 60 CNAME a\nw 60 NSEC x CNAME\nw 60 RRSIG CNAME 8 3 60 20300101000000 20200101000000 1 x.example. AAAA"
        ))
        .is_ok()
    );
}

#[test]
fn no_record_is_below_a_dname() {
    insta::assert_snapshot!(load_error(&format!("{SOA}old 60 DNAME new\na.b.old 60 A 192.0.2.1")), @"a.b.old.x.example. lies below the DNAME of old.x.example. and can have no records (RFC 6672 section 2.4)");
    assert!(load(&format!("{SOA}old 60 DNAME new\nolder 60 A 192.0.2.1")).is_ok());
}

/// RFC 2181 sections 5 and 5.2.
#[test]
fn equal_records_count_once_and_an_rrset_has_one_ttl() {
    let tree = load(&format!(
        "{SOA}w 60 A 192.0.2.1\nW 30 A 192.0.2.1\nw 20 A 192.0.2.2\nw 5 TXT t"
    ))
    .unwrap();
    let name: Name = "w.x.example".parse().unwrap();
    let LookupResult::Answer(records) = tree.lookup(&name, RecordType::A) else {
        panic!("no answer")
    };
    let texts: Vec<String> = records
        .iter()
        .map(|record| record.to_string().replace('\t', " "))
        .collect();
    assert_eq!(
        texts,
        [
            "w.x.example. 20 IN A 192.0.2.1",
            "w.x.example. 20 IN A 192.0.2.2"
        ]
    );
}
