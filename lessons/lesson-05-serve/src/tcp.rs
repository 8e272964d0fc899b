//! TCP: connections, with any number of queries on each (RFC 7766).
//!
//! A connection costs something, and whoever opens one decides what he does with it: nothing, or one octet an hour. So there is
//! a bound on how many there are, and on how long each may take over a message.

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

/// How long to wait when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// What a server grants its TCP clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpLimits {
    /// Connections at the same time; further ones wait to be accepted.
    pub connections: usize,
    /// How long a connection may take to deliver its next message, or to take a reply.
    pub idle: Duration,
}

impl Default for TcpLimits {
    /// RFC 7766 section 6.2.3 asks for some seconds of idle time.
    fn default() -> Self {
        TcpLimits {
            connections: 128,
            idle: Duration::from_secs(10),
        }
    }
}

/// Accepts connections for ever, each in a task of its own.
pub async fn serve_tcp<H: Handler>(
    listener: &TcpListener,
    handler: Arc<H>,
    limits: TcpLimits,
) -> Infallible {
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let handler = Arc::clone(&handler);
                tokio::spawn(async move {
                    // How a connection ends is its client's business: it has been served until then.
                    let _ = converse(stream, &*handler, limits.idle).await;
                    drop(place);
                });
            }
            Err(_) => sleep(OUT_OF_SOCKETS).await,
        }
    }
}

/// Answers the queries of one connection in their order, until its client closes it or takes too long.
///
/// # Errors
/// How it ended: there is no other way.
async fn converse<H: Handler>(
    mut stream: TcpStream,
    handler: &H,
    idle: Duration,
) -> io::Result<()> {
    todo!(
        "In a loop: receive a message (`receive_framed`) and write the reply, if any (`framed`), each within the time `idle`."
    )
}
