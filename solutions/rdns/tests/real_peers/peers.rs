//! Real name servers for tests: started on loopback, in the foreground, and ended with the test.
//!
//! Each gets a temporary folder and a free high port. Where a program is not installed, its test says so and is skipped;
//! with `CI=true` in the environment it has to be there.

use std::env;
use std::fs;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Rcode, RecordType};
use tempfile::TempDir;

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Where it answers.
    pub(crate) address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself; either way it has to be waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One zone: its name, and its file's text.
pub(crate) type ZoneText<'t> = (&'t str, &'t str);

/// Whether all programs are there; says so where one is not.
pub(crate) fn installed(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs
        .iter()
        .filter(|program| !is_installed(program))
        .collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        env::var_os("CI").is_none_or(|ci| ci != "true"),
        "{missing:?} must be installed where CI=true"
    );
    eprintln!("skipped: {missing:?} not installed");
    false
}

fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders
        .into_iter()
        .any(|folder| folder.join(program).is_file())
}

/// The program, found also where only an administrator's PATH looks.
pub(crate) fn command(program: &str) -> Command {
    let in_sbin = format!("/usr/sbin/{program}");
    Command::new(if fs::exists(&in_sbin).is_ok_and(|there| there) {
        &in_sbin
    } else {
        program
    })
}

/// NSD, with authority for these zones.
pub(crate) fn nsd(zones: &[ZoneText]) -> Peer {
    nsd_at(free_address(), zones)
}

/// The same, at an address of one's choice.
pub(crate) fn nsd_at(address: SocketAddr, zones: &[ZoneText]) -> Peer {
    start("nsd", address, zones, |folder, address, zones| {
        let zones: String = zones
            .iter()
            .map(|(name, file)| format!("zone:\n  name: \"{name}\"\n  zonefile: \"{file}\"\n"))
            .collect();
        let (ip, port) = (address.ip(), address.port());
        let text = format!(
            "server:\n  ip-address: {ip}@{port}\n  username: \"\"\n  zonesdir: \"{folder}\"\n  database: \"\"\n  \
             pidfile: \"\"\n  zonelistfile: \"{folder}/zone.list\"\n  xfrdfile: \"{folder}/xfrd.state\"\n  \
             xfrdir: \"{folder}\"\n  server-count: 1\n  refuse-any: no\nremote-control:\n  control-enable: no\n{zones}"
        );
        (text, vec!["-d".into(), "-c".into()])
    })
}

/// BIND's named, with authority for these zones.
pub(crate) fn named(zones: &[ZoneText]) -> Peer {
    start("named", free_address(), zones, |folder, address, zones| {
        let zones: String = zones
            .iter()
            .map(|(name, file)| {
                format!(
                    "zone \"{name}\" {{ type primary; file \"{file}\"; check-names ignore; }};\n"
                )
            })
            .collect();
        let (ip, port) = (address.ip(), address.port());
        let text = format!(
            "options {{ directory \"{folder}\"; listen-on port {port} {{ {ip}; }}; listen-on-v6 {{ none; }}; \
             pid-file none; session-keyfile none; recursion no; notify no; dnssec-validation no; }};\n\
             controls {{ }};\n{zones}"
        );
        (
            text,
            vec!["-g".into(), "-n".into(), "1".into(), "-c".into()],
        )
    })
}

/// Unbound, resolving these zones at a server that has authority for them.
pub(crate) fn unbound(zones: &[ZoneText], authority: SocketAddr) -> Peer {
    start(
        "unbound",
        free_address(),
        zones,
        |folder, address, zones| {
            let at = |address: SocketAddr| format!("{}@{}", address.ip(), address.port());
            let stubs: String = zones
                .iter()
                .map(|(name, _)| {
                    format!(
                        "stub-zone:\n  name: \"{name}\"\n  stub-addr: {}\n",
                        at(authority)
                    )
                })
                .collect();
            let text = format!(
                "server:\n  interface: {}\n  port: {}\n  do-daemonize: no\n  username: \"\"\n  chroot: \"\"\n  \
             directory: \"{folder}\"\n  pidfile: \"\"\n  use-syslog: no\n  module-config: \"iterator\"\n  \
             do-not-query-localhost: no\n  minimal-responses: no\n  rrset-roundrobin: no\n\
             remote-control:\n  control-enable: no\n{stubs}",
                at(address),
                address.port()
            );
            (text, vec!["-d".into(), "-c".into()])
        },
    )
}

/// Unbound, resolving from these root hints.
pub(crate) fn unbound_from(address: SocketAddr, hints: &str) -> Peer {
    start(
        "unbound",
        address,
        &[(".", hints)],
        |folder, address, files| {
            let (ip, port) = (address.ip(), address.port());
            let hints = &files[0].1;
            let text = format!(
                "server:\n  interface: {ip}@{port}\n  port: {port}\n  do-daemonize: no\n  username: \"\"\n  chroot: \"\"\n  \
             directory: \"{folder}\"\n  pidfile: \"\"\n  use-syslog: no\n  module-config: \"iterator\"\n  \
             do-not-query-localhost: no\n  root-hints: \"{hints}\"\n  minimal-responses: yes\n\
             remote-control:\n  control-enable: no\n"
            );
            (text, vec!["-d".into(), "-c".into()])
        },
    )
}

/// PowerDNS Recursor, resolving from these root hints.
pub(crate) fn pdns_recursor_from(address: SocketAddr, hints: &str) -> Peer {
    start(
        "pdns_recursor",
        address,
        &[(".", hints)],
        |folder, address, files| {
            let text = format!(
                "local-address={}\nlocal-port={}\nhint-file={}\nsocket-dir={folder}\ndont-query=\ndnssec=off\ndaemon=no\n\
             disable-syslog=yes\nthreads=1\nsecurity-poll-suffix=\nallow-from=127.0.0.0/8\netc-hosts-file=/dev/null\n",
                address.ip(),
                address.port(),
                files[0].1,
            );
            std::fs::write(format!("{folder}/recursor.conf"), &text).unwrap();
            (text, vec![format!("--config-dir={folder}")])
        },
    )
}

/// This project's `rdns`, resolving from these root hints.
pub(crate) fn rdns_from(address: SocketAddr, hints: &str) -> Peer {
    start(
        env!("CARGO_BIN_EXE_rdns"),
        address,
        &[(".", hints)],
        |_, address, files| {
            let listen = format!("--listen={address}");
            (
                String::new(),
                vec![listen, format!("--root-hints={}", files[0].1)],
            )
        },
    )
}

/// Writes zones and configuration into a folder, starts the program, and waits until it answers.
fn start(
    program: &str,
    address: SocketAddr,
    zones: &[ZoneText],
    configure: impl Fn(&str, SocketAddr, &[(String, String)]) -> (String, Vec<String>),
) -> Peer {
    let folder = TempDir::new().unwrap();
    let mut files = Vec::new();
    for (index, (name, text)) in zones.iter().enumerate() {
        let file = folder.path().join(format!("{index}.zone"));
        fs::write(&file, text).unwrap();
        files.push(((*name).to_owned(), file.to_str().unwrap().to_owned()));
    }
    let path = folder.path().to_str().unwrap();
    let (text, arguments) = configure(path, address, &files);
    let configuration = folder.path().join("peer.conf");
    let takes_a_file = arguments.last().is_some_and(|last| last == "-c");
    fs::write(&configuration, text).unwrap();
    let log = fs::File::create(folder.path().join("log")).unwrap();
    let child = command(program)
        .args(arguments)
        .args(takes_a_file.then_some(&configuration))
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut peer = Peer {
        address,
        child,
        folder,
    };
    peer.wait_until_it_answers(program, zones[0].0);
    peer
}

/// An address whose port is free over both UDP and TCP.
fn free_address() -> SocketAddr {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        if UdpSocket::bind(address).is_ok() {
            return address;
        }
    }
}

impl Peer {
    fn wait_until_it_answers(&mut self, program: &str, zone: &str) {
        let start = Instant::now();
        while !answers(self.address, zone) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && start.elapsed() < PATIENCE,
                "{program} does not answer: {}",
                self.log()
            );
            sleep(Duration::from_millis(20));
        }
    }

    /// What the server had to say.
    fn log(&self) -> String {
        let mut text = String::new();
        if let Ok(mut file) = fs::File::open(self.folder.path().join("log")) {
            let _ = file.read_to_string(&mut text);
        }
        text
    }
}

/// Whether a server knows a zone by now.
fn answers(server: SocketAddr, zone: &str) -> bool {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(200)))
        .unwrap();
    let mut query = DnsPacket::query(1, zone.parse().unwrap(), RecordType::SOA);
    query.header.rd = true;
    socket.connect(server).unwrap();
    let mut reply = [0; 4_096];
    let length = match socket
        .send(&query.write().unwrap())
        .and_then(|_| socket.recv(&mut reply))
    {
        Ok(length) => length,
        Err(error)
            if [
                ErrorKind::WouldBlock,
                ErrorKind::TimedOut,
                ErrorKind::ConnectionRefused,
            ]
            .contains(&error.kind()) =>
        {
            return false;
        }
        Err(error) => panic!("{error}"),
    };
    DnsPacket::parse(&reply[..length]).is_ok_and(|packet| packet.header.rcode == Rcode::NOERROR)
}

/// The records that dig prints for a question, a line each.
pub(crate) fn dig(server: SocketAddr, arguments: &[&str]) -> String {
    let output = Command::new("dig")
        .arg(format!("@{}", server.ip()))
        .args([
            "-p",
            &server.port().to_string(),
            "+noall",
            "+answer",
            "+authority",
            "+additional",
            "+timeout=5",
        ])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "dig {arguments:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout).unwrap()
}
