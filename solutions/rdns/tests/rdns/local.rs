//! Hosts files, single records and local zones, before the lab's names.

use dnsparse::{DnsPacket, EdnsOption, RecordType};

use crate::configuration::ConfigFile;
use crate::server::{Server, query};

/// The reply to a question, in a line: RCODE, AA, the RDATA of the answer, and the extended error.
pub(crate) fn ask(server: &Server, name: &str, rtype: RecordType) -> String {
    line(&server.udp(&query(name, rtype, Some(1_232))).0)
}

pub(crate) fn line(reply: &DnsPacket) -> String {
    let mut words = vec![reply.rcode().to_string()];
    words.extend(reply.header.aa.then(|| "AA".to_owned()));
    words.extend(reply.answers.iter().map(|record| record.rdata.to_string()));
    for option in reply.edns.iter().flat_map(|edns| &edns.options) {
        if let EdnsOption::ExtendedError(error) = option {
            words.push(format!("[EDE {}: {}]", error.info_code, error.extra_text));
        }
    }
    words.join(" ")
}

/// Asks several questions, and compares the lines.
#[track_caller]
pub(crate) fn check(server: &Server, expected: &[(&str, RecordType, &str)]) {
    for (name, rtype, expected) in expected {
        let got = ask(server, name, *rtype);
        assert_eq!(got, *expected, "the reply to {name} {rtype}");
    }
}

const ZONE: &str = "$TTL 600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 192.168.1.1\nprinter A 192.168.1.20\nwww CNAME printer\nout CNAME www.google.com.\n*.dyn A 192.168.1.99\n";

fn house() -> ConfigFile {
    let file = ConfigFile::new(
        "[local]\nhosts = [\"hosts\"]\nrecords = [\"nas.home.arpa. A 192.168.1.10\", \"nas.home.arpa. 60 TXT \\\"the box\\\"\", \"cam.home.arpa. CNAME nas.home.arpa.\", \"web.home.arpa. CNAME www.google.com.\"]\nzones = [{ zone = \"lan\", file = \"lan.zone\" }]\n",
    );
    file.beside(
        "hosts",
        "127.0.0.1 localhost\n192.168.1.30 tv.home.arpa tv # the screen\nfd00::30 tv.home.arpa\n",
    );
    file.beside("lan.zone", ZONE);
    file
}

#[test]
fn names_of_the_house_are_answered() {
    let file = house();
    let server = Server::start_with(&["--config", file.path()], "off");
    let (a, aaaa, txt, ptr) = (
        RecordType::A,
        RecordType::AAAA,
        RecordType::TXT,
        RecordType::PTR,
    );
    let google = ask(&server, "www.google.com", a);
    let google = google
        .strip_prefix("NOERROR ")
        .unwrap_or_else(|| panic!("{google}"));
    check(
        &server,
        &[
            ("nas.home.arpa", a, "NOERROR AA 192.168.1.10"),
            ("NAS.home.ARPA", txt, "NOERROR AA \"the box\""),
            ("nas.home.arpa", aaaa, "NOERROR AA"),
            ("cam.home.arpa", a, "NOERROR nas.home.arpa. 192.168.1.10"),
            (
                "cam.home.arpa",
                RecordType::CNAME,
                "NOERROR AA nas.home.arpa.",
            ),
            (
                "web.home.arpa",
                a,
                &format!("NOERROR www.google.com. {google}"),
            ),
            ("tv.home.arpa", a, "NOERROR AA 192.168.1.30"),
            ("tv.home.arpa", aaaa, "NOERROR AA fd00::30"),
            ("tv", a, "NOERROR AA 192.168.1.30"),
            ("30.1.168.192.in-addr.arpa", ptr, "NOERROR AA tv.home.arpa."),
            ("printer.lan", a, "NOERROR AA 192.168.1.20"),
            ("www.lan", a, "NOERROR printer.lan. 192.168.1.20"),
            ("out.lan", a, &format!("NOERROR www.google.com. {google}")),
            ("x.dyn.lan", a, "NOERROR AA 192.168.1.99"),
            ("nosuch.lan", a, "NXDOMAIN AA"),
            ("nosuch.lan", RecordType::ANY, "NXDOMAIN AA"),
            ("printer.lan", RecordType::ANY, "NOERROR \"RFC8482\" \"\""),
            ("printer.lan", RecordType::DS, "NOERROR AA"),
            // All other names are looked up as usual.
            ("nosuch.home.arpa", a, "NXDOMAIN AA"),
            ("31.1.168.192.in-addr.arpa", ptr, "NXDOMAIN AA"),
            // Special-use names stay so below a single name.
            ("x.nas.home.arpa", a, "NXDOMAIN AA"),
            ("x.30.1.168.192.in-addr.arpa", ptr, "NXDOMAIN AA"),
            ("x.localhost", a, "NOERROR AA 127.0.0.1"),
        ],
    );
    let (reply, _) = server.udp(&query("nosuch.lan", a, None));
    let soa: Vec<_> = reply.authorities.iter().map(|it| it.to_string()).collect();
    assert!(
        soa.len() == 1 && soa[0].starts_with("lan.\t300\tIN\tSOA\t"),
        "{soa:?}"
    );
}

/// The public DNS denies them, and a client may take that for a denial of all names below (RFC 8020).
#[test]
fn names_above_local_ones_exist() {
    let file = ConfigFile::new(
        "local = { records = [\"a.rack.home.arpa. A 192.168.1.11\", \"b.shelf.nosuch. A 192.168.1.12\", \"alias.home.arpa. CNAME shelf.nosuch.\"] }\n[[stub]]\nzone = \"corp.internal\"\nservers = [\"192.0.2.1\"]\n",
    );
    let server = Server::start_with(&["--config", file.path()], "off");
    let a = RecordType::A;
    check(
        &server,
        &[
            ("rack.home.arpa", a, "NOERROR AA"),
            ("a.rack.home.arpa", a, "NOERROR AA 192.168.1.11"),
            ("c.rack.home.arpa", a, "NXDOMAIN AA"),
            ("shelf.nosuch", a, "NOERROR"),
            ("nosuch", a, "NOERROR"),
            (
                "other.nosuch",
                a,
                "NXDOMAIN [EDE 29: from validated NSEC records]",
            ),
            ("alias.home.arpa", a, "NOERROR shelf.nosuch."),
        ],
    );
    let mut signed = query("shelf.nosuch", RecordType::TXT, Some(1_232));
    signed.header.ad = true;
    signed.edns.as_mut().unwrap().do_bit = true;
    let reply = server.udp(&signed).0;
    let authorities: Vec<_> = reply.authorities.iter().map(|it| it.rtype()).collect();
    let expected = (dnsparse::Rcode::NOERROR, false, vec![RecordType::SOA]);
    assert_eq!((reply.rcode(), reply.header.ad, authorities), expected);
}

/// The parent has the DS records of a zone: if that is a local zone, no query for them leaves this machine.
#[test]
fn zones_below_a_local_zone_have_no_ds_records() {
    let file = ConfigFile::new(
        "[local]\nzones = [{ zone = \"lan\", file = \"lan.zone\" }, { zone = \"sub.lan\", file = \"lan.zone\" }]\n[[stub]]\nzone = \"stub.lan\"\nservers = [\"192.0.2.1\"]\n",
    );
    file.beside("lan.zone", ZONE);
    let server = Server::start_with(&["--config", file.path()], "off");
    for name in ["sub.lan", "stub.lan"] {
        let reply = server.udp(&query(name, RecordType::DS, None)).0;
        let soa: Vec<_> = reply
            .authorities
            .iter()
            .map(|it| it.owner.to_string())
            .collect();
        assert_eq!(
            (line(&reply).as_str(), soa),
            ("NOERROR AA", vec!["lan.".to_owned()]),
            "{name}"
        );
    }
}

#[test]
fn local_files_are_read_again() {
    let file = house();
    let server = Server::start_with(&["--config", file.path()], "off");
    let tv = || ask(&server, "tv", RecordType::A);
    assert_eq!(tv(), "NOERROR AA 192.168.1.30");
    file.beside("hosts", "192.168.1.31 tv\n");
    assert_eq!(tv(), "NOERROR AA 192.168.1.30", "before the reload");
    server.reload();
    assert_eq!(tv(), "NOERROR AA 192.168.1.31", "after it");
}

#[test]
fn what_is_wrong_with_local_names_is_explained() {
    let file = ConfigFile::new("");
    for (text, expected) in [
        (
            "records = [\"nas.lan. 192.168.1.10\"]",
            "rdns.toml:2: 'nas.lan. 192.168.1.10' is not a record: ",
        ),
        (
            "records = [\n\"nas.lan. A 192.168.1.10\",\n\"*.lan. A 192.168.1.10\"]",
            "rdns.toml:4: '*.lan. A 192.168.1.10' is not a record: a wildcard is part of a zone",
        ),
        (
            "hosts = [\"hosts\"]",
            "hosts:2: 'nas.lan' is not an address: a line has one, then the names of its machine",
        ),
        (
            "zones = [{ zone = \"lan\", file = \"lan.zone\" }]",
            "lan.zone: sub.lan. is delegated to other servers: a local zone has all its names itself",
        ),
        (
            "zones = [{ zone = \"lan\", file = \"broken.zone\" }]",
            "broken.zone:2:3: 'SOAA' is not a record type",
        ),
        (
            "hosts = [\"wild.hosts\"]",
            "wild.hosts:1: '*.lan.' is no machine's name: a wildcard is part of a zone",
        ),
        (
            "records = [\"a.lan. CNAME b.lan.\", \"A.lan. A 192.0.2.1\"]",
            "a.lan. has, in the hosts files and records under [local], a CNAME record and others",
        ),
        (
            "records = [\"a.lan. CNAME b.lan.\", \"a.lan. CNAME c.lan.\"]",
            "a.lan. has, in the hosts files and records under [local], a CNAME record and others",
        ),
        (
            "hosts = [\"good.hosts\"]\nrecords = [\"nas.lan. CNAME b.lan.\"]",
            "nas.lan. has, in the hosts files and records under [local], a CNAME record and others",
        ),
        (
            "records = [\"a.lan. CNAME a.lan.\"]",
            "a.lan. has, in the hosts files and records under [local], a CNAME record that leads back to itself",
        ),
        (
            "records = [\"b.lan. CNAME c.lan.\", \"a.lan. CNAME b.lan.\", \"c.lan. CNAME b.lan.\"]",
            "a.lan. has, in the hosts files and records under [local], a CNAME record that leads back to itself",
        ),
        (
            "zones = [{ zone = \"lan\", file = \"good.zone\" }, { zone = \"LAN.\", file = \"good.zone\" }]",
            "the zone LAN. is under [local] twice: write all of its records into one file",
        ),
        (
            "zones = [{ zone = \"lan\", file = \"good.zone\" }]\n[[forward]]\nzone = \"lan\"\nservers = [\"192.0.2.1\"]",
            "the zone lan. is under [local], and has servers in [[forward]] or [[stub]]",
        ),
        (
            "zones = [{ zone = \"lan\" }]",
            "rdns.toml:2: missing key `file`",
        ),
        (
            "zones = [{ zone = \"lan\", path = \"x\" }]",
            "rdns.toml:2: there is no key 'path' here",
        ),
        (
            "zones = [{ zone = \"a..b\", file = \"x\" }]",
            "rdns.toml:2: 'a..b' is not a name: ",
        ),
    ] {
        file.write(&format!("[local]\n{text}\n"));
        file.beside("hosts", "192.0.2.1 router\nnas.lan 192.0.2.2\n");
        file.beside("lan.zone", &format!("{ZONE}sub NS ns\n"));
        file.beside("wild.hosts", "192.0.2.1 *.lan\n");
        file.beside("good.hosts", "192.0.2.1 nas.lan\n");
        file.beside("good.zone", ZONE);
        file.beside("broken.zone", "$TTL 60\n@ SOAA ns mail 1 1d 2h 4w 5m\n");
        let (status, _, got) = file.run(&["--check-config"]);
        let got = got.trim_start_matches("rdns: ");
        assert!(
            status == Some(1) && got.starts_with(expected),
            "{text}\n     got: {got}expected: {expected}"
        );
    }
}
