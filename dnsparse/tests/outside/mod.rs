//! Files that are not part of this repository, to check against where they are at hand.

use std::path::PathBuf;

/// The folder of packets that `DNS_CORPUS` names, or nothing and a word about it. Beside it lies a folder `zones`.
///
/// Tests run in their package's folder; a relative path is meant from the workspace's root.
pub(crate) fn packets() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("DNS_CORPUS") else {
        eprintln!("skipped: DNS_CORPUS does not name a folder of packets to check against");
        return None;
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    Some(root.join(folder))
}
