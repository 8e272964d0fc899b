//! The finished programs before the judge: the same one that looks at a learner's own (`cargo xtask check my-own`).
//!
//! One stage is about port 2053 of 127.0.0.1, which somebody may be using. So where there are network namespaces, all of it takes place in
//! one; elsewhere that one port is left out.

#![cfg(test)]

use std::env;
use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Command;

use judge::command::{CommandClient, CommandServer, Template};
use judge::report;
use judge::stages::STAGES;
use judge::subject::Subject;
use judge::trial::{Settings, Trial, addresses};

/// An address that is not loopback: from there a stranger asks.
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
        .args(["--ignored", "--exact", "before_the_judge", "--nocapture"])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
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
        eprintln!("without port 2053 and without a stranger: no network namespace can be had here");
    }
    can
}

#[test]
#[ignore = "needs port 2053: the other test gives it a network of its own"]
fn before_the_judge() {
    let by_default = format!("'{RDNS}' --root-hints {{hints}} --upstream-port {{port}}");
    all_stages(Some(by_default.parse().unwrap()), Some(STRANGER));
}

fn all_stages(by_default: Option<Template>, stranger: Option<IpAddr>) {
    if addresses().any(|ip| UdpSocket::bind((ip, 0)).is_err()) {
        eprintln!("skipped: this machine does not have the addresses of the judge's servers");
        return;
    }
    let client = format!("'{CLIENT}' --server {{server}} --query {{name}} --type {{type}}");
    let told =
        format!("'{RDNS}' --listen {{listen}} --root-hints {{hints}} --upstream-port {{port}}");
    let client = CommandClient(client.parse().unwrap());
    let server = CommandServer {
        told: told.parse().unwrap(),
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
