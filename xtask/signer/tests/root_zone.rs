//! A whole signed root zone of 2014 validates from its own key, at a time at which its signatures held:
//! each record that it signs, each gap between its names, and each of its delegations.
//!
//! The zone is in the folder `zones` beside that of `DNS_CORPUS`. Without it there is nothing to validate,
//! and the test says so.
#![cfg(test)]

#[expect(dead_code, reason = "this test follows no aliases")]
mod validator;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;

use chain::{Response, TrustAnchors};
use crypto::Ring;
use dnsparse::{Dnskey, Name, Rdata, Record, RecordType, Zone};
use lab::signed::Status;
use lab::{Lab, LabBuilder};
use validator::{ask, question, validate};

/// 27 June 2014, 0:00 UTC.
const NOW: u32 = 1_403_827_200;
/// The flags of the root's key-signing key: ZONE_KEY and SEP.
const KEY_SIGNING_KEY: u16 = 257;

#[test]
fn a_root_zone_validates_whole() {
    let Some(text) = root_zone() else {
        eprintln!("skipped: DNS_CORPUS names no folder beside which there is a root zone");
        return;
    };
    let records = Zone::parse(&text, &Name::ROOT)
        .expect("the root zone")
        .records;
    let builder = LabBuilder::new().zone(".", &text);
    let lab = builder.server("192.0.2.1", ["."]).build();
    let root = Root {
        lab: lab.expect("the lab reads the root zone"),
        anchors: anchors(&records),
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |fact: String| *counts.entry(fact).or_default() += 1;
    for rtype in [RecordType::DNSKEY, RecordType::SOA, RecordType::NS] {
        count(format!(
            "{rtype} of the root: {}",
            root.status(&Name::ROOT, rtype)
        ));
    }
    let (tlds, signed) = (
        owners(&records, RecordType::NS),
        owners(&records, RecordType::DS),
    );
    for tld in tlds.iter().filter(|tld| !tld.is_root()) {
        let ds = if signed.contains(tld) { "DS" } else { "no DS" };
        count(format!("{ds}: {}", root.status(tld, RecordType::DS)));
        count(format!(
            "unsigned answer below {ds}: {}",
            root.unsigned_answer_below(tld)
        ));
    }
    for owner in owners(&records, RecordType::NSEC) {
        count(format!(
            "NXDOMAIN in a gap: {}",
            root.status(&after(&owner), RecordType::A)
        ));
    }
    let counts: Vec<String> = (counts.iter())
        .map(|(fact, count)| format!("{count} {fact}"))
        .collect();
    let expected = [
        "1 DNSKEY of the root: Secure",
        "434 DS: Secure",
        "1 NS of the root: Secure",
        "630 NXDOMAIN in a gap: Secure",
        "1 SOA of the root: Secure",
        "195 no DS: Secure",
        "354 unsigned answer below DS: Bogus bogus: it DNSKEY: no key of the zone matches its DS records",
        "80 unsigned answer below DS: Insecure no algorithm of its DS records is supported",
        "195 unsigned answer below no DS: Insecure it has no DS record",
    ];
    assert_eq!(
        counts, expected,
        "the number of each fact about the root zone of 2014"
    );
}

/// The root zone, at a server, and its key.
struct Root {
    lab: Lab,
    anchors: TrustAnchors,
}

impl Root {
    /// Validates the server's answer to a question.
    fn status(&self, qname: &Name, qtype: RecordType) -> String {
        let question = question(qname, qtype);
        let response = ask(&self.lab, &question);
        let (status, reason) = validate(&self.lab, &self.anchors, NOW, &question, response);
        shown(status, &reason, qname)
    }

    /// Validates an answer without a signature in the zone of a TLD.
    fn unsigned_answer_below(&self, tld: &Name) -> String {
        let question = question(&tld.child(b"www").expect("a short name"), RecordType::A);
        let address = Rdata::from_text(RecordType::A, "192.0.2.1").expect("an address");
        let response = Response {
            answer: vec![Record::new(question.qname.clone(), 60, address)],
            ..Response::default()
        };
        let (status, reason) = validate(&self.lab, &self.anchors, NOW, &question, response);
        shown(status, &reason, tld)
    }
}

/// Shows a status; the reason without the name that it is about.
fn shown(status: Status, reason: &str, name: &Name) -> String {
    format!("{status:?} {}", reason.replace(&name.to_string(), "it"))
        .trim()
        .to_owned()
}

fn owners(records: &[Record], rtype: RecordType) -> BTreeSet<Name> {
    let of_type = records.iter().filter(|record| record.rtype() == rtype);
    let at_top = of_type.filter(|record| record.owner.label_count() <= 1);
    at_top.map(|record| record.owner.clone()).collect()
}

/// Returns the first TLD that could come after a name, which no root zone has.
fn after(owner: &Name) -> Name {
    let label = owner.labels().next().unwrap_or_default();
    Name::ROOT
        .child(&[label, b"\0"].concat())
        .expect("a short label")
}

fn anchors(records: &[Record]) -> TrustAnchors {
    let mut anchors = TrustAnchors::new();
    let is_anchor = |key: &&Dnskey| key.flags == KEY_SIGNING_KEY;
    let keys = records.iter().filter_map(|record| match &record.rdata {
        Rdata::Dnskey(key) => Some(&**key),
        _ => None,
    });
    for key in keys.filter(is_anchor) {
        anchors.add_dnskey(Name::ROOT, key, &Ring);
    }
    anchors
}

/// Reads the root zone. Relative paths count from the root of the workspace.
fn root_zone() -> Option<String> {
    let packets = env::var_os("DNS_CORPUS")?;
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let zones = workspace.join(packets).join("../zones");
    let path = zones.join("root-2014-signed.zone");
    Some(fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}
