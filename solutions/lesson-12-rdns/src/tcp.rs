//! TCP for a server whose replies may take seconds (RFC 7766).
//!
//! Two things differ from lesson 5. The queries on one connection are worked on at the same time,
//! and their replies are sent in the order in which they are ready (RFC 7766 section 6.2.1.1): a
//! slow one does not delay the others. And when the maximum number of connections is open, a new
//! client does not wait: the connection that has been inactive for longest is closed for it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serve::TcpLimits;
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};
use transport::sockets::{framed, receive_framed};

/// The most queries of one connection that are worked on at the same time; further ones wait to be
/// read.
const MAX_PIPELINED: usize = 32;
/// The pause after the operating system failed to accept, for want of sockets perhaps.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Accepts connections until the task is dropped, and serves each in its own task. `respond` makes
/// the reply to a message; none for a message that gets no reply.
pub async fn serve_tcp<R, F>(listener: TcpListener, limits: TcpLimits, respond: R) -> Infallible
where
    R: Fn(Vec<u8>, IpAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let connections = Arc::new(Connections::default());
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(ACCEPT_RETRY_DELAY).await;
            continue;
        };
        connections.make_room(limits.connections);
        let (number, table) = (connections.register(), Arc::clone(&connections));
        let respond = respond.clone();
        let task = tokio::spawn(async move {
            let activity = Activity::new(table, number);
            // An error only means that the client, or the idle timeout, ended the connection.
            let _ = serve_connection(stream, peer.ip(), limits.idle, &activity, respond).await;
        });
        connections.set_task(number, task.abort_handle());
    }
}

/// Answers the queries of one connection, until the client closes it, or it is idle for too long.
///
/// # Errors
/// The end of the connection: it has no other result.
async fn serve_connection<R, F>(
    stream: TcpStream,
    client: IpAddr,
    idle: Duration,
    activity: &Activity,
    respond: R,
) -> io::Result<()>
where
    R: Fn(Vec<u8>, IpAddr) -> F,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    stream.set_nodelay(true)?;
    let (mut reader, writer) = stream.into_split();
    let writer = Arc::new(AsyncMutex::new(writer));
    let permits = Arc::new(Semaphore::new(MAX_PIPELINED));
    // Dropped with the connection, and with it the work on its queries.
    let mut replies = JoinSet::new();
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await;
        let message = tokio::select! {
            biased;
            error = failed_or_idle(idle, &mut replies) => return Err(error),
            message = receive_framed(&mut reader) => message?,
        };
        activity.record();
        let (reply, writer) = (respond(message, client), Arc::clone(&writer));
        replies.spawn(async move {
            let _permit = permit;
            match reply.await {
                Some(reply) => write(&writer, &reply, idle).await,
                None => Ok(()),
            }
        });
    }
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
async fn write(
    writer: &AsyncMutex<OwnedWriteHalf>,
    reply: &[u8],
    idle: Duration,
) -> io::Result<()> {
    let framed = framed(reply)?;
    let mut writer = writer.lock().await;
    match timeout(idle, writer.write_all(&framed)).await {
        Ok(written) => written,
        Err(elapsed) => {
            // Shut down before the next task gets the writer.
            writer.shutdown().await?;
            Err(elapsed.into())
        }
    }
}

/// A table of the open connections, in the order of their last activity.
#[derive(Debug, Default)]
struct Connections {
    state: Mutex<ConnectionsState>,
}

#[derive(Debug, Default)]
struct ConnectionsState {
    next: u64,
    /// The tasks of the connections, by a number that grows with each message.
    tasks: BTreeMap<u64, Option<AbortHandle>>,
}

impl Connections {
    fn state(&self) -> MutexGuard<'_, ConnectionsState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a new connection, and returns its number.
    fn register(&self) -> u64 {
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        state.tasks.insert(number, None);
        number
    }

    /// Sets the task of a connection, by which it can be closed. A connection that has had a
    /// message, and hence has a new number, goes on without: it cannot be closed for another one.
    fn set_task(&self, number: u64, task: AbortHandle) {
        if let Some(slot) = self.state().tasks.get_mut(&number) {
            *slot = Some(task);
        }
    }

    /// Closes the connections that have been inactive for longest, until there is room for one
    /// more.
    fn make_room(&self, limit: usize) {
        let mut state = self.state();
        while state.tasks.len() >= limit.max(1) {
            let Some((_, task)) = state.tasks.pop_first() else {
                return;
            };
            if let Some(task) = task {
                task.abort();
            }
        }
    }
}

/// The entry of one connection in the table; it is removed on drop.
struct Activity {
    connections: Arc<Connections>,
    number: Mutex<u64>,
}

impl Activity {
    fn new(connections: Arc<Connections>, number: u64) -> Activity {
        Activity {
            connections,
            number: Mutex::new(number),
        }
    }

    /// Records a message: the connection becomes the one that was active last.
    fn record(&self) {
        let mut number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.connections.state();
        if let Some(task) = state.tasks.remove(&number) {
            state.next += 1;
            *number = state.next;
            let next = state.next;
            state.tasks.insert(next, task);
        }
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        let number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        self.connections.state().tasks.remove(&number);
    }
}
