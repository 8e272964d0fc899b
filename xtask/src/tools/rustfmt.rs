//! rustfmt: generated stubs are formatted like code written by hand, and `diff` ignores formatting.

use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Formats `text`.
///
/// # Errors
/// If rustfmt is missing, or `text` is not Rust: for example, with a `todo!()` in a place where no
/// expression is allowed.
pub(crate) fn format(root: &Path, text: &str) -> Result<String> {
    let program = std::env::var_os("RUSTFMT").unwrap_or_else(|| "rustfmt".into());
    let mut child = Command::new(program)
        .args(["--edition", "2024", "--quiet"])
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("can't start rustfmt (rustup component add rustfmt)")?;
    // rustfmt reads all of its input before it writes, so a full pipe can't block it.
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let formatted = String::from_utf8(output.stdout)?;
    if !output.status.success() || (formatted.is_empty() && !text.is_empty()) {
        let message = String::from_utf8_lossy(&output.stderr);
        bail!("rustfmt reports\n{}", message.trim_end());
    }
    Ok(formatted.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_and_refuses() {
        let here = Path::new(".");
        assert_eq!(
            format(here, "fn  f( ){1;}").unwrap(),
            "fn f() {\n    1;\n}\n"
        );
        let error = format(
            here,
            "fn f() -> S {\n    S {\n        todo!(\"A.\")\n    }\n}\n",
        );
        let error = error.unwrap_err().to_string();
        assert!(error.contains("<stdin>:3"), "{error}");
    }

    #[test]
    fn modules_in_other_files_are_left_alone() {
        let text = "mod elsewhere;\n";
        assert_eq!(format(Path::new("."), text).unwrap(), text);
    }
}
