//! The lab behind the traits of [`network`]: opening waits for a connection, receiving waits for
//! the next message.

use std::io;
use std::net::SocketAddr;

use network::{Channel, Network, Via};
use tokio::time::{Instant, sleep_until};

use crate::lab::{Delivery, Lab};

impl Network for Lab {
    type Channel = LabChannel;

    /// Over TCP this takes as long as the server's latency, and never completes without a server.
    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<LabChannel> {
        if via == Via::Tcp {
            let Some((done, outcome)) = self.schedule_opening(server) else {
                return std::future::pending().await;
            };
            sleep_until(done).await;
            outcome?;
        }
        Ok(LabChannel {
            lab: self.clone(),
            server,
            via,
            source_port: self.source_port(via),
            deliveries: Vec::new(),
            is_closed: false,
        })
    }
}

/// A channel to one server of the lab.
#[derive(Debug)]
pub struct LabChannel {
    lab: Lab,
    server: SocketAddr,
    via: Via,
    source_port: u16,
    /// The messages on their way, in the order in which they were sent.
    deliveries: Vec<Delivery>,
    is_closed: bool,
}

impl Channel for LabChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if self.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if message.len() > usize::from(u16::MAX) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let deliveries = self
            .lab
            .schedule(self.server, self.via, self.source_port, message);
        self.deliveries.extend(deliveries);
        Ok(())
    }

    /// Dropping the future loses no message, over UDP or TCP.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if self.is_closed {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((index, at)) = self.earliest() else {
            return std::future::pending().await;
        };
        sleep_until(at).await;
        let Delivery { arrival, event, .. } = self.deliveries.remove(index);
        self.lab.mark_received(event);
        // An error of one datagram does not concern the next; a closed connection stays closed.
        self.is_closed = self.via == Via::Tcp && arrival.is_err();
        arrival.map_err(io::Error::from)
    }
}

impl LabChannel {
    /// Returns the first arrival; of several at the same time, the one that was sent first.
    fn earliest(&self) -> Option<(usize, Instant)> {
        self.deliveries
            .iter()
            .enumerate()
            .map(|(index, delivery)| (index, delivery.at))
            .min_by_key(|(_, at)| *at)
    }
}
