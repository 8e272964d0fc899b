//! What insta leaves behind when a snapshot differs: expected and got, read from its pending files.
//!
//! A test process gets a pending folder of its own (`INSTA_PENDING_DIR`). There insta writes, at the path from the root,
//! `tests/snapshots/query__NAME.snap.new` beside which the accepted `.snap` is still in the tree, or for inline
//! snapshots `tests/.query.rs.pending-snap`, a line of JSON each. Inherited settings are taken away, so that nothing
//! in the tree changes and no wrong answer can be accepted.

use crate::files;
use anyhow::Result;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// What a snapshot test expected and got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// `None` where there is no accepted snapshot: the file is missing.
    pub(crate) expected: Option<String>,
    pub(crate) got: String,
}

/// Takes every insta setting away from `command`. (At compile time too: `INSTA_WORKSPACE_ROOT` is read by a macro, and
/// another value would mean another build than a plain `cargo test` makes.)
pub(crate) fn disarm(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("INSTA_") {
            command.env_remove(name);
        }
    }
}

/// Has the test that `command` runs write its pending snapshots below `pending`, and say nothing of them; without such
/// a folder it writes none.
pub(crate) fn arm(command: &mut Command, root: &Path, pending: Option<&Path>) {
    disarm(command);
    match pending {
        Some(pending) => command
            .env("INSTA_UPDATE", "new")
            .env("INSTA_PENDING_DIR", pending),
        None => command.env("INSTA_UPDATE", "no"),
    };
    command
        .env("INSTA_OUTPUT", "none")
        .env("INSTA_WORKSPACE_ROOT", root)
        // Said rather than left out: an `insta.yaml` could turn them on.
        .env("INSTA_FORCE_PASS", "0")
        .env("INSTA_REQUIRE_FULL_MATCH", "0");
}

/// The mismatch that a test left below `pending`, if any.
pub(crate) fn mismatch(root: &Path, pending: &Path) -> Result<Option<Mismatch>> {
    for path in files::walk(pending)? {
        let text = files::read(&pending.join(&path))?;
        let name = path.to_string_lossy();
        let found = if let Some(accepted) = name.strip_suffix(".new") {
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
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A snapshot file without its header.
fn content(file: &str) -> String {
    let body = file
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(file, |(_, body)| body);
    body.trim_end().to_owned()
}

/// A line of a file of pending inline snapshots.
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
    fn a_header_is_cut_off() {
        assert_eq!(
            content("---\nsource: a.rs\nexpression: x\n---\n0000  12\n---\nend\n"),
            "0000  12\n---\nend"
        );
        assert_eq!(content("no header"), "no header");
    }

    #[test]
    fn reads_a_pending_file_beside_the_accepted_one() {
        let (root, pending) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let accepted = root.path().join("tests/snapshots/query__a.snap");
        files::write(&accepted, b"---\nsource: x\n---\nrd\n").unwrap();
        let new = pending.path().join("tests/snapshots/query__a.snap.new");
        files::write(&new, b"---\nsource: x\nassertion_line: 3\n---\nno rd\n").unwrap();
        let found = mismatch(root.path(), pending.path()).unwrap().unwrap();
        assert_eq!(
            found,
            Mismatch {
                expected: Some("rd".to_owned()),
                got: "no rd".to_owned()
            }
        );
    }

    #[test]
    fn reads_a_pending_inline_snapshot() {
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
