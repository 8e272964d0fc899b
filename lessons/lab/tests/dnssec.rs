//! The servers of the signed mini-Internet: what they add to a reply where DO is set (RFC 4035 section
//! 3.1, RFC 5155 section 7.2). `xtask/signer` compares the same replies with those of real servers.
#![cfg(test)]

use dnsparse::{DnsPacket, Edns, Name, Rdata, Record, RecordType};
use lab::{Lab, LabBuilder};
use network::Via;

fn query(qname: &str, qtype: RecordType, do_bit: bool) -> DnsPacket {
    let mut query = DnsPacket::query(7, qname.parse().unwrap(), qtype);
    query.header.rd = false;
    query.edns = Some(Edns {
        udp_size: 1232,
        do_bit,
        ..Edns::default()
    });
    query
}

fn ask(lab: &Lab, server: &str, via: Via, query: &DnsPacket) -> DnsPacket {
    let address = lab
        .server(server)
        .unwrap_or_else(|| panic!("the lab has no server {server}"));
    let reply = lab.answer(address, via, &query.write().unwrap());
    DnsPacket::parse(&reply.unwrap_or_else(|| panic!("{server} does not reply"))).unwrap()
}

/// Returns a line for each record of a reply. A signature is shown by the type that it covers.
fn show(server: &str, qname: &str, qtype: RecordType) -> String {
    let query = query(qname, qtype, true);
    let reply = ask(&Lab::signed_internet(), server, Via::Tcp, &query);
    let flags = [("aa", reply.header.aa), ("ad", reply.header.ad)];
    let flags = flags
        .iter()
        .filter(|(_, is_set)| *is_set)
        .map(|(flag, _)| format!(" {flag}"));
    let mut lines = vec![format!(
        "{}{}",
        reply.header.rcode,
        flags.collect::<String>()
    )];
    let sections = [
        ("answer", &reply.answers),
        ("authority", &reply.authorities),
        ("additional", &reply.additionals),
    ];
    for (section, records) in sections {
        lines.extend(
            records
                .iter()
                .map(|record| format!("{section:<10} {}", line(record))),
        );
    }
    lines.join("\n")
}

fn line(record: &Record) -> String {
    let rdata = match &record.rdata {
        Rdata::Rrsig(rrsig) => format!("{} by {}", rrsig.type_covered, rrsig.signer),
        Rdata::Dnskey(key) => format!("{} {} tag {}", key.flags, key.algorithm, key.key_tag()),
        Rdata::Ds(ds) => format!("{} {} {}", ds.key_tag, ds.algorithm, ds.digest_type),
        rdata => rdata.to_string(),
    };
    format!("{} {} {rdata}", record.owner, record.rtype())
}

#[test]
fn a_signature_follows_its_records() {
    insta::assert_snapshot!(show("ns.dnssec.test", "alias.dnssec.test", RecordType::A), @r"
    NOERROR aa
    answer     alias.dnssec.test. CNAME www.dnssec.test.
    answer     alias.dnssec.test. RRSIG CNAME by dnssec.test.
    answer     www.dnssec.test. A 198.18.33.80
    answer     www.dnssec.test. RRSIG A by dnssec.test.
    ");
}

#[test]
fn nxdomain_is_proved_for_the_name_and_for_its_wildcard() {
    insta::assert_snapshot!(show("ns.dnssec.test", "nosuch.dnssec.test", RecordType::A), @r"
    NXDOMAIN aa
    authority  dnssec.test. SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    authority  dnssec.test. RRSIG SOA by dnssec.test.
    authority  no-zone-bit.dnssec.test. NSEC not-yet-valid.dnssec.test. NS DS RRSIG NSEC
    authority  no-zone-bit.dnssec.test. RRSIG NSEC by dnssec.test.
    authority  dnssec.test. NSEC absent-key.dnssec.test. NS SOA RRSIG NSEC DNSKEY
    authority  dnssec.test. RRSIG NSEC by dnssec.test.
    ");
}

#[test]
fn an_empty_non_terminal_is_proved_by_the_record_before_it() {
    insta::assert_snapshot!(show("ns.dnssec.test", "deep.dnssec.test", RecordType::A), @r"
    NOERROR aa
    authority  dnssec.test. SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    authority  dnssec.test. RRSIG SOA by dnssec.test.
    authority  csk.dnssec.test. NSEC very.deep.dnssec.test. NS DS RRSIG NSEC
    authority  csk.dnssec.test. RRSIG NSEC by dnssec.test.
    ");
}

#[test]
fn a_wildcard_comes_with_the_proof_that_the_name_does_not_exist() {
    insta::assert_snapshot!(show("ns.dnssec.test", "a.wild.dnssec.test", RecordType::TXT), @r#"
    NOERROR aa
    answer     a.wild.dnssec.test. TXT "made from a wildcard"
    answer     a.wild.dnssec.test. RRSIG TXT by dnssec.test.
    authority  *.wild.dnssec.test. NSEC known.wild.dnssec.test. TXT RRSIG NSEC
    authority  *.wild.dnssec.test. RRSIG NSEC by dnssec.test.
    "#);
}

#[test]
fn the_record_that_a_dname_makes_has_no_signature() {
    insta::assert_snapshot!(show("ns.dnssec.test", "www.old.dnssec.test", RecordType::CNAME), @r"
    NOERROR aa
    answer     old.dnssec.test. DNAME nsec3.dnssec.test.
    answer     old.dnssec.test. RRSIG DNAME by dnssec.test.
    answer     www.old.dnssec.test. CNAME www.nsec3.dnssec.test.
    ");
}

#[test]
fn a_referral_has_the_ds_record_or_the_proof_that_there_is_none() {
    insta::assert_snapshot!(show("ns.dnssec.test", "www.csk.dnssec.test", RecordType::A), @r"
    NOERROR
    authority  csk.dnssec.test. NS ns2.dnssec.test.
    authority  csk.dnssec.test. DS 28996 13 2
    authority  csk.dnssec.test. RRSIG DS by dnssec.test.
    additional ns2.dnssec.test. A 198.18.33.2
    additional ns2.dnssec.test. RRSIG A by dnssec.test.
    ");
    insta::assert_snapshot!(show("ns.dnssec.test", "www.unsigned.dnssec.test", RecordType::A), @r"
    NOERROR
    authority  unsigned.dnssec.test. NS ns2.dnssec.test.
    authority  unsigned.dnssec.test. NSEC unsigned-ds.dnssec.test. NS RRSIG NSEC
    authority  unsigned.dnssec.test. RRSIG NSEC by dnssec.test.
    additional ns2.dnssec.test. A 198.18.33.2
    additional ns2.dnssec.test. RRSIG A by dnssec.test.
    ");
}

#[test]
fn a_referral_in_a_span_that_opts_out_has_the_closest_encloser() {
    insta::assert_snapshot!(show("a.gtld-servers.net", "www.fastly.net", RecordType::A), @r"
    NOERROR
    authority  fastly.net. NS ns1.fastly.net.
    authority  fastly.net. NS ns2.fastly.net.
    authority  fastly.net. NS ns3.fastly.net.
    authority  fastly.net. NS ns4.fastly.net.
    authority  a1rt98bs5qgc9nfi51s9hci47uljg6jh.net. NSEC3 1 1 0 - 93J57BNUNNK7B6RCOFLJBHJ4MKP5BPJH NS SOA RRSIG DNSKEY NSEC3PARAM
    authority  a1rt98bs5qgc9nfi51s9hci47uljg6jh.net. RRSIG NSEC3 by net.
    additional ns1.fastly.net. A 23.235.32.32
    additional ns2.fastly.net. A 104.156.80.32
    additional ns3.fastly.net. A 23.235.36.32
    additional ns4.fastly.net. A 104.156.84.32
    ");
}

#[test]
fn hashed_names_are_denied_by_the_closest_encloser_the_next_closer_name_and_the_wildcard() {
    insta::assert_snapshot!(show("ns2.dnssec.test", "a.b.nsec3.dnssec.test", RecordType::A), @r"
    NXDOMAIN aa
    authority  nsec3.dnssec.test. SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    authority  nsec3.dnssec.test. RRSIG SOA by nsec3.dnssec.test.
    authority  vago66jhgqt2d2strh7v1iq9if14nhqg.nsec3.dnssec.test. NSEC3 1 0 0 - 7I8KJC9LBKEHN6MUIDLKF8JNM1GOOT4B NS SOA RRSIG DNSKEY NSEC3PARAM
    authority  vago66jhgqt2d2strh7v1iq9if14nhqg.nsec3.dnssec.test. RRSIG NSEC3 by nsec3.dnssec.test.
    authority  7i8kjc9lbkehn6muidlkf8jnm1goot4b.nsec3.dnssec.test. NSEC3 1 0 0 - L888J1T9T04CL2AR9H6JNF6G4IOTLNEM
    authority  7i8kjc9lbkehn6muidlkf8jnm1goot4b.nsec3.dnssec.test. RRSIG NSEC3 by nsec3.dnssec.test.
    ");
}

/// RFC 5155 section 7.2.8.
#[test]
fn the_owner_of_an_nsec3_record_is_no_name() {
    let zone: Name = "nsec3.dnssec.test".parse().unwrap();
    let zone = Lab::signed_internet().zone(&zone).unwrap();
    let is_nsec3 = |record: &&Record| record.rtype() == RecordType::NSEC3;
    let owner = zone
        .records
        .iter()
        .find(is_nsec3)
        .unwrap()
        .owner
        .to_string();
    for qtype in [RecordType::NSEC3, RecordType::A] {
        let shown = show("ns2.dnssec.test", &owner, qtype);
        assert!(
            shown.starts_with("NXDOMAIN aa\n"),
            "{owner} {qtype}: {shown}"
        );
    }
}

#[test]
fn records_of_dnssec_are_answers_like_others() {
    insta::assert_snapshot!(show("ns.dnssec.test", "www.dnssec.test", RecordType::NSEC), @r"
    NOERROR aa
    answer     www.dnssec.test. NSEC dnssec.test. A RRSIG NSEC
    answer     www.dnssec.test. RRSIG NSEC by dnssec.test.
    ");
    insta::assert_snapshot!(show("ns.dnssec.test", "www.dnssec.test", RecordType::RRSIG), @r"
    NOERROR aa
    answer     www.dnssec.test. RRSIG A by dnssec.test.
    answer     www.dnssec.test. RRSIG NSEC by dnssec.test.
    ");
    insta::assert_snapshot!(show("ns.dnssec.test", "www.dnssec.test", RecordType::ANY), @r"
    NOERROR aa
    answer     www.dnssec.test. A 198.18.33.80
    answer     www.dnssec.test. RRSIG A by dnssec.test.
    answer     www.dnssec.test. RRSIG NSEC by dnssec.test.
    answer     www.dnssec.test. NSEC dnssec.test. A RRSIG NSEC
    ");
    insta::assert_snapshot!(show("ns.dnssec.test", "dnssec.test", RecordType::DNSKEY), @r"
    NOERROR aa
    answer     dnssec.test. DNSKEY 256 13 tag 24398
    answer     dnssec.test. DNSKEY 257 13 tag 45234
    answer     dnssec.test. RRSIG DNSKEY by dnssec.test.
    ");
}

/// RFC 4035 section 3.1.4.1: the server of the parent answers for DS records, that of the child alone
/// proves that it has none.
#[test]
fn ds_records_are_those_of_the_parent() {
    insta::assert_snapshot!(show("ns.dnssec.test", "csk.dnssec.test", RecordType::DS), @r"
    NOERROR aa
    answer     csk.dnssec.test. DS 28996 13 2
    answer     csk.dnssec.test. RRSIG DS by dnssec.test.
    ");
    insta::assert_snapshot!(show("ns2.dnssec.test", "csk.dnssec.test", RecordType::DS), @r"
    NOERROR aa
    authority  csk.dnssec.test. SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    authority  csk.dnssec.test. RRSIG SOA by csk.dnssec.test.
    authority  csk.dnssec.test. NSEC www.csk.dnssec.test. NS SOA RRSIG NSEC DNSKEY
    authority  csk.dnssec.test. RRSIG NSEC by csk.dnssec.test.
    ");
}

/// A client that validates may use it as its forwarder.
#[test]
fn the_recursive_resolver_copies_signatures_and_proofs_of_each_zone() {
    let mut query = query("to-unsigned.dnssec.test", RecordType::TXT, true);
    query.header.rd = true;
    let reply = Lab::signed_internet()
        .answer(lab::RESOLVER, Via::Udp, &query.write().unwrap())
        .unwrap();
    let reply = DnsPacket::parse(&reply).unwrap();
    let lines: Vec<String> = reply
        .answers
        .iter()
        .chain(&reply.authorities)
        .map(line)
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    to-unsigned.dnssec.test. CNAME www.unsigned.dnssec.test.
    to-unsigned.dnssec.test. RRSIG CNAME by dnssec.test.
    unsigned.dnssec.test. SOA ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
    assert!(reply.header.ra && !reply.header.ad, "{:?}", reply.header);
}

/// An RRset and its signatures go together (RFC 4035 section 3.1.1).
#[test]
fn a_reply_that_is_too_long_is_truncated() {
    let query = query("huge.example.com", RecordType::TXT, true);
    let reply = ask(
        &Lab::signed_internet(),
        "a.iana-servers.net",
        Via::Udp,
        &query,
    );
    assert!(reply.header.tc && reply.answers.is_empty(), "{reply:?}");
    let reply = ask(
        &Lab::signed_internet(),
        "a.iana-servers.net",
        Via::Tcp,
        &query,
    );
    assert!(!reply.header.tc && reply.answers.len() == 17, "{reply:?}");
}

/// RFC 4035 section 3: without DO, a server adds nothing.
#[test]
fn where_do_is_clear_the_signed_lab_answers_as_the_plain_one() {
    let (plain, signed) = (Lab::internet(), Lab::signed_internet());
    let mut count = 0;
    for host in plain.hosts() {
        for apex in &host.zones {
            for qname in [
                Some(apex.clone()),
                apex.child(b"nosuch").ok(),
                apex.child(b"www").ok(),
            ] {
                let Some(qname) = qname else { continue };
                for qtype in [
                    RecordType::A,
                    RecordType::NS,
                    RecordType::SOA,
                    RecordType::TXT,
                ] {
                    let query = query(&qname.to_string(), qtype, false).write().unwrap();
                    let ask = |lab: &Lab| lab.answer(host.address, Via::Tcp, &query);
                    let (ours, theirs) = (ask(&plain), ask(&signed));
                    let shown = |octets: &Option<Vec<u8>>| octets.as_deref().map(DnsPacket::parse);
                    assert!(
                        ours == theirs,
                        "{} {qname} {qtype}: {:?}, in the signed lab {:?}",
                        host.address,
                        shown(&ours),
                        shown(&theirs)
                    );
                    count += 1;
                }
            }
        }
    }
    assert!(count > 1_000, "{count} questions");
}

/// The clock, the anchor and the cases are what other tests rely on.
#[test]
fn the_anchor_is_the_key_of_the_root_zone() {
    let anchors = lab::signed::trust_anchor();
    let keys = ask(
        &Lab::signed_internet(),
        "a.root-servers.net",
        Via::Tcp,
        &query(".", RecordType::DNSKEY, true),
    );
    let tags = keys
        .answers
        .iter()
        .filter_map(|record| match &record.rdata {
            Rdata::Dnskey(key) => Some(key.key_tag()),
            _ => None,
        });
    let tags: Vec<u16> = tags.collect();
    assert_eq!(anchors.len(), 1, "{anchors:?}");
    for anchor in &anchors {
        let Rdata::Ds(ds) = &anchor.rdata else {
            panic!("{anchor} is no DS record");
        };
        assert!(
            tags.contains(&ds.key_tag),
            "{anchor}: the root has the keys {tags:?}"
        );
    }
    let is_now = |record: &Record| match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.is_valid_at(lab::signed::NOW),
        _ => true,
    };
    assert!(keys.answers.iter().all(is_now), "{:?}", keys.answers);
}

#[test]
fn a_zone_of_a_test_keeps_its_records_when_it_is_signed() {
    let zone = "@ 60 SOA ns mail 1 1d 2h 4w 5m\n@ 60 NS ns\nns 60 A 192.0.2.1\nwww 60 A 192.0.2.80";
    let added =
        "$ORIGIN test.\nwww 60 RRSIG A 13 2 60 20300101000000 20200101000000 1 test. AAAA\n";
    let lab = LabBuilder::new().zone("test.", zone).sign(added);
    let lab = lab.build().expect("the zone is right");
    let apex = "test.".parse().expect("a name");
    let types: Vec<String> = (lab.zone(&apex).expect("the zone").records.iter())
        .map(|record| record.rtype().to_string())
        .collect();
    assert_eq!(
        types,
        ["NS", "SOA", "A", "A", "RRSIG"],
        "the types of the records"
    );
}
