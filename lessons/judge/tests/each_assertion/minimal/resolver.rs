//! The walk of the minimal server.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, AtomicUsize};
use std::time::Duration;

use dnsparse::{DnsPacket, Name, Rcode, Rdata, Record, RecordType};

use super::cache::CacheEntry;
use super::server::ServerFault;
use super::validator::ValidatorState;

/// The answer for one name.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) rcode: Rcode,
    pub(crate) records: Vec<Record>,
    pub(crate) soa: Option<Record>,
}

impl Answer {
    fn failure() -> Answer {
        Answer {
            rcode: Rcode::SERVFAIL,
            records: Vec::new(),
            soa: None,
        }
    }
}

pub(crate) struct Resolver {
    pub(crate) fault: Option<ServerFault>,
    pub(super) root: Vec<IpAddr>,
    pub(super) port: u16,
    pub(super) ids: AtomicU16,
    /// The socket of all upstream queries, with the fault `FixedPort`.
    pub(super) socket: Mutex<Option<UdpSocket>>,
    /// The number of replies so far.
    pub(super) answered: AtomicUsize,
    pub(super) cache: Mutex<HashMap<(String, RecordType), CacheEntry>>,
    delegations: Mutex<HashMap<Name, Vec<IpAddr>>>,
    /// Forged records, with the faults `CachesForgedRecords` and `CachesMismatches`.
    pub(super) forged: Mutex<HashMap<Name, Record>>,
    /// What it validates with, if it does.
    pub(super) validator: Option<ValidatorState>,
}

impl Resolver {
    pub(crate) fn new(
        fault: Option<ServerFault>,
        root: Vec<IpAddr>,
        port: u16,
        validator: Option<ValidatorState>,
    ) -> Resolver {
        Resolver {
            fault,
            root,
            port,
            ids: AtomicU16::new(rand::random()),
            socket: Mutex::default(),
            answered: AtomicUsize::new(0),
            cache: Mutex::default(),
            delegations: Mutex::default(),
            forged: Mutex::default(),
            validator,
        }
    }

    pub(crate) fn has(&self, fault: ServerFault) -> bool {
        self.fault == Some(fault)
    }

    /// Returns the whole answer, and follows aliases.
    pub(crate) fn resolve(&self, qname: &Name, qtype: RecordType, depth: usize) -> Answer {
        let mut name = qname.clone();
        let mut records: Vec<Record> = Vec::new();
        let mut seen = HashSet::new();
        let mut rounds = 0;
        loop {
            rounds += 1;
            let follows_loop = self.has(ServerFault::FollowsLoops) && rounds < 100;
            if !seen.insert(name.clone()) && !follows_loop {
                let is_nxdomain = self.has(ServerFault::LoopIsNxdomain);
                let rcode = if is_nxdomain {
                    Rcode::NXDOMAIN
                } else {
                    Rcode::SERVFAIL
                };
                return Answer {
                    rcode,
                    ..Answer::failure()
                };
            }
            let answer = self.lookup(&name, qtype, depth);
            let target = answer
                .records
                .iter()
                .find_map(|record| match &record.rdata {
                    Rdata::Cname(target) if qtype != RecordType::CNAME => Some(target.clone()),
                    _ => None,
                });
            records.extend(answer.records);
            match target {
                Some(target) if !self.has(ServerFault::StopsAtAlias) => name = target,
                _ => {
                    if self.has(ServerFault::HidesAliases) {
                        records.retain(|record| record.rtype() != RecordType::CNAME);
                    }
                    if self.has(ServerFault::HidesDname) {
                        records.retain(|record| record.rtype() != RecordType::DNAME);
                    }
                    return Answer { records, ..answer };
                }
            }
        }
    }

    /// Returns the answer for one name of the chain, from the cache or by a walk.
    fn lookup(&self, name: &Name, qtype: RecordType, depth: usize) -> Answer {
        if let Some(answer) = self
            .cached(name, qtype)
            .or_else(|| self.cached(name, RecordType::CNAME))
        {
            return answer;
        }
        let Some(answer) = self.walk(name, qtype, depth) else {
            if self.has(ServerFault::OneAtATime) {
                std::thread::sleep(Duration::from_secs(8));
            }
            let rcode = if self.has(ServerFault::DeadIsNxdomain) {
                Rcode::NXDOMAIN
            } else {
                Rcode::SERVFAIL
            };
            return Answer {
                rcode,
                ..Answer::failure()
            };
        };
        self.store(name, qtype, &answer);
        answer
    }

    /// Walks from the closest cached delegation to the zone.
    fn walk(&self, name: &Name, qtype: RecordType, depth: usize) -> Option<Answer> {
        if let Some(forged) = self.forged.lock().unwrap().get(name) {
            return Some(Answer {
                rcode: Rcode::NOERROR,
                records: vec![forged.clone()],
                soa: None,
            });
        }
        let (mut zone, mut servers) = self.closest_delegation(name);
        for _ in 0..12 {
            let reply = self.first_usable(&servers, name, qtype, &zone)?;
            if let Some(answer) = self.answer(&reply, name, qtype, &zone) {
                return Some(answer);
            }
            let (cut, next) = self.referral(&reply, name, &zone, depth)?;
            if self.has(ServerFault::StopsAtReferral) {
                return None;
            }
            if !self.has(ServerFault::NoDelegationCache) {
                self.delegations
                    .lock()
                    .unwrap()
                    .insert(cut.clone(), next.clone());
            }
            (zone, servers) = (cut, next);
        }
        None
    }

    fn closest_delegation(&self, name: &Name) -> (Name, Vec<IpAddr>) {
        let delegations = self.delegations.lock().unwrap();
        let closest = name
            .ancestors()
            .find_map(|zone| Some((zone.clone(), delegations.get(&zone)?.clone())));
        closest.unwrap_or((Name::ROOT, self.root.clone()))
    }

    pub(super) fn first_usable(
        &self,
        servers: &[IpAddr],
        name: &Name,
        qtype: RecordType,
        zone: &Name,
    ) -> Option<DnsPacket> {
        for server in servers {
            let reply = self.query(*server, name, qtype);
            if let Some(reply) = reply {
                let is_usable = matches!(reply.header.rcode, Rcode::NOERROR | Rcode::NXDOMAIN);
                if is_usable || self.has(ServerFault::StopsAtLameServer) {
                    return is_usable.then_some(reply);
                }
            } else if self.has(ServerFault::FirstServerOnly) && !zone.is_root() {
                return None;
            }
        }
        None
    }

    /// Returns the records for this name, or a negative answer.
    fn answer(
        &self,
        reply: &DnsPacket,
        name: &Name,
        qtype: RecordType,
        zone: &Name,
    ) -> Option<Answer> {
        let mut records: Vec<Record> = reply
            .answers
            .iter()
            .filter(|record| {
                let own = record.owner == *name
                    && (record.rtype() == qtype || record.rtype() == RecordType::CNAME);
                own || record.rtype() == RecordType::DNAME && name.is_at_or_below(&record.owner)
            })
            .cloned()
            .collect();
        if self.has(ServerFault::NoDname)
            && records
                .iter()
                .any(|record| record.rtype() == RecordType::DNAME)
        {
            return Some(Answer::failure());
        }
        for stray in &reply.answers {
            if stray.owner != *name
                && !stray.owner.is_at_or_below(zone)
                && self.has(ServerFault::CachesForgedRecords)
            {
                self.forged
                    .lock()
                    .unwrap()
                    .insert(stray.owner.clone(), stray.clone());
            }
            if stray.owner != *name
                && !stray.owner.is_at_or_below(zone)
                && self.has(ServerFault::PassesForgedRecordsOn)
            {
                records.push(stray.clone());
            }
        }
        if self.has(ServerFault::OneRecordOnly) {
            records.truncate(1);
        }
        let soa = reply
            .authorities
            .iter()
            .find(|record| record.rtype() == RecordType::SOA)
            .cloned();
        if records.is_empty() && soa.is_none() && !reply.header.aa {
            return None;
        }
        let soa = soa.filter(|_| records.is_empty()).map(|mut soa| {
            if let (Rdata::Soa(data), false) = (&soa.rdata, self.has(ServerFault::MinimumIgnored)) {
                soa.ttl = soa.ttl.min(data.minimum);
            }
            soa
        });
        let mut rcode = reply.header.rcode;
        if self.has(ServerFault::NodataIsNxdomain) && records.is_empty() {
            rcode = Rcode::NXDOMAIN;
        }
        Some(Answer {
            rcode,
            records,
            soa,
        })
    }

    /// Returns the next zone, and the addresses of its name servers.
    pub(super) fn referral(
        &self,
        reply: &DnsPacket,
        name: &Name,
        zone: &Name,
        depth: usize,
    ) -> Option<(Name, Vec<IpAddr>)> {
        let ns: Vec<&Record> = reply
            .authorities
            .iter()
            .filter(|record| record.rtype() == RecordType::NS)
            .collect();
        let cut = ns.first()?.owner.clone();
        if !name.is_at_or_below(&cut) || cut == *zone {
            return None;
        }
        let mut addresses = Vec::new();
        for record in ns {
            let Rdata::Ns(host) = &record.rdata else {
                continue;
            };
            let glue = reply
                .additionals
                .iter()
                .filter(|glue| glue.owner == *host && host.is_at_or_below(zone));
            let before = addresses.len();
            addresses.extend(glue.filter_map(Record::address));
            if addresses.len() == before && depth < 6 && !self.has(ServerFault::NeedsGlue) {
                let answer = self.resolve(host, RecordType::A, depth + 1);
                addresses.extend(answer.records.iter().filter_map(Record::address));
            }
        }
        Some((cut, addresses))
    }
}
