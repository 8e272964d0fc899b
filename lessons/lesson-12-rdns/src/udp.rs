//! UDP for a server whose replies may take seconds: each datagram has its own task.

use std::convert::Infallible;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::sleep;

/// The size of the largest datagram, in octets.
const MAX_DATAGRAM: usize = 65_535;
/// The pause after the operating system failed to receive, for want of memory perhaps.
const RECEIVE_RETRY_DELAY: Duration = Duration::from_millis(10);

/// Answers datagrams until the task is dropped. `respond` makes the reply to a message; none for a
/// message that gets no reply.
///
/// The number of datagrams that are handled at the same time is not bounded here, but by
/// [`Flights`](crate::Flights).
pub async fn serve_udp<R, F>(socket: Arc<UdpSocket>, respond: R) -> Infallible
where
    R: Fn(Vec<u8>, IpAddr) -> F,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let mut buffer = vec![0; MAX_DATAGRAM];
    loop {
        let Ok((length, client)) = socket.recv_from(&mut buffer).await else {
            sleep(RECEIVE_RETRY_DELAY).await;
            continue;
        };
        let message = buffer.get(..length).unwrap_or_default().to_vec();
        let (reply, socket) = (respond(message, client.ip()), Arc::clone(&socket));
        tokio::spawn(async move {
            if let Some(reply) = reply.await {
                // If the datagram is lost, the client repeats its query.
                let _ = socket.send_to(&reply, client).await;
            }
        });
    }
}
