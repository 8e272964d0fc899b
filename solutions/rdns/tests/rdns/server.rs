//! A running `rdns --lab`, and a client for it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, RecordType};
#[cfg(unix)]
use real_servers::free_address;

/// A limit that no step comes near.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A running `rdns --lab`. Dropping it ends the process.
pub(crate) struct Server {
    pub(crate) child: Child,
    pub(crate) address: SocketAddr,
    /// The address of its metrics, if there are any.
    pub(crate) metrics: Option<String>,
    /// Its log, line by line.
    pub(crate) log: Receiver<String>,
    /// Whether the process leads a group of its own, all of which ends with it: a shell may wait for
    /// the server in it.
    #[cfg(unix)]
    leads_group: bool,
}

impl Drop for Server {
    fn drop(&mut self) {
        #[cfg(unix)]
        if self.leads_group && matches!(self.child.try_wait(), Ok(None)) {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
        // The process may have ended by itself; it is reaped either way.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start() -> Server {
        Server::start_with(&[], "info")
    }

    pub(crate) fn start_with(arguments: &[&str], log: &str) -> Server {
        let (mut server, stderr) = Server::start_unread(arguments, log);
        server.read_log(stderr);
        server
    }

    /// Reads the rest of the log, line by line.
    pub(crate) fn read_log(&mut self, stderr: BufReader<ChildStderr>) {
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .for_each(|line| drop(sender.send(line)))
        });
        self.log = lines;
    }

    /// Starts a server of whose standard error only the first line is read. The caller reads the
    /// rest, leaves it unread, or closes it.
    pub(crate) fn start_unread(arguments: &[&str], log: &str) -> (Server, BufReader<ChildStderr>) {
        Server::start_on(&["127.0.0.1:0"], arguments, log)
    }

    /// Starts a server at these addresses; the first one becomes [`Server::address`].
    pub(crate) fn start_on(
        listen: &[&str],
        arguments: &[&str],
        log: &str,
    ) -> (Server, BufReader<ChildStderr>) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdns"));
        command
            .arg("--lab")
            .args(listen.iter().flat_map(|address| ["--listen", address]))
            .args(arguments)
            .env("RUST_LOG", log);
        Server::spawn_command(&mut command)
    }

    /// Starts a server without the lab.
    pub(crate) fn start_outside(arguments: &[&str]) -> Server {
        Server::start_outside_with_log(arguments, "off")
    }

    /// Starts a server without the lab, with a log.
    pub(crate) fn start_outside_with_log(arguments: &[&str], log: &str) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdns"));
        command.args(["--listen", "127.0.0.1:0"]).args(arguments);
        command.env("RUST_LOG", log);
        let (mut server, stderr) = Server::spawn_command(&mut command);
        server.read_log(stderr);
        server
    }

    /// Starts a server by a command. Returns once it listens.
    pub(crate) fn spawn_command(command: &mut Command) -> (Server, BufReader<ChildStderr>) {
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let address = first
            .strip_prefix("rdns: listening on ")
            .and_then(|rest| rest.split([' ', ',']).next())
            .unwrap_or_else(|| panic!("{first}"))
            .parse()
            .unwrap();
        let metrics = first.trim_end().split_once("http://");
        let metrics = metrics.and_then(|(_, rest)| rest.strip_suffix("/metrics"));
        let (_, log) = channel();
        let server = Server {
            child,
            address,
            metrics: metrics.map(str::to_owned),
            log,
            #[cfg(unix)]
            leads_group: false,
        };
        (server, stderr)
    }

    /// Starts a server by a command of the shell, in which `"$@"` is `rdns` with its arguments; or
    /// directly, without one. Its standard error need not be read. Waits until it answers.
    #[cfg(unix)]
    pub(crate) fn start_deaf(shell: Option<&str>, stderr: Stdio, log: &str) -> Server {
        let rdns = env!("CARGO_BIN_EXE_rdns");
        let mut command = Command::new(if shell.is_some() { "sh" } else { rdns });
        if let Some(shell) = shell {
            command.args(["-c", shell, "sh", rdns]);
        }
        let address = free_address();
        command.args(["--lab", "--stats-interval", "1", "--listen"]);
        command.arg(address.to_string()).env("RUST_LOG", log);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.stderr(stderr).spawn().unwrap();
        let (_, log) = channel();
        let server = Server {
            child,
            address,
            metrics: None,
            log,
            leads_group: true,
        };
        server.udp(&query("www.google.com", RecordType::A, None));
        server
    }

    /// Waits for a line of the log with the given words, and returns it.
    pub(crate) fn wait_for_line(&self, words: &str) -> String {
        let end = Instant::now() + SOON;
        let mut seen = Vec::new();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.log.recv_timeout(left) else {
                panic!("no line with '{words}' among:\n{}", seen.join("\n"));
            };
            if line.contains(words) {
                return line;
            }
            seen.push(line);
        }
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Has the server reload its settings, and returns the line that says what it has loaded.
    #[cfg(unix)]
    pub(crate) fn reload(&self) -> String {
        self.signal("-HUP");
        self.wait_for_line("reloaded: ")
    }

    /// Has the server reload its settings, which may be wrong, and returns the line about it.
    #[cfg(unix)]
    pub(crate) fn try_reload(&self) -> String {
        self.signal("-HUP");
        self.wait_for_line("reloaded")
    }

    /// Returns the process's resident memory in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// Returns the most resident memory that the process has had, in KiB.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status("VmHWM:")
    }

    #[cfg(target_os = "linux")]
    fn status(&self, field: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    /// Queries over UDP; see [`udp`].
    pub(crate) fn udp(&self, query: &DnsPacket) -> (DnsPacket, usize) {
        udp(self.address, query)
    }

    /// Opens a connection with a read timeout.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream
    }

    pub(crate) fn tcp(&self, query: &DnsPacket) -> DnsPacket {
        let mut stream = self.connect();
        stream.write_all(&framed(&query.write().unwrap())).unwrap();
        DnsPacket::parse(&receive(&mut stream).unwrap()).unwrap()
    }
}

/// Queries over UDP, up to ten times: datagrams may get lost. Returns the reply and its length.
pub(crate) fn udp(server: SocketAddr, query: &DnsPacket) -> (DnsPacket, usize) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(SOON / 10)).unwrap();
    let mut reply = [0; 65_535];
    let tries = (0..10).find_map(|_| {
        socket.send_to(&query.write().unwrap(), server).unwrap();
        socket.recv(&mut reply).ok()
    });
    let length = tries.expect("a reply in ten tries");
    (DnsPacket::parse(&reply[..length]).unwrap(), length)
}

/// Returns a message with the length that precedes it over TCP.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap().to_be_bytes();
    [&length, message].concat()
}

/// Receives the next message of a connection.
pub(crate) fn receive(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

pub(crate) fn query(name: &str, rtype: RecordType, udp_size: Option<u16>) -> DnsPacket {
    let mut query = DnsPacket::query(0x4242, name.parse().unwrap(), rtype);
    query.header.rd = true;
    query.edns = udp_size.map(|udp_size| Edns {
        udp_size,
        ..Edns::default()
    });
    query
}
