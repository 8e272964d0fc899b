//! [`TappedNetwork`]: a network whose messages are logged.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use network::{Channel, Network, Via};

use super::{End, Exchange, Protocol, Tap};
use crate::config::dnstap::LoggedKind;

/// The flag RD, in the third octet of a message: the query is for a resolver.
const RD: u8 = 0x01;

/// A network, and the place where its messages are logged.
#[derive(Debug)]
pub struct TappedNetwork<N> {
    network: N,
    tap: Arc<Tap>,
}

impl<N> TappedNetwork<N> {
    /// Wraps a network.
    pub fn new(network: N, tap: Arc<Tap>) -> TappedNetwork<N> {
        TappedNetwork { network, tap }
    }
}

impl<N: Network> Network for TappedNetwork<N> {
    type Channel = TappedChannel<N::Channel>;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Self::Channel> {
        let channel = self.network.open(server, via).await?;
        let protocol = match via {
            Via::Udp => Protocol::Udp,
            Via::Tcp => Protocol::Tcp,
        };
        Ok(TappedChannel::new(channel, &self.tap, server, protocol))
    }
}

/// A channel whose messages are logged.
#[derive(Debug)]
pub struct TappedChannel<C> {
    channel: C,
    /// None if nothing was logged when the channel was opened. (Without that, each query would change the
    /// count of the tap's users, which all threads share.)
    tap: Option<Arc<Tap>>,
    server: SocketAddr,
    protocol: Protocol,
    /// The last query, and the kind of its reply.
    sent: Option<Box<(Exchange, LoggedKind)>>,
}

impl<C> TappedChannel<C> {
    /// Wraps a channel to a server.
    pub fn new(
        channel: C,
        tap: &Arc<Tap>,
        server: SocketAddr,
        protocol: Protocol,
    ) -> TappedChannel<C> {
        TappedChannel {
            channel,
            tap: tap.is_on().then(|| Arc::clone(tap)),
            server,
            protocol,
            sent: None,
        }
    }
}

impl<C: Channel> Channel for TappedChannel<C> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let Some(tap) = &self.tap else {
            return self.channel.send(message).await;
        };
        let exchange = Exchange {
            protocol: self.protocol,
            initiator: End::default(),
            responder: self.server.into(),
            zone: tap.zones.zone_of(self.server.ip(), message),
            start: SystemTime::now(),
        };
        self.channel.send(message).await?;
        let (query, response) = kinds(message);
        tap.log_query(query, &exchange, message);
        self.sent = Some(Box::new((exchange, response)));
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        let message = self.channel.receive().await?;
        if let (Some(tap), Some(sent)) = (&self.tap, &self.sent) {
            let (exchange, kind) = &**sent;
            tap.log_response(*kind, exchange, &message);
        }
        Ok(message)
    }
}

/// Returns the kinds of a query and of its reply. Authoritative servers are queried without RD,
/// resolvers with it.
fn kinds(query: &[u8]) -> (LoggedKind, LoggedKind) {
    match query.get(2).is_some_and(|flags| flags & RD != 0) {
        true => (LoggedKind::ForwarderQuery, LoggedKind::ForwarderResponse),
        false => (LoggedKind::ResolverQuery, LoggedKind::ResolverResponse),
    }
}
