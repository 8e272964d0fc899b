//! Forward zones whose servers reply as the test says.

use std::net::{SocketAddr, UdpSocket};

use dnsparse::{DnsPacket, Rcode, Rdata, Record, RecordType};

use crate::configuration::ConfigFile;
use crate::local::{ask, check, line};
use crate::server::{SOON, Server, query, udp};

const A: RecordType = RecordType::A;

/// A forwarder, whose queries the test receives and answers.
struct Forwarder(UdpSocket);

impl Forwarder {
    fn start(ip: &str) -> Forwarder {
        let socket = UdpSocket::bind((ip, 0)).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        Forwarder(socket)
    }

    /// Returns settings with this forwarder for a zone.
    fn settings(&self) -> String {
        settings(&[self.0.local_addr().unwrap()])
    }

    /// Answers each query from now on, until the process ends. Returns its address.
    fn keep_answering(self, edit: impl Fn(&mut DnsPacket) + Send + 'static) -> SocketAddr {
        let address = self.0.local_addr().unwrap();
        self.0.set_read_timeout(None).unwrap();
        std::thread::spawn(move || {
            loop {
                self.send(self.receive(), &edit);
            }
        });
        address
    }

    /// Waits for a query.
    fn receive(&self) -> (DnsPacket, SocketAddr) {
        let mut octets = [0; 512];
        let (length, client) = self.0.recv_from(&mut octets).unwrap();
        (DnsPacket::parse(&octets[..length]).unwrap(), client)
    }

    fn send(
        &self,
        (mut query, client): (DnsPacket, SocketAddr),
        edit: impl FnOnce(&mut DnsPacket),
    ) {
        query.header.qr = true;
        query.header.ra = true;
        edit(&mut query);
        self.0.send_to(&query.write().unwrap(), client).unwrap();
    }
}

/// Returns settings with these forwarders for a zone.
fn settings(servers: &[SocketAddr]) -> String {
    let servers: Vec<String> = servers.iter().map(|it| format!("\"{it}\"")).collect();
    let servers = servers.join(", ");
    format!("no-dnssec = true\n[[forward]]\nzone = \"corp.example\"\nservers = [{servers}]\n")
}

/// Adds an A record.
fn with_address(address: [u8; 4]) -> impl Fn(&mut DnsPacket) {
    move |reply| {
        let owner = reply.question().unwrap().qname.clone();
        reply.answers = vec![Record::new(owner, 3_600, Rdata::A(address.into()))];
    }
}

/// The search that waits for the former forwarder ends after the reload, and its answer is that of its
/// own client alone.
#[test]
fn an_answer_of_a_former_forwarder_is_not_cached_after_a_reload() {
    let (former, latter) = (
        Forwarder::start("127.0.0.21"),
        Forwarder::start("127.0.0.22"),
    );
    let file = ConfigFile::new(&former.settings());
    let server = Server::start_outside(&["--config", file.path()]);
    let address = server.address;
    for (name, edit) in [
        (
            "a.corp.example",
            &with_address([192, 0, 2, 1]) as &dyn Fn(&mut DnsPacket),
        ),
        ("b.corp.example", &|reply| {
            reply.header.rcode = Rcode::REFUSED
        }),
    ] {
        file.write(&former.settings());
        server.reload();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        let octets = query(name, A, None).write().unwrap();
        socket.send_to(&octets, server.address).unwrap();
        let received = former.receive();
        file.write(&latter.settings());
        server.reload();
        former.send(received, edit);
        let mut reply = [0; 512];
        let length = socket.recv(&mut reply).unwrap();
        let first = line(&DnsPacket::parse(&reply[..length]).unwrap());
        let asked = std::thread::scope(|scope| {
            let asked = scope.spawn(move || line(&udp(address, &query(name, A, None)).0));
            latter.send(latter.receive(), with_address([192, 0, 2, 2]));
            asked.join().unwrap()
        });
        assert_eq!(asked, "NOERROR 192.0.2.2", "after the reply {first}");
    }
}

/// An empty reply without RA is that of a server that does not recurse, and no answer.
#[test]
fn a_forwarder_that_does_not_recurse_is_passed_over() {
    let lame = Forwarder::start("127.0.0.23").keep_answering(|reply| reply.header.ra = false);
    let other = Forwarder::start("127.0.0.24").keep_answering(with_address([192, 0, 2, 2]));
    let file = ConfigFile::new(&settings(&[lame, other]));
    let server = Server::start_outside(&["--config", file.path()]);
    // Each is queried first for some of the names.
    for number in 0..6 {
        let name = format!("n{number}.corp.example");
        check(&server, &[(&name, A, "NOERROR 192.0.2.2")]);
    }
    let file = ConfigFile::new(&settings(&[lame]));
    let server = Server::start_outside(&["--config", file.path()]);
    let got = ask(&server, "n.corp.example", A);
    assert!(
        got.starts_with("SERVFAIL [EDE 22: ")
            && got.contains("is lame: it sent neither an answer nor a referral"),
        "{got}"
    );
}

/// An SOA or AA shows that an answer is meant, also by a forwarder that clears RA.
#[test]
fn a_negative_answer_of_a_forwarder_is_one() {
    let edit = |reply: &mut DnsPacket| {
        // The spelling of queries is random.
        let labels = reply.question().unwrap().qname.to_string();
        let labels = labels.to_lowercase();
        if !labels.starts_with("ra.") {
            reply.header.ra = false;
        }
        reply.header.aa = labels.starts_with("aa.");
        if labels.starts_with("soa.") {
            let soa = "corp.example. 300 SOA ns mail 1 2 3 4 300";
            reply.authorities = vec![soa.parse().unwrap()];
        }
    };
    let address = Forwarder::start("127.0.0.25").keep_answering(edit);
    let file = ConfigFile::new(&settings(&[address]));
    let server = Server::start_outside(&["--config", file.path()]);
    for name in ["ra.corp.example", "aa.corp.example", "soa.corp.example"] {
        check(&server, &[(name, A, "NOERROR")]);
    }
}
