//! TCP for a server whose replies may take seconds (RFC 7766).
//!
//! Three things differ from lesson 5. The queries on one connection are handled at the same time,
//! and their replies are sent in the order in which they are ready (RFC 7766 section 6.2.1.1): a
//! slow one does not delay the others. A client may shut down its sending side after its last
//! query, and gets the replies all the same. And a new client does not wait for others to become
//! idle: when the maximum number of connections is open, one that is inactive is closed for it
//! (`connections.rs`).

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use network::Via;
use serve::TcpLimits;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, WriteHalf, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use transport::sockets::{framed, receive_framed};

use crate::connections::{Connection, Connections, GRACE};
use crate::recursive::overloaded;

/// The most queries of one connection that are handled at the same time; further ones wait to be
/// read.
const MAX_PIPELINED: usize = 32;
/// The pause after the operating system failed to accept, for want of sockets perhaps.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Accepts connections until the task is dropped, and serves each in its own task. `respond` makes
/// the reply to a message; none for a message that gets no reply. A connection of a client that
/// `allows` refuses is closed at once: it takes no place.
pub async fn serve_tcp<R, F>(
    listener: TcpListener,
    limits: TcpLimits,
    allows: impl Fn(IpAddr) -> bool + Send + Sync,
    respond: R,
) -> Infallible
where
    R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    serve_tcp_with_grace(listener, limits, GRACE, allows, respond).await
}

/// Serves like [`serve_tcp`], over a layer above TCP, such as TLS (RFC 7858). `open` makes the layer
/// on a new connection: it has the idle timeout for that, and the connection has its place already.
pub async fn serve_layer<S, U, G, R, F>(
    listener: TcpListener,
    limits: TcpLimits,
    allows: impl Fn(IpAddr) -> bool + Send + Sync,
    open: U,
    respond: R,
) -> Infallible
where
    S: AsyncRead + AsyncWrite + Send + 'static,
    U: Fn(TcpStream) -> G,
    G: Future<Output = io::Result<S>> + Send + 'static,
    R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    accept(listener, limits, GRACE, allows, open, respond).await
}

/// Serves like [`serve_tcp`], with another grace period of the connections.
pub async fn serve_tcp_with_grace<R, F>(
    listener: TcpListener,
    limits: TcpLimits,
    grace: Duration,
    allows: impl Fn(IpAddr) -> bool + Send + Sync,
    respond: R,
) -> Infallible
where
    R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let open = |stream| async { Ok(stream) };
    accept(listener, limits, grace, allows, open, respond).await
}

/// Accepts connections until the task is dropped, and answers the queries of each.
async fn accept<S, U, G, R, F>(
    listener: TcpListener,
    limits: TcpLimits,
    grace: Duration,
    allows: impl Fn(IpAddr) -> bool + Send + Sync,
    open: U,
    respond: R,
) -> Infallible
where
    S: AsyncRead + AsyncWrite + Send + 'static,
    U: Fn(TcpStream) -> G,
    G: Future<Output = io::Result<S>> + Send + 'static,
    R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let connections = Connections::new(limits.connections, grace);
    let idle = limits.idle;
    accept_connections(listener, connections, allows, move |stream, connection| {
        let (opening, respond) = (open(stream), respond.clone());
        async move {
            // An error only means that the client, or the idle timeout, ended the connection.
            if let Ok(Ok(stream)) = timeout(idle, opening).await {
                let _ended = serve_connection(stream, idle, &connection, respond).await;
            }
        }
    })
    .await
}

/// Accepts connections until the task is dropped, gives each a place among `connections`, and runs
/// `serve` for it in its own task: for protocols other than that of DNS over TCP, such as HTTP.
pub async fn accept_connections<F>(
    listener: TcpListener,
    connections: Arc<Connections>,
    allows: impl Fn(IpAddr) -> bool + Send + Sync,
    serve: impl Fn(TcpStream, Arc<Connection>) -> F,
) -> Infallible
where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(ACCEPT_RETRY_DELAY).await;
            continue;
        };
        if !allows(peer.ip()) {
            continue;
        }
        let connection = Arc::new(connections.enter(peer).await);
        // Without it, a small reply waits for the acknowledgement of the one before.
        let _ = stream.set_nodelay(true);
        let serving = serve(stream, Arc::clone(&connection));
        tokio::spawn(async move {
            tokio::select! {
                () = serving => {}
                // A client that does not read its replies cannot keep the connection.
                () = connection.evicted_for(3 * connection.grace()) => {}
            }
        });
    }
}

/// Answers the queries of one connection, until the client has no more of them, or the connection
/// is idle for too long.
///
/// # Errors
/// If the connection is idle or broken.
async fn serve_connection<S, R, F>(
    stream: S,
    idle: Duration,
    connection: &Connection,
    respond: R,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + 'static,
    R: Fn(Vec<u8>, SocketAddr) -> F,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let (mut reader, writer) = split(stream);
    let writer = Arc::new(AsyncMutex::new(writer));
    let permits = Arc::new(Semaphore::new(MAX_PIPELINED));
    // Dropped with the connection, and with it the work on its queries.
    let mut replies = JoinSet::new();
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await;
        let message = tokio::select! {
            biased;
            error = failed_or_idle(idle, &mut replies) => return Err(error),
            message = receive_framed(&mut reader) => message,
            () = connection.evicted_for(connection.grace()) => break,
        };
        let message = match message {
            Err(end) if end.kind() == io::ErrorKind::UnexpectedEof => break,
            message => message?,
        };
        let work = connection.start_work();
        let (reply, writer) = (
            respond(message.clone(), connection.client()),
            Arc::clone(&writer),
        );
        replies.spawn(async move {
            let _permit = permit;
            let reply = tokio::select! {
                biased;
                () = work.eviction() => overloaded(&message, Via::Tcp).await,
                reply = reply => reply,
            };
            match reply {
                Some(reply) => write(&writer, &reply, idle).await,
                None => Ok(()),
            }
        });
    }
    // No more queries are read, but the client may still read the replies.
    while let Some(reply) = replies.join_next().await {
        reply.unwrap_or(Ok(()))?;
    }
    Ok(())
}

/// Waits until a reply could not be written, or until the connection was idle, with no query in
/// work, for the given time.
async fn failed_or_idle(idle: Duration, replies: &mut JoinSet<io::Result<()>>) -> io::Error {
    while let Some(reply) = replies.join_next().await {
        if let Ok(Err(error)) = reply {
            return error;
        }
    }
    sleep(idle).await;
    io::ErrorKind::TimedOut.into()
}

/// Writes a reply, or ends the connection: after half a reply, a client cannot tell where the next
/// one begins.
async fn write<S: AsyncWrite>(
    writer: &AsyncMutex<WriteHalf<S>>,
    reply: &[u8],
    idle: Duration,
) -> io::Result<()> {
    let framed = framed(reply)?;
    let mut writer = writer.lock().await;
    let writing = async {
        writer.write_all(&framed).await?;
        writer.flush().await // a layer above TCP may keep octets back
    };
    match timeout(idle, writing).await {
        Ok(written) => written,
        Err(elapsed) => {
            // Shut down before the next task gets the writer.
            writer.shutdown().await?;
            Err(elapsed.into())
        }
    }
}
