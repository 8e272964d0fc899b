//! The finished programs pass the judge that `cargo xtask check my-own` runs on a learner's own.
//!
//! One stage needs port 2053 of 127.0.0.1, which may be in use. Where network namespaces are
//! available, all stages run in one; elsewhere the stage leaves that port out.

#![cfg(test)]

use std::net::{IpAddr, Ipv4Addr, UdpSocket};

use judge::command::{CommandClient, CommandServer, Template};
use judge::report;
use judge::stages::STAGES;
use judge::subject::Subject;
use judge::trial::{Settings, Trial, addresses};
use real_servers::namespace::{require_namespaces, run_ignored_test};

/// An address that is not loopback, for a client that must be refused.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 53, 0, 1));

const CLIENT: &str = env!("CARGO_BIN_EXE_client");
const RDNS: &str = env!("CARGO_BIN_EXE_rdns");

#[test]
fn the_finished_programs_pass_every_stage() {
    if require_namespaces() {
        run_ignored_test("all_stages_in_a_namespace", &[STRANGER]);
    } else {
        all_stages(None, None);
    }
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
    let validating = format!("{with_listen} --trust-anchor {{anchor}}");
    let client = CommandClient(client.parse().unwrap());
    let server = CommandServer {
        with_listen: with_listen.parse().unwrap(),
        by_default,
        validating: Some(validating.parse().unwrap()),
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
        let mut trial = Trial::new(&subject, settings, stage.name);
        let result = (stage.run)(&mut trial);
        // Whatever the judge advises, the finished programs do.
        wrong.push_str(&report::advice(&trial.advice));
        if result.is_err() {
            wrong.push_str(&report::stage(number, &stage, &result));
        }
    }
    assert!(wrong.is_empty(), "seed {}\n{wrong}", settings.seed);
}
