//! [`Hold`]: keeps back a reply whose answer is malformed, for as long as a better one may arrive.
//!
//! Only a record that has to be read is worth the wait: one of the answer section, of a type whose
//! names may be compressed (RFC 3597 section 4), or with an address. Malformed RDATA of other types
//! is passed on unread, and other sections are not part of the answer.
//!
//! Such a reply may be the server's own, with a mistake in it. It may also be a forgery that is not
//! quite right, or the true reply, damaged on its way: then the true reply, or a repetition of it,
//! is still to come. So it does not end the wait; but it is better than no reply at all.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use dnsparse::offsets::{self, Section};
use dnsparse::{DnsPacket, Record, RecordType};
use network::{Channel, Network, Via};

use crate::exchange::{Reply, reply_matches};
use crate::parse_reply::parse_reply;

/// The network that the tries of one query share. If a reply is held from an earlier try, the next
/// try receives it.
pub(crate) struct Hold<'n, N> {
    network: &'n N,
    query: &'n DnsPacket,
    /// The first reply that was kept back.
    held: Mutex<Option<Reply>>,
}

/// The channel of one try.
pub(crate) enum HeldChannel<'h, N: Network> {
    /// A channel to the server. A reply with a malformed answer goes into the hold.
    Open {
        hold: &'h Hold<'h, N>,
        channel: N::Channel,
        via: Via,
    },
    /// No connection: the reply that an earlier try kept back.
    Held(Reply),
}

impl<'n, N: Network> Hold<'n, N> {
    /// Creates an empty hold.
    pub(crate) fn new(network: &'n N, query: &'n DnsPacket) -> Hold<'n, N> {
        Hold {
            network,
            query,
            held: Mutex::default(),
        }
    }

    /// Opens a channel to the server, as [`Network::open`]. If a reply is held, the channel
    /// delivers it at once instead.
    pub(crate) async fn open(
        &'n self,
        server: SocketAddr,
        via: Via,
    ) -> io::Result<HeldChannel<'n, N>> {
        Ok(match self.take() {
            Some(reply) => HeldChannel::Held(reply),
            None => HeldChannel::Open {
                hold: self,
                channel: self.network.open(server, via).await?,
                via,
            },
        })
    }

    /// Takes the held reply out, if there is one.
    pub(crate) fn take(&self) -> Option<Reply> {
        let held = self.held.lock();
        held.unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the message, unless it is a reply with a malformed answer: the first of these is
    /// kept.
    ///
    /// A message over TCP is never held, since the connection brings no other reply to the query. A
    /// truncated reply is not held either: the query is repeated over TCP.
    fn pass(&self, octets: Vec<u8>, via: Via) -> Option<Vec<u8>> {
        if via == Via::Tcp || has_only_addresses(&octets) {
            return Some(octets);
        }
        let (packet, trailing) = match parse_reply(self.query, &octets, via) {
            Ok(parsed) if !parsed.0.header.tc => parsed,
            _ => return Some(octets),
        };
        if !has_malformed_answer(&packet) || !reply_matches(self.query, &packet) {
            return Some(octets);
        }
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get_or_insert(Reply {
            packet,
            octets,
            via,
            trailing,
        });
        None
    }
}

/// Whether all records of the answer section are addresses of the right length, or there are none.
/// Then it is not malformed. Most replies are like that, and need not be parsed twice.
fn has_only_addresses(octets: &[u8]) -> bool {
    let Ok(records) = offsets::records(octets) else {
        return false;
    };
    for record in records {
        match record {
            Ok(record) if record.section != Section::Answer => return true,
            Ok(record) => match (record.rtype, record.rdata.len()) {
                (RecordType::A, 4) | (RecordType::AAAA, 16) => {}
                _ => return false,
            },
            Err(_) => return false,
        }
    }
    true
}

/// Whether a record of the answer section is malformed, and of a type that has to be read.
pub(crate) fn has_malformed_answer(packet: &DnsPacket) -> bool {
    packet.answers.iter().any(Record::has_unusable_rdata)
}

impl<N: Network> Channel for HeldChannel<'_, N> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            HeldChannel::Open { channel, .. } => channel.send(message).await,
            HeldChannel::Held(_) => Ok(()),
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            HeldChannel::Open { hold, channel, via } => loop {
                let octets = channel.receive().await?;
                if let Some(octets) = hold.pass(octets, *via) {
                    return Ok(octets);
                }
            },
            HeldChannel::Held(reply) => Ok(reply.octets.clone()),
        }
    }
}
