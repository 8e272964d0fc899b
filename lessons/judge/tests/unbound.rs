//! The judge on unbound, a resolver in wide use: if unbound fails a stage of the server, the judge
//! is wrong.
//!
//! unbound queries port 53 and no other, which only an administrator may bind. So the judge and
//! unbound run in a network namespace, which also has an address that is not loopback: from there a
//! client that must be refused sends its query.

#![cfg(test)]

use std::net::{IpAddr, Ipv4Addr};

use real_servers::namespace::{self, require_namespaces};
use real_servers::require_programs;
use real_servers::resolvers::unbound_configuration;
use tempfile::TempDir;

const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 53, 0, 1));

/// Returns a command line for the judge that writes unbound's configuration into the folder and
/// starts unbound, with further lines for the `server:` section.
fn unbound_command(folder: &TempDir, more: &str) -> String {
    let path = folder.path().display();
    let more = format!("root-hints: \"@HINTS@\"\n  minimal-responses: yes\n  {more}");
    let template = unbound_configuration("@HOST@", "@PORT@", &path, &more);
    std::fs::write(folder.path().join("template"), template).unwrap();
    format!(
        "sh -c 'sed \"s|@HOST@|$0|; s|@PORT@|$1|; s|@HINTS@|$2|\" {path}/template >{path}/$1.conf && \
         PATH=$PATH:/usr/sbin exec unbound -d -c {path}/$1.conf' {{listen-host}} {{listen-port}} {{hints}}"
    )
}

/// Runs the judge on unbound; returns its exit status and report, or nothing where a program is
/// missing.
fn judge(more: &str, arguments: &[&str]) -> Option<(Option<i32>, String)> {
    if !require_programs(&["unbound"]) || !require_namespaces() {
        return None;
    }
    let folder = TempDir::new().unwrap();
    let output = namespace::command(env!("CARGO_BIN_EXE_judge"), &[STRANGER])
        .args(["--upstream-port", "53"])
        .args(["--stranger", &STRANGER.to_string()])
        .args(["--server", &unbound_command(&folder, more)])
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some((output.status.code(), text))
}

/// Returns a command line for the judge that starts unbound as a validator.
fn validator_command(folder: &TempDir) -> String {
    let path = folder.path().display();
    let more = "root-hints: \"@HINTS@\"\n  minimal-responses: yes\n  module-config: \"validator iterator\"\n  \
                trust-anchor-file: \"@ANCHOR@\"\n  ede: yes\n  ";
    let template = unbound_configuration("@HOST@", "@PORT@", &path, more);
    std::fs::write(folder.path().join("validator"), template).unwrap();
    format!(
        "sh -c 'sed \"s|@HOST@|$0|; s|@PORT@|$1|; s|@HINTS@|$2|; s|@ANCHOR@|$3|\" {path}/validator >{path}/$1.conf && \
         PATH=$PATH:/usr/sbin exec unbound -d -c {path}/$1.conf' {{listen-host}} {{listen-port}} {{hints}} {{anchor}}"
    )
}

#[test]
fn unbound_passes_every_stage_of_the_validator() {
    if !require_programs(&["unbound"]) || !require_namespaces() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let output = namespace::command(env!("CARGO_BIN_EXE_judge"), &[])
        .args(["--upstream-port", "53"])
        .args(["--validator", &validator_command(&folder)])
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert!(report.contains("5 of 5 stages passed"), "{report}");
}

#[test]
fn unbound_passes_every_stage_of_the_server() {
    let Some((status, report)) = judge("", &[]) else {
        return;
    };
    assert_eq!(status, Some(0), "{report}");
    assert!(report.contains("10 of 10 stages passed"), "{report}");
}

#[test]
fn an_open_resolver_fails_the_stage_refuses() {
    let open = "access-control: 0.0.0.0/0 allow";
    let Some((status, report)) = judge(open, &["--stage", "refuses"]) else {
        return;
    };
    assert_eq!(status, Some(1), "{report}");
    assert!(
        report.contains("rule      a client outside the local networks is refused"),
        "{report}"
    );
    assert!(report.contains("see       RFC 5358 section 4"), "{report}");
}
