//! The messages that are written into a file, and the settings that choose them.

#![cfg(test)]
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// A query for the root's NS records.
const QUERY: &[u8] = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\0\0\x02\0\x01";

fn ends() -> (End, End) {
    let end = |text: &str| End::from(text.parse::<SocketAddr>().unwrap());
    (end("192.0.2.1:5300"), end("[::]:53"))
}

fn to_file(path: &Path, log: &[LoggedKind]) -> DnstapConfig {
    DnstapConfig {
        file: Some(path.to_owned()),
        log: log.to_vec(),
        ..DnstapConfig::default()
    }
}

/// The octets of the fields of the messages in a file: this reads the frames without the code that writes
/// them.
fn contents(path: &Path) -> Vec<Dnstap> {
    let octets = std::fs::read(path).unwrap();
    let (mut rest, mut all) = (octets.as_slice(), Vec::new());
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        if length == 0 {
            let (control, after) = after.split_first_chunk().unwrap();
            rest = &after[u32::from_be_bytes(*control) as usize..];
            continue;
        }
        all.push(Dnstap::decode(&after[..length]).unwrap());
        rest = &after[length..];
    }
    all
}

#[test]
fn without_settings_nothing_is_logged_and_no_end_is_looked_up() {
    let tap = Tap::default();
    tap.apply(&DnstapConfig::default()).unwrap();
    let exchange = tap.client_query(Protocol::Udp, QUERY, || panic!("the ends were looked up"));
    assert_eq!(exchange, None, "an exchange without dnstap");
}

#[tokio::test]
async fn a_file_has_the_kinds_of_the_settings_and_the_known_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tap");
    let tap = Tap::default();
    tap.apply(&to_file(&path, &[LoggedKind::ClientResponse]))
        .unwrap();
    let exchange = tap.client_query(Protocol::Dot, QUERY, ends);
    tap.client_response(exchange.as_deref(), b"a reply");
    let response = tap.client_query(Protocol::Udp, &[0xff; 12], ends);
    assert_eq!(response, None, "the exchange of a message with QR");
    tap.finish(Duration::from_secs(10)).await;
    let all = contents(&path);
    let [content] = all.as_slice() else {
        panic!("one message is expected: {all:?}");
    };
    let message = content.message.as_ref().expect("a message");
    let exchange = exchange.expect("an exchange");
    assert_eq!(message.r#type, 6, "CLIENT_RESPONSE");
    assert_eq!(message.socket_protocol, Some(3), "DOT");
    assert_eq!(message.socket_family, Some(1), "INET");
    assert_eq!(message.query_address.as_deref(), Some(&[192, 0, 2, 1][..]));
    assert_eq!(message.query_port, Some(5_300));
    assert_eq!(message.response_address, None, "of the wildcard address");
    assert_eq!(message.response_port, Some(53));
    assert_eq!(message.query_message, None);
    assert_eq!(message.response_message.as_deref(), Some(&b"a reply"[..]));
    let since = exchange
        .start
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    assert_eq!(message.query_time_sec, Some(since.as_secs()));
    assert_eq!(message.query_time_nsec, Some(since.subsec_nanos()));
    assert_eq!((tap.written(), tap.lost()), (1, 0), "written and lost");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(format!("{:o}", mode & 0o777), "600", "the file's mode");
}

/// A file goes on when other settings change, is not overwritten, and can be moved away.
#[tokio::test]
async fn a_reload_keeps_the_file_unless_it_was_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old, moved) = (
        folder.path().join("tap"),
        folder.path().join("tap.old"),
        folder.path().join("moved"),
    );
    std::fs::write(&path, "of yesterday").unwrap();
    let tap = Tap::default();
    let query = |tap: &Tap| drop(tap.client_query(Protocol::Udp, QUERY, ends));
    let mut config = to_file(&path, &[LoggedKind::ClientQuery]);
    tap.apply(&config).unwrap();
    query(&tap);
    config.identity = Some("new".to_owned());
    tap.apply(&config).unwrap();
    query(&tap);
    std::fs::rename(&path, &moved).unwrap();
    tap.apply(&config).unwrap();
    query(&tap);
    let nowhere = to_file(&folder.path().join("no/tap"), &[]);
    let refused = tap.apply(&nowhere);
    assert!(refused.is_err(), "a file in a folder that is not there");
    query(&tap);
    tap.finish(Duration::from_secs(10)).await;
    let yesterday = std::fs::read_to_string(&old).unwrap();
    assert_eq!(yesterday, "of yesterday", "the file before the start");
    let identities = |path: &Path| {
        let identity = |content: Dnstap| content.identity.map(String::from_utf8);
        contents(path).into_iter().map(identity).collect::<Vec<_>>()
    };
    let new = || Some(Ok("new".to_owned()));
    assert_eq!(identities(&moved), [None, new()], "the file that was moved");
    assert_eq!(identities(&path), [new(), new()], "the file after it");
}

/// A start that fails again and again leaves such a file each time.
#[tokio::test]
async fn a_file_without_messages_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (path, old) = (folder.path().join("tap"), folder.path().join("tap.old"));
    std::fs::write(&old, "earlier messages").unwrap();
    let config = to_file(&path, &LoggedKind::ALL);
    for _ in 0..2 {
        let tap = Tap::default();
        tap.apply(&config).unwrap();
        tap.finish(Duration::from_secs(10)).await;
    }
    assert_eq!(std::fs::read_to_string(&old).unwrap(), "earlier messages");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_another_process_writes_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tap");
    let config = to_file(&path, &LoggedKind::ALL);
    let (first, second) = (Tap::default(), Tap::default());
    first.apply(&config).unwrap();
    let error = second.apply(&config).unwrap_err();
    assert_eq!(error.to_string(), "another process writes into it");
    first.finish(Duration::from_secs(10)).await;
    second.apply(&config).unwrap();
}

/// Tools that rotate logs leave an empty file in the place of the one that they move.
#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_replaced_gets_a_successor() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("tap"), folder.path().join("tap.1"));
    let config = to_file(&path, &LoggedKind::ALL);
    let tap = Tap::default();
    tap.apply(&config).unwrap();
    std::fs::rename(&path, &moved).unwrap();
    std::fs::write(&path, "").unwrap();
    tap.apply(&config).unwrap();
    drop(tap.client_query(Protocol::Udp, QUERY, ends));
    tap.finish(Duration::from_secs(10)).await;
    assert_eq!((contents(&path).len(), contents(&moved).len()), (1, 0));
}

/// No collector is there: messages wait, then get lost, and no sender waits.
#[tokio::test]
async fn messages_without_room_are_lost_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let tap = Tap::default();
    let config = DnstapConfig {
        socket: Some(folder.path().join("socket")),
        log: vec![LoggedKind::ClientQuery],
        ..DnstapConfig::default()
    };
    tap.apply(&config).unwrap();
    let start = std::time::Instant::now();
    for _ in 0..100_000 {
        tap.client_query(Protocol::Udp, QUERY, ends);
    }
    let lost = tap.lost();
    assert!(
        (60_000..70_000).contains(&lost),
        "{lost} of 100,000 messages were lost; 32,768 and those in the thread find room"
    );
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_secs(10), "{elapsed:?}");
    tap.finish(Duration::from_secs(10)).await;
    let counts = (tap.written(), tap.lost());
    assert_eq!(counts, (0, 100_000), "written and lost at the end");
}
