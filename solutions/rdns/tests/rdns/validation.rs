//! `rdns --lab` validates: the flags and the extended errors of its replies, over UDP.

use dnsparse::{DnsPacket, EdnsOption, RecordType};
use lab::signed::{CASES, Status};

use crate::configuration::ConfigFile;
use crate::server::{Server, query};

/// The flags of a query.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    ad: bool,
    cd: bool,
    dnssec_ok: bool,
}

const PLAIN: Flags = Flags {
    ad: false,
    cd: false,
    dnssec_ok: false,
};
const AD: Flags = Flags { ad: true, ..PLAIN };
const CD: Flags = Flags { cd: true, ..PLAIN };
const DO: Flags = Flags {
    dnssec_ok: true,
    ..PLAIN
};
const DO_CD: Flags = Flags { cd: true, ..DO };

/// Sends a query with these flags, over UDP.
fn reply(server: &Server, name: &str, rtype: RecordType, flags: Flags) -> DnsPacket {
    let mut query = query(name, rtype, Some(1_232));
    query.header.ad = flags.ad;
    query.header.cd = flags.cd;
    if let Some(edns) = &mut query.edns {
        edns.do_bit = flags.dnssec_ok;
    }
    server.udp(&query).0
}

/// Returns a reply as a line: RCODE, AD, CD, the types of the answer and of the authority section, and
/// the INFO-CODE.
fn line(reply: &DnsPacket) -> String {
    let mut words = vec![reply.rcode().to_string()];
    words.extend(reply.header.ad.then(|| "ad".to_owned()));
    words.extend(reply.header.cd.then(|| "cd".to_owned()));
    let sections = [
        ("answer", &reply.answers),
        ("authority", &reply.authorities),
    ];
    for (title, records) in sections {
        let types: Vec<_> = records.iter().map(|it| it.rtype().to_string()).collect();
        words.extend((!types.is_empty()).then(|| format!("{title} {}", types.join(" "))));
    }
    words.extend(info_codes(reply).iter().map(|code| format!("EDE {code}")));
    words.join(", ")
}

fn info_codes(reply: &DnsPacket) -> Vec<u16> {
    let options = reply.edns.iter().flat_map(|edns| &edns.options);
    let code = |option: &EdnsOption| match option {
        EdnsOption::ExtendedError(error) => Some(error.info_code),
        _ => None,
    };
    options.filter_map(code).collect()
}

#[test]
fn a_status_shows_in_the_flags_that_the_client_asks_for() {
    let server = Server::start_with(&[], "off");
    let mut table = Vec::new();
    for (name, rtype) in [
        ("www.dnssec.test", RecordType::A),
        ("nosuch.dnssec.test", RecordType::A),
        ("www.unsigned.dnssec.test", RecordType::A),
        ("www.corrupt.dnssec.test", RecordType::A),
    ] {
        for (title, flags) in [
            ("plain", PLAIN),
            ("AD", AD),
            ("CD", CD),
            ("DO", DO),
            ("DO and CD", DO_CD),
        ] {
            let reply = reply(&server, name, rtype, flags);
            table.push(format!("{name} {title}: {}", line(&reply)));
        }
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    www.dnssec.test plain: NOERROR, answer A
    www.dnssec.test AD: NOERROR, ad, answer A
    www.dnssec.test CD: NOERROR, cd, answer A
    www.dnssec.test DO: NOERROR, ad, answer A RRSIG
    www.dnssec.test DO and CD: NOERROR, ad, cd, answer A RRSIG
    nosuch.dnssec.test plain: NXDOMAIN, authority SOA
    nosuch.dnssec.test AD: NXDOMAIN, ad, authority SOA
    nosuch.dnssec.test CD: NXDOMAIN, cd, authority SOA
    nosuch.dnssec.test DO: NXDOMAIN, ad, authority SOA RRSIG NSEC RRSIG NSEC RRSIG
    nosuch.dnssec.test DO and CD: NXDOMAIN, ad, cd, authority SOA RRSIG NSEC RRSIG NSEC RRSIG
    www.unsigned.dnssec.test plain: NOERROR, answer A
    www.unsigned.dnssec.test AD: NOERROR, answer A
    www.unsigned.dnssec.test CD: NOERROR, cd, answer A
    www.unsigned.dnssec.test DO: NOERROR, answer A
    www.unsigned.dnssec.test DO and CD: NOERROR, cd, answer A
    www.corrupt.dnssec.test plain: SERVFAIL, EDE 6
    www.corrupt.dnssec.test AD: SERVFAIL, EDE 6
    www.corrupt.dnssec.test CD: NOERROR, cd, answer A, EDE 6
    www.corrupt.dnssec.test DO: SERVFAIL, EDE 6
    www.corrupt.dnssec.test DO and CD: NOERROR, cd, answer A RRSIG, EDE 6
    ");
}

#[test]
fn each_case_of_the_lab_has_its_status_over_udp() {
    let server = Server::start_with(&[], "off");
    let mut faults = Vec::new();
    for case in CASES {
        let reply = reply(&server, case.qname, case.qtype, DO);
        let found = match reply.rcode().to_string().as_str() {
            "SERVFAIL" if reply.answers.is_empty() => Status::Bogus,
            _ if reply.header.ad => Status::Secure,
            _ => Status::Insecure,
        };
        if found != case.status {
            let (qname, qtype, expected) = (case.qname, case.qtype, case.status);
            faults.push(format!(
                "{qname} {qtype}: {found:?} instead of {expected:?}: {}",
                line(&reply)
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{} of {} cases:\n{}",
        faults.len(),
        CASES.len(),
        faults.join("\n")
    );
}

#[test]
fn without_validation_bogus_data_is_an_answer() {
    let server = Server::start_with(&["--no-dnssec"], "off");
    let reply = reply(&server, "www.expired.dnssec.test", RecordType::A, DO);
    assert_eq!(line(&reply), "NOERROR, answer A", "with --no-dnssec");
}

#[test]
fn the_replies_that_clients_share_have_each_clients_flags() {
    let server = Server::start_with(&[], "off");
    let name = "www.csk.dnssec.test";
    let first = line(&reply(&server, name, RecordType::A, DO));
    assert_eq!(first, "NOERROR, ad, answer A RRSIG", "the first reply");
    for (flags, expected) in [
        (PLAIN, "NOERROR, answer A"),
        (AD, "NOERROR, ad, answer A"),
        (CD, "NOERROR, cd, answer A"),
        (DO, "NOERROR, ad, answer A RRSIG"),
    ] {
        let again = line(&reply(&server, name, RecordType::A, flags));
        assert_eq!(again, expected, "the cached reply to {flags:?}");
    }
}

/// A zone's mistake is found while the server runs, and a restart would lose the cache.
#[test]
#[cfg(unix)]
fn a_reload_changes_the_negative_trust_anchors_and_forgets_what_was_bogus() {
    let file = ConfigFile::new("lab = true\n");
    let server = Server::start_outside(&["--config", file.path()]);
    let statuses = || {
        let names = ["www.corrupt.dnssec.test", "www.expired.dnssec.test"];
        names.map(|name| line(&reply(&server, name, RecordType::A, AD)))
    };
    let expired = "SERVFAIL, EDE 7";
    let bogus = "SERVFAIL, EDE 6";
    assert_eq!(statuses(), [bogus, expired], "at the start");
    file.write("lab = true\nnegative-trust-anchor = [\"www.corrupt.dnssec.test@2099-12-31\"]\n");
    let log = server.reload();
    assert!(
        log.contains("not validated: www.corrupt.dnssec.test.@2099-12-31"),
        "{log}"
    );
    let excepted = "NOERROR, answer A, EDE 0";
    assert_eq!(statuses(), [excepted, expired], "with the anchor");
    file.write("lab = true\n");
    server.reload();
    assert_eq!(statuses(), [bogus, expired], "when it was removed");
}

/// A client that validates needs the signatures of each record that is not local.
#[test]
fn an_answer_that_is_local_in_part_has_the_signatures_and_proofs_of_the_rest() {
    let file = ConfigFile::new(
        "lab = true\n[local]\nrecords = [\"signed.home.arpa. CNAME www.dnssec.test.\", \"made.home.arpa. CNAME a.wild.dnssec.test.\", \"gone.home.arpa. CNAME nosuch.dnssec.test.\", \"bogus.home.arpa. CNAME www.corrupt.dnssec.test.\", \"www.nsec3.dnssec.test. A 10.0.0.1\"]\n",
    );
    let server = Server::start_outside(&["--config", file.path()]);
    let mut table = Vec::new();
    for (name, rtype, flags) in [
        ("signed.home.arpa", RecordType::A, DO),
        ("signed.home.arpa", RecordType::A, AD),
        ("www.old.dnssec.test", RecordType::A, DO),
        ("made.home.arpa", RecordType::TXT, DO),
        ("gone.home.arpa", RecordType::A, DO),
        ("bogus.home.arpa", RecordType::A, DO),
        ("bogus.home.arpa", RecordType::A, DO_CD),
    ] {
        let reply = reply(&server, name, rtype, flags);
        table.push(format!("{name} {rtype}: {}", line(&reply)));
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    signed.home.arpa A: NOERROR, answer CNAME A RRSIG
    signed.home.arpa A: NOERROR, answer CNAME A
    www.old.dnssec.test A: NOERROR, answer DNAME CNAME A RRSIG
    made.home.arpa TXT: NOERROR, answer CNAME TXT RRSIG, authority NSEC RRSIG
    gone.home.arpa A: NXDOMAIN, answer CNAME, authority SOA RRSIG NSEC RRSIG NSEC RRSIG
    bogus.home.arpa A: SERVFAIL, EDE 6
    bogus.home.arpa A: NOERROR, cd, answer CNAME A RRSIG, EDE 6
    ");
}
