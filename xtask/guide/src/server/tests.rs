//! The server over its socket, as a browser or a hostile page talks to it.

use super::*;
use crate::book::tests::{put, small_course};
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server with a book of two pages, on a port of its own.
async fn start() -> u16 {
    let pages = [
        ("index.html", "<html><body>first</body></html>"),
        ("lessons/a/index.html", "<html><body>a</body></html>"),
    ];
    let pages = pages.map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()));
    let guide = Arc::new(Guide {
        root: Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        book: RwLock::new(Arc::new(Book {
            pages: pages.into(),
            state: State::default(),
        })),
        version: watch::Sender::new(7),
        messages: "[]".to_owned(),
        walks: Semaphore::new(WALKS),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, router(guide, port)).await });
    port
}

/// Sends a request with these lines after its first, and returns the whole response.
async fn send(port: u16, first: &str, headers: &[&str], body: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port))
        .await
        .expect("the server listens");
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = body.len();
    let head = format!(
        "{first} HTTP/1.1\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .await
        .expect("the request is sent");
    let mut response = Vec::new();
    // A body that is refused unread may end in a reset, after the response.
    let _ = stream.read_to_end(&mut response).await;
    String::from_utf8_lossy(&response).into_owned()
}

fn status(response: &str) -> &str {
    response.split(' ').nth(1).unwrap_or("no response")
}

#[tokio::test]
async fn only_this_server_s_own_host_and_origin_are_answered() {
    let port = start().await;
    let own = format!("Host: 127.0.0.1:{port}");
    let cases: [(&[&str], &str); 9] = [
        (&[&own], "200"),
        (&[&format!("Host: localhost:{port}")], "200"),
        (&[&own, &format!("Origin: http://127.0.0.1:{port}")], "200"),
        (&["Host: attacker.example"], "403"),
        (&[&format!("Host: attacker.example:{port}")], "403"),
        (&["Host: 127.0.0.1"], "403"),
        (&[&own, "Origin: http://attacker.example"], "403"),
        (&[&own, "Origin: null"], "403"),
        (&[&own, &format!("Origin: https://127.0.0.1:{port}")], "403"),
    ];
    for (headers, expected) in cases {
        for path in [
            "GET /",
            "GET /guide/messages",
            "GET /guide/explorer",
            "GET /guide/walk",
            "POST /guide/walk",
            "GET /guide/where",
            "GET /guide/standing",
        ] {
            let response = send(port, path, headers, b"").await;
            assert_eq!(
                status(&response),
                expected,
                "{path} with {headers:?}: {response}"
            );
        }
    }
}

#[tokio::test]
async fn nothing_but_the_book_is_served() {
    let port = start().await;
    let host = format!("Host: 127.0.0.1:{port}");
    for path in [
        "/../Cargo.toml",
        "/lessons/../../Cargo.toml",
        "/%2e%2e/Cargo.toml",
        "/..%2fCargo.toml",
        "//etc/passwd",
        "/src/main.rs",
        "/guide/../Cargo.toml",
        "/guide/nothing",
        "/lessons/a",
        "/%00",
        "/%ff",
    ] {
        let response = send(port, &format!("GET {path}"), &[&host], b"").await;
        assert_eq!(status(&response), "404", "{path}: {response}");
    }
    let response = send(port, "GET /lessons/a/", &[&host], b"").await;
    assert!(
        response.contains("<body>a<script src=\"/guide/guide.js\">"),
        "{response}"
    );
}

#[tokio::test]
async fn pages_have_policies_and_the_explorer_s_allows_no_inline_script() {
    let port = start().await;
    let host = format!("Host: 127.0.0.1:{port}");
    for page in ["explorer", "walk", "where"] {
        let response = send(port, &format!("GET /guide/{page}"), &[&host], b"")
            .await
            .to_lowercase();
        let policy = response
            .lines()
            .find(|line| line.starts_with("content-security-policy"));
        assert!(
            policy.is_some_and(|it| it.contains("default-src 'none'") && !it.contains("unsafe")),
            "{response}"
        );
        for forbidden in [" style=", " onclick=", "<style", "javascript:"] {
            assert!(!response.contains(forbidden), "{forbidden} in {response}");
        }
    }
    let response = send(port, "GET /", &[&host], b"").await.to_lowercase();
    assert!(
        response.contains("x-content-type-options: nosniff"),
        "{response}"
    );
    assert!(response.contains("frame-ancestors 'none'"), "{response}");
}

#[tokio::test]
async fn messages_are_dissected_and_bad_ones_refused_with_a_sentence() {
    let port = start().await;
    let host = format!("Host: 127.0.0.1:{port}");
    let large = vec![b'0'; MAX_BODY + 2];
    let cases: [(&str, &[u8], &str, &str); 8] = [
        (
            "/guide/dissect",
            b"1c8b01000001000000000000c00c00010001",
            "200",
            "points backwards",
        ),
        ("/guide/dissect", b"be ef", "200", "header.flags"),
        (
            "/guide/dissect",
            b"<img src=x onerror=alert(1)>",
            "400",
            "is not a hexadecimal digit",
        ),
        ("/guide/dissect", b"\xff\xfe", "400", "not UTF-8"),
        ("/guide/dissect", b"", "400", "no octets"),
        ("/guide/dissect", &large, "413", ""),
        ("/guide/diff", b"beef;bead", "200", "\"offset\":1"),
        ("/guide/diff", b"beef", "400", "a semicolon"),
    ];
    for (path, body, expected, part) in cases {
        let response = send(port, &format!("POST {path}"), &[&host], body).await;
        assert_eq!(status(&response), expected, "{path}: {response}");
        let part = part.replace("points backwards", "does not point backwards");
        assert!(
            response.contains(&part),
            "{path}: {response}, without {part:?}"
        );
    }
}

#[tokio::test]
async fn sessions_are_resolved_and_bad_ones_refused_with_a_sentence() {
    let port = start().await;
    let host = format!("Host: 127.0.0.1:{port}");
    let long = "a.example;".repeat(1_000);
    let cases: [(&[u8], &str, &str); 6] = [
        (
            b"yahoo.com A; +60; yahoo.com A",
            "200",
            "\"rcode\":\"NOERROR\"",
        ),
        (b"", "200", "\"items\":[]"),
        (b"a..b A", "400", "is no domain name"),
        (
            b"<img src=x onerror=alert(1)>",
            "400",
            "more than a name and a type",
        ),
        (b"\xff\xfe", "400", "not UTF-8"),
        (long.as_bytes(), "400", "at most 8192 octets"),
    ];
    for (body, expected, part) in cases {
        let response = send(port, "POST /guide/walk", &[&host], body).await;
        assert_eq!(status(&response), expected, "{response}");
        assert!(response.contains(part), "{response}, without {part:?}");
    }
}

#[tokio::test]
async fn a_page_learns_the_version_at_once() {
    let port = start().await;
    let host = format!("Host: 127.0.0.1:{port}");
    for seen in ["none", "6", "99999999999999999999999"] {
        let first = format!("GET /guide/changes/{seen}");
        // Far less than the time after which the server answers without a change.
        let response = timeout(WAIT / 2, send(port, &first, &[&host], b"")).await;
        let response = response.unwrap_or_else(|_| panic!("after {seen}: no response"));
        assert!(response.ends_with("\r\n7"), "after {seen}: {response}");
    }
}

#[tokio::test]
async fn the_course_s_book_is_served() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let book = Book::build(&root).unwrap_or_else(|error| panic!("{error:#}"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(serve(listener, root, book));
    let host = format!("Host: 127.0.0.1:{port}");
    let response = send(port, "GET /lessons/lesson-01-query/", &[&host], b"").await;
    assert!(response.contains("a query packet"), "{response}");
    let response = send(port, "GET /guide/messages", &[&host], b"").await;
    assert!(
        response.contains("A referral from a root server"),
        "{response}"
    );
}

#[tokio::test]
async fn a_saved_chapter_is_shown_and_one_that_cannot_be_read_leaves_the_book() {
    let course = small_course();
    let book = Book::build(course.path()).unwrap_or_else(|error| panic!("{error:#}"));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(serve(listener, course.path().to_owned(), book));
    let host = format!("Host: 127.0.0.1:{port}");
    let chapter = "lessons/lesson-01-one/README.md";
    let request = "GET /lessons/lesson-01-one/";
    let before = send(port, request, &[&host], b"").await;
    assert!(!before.contains("a new sentence"), "{before}");

    put(course.path(), chapter, "# One\n\nHere is a new sentence.\n");
    let changed = timeout(WAIT / 2, send(port, "GET /guide/changes/0", &[&host], b"")).await;
    assert!(
        changed.is_ok_and(|it| it.ends_with("\r\n1")),
        "no change was noticed"
    );
    let after = send(port, request, &[&host], b"").await;
    assert!(after.contains("a new sentence"), "{after}");

    std::fs::write(course.path().join(chapter), b"# One \xff").expect("the chapter is written");
    sleep(10 * LOOK).await;
    let kept = send(port, request, &[&host], b"").await;
    assert!(kept.contains("a new sentence"), "{kept}");
}

#[tokio::test]
async fn a_chapter_that_is_saved_while_the_book_is_built_is_shown() {
    let course = small_course();
    let book = Book::build(course.path()).unwrap_or_else(|error| panic!("{error:#}"));
    let text = "# One\n\nSaved before the server began.\n";
    put(course.path(), "lessons/lesson-01-one/README.md", text);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(serve(listener, course.path().to_owned(), book));
    let host = format!("Host: 127.0.0.1:{port}");
    let changed = timeout(WAIT / 2, send(port, "GET /guide/changes/0", &[&host], b"")).await;
    assert!(
        changed.is_ok_and(|it| it.ends_with("\r\n1")),
        "the change was not noticed"
    );
    let page = send(port, "GET /lessons/lesson-01-one/", &[&host], b"").await;
    assert!(page.contains("Saved before"), "{page}");
}
