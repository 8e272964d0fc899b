//! A standard error that is read too slowly or not at all, closed, or full.

#[cfg(target_os = "linux")]
use std::fs::File;
#[cfg(unix)]
use std::io::{PipeReader, Write, pipe};
#[cfg(unix)]
use std::process::{Command, ExitStatus, Stdio};
#[cfg(unix)]
use std::time::{Duration, Instant};

use dnsparse::{Rcode, RecordType};

#[cfg(unix)]
use crate::server::SOON;
use crate::server::{Server, query, udp};

/// The number of queries. Each logs more than 100 octets; a pipe holds 65,536.
const QUERIES: usize = 700;

/// Queries different names, several at a time, so that each query is logged.
fn query_all(server: &Server, count: usize) {
    const CLIENTS: usize = 8;
    let address = server.address;
    std::thread::scope(|scope| {
        for client in 0..CLIENTS {
            scope.spawn(move || {
                for number in (client..count).step_by(CLIENTS) {
                    let query = query(&format!("n{number}.example.com"), RecordType::A, None);
                    let (reply, _) = udp(address, &query);
                    assert_eq!(reply.header.rcode, Rcode::NXDOMAIN, "query {number}");
                }
            });
        }
    });
}

#[test]
fn a_log_that_is_not_read_does_not_block_the_server() {
    let (server, _unread) = Server::start_unread(&[], "info");
    query_all(&server, QUERIES);
}

#[test]
fn a_closed_standard_error_does_not_end_the_server() {
    let (server, stderr) = Server::start_unread(&["--stats-interval", "1"], "info");
    drop(stderr);
    query_all(&server, QUERIES);
}

/// Returns a pipe into which not one more octet can be written.
#[cfg(target_os = "linux")]
fn full_pipe() -> (PipeReader, Stdio) {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(&[b'x'; 65_536]).unwrap();
    (reader, writer.into())
}

/// Queries, asks for reports, waits for a line of statistics, and ends the server by a signal.
#[cfg(unix)]
fn serves_and_ends(mut server: Server, case: &str) {
    query_all(&server, 50);
    for _ in 0..3 {
        server.signal("-USR1");
    }
    std::thread::sleep(Duration::from_millis(1_100));
    query_all(&server, 50);
    server.signal("-TERM");
    let start = Instant::now();
    let status = server.child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{case}");
    assert!(start.elapsed() < SOON, "{case}: {:?}", start.elapsed());
}

/// `rdns … 2>&-`, also with the other two closed; and a reader that is gone from the start.
#[cfg(unix)]
#[test]
fn closed_standard_streams_do_not_end_the_server() {
    for shell in [
        "exec \"$@\" 2>&-",
        "exec \"$@\" <&- >&- 2>&-",
        "exec \"$@\" 2>&1 | true",
    ] {
        // The shell's own process waits for the end of a pipeline, and does not get the signal.
        let is_pipeline = shell.contains('|');
        let server = Server::start_deaf(Some(shell), Stdio::null(), "info");
        match is_pipeline {
            true => query_all(&server, 50),
            false => serves_and_ends(server, shell),
        }
    }
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let server = Server::start_deaf(None, writer.into(), "info");
    serves_and_ends(server, "a pipe without a reader");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_standard_error_does_not_end_the_server() {
    // An invalid RUST_LOG is an error that cannot be printed either.
    for log in ["info", "no=such=filter"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let server = Server::start_deaf(None, full.into(), log);
        serves_and_ends(server, "/dev/full");
        let (_unread, full) = full_pipe();
        let server = Server::start_deaf(None, full, log);
        serves_and_ends(server, "a full pipe");
    }
}

/// Runs `rdns` to its end, and kills it if there is none.
#[cfg(unix)]
fn status(arguments: &[&str], stdout: Stdio, stderr: Stdio) -> ExitStatus {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rdns"));
    command.args(arguments).env("RUST_LOG", "no=such=filter");
    let mut child = command.stdout(stdout).stderr(stderr).spawn().unwrap();
    let start = Instant::now();
    while start.elapsed() < SOON {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap()
}

/// Output that cannot be printed does not change the exit status.
#[cfg(target_os = "linux")]
#[test]
fn the_exit_status_does_not_depend_on_its_output() {
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().to_string();
    for (arguments, code) in [
        (&["--help"][..], 0),
        (&["--version"], 0),
        (&["--nonsense"], 2),
        (&["--lab", "--listen", &taken], 1),
        (&["--root-hints", "/no/such/file"], 1),
    ] {
        let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
        let gone = || Stdio::from(pipe().unwrap().1);
        for (output, stdout, stderr) in [("full", full(), full()), ("gone", gone(), gone())] {
            let status = status(arguments, stdout, stderr);
            assert_eq!(
                status.code(),
                Some(code),
                "{arguments:?}, output {output}: {status}"
            );
        }
    }
    let (_unread, full) = full_pipe();
    let status = status(&["--lab", "--listen", &taken], Stdio::null(), full);
    assert_eq!(status.code(), Some(1), "a full pipe: {status}");
}
