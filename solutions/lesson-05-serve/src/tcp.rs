//! TCP: connections, with any number of queries on each (RFC 7766).
//!
//! Each connection costs the server a socket and memory, and a hostile client may hold it open
//! without sending a message, or send one octet an hour. So there is a limit on the number of
//! connections, and on the time for each message.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use network::Via;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use transport::sockets::{framed, receive_framed};

use crate::{Handler, respond};

/// The time before the next attempt to accept, when the system has no socket to spare.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// The limits on TCP connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpLimits {
    /// The most connections at the same time; further ones wait to be accepted.
    pub connections: usize,
    /// The most time until the next message has arrived, and until a reply has been sent.
    pub idle: Duration,
}

impl Default for TcpLimits {
    /// RFC 7766 section 6.2.3 recommends an idle timeout of a few seconds.
    fn default() -> Self {
        TcpLimits {
            connections: 128,
            idle: Duration::from_secs(10),
        }
    }
}

/// Accepts connections until the task is dropped, and serves each in a task of its own.
pub async fn serve_tcp<H: Handler>(
    listener: &TcpListener,
    handler: Arc<H>,
    limits: TcpLimits,
) -> Infallible {
    let permits = Arc::new(Semaphore::new(limits.connections));
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let handler = Arc::clone(&handler);
                tokio::spawn(async move {
                    // The error only says how the connection ended: no query is left to answer.
                    let _ = serve_connection(stream, &*handler, limits.idle).await;
                    drop(permit);
                });
            }
            Err(_) => sleep(ACCEPT_RETRY_DELAY).await,
        }
    }
}

/// Answers the queries of one connection in their order, until the client closes it or exceeds a
/// time limit.
///
/// # Errors
/// Always, at the end of the connection: the error says how it ended.
async fn serve_connection<H: Handler>(
    mut stream: TcpStream,
    handler: &H,
    idle: Duration,
) -> io::Result<()> {
    // todo: In a loop, receive a message (`receive_framed`), `respond` to it, and send the reply,
    // if any (`framed`). Let no client hold you up: whatever waits for one has the time `idle`.
    loop {
        let message = timeout(idle, receive_framed(&mut stream)).await??;
        if let Some(reply) = respond(handler, &message, Via::Tcp).await {
            timeout(idle, stream.write_all(&framed(&reply)?)).await??;
        }
    }
    // end todo
}
