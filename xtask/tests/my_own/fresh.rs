//! [`Fresh`]: a fresh clone of this repository, and programs run in it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A clone in a temporary folder, without a configured author.
pub(crate) struct Fresh {
    /// The folder of the clone, and of files that a test puts beside it.
    pub(crate) folder: TempDir,
}

/// Returns the output of a program.
pub(crate) fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets));
    format!("{out}{err}")
}

/// Returns a command without the user's configuration and without the variables of a git hook.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", folder.join("none"))
        .env("GIT_CONFIG_SYSTEM", folder.join("none"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", env::temp_dir())
        .env("CARGO_NET_OFFLINE", "true")
        .env("COLUMNS", "80")
        .env("RUST_BACKTRACE", "0")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("CARGO_MANIFEST_DIR");
    for variable in [
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_WORK_TREE",
        "GIT_AUTHOR_NAME",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_NAME",
        "GIT_COMMITTER_EMAIL",
        "EMAIL",
    ] {
        command.env_remove(variable);
    }
    command
}

impl Fresh {
    pub(crate) fn new() -> Option<Fresh> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = TempDir::new().unwrap();
        let clone = Fresh { folder };
        let output = command("git", root)
            .args(["clone", "-q", "."])
            .arg(clone.root())
            .output();
        let is_there = output.as_ref().is_ok_and(|output| output.status.success());
        if !is_there {
            assert!(
                env::var("CI").as_deref() != Ok("true"),
                "a git repository is needed where CI=true: {output:?}"
            );
            eprintln!("skipped: this is not a git repository");
        }
        is_there.then_some(clone)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("course")
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = command("git", &self.root())
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            text(&output)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Exit status and text of `cargo xtask`.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = command(env!("CARGO_BIN_EXE_xtask"), &self.root())
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), text(&output))
    }

    /// Reads everything that `scaffold` must not touch.
    pub(crate) fn state(&self) -> (String, String, Vec<u8>, String) {
        let index = fs::read(self.root().join(".git/index")).unwrap();
        let branches = self.git(&["for-each-ref", "--format=%(refname) %(objectname)"]);
        let others = branches
            .lines()
            .filter(|line| !line.contains("/my-own "))
            .collect::<Vec<_>>();
        let status = self.git(&["--no-optional-locks", "status", "--porcelain"]);
        (
            status,
            others.join("\n"),
            index,
            self.git(&["rev-parse", "--symbolic-full-name", "HEAD"]),
        )
    }
}
