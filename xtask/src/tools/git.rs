//! Running git, for the commands that make and read branches and for the course's own texts.
//!
//! Only git's plumbing commands are used: their output is the same on every machine, however git is
//! configured there.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Git, run in one folder.
#[derive(Debug)]
pub(crate) struct Git {
    root: PathBuf,
    /// Variables added to the environment: another index, the author of a commit.
    environment: Vec<(&'static str, String)>,
}

impl Git {
    /// Returns git for the repository that `root` lies in.
    pub(crate) fn at(root: &Path) -> Git {
        Git {
            root: root.to_owned(),
            environment: Vec::new(),
        }
    }

    /// Returns the folder that git runs in.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Adds a variable to the environment.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Git {
        self.environment.push((name, value.into()));
        self
    }

    /// Runs git, and returns its standard output without the end of the last line.
    ///
    /// # Errors
    /// Git's own message, if its exit status is not 0.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<String> {
        self.run_with_input(arguments, "")
    }

    /// Runs git like [`Git::run`], with `input` on its standard input.
    ///
    /// # Errors
    /// Git's own message, if its exit status is not 0.
    pub(crate) fn run_with_input<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &str,
    ) -> Result<String> {
        let output = self.output(arguments, input)?;
        if !output.status.success() {
            let message = String::from_utf8_lossy(&output.stderr);
            let name = arguments
                .first()
                .map(|name| name.as_ref().to_string_lossy());
            bail!("git {}: {}", name.unwrap_or_default(), message.trim());
        }
        let text =
            String::from_utf8(output.stdout).context("git printed octets that are not UTF-8")?;
        Ok(text.strip_suffix('\n').unwrap_or(&text).to_owned())
    }

    /// Runs git, and returns its standard output; `None` if it can't be started or fails.
    pub(crate) fn octets<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Option<Vec<u8>> {
        let output = self.output(arguments, "").ok()?;
        output.status.success().then_some(output.stdout)
    }

    /// Runs git, and returns whether its exit status is 0.
    ///
    /// # Errors
    /// If git can't be started.
    pub(crate) fn succeeds<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<bool> {
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
            .context("this command needs git, which can't be started")?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not need its input may end before reading it.
            let _closed = stdin.write_all(input.as_bytes());
        }
        child
            .wait_with_output()
            .context("can't read what git prints")
    }
}
