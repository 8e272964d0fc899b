//! UDP for a server whose answers may take seconds: each datagram in a task of its own.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::sleep;

/// The longest datagram.
const MAX_DATAGRAM: usize = 65_535;
/// How long to wait when the system cannot receive, for want of memory perhaps.
const OUT_OF_BREATH: Duration = Duration::from_millis(10);

/// Answers datagrams for ever. `respond` makes the reply to a message; none where it is not worth one.
///
/// How many are worked on at the same time is bounded by whoever does the work: [`crate::Flights`].
pub async fn serve_udp<R, F>(socket: Arc<UdpSocket>, respond: R) -> Infallible
where
    R: Fn(Vec<u8>, IpAddr) -> F,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            sleep(OUT_OF_BREATH).await;
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default().to_vec();
        let (reply, socket) = (respond(message, from.ip()), Arc::clone(&socket));
        tokio::spawn(async move {
            if let Some(reply) = reply.await {
                // Whether it arrives is in nobody's hands: the client asks again.
                let _ = socket.send_to(&reply, from).await;
            }
        });
    }
}
