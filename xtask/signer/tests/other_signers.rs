//! Zones of the lab that dnssec-signzone and ldns-signzone have signed are secure.
#![cfg(test)]

mod validator;

use std::fs;

use chain::TrustAnchors;
use crypto::Ring;
use dnsparse::RecordType;
use lab::signed::Status;
use lab::{Lab, LabBuilder};
use real_servers::{ServerFolder, command, require_programs};
use validator::status;

const INCEPTION: &str = "20260101000000";
const EXPIRATION: &str = "20260201000000";
const SERVER: &str = "192.0.2.1";

/// Questions to `example.com`: an answer, NXDOMAIN, NODATA at an empty non-terminal, NODATA, a
/// wildcard, NODATA at a wildcard, aliases, and names with all kinds of octets.
const QUESTIONS: [(&str, RecordType); 10] = [
    ("www.example.com", RecordType::A),
    ("nosuch.example.com", RecordType::A),
    ("deep.example.com", RecordType::A),
    ("www.example.com", RecordType::TXT),
    ("a.b.wild.example.com", RecordType::TXT),
    ("a.b.wild.example.com", RecordType::A),
    ("files.example.com", RecordType::A),
    ("example.com", RecordType::DNSKEY),
    ("huge.example.com", RecordType::TXT),
    ("octet\\255.example.com", RecordType::A),
];

#[test]
fn zones_of_dnssec_signzone_are_secure() {
    if require_programs(&["dnssec-keygen", "dnssec-signzone"]) {
        for denial in [
            &[][..],
            &["-3", "-", "-H", "0"],
            &["-3", "AABBCCDD", "-H", "5"],
        ] {
            for algorithm in ["ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519", "RSASHA256"] {
                prove(&|folder| bind(folder, algorithm, denial));
            }
        }
    }
}

#[test]
fn zones_of_ldns_signzone_are_secure() {
    if require_programs(&["ldns-keygen", "ldns-signzone"]) {
        for denial in [&[][..], &["-n"]] {
            for algorithm in ["ECDSAP256SHA256", "RSASHA512"] {
                prove(&|folder| ldns(folder, algorithm, denial));
            }
        }
    }
}

/// Signs example.com with another program, and validates answers from the result. `sign` returns the
/// key-signing key.
fn prove(sign: &dyn Fn(&ServerFolder) -> String) {
    let apex = "example.com.".parse().expect("a name");
    let zone = Lab::internet().zone(&apex).expect("a zone of the lab");
    let folder = ServerFolder::new();
    folder.write("plain", &zone.to_string());
    let key = sign(&folder);
    let signed = fs::read_to_string(folder.path().join("signed")).expect("the signed zone");
    let builder = LabBuilder::new().zone("example.com.", &signed);
    let lab = builder.server(SERVER, ["example.com."]).build();
    let lab = lab.expect("the lab reads the signed zone");
    let anchors = TrustAnchors::parse(&key, &Ring).expect("the key is a trust anchor");
    for (qname, qtype) in QUESTIONS {
        let (found, reason) = status(&lab, &anchors, qname, qtype);
        assert_eq!(found, Status::Secure, "{qname} {qtype}: {reason}\n{signed}");
    }
}

fn bind(folder: &ServerFolder, algorithm: &str, denial: &[&str]) -> String {
    let keygen = ["-q", "-a", algorithm];
    let size: &[&str] = if algorithm.starts_with("RSA") {
        &["-b", "2048"]
    } else {
        &[]
    };
    let ksk = [&keygen[..], size, &["-f", "KSK", "example.com"]].concat();
    let key = run(folder, "dnssec-keygen", &ksk);
    run(
        folder,
        "dnssec-keygen",
        &[&keygen[..], size, &["example.com"]].concat(),
    );
    let sign = [
        "-S",
        "-P",
        "-s",
        INCEPTION,
        "-e",
        EXPIRATION,
        "-o",
        "example.com",
    ];
    let files = ["-f", "signed", "plain"];
    run(
        folder,
        "dnssec-signzone",
        &[&sign[..], denial, &files].concat(),
    );
    read_key(folder, &key)
}

fn ldns(folder: &ServerFolder, algorithm: &str, denial: &[&str]) -> String {
    let keygen = ["-a", algorithm, "-b", "2048"];
    let key = run(
        folder,
        "ldns-keygen",
        &[&keygen[..], &["-k", "example.com"]].concat(),
    );
    let zsk = run(
        folder,
        "ldns-keygen",
        &[&keygen[..], &["example.com"]].concat(),
    );
    let sign = [
        "-i",
        INCEPTION,
        "-e",
        EXPIRATION,
        "-o",
        "example.com",
        "-f",
        "signed",
    ];
    let files = ["plain", &key, &zsk];
    run(
        folder,
        "ldns-signzone",
        &[&sign[..], denial, &files].concat(),
    );
    read_key(folder, &key)
}

/// Runs a program in the folder. Returns its output without the end of the line.
fn run(folder: &ServerFolder, program: &str, arguments: &[&str]) -> String {
    let output = command(program)
        .args(arguments)
        .current_dir(folder.path())
        .output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{program} {}: {errors}",
        arguments.join(" ")
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Reads the DNSKEY record of a key. It has no TTL.
fn read_key(folder: &ServerFolder, key: &str) -> String {
    let path = folder.path().join(format!("{key}.key"));
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    format!("$TTL 3600\n{text}")
}
