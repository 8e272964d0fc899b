//! The networks of `client --tls` and `client --https`: each query has a connection of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HOST};
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use network::{Channel, Network, Via};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use transport::sockets::{framed, receive_framed};

use crate::encrypted::authentication::Pin;
use crate::encrypted::https::MEDIA_TYPE;
use crate::encrypted::outgoing::TlsClient;

/// The longest body of a response: a message.
const MAX_BODY: usize = 65_535;

/// DNS over TLS (RFC 7858).
#[derive(Debug)]
pub(super) struct TlsNetwork {
    client: TlsClient,
    session: Session,
}

/// DNS over HTTPS (RFC 8484).
#[derive(Debug)]
pub(super) struct HttpsNetwork {
    client: TlsClient,
    path: String,
    session: Session,
}

/// A line about the last connection.
#[derive(Debug, Clone, Default)]
struct Session(Arc<Mutex<Option<String>>>);

impl Session {
    fn set(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
    }

    fn get(&self) -> Option<String> {
        let session = self.0.lock();
        session.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl TlsNetwork {
    pub(super) fn new(client: TlsClient) -> TlsNetwork {
        let session = Session::default();
        TlsNetwork { client, session }
    }

    /// Returns a line about the last connection.
    pub(super) fn session(&self) -> Option<String> {
        self.session.get()
    }
}

impl HttpsNetwork {
    pub(super) fn new(client: TlsClient, path: String) -> HttpsNetwork {
        HttpsNetwork {
            client,
            path,
            session: Session::default(),
        }
    }

    /// Returns a line about the last connection.
    pub(super) fn session(&self) -> Option<String> {
        self.session.get()
    }
}

/// Says how a connection is encrypted, and which key its server has.
fn tls_text(client: &TlsClient, server: SocketAddr, stream: &TlsStream<TcpStream>) -> String {
    let connection = stream.get_ref().1;
    let version = connection.protocol_version().and_then(|it| it.as_str());
    let suite = connection.negotiated_cipher_suite();
    let suite = suite.and_then(|it| it.suite().as_str());
    let certificate = connection.peer_certificates().and_then(|all| all.first());
    let pin = certificate.and_then(|it| Pin::of(it).ok());
    format!(
        "{}, {}, certificate for {}, pin {}",
        version.unwrap_or("TLS").replace('_', "."),
        suite.unwrap_or("an unknown cipher suite"),
        client.name(server).to_str(),
        pin.map_or_else(|| "unknown".to_owned(), |pin| pin.to_string())
    )
}

impl Network for TlsNetwork {
    type Channel = TlsChannel;

    async fn open(&self, server: SocketAddr, _via: Via) -> io::Result<TlsChannel> {
        let stream = self.client.connect(server).await?;
        self.session.set(tls_text(&self.client, server, &stream));
        Ok(TlsChannel(stream))
    }
}

/// A connection over TLS.
pub(super) struct TlsChannel(TlsStream<TcpStream>);

impl Channel for TlsChannel {
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        self.0.write_all(&framed(message)?).await?;
        self.0.flush().await
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        receive_framed(&mut self.0).await
    }
}

impl Network for HttpsNetwork {
    type Channel = HttpsChannel;

    async fn open(&self, server: SocketAddr, _via: Via) -> io::Result<HttpsChannel> {
        let stream = self.client.connect(server).await?;
        let tls = tls_text(&self.client, server, &stream);
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        let stream = TokioIo::new(stream);
        let sender = if is_http2 {
            let opened = http2::handshake(TokioExecutor::new(), stream).await;
            let (sender, connection) = opened.map_err(io::Error::other)?;
            // It ends with the sender, and each error of it is one of a request, too.
            tokio::spawn(connection);
            Sender::Http2(sender)
        } else {
            let opened = http1::handshake(stream).await;
            let (sender, connection) = opened.map_err(io::Error::other)?;
            tokio::spawn(connection);
            Sender::Http1(sender)
        };
        let name = match self.client.name(server).to_str() {
            name if name.contains(':') => format!("[{name}]"),
            name => name.into_owned(),
        };
        Ok(HttpsChannel {
            sender,
            authority: match server.port() {
                443 => name,
                port => format!("{name}:{port}"),
            },
            path: self.path.clone(),
            tls,
            session: self.session.clone(),
            replies: Vec::new(),
        })
    }
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

/// A connection over HTTPS.
pub(super) struct HttpsChannel {
    sender: Sender,
    authority: String,
    path: String,
    /// How the connection is encrypted.
    tls: String,
    session: Session,
    replies: Vec<Vec<u8>>,
}

impl Channel for HttpsChannel {
    /// Sends a query, and receives its response: HTTP has one for each request.
    async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        let (authority, path) = (&self.authority, &self.path);
        let url = format!("https://{authority}{path}");
        let request = Request::post(match self.sender {
            Sender::Http1(_) => path,
            Sender::Http2(_) => &url,
        })
        .header(CONTENT_TYPE, MEDIA_TYPE)
        .header(ACCEPT, MEDIA_TYPE);
        let request = match self.sender {
            Sender::Http1(_) => request.header(HOST, authority),
            Sender::Http2(_) => request,
        };
        let request = request.body(Full::from(message.to_vec()));
        let request = request.map_err(io::Error::other)?;
        let response = match &mut self.sender {
            Sender::Http1(sender) => sender.send_request(request).await,
            Sender::Http2(sender) => sender.send_request(request).await,
        };
        let response = response.map_err(io::Error::other)?;
        let age = response.headers().get(CACHE_CONTROL);
        let age = age.and_then(|it| it.to_str().ok()).unwrap_or("none");
        let (version, status) = (version(response.version()), response.status());
        self.session.set(format!(
            "{version} {status} from {url}, cache-control: {age}\n;; {}",
            self.tls
        ));
        self.replies.push(reply(response).await?);
        Ok(())
    }

    async fn receive(&mut self) -> io::Result<Vec<u8>> {
        match self.replies.is_empty() {
            true => Err(io::ErrorKind::UnexpectedEof.into()),
            false => Ok(self.replies.remove(0)),
        }
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_2 => "HTTP/2",
        Version::HTTP_11 => "HTTP/1.1",
        _ => "HTTP",
    }
}

/// Returns the message in a response.
async fn reply(response: Response<Incoming>) -> io::Result<Vec<u8>> {
    let status = response.status();
    let media_type = response.headers().get(CONTENT_TYPE).cloned();
    let body = Limited::new(response.into_body(), MAX_BODY).collect().await;
    let body = body.map_err(|error| io::Error::other(error.to_string()))?;
    let body = body.to_bytes();
    if status != StatusCode::OK {
        let text = String::from_utf8_lossy(&body);
        let line = text.lines().next().unwrap_or_default();
        let line: String = line.chars().take(200).collect();
        return Err(io::Error::other(format!(
            "HTTP status {status}: {}",
            line.escape_debug()
        )));
    }
    if media_type.as_ref().is_none_or(|it| it != MEDIA_TYPE) {
        let media_type = media_type.unwrap_or_else(|| hyper::header::HeaderValue::from_static("-"));
        return Err(io::Error::other(format!(
            "the response has the content-type {media_type:?}, and not {MEDIA_TYPE}: is this the path of DNS queries?"
        )));
    }
    Ok(body.to_vec())
}
