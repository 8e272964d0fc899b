//! Text and octets as nsd, BIND's named and Knot DNS have them: each serves a zone with a record of every type, and its zone
//! transfer, read here, must say what dig shows and what our own reader finds in the zone's file.
//!
//! Where a server is not installed its test is skipped with a word, but not where `CI` is `true`.
#![cfg(test)]

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, Rdata, Record, RecordType, Zone};

/// The zone that is served.
const ZONE: &str = include_str!("every.zone");
const ORIGIN: &str = "every.test.";
/// How long a server may take until it answers: it is a matter of milliseconds, unless the machine is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that runs until it is dropped, whether the test passes or not.
struct Server {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a program is: servers are often outside a user's `PATH`.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders =
        std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Starts a program in a folder with the zone and its configuration, in the foreground. Nothing where it is not installed.
fn start(
    program: &str,
    configuration: fn(&Path, u16) -> String,
    arguments: &[&str],
) -> Option<Server> {
    let (Some(file), Some(_)) = (find(program), find("dig")) else {
        let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        assert!(!in_ci, "{program} and dig have to be there");
        eprintln!("skipped: {program} or dig is not installed");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    fs::write(folder.path().join("every.zone"), ZONE).unwrap();
    let configuration = configuration(folder.path(), address.port());
    fs::write(folder.path().join("conf"), configuration).unwrap();
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let child = Command::new(file)
        .args(arguments)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    Some(Server {
        child,
        address,
        folder,
    })
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

/// The records of a zone transfer (RFC 5936 section 2.2): from the SOA to the same SOA again.
fn transfer(address: SocketAddr) -> io::Result<Vec<Record>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let query = DnsPacket::query(1, ORIGIN.parse().unwrap(), RecordType::AXFR)
        .write()
        .unwrap();
    let length = u16::try_from(query.len()).unwrap();
    stream.write_all(&[&length.to_be_bytes(), query.as_slice()].concat())?;
    let mut records = Vec::new();
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message)?;
        let reply = DnsPacket::parse(&message).unwrap_or_else(|error| panic!("{error}"));
        if reply.answers.is_empty() {
            return Err(io::Error::other(format!("no records: {}", reply.rcode())));
        }
        records.extend(reply.answers);
        if records.len() > 1
            && records
                .last()
                .is_some_and(|last| last.rtype() == RecordType::SOA)
        {
            records.pop();
            return Ok(records);
        }
    }
}

/// The records, once the server is ready.
fn patient_transfer(server: &mut Server) -> Vec<Record> {
    let start = Instant::now();
    loop {
        let error = match transfer(server.address) {
            Ok(records) => return records,
            Err(error) => error,
        };
        let log = || fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
        if let Some(status) = server.child.try_wait().unwrap() {
            panic!("the server ended: {status}\n{}", log());
        }
        assert!(start.elapsed() < PATIENCE, "{error}\n{}", log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// dig's lines for the same transfer, with single blanks between the columns. `+nosplit` leaves out the blanks that dig puts
/// into long digests and keys. dig 9.18 does not know the name of `dohpath` yet (RFC 9461 section 5).
fn dig(address: SocketAddr) -> Vec<String> {
    let port = address.port().to_string();
    let output = Command::new(find("dig").unwrap())
        .args([
            "+nosplit",
            "+noall",
            "+answer",
            "@127.0.0.1",
            "-p",
            &port,
            ORIGIN,
            "AXFR",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<String> = text.lines().map(columns).collect();
    assert_eq!(
        lines.pop(),
        lines.first().cloned(),
        "a transfer ends with the SOA that it began with"
    );
    lines
}

/// Owner, TTL, class, type and RDATA, with one blank between them.
fn columns(line: &str) -> String {
    let mut rest = line;
    let mut shown = String::new();
    for _ in 0..4 {
        let (column, after) = rest.split_once([' ', '\t']).unwrap();
        shown.push_str(column);
        shown.push(' ');
        rest = after.trim_start();
    }
    shown + &rest.replace(" key7=", " dohpath=")
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// The three readings of the zone are one.
fn compare(server: Option<Server>) {
    let Some(mut server) = server else { return };
    let records = patient_transfer(&mut server);
    let shown = records
        .iter()
        .map(|record| record.to_string().replacen('\t', " ", 4));
    let (ours, digs) = (sorted(shown.collect()), sorted(dig(server.address)));
    for (ours, digs) in ours.iter().zip(&digs) {
        assert_eq!(ours, digs);
    }
    assert_eq!(ours.len(), digs.len());

    let zone = Zone::parse(ZONE, &Name::ROOT).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(records.len(), zone.records.len());
    for record in &zone.records {
        assert!(!matches!(record.rdata, Rdata::Malformed { .. }), "{record}");
        assert!(records.contains(record), "{record}");
    }
}

#[test]
fn nsd_and_dig_agree_with_us_about_every_type() {
    let configuration = |folder: &Path, port: u16| {
        let folder = folder.display();
        format!(
            "server:\n  ip-address: 127.0.0.1@{port}\n  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  \
             zonesdir: \"{folder}\"\n  pidfile: \"\"\n  xfrdfile: \"{folder}/xfrd\"\n  zonelistfile: \"{folder}/list\"\n  \
             xfrdir: \"{folder}\"\nremote-control:\n  control-enable: no\nzone:\n  name: {ORIGIN}\n  \
             zonefile: every.zone\n  provide-xfr: 127.0.0.1 NOKEY\n"
        )
    };
    compare(start("nsd", configuration, &["-d", "-c", "conf"]));
}

#[test]
fn named_and_dig_agree_with_us_about_every_type() {
    let configuration = |folder: &Path, port: u16| {
        let folder = folder.display();
        format!(
            "options {{ directory \"{folder}\"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; \
             recursion no; allow-transfer {{ any; }}; pid-file none; session-keyfile none; }};\ncontrols {{}};\n\
             zone \"{ORIGIN}\" {{ type primary; file \"every.zone\"; check-names ignore; check-integrity no; }};\n"
        )
    };
    compare(start(
        "named",
        configuration,
        &["-g", "-n", "1", "-c", "conf"],
    ));
}

#[test]
fn knot_and_dig_agree_with_us_about_every_type() {
    let configuration = |folder: &Path, port: u16| {
        let folder = folder.display();
        format!(
            "server:\n  listen: 127.0.0.1@{port}\n  rundir: {folder}\n  udp-workers: 1\n  tcp-workers: 1\n  \
             background-workers: 1\ndatabase:\n  storage: {folder}\ncontrol:\n  listen: {folder}/control\nacl:\n  \
             - id: all\n    address: 127.0.0.1\n    action: transfer\nzone:\n  - domain: {ORIGIN}\n    \
             file: {folder}/every.zone\n    acl: all\n    semantic-checks: off\n    zonefile-sync: -1\n    \
             journal-content: none\nlog:\n  - target: stderr\n    any: info\n"
        )
    };
    compare(start("knotd", configuration, &["-c", "conf"]));
}
