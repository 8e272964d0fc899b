//! [`Relay`]: stands in front of a real name server, logs its queries, and can misbehave in its
//! place.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use dnsparse::DnsPacket;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The time that the real server may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// One thing that a relay does about a query.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Sends the real server's reply.
    Forward,
    /// The same, over UDP with some octets changed by a generator with this seed.
    ForwardMangled(u64),
    /// Sends this message.
    Send(Vec<u8>),
    /// Sends this message from another address or port.
    SendFrom(SocketAddr, Vec<u8>),
    /// Waits.
    Wait(Duration),
}

/// A query as a relay receives it.
#[derive(Debug)]
pub(crate) struct RelayedQuery<'q> {
    pub(crate) octets: &'q [u8],
    pub(crate) has_edns: bool,
    pub(crate) over_tcp: bool,
}

/// Decides what a relay does, one action after another.
type Behaviour = dyn Fn(&RelayedQuery<'_>) -> Vec<Action> + Send + Sync;

/// A running relay. Its threads end with the process.
#[derive(Clone)]
pub(crate) struct Relay {
    server: SocketAddr,
    behaviour: Arc<Behaviour>,
    queries: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Listens at an address, over UDP and TCP, in front of a real server.
    pub(crate) fn start(
        address: SocketAddr,
        server: SocketAddr,
        behaviour: impl Fn(&RelayedQuery<'_>) -> Vec<Action> + Send + Sync + 'static,
    ) -> Relay {
        let relay = Relay {
            server,
            behaviour: Arc::new(behaviour),
            queries: Arc::default(),
        };
        let udp = Arc::new(UdpSocket::bind(address).unwrap());
        let tcp = TcpListener::bind(address).unwrap();
        let (for_udp, for_tcp) = (relay.clone(), relay.clone());
        thread::spawn(move || for_udp.serve_udp(&udp));
        thread::spawn(move || for_tcp.serve_tcp(&tcp));
        relay
    }

    /// Starts a relay that forwards every query and every reply.
    pub(crate) fn forwarding(address: SocketAddr, server: SocketAddr) -> Relay {
        Relay::start(address, server, |_| vec![Action::Forward])
    }

    /// Returns the queries since the last call, such as `www.example.com. A`: in lower case, since
    /// `rdns` writes names in mixed case.
    pub(crate) fn take_queries(&self) -> Vec<String> {
        std::mem::take(&mut self.queries.lock().unwrap())
    }

    /// Logs a query, and decides what to do.
    fn handle_query(&self, octets: &[u8], over_tcp: bool) -> Vec<Action> {
        let query = DnsPacket::parse(octets).expect("a query that can be parsed");
        let question = query.question().expect("one question");
        let line = format!("{} {}", question.qname.to_lowercase(), question.qtype);
        self.queries.lock().unwrap().push(line);
        (self.behaviour)(&RelayedQuery {
            octets,
            has_edns: query.edns.is_some(),
            over_tcp,
        })
    }

    fn serve_udp(&self, socket: &Arc<UdpSocket>) {
        let mut buffer = [0; 65_535];
        loop {
            let Ok((length, client)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            let (relay, socket, query) =
                (self.clone(), Arc::clone(socket), buffer[..length].to_vec());
            let actions = self.handle_query(&query, false);
            thread::spawn(move || {
                for action in actions {
                    // The client may be gone by now.
                    let _ = relay.act_over_udp(action, &query, &socket, client);
                }
            });
        }
    }

    fn act_over_udp(
        &self,
        action: Action,
        query: &[u8],
        socket: &UdpSocket,
        client: SocketAddr,
    ) -> io::Result<usize> {
        match action {
            Action::Forward => socket.send_to(&self.forward_over_udp(query)?, client),
            Action::ForwardMangled(seed) => {
                socket.send_to(&mangled(self.forward_over_udp(query)?, seed), client)
            }
            Action::Send(octets) => socket.send_to(&octets, client),
            Action::SendFrom(address, octets) => UdpSocket::bind(address)?.send_to(&octets, client),
            Action::Wait(time) => {
                thread::sleep(time);
                Ok(0)
            }
        }
    }

    /// Sends the query to the real server, and returns its reply.
    fn forward_over_udp(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.send_to(query, self.server)?;
        let mut reply = vec![0; 65_535];
        let length = socket.recv(&mut reply)?;
        reply.truncate(length);
        Ok(reply)
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            let relay = self.clone();
            // A connection may end in any way.
            thread::spawn(move || drop(relay.serve_connection(stream)));
        }
    }

    fn serve_connection(&self, mut stream: TcpStream) -> io::Result<()> {
        loop {
            let query = receive(&mut stream)?;
            for action in self.handle_query(&query, true) {
                match action {
                    Action::Forward | Action::ForwardMangled(_) => {
                        let mut server = TcpStream::connect(self.server)?;
                        send(&mut server, &query)?;
                        send(&mut stream, &receive(&mut server)?)?;
                    }
                    Action::Send(octets) => send(&mut stream, &octets)?,
                    Action::SendFrom(..) => unreachable!("a connection has two ends"),
                    Action::Wait(time) => thread::sleep(time),
                }
            }
        }
    }
}

/// Receives the next message of a connection.
fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn send(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length, message].concat())
}

/// Returns the message with one to four octets replaced by random ones.
fn mangled(mut message: Vec<u8>, seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..message.len());
        message[at] = random.random();
    }
    message
}

/// Returns the offset at which a query's question ends.
fn end_of_question(query: &[u8]) -> usize {
    let mut at = 12;
    while query[at] != 0 {
        at += 1 + usize::from(query[at]);
    }
    at + 5
}

/// Returns an authoritative reply to a query: each record (type and RDATA) is owned by the qname.
/// The RDATA is written as it is, malformed or not.
pub(crate) fn reply(query: &[u8], records: &[(u16, &[u8])]) -> Vec<u8> {
    let mut reply = query[..end_of_question(query)].to_vec();
    // QR and AA; one question, and the answers.
    reply[2..4].copy_from_slice(&[0x84, 0x00]);
    let count = u16::try_from(records.len()).unwrap().to_be_bytes();
    reply[4..12].copy_from_slice(&[0, 1, count[0], count[1], 0, 0, 0, 0]);
    for (rtype, rdata) in records {
        // A pointer to the qname; class IN; a TTL of an hour.
        reply.extend([0xc0, 12]);
        reply.extend(rtype.to_be_bytes());
        reply.extend([0, 1, 0, 0, 14, 16]);
        reply.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        reply.extend(*rdata);
    }
    reply
}

/// Returns a reply with this RCODE and no records.
pub(crate) fn failure(query: &[u8], rcode: u8) -> Vec<u8> {
    let mut reply = reply(query, &[]);
    reply[2..4].copy_from_slice(&[0x80, rcode]);
    reply
}

/// Returns a reply with TC set and no records.
pub(crate) fn truncated(query: &[u8]) -> Vec<u8> {
    let mut reply = reply(query, &[]);
    reply[2] |= 0x02;
    reply
}
