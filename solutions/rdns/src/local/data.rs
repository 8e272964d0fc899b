//! [`LocalData`]: names that are answered from hosts files, single records and local zones.
//!
//! A name of a hosts file or of a single record is answered from there for every type: if it has no
//! record of the type, the answer is NODATA. Names beside and below it are looked up as usual. A
//! local zone answers for all names in it, by lesson 4's lookup; except for those in a zone below
//! it that has servers of its own.

use std::collections::{HashMap, HashSet};
use std::iter;
use std::path::Path;

use chase::{LocalNames, MAX_ALIASES};
use dnsparse::zone::Records;
use dnsparse::{Name, Question, Rdata, Record, RecordType, Zone};
use referral::{Answer, Negative};
use zone::{LookupResult, ZoneTree};

use super::hosts;
use crate::aliases::targets;
use crate::config::input::{included, read};
use crate::config::local::LocalZone;
use crate::config::{Config, ConfigError};

/// The local names.
#[derive(Debug, Default)]
pub struct LocalData {
    records: HashMap<Name, Vec<Record>>,
    zones: HashMap<Name, ZoneTree>,
    /// The zones with servers of their own, which may be below the local ones.
    forwarded: HashSet<Name>,
    /// The names above all of these: they exist, too.
    ancestors: HashSet<Name>,
}

impl LocalData {
    /// Reads all files.
    ///
    /// # Errors
    /// If one of them cannot be read, or is wrong, or they contradict each other.
    pub fn load(config: &Config) -> Result<LocalData, ConfigError> {
        let forwarded = config.forward.iter().chain(&config.stub);
        let mut data = LocalData {
            forwarded: forwarded.map(|zone| zone.zone.0.clone()).collect(),
            ..LocalData::default()
        };
        let local = &config.local;
        for path in &local.hosts {
            data.add_hosts(path)?;
        }
        for record in &local.records {
            data.add(record.0.clone());
        }
        data.check_aliases()?;
        for zone in &local.zones {
            data.add_zone(zone)?;
        }
        let own = data.records.keys().chain(data.zones.keys());
        let own = own.chain(&data.forwarded);
        data.ancestors = own.flat_map(|name| name.ancestors().skip(1)).collect();
        Ok(data)
    }

    fn add_zone(&mut self, config: &LocalZone) -> Result<(), ConfigError> {
        let name = &config.zone.0;
        if self.forwarded.contains(name) {
            return Err(ConfigError::Setting(format!(
                "the zone {name} is under [local], and has servers in [[forward]] or [[stub]]: remove one of the two"
            )));
        }
        match self.zones.insert(name.clone(), load_zone(config)?) {
            None => Ok(()),
            Some(_) => Err(ConfigError::Setting(format!(
                "the zone {name} is under [local] twice: write all of its records into one file"
            ))),
        }
    }

    /// Checks that an alias has no other records (RFC 2181 section 10.1), and leads to an end.
    fn check_aliases(&self) -> Result<(), ConfigError> {
        let aliases = self.records.iter();
        let aliases = aliases.filter(|(_, records)| targets(records).next().is_some());
        let faults = aliases.filter_map(|(owner, records)| {
            let fault = match records.len() {
                1 if self.has_end(owner) => return None,
                1 => "a CNAME record that leads back to itself, or through more than 16 others: write the name at the end",
                _ => {
                    "a CNAME record and others, but an alias has nothing else (RFC 2181 section 10.1): remove it, or them"
                }
            };
            Some((owner, fault))
        });
        // The same one each time, if there are several.
        match faults.min() {
            None => Ok(()),
            Some((owner, fault)) => Err(ConfigError::Setting(format!(
                "{owner} has, in the hosts files and records under [local], {fault}"
            ))),
        }
    }

    /// Whether a chain of aliases ends among these records, or leaves them.
    fn has_end(&self, owner: &Name) -> bool {
        let target = |name: &&Name| targets(self.records.get(*name)?).next();
        iter::successors(Some(owner), target)
            .nth(MAX_ALIASES + 1)
            .is_none()
    }

    fn add_hosts(&mut self, path: &Path) -> Result<(), ConfigError> {
        for (number, text) in read("local.hosts", path)?.lines().enumerate() {
            let line = hosts::line(text).map_err(|text| ConfigError::Line {
                file: path.display().to_string(),
                line: number + 1,
                text,
            })?;
            let wildcard = |name: &&Name| name.labels().any(|label| label == b"*");
            if let Some(name) = line.iter().flat_map(|(_, names)| names).find(wildcard) {
                return Err(ConfigError::Line {
                    file: path.display().to_string(),
                    line: number + 1,
                    text: format!(
                        "'{name}' is no machine's name: a wildcard is part of a zone, so it needs one: write zones under [local]"
                    ),
                });
            }
            for record in line
                .iter()
                .flat_map(|(address, names)| hosts::records(*address, names))
            {
                // An address that stands in several lines has its first name.
                let is_second =
                    record.rtype() == RecordType::PTR && self.records.contains_key(&record.owner);
                if !is_second {
                    self.add(record);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, record: Record) {
        let records = self.records.entry(record.owner.clone()).or_default();
        if !records.contains(&record) {
            records.push(record);
        }
    }

    /// Returns the names of hosts files and of single records.
    pub fn single_names(&self) -> impl Iterator<Item = &Name> {
        self.records.keys()
    }

    /// Returns the apexes of the local zones.
    pub fn zone_names(&self) -> impl Iterator<Item = &Name> {
        self.zones.keys()
    }

    /// Whether a name is answered here.
    pub fn has(&self, name: &Name) -> bool {
        self.records.contains_key(name) || self.zone(name).is_some()
    }

    /// Whether a name is above one that is answered here, or has servers of its own.
    pub fn is_above_own(&self, name: &Name) -> bool {
        self.ancestors.contains(name)
    }

    /// Whether a name is that of a local zone, or of one with servers of its own.
    fn is_apex(&self, name: &Name) -> bool {
        self.zones.contains_key(name) || self.forwarded.contains(name)
    }

    /// Returns the local zone that a name is in, unless a closer zone has servers of its own.
    fn zone(&self, name: &Name) -> Option<&ZoneTree> {
        if self.zones.is_empty() {
            return None;
        }
        for name in name.ancestors() {
            if self.forwarded.contains(&name) {
                return None;
            }
            if let Some(zone) = self.zones.get(&name) {
                return Some(zone);
            }
        }
        None
    }
}

impl LocalNames for LocalData {
    fn answer(&self, question: &Question) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        if let Some(records) = self.records.get(qname) {
            return Some(answer_of(records, *qtype));
        }
        let negative = |zone: &ZoneTree| Negative {
            soa: Some(zone.negative_soa()),
        };
        // The DS records at the top of a zone are its parent's (RFC 4035 section 3.1.4.1). A local zone
        // is not signed, and has none for those below it.
        if *qtype == RecordType::DS && self.is_apex(qname) {
            let parent = qname.ancestors().nth(1)?;
            return self
                .zone(&parent)
                .map(|zone| Answer::NoData(negative(zone)));
        }
        let zone = self.zone(qname)?;
        Some(match zone.lookup(qname, *qtype) {
            LookupResult::Answer(records) => Answer::Positive(records),
            LookupResult::Alias { records, target } => Answer::Alias { records, target },
            LookupResult::NoData => Answer::NoData(negative(zone)),
            LookupResult::NxDomain => Answer::NxDomain(negative(zone)),
            LookupResult::NameTooLong(dname) => Answer::NameTooLong(vec![dname]),
            // Neither can be: the name is in the zone, and a zone with delegations is not loaded.
            LookupResult::Referral(_) | LookupResult::OutOfZone => return None,
        })
    }
}

/// Returns the answer from the records of one name.
fn answer_of(records: &[Record], qtype: RecordType) -> Answer {
    let matches = |record: &&Record| qtype == RecordType::ANY || record.rtype() == qtype;
    let found: Vec<Record> = records.iter().filter(matches).cloned().collect();
    if !found.is_empty() {
        return Answer::Positive(found);
    }
    let alias = records.iter().find_map(|record| match &record.rdata {
        Rdata::Cname(target) => Some((record, target)),
        _ => None,
    });
    match alias {
        Some((record, target)) => Answer::Alias {
            records: vec![record.clone()],
            target: target.clone(),
        },
        None => Answer::NoData(Negative {
            soa: records.first().map(|record| made_soa(&record.owner)),
        }),
    }
}

/// Makes the SOA record of a negative answer that no zone gives.
pub fn made_soa(owner: &Name) -> Record {
    let soa = Rdata::from_text(
        RecordType::SOA,
        "localhost. nobody.invalid. 1 3600 1200 604800 300",
    );
    // The text is part of the program, and a test reads it.
    Record::new(
        owner.clone(),
        hosts::TTL,
        soa.unwrap_or(Rdata::Cname(Name::ROOT)),
    )
}

/// The setting that names zone files.
const ZONES: &str = "local.zones";

/// Reads a zone file, with the files that it includes from its folder.
fn load_zone(config: &LocalZone) -> Result<ZoneTree, ConfigError> {
    let file = config.file.display().to_string();
    let text = read(ZONES, &config.file)?;
    let mut include = included(ZONES, &config.file);
    let origin = &config.zone.0;
    let records = Records::new(&text, origin).with_include(&mut include);
    let records = records
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Box::new(error.in_file(&file)))?;
    let zone = Zone {
        origin: origin.clone(),
        records,
    };
    let tree = ZoneTree::new(&zone).map_err(|error| ConfigError::File {
        file: file.clone(),
        text: error.to_string(),
    })?;
    let cut = tree
        .records()
        .map(|record| &record.owner)
        .find(|name| tree.is_cut(name));
    match cut {
        None => Ok(tree),
        Some(cut) => Err(ConfigError::File {
            file,
            text: format!(
                "{cut} is delegated to other servers: a local zone has all its names itself; remove its NS records, and write [[stub]] for {cut}"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_made_soa_is_one() {
        assert_eq!(made_soa(&Name::ROOT).rtype(), RecordType::SOA);
    }
}
