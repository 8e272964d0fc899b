//! One TLS connection to a server, for many queries at the same time (RFC 7766, RFC 7858).
//!
//! A task owns the connection. It gives each query an id of its own, so that two searches that have
//! drawn the same id do not get each other's reply, and hands each reply to the search that waits
//! for it, in whichever order replies come.
//!
//! ```text
//!     Opening ---> Open ---> Closed: idle for 10 s, without any reply for 5 s, closed by the server, or
//!           \        \               by its first message that is no reply
//!            -------------> Failed: not reached, not the intended server, or closed as above before its
//!                                   first reply
//! ```

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, interval, timeout};
use transport::sockets::{framed, receive_framed};

use super::health::Health;
use super::outgoing::TlsClient;
use super::outstanding::{Outstanding, STALLED};

/// The time that TCP and TLS have to open a connection.
const OPEN_LIMIT: Duration = Duration::from_secs(4);
/// The time from the first octet of a message to its last: the replies after it wait for them.
const MESSAGE_LIMIT: Duration = Duration::from_secs(1);
/// The time that a server has for its first reply, if it may be queried in plaintext instead: it leaves
/// a search as much time for that.
const FIRST_REPLY_LIMIT: Duration = Duration::from_secs(2);
/// The interval at which idle and stalled connections are looked for.
const TICK: Duration = Duration::from_millis(250);
/// The maximum number of queries that wait to be sent; further ones wait before they are accepted.
const QUEUE: usize = 64;

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
    pub(super) fn start(
        client: Arc<TlsClient>,
        server: SocketAddr,
        health: Arc<Health>,
    ) -> TlsConnection {
        let (queries, waiting) = mpsc::channel(QUEUE);
        let (sender, state) = watch::channel(State::Opening);
        tokio::spawn(run(client, server, waiting, sender, health));
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
    health: Arc<Health>,
) {
    let failure = match timeout(OPEN_LIMIT, client.connect(server)).await {
        Ok(Ok(stream)) => {
            state.send_replace(State::Open);
            let first_reply = match client.is_strict() {
                true => STALLED,
                false => FIRST_REPLY_LIMIT,
            };
            serve(stream, queries, &state, first_reply, &health).await;
            return;
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("TLS is not ready after {} s", OPEN_LIMIT.as_secs()),
    };
    health.handle_failure(&failure);
    state.send_replace(State::Failed(failure, Instant::now()));
}

/// Sends queries and receives replies until the connection is closed, idle or stalled.
async fn serve(
    stream: impl AsyncRead + AsyncWrite,
    mut queries: mpsc::Receiver<Query>,
    state: &watch::Sender<State>,
    first_reply: Duration,
    health: &Health,
) {
    let (mut reader, mut writer) = split(stream);
    let outstanding = Mutex::new(Outstanding::new(first_reply));
    let ended = tokio::select! {
        ended = receive_replies(&mut reader, &outstanding, health) => ended,
        ended = send_queries(&mut writer, &mut queries, &outstanding) => ended,
        () = idle_or_stalled(&outstanding) => Err(io::ErrorKind::TimedOut.into()),
    };
    // No search sends another query from here on. Those that wait see the state, once they are woken.
    queries.close();
    let is_useless = lock(&outstanding).is_useless();
    state.send_replace(match is_useless && health.is_failing() {
        true => {
            let reason = useless_text(&ended);
            health.handle_failure(&reason);
            State::Failed(reason, Instant::now())
        }
        false => State::Closed,
    });
    lock(&outstanding).clear();
    drop(queries);
    let _ = timeout(TICK, writer.shutdown()).await;
}

/// Says how a connection ended on which no query had a reply.
fn useless_text(ended: &io::Result<()>) -> String {
    let how = match ended.as_ref().map_err(io::Error::kind) {
        Err(io::ErrorKind::TimedOut) => "the server sends no reply",
        Err(io::ErrorKind::InvalidData) => "a message of the server is no reply to a query",
        _ => "the server closes the connection before its first reply",
    };
    format!("TLS works, but {how}")
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

/// Receives replies until a message is none: then the boundaries of messages may be lost, and no
/// reply after it can be told from other octets.
async fn receive_replies(
    reader: &mut (impl AsyncRead + Unpin),
    outstanding: &Mutex<Outstanding>,
    health: &Health,
) -> io::Result<()> {
    loop {
        let message = receive_in_time(reader).await?;
        let had_replies = lock(outstanding).has_replies();
        if !lock(outstanding).handle_message(message) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        if !had_replies && lock(outstanding).has_replies() {
            health.handle_reply();
        }
    }
}

/// Receives the next message. It may begin at any time, and then has to be complete soon.
async fn receive_in_time(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let first = [reader.read_u8().await?];
    let mut rest = first.as_slice().chain(reader);
    timeout(MESSAGE_LIMIT, receive_framed(&mut rest)).await?
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dnsparse::{DnsPacket, RecordType};
    use tokio::io::{DuplexStream, duplex};
    use tokio::time::sleep;

    use super::super::outstanding::IDLE;
    use super::*;

    /// A connection without TLS, and the server's end of it.
    fn connection() -> (TlsConnection, DuplexStream) {
        connection_to(Arc::new(Health::new(([192, 0, 2, 1], 853).into(), true)))
    }

    /// The same for a server whose other connections are known.
    fn connection_to(health: Arc<Health>) -> (TlsConnection, DuplexStream) {
        let (near, far) = duplex(100_000);
        let (queries, waiting) = mpsc::channel(QUEUE);
        let (sender, state) = watch::channel(State::Open);
        tokio::spawn(async move {
            serve(near, waiting, &sender, STALLED, &health).await;
        });
        (TlsConnection { queries, state }, far)
    }

    /// A query with an id, and a number in its name.
    fn message(id: u16, number: u8) -> Vec<u8> {
        let name = format!("n{number}.example").parse().unwrap();
        DnsPacket::query(id, name, RecordType::A).write().unwrap()
    }

    /// The reply to a query, without records.
    fn reply(query: &[u8]) -> Vec<u8> {
        let query = DnsPacket::parse(query).unwrap();
        DnsPacket::reply_to(&query).write().unwrap()
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
        for query in received.iter().rev() {
            let octets = framed(&reply(query)).unwrap();
            server.write_all(&octets).await.unwrap();
        }
        for (number, got) in (0..).zip(replies) {
            let expected = reply(&message(7, number));
            assert_eq!(got.await.ok(), Some(expected), "query {number}");
        }
    }

    /// Returns the octets that a server sends for the first of two queries, each in a way that is no
    /// reply to it.
    fn faults(query: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let good = reply(query);
        let changed = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut octets = good.clone();
            change(&mut octets);
            framed(&octets).unwrap()
        };
        let whole = framed(&good).unwrap();
        vec![
            ("no octets", vec![0, 0]),
            ("half a header", framed(&good[..6]).unwrap()),
            ("noise", framed(&[0xff; 40]).unwrap()),
            ("a cut question", framed(&good[..14]).unwrap()),
            ("another id", changed(&|it| it[0] ^= 0x40)),
            ("another question", changed(&|it| it[14] ^= 1)),
            ("the query itself", framed(query).unwrap()),
            ("no length", good.clone()),
            ("the reply twice", [&whole[..], &whole].concat()),
        ]
    }

    /// Neither query waits: that of a wrong reply has it at once, to refuse it, and the other is free to
    /// be sent elsewhere.
    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_no_reply_closes_the_connection_at_once() {
        for number in 0..faults(&message(7, 1)).len() {
            let (connection, mut server) = connection();
            let first = connection.send(message(7, 1)).await.unwrap();
            let second = connection.send(message(7, 2)).await.unwrap();
            let query = receive_framed(&mut server).await.unwrap();
            let (fault, octets) = faults(&query).swap_remove(number);
            server.write_all(&octets).await.unwrap();
            let start = Instant::now();
            let _ = first.await;
            assert!(second.await.is_err(), "{fault}: the second query waits");
            assert!(start.elapsed() < TICK, "{fault}: {:?}", start.elapsed());
            assert!(closes_after(&connection).await < 2 * TICK, "{fault}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_not_completed_closes_the_connection() {
        for length in [1, 2, 20] {
            let (connection, mut server) = connection();
            let waiting = connection.send(message(7, 1)).await.unwrap();
            sleep(STALLED / 2).await;
            let query = receive_framed(&mut server).await.unwrap();
            let octets = framed(&reply(&query)).unwrap();
            server.write_all(&octets[..length]).await.unwrap();
            let start = Instant::now();
            assert!(waiting.await.is_err(), "{length} octets: a reply");
            let took = start.elapsed();
            let expected = MESSAGE_LIMIT..MESSAGE_LIMIT + TICK;
            assert!(expected.contains(&took), "{length} octets: {took:?}");
        }
    }

    /// A server whose first query on a new connection takes long has not failed, if others had replies;
    /// it has if the next connection has none either.
    #[tokio::test(start_paused = true)]
    async fn the_second_connection_without_replies_is_a_failure() {
        let health = Arc::new(Health::new(([192, 0, 2, 1], 853).into(), true));
        for (number, has_reply, is_failure) in [
            (1, false, true),
            (2, true, false),
            (3, false, false),
            (4, false, true),
        ] {
            let (connection, mut server) = connection_to(Arc::clone(&health));
            let waiting = connection.send(message(7, 1)).await.unwrap();
            let query = receive_framed(&mut server).await.unwrap();
            if has_reply {
                let octets = framed(&reply(&query)).unwrap();
                server.write_all(&octets).await.unwrap();
            }
            assert_eq!(waiting.await.is_ok(), has_reply, "connection {number}");
            closes_after(&connection).await;
            let is_failed = matches!(connection.state(), State::Failed(..));
            assert_eq!(is_failed, is_failure, "connection {number}");
        }
    }

    /// A message may come octet by octet, if it comes in time.
    #[tokio::test(start_paused = true)]
    async fn a_message_in_pieces_is_received() {
        let (connection, mut server) = connection();
        let waiting = connection.send(message(7, 1)).await.unwrap();
        let query = receive_framed(&mut server).await.unwrap();
        for octet in framed(&reply(&query)).unwrap() {
            server.write_all(&[octet]).await.unwrap();
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(waiting.await.ok(), Some(reply(&message(7, 1))));
    }

    /// The time after which the connection is closed.
    async fn closes_after(connection: &TlsConnection) -> Duration {
        let start = Instant::now();
        let mut state = connection.state.clone();
        let closed = state.wait_for(|state| *state != State::Open);
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
        // Between two messages, in the middle of a length, and of a message.
        for length in [0, 1, 20] {
            let (connection, mut server) = connection();
            let waiting = connection.send(message(7, 1)).await.unwrap();
            sleep(TICK).await;
            let query = receive_framed(&mut server).await.unwrap();
            let octets = framed(&reply(&query)).unwrap();
            server.write_all(&octets[..length]).await.unwrap();
            drop(server);
            assert!(waiting.await.is_err(), "{length} octets: a reply");
            assert!(closes_after(&connection).await < TICK, "{length} octets");
        }
    }
}
