//! The signed zones are those that the signer makes, and each case of the lab has the status that the
//! lab says, by the validator of lessons 15 to 19.
#![cfg(test)]

mod validator;

use std::collections::BTreeSet;

use chain::TrustAnchors;
use lab::Lab;
use lab::signed::{CASES, trust_anchor};
use validator::status;

#[test]
fn the_judges_zones_are_up_to_date() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lessons/judge/src");
    for (file, text) in signer::judge_files().expect("the zones of the judge are signed") {
        let current = std::fs::read_to_string(format!("{folder}/{file}")).unwrap_or_default();
        assert!(
            current == text,
            "lessons/judge/src/{file} is not up to date: run `cargo run -p signer`"
        );
    }
}

#[test]
fn every_file_is_up_to_date() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../lessons/lab/signed");
    let files = signer::signed_files().expect("the zones of the table are signed");
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (file, text) in files {
        let current = std::fs::read_to_string(format!("{folder}/{file}")).unwrap_or_default();
        assert!(
            current == text,
            "lessons/lab/signed/{file} is not up to date: run `cargo run -p signer`"
        );
        names.insert(file);
    }
    for entry in std::fs::read_dir(folder).expect("the folder lessons/lab/signed") {
        let file = entry.expect("a file").file_name();
        let file = file.to_string_lossy().into_owned();
        assert!(
            names.contains(&file),
            "lessons/lab/signed/{file} is of no zone of the table"
        );
    }
}

#[test]
fn each_case_has_its_status() {
    let lab = Lab::signed_internet();
    let anchors = TrustAnchors::from_ds_records(trust_anchor());
    let mut wrong = Vec::new();
    for case in CASES {
        let (found, reason) = status(&lab, &anchors, case.qname, case.qtype);
        if found != case.status {
            wrong.push(format!(
                "{} {} ({}): {found:?} {reason}, expected {:?}",
                case.qname, case.qtype, case.reason, case.status
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
