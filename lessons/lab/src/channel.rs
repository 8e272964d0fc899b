//! The lab behind the traits of [`network`]: opening is waiting for a connection, receiving is waiting for what is due.

use std::io;
use std::net::SocketAddr;

use network::{Channel, Network, Via};
use tokio::time::{Instant, sleep_until};

use crate::lab::Lab;

impl Network for Lab {
    type Channel = LabChannel;

    /// Over TCP this takes as long as the server's latency, and for ever where nobody is.
    async fn open(&self, server: SocketAddr, via: Via) -> io::Result<LabChannel> {
        if via == Via::Tcp {
            let Some((done, outcome)) = self.settle_opening(server) else {
                return std::future::pending().await;
            };
            sleep_until(done).await;
            outcome?;
        }
        Ok(LabChannel {
            lab: self.clone(),
            server,
            via,
            due: Vec::new(),
            is_closed: false,
        })
    }
}

/// A conversation with one server of the lab.
#[derive(Debug)]
pub struct LabChannel {
    lab: Lab,
    server: SocketAddr,
    via: Via,
    /// What is on its way, in the order in which it was sent off.
    due: Vec<Due>,
    is_closed: bool,
}

/// Something on its way to the asker.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) arrival: Result<Vec<u8>, io::ErrorKind>,
    /// Its place in the trace.
    pub(crate) event: usize,
}

impl Channel for LabChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        if self.is_closed {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        if message.len() > usize::from(u16::MAX) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.due
            .extend(self.lab.settle(self.server, self.via, message));
        Ok(())
    }

    /// Dropping the future loses nothing, over UDP and TCP alike.
    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        if self.is_closed {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((place, at)) = self.earliest() else {
            return std::future::pending().await;
        };
        sleep_until(at).await;
        let Due { arrival, event, .. } = self.due.remove(place);
        self.lab.taken(event);
        // A datagram that is refused says nothing of the next; a connection that is gone is gone.
        self.is_closed = self.via == Via::Tcp && arrival.is_err();
        arrival.map_err(io::Error::from)
    }
}

impl LabChannel {
    /// What arrives first, and of several at one moment, what was sent off first.
    fn earliest(&self) -> Option<(usize, Instant)> {
        self.due
            .iter()
            .enumerate()
            .map(|(place, due)| (place, due.at))
            .min_by_key(|(_, at)| *at)
    }
}
