//! BIND's validator, delv, finds the status of each case that does not need a misbehaving server. It has
//! the clock of the machine, so the zones are signed for today. It sends its queries to the lab's
//! recursive resolver, which answers from the zones.
#![cfg(test)]

use std::net::SocketAddr;
use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use dnsparse::Rdata;
use lab::signed::{CASES, Case, Status, trust_anchor};
use lab::{Lab, LabBuilder, RESOLVER, Sockets};
use real_servers::{ServerFolder, command, free_address, require_programs};

/// The zones whose servers misbehave.
const MISBEHAVING: [&str; 6] = [
    "wildcard-no-proof.dnssec.test",
    "parent-nsec.dnssec.test",
    "no-ds-proof.dnssec.test",
    "expanded-nsec.dnssec.test",
    "no-denial.dnssec.test",
    "to-nothing.dnssec.test",
];

/// The names, or their zones, to which delv gives another status, with the reason.
const DIFFERENT: [(&str, Status); 5] = [
    // They are in a span that opts out, which forbids AD (RFC 5155 section 9.2). named knows that; delv
    // does not tell it.
    ("nosuch.opt-out.dnssec.test", Status::Secure),
    ("nosuch.net", Status::Secure),
    // Debian's BIND is older than RFC 9905.
    ("rsasha1.dnssec.test", Status::Secure),
    ("rsasha1-nsec3.dnssec.test", Status::Secure),
    // Since KeyTrap, BIND gives up after one key that did not make a signature.
    ("same-tag.dnssec.test", Status::Bogus),
];

#[test]
fn delv_finds_the_status_of_each_case() {
    if !require_programs(&["delv"]) {
        return;
    }
    let address = free_address();
    serve(&lab_of_today(), address);
    let folder = ServerFolder::new();
    let anchors = folder.write("anchors", &anchors());
    let mut wrong = Vec::new();
    for case in CASES {
        if MISBEHAVING.iter().any(|zone| case.qname.ends_with(zone)) {
            continue;
        }
        let (found, output) = delv(address, &anchors, case);
        let mut different = DIFFERENT.iter();
        let other = different.find(|(name, _)| case.qname.ends_with(name));
        let expected = other.map_or(case.status, |(_, status)| *status);
        if found != Some(expected) {
            wrong.push(format!(
                "{} {} ({}): expected {expected:?}: {output}",
                case.qname, case.qtype, case.reason
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Builds the signed lab with signatures that are valid now.
fn lab_of_today() -> Lab {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a time after 1970").as_secs();
    let files = signer::signed_files_at(now as u32).expect("the zones of the table are signed");
    let zones = files.iter().filter(|(file, _)| file != "root.anchor");
    let builder = zones.fold(LabBuilder::internet(), |builder, (_, text)| {
        builder.sign(text)
    });
    builder.build().expect("the lab is built")
}

/// Returns the trust anchor in BIND's form.
fn anchors() -> String {
    let anchor = |record: &dnsparse::Record| match &record.rdata {
        Rdata::Ds(ds) => format!(
            "trust-anchors {{ . static-ds {} {} {} \"{}\"; }};\n",
            ds.key_tag,
            ds.algorithm,
            ds.digest_type,
            ds.digest
                .iter()
                .map(|octet| format!("{octet:02X}"))
                .collect::<String>()
        ),
        other => panic!("{other} is no DS record"),
    };
    trust_anchor().iter().map(anchor).collect()
}

/// Serves the lab's recursive resolver until the process ends.
fn serve(lab: &Lab, address: SocketAddr) {
    let lab = lab.clone();
    let (ready, is_ready) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut sockets = Sockets::new();
            let bound = sockets.bind(RESOLVER, address).await;
            bound.unwrap_or_else(|error| panic!("{address}: {error}"));
            ready.send(()).expect("the test waits");
            sockets.serve(&lab, |_, _, _| ()).await;
        });
    });
    is_ready.recv().expect("the resolver is ready");
}

/// Runs delv. Returns the status that its comments tell, and its output.
fn delv(server: SocketAddr, anchors: &Path, case: &Case) -> (Option<Status>, String) {
    let output = command("delv")
        .arg(format!("@{}", server.ip()))
        .args(["-p", &server.port().to_string(), "+root=.", "-a"])
        .arg(anchors)
        .args([case.qname, &case.qtype.to_string()])
        .output()
        .expect("delv runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let has = |part: &str| text.contains(part);
    // "resolution failed: ncache" is how delv ends every negative answer.
    let has_failed = has("resolution failed") && !has("resolution failed: ncache");
    let status = match (has("fully validated"), has("unsigned answer")) {
        _ if has_failed => Some(Status::Bogus),
        (_, true) => Some(Status::Insecure),
        (true, false) => Some(Status::Secure),
        (false, false) => None,
    };
    (status, text)
}
