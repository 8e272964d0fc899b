//! The lab behind the traits of [`network`]: opening waits for a connection, receiving waits for the
//! next message.

use std::io;
use std::net::SocketAddr;

use network::{Channel, Network, Via};
use tokio::time::{Instant, sleep_until};

use crate::lab::Lab;

impl Network for Lab {
    type Channel = LabChannel;

    /// Over TCP this takes as long as the server's latency, and never completes without a server.
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

/// A channel to one server of the lab.
#[derive(Debug)]
pub struct LabChannel {
    lab: Lab,
    server: SocketAddr,
    via: Via,
    /// The messages on their way, in the order in which they were sent.
    due: Vec<Due>,
    is_closed: bool,
}

/// A message, or an error, on its way to the client.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) at: Instant,
    pub(crate) arrival: Result<Vec<u8>, io::ErrorKind>,
    /// Its index in the trace.
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

    /// Dropping the future loses no message, over UDP or TCP.
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
        // An error of one datagram does not concern the next; a closed connection stays closed.
        self.is_closed = self.via == Via::Tcp && arrival.is_err();
        arrival.map_err(io::Error::from)
    }
}

impl LabChannel {
    /// Returns the first arrival; of several at the same time, the one that was sent first.
    fn earliest(&self) -> Option<(usize, Instant)> {
        self.due
            .iter()
            .enumerate()
            .map(|(place, due)| (place, due.at))
            .min_by_key(|(_, at)| *at)
    }
}
