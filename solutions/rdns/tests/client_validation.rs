//! The program `client` and DNSSEC: `--validate`, `--trace`, `--dnssec` and `--cd`, in the signed lab.
#![cfg(test)]

use clap::Parser;
use lab::signed::{CASES, Case, Status};
use programs::client::{Arguments, Client};

/// Runs the client in the lab, in this process and on a paused clock, and returns its output; without
/// what differs in each run.
async fn in_lab(arguments: &[&str]) -> String {
    let all = [&["client", "--lab"], arguments].concat();
    let arguments = Arguments::try_parse_from(all).unwrap_or_else(|error| panic!("{error}"));
    let client = Client::new(&arguments).unwrap();
    let mut text = String::new();
    for request in arguments.requests() {
        let shown = match request {
            Ok(request) => client.ask(&request).await,
            Err(error) => Err(error),
        };
        text += &shown.unwrap_or_else(|error| panic!("{arguments:?}: {error}"));
    }
    let lines = text.lines().filter(|line| !line.contains("Query time"));
    let without_id = |line: &str| match line.split_once(", id: ") {
        Some((before, _)) => before.to_owned(),
        None => line.to_owned(),
    };
    lines.map(without_id).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn validate_shows_the_chain_of_a_secure_answer() {
    insta::assert_snapshot!(in_lab(&["--query", "www.dnssec.test", "--validate"]).await, @r"
      + . DNSKEY: 2 keys
      + test. DS: signed by .
      + test. DNSKEY: 2 keys
      + dnssec.test. DS: signed by test.
      + dnssec.test. DNSKEY: 2 keys
      + www.dnssec.test. A: signed by dnssec.test.

    ;; Validation: secure

    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
    ;; flags: qr rd ra ad; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

    ;; ANSWER SECTION:
    www.dnssec.test.        3600    IN      A       198.18.33.80
    ");
}

#[tokio::test(start_paused = true)]
async fn validate_shows_the_chain_of_a_secure_absence() {
    insta::assert_snapshot!(in_lab(&["--query", "nosuch.nsec3.dnssec.test", "--validate"]).await, @r"
      + . DNSKEY: 2 keys
      + test. DS: signed by .
      + test. DNSKEY: 2 keys
      + dnssec.test. DS: signed by test.
      + dnssec.test. DNSKEY: 2 keys
      + nsec3.dnssec.test. DS: signed by dnssec.test.
      + nsec3.dnssec.test. DNSKEY: 1 key
      + nosuch.nsec3.dnssec.test. A: no such name in nsec3.dnssec.test.

    ;; Validation: secure

    ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN
    ;; flags: qr rd ra ad; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 0

    ;; AUTHORITY SECTION:
    nsec3.dnssec.test.      300     IN      SOA     ns.invalid. mail.invalid. 1 1800 900 604800 300
    ");
}

#[tokio::test(start_paused = true)]
async fn validate_shows_where_a_chain_ends() {
    insta::assert_snapshot!(in_lab(&["--query", "www.google.com", "--validate"]).await, @r"
      + . DNSKEY: 2 keys
      + com. DS: signed by .
      + com. DNSKEY: 2 keys
      - google.com. DS: insecure, it has no DS record

    ;; Validation: insecure: google.com.: it has no DS record

    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
    ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0

    ;; ANSWER SECTION:
    www.google.com.         300     IN      A       142.250.74.36
    ");
}

#[tokio::test(start_paused = true)]
async fn validate_shows_the_broken_link_of_a_bogus_answer() {
    insta::assert_snapshot!(in_lab(&["--query", "www.expired.dnssec.test", "--validate"]).await, @r"
      + . DNSKEY: 2 keys
      + test. DS: signed by .
      + test. DNSKEY: 2 keys
      + dnssec.test. DS: signed by test.
      + dnssec.test. DNSKEY: 2 keys
      + expired.dnssec.test. DS: signed by dnssec.test.
      ! expired.dnssec.test. DNSKEY: bogus, no signature holds: it has expired

    ;; Validation: bogus: expired.dnssec.test. DNSKEY: no signature holds: it has expired

    ;; ->>HEADER<<- opcode: QUERY, status: SERVFAIL
    ;; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0
    ");
}

#[tokio::test(start_paused = true)]
async fn with_cd_bogus_data_is_shown_too() {
    insta::assert_snapshot!(in_lab(&["--query", "www.corrupt.dnssec.test", "--validate", "--cd", "--dnssec"]).await, @r"
      + . DNSKEY: 2 keys
      + test. DS: signed by .
      + test. DNSKEY: 2 keys
      + dnssec.test. DS: signed by test.
      + dnssec.test. DNSKEY: 2 keys
      + corrupt.dnssec.test. DS: signed by dnssec.test.
      + corrupt.dnssec.test. DNSKEY: 1 key
      ! www.corrupt.dnssec.test. A: bogus, no signature holds: the signature does not match the key and the records

    ;; Validation: bogus: www.corrupt.dnssec.test. A: no signature holds: the signature does not match the key and the records

    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
    ;; flags: qr rd ra cd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0

    ;; ANSWER SECTION:
    www.corrupt.dnssec.test. 3600    IN      A       198.18.33.80
    www.corrupt.dnssec.test. 3600    IN      RRSIG   A 13 4 3600 20260201000000 20260101000000 34648 corrupt.dnssec.test. MOlJUCIQY1FPYCZGrFb7A7sbaP384fBQx3SvKsEPOigiaeOTUg8M1+Kkbyh21M9W4qoGlrf07jiqbsM28LgxWw==
    ");
}

#[tokio::test(start_paused = true)]
async fn trace_shows_the_walk_and_then_the_chain() {
    insta::assert_snapshot!(in_lab(&["--query", "www.corrupt.dnssec.test", "--trace"]).await, @r"
    www.corrupt.dnssec.test. A
      .  198.41.0.4 says: ask the servers of test.
      test.  198.18.0.1 says: ask the servers of dnssec.test.
      dnssec.test.  198.18.33.1 says: ask the servers of corrupt.dnssec.test.
      corrupt.dnssec.test.  198.18.33.2 says: 198.18.33.80

    ;; Chain of trust:
      + . DNSKEY: 2 keys
      + test. DS: signed by .
      + test. DNSKEY: 2 keys
      + dnssec.test. DS: signed by test.
      + dnssec.test. DNSKEY: 2 keys
      + corrupt.dnssec.test. DS: signed by dnssec.test.
      + corrupt.dnssec.test. DNSKEY: 1 key
      ! www.corrupt.dnssec.test. A: bogus, no signature holds: the signature does not match the key and the records

    ;; Validation: bogus: www.corrupt.dnssec.test. A: no signature holds: the signature does not match the key and the records

    ;; ->>HEADER<<- opcode: QUERY, status: SERVFAIL
    ;; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0
    ");
}

#[tokio::test(start_paused = true)]
async fn trace_with_validate_shows_the_queries_for_keys_too() {
    let text = in_lab(&["--query", "www.dnssec.test", "--trace", "--validate"]).await;
    let steps = [
        "www.dnssec.test. A\n",
        " says: 198.18.33.80\n",
        "\n. DNSKEY\n",
        "  + . DNSKEY: 2 keys\n",
        "\ntest. DNSKEY\n",
        "  + www.dnssec.test. A: signed by dnssec.test.\n",
        ";; Validation: secure\n",
    ];
    let mut rest = text.as_str();
    for step in steps {
        let at = rest.find(step);
        let at = at.unwrap_or_else(|| panic!("no '{step}' in the rest of:\n{text}"));
        rest = &rest[at..];
    }
}

#[tokio::test(start_paused = true)]
async fn dnssec_asks_the_server_for_signatures() {
    insta::assert_snapshot!(in_lab(&["--query", "www.dnssec.test", "--dnssec"]).await, @r"
    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
    ;; flags: qr rd ra ad; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1

    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 0, flags: do; udp: 1232

    ;; QUESTION SECTION:
    ;www.dnssec.test.               IN      A

    ;; ANSWER SECTION:
    www.dnssec.test.        3600    IN      A       198.18.33.80
    www.dnssec.test.        3600    IN      RRSIG   A 13 3 3600 20260201000000 20260101000000 24398 dnssec.test. d7YZIziXRTGOxEVacNoaonVsUWDp187FXPRBro3fZ6tU7eWSqDCUoGxxJ6zTX5tmpvcyRSPrSZ/TB4F4fz52HA==

    ;; SERVER: 192.0.2.53#53 (UDP)
    ;; MSG SIZE  rcvd: 167
    ");
    let plain = in_lab(&["--query", "www.dnssec.test"]).await;
    assert!(!plain.contains("RRSIG"), "without --dnssec:\n{plain}");
}

#[tokio::test(start_paused = true)]
async fn a_bogus_answer_is_servfail_with_its_reason_and_data_with_cd() {
    let name = "www.expired.dnssec.test";
    insta::assert_snapshot!(in_lab(&["--query", name]).await, @r"
    ;; ->>HEADER<<- opcode: QUERY, status: SERVFAIL
    ;; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1

    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 0, flags:; udp: 1232
    ; EDE: 7 (Signature Expired): (bogus: expired.dnssec.test. DNSKEY: no signature holds: it has expired)

    ;; QUESTION SECTION:
    ;www.expired.dnssec.test.       IN      A

    ;; SERVER: 192.0.2.53#53 (UDP)
    ;; MSG SIZE  rcvd: 128
    ");
    insta::assert_snapshot!(in_lab(&["--query", name, "--cd"]).await, @r"
    ;; ->>HEADER<<- opcode: QUERY, status: NOERROR
    ;; flags: qr rd ra cd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1

    ;; OPT PSEUDOSECTION:
    ; EDNS: version: 0, flags:; udp: 1232
    ; EDE: 7 (Signature Expired): (bogus: expired.dnssec.test. DNSKEY: no signature holds: it has expired)

    ;; QUESTION SECTION:
    ;www.expired.dnssec.test.       IN      A

    ;; ANSWER SECTION:
    www.expired.dnssec.test. 3600    IN      A       198.18.33.80

    ;; SERVER: 192.0.2.53#53 (UDP)
    ;; MSG SIZE  rcvd: 144
    ");
}

/// The reason for each kind of fault, as `--validate` shows it, and the extended error in the reply of
/// the lab's resolver.
#[tokio::test(start_paused = true)]
async fn each_kind_of_bogus_answer_has_its_reason() {
    let names = [
        "www.expired.dnssec.test",
        "www.not-yet-valid.dnssec.test",
        "www.wrong-ds.dnssec.test",
        "www.absent-key.dnssec.test",
        "www.downgraded.dnssec.test",
        "www.no-rrsig.dnssec.test",
        "www.corrupt.dnssec.test",
        "www.unsigned-keys.dnssec.test",
        "www.wrong-signer.dnssec.test",
        "www.no-zone-bit.dnssec.test",
        "www.revoked.dnssec.test",
        "echo.gap.dnssec.test",
        "nosuch.parent-nsec.dnssec.test",
        "www.child.no-ds-proof.dnssec.test",
        "to-expired.dnssec.test",
    ];
    let mut lines = Vec::new();
    for name in names {
        let validated = in_lab(&["--query", name, "--validate"]).await;
        let status = marked(&validated, ";; Validation: ");
        let error = marked(&in_lab(&["--query", name]).await, "; EDE: ");
        let error = error.split(": (").next().unwrap_or_default().to_owned();
        lines.push(format!("{name}\n  {status}\n  {error}"));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    www.expired.dnssec.test
      bogus: expired.dnssec.test. DNSKEY: no signature holds: it has expired
      7 (Signature Expired)
    www.not-yet-valid.dnssec.test
      bogus: not-yet-valid.dnssec.test. DNSKEY: no signature holds: it is not valid yet
      8 (Signature Not Yet Valid)
    www.wrong-ds.dnssec.test
      bogus: wrong-ds.dnssec.test. DNSKEY: no key of the zone matches its DS records
      9 (DNSKEY Missing)
    www.absent-key.dnssec.test
      bogus: absent-key.dnssec.test. DNSKEY: no key of the zone matches its DS records
      9 (DNSKEY Missing)
    www.downgraded.dnssec.test
      bogus: downgraded.dnssec.test. DNSKEY: no key of the zone matches its DS records
      9 (DNSKEY Missing)
    www.no-rrsig.dnssec.test
      bogus: www.no-rrsig.dnssec.test. DS: it has no signature
      10 (RRSIGs Missing)
    www.corrupt.dnssec.test
      bogus: www.corrupt.dnssec.test. A: no signature holds: the signature does not match the key and the records
      6 (DNSSEC Bogus)
    www.unsigned-keys.dnssec.test
      bogus: unsigned-keys.dnssec.test. DNSKEY: it has no signature
      10 (RRSIGs Missing)
    www.wrong-signer.dnssec.test
      bogus: www.wrong-signer.dnssec.test. A: no signature holds: the zone has no key with tag 31539
      9 (DNSKEY Missing)
    www.no-zone-bit.dnssec.test
      bogus: no-zone-bit.dnssec.test. DNSKEY: the key that matches the DS record is not a zone key
      11 (No Zone Key Bit Set)
    www.revoked.dnssec.test
      bogus: revoked.dnssec.test. DNSKEY: the key that matches the DS record is not a zone key
      11 (No Zone Key Bit Set)
    echo.gap.dnssec.test
      bogus: echo.gap.dnssec.test. A: nothing proves that it does not exist
      12 (NSEC Missing)
    nosuch.parent-nsec.dnssec.test
      bogus: nosuch.parent-nsec.dnssec.test. A: nothing proves that it does not exist
      12 (NSEC Missing)
    www.child.no-ds-proof.dnssec.test
      bogus: child.no-ds-proof.dnssec.test. DS: nothing proves that it does not exist
      12 (NSEC Missing)
    to-expired.dnssec.test
      bogus: expired.dnssec.test. DNSKEY: no signature holds: it has expired
      7 (Signature Expired)
    ");
}

/// Returns the first line that begins like this, without that beginning.
fn marked(text: &str, mark: &str) -> String {
    let found = text.lines().find_map(|line| line.strip_prefix(mark));
    found.map_or_else(|| format!("no line '{mark}' in: {text}"), str::to_owned)
}

/// Returns what is wrong with the marks in the chain and the flags of a case, if anything is.
async fn fault(case: &Case) -> Option<String> {
    let rtype = case.qtype.to_string();
    let text = in_lab(&["--query", case.qname, "--type", &rtype, "--validate"]).await;
    let has_mark = |mark: &str| text.lines().any(|line| line.starts_with(mark));
    let has_flag = text.contains("ra ad;");
    let is_right = match case.status {
        Status::Secure => has_flag && !has_mark("  ! ") && !has_mark("  - "),
        Status::Insecure => !has_flag && !has_mark("  ! ") && has_mark("  - "),
        Status::Bogus => !has_flag && has_mark("  ! ") && text.contains("SERVFAIL"),
    };
    (!is_right).then(|| format!("{} {rtype}, {:?}:\n{text}\n", case.qname, case.status))
}

#[tokio::test(start_paused = true)]
async fn validate_finds_the_status_of_each_case() {
    let mut faults = Vec::new();
    for case in CASES {
        faults.extend(fault(case).await);
    }
    assert!(
        faults.is_empty(),
        "{} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn another_trust_anchor_makes_the_lab_bogus() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let path = folder.path().join("anchor");
    let anchor = format!(". DS 12345 13 2 {}\n", "ab".repeat(32));
    std::fs::write(&path, anchor).expect("the file is written");
    let path = path.to_str().expect("a path in UTF-8");
    for mode in ["--validate", "--trace"] {
        let text = in_lab(&["--query", "www.dnssec.test", mode, "--trust-anchor", path]).await;
        assert!(
            text.contains("  ! . DNSKEY: bogus, no key of the zone matches its DS records\n"),
            "{mode} with the digest of another key:\n{text}"
        );
    }
}
