//! A small signed Internet in memory: some zones, with the answers of their servers.
//!
//! ```text
//! .             signed, the trust anchor
//! +- com        signed
//! |  +- example signed: addresses, aliases, a wildcard, an empty non-terminal
//! |  +- plain   not signed: com proves that it has no DS record
//! +- org        signed
//!    +- deep    no zone, an empty non-terminal
//!       +- cut  signed, with a second key for its records
//! ```

pub(crate) mod signer;

use chain::Response;
use dnsparse::{Ds, Name, Question, Rcode, Rdata, Record, RecordType, Zone};
use signer::{Key, record, sign_zone};

/// The zones, with the seeds of their keys: none, for a zone that is not signed.
const ZONES: [(&str, Option<u8>, &str); 6] = [
    (".", Some(1), "com. NS ns.com.\norg. NS ns.org.\n"),
    (
        "com.",
        Some(2),
        "example.com. NS ns.com.\nplain.com. NS ns.com.\n",
    ),
    (
        "example.com.",
        Some(3),
        "
www.example.com. A 192.0.2.1
alias.example.com. CNAME www.example.com.
away.example.com. CNAME www.cut.deep.org.
plain.example.com. CNAME www.plain.com.
gone.example.com. CNAME nosuch.example.com.
*.wild.example.com. A 192.0.2.2
a.empty.example.com. A 192.0.2.3
old.example.com. DNAME example.com.
",
    ),
    ("plain.com.", None, "www.plain.com. A 192.0.2.4\n"),
    ("org.", Some(4), "cut.deep.org. NS ns.org.\n"),
    ("cut.deep.org.", Some(5), "www.cut.deep.org. A 192.0.2.5\n"),
];

/// The zones of the small Internet.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// Each zone with its records.
    pub(crate) zones: Vec<TreeZone>,
}

/// A zone of the small Internet.
#[derive(Debug, Clone)]
pub(crate) struct TreeZone {
    /// Its name.
    pub(crate) name: Name,
    /// Its key, unless it is unsigned.
    pub(crate) key: Option<Key>,
    /// Its zone-signing key, if the key above signs the keys alone.
    pub(crate) zsk: Option<Key>,
    /// Its records, signatures included.
    pub(crate) records: Vec<Record>,
}

/// Parses a name.
pub(crate) fn name(text: &str) -> Name {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Makes a question of class IN.
pub(crate) fn question(qname: &str, qtype: RecordType) -> Question {
    Question {
        qname: name(qname),
        qtype,
        qclass: dnsparse::Class::IN,
    }
}

impl Tree {
    /// Returns the signed zones.
    pub(crate) fn new() -> Tree {
        Tree::unsigned().sign()
    }

    /// Returns the zones without signatures and NSEC records, to be edited; the DS records are there.
    pub(crate) fn unsigned() -> Tree {
        let zone = |(zone, seed, text): (&str, Option<u8>, &str)| TreeZone {
            name: name(zone),
            key: seed.map(Key::new),
            zsk: (zone == "cut.deep.org.").then(|| Key::new(6)),
            records: unsigned(zone, text),
        };
        let mut tree = Tree {
            zones: ZONES.map(zone).to_vec(),
        };
        for (zone, seed, _) in ZONES {
            if let Some(seed) = seed {
                tree.set_ds(zone, &[Key::new(seed).ds(&name(zone))]);
            }
        }
        tree
    }

    /// Replaces the DS records of a zone in its parent.
    pub(crate) fn set_ds(&mut self, zone: &str, ds_set: &[Ds]) {
        let zone = name(zone);
        let mut zones = self.zones.iter_mut();
        let delegates = |it: &Record| it.owner == zone && it.rtype() == RecordType::NS;
        let parent = zones.find(|it| it.name != zone && it.records.iter().any(delegates));
        let Some(parent) = parent else {
            return; // the root
        };
        let is_old = |it: &Record| it.owner == zone && it.rtype() == RecordType::DS;
        parent.records.retain(|it| !is_old(it));
        let ds_set = ds_set
            .iter()
            .map(|ds| record(&zone, Rdata::Ds(Box::new(ds.clone()))));
        parent.records.extend(ds_set);
    }

    /// Replaces the key of a zone, and its DS record.
    pub(crate) fn set_key(&mut self, zone: &str, key: Key) {
        self.set_ds(zone, &[key.ds(&name(zone))]);
        self.zone_mut(zone).key = Some(key);
    }

    /// Signs all zones that have a key.
    pub(crate) fn sign(mut self) -> Tree {
        for zone in &mut self.zones {
            if let Some(key) = &zone.key {
                sign_zone(&zone.name, key, zone.zsk.as_ref(), &mut zone.records);
            }
        }
        self
    }

    /// Returns a zone, to be edited.
    pub(crate) fn zone_mut(&mut self, name: &str) -> &mut TreeZone {
        let mut zones = self.zones.iter_mut();
        let found = zones.find(|zone| zone.name == self::name(name));
        found.unwrap_or_else(|| panic!("{name} is no zone of the tree"))
    }

    /// Returns a zone.
    pub(crate) fn zone(&self, name: &str) -> &TreeZone {
        let mut zones = self.zones.iter();
        let found = zones.find(|zone| zone.name == self::name(name));
        found.unwrap_or_else(|| panic!("{name} is no zone of the tree"))
    }

    /// Returns a zone's key.
    pub(crate) fn key(&self, name: &str) -> &Key {
        let key = self.zone(name).key.as_ref();
        key.unwrap_or_else(|| panic!("{name} is not signed"))
    }

    /// Answers as a server of the zone that the name is in, and follows aliases into other zones.
    pub(crate) fn respond(&self, question: &Question) -> Response {
        let mut response = Response::default();
        let mut qname = question.qname.clone();
        for _ in 0..8 {
            let zone = self.zone_of(&qname, question.qtype);
            match zone.respond(&qname, question.qtype, &mut response) {
                Some(target) => qname = target,
                None => break,
            }
        }
        response
    }

    fn zone_of(&self, qname: &Name, qtype: RecordType) -> &TreeZone {
        let is_above = |zone: &&TreeZone| qtype != RecordType::DS || zone.name != *qname;
        let zones = self.zones.iter().filter(is_above);
        let at_or_above = zones.filter(|zone| qname.is_at_or_below(&zone.name));
        let zone = at_or_above.max_by_key(|zone| zone.name.label_count());
        zone.unwrap_or(&self.zones[0])
    }
}

/// Returns a zone's records: those of the text, SOA and NS.
fn unsigned(zone: &str, text: &str) -> Vec<Record> {
    let soa = format!(
        "{zone} SOA ns.{0} host.{0} 1 3600 600 86400 300\n",
        zone.trim_matches('.')
    );
    let with_ttl = |line: &str| line.replacen(' ', " 3600 ", 1) + "\n";
    let text = format!("{soa}{zone} NS ns.test.\n{text}");
    let text: String = text
        .lines()
        .filter(|it| !it.is_empty())
        .map(with_ttl)
        .collect();
    let parsed = Zone::parse(&text, &Name::ROOT);
    parsed
        .unwrap_or_else(|error| panic!("{zone}: {error}"))
        .records
}

impl TreeZone {
    /// Returns an RRset with its signatures.
    pub(crate) fn rrset(&self, owner: &Name, rtype: RecordType) -> Vec<Record> {
        let is_in_it = |record: &&Record| {
            let covered = match &record.rdata {
                Rdata::Rrsig(rrsig) => rrsig.type_covered,
                _ => record.rtype(),
            };
            record.owner == *owner && covered == rtype
        };
        self.records.iter().filter(is_in_it).cloned().collect()
    }

    /// Adds the answer to a response. Returns the target of an alias.
    fn respond(&self, qname: &Name, qtype: RecordType, response: &mut Response) -> Option<Name> {
        let above = qname.ancestors().skip(1);
        let dname = above.map(|owner| self.rrset(&owner, RecordType::DNAME));
        if let Some(dname) = dname.into_iter().find(|rrset| !rrset.is_empty()) {
            return synthesize(qname, dname, response);
        }
        let exists = self.records.iter().any(|it| it.owner.is_at_or_below(qname));
        if exists && [RecordType::ANY, RecordType::RRSIG].contains(&qtype) {
            let is_asked = |it: &&Record| qtype == RecordType::ANY || it.rtype() == qtype;
            let at_name = self.records.iter().filter(|it| it.owner == *qname);
            response.answer.extend(at_name.filter(is_asked).cloned());
            return None;
        }
        let source = match exists {
            true => qname.clone(),
            false => self.wildcard(qname),
        };
        for rtype in [qtype, RecordType::CNAME] {
            let mut rrset = self.rrset(&source, rtype);
            let Some(first) = rrset.first().cloned() else {
                continue;
            };
            rrset.iter_mut().for_each(|it| it.owner = qname.clone());
            response.answer.extend(rrset);
            if !exists {
                response
                    .authority
                    .extend(self.proof(std::slice::from_ref(qname)));
            }
            return match first.rdata {
                Rdata::Cname(target) if qtype != RecordType::CNAME => Some(target),
                _ => None,
            };
        }
        let has_wildcard = self.records.iter().any(|it| it.owner == source);
        if !exists && !has_wildcard {
            response.rcode = Rcode::NXDOMAIN;
        }
        response
            .authority
            .extend(self.rrset(&self.name, RecordType::SOA));
        let proof = self.proof(&[qname.clone(), source]);
        response.authority.extend(proof);
        None
    }

    /// Returns the wildcard below the closest encloser of a name.
    fn wildcard(&self, qname: &Name) -> Name {
        let mut ancestors = qname.ancestors().skip(1);
        let exists = |name: &Name| self.records.iter().any(|it| it.owner.is_at_or_below(name));
        let encloser = ancestors.find(exists).unwrap_or(Name::ROOT);
        encloser.child(b"*").unwrap_or(encloser)
    }

    /// Returns the NSEC records that match or cover names, with their signatures.
    pub(crate) fn proof(&self, names: &[Name]) -> Vec<Record> {
        let mut owners: Vec<&Name> = Vec::new();
        for name in names {
            let nsec = self
                .records
                .iter()
                .filter(|it| it.rtype() == RecordType::NSEC);
            let before = nsec
                .map(|record| &record.owner)
                .filter(|owner| *owner <= name);
            owners.extend(before.max());
        }
        owners.sort_unstable();
        owners.dedup();
        let rrsets = owners
            .into_iter()
            .map(|owner| self.rrset(owner, RecordType::NSEC));
        rrsets.flatten().collect()
    }
}

/// Adds a DNAME record and the alias that it makes.
fn synthesize(qname: &Name, dname: Vec<Record>, response: &mut Response) -> Option<Name> {
    let (owner, target) = match dname.first().map(|it| (&it.owner, &it.rdata)) {
        Some((owner, Rdata::Dname(target))) => (owner.clone(), target.clone()),
        _ => return None,
    };
    response.answer.extend(dname);
    let kept = qname.label_count() - owner.label_count();
    let labels = qname.labels().take(kept).chain(target.labels());
    let target = Name::from_labels(labels).ok()?;
    response
        .answer
        .push(record(qname, Rdata::Cname(target.clone())));
    Some(target)
}
