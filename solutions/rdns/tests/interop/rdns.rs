//! `rdns`, started like the real servers, and the network namespace that its tests need: it queries
//! port 53.

use std::net::SocketAddr;

use real_servers::namespace::{require_namespaces, run_ignored_test};
use real_servers::{RunningServer, ServerFolder, require_programs};

/// The root hints of every resolver: the root zone of each test is served at this address.
pub(crate) const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

/// Runs an ignored test of this program in a network namespace of its own, if these programs are
/// installed.
pub(crate) fn in_namespace(test: &str, programs: &[&str]) {
    if require_programs(programs) && require_namespaces() {
        run_ignored_test(test, &[]);
    }
}

/// Starts `rdns`, resolving from [`HINTS`].
pub(crate) fn rdns(address: SocketAddr) -> RunningServer {
    let folder = ServerFolder::new();
    let hints = folder.write("root.hints", HINTS);
    let arguments = [
        format!("--listen={address}"),
        format!("--root-hints={}", hints.display()),
    ];
    folder
        .start(env!("CARGO_BIN_EXE_rdns"), arguments, address)
        .wait_until_ready(".")
}
