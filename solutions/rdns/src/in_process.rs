//! [`LabWithResolver`]: the mini-Internet, with the real resolver at the address where the lab has its simple one.
//!
//! `client --lab` asks it as if it were a server on a network: octets in, octets out, with all the manners of lessons 5 and 12.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chase::Resolver;
use iterate::root_hints;
use lab::{Lab, LabChannel, RESOLVER};
use negative::SharedCache;
use network::{Channel, Network, Via};
use recursive::{AccessControl, Recursive, SpecialNames};
use select::{AddressPolicy, Selector};

/// Far more questions at the same time than one client has.
const IN_FLIGHT: usize = 100;

/// How many records it remembers.
const RECORDS: usize = 10_000;

/// The resolver of the mini-Internet.
type LabRecursive = Recursive<Lab, SharedCache, Selector>;

/// The world of `client --lab`.
#[derive(Debug, Clone)]
pub struct LabWithResolver {
    lab: Lab,
    recursive: Arc<LabRecursive>,
}

/// A conversation with the resolver, or with a server of the lab.
#[derive(Debug)]
pub enum EitherChannel {
    /// The resolver, and the replies that were not received yet.
    Resolver {
        /// Who answers.
        recursive: Arc<LabRecursive>,
        /// How the messages travel.
        via: Via,
        /// What it said.
        replies: Vec<Vec<u8>>,
    },
    /// Somebody else.
    Lab(LabChannel),
}

impl LabWithResolver {
    /// The mini-Internet, and a resolver that starts at its root.
    pub fn new() -> LabWithResolver {
        let lab = Lab::internet();
        let places = AddressPolicy {
            has_ipv6: true,
            ..AddressPolicy::default()
        };
        let resolver = Resolver::new(lab.clone(), SharedCache::new(root_hints(), RECORDS))
            .with_selection(Selector::new(places));
        let recursive = Recursive::new(
            resolver,
            IN_FLIGHT,
            SpecialNames::new(false),
            AccessControl::default(),
        );
        LabWithResolver {
            lab,
            recursive: Arc::new(recursive),
        }
    }
}

impl Default for LabWithResolver {
    fn default() -> Self {
        LabWithResolver::new()
    }
}

impl Network for LabWithResolver {
    type Channel = EitherChannel;

    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<EitherChannel> {
        if server == RESOLVER {
            let recursive = Arc::clone(&self.recursive);
            return Ok(EitherChannel::Resolver {
                recursive,
                via,
                replies: Vec::new(),
            });
        }
        self.lab.open(server, via).await.map(EitherChannel::Lab)
    }
}

impl Channel for EitherChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            EitherChannel::Resolver {
                recursive,
                via,
                replies,
            } => {
                let client = Ipv4Addr::LOCALHOST.into();
                replies.extend(recursive.respond(message, *via, client).await);
                Ok(())
            }
            EitherChannel::Lab(channel) => channel.send(message).await,
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            EitherChannel::Resolver { replies, .. } if replies.is_empty() => {
                std::future::pending().await
            }
            EitherChannel::Resolver { replies, .. } => Ok(replies.remove(0)),
            EitherChannel::Lab(channel) => channel.receive().await,
        }
    }
}
