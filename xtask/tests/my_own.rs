//! `scaffold` and `check my-own`, in a fresh clone of this very repository: the branch and what it holds, that nothing else is
//! touched, that the skeleton builds without a warning, and that the judge gets to see what is committed there.
//!
//! What is not in a git repository (an unpacked archive, say) cannot be cloned: then these tests say so, and are skipped; with
//! `CI=true` in the environment there has to be one.

#![cfg(test)]

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A clone, in a folder that goes away with it. Nobody is configured there to commit.
struct Clone {
    folder: TempDir,
}

fn text(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets));
    format!("{out}{err}")
}

/// A command without anything that is configured outside, or by the hook that may have started this.
fn command(program: &str, folder: &Path) -> Command {
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

impl Clone {
    fn new() -> Option<Clone> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let folder = TempDir::new().unwrap();
        let clone = Clone { folder };
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
            eprintln!("skipped: this is no git repository");
        }
        is_there.then_some(clone)
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("course")
    }

    fn git(&self, arguments: &[&str]) -> String {
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
    fn xtask(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = command(env!("CARGO_BIN_EXE_xtask"), &self.root())
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), text(&output))
    }

    /// All that `scaffold` must not touch.
    fn state(&self) -> (String, String, Vec<u8>, String) {
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

#[test]
fn scaffold_makes_a_branch_and_touches_nothing_else() {
    let Some(clone) = Clone::new() else { return };
    let file = |name: &str| clone.root().join(name);
    fs::write(file("README.md"), "changed\n").unwrap();
    fs::write(file("staged"), "staged\n").unwrap();
    clone.git(&["add", "staged"]);
    fs::write(file("untracked"), "untracked\n").unwrap();
    clone.git(&["status"]);
    let before = clone.state();
    let (status, said) = clone.xtask(&["scaffold"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.ends_with("Next: git worktree add ../my-own my-own\n"),
        "{said}"
    );
    assert!(clone.state() == before, "something else was touched");
    let author = clone.git(&["log", "--format=%an <%ae>%n%cn <%ce>", "my-own"]);
    assert_eq!(
        author, "my-own <my-own@localhost>\nmy-own <my-own@localhost>\n",
        "one commit, and somebody made it"
    );

    let files = clone.git(&["ls-tree", "-r", "--name-only", "my-own"]);
    let (dnsparse, own): (Vec<&str>, Vec<&str>) = files
        .lines()
        .partition(|path| path.starts_with("dnsparse/"));
    let expected = [
        ".cargo/config.toml",
        ".config/clippy.toml",
        ".gitattributes",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "src/bin/client.rs",
        "src/bin/rdns.rs",
        "src/lib.rs",
    ];
    assert_eq!(own, expected);
    assert!(dnsparse.contains(&"dnsparse/src/types.rs"));
    let tree = |commit: &str| clone.git(&["rev-parse", &format!("{commit}:dnsparse")]);
    assert_eq!(tree("my-own"), tree("HEAD"));
    let sources = ["src/lib.rs", "src/bin/client.rs", "src/bin/rdns.rs"]
        .map(|path| clone.git(&["show", &format!("my-own:{path}")]));
    for step in 1..=7 {
        assert!(
            sources.concat().contains(&format!("Step {step} of 7: ")),
            "step {step}"
        );
    }
    for step in [
        "Host cache",
        "Resolver",
        "Root",
        "TLD",
        "Authoritative",
        "Caching on the way back",
    ] {
        assert!(
            sources
                .concat()
                .contains(&format!("todo!(\n        \"{step}: ")),
            "{step}"
        );
    }
}

#[test]
fn scaffold_keeps_the_name_of_whoever_is_configured() {
    let Some(clone) = Clone::new() else { return };
    clone.git(&["config", "user.name", "Somebody"]);
    clone.git(&["config", "user.email", "somebody@example.org"]);
    let (status, said) = clone.xtask(&["scaffold", "--branch", "mine/too"]);
    assert_eq!(status, Some(0), "{said}");
    assert!(
        said.contains("cargo xtask check my-own --branch mine/too"),
        "{said}"
    );
    let author = clone.git(&["log", "--format=%an <%ae>, %cn", "mine/too"]);
    assert_eq!(author, "Somebody <somebody@example.org>, Somebody\n");
}

#[test]
fn scaffold_refuses_and_says_what_to_do() {
    let Some(clone) = Clone::new() else { return };
    clone.git(&["branch", "my-own"]);
    let was = clone.git(&["rev-parse", "my-own"]);
    let refused = |arguments: &[&str], phrases: &[&str]| {
        let (status, said) = clone.xtask(arguments);
        assert_eq!(status, Some(2), "{said}");
        for phrase in phrases {
            assert!(said.contains(phrase), "no {phrase:?} in:\n{said}");
        }
    };
    refused(
        &["scaffold"],
        &[
            "my-own exists already",
            "git worktree add ../my-own my-own",
            "Next: cargo xtask scaffold --branch",
        ],
    );
    assert_eq!(clone.git(&["rev-parse", "my-own"]), was);
    refused(
        &["scaffold", "--branch", "a..b"],
        &["is no name for a branch"],
    );
    refused(
        &["check", "my-own", "--branch", "nosuch"],
        &[
            "There is no branch nosuch here",
            "Next: cargo xtask scaffold",
        ],
    );
    refused(
        &["check", "my-own", "--bin-dir", "lessons"],
        &["There is no program client in", "--bin-dir DIR"],
    );
    refused(
        &["check", "lesson-1", "--stage", "asks"],
        &["are for check my-own alone"],
    );
    fs::remove_dir_all(clone.root().join(".git")).unwrap();
    refused(
        &["scaffold"],
        &["There is no git repository here", "Next: git init"],
    );
    let output = command("git", &clone.root())
        .args(["init", "-q"])
        .output()
        .unwrap();
    assert!(output.status.success());
    refused(
        &["scaffold"],
        &[
            "Nothing is committed here yet",
            "Next: git add . && git commit",
        ],
    );
}

/// One test, since it takes one build: the skeleton has to compile with all it stands on.
#[cfg(unix)]
#[test]
fn the_skeleton_builds_without_warnings_and_fails_every_stage() {
    use std::os::unix::fs::PermissionsExt;

    let Some(clone) = Clone::new() else { return };
    assert_eq!(clone.xtask(&["scaffold"]).0, Some(0));
    let own = clone.folder.path().join("my-own");
    clone.git(&["worktree", "add", "-q", own.to_str().unwrap(), "my-own"]);

    // Cargo builds; what it is told to run, which would be the judge, is only printed.
    let shim = clone.folder.path().join("cargo");
    let cargo = env!("CARGO");
    fs::write(
        &shim,
        format!(
            "#!/bin/sh\nif [ \"$1\" = run ]; then echo \"$@\"; else exec '{cargo}' \"$@\"; fi\n"
        ),
    )
    .unwrap();
    fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
    let check = || {
        let mut xtask = command(env!("CARGO_BIN_EXE_xtask"), &clone.root());
        let output = xtask
            .args(["check", "my-own", "--stage", "asks"])
            .env("CARGO", &shim)
            .env("RUSTFLAGS", "-D warnings")
            .output();
        let output = output.unwrap();
        (output.status.code(), text(&output))
    };
    let (status, said) = check();
    assert_eq!(status, Some(0), "{said}");
    let programs = clone.root().join("target/my-own-build/debug");
    let client = fs::canonicalize(programs.join("client")).unwrap();
    for phrase in [
        "Judging what is committed on my-own: ",
        "run -q -p judge --bin judge -- --client",
        "/target/my-own-build/debug/client' --server {server} --query {name} --type {type}",
        "/target/my-own-build/debug/rdns' --listen {listen} --root-hints {hints} --upstream-port {port}",
        "--server-default '",
        "--again cargo xtask check my-own --stage asks",
    ] {
        assert!(said.contains(phrase), "no {phrase:?} in:\n{said}");
    }
    assert_eq!(clone.git(&["status", "--porcelain"]), "");

    is_well_formed(&own, &programs);
    stops_at_the_first_todo(&client);
    fails_every_stage(&programs);

    // What is not committed is not judged, and that is said; what is committed is.
    fs::write(own.join("src/lib.rs"), "//! Not Rust yet.\nfn\n").unwrap();
    let (status, said) = check();
    assert_eq!(status, Some(0), "{said}");
    assert!(said.contains("not committed. To judge that: cargo build --bins (there), then cargo xtask check my-own --bin-dir"), "{said}");
    let commit = [
        "-c",
        "user.name=a",
        "-c",
        "user.email=b",
        "commit",
        "-qam",
        "Broken",
    ];
    assert!(
        command("git", &own)
            .args(commit)
            .status()
            .unwrap()
            .success()
    );
    let (status, said) = check();
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("What is committed on my-own does not compile.")
            && said.contains(" Broken\n"),
        "{said}"
    );
}

/// Formatted, without a word from clippy, with the lock file that it needs and nothing left behind.
fn is_well_formed(own: &Path, programs: &Path) {
    for arguments in [
        &["fmt", "--check"][..],
        &[
            "clippy",
            "-q",
            "--locked",
            "--all-targets",
            "-p",
            "rdns",
            "--",
            "-D",
            "warnings",
        ],
    ] {
        let mut cargo = command(env!("CARGO"), own);
        let output = cargo
            .args(arguments)
            .env("CARGO_TARGET_DIR", programs.parent().unwrap())
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "cargo {arguments:?}: {}",
            text(&output)
        );
    }
    let status = command("git", own)
        .args(["status", "--porcelain"])
        .output()
        .unwrap();
    assert_eq!(text(&status), "");
}

fn stops_at_the_first_todo(client: &Path) {
    let output = Command::new(client)
        .args(["--query", "yahoo.com"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(101));
    assert!(
        text(&output).contains("not yet implemented: Step 1 of 7: "),
        "{}",
        text(&output)
    );
}

/// The judge of this tree, on the skeleton's programs.
fn fails_every_stage(programs: &Path) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = Path::new(env!("CARGO_BIN_EXE_xtask"))
        .parent()
        .and_then(Path::parent)
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .current_dir(here)
        .env("CARGO_TARGET_DIR", target)
        .args(["check", "my-own", "--bin-dir"])
        .arg(programs)
        .output()
        .unwrap();
    let report = text(&output);
    assert_eq!(output.status.code(), Some(1), "{report}");
    let unwritten = report
        .lines()
        .filter(|line| line.ends_with(" NOT WRITTEN YET"))
        .count();
    let first = report
        .matches("   not yet implemented: Step 1 of 7: ")
        .count();
    let listen = report
        .matches("   not yet implemented: Listen at this address ")
        .count();
    assert_eq!((unwritten, first, listen), (13, 4, 9), "{report}");
    assert!(report.contains("\n0 of 13 stages passed."), "{report}");
    assert!(
        report.contains("\nNext: cargo xtask check my-own --bin-dir "),
        "{report}"
    );
}
