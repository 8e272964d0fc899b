//! Processes and folders that do not outlive this program.
//!
//! A test may hang, and learners end `check` by Ctrl-C or `kill`. Cargo and each test lead a
//! process group of their own, and a second process, the janitor, knows these groups and the
//! temporary folders. It reads them from a pipe. When this program ends, for whatever reason, the
//! pipe ends too, and the janitor kills the groups and removes the folders that are left. (A signal
//! handler would need a crate that the first build would have to compile, and could do nothing
//! about SIGKILL.)

use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tempfile::TempDir;

/// The hidden command by which this program starts its janitor.
pub(crate) const COMMAND: &str = "janitor";

/// The janitor's standard input; `None` if it could not be started.
static JANITOR: OnceLock<Mutex<Option<ChildStdin>>> = OnceLock::new();

fn janitor() -> MutexGuard<'static, Option<ChildStdin>> {
    let janitor = JANITOR.get_or_init(|| Mutex::new(start_janitor()));
    janitor.lock().unwrap_or_else(PoisonError::into_inner)
}

fn start_janitor() -> Option<ChildStdin> {
    // In a unit test the program is not xtask.
    let program = std::env::current_exe().ok().filter(|_| !cfg!(test))?;
    let mut command = Command::new(program);
    command
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C in the terminal must not reach the janitor.
    lead_group(&mut command);
    command.spawn().ok()?.stdin
}

/// Tells the janitor about something to clean up, `+group 123`, or that this is done, `-group 123`.
fn tell(janitor: &mut Option<ChildStdin>, line: &str) {
    // Without a janitor, only the cleanup after a signal is missing.
    if let Some(stdin) = janitor {
        let _ = stdin.write_all(line.as_bytes());
    }
}

/// Reads entries until standard input ends, and then cleans up those that are left.
pub(crate) fn run() {
    let mut left = BTreeSet::new();
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        match line.split_at_checked(1) {
            Some(("+", entry)) => left.insert(entry.to_owned()),
            Some((_, entry)) => left.remove(entry),
            None => false,
        };
    }
    // `folder` comes before `group`; processes are to end before their folders are removed.
    for entry in left.iter().rev() {
        match entry.split_once(' ') {
            Some(("group", leader)) => leader.parse().into_iter().for_each(kill_group),
            Some((_, folder)) => drop(std::fs::remove_dir_all(folder)),
            None => {}
        }
    }
}

/// A process that leads a process group. Dropping it kills the group.
#[derive(Debug)]
pub(crate) struct GroupLeader {
    child: Child,
    /// Whether the rest of its group may go on after it.
    is_alone: bool,
}

impl GroupLeader {
    /// Starts a process.
    ///
    /// # Errors
    /// The system's error if it can't be started.
    pub(crate) fn start(command: &mut Command) -> io::Result<GroupLeader> {
        lead_group(command);
        let child = command.spawn()?;
        tell(&mut janitor(), &format!("+group {}\n", child.id()));
        Ok(GroupLeader {
            child,
            is_alone: false,
        })
    }

    /// Returns the process, for its streams.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Waits for the process, and leaves the other processes of its group running.
    pub(crate) fn wait(mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait();
        self.is_alone = true;
        status
    }
}

impl Drop for GroupLeader {
    fn drop(&mut self) {
        if !self.is_alone {
            kill_group(self.child.id());
        }
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        tell(&mut janitor(), &format!("-group {}\n", self.child.id()));
    }
}

#[cfg(unix)]
fn lead_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn lead_group(_command: &mut Command) {}

/// Kills a process group by the shell's own `kill`: the standard library can't, and a crate that
/// can is compiled with other features for the lessons.
#[cfg(unix)]
fn kill_group(leader: u32) {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("kill -s KILL -- -{leader}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // An error means that no process is left in the group.
    let _ = command.status();
}

#[cfg(not(unix))]
fn kill_group(_leader: u32) {}

/// A temporary folder. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// Makes an empty folder.
    pub(crate) fn new() -> Result<Scratch> {
        Scratch::new_in(&std::env::temp_dir())
    }

    /// Makes an empty folder in another one.
    pub(crate) fn new_in(parent: &Path) -> Result<Scratch> {
        let folder = tempfile::Builder::new()
            .prefix("xtask-")
            .tempdir_in(parent)
            .context("can't make a temporary folder")?;
        tell(&mut janitor(), &line('+', folder.path()));
        Ok(Scratch { folder })
    }

    /// Returns its path.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        tell(&mut janitor(), &line('-', self.folder.path()));
    }
}

fn line(sign: char, folder: &Path) -> String {
    let folder: PathBuf = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    format!("{sign}folder {}\n", folder.display())
}
