//! Loading a zone: the lists of records that are a zone, and the errors for those that are not.
use dnsparse::{Name, Rdata, Record, RecordType, Zone};
use zone::{LoadError, LookupResult, ZoneTree};

const SOA: &str = "@ 60 SOA ns mail 1 1d 2h 4w 5m\n";

fn load(text: &str) -> Result<ZoneTree, LoadError> {
    ZoneTree::new(&Zone::parse(text, &"x.example".parse().unwrap()).unwrap())
}

fn load_error(text: &str) -> String {
    match load(text) {
        Ok(_) => format!("no error from the zone file\n{text}"),
        Err(error) => error.to_string(),
    }
}

fn loaded(text: &str) -> ZoneTree {
    load(text).unwrap_or_else(|error| panic!("the zone file is refused: {error}\n{text}"))
}

/// Returns the names of a list that exist in a zone.
fn existing<'n>(tree: &ZoneTree, names: &[&'n str]) -> String {
    let exists = |name: &&&'n str| tree.node(&name.parse().unwrap()).is_some();
    let names: Vec<&str> = names.iter().filter(exists).copied().collect();
    names.join(" ")
}

#[test]
fn an_soa_alone_is_a_zone() {
    let tree = loaded(SOA);
    let result = |name: &str| match tree.lookup(&name.parse().unwrap(), RecordType::NS) {
        LookupResult::NoData => "no data".to_owned(),
        LookupResult::NxDomain => "no such name".to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(result("x.example"), "no data", "x.example NS, the apex");
    assert_eq!(result("y.x.example"), "no such name", "y.x.example NS");
}

#[test]
fn a_zone_has_no_name_above_its_apex() {
    let tree = loaded(&format!("{SOA}a.b 60 A 192.0.2.1"));
    let names = ["a.b.x.example", "b.x.example", "x.example", "example", "."];
    assert_eq!(
        existing(&tree, &names),
        "a.b.x.example b.x.example x.example",
        "the names that exist: the zone x.example has a record at its apex, and one at a.b"
    );
}

/// The root has no parent, and each name is below it.
#[test]
fn the_root_may_be_the_apex() {
    let zone = Zone::parse(&format!("{SOA}a.b.c 60 A 192.0.2.1"), &Name::ROOT).unwrap();
    let tree = ZoneTree::new(&zone).unwrap_or_else(|error| panic!("refused: {error}"));
    let names = ["a.b.c", "b.c", "c", ".", "b"];
    assert_eq!(
        existing(&tree, &names),
        "a.b.c b.c c .",
        "the names that exist"
    );
}

/// RFC 2308 section 3. The minimum field is 300.
#[test]
fn a_negative_soa_has_the_lesser_of_its_ttl_and_its_minimum() {
    let ttl = |ttl: u32| {
        let tree = loaded(&SOA.replace("60", &ttl.to_string()));
        format!("{}", tree.negative_soa().ttl)
    };
    let lines = [60, 299, 300, 301, 3_600].map(|own| format!("TTL {own} → {}\n", ttl(own)));
    insta::assert_snapshot!(lines.concat(), @r"
    TTL 60 → 60
    TTL 299 → 299
    TTL 300 → 300
    TTL 301 → 300
    TTL 3600 → 300
    ");
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
    loaded(&format!(
        "{SOA}w 60 CNAME a\nw 60 NSEC x CNAME\nw 60 RRSIG CNAME 8 3 60 20300101000000 20200101000000 1 x.example. AAAA"
    ));
}

#[test]
fn no_record_is_below_a_dname() {
    insta::assert_snapshot!(load_error(&format!("{SOA}old 60 DNAME new\na.b.old 60 A 192.0.2.1")), @"a.b.old.x.example. lies below the DNAME of old.x.example. and can have no records (RFC 6672 section 2.4)");
    loaded(&format!("{SOA}old 60 DNAME new\nolder 60 A 192.0.2.1"));
}

/// RFC 2181 sections 5 and 5.2. In the file, the records of a name and type need not stand
/// together.
#[test]
fn equal_records_count_once_and_an_rrset_has_one_ttl() {
    let tree = loaded(&format!(
        "{SOA}w 60 A 192.0.2.1\nv 60 A 192.0.2.9\nw 5 TXT t\nW 30 A 192.0.2.1\nw 20 A 192.0.2.2\nw 7 TXT u"
    ));
    let records: Vec<String> = (tree
        .node(&"w.x.example".parse().unwrap())
        .unwrap_or_default())
    .iter()
    .map(|record| record.to_string().replace('\t', " "))
    .collect();
    insta::assert_snapshot!(records.join("\n"), @r#"
    w.x.example. 20 IN A 192.0.2.1
    w.x.example. 20 IN A 192.0.2.2
    w.x.example. 5 IN TXT "t"
    w.x.example. 5 IN TXT "u"
    "#);
}
