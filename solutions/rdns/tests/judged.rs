//! The finished programs before the judge: the same one that looks at a learner's own (`cargo xtask check my-own`).
//!
//! One stage is about port 2053 of 127.0.0.1, which somebody may be using. So where there are network namespaces, all of it takes place in
//! one; elsewhere that one port is left out.

#![cfg(test)]

use std::env;
use std::process::Command;

use judge::command::{CommandClient, CommandServer, Template};
use judge::report;
use judge::stages::STAGES;
use judge::subject::Subject;
use judge::trial::{Settings, Trial, addresses};

/// Stages for which `rdns` lacks a cache. They are left out until it has one.
const NOT_YET: [&str; 3] = ["caches", "absence", "load"];

const CLIENT: &str = env!("CARGO_BIN_EXE_client");
const RDNS: &str = env!("CARGO_BIN_EXE_rdns");

#[test]
fn the_finished_programs_pass_every_stage() {
    let in_a_namespace = Command::new("unshare")
        .args([
            "-Urn",
            "sh",
            "-c",
            "ip link set lo up && exec \"$0\" \"$@\"",
        ])
        .arg(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "before_the_judge", "--nocapture"])
        .output();
    match in_a_namespace {
        Ok(output) => {
            let said = [output.stdout, output.stderr].concat();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&said)
            );
        }
        Err(error) => {
            assert!(
                env::var("CI").as_deref() != Ok("true"),
                "unshare is needed where CI=true: {error}"
            );
            all_stages(None);
        }
    }
}

#[test]
#[ignore = "needs port 2053: the other test gives it a network of its own"]
fn before_the_judge() {
    let by_default = format!("'{RDNS}' --root-hints {{hints}} --upstream-port {{port}}");
    all_stages(Some(by_default.parse().unwrap()));
}

fn all_stages(by_default: Option<Template>) {
    if addresses().any(|ip| std::net::UdpSocket::bind((ip, 0)).is_err()) {
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
    let settings = Settings::new(rand::random());
    let mut wrong = String::new();
    let stages = (1..).zip(STAGES);
    for (number, stage) in stages.filter(|(_, stage)| !NOT_YET.contains(&stage.name)) {
        let result = (stage.run)(&mut Trial::new(&subject, settings, stage.name));
        if result.is_err() {
            wrong.push_str(&report::stage(number, &stage, &result));
        }
    }
    assert!(wrong.is_empty(), "seed {}\n{wrong}", settings.seed);
}
