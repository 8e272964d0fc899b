//! [`Steps`]: the servers to query, one after another, from the root to a name: lessons 6 to 8 in
//! their plainest form.
//!
//! The steps follow the lab's own replies, without any check.

use std::net::{IpAddr, SocketAddr};

use dnsparse::{DnsPacket, Edns, Name, Rcode, Rdata, Record, RecordType};
use lab::Lab;
use network::Via;

/// The most queries of a walk.
const MAX_STEPS: usize = 40;

/// One query to one server.
pub(crate) struct Step {
    pub(crate) server: SocketAddr,
    pub(crate) qname: Name,
    /// The number of walks for server names that it is nested in.
    pub(crate) depth: usize,
    /// The outcome, such as `refers to com.`
    pub(crate) outcome: String,
}

/// The steps to a name's addresses.
pub(crate) fn steps(lab: &Lab, qname: &Name) -> Vec<Step> {
    let mut steps = Steps {
        lab,
        steps: Vec::new(),
    };
    steps.walk(qname, 0);
    steps.steps
}

struct Steps<'l> {
    lab: &'l Lab,
    steps: Vec<Step>,
}

/// The outcome of a reply.
enum Lead {
    /// These records, and the walk is over.
    End(Vec<Record>),
    /// The servers of a zone.
    Down(Name, Vec<Server>),
    /// No progress.
    Nowhere,
}

/// A server by name, with the address if that came along.
struct Server {
    name: Name,
    glue: Option<IpAddr>,
}

impl Steps<'_> {
    /// From the root to a name, and on along its aliases. Returns the last answer.
    fn walk(&mut self, qname: &Name, depth: usize) -> Vec<Record> {
        let root = "a.root-servers.net";
        let mut zone = Name::ROOT;
        let mut servers = vec![Server {
            name: root.parse().unwrap_or_default(),
            glue: self.lab.server(root).map(|server| server.ip()),
        }];
        loop {
            match self.query_each(&zone, &servers, qname, depth) {
                Lead::Down(cut, below) => (zone, servers) = (cut, below),
                Lead::Nowhere => return Vec::new(),
                Lead::End(answers) => {
                    return match answers.last().map(|record| &record.rdata) {
                        Some(Rdata::Cname(target)) => self.walk(target, depth),
                        _ => answers,
                    };
                }
            }
        }
    }

    /// Queries one server after another, until a reply leads on.
    fn query_each(&mut self, zone: &Name, servers: &[Server], qname: &Name, depth: usize) -> Lead {
        for Server { name, glue } in servers {
            let Some(address) = glue.or_else(|| self.look_up(name, depth + 1)) else {
                continue;
            };
            let lead = self.query(zone, SocketAddr::new(address, 53), qname, depth);
            if !matches!(lead, Lead::Nowhere) {
                return lead;
            }
        }
        Lead::Nowhere
    }

    fn look_up(&mut self, name: &Name, depth: usize) -> Option<IpAddr> {
        self.walk(name, depth).iter().find_map(address)
    }

    fn query(&mut self, zone: &Name, server: SocketAddr, qname: &Name, depth: usize) -> Lead {
        if self.steps.len() >= MAX_STEPS {
            return Lead::Nowhere;
        }
        let reply = self.reply(server, qname);
        let lead = reply
            .as_ref()
            .map_or(Lead::Nowhere, |reply| lead(zone, reply));
        self.steps.push(Step {
            server,
            qname: qname.clone(),
            depth,
            outcome: reply.map_or("does not reply".to_owned(), |reply| in_words(&lead, &reply)),
        });
        lead
    }

    /// Queries as dig does: with EDNS over UDP, and over TCP after a truncated reply.
    fn reply(&self, server: SocketAddr, qname: &Name) -> Option<DnsPacket> {
        let mut query = DnsPacket::query(0, qname.clone(), RecordType::A);
        query.edns = Some(Edns {
            udp_size: 1_232,
            ..Edns::default()
        });
        let query = query.write().ok()?;
        let send = |via| DnsPacket::parse(&self.lab.answer(server, via, &query)?).ok();
        send(Via::Udp)
            .filter(|reply| !reply.header.tc)
            .or_else(|| send(Via::Tcp))
    }
}

fn lead(zone: &Name, reply: &DnsPacket) -> Lead {
    let ns = |record: &&Record| record.rtype() == RecordType::NS;
    let cut = reply
        .authorities
        .iter()
        .find(ns)
        .map(|record| &record.owner);
    match cut {
        _ if !matches!(reply.rcode(), Rcode::NOERROR | Rcode::NXDOMAIN) => Lead::Nowhere,
        Some(cut) if !reply.header.aa && reply.answers.is_empty() => {
            let is_deeper = cut != zone && cut.is_at_or_below(zone);
            if is_deeper {
                Lead::Down(cut.clone(), servers(reply))
            } else {
                Lead::Nowhere
            }
        }
        _ => Lead::End(reply.answers.clone()),
    }
}

/// Sorts servers: those with known addresses first.
fn servers(reply: &DnsPacket) -> Vec<Server> {
    let glue = |name: &Name| {
        let mut glue = reply
            .additionals
            .iter()
            .filter(|record| record.owner == *name);
        glue.find_map(address)
    };
    let server = |record: &Record| match &record.rdata {
        Rdata::Ns(name) => Some(Server {
            name: name.clone(),
            glue: glue(name),
        }),
        _ => None,
    };
    let mut servers: Vec<Server> = reply.authorities.iter().filter_map(server).collect();
    servers.sort_by_key(|server| server.glue.is_none());
    servers
}

fn address(record: &Record) -> Option<IpAddr> {
    match record.rdata {
        Rdata::A(address) => Some(address.into()),
        _ => None,
    }
}

fn in_words(lead: &Lead, reply: &DnsPacket) -> String {
    match (lead, reply.answers.last()) {
        (Lead::Down(zone, _), _) => format!("refers to {zone}"),
        (Lead::End(_), Some(last)) => format!("answers {} {}", last.rtype(), last.rdata),
        (Lead::End(_), None) => format!("answers {} and nothing else", reply.rcode()),
        (Lead::Nowhere, _) => format!("does not help: {}", reply.rcode()),
    }
}
