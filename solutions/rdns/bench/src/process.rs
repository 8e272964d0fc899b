//! [`Process`]: the resources that a process uses, from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The ticks of `/proc/PID/stat` in a second: USER_HZ, which Linux keeps at 100 for all programs.
const TICKS: f64 = 100.0;

/// A process, by its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Returns the CPU time so far, of all threads, in the program and in the kernel.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn cpu_time(self) -> Result<Duration> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The name of the program, in parentheses, may hold spaces.
        let (_, fields) = text.rsplit_once(')').context("the name of the program")?;
        let mut fields = fields.split_whitespace().skip(11);
        let mut ticks = || -> Result<f64> { Ok(fields.next().context("a field")?.parse()?) };
        let ticks = ticks()? + ticks()?;
        Ok(Duration::from_secs_f64(ticks / TICKS))
    }

    /// Returns the most memory so far, in KiB.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn peak_memory(self) -> Result<u64> {
        self.status("VmHWM:")
    }

    /// Returns the memory in KiB.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn memory(self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// Returns the number of open files, sockets among them.
    ///
    /// # Errors
    /// If the process has ended.
    pub(crate) fn open_files(self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.0))?.count())
    }

    fn status(self, key: &str) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(key));
        let value = value.with_context(|| format!("{key} in /proc/{}/status", self.0))?;
        Ok(value.trim().trim_end_matches(" kB").parse()?)
    }
}
