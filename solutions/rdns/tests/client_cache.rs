//! The program `client` with several names: it caches each answer for its TTL, and sends no query
//! for a cached name.
#![cfg(test)]

mod run_client;

use std::net::UdpSocket;
use std::process::Output;
use std::time::Duration;

use clap::Parser;
use programs::client::{Arguments, Client, Request};
use run_client::client;

/// Returns standard output, standard error, and the exit status.
fn parts(output: &Output) -> (String, String, i32) {
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
        output.status.code().unwrap(),
    )
}

#[test]
fn a_repeated_question_is_answered_from_the_cache_with_the_time_to_expiry() {
    let names = [
        "--lab",
        "--query",
        "www.google.com",
        "--query",
        "WWW.google.com",
    ];
    let (text, errors, status) = parts(&client(&names, ""));
    assert_eq!((errors.as_str(), status), ("", 0));
    let (first, second) = text.split_once("\n\n;; From the cache").unwrap();
    assert!(first.contains(";; SERVER: 192.0.2.53#53 (UDP)"), "{text}");
    assert!(
        second.starts_with(", status: NOERROR, expires in 29") && !second.contains("SERVER"),
        "{text}"
    );
    assert!(
        second.contains(";; ANSWER SECTION:\nwww.google.com.         29"),
        "{text}"
    );
}

#[test]
fn names_are_read_from_standard_input_with_their_types() {
    let input = "# two of one name\nexample.com MX\n\nexample.com\nexample.com mx\n";
    let (text, errors, status) = parts(&client(&["--lab", "--short", "--batch", "-"], input));
    assert_eq!((errors.as_str(), status), ("", 0));
    insta::assert_snapshot!(text, @r"
    10 mail.example.com.
    20 mail.example.net.
    93.184.215.14
    10 mail.example.com.
    20 mail.example.net.
    ");
}

#[test]
fn names_are_read_from_a_file_after_those_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names");
    std::fs::write(&file, "208.80.154.224\n").unwrap();
    let file = file.to_str().unwrap();
    let arguments = [
        "--lab",
        "--short",
        "--query",
        "dns.google.com",
        "--batch",
        file,
    ];
    let (text, errors, status) = parts(&client(&arguments, ""));
    assert_eq!((errors.as_str(), status), ("", 0));
    assert!(
        text.starts_with("8.8.8.8\n8.8.4.4\n") && text.ends_with(".org.\n"),
        "{text}"
    );
}

/// An invalid line does not stop the others.
#[test]
fn the_exit_status_is_that_of_the_worst_request() {
    let input = "example.com\nno..name\nexample.com A too\nwww.google.com\n";
    let (text, errors, status) = parts(&client(&["--lab", "--short", "--batch", "-"], input));
    assert_eq!(
        (text.as_str(), status),
        ("93.184.215.14\n142.250.74.36\n", 2)
    );
    assert_eq!(errors.lines().count(), 2, "{errors}");
    assert!(
        errors.contains("'no..name' is not a domain name"),
        "{errors}"
    );
    assert!(
        errors.contains("standard input, line 3: 'example.com A too'"),
        "{errors}"
    );

    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = silent.local_addr().unwrap().to_string();
    let arguments = [
        "--server",
        &server,
        "--timeout",
        "0.05",
        "--query",
        "no..name",
        "--query",
        "a",
    ];
    assert_eq!(parts(&client(&arguments, "")).2, 9);

    let (_, errors, status) = parts(&client(&["--lab", "--batch", "/nonexistent/names"], ""));
    assert_eq!(status, 2);
    assert!(
        errors.starts_with("client: /nonexistent/names: "),
        "{errors}"
    );
}

/// An empty file is no failure.
#[test]
fn an_empty_batch_prints_nothing() {
    let (text, errors, status) = parts(&client(&["--lab", "--batch", "-"], "\n# nothing\n"));
    assert_eq!((text.as_str(), errors.as_str(), status), ("", "", 0));
}

/// The command line of a client in the lab, for tests with a paused clock.
struct LabArguments(Arguments);

impl LabArguments {
    fn new(arguments: &[&str]) -> LabArguments {
        let all = ["client", "--lab", "--batch", "-"];
        LabArguments(Arguments::parse_from(all.iter().chain(arguments)))
    }
}

async fn first_line(client: &Client<'_>, name: &str, rtype: &str) -> String {
    let request = Request {
        name: name.to_owned(),
        rtype: Some(rtype.to_owned()),
    };
    let text = client.ask(&request).await.unwrap();
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix(";; ->>HEADER<<- opcode: QUERY, ") {
        Some(header) => format!("queried, {}", header.rsplit_once(',').unwrap().0),
        None => first.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_cached_until_its_ttl_expires() {
    let arguments = LabArguments::new(&[]);
    let client = Client::new(&arguments.0).unwrap();
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(first_line(&client, "www.google.com", "A").await);
        tokio::time::advance(Duration::from_secs(100)).await;
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    queried, status: NOERROR
    ;; From the cache, status: NOERROR, expires in 200 s
    ;; From the cache, status: NOERROR, expires in 100 s
    queried, status: NOERROR
    ;; From the cache, status: NOERROR, expires in 200 s
    ");
}

#[tokio::test(start_paused = true)]
async fn negative_answers_are_cached() {
    let arguments = LabArguments::new(&[]);
    let client = Client::new(&arguments.0).unwrap();
    let mut lines = Vec::new();
    for (name, rtype) in [
        ("nosuch.example.com", "A"),
        ("www.nosuch.example.com", "TXT"),
        ("dangling.example.com", "A"),
        ("dangling.example.com", "A"),
        ("www.example.com", "MX"),
        ("www.example.com", "MX"),
        ("www.example.com", "TXT"),
    ] {
        lines.push(format!(
            "{name} {rtype}: {}",
            first_line(&client, name, rtype).await
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

/// A server without recursion answers with a referral, which is not an answer to the question.
#[tokio::test(start_paused = true)]
async fn a_referral_is_not_cached() {
    let arguments = LabArguments::new(&["--server", "198.41.0.4", "--norecurse"]);
    let client = Client::new(&arguments.0).unwrap();
    for _ in 0..2 {
        let line = first_line(&client, "yahoo.com", "A").await;
        assert_eq!(line, "queried, status: NOERROR");
    }
}
