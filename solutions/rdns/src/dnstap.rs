//! [`Tap`]: dnstap, a log of the DNS messages themselves (dnstap.info).
//!
//! ```text
//!     message --> Tap: Protocol Buffers --> queue --> thread: Frame Streams --> file or Unix socket
//! ```
//!
//! The queue is bounded, and no query ever waits for it: messages that find no room in it are lost,
//! and counted. Without dnstap, a message costs one look at a number.
//!
//! | module | does |
//! | --- | --- |
//! | `message` | the messages in Protocol Buffers; `prost` writes them without a code generator |
//! | `frames` | the framing of a stream |
//! | `stream` | the thread that writes, and its two outputs |
//! | `zones` | the zone that each query to a server is about |
//! | [`network`] | logs the messages to and from other servers |

mod frames;
mod message;
pub mod network;
mod stream;
#[cfg(all(test, unix))]
mod tests;
mod zones;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use dnsparse::{Name, Question};
use prost::Message;
use tokio::time::{Instant, sleep};

use self::message::{DnsMessage, Dnstap, DnstapType};
pub use self::message::{End, Exchange, Protocol};
use self::stream::{Stream, Target};
use self::zones::QueriedZones;
use crate::config::dnstap::{DnstapConfig, LoggedKind};

/// The octets of a message's header (RFC 1035 section 4.1.1).
const HEADER: usize = 12;
/// The flag QR in its third octet: the message is a response.
const QR: u8 = 0x80;
/// The interval at which [`Tap::finish`] looks whether all messages are written.
const FINISH_POLL: Duration = Duration::from_millis(5);

/// The reply to a message, when it is ready; none if the message gets no reply.
pub type BoxedReply = Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send>>;

/// The place where all messages are logged, if they are.
#[derive(Debug, Default)]
pub struct Tap {
    /// The kinds of messages that are logged, a bit for each; 0 without a stream.
    kinds: AtomicU8,
    open: ArcSwapOption<Open>,
    counts: Arc<Counts>,
    zones: QueriedZones,
}

/// A stream, and the texts in each of its messages.
#[derive(Debug)]
struct Open {
    config: DnstapConfig,
    stream: Arc<Stream>,
}

/// The numbers of messages.
#[derive(Debug, Default)]
struct Counts {
    /// Those that the file or the collector has.
    written: AtomicU64,
    /// Those that were lost: the queue was full, or they could not be written.
    lost: AtomicU64,
}

impl Tap {
    /// Logs as these settings say, from now on. A stream to the same file or socket goes on; a file that
    /// was moved away gets a successor.
    ///
    /// # Errors
    /// If the file cannot be created. Then nothing is changed.
    pub fn apply(&self, config: &DnstapConfig) -> io::Result<()> {
        let Some(target) = Target::of(config) else {
            self.kinds.store(0, Ordering::Relaxed);
            self.open.store(None);
            return Ok(());
        };
        let present = self.open.load_full();
        let same = present.filter(|open| open.stream.goes_on(&target));
        let stream = match same {
            Some(open) => Arc::clone(&open.stream),
            None => Arc::new(Stream::start(target, Arc::clone(&self.counts))?),
        };
        let config = config.clone();
        let kinds = config.log.iter().fold(0, |kinds, kind| kinds | bit(*kind));
        self.open.store(Some(Arc::new(Open { config, stream })));
        self.kinds.store(kinds, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the number of messages that the file or the collector has.
    pub fn written(&self) -> u64 {
        self.counts.written.load(Ordering::Relaxed)
    }

    /// Returns the number of messages that were lost.
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    /// Ends the stream, and waits until all messages are written, but no longer than `limit`.
    pub async fn finish(&self, limit: Duration) {
        self.kinds.store(0, Ordering::Relaxed);
        let Some(open) = self.open.swap(None) else {
            return;
        };
        let ended = open.stream.ended();
        drop(open);
        let end = Instant::now() + limit;
        while !ended.load(Ordering::Acquire) && Instant::now() < end {
            sleep(FINISH_POLL).await;
        }
    }

    /// Whether any message is logged.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.kinds.load(Ordering::Relaxed) != 0
    }

    /// Notes that a server is about to get a question as one of the servers of a zone.
    pub fn note_choice(&self, server: IpAddr, question: &Question, zone: &Name) {
        if self.is_on() {
            self.zones.note(server, question, zone);
        }
    }

    /// Logs the query of a client, whose two ends `ends` returns: the client's, and this server's. Returns
    /// the exchange that its reply belongs to; none without dnstap, or for a message that is no query.
    #[inline]
    pub fn client_query(
        &self,
        protocol: Protocol,
        query: &[u8],
        ends: impl FnOnce() -> (End, End),
    ) -> Option<Box<Exchange>> {
        if !self.is_on() {
            return None;
        }
        let is_query = query.len() >= HEADER && query.get(2).is_some_and(|flags| flags & QR == 0);
        is_query.then(|| {
            let (initiator, responder) = ends();
            let exchange = Exchange {
                protocol,
                initiator,
                responder,
                zone: None,
                start: SystemTime::now(),
            };
            self.log_query(LoggedKind::ClientQuery, &exchange, query);
            Box::new(exchange)
        })
    }

    /// Logs the reply to a client, if its query belongs to an exchange.
    #[inline]
    pub fn client_response(&self, exchange: Option<&Exchange>, reply: &[u8]) {
        if let Some(exchange) = exchange {
            self.log_response(LoggedKind::ClientResponse, exchange, reply);
        }
    }

    /// Wraps a function that makes the replies to clients of a stream, so that both are logged.
    pub fn around<R, F>(
        self: &Arc<Self>,
        protocol: Protocol,
        own: Option<SocketAddr>,
        respond: R,
    ) -> impl Fn(Vec<u8>, SocketAddr) -> BoxedReply + Clone + Send + Sync + 'static + use<R, F>
    where
        R: Fn(Vec<u8>, SocketAddr) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Option<Vec<u8>>> + Send + 'static,
    {
        let tap = Arc::clone(self);
        let own = own.map(End::from).unwrap_or_default();
        move |query, client| {
            let ends = || (End::from(client), own);
            let exchange = tap.client_query(protocol, &query, ends);
            let (tap, reply) = (Arc::clone(&tap), respond(query, client));
            Box::pin(async move {
                let reply = reply.await?;
                tap.client_response(exchange.as_deref(), &reply);
                Some(reply)
            })
        }
    }

    fn log_query(&self, kind: LoggedKind, exchange: &Exchange, query: &[u8]) {
        self.log(kind, || DnsMessage::query(kind, exchange, query));
    }

    fn log_response(&self, kind: LoggedKind, exchange: &Exchange, reply: &[u8]) {
        let message = || DnsMessage::response(kind, exchange, reply, SystemTime::now());
        self.log(kind, message);
    }

    fn log(&self, kind: LoggedKind, message: impl FnOnce() -> DnsMessage) {
        if self.kinds.load(Ordering::Relaxed) & bit(kind) == 0 {
            return;
        }
        let open = self.open.load();
        let Some(open) = open.as_deref() else {
            return;
        };
        let octets = |text: &String| text.clone().into_bytes();
        let version = Some(&open.config.version).filter(|version| !version.is_empty());
        let content = Dnstap {
            identity: open.config.identity.as_ref().map(octets),
            version: version.map(octets),
            message: Some(message()),
            r#type: DnstapType::Message.into(),
        };
        if !open.stream.send(content.encode_to_vec()) {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Returns the bit of a kind.
fn bit(kind: LoggedKind) -> u8 {
    1 << kind as u8
}
