//! dnstap, read by the tools of others: `dnstap-read` of BIND, `fstrm_capture` of the fstrm library.

use std::io::Write;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dnsparse::RecordType;
use real_servers::{free_address, require_programs};

use crate::certificate::{Certificate, NAME};
use crate::configuration::ConfigFile;
use crate::server::{SOON, Server, framed, query, receive};
use crate::tls::{connect, tls};

/// The lines that `dnstap-read` prints about the messages of clients, without times, sizes, and the ports of
/// clients.
fn client_lines(file: &Path) -> Vec<String> {
    let output = Command::new("dnstap-read").arg(file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let line = |line: &str| {
        let words: Vec<_> = line.split(' ').collect();
        let [
            _,
            _,
            kind @ ("CQ" | "CR"),
            client,
            _,
            _,
            protocol,
            _,
            question,
        ] = words[..]
        else {
            return None;
        };
        let client = client.split(':').next()?;
        Some(format!("{kind} {client} {protocol} {question}"))
    };
    text.lines().filter_map(line).collect()
}

/// Queries once: a second query would be in the log, too.
fn ask(server: &Server, name: &str, rtype: RecordType) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SOON)).unwrap();
    let octets = query(name, rtype, Some(1_232)).write().unwrap();
    socket.send_to(&octets, server.address).unwrap();
    socket.recv(&mut [0; 1_232]).unwrap();
}

/// Waits until a file has as many lines about clients.
#[track_caller]
fn wait_for(file: &Path, count: usize) -> Vec<String> {
    let end = Instant::now() + SOON;
    loop {
        let lines = match file.exists() {
            true => client_lines(file),
            false => Vec::new(),
        };
        if lines.len() >= count || Instant::now() > end {
            assert_eq!(lines.len(), count, "lines about clients: {lines:#?}");
            return lines;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn dnstap_read_shows_the_queries_and_replies_in_a_file() {
    if !require_programs(&["dnstap-read"]) {
        return;
    }
    let file = ConfigFile::new("[dnstap]\nfile = \"tap\"\nidentity = \"house\"\n");
    let mut server = Server::start_with(&["--config", file.path()], "off");
    ask(&server, "www.google.com", RecordType::A);
    ask(&server, "www.google.com", RecordType::A);
    server.tcp(&query("www.google.com", RecordType::AAAA, None));
    server.signal("-TERM");
    let _status = server.child.wait();
    let tap = file.folder.path().join("tap");
    let expected = [
        "CQ 127.0.0.1 UDP www.google.com/IN/A",
        "CR 127.0.0.1 UDP www.google.com/IN/A",
        "CQ 127.0.0.1 UDP www.google.com/IN/A",
        "CR 127.0.0.1 UDP www.google.com/IN/A",
        "CQ 127.0.0.1 TCP www.google.com/IN/AAAA",
        "CR 127.0.0.1 TCP www.google.com/IN/AAAA",
    ];
    assert_eq!(client_lines(&tap), expected);
    let output = Command::new("dnstap-read").arg("-y").arg(&tap).output();
    let output = output.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    let text = String::from_utf8_lossy(&output.stdout);
    // Three for the root zone alone: its servers, its keys, and the next zone's.
    for (words, least) in [
        ("identity: house", 10),
        ("query_zone: google.com.", 2),
        ("query_zone: com.", 2),
        ("type: RESOLVER_QUERY", 3),
        ("type: RESOLVER_RESPONSE", 3),
        ("'www.google.com. 300 IN A 142.250.74.36'", 1),
    ] {
        let count = text.matches(words).count();
        assert!(count >= least, "'{words}' is there {count} times:\n{text}");
    }
}

/// Behind a router, the port may be all that tells two clients apart.
#[test]
fn clients_over_tcp_tls_and_https_are_logged_with_their_ports() {
    if !require_programs(&["dnstap-read", "curl"]) {
        return;
    }
    let file = ConfigFile::new("[dnstap]\nfile = \"tap\"\n");
    let files = Certificate::new();
    let (tls_address, https_address) = (free_address(), free_address());
    let (tls_text, https_text) = (tls_address.to_string(), https_address.to_string());
    let listen = ["--tls-listen", &tls_text, "--https-listen", &https_text];
    let flags = [&["--config", file.path()], &listen[..], &files.flags()].concat();
    let mut server = Server::start_with(&flags, "off");
    let question = query("www.google.com", RecordType::A, None);
    let mut tcp = server.connect();
    let octets = framed(&question.write().unwrap());
    tcp.write_all(&octets).unwrap();
    receive(&mut tcp).unwrap();
    let mut over_tls = connect(&files, tls_address);
    tls(&mut over_tls, &question);
    let ports = [&tcp, &over_tls.sock].map(|it| it.local_addr().unwrap().port().to_string());
    let mut ports = Vec::from(ports);
    for version in ["--http1.1", "--http2"] {
        let output = Command::new("curl")
            .args([version, "--silent", "--output", "/dev/null", "--cacert"])
            .arg(files.path("cert.pem"))
            .args(["--write-out", "%{local_port}", "--resolve"])
            .arg(format!("{NAME}:{}:127.0.0.1", https_address.port()))
            .arg(format!(
                "https://{NAME}:{}/dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB",
                https_address.port()
            ))
            .output()
            .unwrap();
        ports.push(String::from_utf8(output.stdout).unwrap());
    }
    server.signal("-TERM");
    let _status = server.child.wait();
    let tap = file.folder.path().join("tap");
    let output = Command::new("dnstap-read").arg(tap).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    for port in &ports {
        let lines = text
            .lines()
            .filter(|it| it.contains(&format!(" 127.0.0.1:{port} ")));
        assert_eq!(lines.count(), 2, "query and reply of {port}:\n{text}");
    }
}

/// A collector. Dropping it ends the process.
struct Collector(Child);

impl Collector {
    fn start(socket: &Path, file: &Path) -> Collector {
        // It does not replace the socket of one that has ended.
        let _ended_before = std::fs::remove_file(socket);
        let mut command = Command::new("fstrm_capture");
        command.args(["-t", "protobuf:dnstap.Dnstap", "-u"]);
        command.arg(socket).arg("-w").arg(file);
        let child = command.stderr(Stdio::null()).spawn().unwrap();
        Collector(child)
    }

    /// Ends it, so that its file is whole.
    fn end(mut self) {
        let id = self.0.id().to_string();
        let _sent = Command::new("kill").args(["-TERM", &id]).status();
        let _ended = self.0.wait();
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _ended = self.0.wait();
    }
}

/// The server is there before the collector, and stays while the collector is restarted.
#[test]
fn a_collector_gets_the_messages_before_and_after_its_restart() {
    if !require_programs(&["dnstap-read", "fstrm_capture"]) {
        return;
    }
    let file = ConfigFile::new(
        "control = \"control\"\n[dnstap]\nsocket = \"socket\"\nlog = [\"client-query\", \"client-response\"]\n",
    );
    let path = |name: &str| file.folder.path().join(name);
    let server = Server::start_with(&["--config", file.path()], "off");
    ask(&server, "www.google.com", RecordType::A);
    let collector = Collector::start(&path("socket"), &path("first"));
    wait_for_messages(&file, 2);
    collector.end();
    let expected = |rtype: &str| {
        ["CQ", "CR"].map(|kind| format!("{kind} 127.0.0.1 UDP www.google.com/IN/{rtype}"))
    };
    assert_eq!(client_lines(&path("first")), expected("A"));
    let collector = Collector::start(&path("socket"), &path("second"));
    ask(&server, "www.google.com", RecordType::AAAA);
    wait_for_messages(&file, 4);
    // The server's end is the end of the stream, too.
    server.signal("-TERM");
    wait_for_end(server);
    collector.end();
    assert_eq!(client_lines(&path("second")), expected("AAAA"));
}

fn wait_for_end(mut server: Server) {
    let _status = server.child.wait();
}

/// Waits until the server has written as many messages, and has lost none.
#[track_caller]
fn wait_for_messages(file: &ConfigFile, count: u64) {
    let end = Instant::now() + SOON;
    let expected = format!("dnstap_messages_total {count}\ndnstap_lost_total 0\n");
    loop {
        let (status, text, errors) =
            crate::control::run(&["ctl", "--config", file.path(), "stats"]);
        if text.contains(&expected) {
            return;
        }
        assert!(
            Instant::now() < end,
            "no '{expected}' in the counters: {status:?} {text}{errors}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The sandbox of the start decides: a folder that no setting named then is not written.
#[test]
fn a_reload_starts_the_log_where_the_sandbox_allows_it() {
    if !require_programs(&["dnstap-read"]) {
        return;
    }
    let file = ConfigFile::new("dnstap = { }\n");
    let tap = file.folder.path().join("tap");
    let server = Server::start_with(&["--config", file.path()], "off");
    ask(&server, "www.google.com", RecordType::A);
    file.write("[dnstap]\nfile = \"tap\"\n");
    let line = server.try_reload();
    if line.contains("not reloaded") {
        assert!(line.contains("dnstap: Permission denied"), "{line}");
        assert!(!tap.exists(), "a file in a folder that is not writable");
        return;
    }
    ask(&server, "www.google.com", RecordType::A);
    wait_for(&tap, 2);
}

#[test]
fn two_outputs_are_a_contradiction() {
    let file = ConfigFile::new("[dnstap]\nfile = \"tap\"\nsocket = \"socket\"\n");
    let (status, _, errors) = file.run(&["--check-config"]);
    let expected = "rdns: dnstap writes to one place: set its socket or its file\n";
    assert_eq!((status, errors.as_str()), (Some(1), expected));
}

#[test]
fn a_reload_changes_the_kinds_and_turns_the_log_off() {
    if !require_programs(&["dnstap-read"]) {
        return;
    }
    let file = ConfigFile::new("[dnstap]\nfile = \"tap\"\nlog = [\"client-query\"]\n");
    let tap = file.folder.path().join("tap");
    let server = Server::start_with(&["--config", file.path()], "off");
    let reload = |settings: &str| {
        file.write(settings);
        server.reload();
    };
    ask(&server, "www.google.com", RecordType::A);
    reload("[dnstap]\nfile = \"tap\"\nlog = [\"client-response\"]\n");
    ask(&server, "www.google.com", RecordType::AAAA);
    reload("");
    ask(&server, "www.google.com", RecordType::MX);
    let lines = wait_for(&tap, 2);
    let expected = [
        "CQ 127.0.0.1 UDP www.google.com/IN/A",
        "CR 127.0.0.1 UDP www.google.com/IN/AAAA",
    ];
    assert_eq!(lines, expected);
}
