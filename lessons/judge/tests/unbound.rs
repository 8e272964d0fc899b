//! The judge against a resolver that half the world runs: unbound has to pass every stage of the server, or the judge is wrong.
//!
//! unbound asks other servers at port 53 and no other, which only an administrator may bind. So all of it takes place in a network
//! namespace of its own, where this test is its own administrator; and where it can add an address that is not loopback, too, to
//! see strangers refused.

#![cfg(test)]

use std::env;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const STRANGER: &str = "10.53.0.1";

/// Whether all programs are there; says so where one is not.
fn installed(programs: &[&str]) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .collect();
    let is_there = |program: &str| folders.iter().any(|folder| folder.join(program).is_file());
    let missing: Vec<_> = programs
        .iter()
        .filter(|program| !is_there(program))
        .collect();
    assert!(
        missing.is_empty() || env::var("CI").as_deref() != Ok("true"),
        "{missing:?} must be installed where CI=true"
    );
    if !missing.is_empty() {
        eprintln!("skipped: {missing:?} not installed");
    }
    missing.is_empty()
}

/// Whether a network namespace can be had here; says so where not. (Some systems have the program and forbid its use.)
fn has_namespaces() -> bool {
    let tried = Command::new("unshare")
        .args(["-Urn", "ip", "link", "set", "lo", "up"])
        .output();
    let can = tried.as_ref().is_ok_and(|output| output.status.success());
    assert!(
        can || env::var("CI").as_deref() != Ok("true"),
        "network namespaces are needed where CI=true: {tried:?}"
    );
    if !can {
        eprintln!("skipped: no network namespace can be had here");
    }
    can
}

/// Exit status and report of the judge on unbound.
fn judge(more: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = TempDir::new().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/unbound.sh");
    let server = format!(
        "sh '{}' '{}' {{listen-host}} {{listen-port}} {{hints}} '{more}'",
        script.display(),
        folder.path().display()
    );
    let prepare =
        format!("ip link set lo up && ip addr add {STRANGER}/32 dev lo && exec \"$0\" \"$@\"");
    let output = Command::new("unshare")
        .args(["-Urn", "sh", "-c", &prepare, env!("CARGO_BIN_EXE_judge")])
        .args([
            "--upstream-port",
            "53",
            "--stranger",
            STRANGER,
            "--server",
            &server,
        ])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    (output.status.code(), text)
}

#[test]
fn unbound_passes_every_stage_of_the_server() {
    if installed(&["ip", "unbound", "unshare"]) && has_namespaces() {
        let (status, report) = judge("", &[]);
        assert_eq!(status, Some(0), "{report}");
        assert!(report.contains("9 of 9 stages passed"), "{report}");
    }
}

#[test]
fn a_server_that_is_open_to_all_is_found_out() {
    if installed(&["ip", "unbound", "unshare"]) && has_namespaces() {
        let (status, report) = judge("access-control: 0.0.0.0/0 allow", &["--stage", "refuses"]);
        assert_eq!(status, Some(1), "{report}");
        assert!(
            report.contains("promise   strangers are not served"),
            "{report}"
        );
        assert!(report.contains("see       RFC 5358 section 4"), "{report}");
    }
}
