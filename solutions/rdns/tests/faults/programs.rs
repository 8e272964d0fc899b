//! `rdns`, unbound and pdns_recursor as processes, in a network namespace in which the lab's
//! servers listen at their own addresses, port 53.
//!
//! No server listens at any other address, and no error comes back from there: a query to a dead
//! server times out, as on the Internet.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, Name, RecordType};
use lab::{Lab, Sockets};
use real_servers::{
    RunningServer, ServerFolder, command, free_address, pdns_recursor_with, unbound_with,
};

use crate::{name, summary};

/// The time after which a stub resolver sends its query again, or gives up.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(5);

/// A resolver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Rdns,
    Unbound,
    PdnsRecursor,
}

impl Program {
    /// Returns the name, and the first two numbers of the installed version: `unbound 1.17`. The
    /// third changes with bug fixes, which change no answer.
    pub(crate) fn with_version(self) -> String {
        let (program, option) = match self {
            Program::Rdns => return "rdns".to_owned(),
            Program::Unbound => ("unbound", "-V"),
            Program::PdnsRecursor => ("pdns_recursor", "--version"),
        };
        let output = command(program).arg(option).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text);
        let version = text.split_whitespace().find_map(|word| {
            let (major, rest) = word.split_once('.')?;
            let minor = rest.split('.').next()?;
            let numbers = [major, minor].map(|it| it.parse::<u16>().ok());
            numbers
                .iter()
                .all(Option::is_some)
                .then_some([major, minor].join("."))
        });
        format!("{program} {}", version.unwrap_or_default())
    }

    /// Starts the resolver with empty caches at a free port of 127.0.0.1.
    pub(crate) fn start(self, hints: &str) -> RunningServer {
        let address = free_address();
        match self {
            Program::Rdns => rdns(address, hints),
            // Unbound answers test. by itself: it is a special-use name (RFC 6761 section 6.2).
            Program::Unbound => unbound_with(address, hints, "local-zone: \"test.\" nodefault"),
            Program::PdnsRecursor => {
                pdns_recursor_with(address, hints, "query-local-address=0.0.0.0, ::")
            }
        }
    }
}

fn rdns(address: SocketAddr, hints: &str) -> RunningServer {
    let folder = ServerFolder::new();
    let hints = folder.write("root.hints", hints);
    let arguments = [
        format!("--listen={address}"),
        format!("--root-hints={}", hints.display()),
    ];
    folder
        .start(env!("CARGO_BIN_EXE_rdns"), arguments, address)
        .wait_until_ready(".")
}

/// Returns the addresses that a namespace needs for a lab.
pub(crate) fn addresses(lab: &Lab) -> Vec<IpAddr> {
    lab.hosts().iter().map(|host| host.address.ip()).collect()
}

/// Returns the root hints of a lab, as a zone file.
pub(crate) fn hints(lab: &Lab) -> String {
    let mut text = String::new();
    for (server, addresses) in lab.root_hints() {
        text += &format!(". 3600000 NS {server}\n");
        for address in addresses {
            let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
            text += &format!("{server} 3600000 {rtype} {address}\n");
        }
    }
    text
}

/// The names in the queries that the lab's servers received.
#[derive(Debug, Clone, Default)]
pub(crate) struct QueryLog(Arc<Mutex<Vec<Name>>>);

impl QueryLog {
    pub(crate) fn names(&self) -> Vec<Name> {
        self.0.lock().unwrap().clone()
    }

    fn add(&self, query: &[u8]) {
        let query = DnsPacket::parse(query);
        let qname = query.ok().and_then(|it| Some(it.question()?.qname.clone()));
        self.0.lock().unwrap().extend(qname);
    }
}

/// Serves a lab until the process ends, and routes all other addresses to nowhere.
pub(crate) fn serve(lab: &Lab) -> QueryLog {
    for family in ["-4", "-6"] {
        let route = ["route", "replace", "default", "dev", "lo"];
        let status = Command::new("ip").arg(family).args(route).status();
        assert!(status.unwrap().success(), "no default route can be added");
    }
    let log = QueryLog::default();
    let (lab, log_of_servers) = (lab.clone(), log.clone());
    let (ready, is_ready) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(async {
            let mut sockets = Sockets::new();
            for host in lab.hosts() {
                let bound = sockets.bind(host.address, host.address).await;
                bound.unwrap_or_else(|error| panic!("{}: {error}", host.address));
            }
            ready.send(()).unwrap();
            let log = move |_, _, query: &[u8]| log_of_servers.add(query);
            sockets.serve(&lab, log).await;
        });
    });
    is_ready.recv().unwrap();
    log
}

/// Sends a query over UDP. Returns RCODE and RDATA of the reply; none if there is none in time.
pub(crate) fn resolve(server: SocketAddr, qname: &str, qtype: RecordType) -> Option<String> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(CLIENT_TIMEOUT)).unwrap();
    let mut query = DnsPacket::query(0x4242, name(qname), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    socket.send(&query.write().unwrap()).unwrap();
    let mut buffer = [0; 4_096];
    let length = socket.recv(&mut buffer).ok()?;
    let reply = DnsPacket::parse(&buffer[..length]).unwrap();
    Some(summary(reply.rcode(), &reply.answers))
}
