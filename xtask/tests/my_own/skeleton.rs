//! The skeleton: that it builds, how the judge is started on it, and the judge's report.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::fresh::{Fresh, command, text};

/// One test for all of it, since the skeleton and its dependencies must be built first.
#[test]
fn the_skeleton_builds_without_warnings_and_fails_every_stage() {
    let Some(clone) = Fresh::new() else { return };
    assert_eq!(clone.xtask(&["scaffold"]).0, Some(0));
    // The built files are kept in this tree's target folder for the next run.
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).join("my-own-build");
    fs::create_dir_all(&built).unwrap();
    fs::create_dir_all(clone.root().join("target")).unwrap();
    std::os::unix::fs::symlink(&built, clone.root().join("target/my-own-build")).unwrap();
    let own = clone.folder.path().join("my-own");
    clone.git(&["worktree", "add", "-q", own.to_str().unwrap(), "my-own"]);

    // This stand-in for cargo builds, but prints the arguments of `cargo run`, which would start
    // the judge.
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
    let (status, printed) = check();
    assert_eq!(status, Some(0), "{printed}");
    let programs = clone.root().join("target/my-own-build/debug");
    let client = fs::canonicalize(programs.join("client")).unwrap();
    for phrase in [
        "Judging the last commit of my-own: ",
        "run -q -p judge --bin judge -- --client",
        "/target/my-own-build/debug/client' --server {server} --query {name} --type {type}",
        "/target/my-own-build/debug/rdns' --listen {listen} --root-hints {hints} --upstream-port {port}",
        "--server-default '",
        "--again cargo xtask check my-own --stage asks",
    ] {
        assert!(printed.contains(phrase), "no {phrase:?} in:\n{printed}");
    }
    assert_eq!(clone.git(&["status", "--porcelain"]), "");

    is_well_formed(&own, &programs);
    stops_at_the_first_todo(&client);
    fails_every_stage(&programs);

    // Only the last commit is judged, and changes after it are reported.
    fs::write(own.join("src/lib.rs"), "//! Not Rust yet.\nfn\n").unwrap();
    let (status, printed) = check();
    assert_eq!(status, Some(0), "{printed}");
    for phrase in [
        " are not committed. To judge these:\n    cargo build --bins --manifest-path /",
        "/Cargo.toml && cargo xtask check my-own --bin-dir /",
    ] {
        assert!(printed.contains(phrase), "no {phrase:?} in:\n{printed}");
    }
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
    let (status, printed) = check();
    assert_eq!(status, Some(1), "{printed}");
    assert!(
        printed.contains("The last commit of my-own does not compile.")
            && printed.contains(" Broken\n"),
        "{printed}"
    );
}

/// Checks that the skeleton is formatted, without warnings of clippy, with a complete lock file,
/// and that a build leaves nothing behind in it.
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

/// Runs the judge of this tree on the skeleton's programs.
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
    assert_eq!((unwritten, first, listen), (14, 4, 10), "{report}");
    assert!(report.contains("\n0 of 14 stages passed."), "{report}");
    assert!(
        report.contains("\nNext: cargo xtask check my-own --bin-dir "),
        "{report}"
    );
}
