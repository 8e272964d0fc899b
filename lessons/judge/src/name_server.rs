//! [`TestNameServer`]: a name server of the judge on loopback sockets, over UDP and TCP, which logs
//! its queries.
//!
//! A [`Responder`] maps each query to any number of replies. Each socket and each connection has a
//! thread. The threads block; to end them, the judge wakes them with a datagram and a connection.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use network::Via;

use crate::exchange::{Exchange, ReceivedQuery, Reply, Responder};
use crate::outcome::Message;

/// The time after which an idle TCP connection is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// The time by which a forged reply precedes the next one, which on the Internet is on its way.
pub const FORGERS_LEAD: Duration = Duration::from_millis(20);

/// The octets of a TCP connection that were received so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Connection {
    /// The number of whole messages.
    pub messages: usize,
    /// The number of octets after these, with the two octets of the length.
    pub unfinished: usize,
}

/// A running name server. Dropping it ends it.
pub struct TestNameServer {
    /// The listening address.
    pub address: SocketAddr,
    /// The zones that it serves, as text.
    pub zones: String,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    responder: Responder,
    log: Mutex<Vec<Exchange>>,
    connections: Mutex<Vec<Connection>>,
    is_ending: AtomicBool,
}

impl TestNameServer {
    /// Starts a server of these zones at an address; port 0 stands for any free port.
    ///
    /// # Errors
    /// If the address is not available over both UDP and TCP.
    pub fn start(
        address: SocketAddr,
        zones: String,
        responder: Responder,
    ) -> io::Result<TestNameServer> {
        let (udp, tcp) = bind_both(address)?;
        let address = udp.local_addr()?;
        let shared = Arc::new(Shared {
            responder,
            log: Mutex::default(),
            connections: Mutex::default(),
            is_ending: AtomicBool::new(false),
        });
        let (for_udp, for_tcp) = (Arc::clone(&shared), Arc::clone(&shared));
        let threads = vec![
            thread::spawn(move || for_udp.serve_udp(&udp)),
            thread::spawn(move || serve_tcp(&for_tcp, &tcp)),
        ];
        Ok(TestNameServer {
            address,
            zones,
            shared,
            threads,
        })
    }

    /// Returns all exchanges so far.
    pub fn log(&self) -> Vec<Exchange> {
        self.shared.log().clone()
    }

    /// Returns the exchanges whose query is one of these, as messages.
    pub fn messages(&self, keep: impl Fn(&ReceivedQuery) -> bool) -> Vec<Message> {
        let log = self.shared.log();
        log.iter()
            .filter(|exchange| keep(&exchange.query))
            .flat_map(|exchange| exchange.clone().messages(self.address, &self.zones))
            .collect()
    }

    /// Returns the TCP connections so far.
    pub fn connections(&self) -> Vec<Connection> {
        self.shared.connections().clone()
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

    fn connections(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Logs a query, and sends its replies. Each message is in the log before it is sent, so that a
    /// stage that has a reply finds the messages before it there.
    fn handle_query(
        &self,
        via: Via,
        client: SocketAddr,
        octets: &[u8],
        mut send: impl FnMut(&Reply) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut log = self.log();
        let index = log.len();
        let query = ReceivedQuery {
            via,
            client,
            at: Instant::now(),
            index,
            octets: octets.to_vec(),
        };
        let replies = (self.responder)(&query);
        log.push(Exchange {
            query,
            replies: Vec::new(),
        });
        drop(log);
        for reply in replies {
            let is_forged = reply.forgery.is_some();
            if let Some(exchange) = self.log().get_mut(index) {
                exchange.replies.push((Instant::now(), reply.clone()));
            }
            send(&reply)?;
            if is_forged {
                thread::sleep(FORGERS_LEAD);
            }
        }
        Ok(())
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
            let octets = buffer.get(..length).unwrap_or_default();
            let send = |reply: &Reply| {
                let socket = reply.socket.as_deref().unwrap_or(socket);
                // A reply that cannot be sent is as good as lost.
                let _lost = socket.send_to(&reply.octets, client);
                Ok(())
            };
            let _always_ok = self.handle_query(Via::Udp, client, octets, send);
        }
    }

    /// Answers one message after another. The length is sent in a segment of its own and the
    /// message in two more, as the network may split them (RFC 7766 section 8).
    fn serve_connection(&self, mut stream: TcpStream, index: usize) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(IDLE_TIMEOUT))?;
        stream.set_write_timeout(Some(IDLE_TIMEOUT))?;
        let client = stream.peer_addr()?;
        loop {
            let message = self.read_message(&mut stream, index)?;
            self.handle_query(Via::Tcp, client, &message, |reply| {
                let length = u16::try_from(reply.octets.len()).map_err(io::Error::other)?;
                let (first, second) = reply.octets.split_at(reply.octets.len() / 2);
                for piece in [&length.to_be_bytes(), first, second] {
                    stream.write_all(piece)?;
                    thread::sleep(Duration::from_millis(2));
                }
                Ok(())
            })?;
        }
    }

    /// Reads one message, and counts its octets in the log of connections.
    fn read_message(&self, stream: &mut TcpStream, index: usize) -> io::Result<Vec<u8>> {
        let mut length = [0; 2];
        self.fill(stream, index, &mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        self.fill(stream, index, &mut message)?;
        if let Some(connection) = self.connections().get_mut(index) {
            connection.messages += 1;
            connection.unfinished = 0;
        }
        Ok(message)
    }

    fn fill(&self, stream: &mut TcpStream, index: usize, mut left: &mut [u8]) -> io::Result<()> {
        while !left.is_empty() {
            let count = stream.read(left)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(connection) = self.connections().get_mut(index) {
                connection.unfinished += count;
            }
            left = std::mem::take(&mut left)
                .get_mut(count..)
                .unwrap_or_default();
        }
        Ok(())
    }
}

fn serve_tcp(shared: &Arc<Shared>, listener: &TcpListener) {
    while !shared.is_ending() {
        match listener.accept() {
            Ok(_) if shared.is_ending() => break,
            Ok((stream, _)) => {
                let mut connections = shared.connections();
                let index = connections.len();
                connections.push(Connection::default());
                drop(connections);
                let shared = Arc::clone(shared);
                // The thread ends with its connection; it is not joined.
                thread::spawn(move || shared.serve_connection(stream, index));
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
