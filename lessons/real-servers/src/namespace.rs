//! Network namespaces: for one test alone, all loopback addresses, port 53, and no route to the
//! Internet.
//!
//! A resolver queries port 53, which only an administrator may bind, and each server of a zone
//! needs an address of its own. In a new user and network namespace (`unshare -Urn`) a test is its
//! own administrator. A query to an address without a server never leaves the namespace.

use std::env;
use std::ffi::OsStr;
use std::net::IpAddr;
use std::process::Command;

use crate::require::{require_programs, skip};

/// Checks that namespaces can be created here; returns false, and reports why not, if the test must
/// be skipped. Some systems have the program `unshare` and forbid its use.
///
/// # Panics
/// If they cannot and `CI` is `true`.
pub fn require_namespaces() -> bool {
    if !require_programs(&["ip", "unshare"]) {
        return false;
    }
    let result = command("true", &[]).output();
    let is_available = result.as_ref().is_ok_and(|output| output.status.success());
    if !is_available {
        skip(&format!("no network namespace can be created: {result:?}"));
    }
    is_available
}

/// Returns a command that runs a program in a new namespace, with loopback up and these addresses
/// on it.
pub fn command(program: impl AsRef<OsStr>, addresses: &[IpAddr]) -> Command {
    let mut script = "ip link set lo up".to_owned();
    for address in addresses {
        script.push_str(&format!(" && ip addr add {address} dev lo"));
    }
    script.push_str(" && exec \"$0\" \"$@\"");
    let mut command = Command::new("unshare");
    command.args(["-Urn", "sh", "-c", &script]).arg(program);
    command
}

/// Runs an ignored test of the calling test program in a new namespace, with these addresses on
/// loopback besides 127.0.0.0/8.
///
/// # Panics
/// If that test fails, or is not there.
pub fn run_ignored_test(test: &str, addresses: &[IpAddr]) {
    let output = command(env::current_exe().unwrap(), addresses)
        .args(["--ignored", "--exact", test, "--nocapture"])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{test}:\n{text}"
    );
}
