//! A network namespace for a test: its own loopback addresses, its own port 53, and no way out.
//!
//! Resolvers ask delegated servers on port 53, which only an administrator may bind, and servers need addresses of their own. In a
//! namespace of its own, a test is its own administrator. It also has no way to anybody else: what is not there is not there.

use std::env;
use std::process::Command;

use crate::peers::installed;

/// Runs another test of this very program, which is ignored otherwise, in a network namespace of its own; if all these programs are
/// there.
pub(crate) fn in_a_world_of_its_own(test: &str, programs: &[&str]) {
    if !installed(&[programs, &["ip", "unshare"]].concat()) {
        return;
    }
    let output = Command::new("unshare")
        .args(["-Urn", "sh", "-c"])
        .arg("ip link set lo up && exec \"$0\" \"$@\"")
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", test, "--nocapture"])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}
