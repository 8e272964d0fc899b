//! Running git, for the commands that make and read branches.
//!
//! Only plumbing: it reads the same on every machine, whatever is configured there.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Git in one tree.
#[derive(Debug)]
pub(crate) struct Git {
    root: PathBuf,
    /// Further environment: another index, a name for a commit.
    environment: Vec<(&'static str, String)>,
}

impl Git {
    /// In the repository that `root` lies in.
    pub(crate) fn at(root: &Path) -> Git {
        Git {
            root: root.to_owned(),
            environment: Vec::new(),
        }
    }

    /// The folder it runs in.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// With one more variable in its environment.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Git {
        self.environment.push((name, value.into()));
        self
    }

    /// What it prints, without the last line's end.
    ///
    /// # Errors
    /// What it says, if its exit status is not 0.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String> {
        self.feed(arguments, "")
    }

    /// The same, given something on its standard input.
    ///
    /// # Errors
    /// What it says, if its exit status is not 0.
    pub(crate) fn feed<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Result<String> {
        let output = self.output(arguments, input)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let name = arguments
                .first()
                .map(|name| name.as_ref().to_string_lossy());
            bail!("git {}: {}", name.unwrap_or_default(), said.trim());
        }
        let text = String::from_utf8(output.stdout).context("git printed no text")?;
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }

    /// Whether its exit status is 0.
    ///
    /// # Errors
    /// If there is no git.
    pub(crate) fn is_well<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<bool> {
        Ok(self.output(arguments, "")?.status.success())
    }

    fn output<S: AsRef<OsStr>>(&self, arguments: &[S], input: &str) -> Result<Output> {
        let mut child = Command::new("git")
            .current_dir(&self.root)
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("git is needed for this, and can't be started")?;
        if let Some(mut stdin) = child.stdin.take() {
            // Who does not read it does not need it.
            let _closed = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output().context("git did not end well")
    }
}
