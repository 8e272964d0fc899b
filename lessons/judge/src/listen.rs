//! [`Listening`]: one server of the judge's own on loopback sockets, UDP and TCP, which notes whatever it hears.
//!
//! What it says is a function from what was heard to any number of replies: none is silence, two are a forgery and the truth.
//! A thread for each socket and for each connection, none of which polls: to end them they are woken.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, RecordType};
use network::Via;

use crate::outcome::{Message, Side};

/// How long a TCP connection may be idle.
const IDLE: Duration = Duration::from_secs(10);

/// What arrived at a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// How it came.
    pub via: Via,
    /// When it came.
    pub at: Instant,
    /// How many messages came to this server before it.
    pub nth: usize,
    /// The message.
    pub octets: Vec<u8>,
}

impl Heard {
    /// The message, if it is one.
    pub fn query(&self) -> Option<DnsPacket> {
        DnsPacket::parse(&self.octets).ok()
    }

    /// Whether it asks for this.
    pub fn asks(&self, qname: &Name, qtype: Option<RecordType>) -> bool {
        self.query().is_some_and(|query| {
            query.question().is_some_and(|question| {
                question.qname == *qname && qtype.is_none_or(|qtype| qtype == question.qtype)
            })
        })
    }
}

/// What was heard, and what was said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What arrived.
    pub heard: Heard,
    /// What went back, in this order.
    pub said: Vec<Vec<u8>>,
}

impl Exchange {
    /// As messages; `server` is where it took place.
    pub fn messages(self, server: SocketAddr) -> Vec<Message> {
        let via = self.heard.via;
        let message = |from, octets| Message {
            from,
            server,
            via,
            octets,
        };
        let said = self.said.into_iter();
        let said = said.map(|octets| message(Side::Judge, octets));
        [message(Side::Program, self.heard.octets)]
            .into_iter()
            .chain(said)
            .collect()
    }
}

/// What a server says to what it hears.
pub type Answerer = Arc<dyn Fn(&Heard) -> Vec<Vec<u8>> + Send + Sync>;

/// A server. Dropping it ends it.
pub struct Listening {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    answer: Answerer,
    log: Mutex<Vec<Exchange>>,
    ending: AtomicBool,
}

impl Listening {
    /// Listens at an address, port 0 for any free one, and answers so.
    ///
    /// # Errors
    /// If the address can't be had, over UDP or over TCP.
    pub fn start(address: SocketAddr, answer: Answerer) -> io::Result<Listening> {
        let (udp, tcp) = bind_both(address)?;
        let address = udp.local_addr()?;
        let shared = Arc::new(Shared {
            answer,
            log: Mutex::default(),
            ending: AtomicBool::new(false),
        });
        let (for_udp, for_tcp) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads = vec![
            thread::spawn(move || for_udp.serve_udp(&udp)),
            thread::spawn(move || serve_tcp(&for_tcp, &tcp)),
        ];
        Ok(Listening {
            address,
            shared,
            threads,
        })
    }

    /// All that was heard and said so far.
    pub fn log(&self) -> Vec<Exchange> {
        self.shared.log().clone()
    }

    /// The same as messages.
    pub fn messages(&self) -> Vec<Message> {
        let log = self.log().into_iter();
        log.flat_map(|exchange| exchange.messages(self.address))
            .collect()
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.shared.ending.store(true, Ordering::Release);
        // A datagram and a connection, to wake those who wait for one. If they fail there is nobody to wake.
        let any = SocketAddr::new(self.address.ip(), 0);
        let _woken = UdpSocket::bind(any).and_then(|socket| socket.send_to(&[], self.address));
        let _woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// Notes a message before anything is said to it, so that whoever has the reply finds the message in the log.
    fn hear(&self, via: Via, octets: &[u8]) -> Vec<Vec<u8>> {
        let mut log = self.log();
        let heard = Heard {
            via,
            at: Instant::now(),
            nth: log.len(),
            octets: octets.to_vec(),
        };
        let said = (self.answer)(&heard);
        log.push(Exchange {
            heard,
            said: said.clone(),
        });
        said
    }

    fn serve_udp(&self, socket: &UdpSocket) {
        let mut room = vec![0; usize::from(u16::MAX)];
        while !self.is_ending() {
            // What fails here is about an asker who is gone, and nothing to the next one.
            let Ok((length, asker)) = socket.recv_from(&mut room) else {
                continue;
            };
            if self.is_ending() {
                break;
            }
            for reply in self.hear(Via::Udp, room.get(..length).unwrap_or_default()) {
                let _lost = socket.send_to(&reply, asker);
            }
        }
    }

    /// Answers one message after another. The length goes in a segment of its own and the message in two more, as may happen
    /// to any of them on the way (RFC 7766 section 8).
    fn converse(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(IDLE))?;
        stream.set_write_timeout(Some(IDLE))?;
        loop {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut message)?;
            for reply in self.hear(Via::Tcp, &message) {
                let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
                let (first, second) = reply.split_at(reply.len() / 2);
                for piece in [&length.to_be_bytes(), first, second] {
                    stream.write_all(piece)?;
                    thread::sleep(Duration::from_millis(2));
                }
            }
        }
    }
}

fn serve_tcp(shared: &Arc<Shared>, listener: &TcpListener) {
    while !shared.is_ending() {
        match listener.accept() {
            Ok(_) if shared.is_ending() => break,
            Ok((stream, _)) => {
                let shared = Arc::clone(shared);
                // It ends with its connection; nobody waits for it.
                thread::spawn(move || shared.converse(stream));
            }
            // The system is out of something; a moment later it may not be.
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// The same port over UDP and TCP. Where any will do, the system picks one for TCP that may be taken for UDP.
pub fn bind_both(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    const TRIES: usize = 50;
    let mut tries = 0;
    loop {
        let tcp = TcpListener::bind(address)?;
        match UdpSocket::bind(tcp.local_addr()?) {
            Ok(udp) => return Ok((udp, tcp)),
            Err(_) if address.port() == 0 && tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// An address at `ip` whose port nobody uses at the moment.
///
/// # Errors
/// If the system has none.
pub fn free_address(ip: IpAddr) -> io::Result<SocketAddr> {
    bind_both(SocketAddr::new(ip, 0)).and_then(|(udp, _)| udp.local_addr())
}
