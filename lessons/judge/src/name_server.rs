//! [`TestNameServer`]: a name server of the judge on loopback sockets, over UDP and TCP, which logs
//! its queries.
//!
//! A [`Responder`] maps each query to any number of replies: none is a timeout, two are a forged
//! reply and the genuine one. Each socket and each connection has a thread. The threads block; to
//! end them, the judge wakes them with a datagram and a connection.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, RecordType};
use network::Via;

use crate::outcome::{Message, Side};

/// The time after which an idle TCP connection is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// A message that a name server received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedQuery {
    /// The transport.
    pub via: Via,
    /// The time of arrival.
    pub at: Instant,
    /// The number of messages that this server received before it.
    pub index: usize,
    /// The message.
    pub octets: Vec<u8>,
}

impl ReceivedQuery {
    /// Returns the parsed message, if it is well-formed.
    pub fn packet(&self) -> Option<DnsPacket> {
        DnsPacket::parse(&self.octets).ok()
    }

    /// Returns whether the question has this name, and this type if one is given.
    pub fn has_question(&self, qname: &Name, qtype: Option<RecordType>) -> bool {
        self.packet().is_some_and(|query| {
            query.question().is_some_and(|question| {
                question.qname == *qname && qtype.is_none_or(|qtype| qtype == question.qtype)
            })
        })
    }
}

/// A query and the replies to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The query.
    pub query: ReceivedQuery,
    /// The replies, in the order in which they were sent.
    pub replies: Vec<Vec<u8>>,
}

impl Exchange {
    /// Returns query and replies as messages of the server at this address.
    pub fn messages(self, server: SocketAddr) -> Vec<Message> {
        let via = self.query.via;
        let message = |from, octets| Message {
            from,
            server,
            via,
            octets,
        };
        let replies = self.replies.into_iter();
        let replies = replies.map(|octets| message(Side::Judge, octets));
        [message(Side::Program, self.query.octets)]
            .into_iter()
            .chain(replies)
            .collect()
    }
}

/// Maps a query to its replies.
pub type Responder = Arc<dyn Fn(&ReceivedQuery) -> Vec<Vec<u8>> + Send + Sync>;

/// A running name server. Dropping it ends it.
pub struct TestNameServer {
    /// The listening address.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    responder: Responder,
    log: Mutex<Vec<Exchange>>,
    is_ending: AtomicBool,
}

impl TestNameServer {
    /// Starts a server at an address; port 0 stands for any free port.
    ///
    /// # Errors
    /// If the address is not available over both UDP and TCP.
    pub fn start(address: SocketAddr, responder: Responder) -> io::Result<TestNameServer> {
        let (udp, tcp) = bind_both(address)?;
        let address = udp.local_addr()?;
        let shared = Arc::new(Shared {
            responder,
            log: Mutex::default(),
            is_ending: AtomicBool::new(false),
        });
        let (for_udp, for_tcp) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads = vec![
            thread::spawn(move || for_udp.serve_udp(&udp)),
            thread::spawn(move || serve_tcp(&for_tcp, &tcp)),
        ];
        Ok(TestNameServer {
            address,
            shared,
            threads,
        })
    }

    /// Returns all exchanges so far.
    pub fn log(&self) -> Vec<Exchange> {
        self.shared.log().clone()
    }

    /// Returns all exchanges so far as messages.
    pub fn messages(&self) -> Vec<Message> {
        let log = self.log().into_iter();
        log.flat_map(|exchange| exchange.messages(self.address))
            .collect()
    }
}

impl Drop for TestNameServer {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Release);
        // A datagram and a connection wake the threads. If one fails, its thread has ended already.
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
        self.is_ending.load(Ordering::Acquire)
    }

    /// Logs a query, and returns its replies. The query is in the log before a reply is sent, so
    /// that a stage that has the reply finds the query there.
    fn handle_query(&self, via: Via, octets: &[u8]) -> Vec<Vec<u8>> {
        let mut log = self.log();
        let query = ReceivedQuery {
            via,
            at: Instant::now(),
            index: log.len(),
            octets: octets.to_vec(),
        };
        let replies = (self.responder)(&query);
        log.push(Exchange {
            query,
            replies: replies.clone(),
        });
        replies
    }

    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = vec![0; usize::from(u16::MAX)];
        while !self.is_ending() {
            // An error here belongs to an earlier reply, whose client is gone: the next query may
            // come.
            let Ok((length, client)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            if self.is_ending() {
                break;
            }
            for reply in self.handle_query(Via::Udp, buffer.get(..length).unwrap_or_default()) {
                let _lost = socket.send_to(&reply, client);
            }
        }
    }

    /// Answers one message after another. The length is sent in a segment of its own and the
    /// message in two more, as the network may split them (RFC 7766 section 8).
    fn serve_connection(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(IDLE_TIMEOUT))?;
        stream.set_write_timeout(Some(IDLE_TIMEOUT))?;
        loop {
            let mut length = [0; 2];
            stream.read_exact(&mut length)?;
            let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut message)?;
            for reply in self.handle_query(Via::Tcp, &message) {
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
                // The thread ends with its connection; it is not joined.
                thread::spawn(move || shared.serve_connection(stream));
            }
            // The system has run out of a resource, such as open files; it may have some in a
            // moment.
            Err(_) => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Binds the same port over UDP and TCP. With port 0, the system picks one for TCP that may be in
/// use over UDP: then it picks again.
pub fn bind_both(address: SocketAddr) -> io::Result<(UdpSocket, TcpListener)> {
    const ATTEMPTS: usize = 50;
    let mut attempts = 1;
    loop {
        let tcp = TcpListener::bind(address)?;
        match UdpSocket::bind(tcp.local_addr()?) {
            Ok(udp) => return Ok((udp, tcp)),
            Err(_) if address.port() == 0 && attempts < ATTEMPTS => attempts += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Returns an address at `ip` whose port is free over both UDP and TCP.
///
/// # Errors
/// If there is none.
pub fn free_address(ip: IpAddr) -> io::Result<SocketAddr> {
    bind_both(SocketAddr::new(ip, 0)).and_then(|(udp, _)| udp.local_addr())
}
