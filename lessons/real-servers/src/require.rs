//! Looks for the programs that a test needs. A test without them is skipped, but not with
//! `CI=true`.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Looks for all of these programs; returns false, and reports the missing ones, if the test must
/// be skipped.
///
/// # Panics
/// If one is missing and `CI` is `true`.
pub fn require_programs(programs: &[&str]) -> bool {
    let missing = missing(programs);
    if !missing.is_empty() {
        skip(&format!("not installed: {}", missing.join(", ")));
    }
    missing.is_empty()
}

/// Reports that a test is skipped, and why.
///
/// # Panics
/// If `CI` is `true`: nothing is skipped there.
pub fn skip(reason: &str) {
    let in_ci = env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!in_ci, "with CI=true no test may be skipped: {reason}");
    eprintln!("skipped: {reason}");
}

/// Returns a command that starts a program, also one in a folder of the administrator.
pub fn command(program: &str) -> Command {
    Command::new(find(program).unwrap_or_else(|| program.into()))
}

fn missing<'p>(programs: &[&'p str]) -> Vec<&'p str> {
    let is_missing = |program: &&&str| find(program).is_none();
    programs.iter().filter(is_missing).copied().collect()
}

/// Returns the file of a program. Servers are often outside a user's `PATH`.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[cfg(unix)]
    #[test]
    fn a_missing_program_is_named() {
        assert_eq!(missing(&["sh", "no-such-server"]), ["no-such-server"]);
    }
}
