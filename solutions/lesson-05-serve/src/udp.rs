//! UDP: one query and one reply, each in a datagram (RFC 1035 section 4.2.1).

use std::convert::Infallible;
use std::io;

use network::Via;
use tokio::net::UdpSocket;

use crate::{Handler, respond};

/// The longest datagram, in octets.
const MAX_DATAGRAM: usize = 65_535;

/// Answers datagrams, one after another, until the task is dropped.
///
/// An error ends only the datagram that it belongs to. On some systems, a reply to a port that is
/// closed by now is an error of the next receive.
pub async fn serve_udp<H: Handler>(socket: &UdpSocket, handler: &H) -> Infallible {
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        // The error is that of one datagram: the next one may succeed.
        let _ = answer_one(socket, handler, &mut buffer).await;
    }
}

/// Receives one datagram, and sends the reply, if any, to its source.
///
/// # Errors
/// If the system cannot receive or send.
pub async fn answer_one<H: Handler>(
    socket: &UdpSocket,
    handler: &H,
    buffer: &mut [u8],
) -> io::Result<()> {
    // todo: Receive a datagram into the buffer (`recv_from` returns its length and source), and
    // `respond` to it. Send the reply, if any, to the source.
    let (length, source) = socket.recv_from(buffer).await?;
    let message = buffer.get(..length).unwrap_or_default();
    if let Some(reply) = respond(handler, message, Via::Udp).await {
        socket.send_to(&reply, source).await?;
    }
    Ok(())
    // end todo
}
