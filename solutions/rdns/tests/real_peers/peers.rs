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

/// Writes zones and configuration into a folder, starts the program, and waits until it answers.
pub(crate) fn start(
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
pub(crate) fn free_address() -> SocketAddr {
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

    /// The most memory that it has had so far, in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn most_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.unwrap().parse().unwrap()
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
