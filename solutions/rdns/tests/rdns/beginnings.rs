//! How `rdns` starts, and its errors when it cannot.

use std::net::TcpListener;
use std::process::{Command, Output};

use crate::server::Server;

#[test]
fn a_second_server_does_not_share_the_port() {
    let server = Server::start();
    let address = server.address.to_string();
    let (status, text) = failure(&["--lab", "--listen", &address]);
    assert_eq!(status, Some(1));
    assert!(text.contains(&address), "{text}");
}

/// Runs `rdns`, which must fail; returns its exit status and standard error.
fn failure(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = Command::new(env!("CARGO_BIN_EXE_rdns"))
        .args(arguments)
        .output()
        .unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[test]
fn an_address_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let _holder = TcpListener::bind(taken).unwrap();
    let (status, text) = failure(&[
        "--lab",
        "--listen",
        "127.0.0.1:0",
        "--listen",
        &taken.to_string(),
    ]);
    assert_eq!(status, Some(1));
    assert!(
        text.starts_with(&format!("rdns: cannot listen on {taken}: "))
            && text.contains(": another program listens there: end it, or"),
        "{text}"
    );
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn an_address_of_another_machine_is_explained() {
    // An address of TEST-NET-1: no machine has it.
    let (status, text) = failure(&["--lab", "--listen", "192.0.2.1:0"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(
        text.starts_with("rdns: cannot listen on 192.0.2.1:0: ")
            && text.contains(": this machine does not have the address: "),
        "{text}"
    );
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    for argument in ["man", "--print-config"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rdns"))
            .arg(argument)
            .stdout(writer)
            .output()
            .expect("rdns starts");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && text.is_empty(),
            "rdns {argument} | true: {}\n{text}",
            output.status
        );
    }
}

#[test]
fn invalid_arguments_are_explained() {
    let (status, text) = failure(&["--lab", "--allow", "192.0.2.0/33"]);
    assert!(
        status == Some(2) && text.contains("such as 192.0.2.0/24"),
        "{text}"
    );
    let (status, text) = failure(&["--root-hints", "/no/such/file"]);
    assert!(
        status == Some(1)
            && text.starts_with("rdns: cannot read /no/such/file, the file of root-hints: "),
        "{text}"
    );
    assert_eq!(failure(&["--lab", "--upstream-port", "53"]).0, Some(2));
    assert_eq!(failure(&["--listen", "localhost"]).0, Some(2));
}

#[test]
fn a_file_of_settings_without_its_flag_is_explained() {
    for (arguments, tip) in [
        (&["rdns.toml"][..], "write '--config rdns.toml'"),
        (&["--lab", "/etc/rdns"], "write '--config /etc/rdns'"),
        (&["clt", "stats"], "a similar command exists: 'ctl'"),
    ] {
        let (status, text) = failure(arguments);
        assert!(
            status == Some(2) && text.lines().any(|line| line.ends_with(tip)),
            "{arguments:?}: {text}"
        );
    }
    let (_, text) = failure(&["serve"]);
    assert!(!text.contains("tip:"), "{text}");
}

#[test]
fn root_hints_need_a_server_with_an_address() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("hints");
    let hints = file.to_str().unwrap();
    std::fs::write(&file, ". 60 NS a.root.\n").unwrap();
    let (status, text) = failure(&["--root-hints", hints]);
    assert!(
        status == Some(1) && text.contains("names no root server with an address"),
        "{text}"
    );
    std::fs::write(&file, ". 60 NSS a.root.\n").unwrap();
    let (status, text) = failure(&["--root-hints", hints]);
    assert!(status == Some(1) && text.contains(":1:6: "), "{text}");
}
