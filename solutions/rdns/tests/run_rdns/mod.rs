//! Runs the program `rdns` for the tests beside this folder.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// A running `rdns` and its address. Dropping it ends the process.
pub(crate) struct Rdns {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Drop for Rdns {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Starts `rdns` at a free port, with these root hints, and with this port of the servers that it
/// queries. Returns once it listens.
pub(crate) fn start(hints: &str, port: u16) -> Rdns {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rdns"))
        .args(["--listen", "127.0.0.1:0", "--root-hints", hints])
        .args(["--upstream-port", &port.to_string()])
        .env("RUST_LOG", "off")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let stderr = child.stderr.take().unwrap();
    let mut rdns = Rdns {
        child,
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
    };
    BufReader::new(stderr).read_line(&mut line).unwrap();
    let rest = line.strip_prefix("rdns: listening on ");
    let address = rest.and_then(|rest| rest.split_whitespace().next());
    rdns.address = address.unwrap_or_else(|| panic!("{line}")).parse().unwrap();
    rdns
}
