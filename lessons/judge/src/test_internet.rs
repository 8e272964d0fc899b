//! [`TestInternet`]: a root, two top-level domains and zones below them, some of them
//! misconfigured, on loopback sockets.
//!
//! The zones are in `test_internet.zones`, with placeholders ([`crate::filler`]), so that names and
//! addresses differ in each run; those for a server that validates are in `validation.zones`. The replies of the name servers, and the correct answers, come
//! from the lab ([`lab`]), which uses lesson 4's zone lookup like the rest of the course. The
//! queries that each name server receives are logged here.

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use dnsparse::{DnsPacket, Name, Rcode, Record, RecordType};
use lab::{Host, Lab, LabBuilder, Reaction, no_reply, replies};
use network::Via;
use tempfile::{NamedTempFile, TempPath};

use crate::exchange::{ReceivedQuery, Reply};
use crate::filler::Filler;
use crate::forgery::{Forgery, Plan};
use crate::name_server::TestNameServer;
use crate::outcome::{Message, Peer, Side, StageError};
use crate::trial::{ADDRESSES, addresses};

const HINTS: &str = ". 3600000 NS a.<roots>.\na.<roots>. 3600000 A <@root>\n";
const SIGNED_HINTS: &str = ". 3600000 NS a.hosts.\na.hosts. 3600000 A <@root>\n";

/// All zones, with placeholders.
const ZONES: &str = include_str!("test_internet.zones");

/// The signed zones, with placeholders, and the records that signing adds to them.
const VALIDATION: &str = include_str!("validation.zones");
const SIGNED: &str = include_str!("validation.signed");
/// The DS record of the key of the signed root.
const ANCHOR: &str = include_str!("validation.anchor");

/// Returns origin and text of each zone of a file, both with placeholders.
fn zones(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.split("\n$ORIGIN ")
        .skip(1)
        .filter_map(|zone| zone.split_once('\n'))
}

type Plans = Arc<Mutex<Vec<Plan>>>;

/// Zones, and the running name servers of these zones.
pub struct TestInternet {
    lab: Lab,
    servers: Vec<TestNameServer>,
    /// The forged replies that are yet to be sent.
    plans: Plans,
    /// The values of the placeholders.
    filler: Filler,
    /// The port of all name servers.
    pub port: u16,
    /// The root hints: a file with the names and addresses of the root servers.
    pub hints: TempPath,
    /// The trust anchor: a file with the DS record of the root's key; none if the root is not signed.
    pub anchor: Option<TempPath>,
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

/// Returns the behaviour of a server that an attacker stands before: its referrals and its answers for
/// DS records have neither the DS record of a child zone nor the proof that there is none.
fn without_ds() -> Reaction {
    replies().edited(|reply| {
        let is_for_ds = reply
            .question()
            .is_some_and(|question| question.qtype == RecordType::DS);
        if is_for_ds {
            reply.answers.clear();
        }
        if reply.answers.is_empty() {
            let is_plain = |record: &Record| {
                let types = [RecordType::DS, RecordType::NSEC, RecordType::RRSIG];
                !types.contains(&record.rtype())
            };
            reply.authorities.retain(is_plain);
        }
    })
}

/// Returns the behaviour of a server that does not reply to queries for keys.
fn without_keys() -> Reaction {
    replies().only_to(|query| {
        let question = query.question();
        question.is_none_or(|question| question.qtype != RecordType::DNSKEY)
    })
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
        for (origin, text) in zones(ZONES) {
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

    /// Starts the signed zones of `validation.zones`.
    ///
    /// # Errors
    /// If this machine does not have the addresses.
    pub fn start_signed(
        filler: &mut Filler,
        port: Option<u16>,
    ) -> Result<TestInternet, StageError> {
        let mut lab = LabBuilder::new();
        for (origin, text) in zones(VALIDATION) {
            lab = lab.zone(origin, &format!("$TTL 3600\n{}", filler.fill(text)));
        }
        lab = lab.sign(SIGNED);
        for (label, reaction) in [("thief", without_ds()), ("mute", without_keys())] {
            let address = filler.server(label).to_string();
            lab = lab.misbehaves(&address, Via::Udp, reaction.clone());
            lab = lab.misbehaves(&address, Via::Tcp, reaction);
        }
        let hints = filler.fill(SIGNED_HINTS);
        let mut internet = TestInternet::with_hints(lab, filler, port, &[], &hints)?;
        internet.anchor = Some(temporary_file(ANCHOR, ".anchor")?);
        Ok(internet)
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
        let hints = filler.fill(HINTS);
        TestInternet::with_hints(lab, filler, port, closed, &hints)
    }

    fn with_hints(
        lab: LabBuilder,
        filler: &mut Filler,
        port: Option<u16>,
        closed: &[Ipv4Addr],
        hints: &str,
    ) -> Result<TestInternet, StageError> {
        let lab = lab
            .build()
            .map_err(|error| StageError::not_judged(format!("the judge's own zones: {error}")))?;
        let mut here = lab.hosts();
        here.retain(|host| {
            !closed
                .iter()
                .any(|it| host.address.ip() == IpAddr::from(*it))
        });
        let plans = Plans::default();
        let (port, servers) = serve_all(&lab, &here, port, &plans)?;
        Ok(TestInternet {
            lab,
            servers,
            plans,
            filler: filler.fork(),
            port,
            hints: temporary_file(hints, ".root")?,
            anchor: None,
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

    /// Returns the queries that one name server received: `shop` is the server at `<@shop>`.
    pub fn server_queries(&mut self, label: &str) -> Vec<ReceivedQuery> {
        let address = self.filler.server(label);
        let at = |server: &&TestNameServer| server.address.ip() == IpAddr::from(address);
        let log = self.servers.iter().find(at).map(TestNameServer::log);
        let exchanges = log.into_iter().flatten();
        exchanges.map(|exchange| exchange.query).collect()
    }

    /// Returns the queries that are kept, and the replies to them.
    pub fn messages(&self, keep: impl Fn(&ReceivedQuery) -> bool) -> Vec<Message> {
        let servers = self.servers.iter();
        servers.flat_map(|server| server.messages(&keep)).collect()
    }

    /// Returns a query for this name that the program should have sent to a name server by now.
    /// `label` is as for [`TestInternet::server_queries`].
    pub fn missing_query(&mut self, label: &str, via: Via, note: &str) -> Message {
        let address = self.filler.server(label);
        let at = |server: &&TestNameServer| server.address.ip() == IpAddr::from(address);
        let server = self.servers.iter().find(at);
        Message {
            at: Instant::now(),
            from: Side::Program,
            peer: Peer::NameServer(server.map_or(String::new(), |server| server.zones.clone())),
            server: SocketAddr::new(address.into(), self.port),
            via,
            octets: None,
            note: note.to_owned(),
            is_wrong: true,
        }
    }

    /// Returns all queries, in the order of arrival.
    pub fn queries(&self) -> Vec<ReceivedQuery> {
        let log = self.servers.iter().flat_map(TestNameServer::log);
        let mut queries: Vec<_> = log.map(|exchange| exchange.query).collect();
        queries.sort_by_key(|query| query.at);
        queries
    }

    /// Sends a forged reply, with this address, before the next reply over UDP that has an address
    /// of `qname`. `label` names the server of the zone.
    ///
    /// # Errors
    /// If this machine has no socket for it.
    pub fn forge(
        &mut self,
        qname: &Name,
        other: &Name,
        (forgery, address): (Forgery, Ipv4Addr),
        label: &str,
    ) -> Result<(), StageError> {
        let source = match forgery {
            Forgery::Address => Some((self.filler.server("forger"), self.port)),
            Forgery::Port => Some((self.filler.server(label), 0)),
            _ => None,
        };
        let bind = |source| {
            let socket = UdpSocket::bind(source);
            socket.map(Arc::new).map_err(|error| {
                StageError::not_judged(format!("the judge cannot forge from {source:?}: {error}"))
            })
        };
        let plan = Plan {
            qname: qname.clone(),
            forgery,
            address,
            other: other.clone(),
            socket: source.map(bind).transpose()?,
        };
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.push(plan);
        Ok(())
    }
}

/// Starts a name server for each host, all at one port.
fn serve_all(
    lab: &Lab,
    here: &[Host],
    port: Option<u16>,
    plans: &Plans,
) -> Result<(u16, Vec<TestNameServer>), StageError> {
    const ATTEMPTS: usize = 20;
    let mut problem = String::new();
    for _ in 0..ATTEMPTS {
        match try_to_serve(lab, here, port.unwrap_or(0), plans) {
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
    here: &[Host],
    mut port: u16,
    plans: &Plans,
) -> Result<Vec<TestNameServer>, (SocketAddr, io::Error)> {
    let mut servers = Vec::new();
    for host in here {
        let address = SocketAddr::new(host.address.ip(), port);
        let zones: Vec<String> = host.zones.iter().map(Name::to_string).collect();
        let responder = responder(lab.clone(), host.address, Arc::clone(plans));
        let server = TestNameServer::start(address, zones.join(", "), Arc::new(responder))
            .map_err(|error| (address, error))?;
        port = server.address.port();
        servers.push(server);
    }
    Ok(servers)
}

/// Returns the replies of a host: from its zones, and a forged one before it, where it is planned.
fn responder(
    lab: Lab,
    host: SocketAddr,
    plans: Plans,
) -> impl Fn(&ReceivedQuery) -> Vec<Reply> + Send + Sync {
    move |query: &ReceivedQuery| {
        let Some(genuine) = lab.answer(host, query.via, &query.octets) else {
            return Vec::new();
        };
        let mut replies = vec![Reply::genuine(genuine.clone())];
        let mut plans = plans.lock().unwrap_or_else(PoisonError::into_inner);
        let forged = |(index, plan): (usize, &Plan)| Some((index, plan.forge(&genuine)?));
        let planned = plans.iter().enumerate().find_map(forged);
        if let (Via::Udp, Some((index, forged))) = (query.via, planned) {
            replies.insert(0, forged);
            plans.remove(index);
        }
        replies
    }
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

/// Writes a file for the program, which is removed in the end.
fn temporary_file(text: &str, suffix: &str) -> Result<TempPath, StageError> {
    let write = || -> io::Result<TempPath> {
        let mut file = NamedTempFile::with_suffix(suffix)?;
        file.write_all(text.as_bytes())?;
        Ok(file.into_temp_path())
    };
    write().map_err(|error| {
        StageError::not_judged(format!("a temporary file cannot be written: {error}"))
    })
}
