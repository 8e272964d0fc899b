//! [`LabWithResolver`]: the mini-Internet, with the resolver of `rdns` at the address of the lab's
//! simple one.
//!
//! `client --lab` sends its queries there as octets, as over a network, so that lesson 5's message
//! rules and lesson 12's resolver answer them, and lessons 15 to 19 validate the answers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use chase::{QnameMinimisation, Resolver};
use crypto::Ring;
use iterate::root_hints;
use lab::{Lab, LabChannel, RESOLVER};
use negative::SharedCache;
use network::{Channel, Network, Via};
use recursive::{AccessControl, Recursive, SpecialNames};
use select::{AddressPolicy, Selector};
use trust::exceptions::Exceptions;

use crate::dnssec::setup::{clock, lab_anchors, with_validation};
use crate::dnssec::trust_state::{TrustSettings, TrustState};

/// The bound on searches in flight: far more than one client starts.
const IN_FLIGHT: usize = 100;

/// The capacity in records of the resolver's cache, and of the validator's.
const RECORDS: usize = 10_000;

/// The resolver of the mini-Internet.
type LabRecursive = Recursive<Lab, SharedCache, Selector>;

/// The network of `client --lab`.
#[derive(Debug, Clone)]
pub struct LabWithResolver {
    lab: Lab,
    recursive: Arc<LabRecursive>,
}

/// A channel to the resolver, or to a server of the lab.
#[derive(Debug)]
pub enum EitherChannel {
    /// To the resolver.
    Resolver {
        /// The resolver.
        recursive: Arc<LabRecursive>,
        /// The transport that the messages seem to travel over.
        via: Via,
        /// Replies that were not received yet.
        replies: Vec<Vec<u8>>,
    },
    /// To a server of the lab.
    Lab(LabChannel),
}

impl LabWithResolver {
    /// Creates the mini-Internet, and a resolver that starts at its root.
    pub fn new() -> LabWithResolver {
        let lab = Lab::signed_internet();
        let policy = AddressPolicy {
            has_ipv6: true,
            ..AddressPolicy::default()
        };
        let resolver = Resolver::new(lab.clone(), SharedCache::new(root_hints(), RECORDS))
            .with_selection(Selector::new(policy))
            .with_qname_minimisation(QnameMinimisation::Relaxed);
        let trust = TrustState::new(TrustSettings {
            anchors: lab_anchors(),
            exceptions: Exceptions::default(),
            clock: clock(true),
            aggressive_nsec: true,
            capacity: RECORDS,
            crypto: Arc::new(Ring),
        });
        let special = SpecialNames::new(&lab::LOCALLY_SERVED);
        let recursive = with_validation(resolver, Some(trust), |resolver| {
            Recursive::new(resolver, IN_FLIGHT, special, AccessControl::default())
        });
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
