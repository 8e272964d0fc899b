//! [`Relay`]: stands before a real name server, writes down what that is asked, and can misbehave in its place.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use dnsparse::DnsPacket;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How long the real server may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a relay does about a query.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Gives the real server's reply.
    Forward,
    /// The same by UDP with some octets changed, by a generator with this seed.
    Mangle(u64),
    /// Says this instead.
    Say(Vec<u8>),
    /// Has somebody at another address, or at another port, say this.
    SayFrom(SocketAddr, Vec<u8>),
    /// Takes its time.
    Wait(Duration),
}

/// A query as a relay sees it.
#[derive(Debug)]
pub(crate) struct Asked<'q> {
    pub(crate) octets: &'q [u8],
    pub(crate) has_edns: bool,
    pub(crate) by_tcp: bool,
}

/// What a relay does, one thing after another.
type Manner = dyn Fn(&Asked<'_>) -> Vec<Act> + Send + Sync;

/// A running relay. Its threads end with the process.
#[derive(Clone)]
pub(crate) struct Relay {
    server: SocketAddr,
    manner: Arc<Manner>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Relay {
    /// Listens at an address, over UDP and TCP, before a real server.
    pub(crate) fn at(
        address: SocketAddr,
        server: SocketAddr,
        manner: impl Fn(&Asked<'_>) -> Vec<Act> + Send + Sync + 'static,
    ) -> Relay {
        let relay = Relay {
            server,
            manner: Arc::new(manner),
            asked: Arc::default(),
        };
        let udp = Arc::new(UdpSocket::bind(address).unwrap());
        let tcp = TcpListener::bind(address).unwrap();
        let (by_udp, by_tcp) = (relay.clone(), relay.clone());
        thread::spawn(move || by_udp.serve_udp(&udp));
        thread::spawn(move || by_tcp.serve_tcp(&tcp));
        relay
    }

    /// One that does nothing but listen and pass on.
    pub(crate) fn honest(address: SocketAddr, server: SocketAddr) -> Relay {
        Relay::at(address, server, |_| vec![Act::Forward])
    }

    /// The questions since the last time, such as `www.example.com. A`.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Writes a query down, and says what to do.
    fn hear(&self, octets: &[u8], by_tcp: bool) -> Vec<Act> {
        let query = DnsPacket::parse(octets).expect("a query that can be read");
        let question = query.question().expect("one question");
        let line = format!("{} {}", question.qname, question.qtype);
        self.asked.lock().unwrap().push(line);
        (self.manner)(&Asked {
            octets,
            has_edns: query.edns.is_some(),
            by_tcp,
        })
    }

    fn serve_udp(&self, socket: &Arc<UdpSocket>) {
        let mut buffer = [0; 65_535];
        loop {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            let (relay, socket, query) =
                (self.clone(), Arc::clone(socket), buffer[..length].to_vec());
            let acts = self.hear(&query, false);
            thread::spawn(move || {
                for act in acts {
                    // Who has asked may be gone by now.
                    let _ = relay.act_by_udp(act, &query, &socket, from);
                }
            });
        }
    }

    fn act_by_udp(
        &self,
        act: Act,
        query: &[u8],
        socket: &UdpSocket,
        asker: SocketAddr,
    ) -> io::Result<usize> {
        match act {
            Act::Forward => socket.send_to(&self.truth_by_udp(query)?, asker),
            Act::Mangle(seed) => socket.send_to(&mangled(self.truth_by_udp(query)?, seed), asker),
            Act::Say(octets) => socket.send_to(&octets, asker),
            Act::SayFrom(address, octets) => UdpSocket::bind(address)?.send_to(&octets, asker),
            Act::Wait(time) => {
                thread::sleep(time);
                Ok(0)
            }
        }
    }

    fn truth_by_udp(&self, query: &[u8]) -> io::Result<Vec<u8>> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.send_to(query, self.server)?;
        let mut reply = vec![0; 65_535];
        let length = socket.recv(&mut reply)?;
        reply.truncate(length);
        Ok(reply)
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        for stream in listener.incoming().flatten() {
            let relay = self.clone();
            // How a connection ends is its client's business.
            thread::spawn(move || drop(relay.converse(stream)));
        }
    }

    fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        loop {
            let query = receive(&mut stream)?;
            for act in self.hear(&query, true) {
                match act {
                    Act::Forward | Act::Mangle(_) => {
                        let mut server = TcpStream::connect(self.server)?;
                        send(&mut server, &query)?;
                        send(&mut stream, &receive(&mut server)?)?;
                    }
                    Act::Say(octets) => send(&mut stream, &octets)?,
                    Act::SayFrom(..) => unreachable!("a connection has two ends"),
                    Act::Wait(time) => thread::sleep(time),
                }
            }
        }
    }
}

/// The next message of a connection.
pub(crate) fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
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

/// From one to four octets are not what they were.
fn mangled(mut message: Vec<u8>, seed: u64) -> Vec<u8> {
    let mut random = StdRng::seed_from_u64(seed);
    for _ in 0..random.random_range(1..=4) {
        let at = random.random_range(0..message.len());
        message[at] = random.random();
    }
    message
}

/// How much of a query is its header and its question.
fn end_of_question(query: &[u8]) -> usize {
    let mut at = 12;
    while query[at] != 0 {
        at += 1 + usize::from(query[at]);
    }
    at + 5
}

/// A reply with authority to a query, with these records of the name asked for (type and RDATA), as they are.
pub(crate) fn reply(query: &[u8], records: &[(u16, &[u8])]) -> Vec<u8> {
    let mut reply = query[..end_of_question(query)].to_vec();
    // QR and AA; one question, so many answers.
    reply[2..4].copy_from_slice(&[0x84, 0x00]);
    let count = u16::try_from(records.len()).unwrap().to_be_bytes();
    reply[4..12].copy_from_slice(&[0, 1, count[0], count[1], 0, 0, 0, 0]);
    for (rtype, rdata) in records {
        // The name asked for, by a pointer; class IN; a TTL of an hour.
        reply.extend([0xc0, 12]);
        reply.extend(rtype.to_be_bytes());
        reply.extend([0, 1, 0, 0, 14, 16]);
        reply.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        reply.extend(*rdata);
    }
    reply
}

/// A reply that says no more than this RCODE.
pub(crate) fn failure(query: &[u8], rcode: u8) -> Vec<u8> {
    let mut reply = reply(query, &[]);
    reply[2..4].copy_from_slice(&[0x80, rcode]);
    reply
}

/// A reply that says to ask again over TCP.
pub(crate) fn truncated(query: &[u8]) -> Vec<u8> {
    let mut reply = reply(query, &[]);
    reply[2] |= 0x02;
    reply
}
