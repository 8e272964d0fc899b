//! insta's pending snapshots: the expected and the actual text of a snapshot that differs.
//!
//! Each test process gets a pending folder of its own (`INSTA_PENDING_DIR`). In it insta writes, at
//! the path from the root, `tests/snapshots/query__NAME.snap.new`, whose accepted `.snap` is in the
//! tree; for inline snapshots `tests/.query.rs.pending-snap`, with one line of JSON each. Inherited
//! settings are removed, so that nothing in the tree changes and no wrong answer can be accepted.

use crate::files;
use anyhow::Result;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// The expected and the actual text of a snapshot that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// `None` if the file of the accepted snapshot is missing.
    pub(crate) expected: Option<String>,
    pub(crate) got: String,
}

/// Removes all settings of insta from the command's environment.
///
/// This is needed for builds too: a macro reads `INSTA_WORKSPACE_ROOT`, and another value would
/// mean another build than that of a plain `cargo test`.
pub(crate) fn remove_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("INSTA_") {
            command.env_remove(name);
        }
    }
}

/// Makes the test that `command` runs write its pending snapshots below `pending`, and print
/// nothing about them. Without such a folder it writes none.
pub(crate) fn configure(command: &mut Command, root: &Path, pending: Option<&Path>) {
    remove_settings(command);
    match pending {
        Some(pending) => command
            .env("INSTA_UPDATE", "new")
            .env("INSTA_PENDING_DIR", pending),
        None => command.env("INSTA_UPDATE", "no"),
    };
    command
        .env("INSTA_OUTPUT", "none")
        .env("INSTA_WORKSPACE_ROOT", root)
        // Set and not only removed, since an `insta.yaml` could turn them on.
        .env("INSTA_FORCE_PASS", "0")
        .env("INSTA_REQUIRE_FULL_MATCH", "0");
}

/// Reads the mismatch that a test left below `pending`, if any.
pub(crate) fn mismatch(root: &Path, pending: &Path) -> Result<Option<Mismatch>> {
    for path in files::walk(pending)? {
        let text = files::read(&pending.join(&path))?;
        let name = path.to_string_lossy();
        let mismatch = if let Some(accepted) = name.strip_suffix(".new") {
            let accepted = files::read(&root.join(accepted)).ok();
            Some(Mismatch {
                expected: accepted.as_deref().map(content),
                got: content(&text),
            })
        } else if name.ends_with(".pending-snap") {
            text.lines().find_map(inline)
        } else {
            None
        };
        if mismatch.is_some() {
            return Ok(mismatch);
        }
    }
    Ok(None)
}

/// Returns the text of a snapshot file without its header.
fn content(file: &str) -> String {
    let body = file
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(file, |(_, body)| body);
    body.trim_end().to_owned()
}

/// Reads a line of a file of pending inline snapshots.
fn inline(line: &str) -> Option<Mismatch> {
    let pending: Value = serde_json::from_str(line).ok()?;
    let text = |pointer: &str| {
        pending
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    Some(Mismatch {
        expected: text("/old/snapshot"),
        got: text("/new/snapshot")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_of_a_snapshot_is_removed() {
        assert_eq!(
            content("---\nsource: a.rs\nexpression: x\n---\n0000  12\n---\nend\n"),
            "0000  12\n---\nend"
        );
        assert_eq!(content("no header"), "no header");
    }

    #[test]
    fn a_pending_file_is_compared_with_the_accepted_one() {
        let (root, pending) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let accepted = root.path().join("tests/snapshots/query__a.snap");
        files::write(&accepted, b"---\nsource: x\n---\nrd\n").unwrap();
        let new = pending.path().join("tests/snapshots/query__a.snap.new");
        files::write(&new, b"---\nsource: x\nassertion_line: 3\n---\nno rd\n").unwrap();
        let mismatch = mismatch(root.path(), pending.path()).unwrap().unwrap();
        assert_eq!(
            mismatch,
            Mismatch {
                expected: Some("rd".to_owned()),
                got: "no rd".to_owned()
            }
        );
    }

    #[test]
    fn a_pending_inline_snapshot_holds_both_texts() {
        let line = r#"{"run_id":"1","line":9,"new":{"module_name":"query","metadata":{},"snapshot":"b\nc"},"old":{"module_name":"query","metadata":{},"snapshot":"a"}}"#;
        let expected = Mismatch {
            expected: Some("a".to_owned()),
            got: "b\nc".to_owned(),
        };
        assert_eq!(inline(line), Some(expected));
        assert_eq!(
            inline(r#"{"run_id":"1","line":9,"new":null,"old":null}"#),
            None
        );
    }
}
