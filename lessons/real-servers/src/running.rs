//! [`ServerFolder`], a temporary folder for a server's files, and [`RunningServer`], its process.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Rcode, RecordType};
use tempfile::TempDir;

use crate::require::command;

/// The time within which a server must answer its first query. Milliseconds are usual; a busy
/// machine takes longer.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// A zone's name, and the text of its file.
pub type ZoneText<'t> = (&'t str, &'t str);

/// A temporary folder with a server's configuration, zones, state and log.
#[derive(Debug)]
pub struct ServerFolder(TempDir);

impl Default for ServerFolder {
    fn default() -> ServerFolder {
        ServerFolder::new()
    }
}

impl ServerFolder {
    /// Creates an empty folder.
    pub fn new() -> ServerFolder {
        ServerFolder(TempDir::new().unwrap())
    }

    /// Returns the folder's path.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file, and returns its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.path().join(name);
        fs::write(&file, text).unwrap();
        file
    }

    /// Starts a program in the folder, in the foreground; its output goes into the folder's log.
    /// `address` is where the program is configured to listen.
    pub fn start<S: AsRef<OsStr>>(
        self,
        program: &str,
        arguments: impl IntoIterator<Item = S>,
        address: SocketAddr,
    ) -> RunningServer {
        let mut command = command(program);
        command.args(arguments).stdin(Stdio::null());
        RunningServer {
            address,
            child: self.spawn(&mut command),
            command,
            folder: self,
        }
    }

    fn spawn(&self, command: &mut Command) -> Child {
        let log = fs::File::create(self.path().join("log")).unwrap();
        command.current_dir(self.path());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let program = command.get_program().display().to_string();
        let child = command.spawn();
        child.unwrap_or_else(|error| panic!("{program} does not start: {error}"))
    }
}

/// A server's process. Dropping it ends the process.
#[derive(Debug)]
pub struct RunningServer {
    /// The address at which the server answers, over UDP and TCP.
    pub address: SocketAddr,
    command: Command,
    child: Child,
    folder: ServerFolder,
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        // `wait` is needed in either case, also if the process has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl RunningServer {
    /// Waits until the server answers a query for this zone's SOA with NOERROR.
    ///
    /// Where it ended because its address is in use, it is started again: the upstream sockets of a
    /// resolver have random ports, each for a short time.
    ///
    /// # Panics
    /// If the process ends for another reason, or does not answer within 20 seconds. The message
    /// holds its log.
    #[must_use]
    pub fn wait_until_ready(mut self, zone: &str) -> RunningServer {
        let start = Instant::now();
        while !is_ready(self.address, zone) {
            let program = self.command.get_program().display().to_string();
            let ended = self.child.try_wait().unwrap();
            let log = self.log();
            assert!(
                start.elapsed() < START_TIMEOUT,
                "{program} does not answer for {zone} at {}\n{log}",
                self.address,
            );
            sleep(Duration::from_millis(20));
            match ended {
                Some(_) if log.to_lowercase().contains("in use") => {
                    self.child = self.folder.spawn(&mut self.command);
                }
                Some(status) => panic!("{program} ended: {status}\n{log}"),
                None => {}
            }
        }
        self
    }

    /// Returns the peak resident memory of the process in KiB (`VmHWM` of Linux).
    #[cfg(target_os = "linux")]
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.unwrap().parse().unwrap()
    }

    /// Returns the output of the process so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

/// Returns a loopback address whose port is free over both UDP and TCP.
///
/// The system gives it to no client meanwhile: it is below the ports for clients. Processes of tests
/// that run at the same time begin at different ports.
pub fn free_address() -> SocketAddr {
    const FIRST: u16 = 10_000;
    const COUNT: u16 = 20_000;
    const EACH: u16 = 100;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let process = u16::try_from(std::process::id() % u32::from(COUNT / EACH)).unwrap();
    let addresses = (0..COUNT).map(|_| {
        let next = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (process * EACH + next) % COUNT;
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    });
    let mut free = addresses
        .filter(|address| UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok());
    free.next().expect("a free port")
}

fn is_ready(server: SocketAddr, zone: &str) -> bool {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let timeout = Duration::from_millis(200);
    socket.set_read_timeout(Some(timeout)).unwrap();
    let mut query = DnsPacket::query(1, zone.parse().unwrap(), RecordType::SOA);
    query.header.rd = true;
    let query = query.write().unwrap();
    socket.connect(server).unwrap();
    let mut buffer = [0; 4_096];
    match socket.send(&query).and_then(|_| socket.recv(&mut buffer)) {
        Ok(length) => {
            let reply = buffer.get(..length).unwrap_or_default();
            DnsPacket::parse(reply).is_ok_and(|reply| reply.header.rcode == Rcode::NOERROR)
        }
        Err(error) => match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ConnectionRefused => false,
            _ => panic!("{error}"),
        },
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_server_is_ended_when_its_test_panics() {
        let server = ServerFolder::new().start("sleep", ["60"], free_address());
        let process = PathBuf::from(format!("/proc/{}", server.child.id()));
        assert!(process.exists());
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _server = server;
            panic!("a failed test");
        }));
        assert!(panicked.is_err());
        assert!(!process.exists());
    }

    #[test]
    fn a_server_whose_address_is_in_use_is_started_again() {
        let address = free_address();
        let folder = ServerFolder::new();
        // The first start ends; the second goes on.
        let script = "[ ! -e first ] || { touch second; exec sleep 60; }
            touch first; echo Address already in use; exit 1";
        let second = folder.path().join("second");
        let server = folder.start("sh", ["-c", script], address);
        let name_server = UdpSocket::bind(address).unwrap();
        let reply = std::thread::spawn(move || {
            let mut buffer = [0; 512];
            loop {
                let (length, client) = name_server.recv_from(&mut buffer).unwrap();
                if second.exists() {
                    // QR is set, and RCODE is 0.
                    buffer[2] |= 0x80;
                    return name_server.send_to(&buffer[..length], client).unwrap();
                }
            }
        });
        let mut server = server.wait_until_ready(".");
        reply.join().unwrap();
        assert_eq!(server.child.try_wait().unwrap(), None);
    }

    #[test]
    fn the_log_of_a_server_that_ended_is_shown() {
        let arguments = ["-c", "echo no such option; exit 3"];
        let server = ServerFolder::new().start("sh", arguments, free_address());
        let panicked = catch_unwind(AssertUnwindSafe(|| server.wait_until_ready(".")));
        let message = panicked.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("sh ended: exit status: 3"), "{message}");
        assert!(message.contains("no such option"), "{message}");
    }
}
