//! [`World`]: a root, two top-level domains and some zones below them, on loopback sockets, with nothing wrong about most of them.
//!
//! The zones stand below as text with gaps ([`crate::filler`]), so that names and addresses are different in every run. What the
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

/// A zone: its origin and its records, both with gaps.
pub type ZoneText<'t> = (&'t str, &'t str);

const HINTS: &str = ". 3600000 NS a.<roots>.\na.<roots>. 3600000 A <@root>\n";

/// Which zone lies where, and what is peculiar about its servers.
pub const ZONES: [ZoneText<'static>; 17] = [
    (
        ".",
        "
@             SOA a.<roots>. host.<roots>. <n root> 1800 900 604800 3600
@             NS  a.<roots>.
a.<roots>.    A   <@root>
<tld>.        NS  ns.<tld>.
ns.<tld>.     A   <@tld>
<other>.      NS  ns.<other>.
ns.<other>.   A   <@other>
",
    ),
    (
        "<tld>.",
        "
@             SOA ns host <n tld> 1800 900 604800 3600
@             NS  ns
ns            A   <@tld>
<shop>        NS  ns.<shop>
ns.<shop>     A   <@shop>
; Its servers are hosts of another zone: no address can be told here.
<bank>        NS  ns1.<farm>.<other>.
; And this one's server is a host of that one: two walks within a walk.
<vault>       NS  keeper.<bank>
; Two servers, of which one is not there, or does not care.
<closed>      NS  dead.<closed>
<closed>      NS  ns.<closed>
dead.<closed> A   <@closed>
ns.<closed>   A   <@good>
<silent>      NS  dead.<silent>
<silent>      NS  ns.<silent>
dead.<silent> A   <@silent>
ns.<silent>   A   <@good>
<lame>        NS  dead.<lame>
<lame>        NS  ns.<lame>
dead.<lame>   A   <@lame>
ns.<lame>     A   <@good>
<passing>     NS  ns.<passing>
ns.<passing>  A   <@passing>
; No server that answers.
<gone>        NS  ns.<gone>
ns.<gone>     A   <@gone>
",
    ),
    (
        "<other>.",
        "
@             SOA ns host <n other> 1800 900 604800 3600
@             NS  ns
ns            A   <@other>
<farm>        NS  ns1.<farm>
ns1.<farm>    A   <@farm>
<liar>        NS  ns.<liar>
ns.<liar>     A   <@liar>
<short>       NS  ns.<short>
ns.<short>    A   <@short>
<plain>       NS  ns.<plain>
ns.<plain>    A   <@plain>
<crowd>       NS  ns1.<farm>
",
    ),
    (
        "<shop>.<tld>.",
        "
@             SOA ns host <n shop> 7200 3600 1209600 300
@             NS  ns
@             MX  10 <mail>
@             MX  20 <mail>.<farm>.<other>.
@             TXT \"v=<word>\" \"and \\\"<quoted>\\\"\"
ns            A   <@shop>
<deep>        NS  ns
<www>         A   <4 www>
<www>         A   <4 www too>
<www>         AAAA <6 www>
<second>      A   <4 second>
<third>       A   <4 third>
<victim>      A   <4 victim>
<mail>        AAAA <6 mail>
<brief>    2  A   <4 brief>
<fleeting> 0  A   <4 fleeting>
*.<wild>      A   <4 wild>
leaf.<twig>   A   <4 leaf>
<odd>         TYPE65280 \\# 4 01020304
_sip._udp     SRV 10 60 5060 <www>
<near>        CNAME <www>
<far>         CNAME <cow>.<farm>.<other>.
<lost>        CNAME <nothing>.<farm>.<other>.
<mute>        CNAME <cow>.<farm>.<other>.
<one>         CNAME <two>.<farm>.<other>.
<three>       CNAME <four>.<farm>.<other>.
<loop>        CNAME <pool>.<farm>.<other>.
<moved>       DNAME <farm>.<other>.
<long>        TXT <x 1> <x 2>
<long>        TXT <x 3>
",
    ),
    (
        "<farm>.<other>.",
        "
@             SOA ns1 host <n farm> 7200 3600 1209600 300
@             NS  ns1
ns1           A   <@farm>
<cow>         A   <4 cow>
<mail>        A   <4 farm mail>
<two>         CNAME <three>.<shop>.<tld>.
<four>        CNAME <www>.<shop>.<tld>.
<pool>        CNAME <loop>.<shop>.<tld>.
",
    ),
    (
        "<bank>.<tld>.",
        "
@             SOA ns1.<farm>.<other>. host <n bank> 7200 3600 1209600 300
@             NS  ns1.<farm>.<other>.
<www>         A   <4 bank>
keeper        A   <@keeper>
",
    ),
    (
        "<vault>.<tld>.",
        "
@             SOA keeper.<bank>.<tld>. host <n vault> 7200 3600 1209600 300
@             NS  keeper.<bank>.<tld>.
<www>         A   <4 vault>
",
    ),
    (
        "<closed>.<tld>.",
        "
@             SOA ns host <n closed> 7200 3600 1209600 300
@             NS  ns
@             NS  dead
ns            A   <@good>
dead          A   <@closed>
*             A   <4 closed>
",
    ),
    (
        "<silent>.<tld>.",
        "
@             SOA ns host <n silent> 7200 3600 1209600 300
@             NS  ns
@             NS  dead
ns            A   <@good>
dead          A   <@silent>
*             A   <4 silent>
",
    ),
    (
        "<lame>.<tld>.",
        "
@             SOA ns host <n lame> 7200 3600 1209600 300
@             NS  ns
@             NS  dead
ns            A   <@good>
dead          A   <@lame>
*             A   <4 lame>
",
    ),
    (
        "<gone>.<tld>.",
        "
@             SOA ns host <n gone> 7200 3600 1209600 300
@             NS  ns
ns            A   <@gone>
",
    ),
    // The minimum is 2: for so long "there is no such thing" may be repeated.
    (
        "<passing>.<tld>.",
        "
@       60    SOA ns host <n passing> 7200 3600 1209600 2
@             NS  ns
ns            A   <@passing>
<www>         A   <4 passing>
",
    ),
    (
        "<liar>.<other>.",
        "
@             SOA ns host <n liar> 7200 3600 1209600 300
@             NS  ns
ns            A   <@liar>
<www>         A   <4 liar>
",
    ),
    (
        "<short>.<other>.",
        "
@             SOA ns host <n short> 7200 3600 1209600 300
@             NS  ns
ns            A   <@short>
<www>         A   <4 short>
",
    ),
    (
        "<plain>.<other>.",
        "
@             SOA ns host <n plain> 7200 3600 1209600 300
@             NS  ns
ns            A   <@plain>
<www>         A   <4 plain>
",
    ),
    (
        "<crowd>.<other>.",
        "
@             SOA ns1.<farm> host <n crowd> 7200 3600 1209600 300
@             NS  ns1.<farm>.<other>.
",
    ),
    (
        "<deep>.<shop>.<tld>.",
        "
@             SOA ns.<shop>.<tld>. host <n deep> 7200 3600 1209600 300
@             NS  ns.<shop>.<tld>.
<www>         A   <4 deep>
",
    ),
];

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
    /// The world of [`ZONES`], with some more hosts in the zone `<crowd>.<other>.`: names and addresses, a line each.
    ///
    /// # Errors
    /// If this machine does not have the addresses.
    pub fn start(filler: &mut Filler, port: Option<u16>, crowd: &str) -> Result<World, Stop> {
        let mut world = lab::World::new();
        for (origin, text) in ZONES {
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
        world: lab::World,
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
