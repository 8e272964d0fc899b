//! Each assertion of each stage can fail: a little client and a little server that are right pass everything; made wrong in one
//! point, they fail there.

#![cfg(test)]

mod little;
mod of_the_client;
mod of_the_server;

use std::thread;
use std::time::Duration;

use judge::outcome::Stop;
use judge::report;
use judge::stages::{About, STAGES, Stage};
use judge::subject::Subject;
use judge::trial::{Settings, Trial};
use little::client::Slip;
use little::server::Fault;

fn stage(name: &str) -> Stage {
    STAGES.into_iter().find(|stage| stage.name == name).unwrap()
}

fn settings() -> Settings {
    Settings {
        patience: Duration::from_secs(4),
        load_seconds: 2,
        load_rate: 500,
        ..Settings::new(rand::random())
    }
}

/// What a stage says to a client and a server.
fn run(name: &str, slip: Option<Slip>, fault: Option<Fault>) -> Result<(), Stop> {
    let client = little::client::Little(slip);
    let by_default = false;
    let server = little::server::Little { fault, by_default };
    let subject = Subject {
        client: Some(&client),
        server: Some(&server),
    };
    let settings = settings();
    let result = (stage(name).run)(&mut Trial::new(&subject, settings, name));
    if result.is_err() {
        eprintln!(
            "{slip:?} {fault:?}, seed {}\n{}",
            settings.seed,
            report::stage(0, &stage(name), &result)
        );
    }
    result
}

/// Returns whether loopback has all addresses of the judge's servers; if not, the test is skipped.
fn require_addresses() -> bool {
    let missing = judge::trial::addresses().find(|ip| std::net::UdpSocket::bind((*ip, 0)).is_err());
    if let Some(ip) = missing {
        real_servers::skip(&format!("this machine does not have the address {ip}"));
    }
    missing.is_none()
}

/// Each of these breaks this promise, and is told so.
fn break_promises<T: Copy + Send + Sync + std::fmt::Debug>(
    cases: &[(T, &str)],
    judged: impl Fn(T) -> Result<(), Stop> + Sync,
) {
    let judged = &judged;
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|(wrong, _)| scope.spawn(move || judged(*wrong)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for ((wrong, promise), result) in cases.iter().zip(results) {
        match result {
            Err(Stop::Failed(failure)) => assert_eq!(failure.promise, *promise, "{wrong:?}"),
            other => panic!("{wrong:?}: {other:?}"),
        }
    }
}

fn slips(stage: &str, cases: &[(Slip, &str)]) {
    break_promises(cases, |slip| run(stage, Some(slip), None));
}

fn faults(stage: &str, cases: &[(Fault, &str)]) {
    if require_addresses() {
        break_promises(cases, |fault| run(stage, None, Some(fault)));
    }
}

#[test]
fn a_client_and_a_server_that_are_right_pass_every_stage() {
    let has_addresses = require_addresses();
    thread::scope(|scope| {
        for stage in STAGES {
            if stage.about == About::Client || has_addresses {
                scope.spawn(move || {
                    assert_eq!(run(stage.name, None, None), Ok(()), "{}", stage.name)
                });
            }
        }
    });
}
