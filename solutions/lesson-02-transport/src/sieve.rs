//! [`Sieve`]: holds a reply with a malformed record back, for as long as a better one may come.
//!
//! Such a reply may be the true one, of a server that made a mistake. It may also be a forgery that is not quite right, or the true
//! one, damaged on its way: then the true one, or a repetition of it, is on its way too. So it decides nothing by itself; but it is
//! better than no reply at all.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use dnsparse::{DnsPacket, Rdata};
use network::{Channel, Network, Via};

use crate::exchange::{Reply, is_reply};

/// A network, for the tries of one query. Where one try was held back a reply, the next one begins with that.
pub(crate) struct Sieve<'n, N> {
    network: &'n N,
    query: &'n DnsPacket,
    /// The first reply that was held back.
    spare: Mutex<Option<Reply>>,
}

/// A conversation, with what should not be heard yet taken out of it.
pub(crate) enum Sieved<'s, N: Network> {
    /// With the server.
    Open {
        /// Where to keep what is held back.
        sieve: &'s Sieve<'s, N>,
        channel: N::Channel,
        via: Via,
    },
    /// Connected to no server: a reply that an earlier try held back is received now.
    Spare(Reply),
}

impl<'n, N: Network> Sieve<'n, N> {
    pub(crate) fn new(network: &'n N, query: &'n DnsPacket) -> Sieve<'n, N> {
        Sieve {
            network,
            query,
            spare: Mutex::default(),
        }
    }

    /// As [`Network::open`]; but if there is a spare, no more waiting.
    pub(crate) async fn open(&'n self, server: SocketAddr, via: Via) -> io::Result<Sieved<'n, N>> {
        Ok(match self.spare() {
            Some(spare) => Sieved::Spare(spare),
            None => Sieved::Open {
                sieve: self,
                channel: self.network.open(server, via).await?,
                via,
            },
        })
    }

    /// Takes out what was held back.
    pub(crate) fn spare(&self) -> Option<Reply> {
        let spare = self.spare.lock();
        spare.unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether a message passes. If not, it was held back. (A connection has no others behind the first, and what is truncated will
    /// be asked for over one.)
    fn passes(&self, octets: &[u8], via: Via) -> bool {
        let packet = match DnsPacket::parse(octets) {
            Ok(packet) if via == Via::Udp && !packet.header.tc => packet,
            _ => return true,
        };
        if !has_malformed_record(&packet) || !is_reply(self.query, &packet) {
            return true;
        }
        let octets = octets.to_vec();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.get_or_insert(Reply {
            packet,
            octets,
            via,
        });
        false
    }
}

fn has_malformed_record(packet: &DnsPacket) -> bool {
    let mut records = packet.records();
    records.any(|record| matches!(record.rdata, Rdata::Malformed { .. }))
}

impl<N: Network> Channel for Sieved<'_, N> {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Sieved::Open { channel, .. } => channel.send(message).await,
            Sieved::Spare(_) => Ok(()),
        }
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Sieved::Open {
                sieve,
                channel,
                via,
            } => loop {
                let octets = channel.receive().await?;
                if sieve.passes(&octets, *via) {
                    return Ok(octets);
                }
            },
            Sieved::Spare(reply) => Ok(reply.octets.clone()),
        }
    }
}
