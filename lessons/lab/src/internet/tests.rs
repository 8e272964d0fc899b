//! The zone files agree with each other.

use std::collections::BTreeSet;

use dnsparse::{Mx, Name, Rdata, Record, RecordType, Srv, Zone};
use zone::{LookupResult, ZoneTree};

use super::{FAULTS, ZONES};
use crate::zone_text::{parse_with_soa, split};

fn trees() -> Vec<ZoneTree> {
    let tree = |(origin, text): &(&str, &str)| {
        let zone = Zone::parse(text, &origin.parse().unwrap());
        ZoneTree::new(&zone.unwrap_or_else(|error| panic!("{origin} {error}"))).unwrap()
    };
    ZONES.iter().map(tree).chain(faults()).collect()
}

fn faults() -> impl Iterator<Item = ZoneTree> {
    FAULTS.iter().flat_map(|(file, text)| {
        let zones = split(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        zones.into_iter().map(move |(origin, text)| {
            let zone = parse_with_soa(&text, &origin.parse().unwrap());
            ZoneTree::new(&zone.unwrap_or_else(|error| panic!("{file}: {error}"))).unwrap()
        })
    })
}

fn tree<'t>(trees: &'t [ZoneTree], apex: &Name) -> Option<&'t ZoneTree> {
    trees.iter().find(|tree| tree.apex() == apex)
}

/// Returns the deepest zone that a name is in.
fn home<'t>(trees: &'t [ZoneTree], name: &Name) -> &'t ZoneTree {
    name.ancestors()
        .find_map(|apex| tree(trees, &apex))
        .unwrap()
}

/// Returns whether a name is in a zone that is misconfigured on purpose: below `test`.
fn is_awkward(name: &Name) -> bool {
    let test: Name = "test.".parse().unwrap();
    *name != test && name.is_at_or_below(&test)
}

fn texts<'r>(records: impl Iterator<Item = &'r Record>) -> BTreeSet<String> {
    records
        .map(|record| record.rdata.to_string().to_lowercase())
        .collect()
}

#[test]
fn every_file_is_a_zone_and_every_zone_file_is_used() {
    trees();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/zones");
    let texts = |folder: &str, extension: &str| -> Vec<(String, String)> {
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|it| it.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|it| it == extension))
            .map(|path| {
                (
                    path.display().to_string(),
                    std::fs::read_to_string(path).unwrap(),
                )
            })
            .collect()
    };
    let assert_used = |files: Vec<(String, String)>, table: &[(&str, &str)], name: &str| {
        for (path, text) in files {
            let is_used = table.iter().any(|(_, used)| *used == text);
            assert!(is_used, "{path} has no line in {name} in src/internet.rs");
        }
    };
    assert_used(texts(folder, "zone"), ZONES, "ZONES");
    assert_used(texts(&format!("{folder}/test"), "zones"), FAULTS, "FAULTS");
}

#[test]
fn every_zone_is_delegated_by_the_zone_above_and_both_name_the_same_servers() {
    let trees = trees();
    for child in trees.iter().filter(|tree| !tree.apex().is_root()) {
        let apex = child.apex();
        let parent = home(&trees, &apex.parent().unwrap());
        let (above, below) = (
            parent.rrset(apex, RecordType::NS),
            child.rrset(apex, RecordType::NS),
        );
        let (above, below) = (texts(above), texts(below));
        let agree = above == below || is_awkward(apex) && !above.is_empty();
        assert!(
            agree,
            "the NS records of {apex} are {below:?} in its own zone file, and {above:?} in that of {}, which delegates it",
            parent.apex()
        );
    }
}

#[test]
fn every_delegation_leads_to_a_zone_of_the_lab() {
    let trees = trees();
    for parent in &trees {
        for record in parent
            .records()
            .filter(|record| parent.is_cut(&record.owner))
        {
            assert!(
                tree(&trees, &record.owner).is_some() || is_awkward(&record.owner),
                "{} is delegated in the zone file of {}, but no line of ZONES in src/internet.rs names it",
                record.owner,
                parent.apex()
            );
        }
    }
}

#[test]
fn glue_is_there_where_it_is_needed_and_is_what_the_servers_own_zone_says() {
    let trees = trees();
    for parent in &trees {
        for record in parent.records() {
            let Rdata::Ns(host) = &record.rdata else {
                continue;
            };
            if is_awkward(&record.owner) {
                continue;
            }
            let home = home(&trees, host);
            for rtype in [RecordType::A, RecordType::AAAA] {
                let (glue, own) = (
                    texts(parent.rrset(host, rtype)),
                    texts(home.rrset(host, rtype)),
                );
                let is_needed = host.is_at_or_below(&record.owner) && parent.is_cut(&record.owner);
                assert!(
                    glue == own || glue.is_empty() && !is_needed,
                    "the {rtype} records of {host} are {glue:?} as glue in {}, and {own:?} in {}",
                    parent.apex(),
                    home.apex()
                );
                assert!(
                    rtype != RecordType::A || !own.is_empty(),
                    "{host} has no address"
                );
            }
        }
    }
}

/// Returns all names that records of the lab point to, except those that do not exist on purpose.
#[test]
fn every_alias_server_and_mail_host_exists() {
    let trees = trees();
    let on_purpose = ["nosuch.example.com", "."].map(|text| text.parse::<Name>().unwrap());
    let records = trees.iter().flat_map(ZoneTree::records);
    for record in records.filter(|record| !is_awkward(&record.owner)) {
        let (target, qtypes) = match &record.rdata {
            Rdata::Cname(target) => (target, [RecordType::A, RecordType::CNAME]),
            Rdata::Mx(Mx {
                exchange: target, ..
            })
            | Rdata::Srv(Srv { target, .. })
            | Rdata::Ns(target) => (target, [RecordType::A, RecordType::AAAA]),
            Rdata::Ptr(target) => (target, [RecordType::A, RecordType::AAAA]),
            _ => continue,
        };
        let home = home(&trees, target);
        let is_found = qtypes
            .iter()
            .any(|qtype| matches!(home.lookup(target, *qtype), LookupResult::Answer(_)));
        assert!(
            is_found || on_purpose.contains(target),
            "the zone {} has no address for the target of: {record}",
            home.apex()
        );
    }
}

/// The addresses in the root hints.
#[test]
fn the_root_has_thirteen_servers_with_two_addresses_each() {
    let trees = trees();
    let root = tree(&trees, &Name::ROOT).unwrap();
    let hosts: Vec<&Record> = root.rrset(&Name::ROOT, RecordType::NS).collect();
    assert_eq!(hosts.len(), 13);
    for Record { rdata, .. } in hosts {
        let Rdata::Ns(host) = rdata else {
            panic!("{rdata}")
        };
        assert_eq!(root.node(host).unwrap().len(), 2, "{host}");
    }
}
