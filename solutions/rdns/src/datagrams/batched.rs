//! Linux receives many datagrams in one system call, and sends many.

use std::array;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};
use smallvec::SmallVec;

use super::{Batch, DatagramSocket, Ends, MAX_BATCH, MAX_DATAGRAM, SLOT};

/// The headers that the system calls need.
#[derive(Debug)]
pub(super) struct Headers {
    incoming: MultiHeaders<SockaddrStorage>,
    outgoing: MultiHeaders<SockaddrStorage>,
}

impl Headers {
    pub(super) fn new() -> Headers {
        Headers {
            incoming: MultiHeaders::preallocate(MAX_BATCH, None),
            outgoing: MultiHeaders::preallocate(MAX_BATCH, None),
        }
    }
}

impl DatagramSocket {
    /// Receives the datagrams that are there.
    pub(super) fn receive_batched(&self, batch: &mut Batch) -> io::Result<()> {
        let received = self.socket.try_io(|| {
            // The second call of an attempt, if there is one, finds the batch filled.
            if batch.received.is_empty() {
                receive(self.socket.as_fd().as_raw_fd(), batch)?;
            }
            match batch.is_full() {
                true => Ok(()),
                // There are no more: the reactor waits for the next.
                false => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            received => received,
        }
    }

    /// Sends the replies.
    pub(super) fn send_batched(&self, batch: &mut Batch) {
        type OnStack<T> = SmallVec<[T; MAX_BATCH]>;
        let replies = batch.replies.iter().zip(&batch.ends);
        let (octets, clients): (OnStack<_>, OnStack<_>) = replies
            .map(|(reply, ends)| {
                let client = SockaddrStorage::from(ends.client);
                ([IoSlice::new(reply)], Some(client))
            })
            .unzip();
        let mut first = 0;
        while let (Some(octets @ [_, ..]), Some(clients)) =
            (octets.get(first..), clients.get(first..))
        {
            let headers = &mut batch.headers.outgoing;
            let flags = MsgFlags::MSG_DONTWAIT;
            let sent = sendmmsg(
                self.socket.as_fd().as_raw_fd(),
                headers,
                octets,
                clients,
                [],
                flags,
            );
            first += match sent {
                Ok(sent) => sent.count().max(1),
                Err(Errno::EAGAIN) => return,
                // An error is that of the first one: the system does not say which others it would refuse.
                Err(_) => 1,
            };
        }
    }
}

/// Receives into the slots of a batch.
fn receive(socket: i32, batch: &mut Batch) -> io::Result<()> {
    let mut octets = batch.octets.chunks_mut(SLOT);
    let mut slots: [_; MAX_BATCH] = array::from_fn(|_| {
        let slot = octets.next().unwrap_or_default();
        [IoSliceMut::new(
            slot.get_mut(..MAX_DATAGRAM).unwrap_or_default(),
        )]
    });
    let headers = &mut batch.headers.incoming;
    let datagrams = recvmmsg(
        socket,
        headers,
        slots.iter_mut(),
        MsgFlags::MSG_DONTWAIT,
        None,
    )?;
    for (start, datagram) in (0..).step_by(SLOT).zip(datagrams) {
        if let Some(client) = datagram.address.as_ref().and_then(socket_address) {
            let range = start..start + datagram.bytes;
            batch.received.push((range, Ends { client, own: None }));
        }
    }
    Ok(())
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in();
    let v6 = || address.as_sockaddr_in6();
    let v4 = v4.map(|it| SocketAddrV4::from(*it).into());
    v4.or_else(|| v6().map(|it| SocketAddrV6::from(*it).into()))
}
