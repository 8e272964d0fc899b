//! One TLS connection to a server, for many queries at the same time (RFC 7766, RFC 7858).
//!
//! A task owns the connection. It gives each query an id of its own, so that two searches that have
//! drawn the same id do not get each other's reply, and hands each reply to the search that waits
//! for it, in whichever order replies come.
//!
//! ```text
//!     Opening ---> Open ---> Closed: idle for 10 s, without any reply for 5 s, or closed by the server
//!           \
//!            ----> Failed: not reached, or not the intended server
//! ```

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, interval, timeout};
use transport::sockets::{framed, receive_framed};

use super::outgoing::TlsClient;

/// The time that TCP and TLS have to open a connection.
const OPEN_LIMIT: Duration = Duration::from_secs(4);
/// The time after which a connection without a query is closed (RFC 7858 section 3.4).
const IDLE: Duration = Duration::from_secs(10);
/// The time without any reply after which a connection with queries is given up: the server may have
/// been restarted, and a firewall may drop the packets that would say so.
const STALLED: Duration = Duration::from_secs(5);
/// The interval at which both are looked at.
const TICK: Duration = Duration::from_millis(250);
/// The maximum number of queries that wait to be sent; further ones wait before they are accepted.
const QUEUE: usize = 64;
/// The maximum number of queries without a reply.
const MAX_OUTSTANDING: usize = 1_000;
/// The octets of a message before which nothing can be told: its header.
const HEADER: usize = 12;

/// A connection, or one that is being opened. Dropping all clones closes it, when it is idle.
#[derive(Debug, Clone)]
pub(super) struct TlsConnection {
    queries: mpsc::Sender<Query>,
    state: watch::Receiver<State>,
}

/// A query on its way.
#[derive(Debug)]
struct Query {
    message: Vec<u8>,
    reply: oneshot::Sender<Vec<u8>>,
}

/// The state of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    Opening,
    Open,
    /// The reason, in words that stand after the server's address, and the time.
    Failed(String, Instant),
    Closed,
}

impl TlsConnection {
    /// Begins to open a connection.
    pub(super) fn start(client: Arc<TlsClient>, server: SocketAddr) -> TlsConnection {
        let (queries, waiting) = mpsc::channel(QUEUE);
        let (sender, state) = watch::channel(State::Opening);
        tokio::spawn(run(client, server, waiting, sender));
        TlsConnection { queries, state }
    }

    /// Returns the present state.
    pub(super) fn state(&self) -> State {
        match self.state.borrow().clone() {
            // It says goodbye to the server.
            State::Open if self.queries.is_closed() => State::Closed,
            state => state,
        }
    }

    /// Waits until the connection is open, or is not going to be.
    pub(super) async fn opened(&self) -> State {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| *state != State::Opening).await;
        settled.map_or(State::Closed, |state| state.clone())
    }

    /// Sends a query. The result receives the reply, with the id of the query; it is dropped
    /// without one if the connection is closed. None if it is closed already.
    pub(super) async fn send(&self, message: Vec<u8>) -> Option<oneshot::Receiver<Vec<u8>>> {
        let (reply, receiver) = oneshot::channel();
        let query = Query { message, reply };
        self.queries.send(query).await.ok()?;
        Some(receiver)
    }
}

/// Opens a connection, and serves it to its end. Queries without a reply are dropped with it.
async fn run(
    client: Arc<TlsClient>,
    server: SocketAddr,
    queries: mpsc::Receiver<Query>,
    state: watch::Sender<State>,
) {
    let failure = match timeout(OPEN_LIMIT, client.connect(server)).await {
        Ok(Ok(stream)) => {
            state.send_replace(State::Open);
            serve(stream, queries).await;
            state.send_replace(State::Closed);
            return;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("TLS is not ready after {} s", OPEN_LIMIT.as_secs()),
    };
    state.send_replace(State::Failed(failure, Instant::now()));
}

/// Sends queries and receives replies until the connection is closed, idle or stalled.
async fn serve(stream: impl AsyncRead + AsyncWrite, mut queries: mpsc::Receiver<Query>) {
    let (mut reader, mut writer) = split(stream);
    let outstanding = Mutex::new(Outstanding::new());
    // Each error means that the connection has ended.
    tokio::select! {
        _ended = receive_replies(&mut reader, &outstanding) => {}
        _ended = send_queries(&mut writer, &mut queries, &outstanding) => {}
        () = idle_or_stalled(&outstanding) => {}
    }
    // No search sends another query from here on.
    queries.close();
    let _ = timeout(TICK, writer.shutdown()).await;
}

async fn send_queries(
    writer: &mut (impl AsyncWrite + Unpin),
    queries: &mut mpsc::Receiver<Query>,
    outstanding: &Mutex<Outstanding>,
) -> io::Result<()> {
    while let Some(Query { message, reply }) = queries.recv().await {
        if reply.is_closed() {
            continue; // the search has ended meanwhile
        }
        let Some(message) = lock(outstanding).add(message, reply) else {
            continue;
        };
        writer.write_all(&framed(&message)?).await?;
        writer.flush().await?;
    }
    // Settings that do not name the server any more have dropped the other end.
    lock(outstanding).has_all_queries = true;
    std::future::pending().await
}

async fn receive_replies(
    reader: &mut (impl AsyncRead + Unpin),
    outstanding: &Mutex<Outstanding>,
) -> io::Result<()> {
    loop {
        let message = receive_framed(reader).await?;
        lock(outstanding).handle_reply(message);
    }
}

async fn idle_or_stalled(outstanding: &Mutex<Outstanding>) {
    let mut tick = interval(TICK);
    loop {
        tick.tick().await;
        if lock(outstanding).is_over(Instant::now()) {
            return;
        }
    }
}

fn lock(outstanding: &Mutex<Outstanding>) -> MutexGuard<'_, Outstanding> {
    outstanding.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The queries without a reply, by their ids on the connection.
#[derive(Debug)]
struct Outstanding {
    queries: HashMap<u16, Waiting>,
    next_id: u16,
    /// The time of the last reply, or of a query that was sent when none was outstanding.
    quiet_since: Instant,
    has_all_queries: bool,
}

#[derive(Debug)]
struct Waiting {
    /// The id of the query as the search has drawn it.
    id: [u8; 2],
    reply: oneshot::Sender<Vec<u8>>,
}

impl Outstanding {
    fn new() -> Outstanding {
        Outstanding {
            queries: HashMap::new(),
            next_id: 0,
            quiet_since: Instant::now(),
            has_all_queries: false,
        }
    }

    /// Adds a query, and returns it with its id on the connection; none if it is no message, or too
    /// many are outstanding.
    fn add(&mut self, mut message: Vec<u8>, reply: oneshot::Sender<Vec<u8>>) -> Option<Vec<u8>> {
        if self.queries.len() >= MAX_OUTSTANDING {
            self.queries.retain(|_, waiting| !waiting.reply.is_closed());
        }
        if self.queries.len() >= MAX_OUTSTANDING || message.len() < HEADER {
            return None;
        }
        // An id comes again after all others: a reply that is this late is improbable.
        while self.queries.contains_key(&self.next_id) {
            self.next_id = self.next_id.wrapping_add(1);
        }
        let id = replace_id(&mut message, self.next_id.to_be_bytes())?;
        if self.queries.is_empty() {
            self.quiet_since = Instant::now();
        }
        self.queries.insert(self.next_id, Waiting { id, reply });
        self.next_id = self.next_id.wrapping_add(1);
        Some(message)
    }

    /// Passes a reply to its search. A message that no query is outstanding for is dropped.
    fn handle_reply(&mut self, mut message: Vec<u8>) {
        if message.len() < HEADER {
            return;
        }
        let id = message.first_chunk().map(|id| u16::from_be_bytes(*id));
        if let Some(Waiting { id, reply }) = id.and_then(|id| self.queries.remove(&id)) {
            self.quiet_since = Instant::now();
            replace_id(&mut message, id);
            // The search may have ended.
            let _ = reply.send(message);
        }
    }

    /// Whether the connection is no longer needed, or no longer works. A query whose search has ended
    /// counts as outstanding, too: its missing reply says that the connection does not work.
    fn is_over(&self, now: Instant) -> bool {
        let quiet = now.saturating_duration_since(self.quiet_since);
        match self.queries.is_empty() {
            true => self.has_all_queries || quiet >= IDLE,
            false => quiet >= STALLED,
        }
    }
}

/// Puts another id into a message, and returns the one that it had.
fn replace_id(message: &mut [u8], id: [u8; 2]) -> Option<[u8; 2]> {
    let place = message.first_chunk_mut()?;
    Some(std::mem::replace(place, id))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{DuplexStream, duplex};
    use tokio::time::sleep;

    use super::*;

    /// A connection without TLS, and the server's end of it.
    fn connection() -> (TlsConnection, DuplexStream) {
        let (near, far) = duplex(100_000);
        let (queries, waiting) = mpsc::channel(QUEUE);
        let (sender, state) = watch::channel(State::Open);
        tokio::spawn(async move {
            serve(near, waiting).await;
            sender.send_replace(State::Closed);
        });
        (TlsConnection { queries, state }, far)
    }

    /// A message of twelve octets: an id, and ten of the same number.
    fn message(id: u16, number: u8) -> Vec<u8> {
        [&id.to_be_bytes()[..], &[number; 10]].concat()
    }

    #[tokio::test(start_paused = true)]
    async fn replies_come_in_any_order_and_keep_the_ids_of_their_queries() {
        let (connection, mut server) = connection();
        let mut replies = Vec::new();
        // All have the same id.
        for number in 0..40 {
            replies.push(connection.send(message(7, number)).await.unwrap());
        }
        let mut received = Vec::new();
        for _ in 0..40 {
            received.push(receive_framed(&mut server).await.unwrap());
        }
        let ids: std::collections::BTreeSet<_> = received.iter().map(|it| &it[..2]).collect();
        assert_eq!(ids.len(), 40, "ids on the connection");
        for message in received.iter().rev() {
            server.write_all(&framed(message).unwrap()).await.unwrap();
        }
        for (number, reply) in (0..).zip(replies) {
            assert_eq!(reply.await.ok(), Some(message(7, number)), "query {number}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reply_without_a_query_is_dropped() {
        let (connection, mut server) = connection();
        let first = connection.send(message(7, 1)).await.unwrap();
        let query = receive_framed(&mut server).await.unwrap();
        let mut other = query.clone();
        replace_id(&mut other, [0xff, 0xff]);
        for message in [&other[..], &[], &[1, 2], &query, &query] {
            server.write_all(&framed(message).unwrap()).await.unwrap();
        }
        assert_eq!(first.await.ok(), Some(message(7, 1)));
        let second = connection.send(message(8, 2)).await.unwrap();
        let query = receive_framed(&mut server).await.unwrap();
        server.write_all(&framed(&query).unwrap()).await.unwrap();
        assert_eq!(
            second.await.ok(),
            Some(message(8, 2)),
            "after a reply twice"
        );
    }

    /// The time after which the connection is closed.
    async fn closes_after(connection: &TlsConnection) -> Duration {
        let start = Instant::now();
        let mut state = connection.state.clone();
        let closed = state.wait_for(|state| *state == State::Closed);
        assert!(timeout(Duration::from_secs(60), closed).await.is_ok());
        start.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_closed_when_it_is_idle_or_stalled() {
        let (unused, _server) = connection();
        let after = closes_after(&unused).await;
        assert!((IDLE..IDLE + 2 * TICK).contains(&after), "idle: {after:?}");

        let (silent, _server) = connection();
        sleep(IDLE / 2).await;
        // The search gives up at once.
        drop(silent.send(message(7, 1)).await);
        let waiting = silent.send(message(7, 2)).await.unwrap();
        let after = closes_after(&silent).await;
        assert!(
            (STALLED..STALLED + 2 * TICK).contains(&after),
            "stalled: {after:?}"
        );
        assert!(waiting.await.is_err(), "the search still waits");
        assert!(
            silent.send(message(7, 3)).await.is_none(),
            "it takes queries"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_the_server_closes_takes_its_queries_along() {
        let (connection, server) = connection();
        let waiting = connection.send(message(7, 1)).await.unwrap();
        sleep(TICK).await;
        drop(server);
        assert!(waiting.await.is_err(), "the search still waits");
        assert!(closes_after(&connection).await < TICK);
    }
}
