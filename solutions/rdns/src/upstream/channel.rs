//! [`UpstreamChannel`]: a socket for one query, which goes back to the idle ones after its reply.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use dnsparse::offsets::{self, HEADER};
use network::Channel;
use transport::sockets::Socket;

use super::idle::{IdleSocket, IdleSockets};
use crate::arrivals::ArrivalSocket;

/// The longest datagram in octets.
const MAX_DATAGRAM: usize = 65_535;
/// The flag QR, in the third octet of a message (RFC 1035 section 4.1.1).
const QR: u8 = 0x80;
/// The octets of the id.
const ID: Range<usize> = 0..2;
/// The octets of the number of questions.
const QDCOUNT: Range<usize> = 4..6;

thread_local! {
    /// The system drops the part of a datagram that does not fit. One buffer for each thread is long
    /// enough for all, and is filled with zeros only once.
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; MAX_DATAGRAM]);
}

/// A channel of [`super::UpstreamSockets`].
#[derive(Debug)]
pub enum UpstreamChannel {
    /// A UDP socket, which may be used again after its query.
    Udp(UdpChannel),
    /// A TCP connection.
    Tcp(Socket),
}

/// A UDP socket for one query.
#[derive(Debug)]
pub struct UdpChannel {
    socket: Option<IdleSocket>,
    state: State,
    idle: Arc<IdleSockets>,
}

/// How far the query has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No query was sent.
    New,
    /// A query was sent.
    Sent,
    /// Its reply was received, and no other datagram.
    Replied,
    /// Anything else has happened: the socket is not used again.
    Spoiled,
}

impl UdpChannel {
    pub(super) fn new(socket: IdleSocket, idle: Arc<IdleSockets>) -> UdpChannel {
        UdpChannel {
            socket: Some(socket),
            state: State::New,
            idle,
        }
    }

    fn socket(&mut self) -> io::Result<&mut IdleSocket> {
        let socket = self.socket.as_mut();
        socket.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Channel for UpstreamChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            UpstreamChannel::Udp(channel) => channel.send(message).await,
            UpstreamChannel::Tcp(stream) => stream.send(message).await,
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            UpstreamChannel::Udp(channel) => channel.receive().await,
            UpstreamChannel::Tcp(stream) => stream.receive().await,
        }
    }
}

impl Channel for UdpChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        // Until the system has taken the query, and if it does not, the state is uncertain.
        let state = std::mem::replace(&mut self.state, State::Spoiled);
        let socket = self.socket()?;
        socket.query.clear();
        socket.query.extend_from_slice(message);
        socket.socket.try_send(message)?;
        if state == State::New {
            self.state = State::Sent;
        }
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        // A wait that is given up spoils the socket: the reply may still come.
        let state = std::mem::replace(&mut self.state, State::Spoiled);
        let socket = self.socket()?;
        let message = receive_datagram(&socket.socket).await?;
        if state == State::Sent && is_reply(&socket.query, &message) {
            self.state = State::Replied;
        }
        Ok(message)
    }
}

impl Drop for UdpChannel {
    fn drop(&mut self) {
        if self.state == State::Replied
            && let Some(socket) = self.socket.take()
        {
            self.idle.put(socket);
        }
    }
}

/// Whether a message is a response with the id and the question of the query, in the same letter
/// case. A forger that has guessed the port alone does not get this far.
fn is_reply(query: &[u8], message: &[u8]) -> bool {
    let Ok(question) = offsets::question(query) else {
        return false;
    };
    let (Some(sent), Some(received)) = (query.get(..question.end), message.get(..question.end))
    else {
        return false;
    };
    let is_response = received.get(2).is_some_and(|flags| flags & QR != 0);
    let is_equal = |fields: Range<usize>| sent.get(fields.clone()) == received.get(fields);
    is_response && is_equal(ID) && is_equal(QDCOUNT) && is_equal(HEADER..question.end)
}

/// Receives the next datagram, whole.
async fn receive_datagram(socket: &ArrivalSocket) -> io::Result<Vec<u8>> {
    loop {
        socket.arrival().await?;
        let received: io::Result<_> = BUFFER.with_borrow_mut(|buffer| {
            let length = socket.try_receive(buffer)?;
            Ok(buffer.get(..length).unwrap_or_default().to_vec())
        });
        match received {
            // The reactor was wrong: the datagram had a wrong checksum, for example.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            received => return received,
        }
    }
}
