//! The RFCs' own keys, digests and signatures; and the rules for each type.

use super::*;

fn record(text: &str) -> Record {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn rrsig(text: &str) -> Rrsig {
    match Rdata::from_text(RecordType::RRSIG, text).unwrap() {
        Rdata::Rrsig(rrsig) => *rrsig,
        rdata => panic!("{rdata}"),
    }
}

fn sha1(octets: &[u8]) -> String {
    sha1_smol::Sha1::from(octets).digest().to_string()
}

/// RFC 4034 section 5.4: the DS record has the SHA-1 digest of the key.
#[test]
fn the_digest_of_a_key_is_that_of_the_rfc() {
    let key = "dskey.example.com. 86400 IN DNSKEY 256 3 5 AQOeiiR0GOMYkDshWoSKz9Xz\
               fwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvx\
               egXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/r\
               ljwvFw==";
    let Record { owner, rdata, .. } = record(key);
    let Rdata::Dnskey(key) = rdata else {
        panic!("{rdata}")
    };
    for owner in [owner, "DSKEY.Example.COM".parse().unwrap()] {
        assert_eq!(
            sha1(&key.digest_input(&owner)),
            "2bb183af5f22588179a53b0a98631fad1a292118"
        );
    }
}

/// RFC 4035 appendix A and section B.6. The digests are those that the signatures hold, raised to
/// the exponent of the zone's key.
#[test]
fn the_data_that_the_rfc_signs_has_the_digest_in_its_signature() {
    let times = "3600 20040509183619 20040409183619 38519 example. AAAA";
    let ns = [
        "example. 3600 NS ns1.example.",
        "example. 3600 NS ns2.example.",
    ]
    .map(record);
    let mx = [record("x.w.example. 3600 MX 1 xx.example.")];
    let wildcard = [record("a.z.w.example. 3600 MX 1 ai.example.")];
    let [first, second] = ns.clone();
    let in_any_order = [second.clone(), first.clone(), second];
    for (signature, rrset, digest) in [
        (
            "NS 5 1",
            ns.as_slice(),
            "082abf0e630132fd0ab57b6b522c2df525fd731f",
        ),
        (
            "NS 5 1",
            &in_any_order,
            "082abf0e630132fd0ab57b6b522c2df525fd731f",
        ),
        ("MX 5 3", &mx, "c9e85092dc28c49edbb421e217b5ced7a8a8182a"),
        (
            "MX 5 2",
            &wildcard,
            "dd9463c3efd57c63d0836d8a1022bf837ed7df09",
        ),
    ] {
        let mut rrset = rrset.to_vec();
        for record in &mut rrset {
            (record.ttl, record.owner) =
                (7, record.owner.to_string().to_uppercase().parse().unwrap());
        }
        let data = rrsig(&format!("{signature} {times}"))
            .signed_data(&rrset)
            .unwrap();
        assert_eq!(sha1(&data), digest, "{signature}");
    }
}

#[test]
fn a_wildcard_that_is_signed_under_its_own_name_stays() {
    let labels = |owner: &str, labels: u8| {
        let rrsig = Rrsig {
            labels,
            ..rrsig("A 13 0 60 0 0 1 . AAAA")
        };
        let signed = rrsig.signed_owner(&owner.parse().unwrap());
        signed.map_or_else(|error| error.to_string(), |owner| owner.to_string())
    };
    assert_eq!(labels("*.w.example", 2), "*.w.example.");
    assert_eq!(labels("*.w.example", 1), "*.example.");
    assert_eq!(labels("a.w.example", 3), "a.w.example.");
    assert_eq!(labels("a.w.example", 0), "*.");
    assert_eq!(labels(".", 0), ".");
    assert_eq!(
        labels("*.w.example", 3),
        "the signature covers 3 labels, *.w.example. has fewer (RFC 4035 section 5.3.1)"
    );
}

#[test]
fn records_that_are_not_the_rrset_are_refused() {
    let rrsig = rrsig("A 13 1 60 0 0 1 . AAAA");
    let a = record("a. 60 A 192.0.2.1");
    let b = record("b. 60 A 192.0.2.1");
    let txt = record("a. 60 TXT x");
    let refusals = [
        rrsig.signed_data(&[]),
        rrsig.signed_data(&[a.clone(), b]),
        rrsig.signed_data(&[a, txt.clone()]),
        rrsig.signed_data(&[txt]),
        rrset(&[], 60),
    ];
    insta::assert_snapshot!(refusals.map(|it| it.unwrap_err().to_string()).join("\n"), @"
    an RRset has at least one record
    the A record of b. is not of the same RRset as the first record
    the TXT record of a. is not of the same RRset as the first record
    the signature covers type A, the records have type TXT
    an RRset has at least one record
    ");
}

/// RFC 4034 section 6.2, RFC 6840 section 5.1: names of NSEC keep their case, those of types after
/// the list too.
#[test]
fn names_are_in_lower_case_in_the_types_of_the_list() {
    let is_lowered = |rtype: RecordType, text: &str| {
        let rdata = Rdata::from_text(rtype, text).unwrap();
        let (octets, canonical) = (rdata.octets().unwrap(), rdata.canonical_octets().unwrap());
        assert!(octets.eq_ignore_ascii_case(&canonical));
        octets != canonical
    };
    use RecordType as T;
    for (rtype, text) in [
        (T::NS, "NS.X."),
        (T::CNAME, "NS.X."),
        (T::DNAME, "NS.X."),
        (T::PTR, "NS.X."),
        (T::SOA, "NS.X. M.X. 1 2 3 4 5"),
        (T::MX, "1 NS.X."),
        (T::SRV, "1 2 3 NS.X."),
        (T::NAPTR, "1 2 a b c NS.X."),
        (T::RRSIG, "A 13 1 60 0 0 1 NS.X. AAAA"),
        (T::SIG, "A 13 1 60 0 0 1 NS.X. AAAA"),
        (T::MB, "NS.X."),
        (T::MINFO, "a.x. NS.X."),
        (T::RP, "a.x. NS.X."),
        (T::AFSDB, "1 NS.X."),
        (T::RT, "1 NS.X."),
        (T::PX, "1 a.x. NS.X."),
        (T::NXT, "NS.X. A"),
        (T::KX, "1 NS.X."),
    ] {
        assert!(is_lowered(rtype, text), "{rtype}");
    }
    for (rtype, text) in [
        (T::NSEC, "NS.X. A"),
        (T::SVCB, "1 NS.X."),
        (T::HTTPS, "1 NS.X."),
        (T::TXT, "NS.X."),
        (T::HINFO, "PC Linux"),
        (T::LP, "1 NS.X."),
        (T::TALINK, "NS.X. NS.X."),
        (T::IPSECKEY, "1 3 2 NS.X. AAAA"),
        (T::AMTRELAY, "1 0 3 NS.X."),
        (T::HIP, "1 00 AAAA NS.X."),
    ] {
        assert!(!is_lowered(rtype, text), "{rtype}");
    }
}

/// RFC 4034 section 6.3: RDATA is compared as octets, and the shorter one that is the start of
/// another comes first.
#[test]
fn rdata_is_sorted_as_octets() {
    let texts = ["b", "aa", "a", "\\200"];
    let records = texts.map(|text| record(&format!("x. 60 TXT {text}")));
    let octets = rrset(&records, 60).unwrap();
    let expected = ["01 61", "01 62", "01 c8", "02 6161"];
    let fixed = "0178 00 0010 0001 0000003c";
    let expected = expected.map(|rdata| {
        let rdata = rdata.replace(' ', "");
        format!("{fixed}{:04x}{rdata}", rdata.len() / 2).replace(' ', "")
    });
    assert_eq!(hex::encode(octets), expected.concat());
}

#[test]
fn a_signature_is_valid_from_inception_to_expiration_around_the_wrap() {
    let mut rrsig = rrsig("A 13 1 60 0 0 1 . AAAA");
    (rrsig.inception, rrsig.expiration) = (u32::MAX - 10, 10);
    let valid = [u32::MAX - 10, u32::MAX, 0, 10];
    assert!(valid.iter().all(|now| rrsig.is_valid_at(*now)));
    assert!(
        ![u32::MAX - 11, 11, 1 << 31]
            .iter()
            .any(|now| rrsig.is_valid_at(*now))
    );
}
