//! UDP: a datagram in, a datagram out (RFC 1035 section 4.2.1).

use std::convert::Infallible;
use std::io;

use network::Via;
use tokio::net::UdpSocket;

use crate::{Handler, respond};

/// The longest datagram.
const MAX_DATAGRAM: usize = 65_535;

/// Answers datagrams, one after another, for ever.
///
/// No datagram ends it, and neither does what the system has to say about one: on some systems, "your last reply found nobody"
/// is an error of the next receive. It never returns, and is there to be dropped.
pub async fn serve_udp<H: Handler>(socket: &UdpSocket, handler: &H) -> Infallible {
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        // A failure is that of one datagram; the next one has its own chance.
        let _ = answer_one(socket, handler, &mut buffer).await;
    }
}

/// Receives one datagram, and sends the reply to where it came from.
///
/// # Errors
/// If the system cannot receive or send.
pub async fn answer_one<H: Handler>(
    socket: &UdpSocket,
    handler: &H,
    buffer: &mut [u8],
) -> io::Result<()> {
    // todo: Receive into the buffer (recv_from says from whom), `respond` to what came, and send the reply, if any, back.
    let (length, from) = socket.recv_from(buffer).await?;
    let message = buffer.get(..length).unwrap_or_default();
    if let Some(reply) = respond(handler, message, Via::Udp).await {
        socket.send_to(&reply, from).await?;
    }
    Ok(())
    // end todo
}
