//! Pages and explorer over HTTP, on loopback only.
//!
//! A page of another origin, open in the same browser, can send requests to this server. So each
//! request must name this server as its Host, which stops DNS rebinding, and an Origin, where there
//! is one, must be this server's own. Pages come from memory; no request chooses a file.

use crate::book::{Book, State};
use crate::explorer;
use crate::standing;
use crate::walk::report;
use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State as Shared};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue,
    ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

/// The largest body of a request: two messages in hexadecimal, with blanks.
const MAX_BODY: usize = 64 * 1024;
/// How often the chapters' times are compared. A changed chapter is to show within a second.
const LOOK: Duration = Duration::from_millis(100);
/// How long a request for the next change waits before it is answered without one.
const WAIT: Duration = Duration::from_secs(20);

/// mdBook's pages have inline scripts and styles; their text is the course's own.
const BOOK_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The explorer shows octets and URL fragments from anywhere.
const EXPLORER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";

/// A page gets this script in front of `</body>`, which loads it again after a change.
const RELOAD: &[u8] = b"<script src=\"/guide/guide.js\"></script>";

struct Guide {
    /// The root of the work tree.
    root: PathBuf,
    book: RwLock<Arc<Book>>,
    /// Counts the changes.
    version: watch::Sender<u64>,
    /// The lab's messages, as JSON.
    messages: String,
    /// The walks that run at the same time: each keeps a processor busy.
    walks: Semaphore,
}

/// The maximum number of walks that run at the same time; others wait.
const WALKS: usize = 2;

/// Serves the book until the process ends, and builds it again after each change of a chapter.
pub(crate) async fn serve(listener: TcpListener, root: PathBuf, book: Book) -> Result<()> {
    let port = listener.local_addr()?.port();
    let guide = Arc::new(Guide {
        root: root.clone(),
        book: RwLock::new(Arc::new(book)),
        version: watch::Sender::new(0),
        messages: explorer::messages()?.to_string(),
        walks: Semaphore::new(WALKS),
    });
    tokio::spawn(build_again(guide.clone(), root));
    axum::serve(listener, router(guide, port))
        .await
        .context("the server ended")
}

fn router(guide: Arc<Guide>, port: u16) -> Router {
    Router::new()
        .route(
            "/guide/explorer",
            get(|| asset(HTML, include_str!("../assets/explorer.html"))),
        )
        .route(
            "/guide/explorer.js",
            get(|| asset(SCRIPT, include_str!("../assets/explorer.js"))),
        )
        .route(
            "/guide/explorer.css",
            get(|| asset(STYLE, include_str!("../assets/explorer.css"))),
        )
        .route(
            "/guide/walk",
            get(|| asset(HTML, include_str!("../assets/walk.html"))).post(walk),
        )
        .route(
            "/guide/walk.js",
            get(|| asset(SCRIPT, include_str!("../assets/walk.js"))),
        )
        .route(
            "/guide/walk.css",
            get(|| asset(STYLE, include_str!("../assets/walk.css"))),
        )
        .route(
            "/guide/where",
            get(|| asset(HTML, include_str!("../assets/where.html"))),
        )
        .route(
            "/guide/where.js",
            get(|| asset(SCRIPT, include_str!("../assets/where.js"))),
        )
        .route("/guide/standing", get(show_standing))
        .route(
            "/guide/guide.js",
            get(|| asset(SCRIPT, include_str!("../assets/guide.js"))),
        )
        .route("/guide/messages", get(messages))
        .route("/guide/dissect", post(dissect))
        .route("/guide/diff", post(diff))
        .route("/guide/changes/{version}", get(changes))
        .fallback(page)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(port, guard))
        .with_state(guide)
}

/// Refuses requests that another site made the browser send, and adds the headers of each response.
async fn guard(Shared(port): Shared<u16>, request: Request, next: Next) -> Response {
    if !is_own(request.headers(), port) {
        let sentence = format!(
            "This server answers only for http://127.0.0.1:{port}/ and http://localhost:{port}/."
        );
        return (StatusCode::FORBIDDEN, sentence).into_response();
    }
    let is_live = request.uri().path().starts_with("/guide/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = if is_live {
        EXPLORER_POLICY
    } else {
        BOOK_POLICY
    };
    let mut add = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    add(CONTENT_SECURITY_POLICY, policy);
    add(X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(REFERRER_POLICY, "no-referrer");
    add(CACHE_CONTROL, "no-store");
    response
}

/// Whether Host, and Origin where there is one, are this server.
fn is_own(headers: &HeaderMap, port: u16) -> bool {
    let names = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let one = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        (
            values.next().map(HeaderValue::as_bytes),
            values.next().is_some(),
        )
    };
    let (host, more_hosts) = one(HOST);
    let (origin, more_origins) = one(ORIGIN);
    let host_is_own = host.is_some_and(|host| names.iter().any(|name| name.as_bytes() == host));
    let origin_is_own = origin.is_none_or(|origin| {
        names
            .iter()
            .any(|name| origin.strip_prefix(b"http://") == Some(name.as_bytes()))
    });
    host_is_own && origin_is_own && !more_hosts && !more_origins
}

async fn asset(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind)], text)
}

async fn messages(Shared(guide): Shared<Arc<Guide>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, JSON)], guide.messages.clone())
}

/// Dissects the message that the body has in hexadecimal.
async fn dissect(body: Bytes) -> Response {
    match octets(&body) {
        Ok(message) => json(&explorer::dissection(&message)),
        Err(sentence) => (StatusCode::BAD_REQUEST, sentence).into_response(),
    }
}

/// Compares two messages: the body has them in hexadecimal, with a semicolon between them.
async fn diff(body: Bytes) -> Response {
    let Some(middle) = body.iter().position(|octet| *octet == b';') else {
        let sentence = "Two messages are needed, with a semicolon between them.";
        return (StatusCode::BAD_REQUEST, sentence).into_response();
    };
    match (
        octets(&body.slice(..middle)),
        octets(&body.slice(middle + 1..)),
    ) {
        (Ok(left), Ok(right)) => json(&explorer::difference(&left, &right)),
        (Err(sentence), _) | (_, Err(sentence)) => {
            (StatusCode::BAD_REQUEST, sentence).into_response()
        }
    }
}

/// Runs a session with a resolver in the mini-Internet.
async fn walk(Shared(guide): Shared<Arc<Guide>>, body: Bytes) -> Response {
    let Ok(_permit) = guide.walks.acquire().await else {
        return (StatusCode::SERVICE_UNAVAILABLE, "The guide ends.").into_response();
    };
    let Ok(text) = String::from_utf8(body.to_vec()) else {
        return (StatusCode::BAD_REQUEST, "The text is not UTF-8.").into_response();
    };
    match tokio::task::spawn_blocking(move || report::report(&text)).await {
        Ok(Ok(report)) => json(&report),
        Ok(Err(sentence)) => (StatusCode::BAD_REQUEST, sentence).into_response(),
        Err(error) => {
            let sentence = format!("The walk has failed: {error}.");
            (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
        }
    }
}

/// Shows where the learner stands.
async fn show_standing(Shared(guide): Shared<Arc<Guide>>) -> Response {
    let root = guide.root.clone();
    match tokio::task::spawn_blocking(move || standing::standing(&root)).await {
        Ok(Ok(standing)) => json(&standing),
        Ok(Err(error)) => {
            let sentence = format!("The lessons can't be listed: {error:#}.");
            (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn octets(body: &[u8]) -> Result<Vec<u8>, String> {
    let text = str::from_utf8(body).map_err(|_| "The text is not UTF-8.".to_owned())?;
    explorer::octets(text)
}

fn json(value: &serde_json::Value) -> Response {
    ([(CONTENT_TYPE, JSON)], value.to_string()).into_response()
}

/// Waits for a version other than the one that the page has.
async fn changes(Shared(guide): Shared<Arc<Guide>>, uri: Uri) -> String {
    let seen = uri
        .path()
        .rsplit('/')
        .next()
        .and_then(|version| version.parse().ok());
    let mut versions = guide.version.subscribe();
    let changed = versions.wait_for(|version| Some(*version) != seen);
    let version = timeout(WAIT, changed)
        .await
        .ok()
        .and_then(Result::ok)
        .map(|version| *version);
    version
        .unwrap_or_else(|| *guide.version.borrow())
        .to_string()
}

/// Sends a page of the book.
async fn page(Shared(guide): Shared<Arc<Guide>>, uri: Uri) -> Response {
    let book = guide
        .book
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() || path.ends_with('/') {
        format!("{path}index.html")
    } else {
        path.to_owned()
    };
    match book.pages.get(&path) {
        Some(octets) => ([(CONTENT_TYPE, kind(&path))], with_reload(&path, octets)).into_response(),
        None => {
            let sentence = "The book has no such page. Its first page is /.";
            (StatusCode::NOT_FOUND, sentence).into_response()
        }
    }
}

fn with_reload(path: &str, octets: &[u8]) -> Vec<u8> {
    let end = octets.windows(7).rposition(|window| window == b"</body>");
    match end.and_then(|end| octets.split_at_checked(end)) {
        Some((before, after)) if path.ends_with(".html") => [before, RELOAD, after].concat(),
        _ => octets.to_vec(),
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => HTML,
        Some("css") => STYLE,
        Some("js") => SCRIPT,
        Some("json") => JSON,
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Builds the book again after each change. A book that can't be built leaves the old one in place.
async fn build_again(guide: Arc<Guide>, root: PathBuf) {
    let mut before = {
        let book = guide.book.read().unwrap_or_else(PoisonError::into_inner);
        Some(book.state.clone())
    };
    loop {
        sleep(LOOK).await;
        let now = State::of(&root).ok();
        if now == before {
            continue;
        }
        before = now;
        let folder = root.clone();
        match tokio::task::spawn_blocking(move || Book::build(&folder)).await {
            Ok(Ok(book)) => {
                *guide.book.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(book);
                guide.version.send_modify(|version| *version += 1);
            }
            Ok(Err(error)) => eprintln!("The book stays as it was: {error:#}"),
            Err(error) => eprintln!("The book stays as it was: {error}"),
        }
    }
}

#[cfg(test)]
mod tests;
