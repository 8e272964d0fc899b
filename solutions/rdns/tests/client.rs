//! The program `client` from outside: its output and its exit status.
#![cfg(test)]

use std::net::{TcpListener, UdpSocket};
use std::process::{Command, Output};

fn client(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_client"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the client in the lab; returns its standard output, and fails on any error output.
fn in_lab(arguments: &[&str]) -> String {
    let output = client(&[&["--lab"], arguments].concat());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Runs the client, which must fail; returns its exit status and standard error.
fn failure(arguments: &[&str]) -> (i32, String) {
    let output = client(arguments);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// Returns the lines that are records.
fn records(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'))
        .collect()
}

#[test]
fn a_name_gets_its_addresses() {
    let text = in_lab(&["--query", "yahoo.com"]);
    assert!(text.contains("status: NOERROR"), "{text}");
    let first = records(&text)[0];
    assert!(
        first.starts_with("yahoo.com.              1800    IN      A       "),
        "{first}"
    );
}

#[test]
fn octets_after_the_last_section_are_shown_as_a_warning() {
    let name = "www.trailing.truncation.test";
    let query = ["--server", "198.18.24.5", "--norecurse", "--query", name];
    for transport in [&[][..], &["--tcp"]] {
        let text = in_lab(&[&query[..], transport].concat());
        let warning = ";; Warning: 16 octets behind the last section of the reply were ignored\n";
        assert!(text.starts_with(warning), "{transport:?}: {text}");
        assert!(records(&text)[0].ends_with("198.18.24.83"), "{text}");
    }
    let short = in_lab(&[&query[..], &["--short"]].concat());
    assert_eq!(short.trim(), "198.18.24.83");
}

#[test]
fn a_truncated_reply_that_is_damaged_is_followed_by_a_query_over_tcp() {
    for (server, zone) in [("2", "mid-record"), ("3", "no-question"), ("4", "header")] {
        let name = format!("www.{zone}.truncation.test");
        let server = format!("198.18.24.{server}");
        let text = in_lab(&["--server", &server, "--norecurse", "--query", &name]);
        assert!(
            text.contains("(TCP)") && records(&text).len() == 1,
            "{name}: {text}"
        );
    }
}

#[test]
fn a_name_that_does_not_exist_has_the_soa_of_its_zone() {
    let text = in_lab(&["--query", "nosuch.example.com"]);
    assert!(text.contains("status: NXDOMAIN"), "{text}");
    let [soa] = records(&text)[..] else {
        panic!("one record is expected: {text}")
    };
    assert!(
        soa.starts_with("example.com.  ") && soa.contains("SOA"),
        "{soa}"
    );
}

#[test]
fn records_of_every_type_can_be_queried() {
    let rtypes = [
        ("yahoo.com", "MX", "MX"),
        ("example.com", "TXT", "TXT"),
        ("google.com", "AAAA", "AAAA"),
        ("example.com", "soa", "SOA"),
        ("example.com", "NS", "NS"),
        ("example.com", "CAA", "CAA"),
        ("_sip._udp.example.com", "SRV", "SRV"),
        ("www.example.com", "TYPE65", "HTTPS"),
        ("strange.example.com", "TYPE65280", "TYPE65280"),
    ];
    for (name, qtype, shown) in rtypes {
        let text = in_lab(&["--query", name, "--type", qtype]);
        let lines = records(&text);
        let all = lines
            .iter()
            .all(|line| line.split_whitespace().nth(3) == Some(shown));
        assert!(all && !lines.is_empty(), "{name} {qtype}: {text}");
    }
    // ANY never meant "all there is" (RFC 8482).
    let any = in_lab(&["--query", "example.com", "--type", "ANY", "--short"]);
    assert_eq!(any, "\"RFC8482\" \"\"\n");
}

#[test]
fn an_address_is_looked_up_as_its_ptr_record() {
    let text = in_lab(&["--query", "208.80.154.224", "--short"]);
    assert!(text.ends_with(".org.\n"), "{text}");
}

#[test]
fn dissect_explains_every_octet_of_both_messages() {
    let text = in_lab(&["--query", "yahoo.com", "--dissect"]);
    for part in [";; Query: 38 octets", ";; Reply: 134 octets"] {
        let size: usize = part.split_whitespace().nth(2).unwrap().parse().unwrap();
        let (_, explained) = text.split_once(part).unwrap();
        // The octets stand in one column; lines about single flag bits have none there.
        let octets = explained
            .lines()
            .skip(1)
            .take_while(|line| !line.is_empty())
            .map(|line| {
                let column = line.get(7..31).unwrap_or(line.get(7..).unwrap_or(""));
                column
                    .split_whitespace()
                    .filter(|word| word.len() == 2 && hex(word))
                    .count()
            });
        assert_eq!(octets.sum::<usize>(), size, "{text}");
    }
}

fn hex(word: &str) -> bool {
    word.bytes().all(|octet| octet.is_ascii_hexdigit())
}

#[test]
fn a_large_answer_comes_over_tcp() {
    let text = in_lab(&["--query", "huge.example.com", "--type", "TXT"]);
    assert!(
        text.contains("(TCP)") && records(&text).len() == 16,
        "{text}"
    );
    assert!(in_lab(&["--query", "yahoo.com", "--tcp"]).contains("(TCP)"));
}

#[test]
fn every_server_of_the_lab_can_be_queried() {
    let root = ["--server", "198.41.0.4", "--norecurse"];
    let text = in_lab(&[&["--query", "yahoo.com"], root.as_slice()].concat());
    assert!(text.contains(";; AUTHORITY SECTION:\ncom. "), "{text}");
    assert!(
        !text
            .lines()
            .any(|line| line.starts_with(";; flags:") && line.contains(" rd")),
        "{text}"
    );
}

#[test]
fn a_typo_is_reported_in_one_line_with_status_2() {
    let (status, text) = failure(&["--lab", "--query", "yahoo..com"]);
    assert_eq!(status, 2);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with("client: 'yahoo..com' is not a domain name: "),
        "{text}"
    );

    let (status, text) = failure(&["--lab", "--query", "yahoo.com", "--type", "AAAAA"]);
    assert_eq!(status, 2);
    assert!(
        text.starts_with("client: 'AAAAA' is not a record type: "),
        "{text}"
    );

    let (status, text) = failure(&["--query", "yahoo.com", "--server", "dns.google"]);
    assert_eq!(status, 2);
    assert!(text.contains("write an IP address"), "{text}");

    for wrong in [
        &["--timeout", "0"],
        &["--timeout", "soon"],
        &["--timeout", "-1"],
    ] {
        assert_eq!(
            failure(&[&["--lab", "--query", "a"], wrong.as_slice()].concat()).0,
            2
        );
    }
    assert_eq!(failure(&[]).0, 2, "no name");
}

#[test]
fn a_timeout_is_reported_in_one_line_with_status_9() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = silent.local_addr().unwrap().to_string();
    let (status, text) = failure(&[
        "--query",
        "yahoo.com",
        "--server",
        &server,
        "--timeout",
        "0.05",
    ]);
    assert_eq!(status, 9);
    assert_eq!(
        text,
        format!("client: no reply from {server} over UDP: tried 3 times, 50ms each\n")
    );
}

#[test]
fn garbage_is_not_taken_for_a_reply() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = socket.local_addr().unwrap().to_string();
    let garbage_server = std::thread::spawn(move || {
        for _ in 0..3 {
            let (_, from) = socket.recv_from(&mut [0; 512]).unwrap();
            socket.send_to(b"garbage", from).unwrap();
        }
    });
    let (status, _) = failure(&[
        "--query",
        "yahoo.com",
        "--server",
        &server,
        "--timeout",
        "0.2",
    ]);
    assert_eq!(status, 9);
    garbage_server.join().unwrap();
}

#[test]
fn a_refused_connection_is_reported_in_one_line() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let (status, text) = failure(&["--query", "a", "--tcp", "--server", &closed]);
    assert_eq!(status, 9);
    assert!(
        text.starts_with(&format!("client: cannot reach {closed} over TCP: ")),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_exit_status_does_not_depend_on_standard_error() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = closed.local_addr().unwrap().to_string();
    drop(closed);
    let no_server = ["--server", &server, "--tcp", "--query", "example.com"];
    for (arguments, code) in [
        (&no_server[..], 9),
        (&["--lab", "--query", "a..b"], 2),
        (&["--nonsense"], 2),
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let gone = std::io::pipe().unwrap().1;
        for (name, stderr) in [
            ("full", full.unwrap().into()),
            ("gone", std::process::Stdio::from(gone)),
        ] {
            let status = Command::new(env!("CARGO_BIN_EXE_client"))
                .args(arguments)
                .stderr(stderr)
                .status()
                .unwrap();
            assert_eq!(
                status.code(),
                Some(code),
                "{arguments:?}, standard error {name}: {status}"
            );
        }
    }
}
