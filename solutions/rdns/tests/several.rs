//! The program `client` when it asks about several names: what it knows it does not ask again, for as long as it may.
#![cfg(test)]

use std::io::Write;
use std::net::UdpSocket;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use clap::Parser;
use programs::client::{Arguments, Asked, Client};

/// What it does with these arguments, and this on standard input.
fn client(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_client"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// Standard output, standard error, and the exit status.
fn told(output: &Output) -> (String, String, i32) {
    (
        String::from_utf8(output.stdout.clone()).unwrap(),
        String::from_utf8(output.stderr.clone()).unwrap(),
        output.status.code().unwrap(),
    )
}

#[test]
fn the_second_equal_question_comes_from_the_cache_and_says_how_long_it_lives() {
    let names = [
        "--lab",
        "--query",
        "www.google.com",
        "--query",
        "WWW.google.com",
    ];
    let (text, errors, status) = told(&client(&names, ""));
    assert_eq!((errors.as_str(), status), ("", 0));
    let (asked, known) = text.split_once("\n\n;; From the cache").unwrap();
    assert!(asked.contains(";; SERVER: 192.0.2.53#53 (UDP)"), "{text}");
    assert!(
        known.starts_with(", status: NOERROR, lives for another 29") && !known.contains("SERVER"),
        "{text}"
    );
    assert!(
        known.contains(";; ANSWER SECTION:\nwww.google.com.         29"),
        "{text}"
    );
}

#[test]
fn names_are_read_from_standard_input_with_their_types() {
    let input = "# two of one name\nexample.com MX\n\nexample.com\nexample.com mx\n";
    let (text, errors, status) = told(&client(&["--lab", "--short", "--batch", "-"], input));
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
    let (text, errors, status) = told(&client(&arguments, ""));
    assert_eq!((errors.as_str(), status), ("", 0));
    assert!(
        text.starts_with("8.8.8.8\n8.8.4.4\n") && text.ends_with(".org.\n"),
        "{text}"
    );
}

/// One bad line does not keep the others from being asked for.
#[test]
fn the_exit_status_is_that_of_the_worst_question() {
    let input = "example.com\nno..name\nexample.com A too\nwww.google.com\n";
    let (text, errors, status) = told(&client(&["--lab", "--short", "--batch", "-"], input));
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
    assert_eq!(told(&client(&arguments, "")).2, 9);

    let (_, errors, status) = told(&client(&["--lab", "--batch", "/nonexistent/names"], ""));
    assert_eq!(status, 2);
    assert!(
        errors.starts_with("client: /nonexistent/names: "),
        "{errors}"
    );
}

/// Nothing to ask about is no failure.
#[test]
fn an_empty_batch_prints_nothing() {
    let (text, errors, status) = told(&client(&["--lab", "--batch", "-"], "\n# nothing\n"));
    assert_eq!((text.as_str(), errors.as_str(), status), ("", "", 0));
}

/// Asks in the lab, with a paused clock.
struct Clocked(Arguments);

impl Clocked {
    fn new(arguments: &[&str]) -> Clocked {
        let all = ["client", "--lab", "--batch", "-"];
        Clocked(Arguments::parse_from(all.iter().chain(arguments)))
    }
}

async fn first_line(client: &Client<'_>, name: &str, rtype: &str) -> String {
    let asked = Asked {
        name: name.to_owned(),
        rtype: Some(rtype.to_owned()),
    };
    let text = client.ask(&asked).await.unwrap();
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix(";; ->>HEADER<<- opcode: QUERY, ") {
        Some(header) => format!("asked, {}", header.rsplit_once(',').unwrap().0),
        None => first.to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn it_lives_until_its_ttl_is_over() {
    let clocked = Clocked::new(&[]);
    let client = Client::new(&clocked.0);
    let mut lines = Vec::new();
    for _ in 0..5 {
        lines.push(first_line(&client, "www.google.com", "A").await);
        tokio::time::advance(Duration::from_secs(100)).await;
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    asked, status: NOERROR
    ;; From the cache, status: NOERROR, lives for another 200 s
    ;; From the cache, status: NOERROR, lives for another 100 s
    asked, status: NOERROR
    ;; From the cache, status: NOERROR, lives for another 200 s
    ");
}

#[tokio::test(start_paused = true)]
async fn that_there_is_nothing_is_remembered_as_well() {
    let clocked = Clocked::new(&[]);
    let client = Client::new(&clocked.0);
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

/// A server without recursion refers to others. That is no answer, and nothing to remember.
#[tokio::test(start_paused = true)]
async fn a_referral_is_not_remembered() {
    let clocked = Clocked::new(&["--server", "198.41.0.4", "--norecurse"]);
    let client = Client::new(&clocked.0);
    for _ in 0..2 {
        let line = first_line(&client, "yahoo.com", "A").await;
        assert_eq!(line, "asked, status: NOERROR");
    }
}
