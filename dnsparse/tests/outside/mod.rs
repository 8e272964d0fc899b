//! Files that are not part of this repository; tests that need them are skipped without them.

use std::path::PathBuf;

/// Returns the folder of packets that `DNS_CORPUS` names, or prints that the variable is unset.
/// Beside the folder lies another, `zones`.
///
/// Tests run in their package's folder; a relative path is relative to the workspace's root.
pub(crate) fn packets() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("DNS_CORPUS") else {
        eprintln!("skipped: DNS_CORPUS does not name a folder of packets to check against");
        return None;
    };
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    Some(root.join(folder))
}
