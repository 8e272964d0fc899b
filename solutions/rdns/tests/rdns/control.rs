//! `rdns ctl` and the metrics.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use dnsparse::RecordType;
use tempfile::TempDir;

use crate::configuration::ConfigFile;
use crate::local::ask;
use crate::server::{SOON, Server};

/// A server with a control socket.
pub(crate) struct Controlled {
    folder: TempDir,
    pub(crate) server: Server,
}

/// The exit status, output and errors of `rdns ctl`.
pub(crate) type Outcome = (Option<i32>, String, String);

pub(crate) fn run(arguments: &[&str]) -> Outcome {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_rdns"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
    (status.code(), text(stdout), text(stderr))
}

impl Controlled {
    pub(crate) fn start(arguments: &[&str]) -> Controlled {
        Controlled::start_on("127.0.0.1:0", arguments)
    }

    /// Starts a server at this address.
    pub(crate) fn start_on(address: &str, arguments: &[&str]) -> Controlled {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("control");
        let all = [&["--control", path.to_str().unwrap()], arguments].concat();
        let (mut server, stderr) = Server::start_on(&[address], &all, "off");
        server.read_log(stderr);
        Controlled { folder, server }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("control")
    }

    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        let path = self.path();
        run(&[&["ctl", "--control", path.to_str().unwrap()], words].concat())
    }

    /// Runs a command that must succeed, and returns its answer.
    #[track_caller]
    pub(crate) fn ok(&self, words: &[&str]) -> String {
        let (status, text, errors) = self.run(words);
        assert_eq!(
            (status, errors.as_str()),
            (Some(0), ""),
            "{words:?}\n{text}"
        );
        text
    }

    /// Returns a counter of `stats`.
    #[track_caller]
    pub(crate) fn counter(&self, name: &str) -> u64 {
        let text = self.ok(&["stats"]);
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
        let value = values.next().and_then(|rest| rest.trim().parse().ok());
        value.unwrap_or_else(|| panic!("no {name} in:\n{text}"))
    }

    /// Returns the number of upstream queries that the answer to a question takes.
    fn queries_for(&self, name: &str) -> u64 {
        let before = self.counter("upstream_queries_total");
        ask(&self.server, name, RecordType::A);
        self.counter("upstream_queries_total") - before
    }
}

#[test]
fn cached_names_are_shown_and_removed() {
    let rdns = Controlled::start(&[]);
    assert!(rdns.queries_for("www.google.com") > 1);
    assert_eq!(rdns.queries_for("www.google.com"), 0);
    let dump = rdns.ok(&["dump"]);
    let line = dump
        .lines()
        .find(|line| line.starts_with("www.google.com.\t"));
    let line = line.unwrap_or_else(|| panic!("not in the dump:\n{dump}"));
    assert!(
        line.contains("\tIN\tA\t") && line.ends_with(" ; Answer"),
        "{line}"
    );
    let text = rdns.ok(&["flush", "www.google.com"]);
    assert_eq!(text, "1 entry about www.google.com. was removed\n");
    assert_eq!(
        rdns.queries_for("www.google.com"),
        1,
        "its zone is still known"
    );
    let text = rdns.ok(&["flush-zone", "com"]);
    assert!(
        text.contains("about com. and below it were removed"),
        "{text}"
    );
    assert!(
        rdns.queries_for("www.google.com") > 1,
        "com is not known any more"
    );
    let (questions, hits) = (rdns.counter("questions_total"), rdns.counter("hits_total"));
    // A query is repeated after a second, and a busy machine may take longer.
    assert!(
        questions >= 4 && hits >= 1 && hits < questions,
        "{questions} questions, {hits} hits"
    );
}

#[test]
fn lookup_says_where_a_name_is_answered_from() {
    let file = ConfigFile::new(
        "[local]\nrecords = [\"nas.lan. A 192.168.1.10\"]\n[[blocklist]]\nfile = \"ads\"\nform = \"domains\"\n[[forward]]\nzone = \"corp.example\"\nservers = [\"192.0.2.1:5353\"]\n",
    );
    file.beside("ads", "ads.example\n");
    let rdns = Controlled::start(&["--config", file.path()]);
    let lookup = |name| rdns.ok(&["lookup", name]);
    assert_eq!(lookup("nas.lan"), "nas.lan. is answered from [local]\n");
    assert_eq!(
        lookup("x.ads.example"),
        "x.ads.example. is blocked by the list ads\n"
    );
    assert!(
        lookup("localhost").contains("special-use name"),
        "{}",
        lookup("localhost")
    );
    let text = lookup("www.corp.example");
    assert!(
        text.contains("servers of corp.example., known by [[forward]]:\n")
            && text.contains(" 192.0.2.1 port 5353: not queried yet"),
        "{text}"
    );
    let text = lookup("www.google.com");
    assert!(
        text.contains("servers of ., known from the cache or the root hints:"),
        "{text}"
    );
    ask(&rdns.server, "www.google.com", RecordType::A);
    let text = lookup("www.google.com");
    assert!(
        text.contains("the answer is cached for ")
            && text.contains("servers of google.com., known from the cache")
            && text.contains(": alive, round-trip time "),
        "{text}"
    );
}

#[test]
fn trace_shows_each_step() {
    let rdns = Controlled::start(&[]);
    let text = rdns.ok(&["trace", "www.google.com"]);
    let steps = [
        "www.google.com. A\n",
        "says: ask the servers of com.",
        "NOERROR, ",
        "142.250.74.36",
    ];
    let mut rest = text.as_str();
    for step in steps {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("no '{step}' in the rest of:\n{text}"));
        rest = &rest[at..];
    }
    let text = rdns.ok(&["trace", "nosuch.example.com", "MX"]);
    assert!(
        text.contains("NXDOMAIN, ") && text.contains("\tSOA\t"),
        "{text}"
    );
}

/// A server on the way would get a question that none answers, or the answer would be one that no
/// client gets.
#[test]
fn types_that_are_not_looked_up_are_explained() {
    let rdns = Controlled::start(&[]);
    for command in ["trace", "lookup"] {
        for (rtype, reply) in [
            ("ANY", "one HINFO record (RFC 8482)"),
            ("AXFR", "REFUSED: this server transfers no zones"),
            ("IXFR", "REFUSED: this server transfers no zones"),
            ("OPT", "NOTIMP: records in zones have other types"),
            ("TSIG", "NOTIMP: records in zones have other types"),
            ("TYPE128", "NOTIMP: records in zones have other types"),
        ] {
            let (status, text, errors) = rdns.run(&[command, "www.google.com", rtype]);
            assert_eq!((status, text.as_str()), (Some(1), ""), "{command} {rtype}");
            let expected = format!(" is not looked up; a client that asks for it gets {reply}\n");
            assert!(errors.ends_with(&expected), "{command} {rtype}: {errors}");
        }
    }
}

/// A trace shows what the search finds, and then what clients get of it.
#[test]
fn trace_says_what_the_settings_make_of_an_answer() {
    let file = ConfigFile::new("[[blocklist]]\nfile = \"ads\"\nform = \"domains\"\n");
    file.beside("ads", "ads.example\ng06.yahoodns.net\n");
    let rdns = Controlled::start(&["--config", file.path()]);
    let last = |name| {
        let text = rdns.ok(&["trace", name]);
        text.lines().last().unwrap_or_default().to_owned()
    };
    assert_eq!(last("x.ads.example"), "reply: blocked by the list ads");
    assert_eq!(
        last("www.yahoo.com"),
        "reply: blocked by the list ads, since an alias leads to a name on it"
    );
    let plain = last("www.google.com");
    assert!(plain.ends_with("\t142.250.74.36"), "{plain}");
}

/// Returns the lines of a trace from the first one about validation.
fn validation_of(text: &str) -> String {
    let is_of_search = |line: &&str| !line.starts_with("  + ") && !line.contains("upstream");
    let is_shown = |line: &&str| {
        let marks = ["  + ", "  - ", "  ! ", "validation: ", "reply: "];
        marks.iter().any(|mark| line.starts_with(mark))
    };
    let lines = text.lines().skip_while(is_of_search).filter(is_shown);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn trace_shows_the_chain_of_trust() {
    let rdns = Controlled::start(&[]);
    let trace = |name| validation_of(&rdns.ok(&["trace", name]));
    insta::assert_snapshot!(trace("www.dnssec.test"), @r"
      + . DNSKEY: 2 keys
      + test. DS: signed by .
      + test. DNSKEY: 2 keys
      + dnssec.test. DS: signed by test.
      + dnssec.test. DNSKEY: 2 keys
      + www.dnssec.test. A: signed by dnssec.test.
    validation: secure
    ");
    insta::assert_snapshot!(trace("www.expired.dnssec.test"), @r"
      + dnssec.test.: secure, as found before
      + expired.dnssec.test. DS: signed by dnssec.test.
      ! expired.dnssec.test. DNSKEY: bogus, no signature holds: it has expired
      + expired.dnssec.test. DS: signed by dnssec.test.
      ! expired.dnssec.test. DNSKEY: bogus, no signature holds: it has expired
    validation: bogus: expired.dnssec.test. DNSKEY: no signature holds: it has expired
    reply: SERVFAIL, with the extended error 7; the records only with CD
    ");
    insta::assert_snapshot!(trace("www.unsigned.dnssec.test"), @r"
      + dnssec.test.: secure, as found before
      - unsigned.dnssec.test. DS: insecure, it has no DS record
    validation: insecure: unsigned.dnssec.test.: it has no DS record
    ");
    let local = rdns.ok(&["trace", "localhost"]);
    assert!(local.contains("\nvalidation: not needed\n"), "{local}");
    let without = Controlled::start(&["--no-dnssec"]);
    let text = without.ok(&["trace", "www.expired.dnssec.test"]);
    assert!(
        text.contains("\nNOERROR, ") && !text.contains("validation"),
        "without validation:\n{text}"
    );
    let again = validation_of(&rdns.ok(&["trace", "www.dnssec.test"]));
    insta::assert_snapshot!(again, @r"
      + dnssec.test.: secure, as found before
      + www.dnssec.test. A: signed by dnssec.test.
    validation: secure
    ");
}

#[test]
fn trust_anchors_are_shown_with_their_states() {
    let rdns = Controlled::start(&["--no-dnssec"]);
    let text = rdns.ok(&["trust-anchors"]);
    assert_eq!(
        text,
        "there is no trust anchor: answers are not validated\n"
    );
    let rdns = Controlled::start(&[]);
    let text = rdns.ok(&["trust-anchors"]);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines.len() == 2
            && lines[0].starts_with(". has fixed trust anchors: ")
            && lines[1].ends_with(": trusted"),
        "{text}"
    );
    // A key that the lab's root has never had is missing after the first look.
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("anchors");
    let flags = ["--trust-anchor-state", path.to_str().unwrap()];
    drop(Controlled::start(&flags));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}. 1 13 2 abcd valid\n")).unwrap();
    let rdns = Controlled::start(&flags);
    rdns.server.wait_for_line("key 1 of . is missing");
    let end = std::time::Instant::now() + SOON;
    let text = loop {
        let text = rdns.ok(&["trust-anchors"]);
        if text.contains("last look") {
            break text;
        }
        assert!(std::time::Instant::now() < end, "no look:\n{text}");
    };
    let parts = [
        &format!(
            ". follows the keys of its zone (RFC 5011), in {}\n",
            flags[1]
        ),
        ": valid, trusted\n  1 13 2 abcd: missing, trusted all the same\n  last look ",
        " UTC: a trusted key has signed the keys\n  next look ",
    ];
    let missing: Vec<_> = parts.iter().filter(|part| !text.contains(**part)).collect();
    assert!(missing.is_empty(), "{missing:?} is not in:\n{text}");
}

#[test]
fn one_query_is_one_query_in_words() {
    let rdns = Controlled::start(&[]);
    ask(&rdns.server, "www.google.com", RecordType::A);
    // On a busy machine, a server may time out, and be queried again.
    let mut traces = (0..5).map(|_| {
        rdns.ok(&["flush", "www.google.com"]);
        rdns.ok(&["trace", "www.google.com"])
    });
    let is_of_one = |text: &String| text.contains("\nNOERROR, 1 upstream query\n");
    assert!(
        traces.any(|text| is_of_one(&text)),
        "{}",
        rdns.ok(&["trace", "www.google.com"])
    );
    let text = rdns.ok(&["flush", "nosuch.example.net"]);
    assert_eq!(text, "0 entries about nosuch.example.net. were removed\n");
}

#[test]
fn the_socket_is_the_users_own_and_goes_with_the_server() {
    let mut rdns = Controlled::start(&[]);
    let mode = std::fs::metadata(rdns.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let path = rdns.path();
    let arguments = [
        "--lab",
        "--listen",
        "127.0.0.1:0",
        "--control",
        path.to_str().unwrap(),
    ];
    let (status, _, text) = run(&arguments);
    assert!(
        status == Some(1) && text.contains("another rdns is controlled by it"),
        "{text}"
    );
    rdns.ok(&["stats"]);
    rdns.server.signal("-TERM");
    rdns.server.child.wait().unwrap();
    assert!(!path.exists(), "the socket is removed");
    // After a crash it is not.
    let mut crashed = Controlled::start(&[]);
    crashed.server.child.kill().unwrap();
    crashed.server.child.wait().unwrap();
    let (status, _, text) = crashed.run(&["stats"]);
    assert!(
        status == Some(1) && text.starts_with("rdns: no server answers at "),
        "{text}"
    );
    let path = crashed.path();
    let _next = Server::start_with(&["--control", path.to_str().unwrap()], "off");
    crashed.ok(&["stats"]);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "a file").unwrap();
    let (status, _, text) = run(&arguments_with(&path));
    assert!(
        status == Some(1) && text.contains("it is another file"),
        "{text}"
    );
}

fn arguments_with(path: &std::path::Path) -> [&str; 5] {
    [
        "--lab",
        "--listen",
        "127.0.0.1:0",
        "--control",
        path.to_str().unwrap(),
    ]
}

/// Requests are bounded in length and in number, and silence on one connection holds up no other.
#[test]
fn requests_that_no_ctl_sends_are_refused() {
    let rdns = Controlled::start(&[]);
    let request = |octets: &[u8]| {
        let mut stream = UnixStream::connect(rdns.path()).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        // The server may close before it has read all.
        let _ = stream.write_all(octets);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    };
    assert!(request(b"stat\n").starts_with("error\nerror: unrecognized subcommand"));
    let refusal = "error\na request is a line of text (UTF-8) of at most 2048 octets\n.\n";
    assert_eq!(request(b"\xff\n"), refusal);
    assert!(request(&[b'a'; 5_000]).starts_with(refusal));
    // More than ever wait, and than have their commands executed.
    let silent: Vec<_> = (0..50)
        .map(|_| UnixStream::connect(rdns.path()).unwrap())
        .collect();
    let start = std::time::Instant::now();
    assert!(request(b"stats\n").starts_with("ok\nquestions_total "));
    let waited = start.elapsed();
    assert!(
        waited < std::time::Duration::from_secs(4),
        "{waited:?} behind silent ones"
    );
    drop(silent);
}

#[test]
fn a_dump_whose_reader_has_seen_enough_ends() {
    let rdns = Controlled::start(&[]);
    ask(&rdns.server, "www.google.com", RecordType::A);
    let path = rdns.path();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rdns"))
        .args(["ctl", "--control", path.to_str().unwrap(), "dump"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// Sends octets to the metrics, and returns the first line of the response; none if there is no response.
fn status_line(address: &str, octets: &[u8]) -> Option<String> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    // The server may close before it has read all.
    let _ = stream.write_all(octets);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    let text = String::from_utf8_lossy(&response);
    text.lines().next().map(str::to_owned)
}

#[test]
fn requests_for_metrics_that_break_the_rules_are_rejected() {
    let (mut server, stderr) =
        Server::start_on(&["127.0.0.1:0"], &["--metrics", "127.0.0.1:0"], "off");
    let address = server.metrics.clone().expect("the metrics in the log");
    server.read_log(stderr);
    let long = format!(
        "GET /metrics HTTP/1.1\r\na: {}\r\n\r\n",
        "b".repeat(100_000)
    );
    for (request, expected) in [
        ("GET /metrics HTTP/1.0\r\n\r\n", "HTTP/1.0 200 OK"),
        ("GET /metrics?a=b HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"),
        ("HEAD /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK"),
        (
            "POST /metrics HTTP/1.1\r\n\r\n",
            "HTTP/1.1 405 Method Not Allowed",
        ),
        ("GET /metrics/ HTTP/1.1\r\n\r\n", "HTTP/1.1 404 Not Found"),
        ("noise\r\n\r\n", "HTTP/1.1 400 Bad Request"),
        (&long, "HTTP/1.1 431 Request Header Fields Too Large"),
    ] {
        let got = status_line(&address, request.as_bytes());
        assert_eq!(got.as_deref(), Some(expected), "{:.40}", request);
    }
}

/// A local program that opens connections and sends nothing takes no file that a search needs, and
/// Prometheus gets its numbers all the same.
#[cfg(target_os = "linux")]
#[test]
fn connections_for_metrics_are_bounded_in_number_and_in_time() {
    let (mut server, stderr) =
        Server::start_on(&["127.0.0.1:0"], &["--metrics", "127.0.0.1:0"], "off");
    let address = server.metrics.clone().expect("the metrics in the log");
    server.read_log(stderr);
    let open_files = || {
        let path = format!("/proc/{}/fd", server.child.id());
        std::fs::read_dir(path)
            .expect("the files of the server")
            .count()
    };
    let before = open_files();
    let silent: Vec<TcpStream> = (0..200)
        .map(|_| {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream.write_all(b"GET /metr").unwrap();
            stream
        })
        .collect();
    let got = status_line(&address, b"GET /metrics HTTP/1.1\r\n\r\n");
    assert_eq!(got.as_deref(), Some("HTTP/1.1 200 OK"), "behind 200 others");
    // Those whose places were taken have a moment to end.
    let during = open_files() - before;
    assert!(
        during <= 48,
        "{during} files for {} connections",
        silent.len()
    );
    let start = std::time::Instant::now();
    while open_files() > before {
        let waited = start.elapsed();
        assert!(
            waited < 2 * SOON,
            "{} files after {waited:?}",
            open_files() - before
        );
        std::thread::sleep(SOON / 100);
    }
}

/// Prometheus' own program reads the metrics, where it is installed.
#[test]
fn prometheus_reads_the_metrics() {
    let (mut server, stderr) =
        Server::start_on(&["127.0.0.1:0"], &["--metrics", "127.0.0.1:0"], "off");
    let address = server
        .metrics
        .clone()
        .expect("the address of the metrics in the log");
    server.read_log(stderr);
    ask(&server, "www.google.com", RecordType::A);
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("{reply}"));
        (head.to_lowercase(), body.to_owned())
    };
    let (head, body) = get("/metrics");
    assert!(
        head.starts_with("http/1.1 200 ok")
            && head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    assert!(
        body.contains("# HELP rdns_questions_total Queries from clients, those that were refused or limited included.\n# TYPE rdns_questions_total counter\nrdns_questions_total 1\n"),
        "{body}"
    );
    assert!(
        get("/").0.starts_with("http/1.1 404 "),
        "only /metrics is there"
    );
    if real_servers::require_programs(&["promtool"]) {
        let mut child = real_servers::command("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(body.as_bytes())
            .unwrap();
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().unwrap();
        let said = String::from_utf8([stdout, stderr].concat()).unwrap();
        assert!(
            status.success() && said.is_empty(),
            "promtool: {said}\nof:\n{body}"
        );
    }
}
