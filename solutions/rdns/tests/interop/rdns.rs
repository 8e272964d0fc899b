//! `rdns`, started like the real servers, and the network namespace that its tests need: it queries
//! port 53.

use std::net::SocketAddr;

use real_servers::namespace::{require_namespaces, run_ignored_test};
use real_servers::{RunningServer, ServerFolder, require_programs};

/// Runs an ignored test of this program in a network namespace of its own, if these programs are
/// installed.
pub(crate) fn in_namespace(test: &str, programs: &[&str]) {
    if require_programs(programs) && require_namespaces() {
        run_ignored_test(test, &[]);
    }
}

/// Starts `rdns`, resolving from these root hints.
pub(crate) fn rdns(address: SocketAddr, hints: &str) -> RunningServer {
    let folder = ServerFolder::new();
    let hints = folder.write("root.hints", hints);
    let arguments = [
        format!("--listen={address}"),
        format!("--root-hints={}", hints.display()),
    ];
    folder
        .start(env!("CARGO_BIN_EXE_rdns"), arguments, address)
        .wait_until_ready(".")
}
