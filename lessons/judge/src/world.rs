//! [`World`]: a root, two top-level domains and some zones below them, on loopback sockets, with nothing wrong about most of them.
//!
//! The zones are in `world.zones`, text with gaps ([`crate::filler`]), so that names and addresses are different in every run. What the
//! servers say, and what the right answer to a question is, comes from the lab ([`lab`]): it looks names up with lesson 4's
//! lookup, the same that everything else in this course stands on. What each server was asked is counted here.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use lab::{Lab, Reaction, says, silence};
use network::Via;
use tempfile::{NamedTempFile, TempPath};

use crate::filler::Filler;
use crate::listen::{Heard, Listening};
use crate::outcome::{Message, Stop};
use crate::trial::{ADDRESSES, addresses};

const HINTS: &str = ". 3600000 NS a.<roots>.\na.<roots>. 3600000 A <@root>\n";

/// Which zone lies where, and what is peculiar about its servers.
const ZONES: &str = include_str!("world.zones");

/// Origin and text of each zone, both with gaps.
fn zones() -> impl Iterator<Item = (&'static str, &'static str)> {
    ZONES
        .split("\n$ORIGIN ")
        .skip(1)
        .filter_map(|zone| zone.split_once('\n'))
}

/// The world, answering.
pub struct World {
    lab: Lab,
    servers: Vec<Listening>,
    /// What the gaps were filled with, as names.
    filler: Filler,
    /// The port of all servers.
    pub port: u16,
    /// The file that names the root servers.
    pub hints: TempPath,
}

/// Who misbehaves, by the gap of its address, and how.
fn habits(filler: &mut Filler) -> Vec<(Ipv4Addr, Reaction)> {
    let lie = filler.fill("<victim>.<shop>.<tld>. 86400 IN A <4 lie>");
    let lies = says().edited(move |reply| {
        if let Ok(lie) = lie.parse::<dnsparse::Record>() {
            reply.answers.push(lie.clone());
            reply.additionals.push(lie);
        }
    });
    let knows_no_edns = says().edited(|reply| {
        // RFC 6891 section 7: such a server says FORMERR, without an OPT record of its own.
        if reply.edns.take().is_some() {
            reply.header.rcode = Rcode::FORMERR;
            reply.answers.clear();
            reply.authorities.clear();
            reply.additionals.clear();
        }
    });
    // An old server: RFC 2308 section 3 would have it send the SOA with the lesser of the two.
    let knows_no_minimum = says().edited(|reply| {
        let soas = reply.authorities.iter_mut();
        for soa in soas.filter(|record| record.rtype() == RecordType::SOA) {
            soa.ttl = 60;
        }
    });
    vec![
        (filler.server("passing"), knows_no_minimum),
        (filler.server("silent"), silence()),
        (filler.server("gone"), silence()),
        (filler.server("lame"), says().with_rcode(Rcode::REFUSED)),
        (filler.server("liar"), lies),
        (filler.server("plain"), knows_no_edns),
    ]
}

impl World {
    /// The world of `world.zones`, with some more hosts in the zone `<crowd>.<other>.`: names and addresses, a line each.
    ///
    /// # Errors
    /// If this machine does not have the addresses.
    pub fn start(filler: &mut Filler, port: Option<u16>, crowd: &str) -> Result<World, Stop> {
        let mut world = lab::LabBuilder::new();
        for (origin, text) in zones() {
            let mut text = filler.fill(text);
            if origin.starts_with("<crowd>") {
                text.push_str(crowd);
            }
            world = world.zone(&filler.fill(origin), &format!("$TTL 3600\n{text}"));
        }
        for (address, habit) in habits(filler) {
            let address = address.to_string();
            world = world.behaves(&address, Via::Udp, habit.clone());
            world = world.behaves(&address, Via::Tcp, habit);
        }
        let short = filler.server("short").to_string();
        world = world.behaves(&short, Via::Udp, says().truncated());
        let closed = filler.server("closed");
        World::over(world, filler, port, &[closed])
    }

    /// A world of these zones; nobody listens at the addresses of `closed`.
    ///
    /// # Errors
    /// If this machine does not have the addresses.
    pub fn over(
        world: lab::LabBuilder,
        filler: &mut Filler,
        port: Option<u16>,
        closed: &[Ipv4Addr],
    ) -> Result<World, Stop> {
        let lab = world
            .build()
            .map_err(|error| Stop::unjudged(format!("the judge's own world: {error}")))?;
        let here: Vec<IpAddr> = lab
            .hosts()
            .iter()
            .map(|host| host.address.ip())
            .filter(|ip| !closed.iter().any(|closed| *ip == IpAddr::from(*closed)))
            .collect();
        let (port, servers) = serve_all(&lab, &here, port)?;
        let hints = write_hints(&filler.fill(HINTS)).map_err(|error| {
            Stop::unjudged(format!("the file of hints cannot be written: {error}"))
        })?;
        Ok(World {
            lab,
            servers,
            filler: filler.fork(),
            port,
            hints,
        })
    }

    /// The right answer: what a resolver finds that makes no mistake.
    pub fn truth(&self, qname: &Name, qtype: RecordType) -> DnsPacket {
        let mut query = DnsPacket::query(0, qname.clone(), qtype);
        query.header.rd = true;
        let octets = query.write().unwrap_or_default();
        let reply = self.lab.answer(self.lab.resolver(), Via::Tcp, &octets);
        reply
            .and_then(|reply| DnsPacket::parse(&reply).ok())
            .unwrap_or_default()
    }

    /// How often the servers were asked about a name, whatever the type; `None`: about whatever it may be.
    pub fn times_asked(&self, qname: Option<&Name>, qtype: Option<RecordType>) -> usize {
        let about = |heard: &Heard| qname.is_none_or(|qname| heard.asks(qname, qtype));
        self.servers
            .iter()
            .map(|server| {
                server
                    .log()
                    .iter()
                    .filter(|exchange| about(&exchange.heard))
                    .count()
            })
            .sum()
    }

    /// How often the server of a gap was asked.
    pub fn times_server_asked(&mut self, gap: &str) -> usize {
        let address = self.filler.server(gap);
        let at = |server: &&Listening| server.address.ip() == IpAddr::from(address);
        self.servers
            .iter()
            .find(at)
            .map_or(0, |server| server.log().len())
    }

    /// The messages that asked about a name, and what was said to them.
    pub fn messages_about(&self, qname: &Name) -> Vec<Message> {
        let mut messages = Vec::new();
        for server in &self.servers {
            for exchange in server.log() {
                if exchange.heard.asks(qname, None) {
                    messages.extend(exchange.messages(server.address));
                }
            }
        }
        messages
    }

    /// All that the servers heard, in the order in which it came.
    pub fn heard(&self) -> Vec<(SocketAddr, Heard)> {
        let of = |server: &Listening| {
            let address = server.address;
            server
                .log()
                .into_iter()
                .map(move |exchange| (address, exchange.heard))
        };
        let mut heard: Vec<_> = self.servers.iter().flat_map(of).collect();
        heard.sort_by_key(|(_, heard)| heard.at);
        heard
    }
}

/// A server at each address, all at one port.
fn serve_all(lab: &Lab, here: &[IpAddr], port: Option<u16>) -> Result<(u16, Vec<Listening>), Stop> {
    const TRIES: usize = 20;
    let mut problem = String::new();
    for _ in 0..TRIES {
        match try_to_serve(lab, here, port.unwrap_or(0)) {
            Ok(servers) => {
                let port = servers.first().map_or(0, |server| server.address.port());
                return Ok((port, servers));
            }
            Err((address, error)) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                return Err(Stop::unjudged(how_to_add(address)));
            }
            Err((address, error)) => {
                problem = format!("the judge cannot listen on {address}: {error}")
            }
        }
        if port.is_some() {
            break;
        }
    }
    Err(Stop::unjudged(problem))
}

fn try_to_serve(
    lab: &Lab,
    here: &[IpAddr],
    mut port: u16,
) -> Result<Vec<Listening>, (SocketAddr, io::Error)> {
    let mut servers = Vec::new();
    for ip in here {
        let address = SocketAddr::new(*ip, port);
        let (lab, host) = (lab.clone(), SocketAddr::new(*ip, lab.resolver().port()));
        let answer = move |heard: &Heard| -> Vec<Vec<u8>> {
            lab.answer(host, heard.via, &heard.octets)
                .into_iter()
                .collect()
        };
        let server =
            Listening::start(address, Arc::new(answer)).map_err(|error| (address, error))?;
        port = server.address.port();
        servers.push(server);
    }
    Ok(servers)
}

/// For systems that have only 127.0.0.1, such as macOS.
fn how_to_add(missing: SocketAddr) -> String {
    let first = addresses().next().unwrap_or(Ipv4Addr::LOCALHOST);
    let [a, b, c, _] = first.octets();
    format!(
        "this machine does not have the address {}. Give its loopback interface the addresses that the judge's servers need, until \
         the next restart, and try again:\n\nfor n in $(seq 1 {ADDRESSES}); do sudo ifconfig lo0 alias {a}.{b}.{c}.$n; done\n",
        missing.ip()
    )
}

fn write_hints(text: &str) -> io::Result<TempPath> {
    let mut file = NamedTempFile::with_suffix(".root")?;
    file.write_all(text.as_bytes())?;
    Ok(file.into_temp_path())
}
