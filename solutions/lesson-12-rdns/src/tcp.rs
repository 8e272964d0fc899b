//! TCP for a server whose answers may take seconds (RFC 7766).
//!
//! Two things are different from lesson 5. Questions on one connection are worked on at the same time, and answered in the order
//! in which the answers come (RFC 7766 section 6.2.1.1): a slow one holds nobody up. And when there are as many connections as
//! there may be, a new one is not left waiting: the one that has been quiet for longest is closed for it.

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

/// How many questions of one connection are worked on at the same time; further ones wait to be read.
const PIPELINED: usize = 32;
/// How long to wait when the system has no more sockets to give.
const OUT_OF_SOCKETS: Duration = Duration::from_millis(100);

/// Accepts connections for ever, each in a task of its own. `respond` makes the reply to a message; none where it is not worth one.
pub async fn serve_tcp<R, F>(listener: TcpListener, limits: TcpLimits, respond: R) -> Infallible
where
    R: Fn(Vec<u8>, IpAddr) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    let quiet = Arc::new(Quiet::default());
    loop {
        let Ok((stream, peer)) = listener.accept().await else {
            sleep(OUT_OF_SOCKETS).await;
            continue;
        };
        quiet.make_room(limits.connections);
        let (number, quiet_too) = (quiet.next(), Arc::clone(&quiet));
        let respond = respond.clone();
        let task = tokio::spawn(async move {
            let place = Place::new(quiet_too, number);
            // How a connection ends is its client's business: it has been served until then.
            let _ = converse(stream, peer.ip(), limits.idle, &place, respond).await;
        });
        quiet.note(number, task.abort_handle());
    }
}

/// Answers the questions of one connection, until its client closes it or is quiet for too long.
///
/// # Errors
/// How it ended: there is no other way.
async fn converse<R, F>(
    stream: TcpStream,
    client: IpAddr,
    idle: Duration,
    place: &Place,
    respond: R,
) -> io::Result<()>
where
    R: Fn(Vec<u8>, IpAddr) -> F,
    F: Future<Output = Option<Vec<u8>>> + Send + 'static,
{
    stream.set_nodelay(true)?;
    let (mut reader, writer) = stream.into_split();
    let writer = Arc::new(AsyncMutex::new(writer));
    let places = Arc::new(Semaphore::new(PIPELINED));
    // Dropped with the connection, and all that is worked on for it.
    let mut answers = JoinSet::new();
    loop {
        let pipelined = Arc::clone(&places).acquire_owned().await;
        let message = tokio::select! {
            biased;
            ended = ended(idle, &mut answers) => return Err(ended),
            message = receive_framed(&mut reader) => message?,
        };
        place.stir();
        let (reply, writer) = (respond(message, client), Arc::clone(&writer));
        answers.spawn(async move {
            let _pipelined = pipelined;
            match reply.await {
                Some(reply) => write(&writer, &reply, idle).await,
                None => Ok(()),
            }
        });
    }
}

/// Waits until a reply could not be written, or nothing was worked on for a connection for so long.
async fn ended(idle: Duration, answers: &mut JoinSet<io::Result<()>>) -> io::Error {
    while let Some(answer) = answers.join_next().await {
        if let Ok(Err(error)) = answer {
            return error;
        }
    }
    sleep(idle).await;
    io::ErrorKind::TimedOut.into()
}

/// Writes a reply, or ends the connection: after half a reply, nothing that follows can be understood.
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
            // Before the next one that waits for the writer has it.
            writer.shutdown().await?;
            Err(elapsed.into())
        }
    }
}

/// All connections, in the order in which they were last heard of.
#[derive(Debug, Default)]
struct Quiet {
    state: Mutex<QuietState>,
}

#[derive(Debug, Default)]
struct QuietState {
    next: u64,
    /// By the number of the last message.
    connections: BTreeMap<u64, Option<AbortHandle>>,
}

impl Quiet {
    fn state(&self) -> MutexGuard<'_, QuietState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more connection.
    fn next(&self) -> u64 {
        let mut state = self.state();
        state.next += 1;
        let number = state.next;
        state.connections.insert(number, None);
        number
    }

    /// How a connection can be closed, unless it has moved on already: then its place knows.
    fn note(&self, number: u64, task: AbortHandle) {
        if let Some(place) = self.state().connections.get_mut(&number) {
            *place = Some(task);
        }
    }

    /// Closes connections, those first that have been quiet for longest, until there is room for one more.
    fn make_room(&self, limit: usize) {
        let mut state = self.state();
        while state.connections.len() >= limit.max(1) {
            let Some((_, task)) = state.connections.pop_first() else {
                return;
            };
            if let Some(task) = task {
                task.abort();
            }
        }
    }
}

/// One connection among them; gone when it is dropped.
struct Place {
    quiet: Arc<Quiet>,
    number: Mutex<u64>,
}

impl Place {
    fn new(quiet: Arc<Quiet>, number: u64) -> Place {
        Place {
            quiet,
            number: Mutex::new(number),
        }
    }

    /// It was heard of just now.
    fn stir(&self) {
        let mut number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.quiet.state();
        if let Some(task) = state.connections.remove(&number) {
            state.next += 1;
            *number = state.next;
            let next = state.next;
            state.connections.insert(next, task);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let number = self.number.lock().unwrap_or_else(PoisonError::into_inner);
        self.quiet.state().connections.remove(&number);
    }
}
