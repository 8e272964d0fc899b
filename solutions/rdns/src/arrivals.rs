//! [`ArrivalSocket`]: a UDP socket that wakes its task for datagrams that arrive, and for nothing else.
//!
//! tokio's UDP socket also reports when there is room to send. On Linux there is room again after each
//! datagram that was sent, so that each reply and each upstream query woke the thread once more. But
//! `rdns` never waits for room: a datagram for which there is none is lost, as others are on the way.

use std::io;
use std::net::{SocketAddr, UdpSocket};

/// A UDP socket that does not block.
#[derive(Debug)]
pub(crate) struct ArrivalSocket {
    #[cfg(unix)]
    socket: tokio::io::unix::AsyncFd<UdpSocket>,
    #[cfg(not(unix))]
    socket: tokio::net::UdpSocket,
}

#[cfg(unix)]
mod unix {
    use std::os::fd::{AsFd, BorrowedFd};

    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    use super::{ArrivalSocket, SocketAddr, UdpSocket, io};

    /// The system reports an error on its own: that the server's port is closed, for example.
    const ARRIVALS: Interest = Interest::READABLE.add(Interest::ERROR);

    impl ArrivalSocket {
        /// Takes over a socket, for the present runtime.
        ///
        /// # Errors
        /// If the system refuses.
        pub(crate) fn new(socket: UdpSocket) -> io::Result<ArrivalSocket> {
            socket.set_nonblocking(true)?;
            #[expect(
                deprecated,
                reason = "it is so for types whose descriptor changes; that of a socket does not"
            )]
            let socket = AsyncFd::with_interest(socket, ARRIVALS)?;
            Ok(ArrivalSocket { socket })
        }

        /// Waits until something may have arrived.
        ///
        /// # Errors
        /// If the runtime ends.
        pub(crate) async fn arrival(&self) -> io::Result<()> {
            self.socket.ready(ARRIVALS).await.map(drop)
        }

        /// Calls a function that receives. After `WouldBlock` from it, the next
        /// [`arrival`](Self::arrival) waits.
        ///
        /// # Errors
        /// Those of the function; `WouldBlock` if nothing has arrived.
        pub(crate) fn try_io<T>(
            &self,
            mut receive: impl FnMut() -> io::Result<T>,
        ) -> io::Result<T> {
            // tokio tells the two apart, and takes none of them for both.
            match self.socket.try_io(Interest::READABLE, |_| receive()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.socket.try_io(Interest::ERROR, |_| receive())
                }
                received => received,
            }
        }

        /// Receives a datagram on a connected socket.
        ///
        /// # Errors
        /// `WouldBlock` if none has arrived; others if the system refuses.
        pub(crate) fn try_receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
            self.try_io(|| self.socket.get_ref().recv(buffer))
        }

        /// Receives a datagram, and the address of its sender.
        ///
        /// # Errors
        /// `WouldBlock` if none has arrived; others if the system refuses.
        pub(crate) fn try_receive_from(
            &self,
            buffer: &mut [u8],
        ) -> io::Result<(usize, SocketAddr)> {
            self.try_io(|| self.socket.get_ref().recv_from(buffer))
        }

        /// Sends a datagram on a connected socket.
        ///
        /// # Errors
        /// If the system refuses; `WouldBlock` if there is no room.
        pub(crate) fn try_send(&self, message: &[u8]) -> io::Result<usize> {
            self.socket.get_ref().send(message)
        }
    }

    impl AsFd for ArrivalSocket {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.socket.get_ref().as_fd()
        }
    }
}

/// Elsewhere it is tokio's UDP socket.
#[cfg(not(unix))]
mod other {
    use std::os::windows::io::{AsSocket, BorrowedSocket};

    use tokio::io::Interest;

    use super::{ArrivalSocket, SocketAddr, UdpSocket, io};

    impl ArrivalSocket {
        pub(crate) fn new(socket: UdpSocket) -> io::Result<ArrivalSocket> {
            socket.set_nonblocking(true)?;
            let socket = tokio::net::UdpSocket::from_std(socket)?;
            Ok(ArrivalSocket { socket })
        }

        pub(crate) async fn arrival(&self) -> io::Result<()> {
            self.socket.readable().await
        }

        pub(crate) fn try_io<T>(&self, receive: impl FnMut() -> io::Result<T>) -> io::Result<T> {
            self.socket.try_io(Interest::READABLE, receive)
        }

        pub(crate) fn try_receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
            self.socket.try_recv(buffer)
        }

        pub(crate) fn try_receive_from(
            &self,
            buffer: &mut [u8],
        ) -> io::Result<(usize, SocketAddr)> {
            self.socket.try_recv_from(buffer)
        }

        pub(crate) fn try_send(&self, message: &[u8]) -> io::Result<usize> {
            socket2::SockRef::from(self).send(message)
        }
    }

    impl AsSocket for ArrivalSocket {
        fn as_socket(&self) -> BorrowedSocket<'_> {
            self.socket.as_socket()
        }
    }
}
