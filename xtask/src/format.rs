//! rustfmt on a generated file, so that a stub reads as if a person had left it there.

use crate::course::slashed;
use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// `text` as rustfmt would have it; `path` (from the root) is what its complaints are about.
///
/// # Errors
/// Where rustfmt is missing, or the text is no Rust: a `todo!()` where no expression may stand, say.
pub(crate) fn rustfmt(root: &Path, path: &Path, text: &str) -> Result<String> {
    let program = std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let mut child = Command::new(program)
        .args(["--edition", "2024", "--quiet"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("can't start rustfmt (rustup component add rustfmt)")?;
    // rustfmt reads all of its input before it writes, so this can't block on a full pipe.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let formatted = String::from_utf8(output.stdout)?;
    if !output.status.success() || (formatted.is_empty() && !text.is_empty()) {
        let complaint = String::from_utf8_lossy(&output.stderr)
            .replace("<stdin>", &format!("{} with its stubs", slashed(path)));
        bail!(
            "a region of {} can't become a stub: rustfmt says\n{}",
            slashed(path),
            complaint.trim_end()
        );
    }
    Ok(formatted.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_refuses() {
        let path = Path::new("solutions/x/src/lib.rs");
        assert_eq!(
            rustfmt(Path::new("."), path, "fn  f( ){1;}").unwrap(),
            "fn f() {\n    1;\n}\n"
        );
        let error = rustfmt(
            Path::new("."),
            path,
            "fn f() -> S {\n    S {\n        todo!(\"A.\")\n    }\n}\n",
        );
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("solutions/x/src/lib.rs") && error.contains(":3"),
            "{error}"
        );
    }

    #[test]
    fn modules_in_other_files_are_left_alone() {
        let text = "mod elsewhere;\n";
        assert_eq!(
            rustfmt(Path::new("."), Path::new("x.rs"), text).unwrap(),
            text
        );
    }
}
