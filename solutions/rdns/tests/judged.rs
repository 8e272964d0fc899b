//! The finished programs pass the judge that `cargo xtask check my-own` runs on a learner's own.
//!
//! One stage needs port 2053 of 127.0.0.1, which may be in use. Where network namespaces are
//! available, all stages run in one; elsewhere the stage leaves that port out.

#![cfg(test)]

use std::env;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Command;

use judge::command::{CommandClient, CommandServer, Template};
use judge::report;
use judge::stages::STAGES;
use judge::subject::Subject;
use judge::trial::{Settings, Trial, addresses};

/// An address that is not loopback, for a client that must be refused.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 53, 0, 1));

const CLIENT: &str = env!("CARGO_BIN_EXE_client");
const RDNS: &str = env!("CARGO_BIN_EXE_rdns");

#[test]
fn the_finished_programs_pass_every_stage() {
    if !has_namespaces() {
        return all_stages(None, None);
    }
    let prepare =
        format!("ip link set lo up && ip addr add {STRANGER}/32 dev lo && exec \"$0\" \"$@\"");
    let output = Command::new("unshare")
        .args(["-Urn", "sh", "-c", &prepare])
        .arg(env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "all_stages_in_a_namespace",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let printed = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&printed)
    );
}

/// Returns whether `unshare` can create a network namespace. (Some systems have the program and
/// forbid its use.)
fn has_namespaces() -> bool {
    let tried = Command::new("unshare")
        .args(["-Urn", "ip", "link", "set", "lo", "up"])
        .output();
    let can = tried.as_ref().is_ok_and(|output| output.status.success());
    assert!(
        can || env::var("CI").as_deref() != Ok("true"),
        "CI=true needs network namespaces: {tried:?}"
    );
    if !can {
        eprintln!(
            "network namespaces are not available: port 2053 and a client from another network are not tested"
        );
    }
    can
}

#[test]
#[ignore = "needs port 2053: the other test runs it in a network namespace"]
fn all_stages_in_a_namespace() {
    let by_default = format!("'{RDNS}' --root-hints {{hints}} --upstream-port {{port}}");
    all_stages(Some(by_default.parse().unwrap()), Some(STRANGER));
}

fn all_stages(by_default: Option<Template>, stranger: Option<IpAddr>) {
    if addresses().any(|ip| UdpSocket::bind((ip, 0)).is_err()) {
        eprintln!("skipped: the addresses of the judge's servers are not local to this machine");
        return;
    }
    let client = format!("'{CLIENT}' --server {{server}} --query {{name}} --type {{type}}");
    let with_listen =
        format!("'{RDNS}' --listen {{listen}} --root-hints {{hints}} --upstream-port {{port}}");
    let client = CommandClient(client.parse().unwrap());
    let server = CommandServer {
        told: with_listen.parse().unwrap(),
        by_default,
    };
    let subject = Subject {
        client: Some(&client),
        server: Some(&server),
    };
    let settings = Settings {
        stranger,
        ..Settings::new(rand::random())
    };
    let mut wrong = String::new();
    for (number, stage) in (1..).zip(STAGES) {
        let result = (stage.run)(&mut Trial::new(&subject, settings, stage.name));
        if result.is_err() {
            wrong.push_str(&report::stage(number, &stage, &result));
        }
    }
    assert!(wrong.is_empty(), "seed {}\n{wrong}", settings.seed);
}
