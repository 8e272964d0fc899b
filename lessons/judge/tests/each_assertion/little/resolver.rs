//! The walk and the cache of the little server.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, Name, Rcode, Rdata, Record, RecordType};

use super::cache::Kept;
use super::server::Fault;

/// What is found for one name.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) rcode: Rcode,
    pub(crate) records: Vec<Record>,
    pub(crate) soa: Option<Record>,
}

impl Found {
    fn failure() -> Found {
        Found {
            rcode: Rcode::SERVFAIL,
            records: Vec::new(),
            soa: None,
        }
    }
}

pub(crate) struct Resolver {
    pub(crate) fault: Option<Fault>,
    root: Vec<IpAddr>,
    port: u16,
    ids: AtomicU16,
    /// How many questions were answered.
    pub(super) answered: AtomicUsize,
    pub(super) cache: Mutex<HashMap<(String, RecordType), Kept>>,
    cuts: Mutex<HashMap<Name, Vec<IpAddr>>>,
    /// What a liar said.
    rumours: Mutex<HashMap<Name, Record>>,
}

impl Resolver {
    pub(crate) fn new(fault: Option<Fault>, root: Vec<IpAddr>, port: u16) -> Resolver {
        Resolver {
            fault,
            root,
            port,
            ids: AtomicU16::new(rand::random()),
            answered: AtomicUsize::new(0),
            cache: Mutex::default(),
            cuts: Mutex::default(),
            rumours: Mutex::default(),
        }
    }

    pub(crate) fn is(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// The whole answer, aliases followed.
    pub(crate) fn resolve(&self, qname: &Name, qtype: RecordType, depth: usize) -> Found {
        let mut name = qname.clone();
        let mut records: Vec<Record> = Vec::new();
        let mut seen = HashSet::new();
        let mut rounds = 0;
        loop {
            rounds += 1;
            let in_circles = self.is(Fault::GoesInCircles) && rounds < 100;
            if !seen.insert(name.clone()) && !in_circles {
                let nothing = self.is(Fault::CircleIsNothing);
                let rcode = if nothing {
                    Rcode::NXDOMAIN
                } else {
                    Rcode::SERVFAIL
                };
                return Found {
                    rcode,
                    ..Found::failure()
                };
            }
            let found = self.one(&name, qtype, depth);
            let target = found.records.iter().find_map(|record| match &record.rdata {
                Rdata::Cname(target) if qtype != RecordType::CNAME => Some(target.clone()),
                _ => None,
            });
            records.extend(found.records);
            match target {
                Some(target) if !self.is(Fault::StopsAtAlias) => name = target,
                _ => {
                    if self.is(Fault::HidesAliases) {
                        records.retain(|record| record.rtype() != RecordType::CNAME);
                    }
                    return Found { records, ..found };
                }
            }
        }
    }

    /// One link of the chain, from the cache or by a walk.
    fn one(&self, name: &Name, qtype: RecordType, depth: usize) -> Found {
        if let Some(found) = self
            .cached(name, qtype)
            .or_else(|| self.cached(name, RecordType::CNAME))
        {
            return found;
        }
        let Some(found) = self.walk(name, qtype, depth) else {
            if self.is(Fault::OneAtATime) {
                std::thread::sleep(Duration::from_secs(8));
            }
            let says = if self.is(Fault::DeadIsNothing) {
                Rcode::NXDOMAIN
            } else {
                Rcode::SERVFAIL
            };
            return Found {
                rcode: says,
                ..Found::failure()
            };
        };
        self.keep(name, qtype, &found);
        found
    }

    /// From the deepest known cut down.
    fn walk(&self, name: &Name, qtype: RecordType, depth: usize) -> Option<Found> {
        if let Some(rumour) = self.rumours.lock().unwrap().get(name) {
            return Some(Found {
                rcode: Rcode::NOERROR,
                records: vec![rumour.clone()],
                soa: None,
            });
        }
        let (mut zone, mut servers) = self.start(name);
        for _ in 0..12 {
            let reply = self.first_useful(&servers, name, qtype, &zone)?;
            if let Some(found) = self.ending(&reply, name, qtype, &zone) {
                return Some(found);
            }
            let (cut, next) = self.referral(&reply, name, &zone, depth)?;
            if self.is(Fault::StopsAtReferral) {
                return None;
            }
            if !self.is(Fault::ForgetsZones) {
                self.cuts.lock().unwrap().insert(cut.clone(), next.clone());
            }
            (zone, servers) = (cut, next);
        }
        None
    }

    fn start(&self, name: &Name) -> (Name, Vec<IpAddr>) {
        let cuts = self.cuts.lock().unwrap();
        let known = name
            .ancestors()
            .find_map(|zone| Some((zone.clone(), cuts.get(&zone)?.clone())));
        known.unwrap_or((Name::ROOT, self.root.clone()))
    }

    fn first_useful(
        &self,
        servers: &[IpAddr],
        name: &Name,
        qtype: RecordType,
        zone: &Name,
    ) -> Option<DnsPacket> {
        for server in servers {
            let reply = self.ask(*server, name, qtype);
            if let Some(reply) = reply {
                let helps = matches!(reply.header.rcode, Rcode::NOERROR | Rcode::NXDOMAIN);
                if helps || self.is(Fault::LameIsFinal) {
                    return helps.then_some(reply);
                }
            } else if self.is(Fault::FirstServerOnly) && !zone.is_root() {
                return None;
            }
        }
        None
    }

    /// Records for this very name, or the word that there are none.
    fn ending(
        &self,
        reply: &DnsPacket,
        name: &Name,
        qtype: RecordType,
        zone: &Name,
    ) -> Option<Found> {
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
        if self.is(Fault::NoDname)
            && records
                .iter()
                .any(|record| record.rtype() == RecordType::DNAME)
        {
            return Some(Found::failure());
        }
        for stray in &reply.answers {
            if stray.owner != *name
                && !stray.owner.is_at_or_below(zone)
                && self.is(Fault::BelievesAnybody)
            {
                self.rumours
                    .lock()
                    .unwrap()
                    .insert(stray.owner.clone(), stray.clone());
            }
            if stray.owner != *name
                && !stray.owner.is_at_or_below(zone)
                && self.is(Fault::HandsLiesOn)
            {
                records.push(stray.clone());
            }
        }
        if self.is(Fault::OneRecordOnly) {
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
            if let (Rdata::Soa(data), false) = (&soa.rdata, self.is(Fault::MinimumIgnored)) {
                soa.ttl = soa.ttl.min(data.minimum);
            }
            soa
        });
        let mut rcode = reply.header.rcode;
        if self.is(Fault::NodataIsNxdomain) && records.is_empty() {
            rcode = Rcode::NXDOMAIN;
        }
        Some(Found {
            rcode,
            records,
            soa,
        })
    }

    /// The next zone down, and the addresses of its servers.
    fn referral(
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
            if addresses.len() == before && depth < 6 && !self.is(Fault::NeedsGlue) {
                let found = self.resolve(host, RecordType::A, depth + 1);
                addresses.extend(found.records.iter().filter_map(Record::address));
            }
        }
        Some((cut, addresses))
    }

    fn id(&self) -> u16 {
        match self.is(Fault::CountsIds) {
            true => self.ids.fetch_add(1, Ordering::Relaxed),
            false => rand::random(),
        }
    }

    fn ask(&self, server: IpAddr, name: &Name, qtype: RecordType) -> Option<DnsPacket> {
        let server = SocketAddr::new(server, self.port);
        let mut query = DnsPacket::query(self.id(), name.clone(), qtype);
        query.header.rd = self.is(Fault::DesiresRecursion);
        query.edns = Some(Edns {
            udp_size: 1_232,
            ..Edns::default()
        });
        let patience = if self.is(Fault::WaitsForEver) {
            60_000
        } else {
            250
        };
        let mut reply = by_udp(server, &query, patience)?;
        if reply.header.rcode == Rcode::FORMERR && !self.is(Fault::InsistsOnEdns) {
            query.edns = None;
            reply = by_udp(server, &query, patience)?;
        }
        if reply.header.tc && !self.is(Fault::NoTcpUpstream) {
            reply = by_tcp(server, &query)?;
        }
        (!reply.header.tc).then_some(reply)
    }
}

fn by_udp(server: SocketAddr, query: &DnsPacket, patience: u64) -> Option<DnsPacket> {
    let socket = UdpSocket::bind("127.0.0.1:0").ok()?;
    socket
        .set_read_timeout(Some(Duration::from_millis(patience)))
        .ok()?;
    socket.connect(server).ok()?;
    socket.send(&query.write().ok()?).ok()?;
    let mut room = [0; 4_096];
    let length = socket.recv(&mut room).ok()?;
    DnsPacket::parse(&room[..length]).ok()
}

fn by_tcp(server: SocketAddr, query: &DnsPacket) -> Option<DnsPacket> {
    let mut stream = TcpStream::connect(server).ok()?;
    let octets = query.write().ok()?;
    stream
        .write_all(&(octets.len() as u16).to_be_bytes())
        .ok()?;
    stream.write_all(&octets).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).ok()?;
    DnsPacket::parse(&message).ok()
}
