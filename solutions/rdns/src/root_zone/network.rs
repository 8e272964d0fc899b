//! [`WithRootZone`]: a network in which the copy of the root zone is a server.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use network::{Channel, Network, Via};

use super::{ADDRESS, RootCopy, RootZone};

/// A network, and the copy of the root zone at its address.
#[derive(Debug, Clone)]
pub struct WithRootZone<N> {
    network: N,
    root: RootZone,
}

impl<N> WithRootZone<N> {
    /// Puts the copy into a network.
    pub fn new(network: N, root: RootZone) -> WithRootZone<N> {
        WithRootZone { network, root }
    }
}

/// A channel to a server of the network, or to the copy.
#[derive(Debug)]
pub enum RootChannel<C> {
    /// A server of the network.
    Network(C),
    /// The copy. It stays the same while the channel is open.
    Copy {
        /// The copy.
        copy: Arc<RootCopy>,
        /// The transport that the search believes in, which limits the size of replies.
        via: Via,
        /// The replies that were not received yet.
        replies: VecDeque<Vec<u8>>,
    },
}

impl<N: Network> Network for WithRootZone<N> {
    type Channel = RootChannel<N::Channel>;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<Self::Channel> {
        if server.ip() != ADDRESS {
            return self
                .network
                .open(server, via)
                .await
                .map(RootChannel::Network);
        }
        let copy = self
            .root
            .current()
            .ok_or(io::ErrorKind::ConnectionRefused)?;
        Ok(RootChannel::Copy {
            copy,
            via,
            replies: VecDeque::new(),
        })
    }
}

impl<C: Channel> Channel for RootChannel<C> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            RootChannel::Network(channel) => channel.send(message).await,
            RootChannel::Copy { copy, via, replies } => {
                replies.extend(copy.reply(message, *via));
                Ok(())
            }
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            RootChannel::Network(channel) => channel.receive().await,
            RootChannel::Copy { replies, .. } => match replies.pop_front() {
                Some(reply) => Ok(reply),
                None => std::future::pending().await,
            },
        }
    }
}
