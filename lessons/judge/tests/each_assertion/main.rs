//! Each assertion of each stage can fail: a minimal client and a minimal server pass every stage,
//! and with one fault they fail at the rule that it violates.

#![cfg(test)]

mod client_stages;
mod minimal;
mod server_stages;
mod validator_stages;

use std::thread;
use std::time::Duration;

use judge::outcome::StageError;
use judge::report;
use judge::stages::{About, STAGES, Stage};
use judge::subject::Subject;
use judge::trial::{Settings, Trial};
use minimal::client::ClientFault;
use minimal::server::ServerFault;

fn stage(name: &str) -> Stage {
    STAGES.into_iter().find(|stage| stage.name == name).unwrap()
}

fn settings() -> Settings {
    Settings {
        client_timeout: Duration::from_secs(4),
        load_seconds: 2,
        load_rate: 500,
        ..Settings::new(rand::random())
    }
}

/// Runs a stage on a client and a server with these faults.
fn run(
    name: &str,
    client_fault: Option<ClientFault>,
    fault: Option<ServerFault>,
) -> Result<(), StageError> {
    let client = minimal::client::MinimalClient(client_fault);
    let by_default = false;
    let server = minimal::server::MinimalServer { fault, by_default };
    let subject = Subject {
        client: Some(&client),
        server: Some(&server),
    };
    let settings = settings();
    let result = (stage(name).run)(&mut Trial::new(&subject, settings, name));
    if result.is_err() {
        eprintln!(
            "{client_fault:?} {fault:?}, seed {}\n{}",
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

/// A fault, the rule that the stage must report, and a phrase of the observed behaviour.
type Case<'c, T> = (T, &'c str, &'c str);

/// Runs a stage with each fault, and checks that it reports the rule and names the fact, with one
/// step marked in the drawing.
fn expect_rules<T: Copy + Send + Sync + std::fmt::Debug>(
    cases: &[Case<'_, T>],
    run: impl Fn(T) -> Result<(), StageError> + Sync,
) {
    let run = &run;
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|(fault, ..)| scope.spawn(move || run(*fault)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut wrong = String::new();
    for ((fault, rule, fact), result) in cases.iter().zip(results) {
        let Err(StageError::Failed(failure)) = result else {
            wrong.push_str(&format!("{fault:?}: {result:?}\n"));
            continue;
        };
        if failure.rule != *rule || !failure.got.contains(fact) {
            wrong.push_str(&format!(
                "{fault:?}: expected {rule:?} and {fact:?}, got {:?} and {:?}\n",
                failure.rule, failure.got
            ));
        }
        let text = report::failed(&failure);
        let marks = text.matches("  WRONG: ").count();
        let widest = text.lines().map(|line| line.chars().count()).max();
        if marks != 1 || widest > Some(360) {
            wrong.push_str(&format!(
                "{fault:?}: {marks} steps are marked, {widest:?} columns\n{text}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn client_faults(stage: &str, cases: &[Case<'_, ClientFault>]) {
    expect_rules(cases, |client_fault| run(stage, Some(client_fault), None));
}

fn server_faults(stage: &str, cases: &[Case<'_, ServerFault>]) {
    if require_addresses() {
        expect_rules(cases, |fault| run(stage, None, Some(fault)));
    }
}

#[test]
fn a_client_and_a_server_without_faults_pass_every_stage() {
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
