//! [`TestInternet`]: a root, two top-level domains and zones below them, some of them
//! misconfigured, on loopback sockets.
//!
//! The zones are in `test_internet.zones`, with placeholders ([`crate::filler`]), so that names and
//! addresses differ in each run. The replies of the name servers, and the correct answers, come
//! from the lab ([`lab`]), which uses lesson 4's zone lookup like the rest of the course. The
//! queries that each name server receives are logged here.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use dnsparse::{DnsPacket, Name, Rcode, RecordType};
use lab::{Lab, LabBuilder, Reaction, no_reply, replies};
use network::Via;
use tempfile::{NamedTempFile, TempPath};

use crate::filler::Filler;
use crate::name_server::{ReceivedQuery, TestNameServer};
use crate::outcome::{Message, StageError};
use crate::trial::{ADDRESSES, addresses};

const HINTS: &str = ". 3600000 NS a.<roots>.\na.<roots>. 3600000 A <@root>\n";

/// All zones, with placeholders.
const ZONES: &str = include_str!("test_internet.zones");

/// Returns origin and text of each zone, both with placeholders.
fn zones() -> impl Iterator<Item = (&'static str, &'static str)> {
    ZONES
        .split("\n$ORIGIN ")
        .skip(1)
        .filter_map(|zone| zone.split_once('\n'))
}

/// Zones, and the running name servers of these zones.
pub struct TestInternet {
    lab: Lab,
    servers: Vec<TestNameServer>,
    /// The values of the placeholders.
    filler: Filler,
    /// The port of all name servers.
    pub port: u16,
    /// The root hints: a file with the names and addresses of the root servers.
    pub hints: TempPath,
}

/// Returns the addresses of the name servers that misbehave, and their behaviour.
fn misbehaviours(filler: &mut Filler) -> Vec<(Ipv4Addr, Reaction)> {
    let forged = filler.fill("<victim>.<shop>.<tld>. 86400 IN A <4 forged>");
    let forges = replies().edited(move |reply| {
        if let Ok(forged) = forged.parse::<dnsparse::Record>() {
            reply.answers.push(forged.clone());
            reply.additionals.push(forged);
        }
    });
    let without_edns = replies().edited(|reply| {
        // RFC 6891 section 7: a server without EDNS answers FORMERR, without an OPT record.
        if reply.edns.take().is_some() {
            reply.header.rcode = Rcode::FORMERR;
            reply.answers.clear();
            reply.authorities.clear();
            reply.additionals.clear();
        }
    });
    // An old server: by RFC 2308 section 3 the SOA would have the lesser of its TTL and MINIMUM.
    let ignores_minimum = replies().edited(|reply| {
        let soas = reply.authorities.iter_mut();
        for soa in soas.filter(|record| record.rtype() == RecordType::SOA) {
            soa.ttl = 60;
        }
    });
    vec![
        (filler.server("passing"), ignores_minimum),
        (filler.server("silent"), no_reply()),
        (filler.server("gone"), no_reply()),
        (filler.server("lame"), replies().with_rcode(Rcode::REFUSED)),
        (filler.server("liar"), forges),
        (filler.server("plain"), without_edns),
    ]
}

impl TestInternet {
    /// Starts the zones of `test_internet.zones`, with more hosts in the zone `<crowd>.<other>.`, a
    /// line each.
    ///
    /// # Errors
    /// If this machine does not have the addresses.
    pub fn start(
        filler: &mut Filler,
        port: Option<u16>,
        crowd: &str,
    ) -> Result<TestInternet, StageError> {
        let mut lab = LabBuilder::new();
        for (origin, text) in zones() {
            let mut text = filler.fill(text);
            if origin.starts_with("<crowd>") {
                text.push_str(crowd);
            }
            lab = lab.zone(&filler.fill(origin), &format!("$TTL 3600\n{text}"));
        }
        for (address, behaviour) in misbehaviours(filler) {
            let address = address.to_string();
            lab = lab.misbehaves(&address, Via::Udp, behaviour.clone());
            lab = lab.misbehaves(&address, Via::Tcp, behaviour);
        }
        let short = filler.server("short").to_string();
        lab = lab.misbehaves(&short, Via::Udp, replies().truncated());
        let closed = filler.server("closed");
        TestInternet::with_zones(lab, filler, port, &[closed])
    }

    /// Starts the zones of this lab. The ports at the addresses in `closed` stay closed.
    ///
    /// # Errors
    /// If this machine does not have the addresses.
    pub fn with_zones(
        lab: LabBuilder,
        filler: &mut Filler,
        port: Option<u16>,
        closed: &[Ipv4Addr],
    ) -> Result<TestInternet, StageError> {
        let lab = lab
            .build()
            .map_err(|error| StageError::not_judged(format!("the judge's own zones: {error}")))?;
        let here: Vec<IpAddr> = lab
            .hosts()
            .iter()
            .map(|host| host.address.ip())
            .filter(|ip| !closed.iter().any(|closed| *ip == IpAddr::from(*closed)))
            .collect();
        let (port, servers) = serve_all(&lab, &here, port)?;
        let hints = write_hints(&filler.fill(HINTS)).map_err(|error| {
            StageError::not_judged(format!("the root hints cannot be written: {error}"))
        })?;
        Ok(TestInternet {
            lab,
            servers,
            filler: filler.fork(),
            port,
            hints,
        })
    }

    /// Returns the correct answer: that of a resolver without faults.
    pub fn correct_answer(&self, qname: &Name, qtype: RecordType) -> DnsPacket {
        let mut query = DnsPacket::query(0, qname.clone(), qtype);
        query.header.rd = true;
        let octets = query.write().unwrap_or_default();
        let reply = self.lab.answer(self.lab.resolver(), Via::Tcp, &octets);
        reply
            .and_then(|reply| DnsPacket::parse(&reply).ok())
            .unwrap_or_default()
    }

    /// Returns the number of queries that the name servers received for a name and a type; `None`
    /// stands for any.
    pub fn query_count(&self, qname: Option<&Name>, qtype: Option<RecordType>) -> usize {
        let matches =
            |query: &ReceivedQuery| qname.is_none_or(|qname| query.has_question(qname, qtype));
        self.servers
            .iter()
            .map(|server| {
                server
                    .log()
                    .iter()
                    .filter(|exchange| matches(&exchange.query))
                    .count()
            })
            .sum()
    }

    /// Returns the number of queries that one name server received: `shop` is the server at
    /// `<@shop>`.
    pub fn server_query_count(&mut self, label: &str) -> usize {
        let address = self.filler.server(label);
        let at = |server: &&TestNameServer| server.address.ip() == IpAddr::from(address);
        self.servers
            .iter()
            .find(at)
            .map_or(0, |server| server.log().len())
    }

    /// Returns the queries for a name, and the replies to them.
    pub fn messages_about(&self, qname: &Name) -> Vec<Message> {
        let mut messages = Vec::new();
        for server in &self.servers {
            for exchange in server.log() {
                if exchange.query.has_question(qname, None) {
                    messages.extend(exchange.messages(server.address));
                }
            }
        }
        messages
    }

    /// Returns all queries with the address of their name server, in the order of arrival.
    pub fn queries(&self) -> Vec<(SocketAddr, ReceivedQuery)> {
        let of = |server: &TestNameServer| {
            let address = server.address;
            server
                .log()
                .into_iter()
                .map(move |exchange| (address, exchange.query))
        };
        let mut queries: Vec<_> = self.servers.iter().flat_map(of).collect();
        queries.sort_by_key(|(_, query)| query.at);
        queries
    }
}

/// Starts a name server at each address, all at one port.
fn serve_all(
    lab: &Lab,
    here: &[IpAddr],
    port: Option<u16>,
) -> Result<(u16, Vec<TestNameServer>), StageError> {
    const ATTEMPTS: usize = 20;
    let mut problem = String::new();
    for _ in 0..ATTEMPTS {
        match try_to_serve(lab, here, port.unwrap_or(0)) {
            Ok(servers) => {
                let port = servers.first().map_or(0, |server| server.address.port());
                return Ok((port, servers));
            }
            Err((address, error)) if error.kind() == io::ErrorKind::AddrNotAvailable => {
                return Err(StageError::not_judged(how_to_add(address)));
            }
            Err((address, error)) => {
                problem = format!("the judge cannot listen on {address}: {error}")
            }
        }
        if port.is_some() {
            break;
        }
    }
    Err(StageError::not_judged(problem))
}

fn try_to_serve(
    lab: &Lab,
    here: &[IpAddr],
    mut port: u16,
) -> Result<Vec<TestNameServer>, (SocketAddr, io::Error)> {
    let mut servers = Vec::new();
    for ip in here {
        let address = SocketAddr::new(*ip, port);
        let (lab, host) = (lab.clone(), SocketAddr::new(*ip, lab.resolver().port()));
        let responder = move |query: &ReceivedQuery| -> Vec<Vec<u8>> {
            lab.answer(host, query.via, &query.octets)
                .into_iter()
                .collect()
        };
        let server = TestNameServer::start(address, Arc::new(responder))
            .map_err(|error| (address, error))?;
        port = server.address.port();
        servers.push(server);
    }
    Ok(servers)
}

/// Explains how to add the addresses, on systems that have 127.0.0.1 alone, such as macOS.
fn how_to_add(missing: SocketAddr) -> String {
    let first = addresses().next().unwrap_or(Ipv4Addr::LOCALHOST);
    let [a, b, c, _] = first.octets();
    format!(
        "this machine does not have the address {}. Add the addresses of the judge's name \
         servers to its loopback interface (they stay until the next restart), and try again:\n\nfor n in $(seq 1 {ADDRESSES}); do sudo ifconfig lo0 alias {a}.{b}.{c}.$n; done\n",
        missing.ip()
    )
}

fn write_hints(text: &str) -> io::Result<TempPath> {
    let mut file = NamedTempFile::with_suffix(".root")?;
    file.write_all(text.as_bytes())?;
    Ok(file.into_temp_path())
}
