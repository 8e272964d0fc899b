//! A local copy of the root zone (RFC 8806), from nsd and from a file.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use dnsparse::{Edns, Rcode, RecordType};
use real_servers::{RunningServer, free_address, nsd, require_programs};

use crate::configuration::ConfigFile;
use crate::local::line;
use crate::server::{SOON, Server, query};

/// The address of nsd, with the root zone and the zone `public`.
const NSD: &str = "127.0.0.9";
/// An address without a server.
const NOTHING: &str = "127.0.0.66";

const ROOT: &str = "\
$TTL 3600
. SOA a.root. mail. 7 1d 2h 4w 5m
. NS a.root.
a.root. A 127.0.0.9
public. NS a.root.
";
const PUBLIC: &str = "$TTL 3600\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS a.root.\nwww A 192.0.2.80\n";

/// nsd, and the settings of `rdns`.
struct Root {
    port: u16,
    _nsd: RunningServer,
    file: ConfigFile,
}

impl Root {
    fn start(root: &str) -> Root {
        let port = free_address().port();
        let address = SocketAddr::new(NSD.parse::<IpAddr>().unwrap(), port);
        Root {
            port,
            _nsd: nsd(address, &[(".", root), ("public", PUBLIC)]),
            file: ConfigFile::new(""),
        }
    }

    /// Starts `rdns` with root hints that name this address. `NSD` in the settings stands for nsd's.
    fn rdns(&self, hints: &str, settings: &str) -> Server {
        let hints = format!(". 3600 NS hint.root.\nhint.root. 3600 A {hints}\n");
        self.file.beside("hints", &hints);
        let settings = settings.replace("NSD", &format!("{NSD}:{}", self.port));
        let port = self.port;
        self.file.write(&format!(
            "root-hints = \"hints\"\nupstream-port = {port}\n{settings}\n"
        ));
        Server::start_outside(&["--config", self.file.path()])
    }
}

/// Returns the next line of the log about the root zone.
#[track_caller]
fn logged(server: &Server) -> String {
    loop {
        let line = server.log.recv_timeout(SOON).expect("a line of the log");
        if let Some((_, text)) = line.split_once("root zone: ") {
            return text.to_owned();
        }
    }
}

/// Returns the RCODE and the addresses of a reply in a line, with `AD` behind them if that is set.
fn ask(server: &Server, name: &str) -> String {
    let mut query = query(name, RecordType::A, None);
    query.edns = Some(Edns {
        udp_size: 1_232,
        do_bit: true,
        ..Edns::default()
    });
    let reply = server.udp(&query).0;
    let addresses = reply.answers.iter().filter_map(|record| record.address());
    let mut words = vec![reply.rcode().to_string()];
    words.extend(addresses.map(|address| address.to_string()));
    words.extend(reply.header.ad.then(|| "AD".to_owned()));
    if reply.rcode() == Rcode::SERVFAIL {
        println!("{name}: {}", line(&reply));
    }
    words.join(" ")
}

#[test]
fn names_are_resolved_without_a_root_server() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let root = Root::start(ROOT);
    let without = root.rdns(NOTHING, "");
    assert_eq!(ask(&without, "www.public"), "SERVFAIL", "without a copy");
    let server = root.rdns(NOTHING, "root-zone = { transfer-from = [\"NSD\"] }");
    assert_eq!(logged(&server), "serial 7 is in use");
    assert_eq!(ask(&server, "www.public"), "NOERROR 192.0.2.80");
    assert_eq!(ask(&server, "www.nosuch"), "NXDOMAIN");
    drop(root);
    let got = ask(&server, "other.nosuch2");
    assert_eq!(
        got, "NXDOMAIN",
        "after the server that it came from has ended"
    );
}

#[test]
fn a_copy_is_kept_in_a_file() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let root = Root::start(ROOT);
    let settings = "root-zone = { file = \"root.zone\", transfer-from = [\"NSD\"] }";
    let first = root.rdns(NOTHING, settings);
    assert_eq!(logged(&first), "serial 7 is in use");
    drop(first);
    let path = root.file.folder.path().join("root.zone");
    let kept = fs::read_to_string(&path).expect("the file that was written");
    assert!(
        kept.contains("public.") && kept.matches("SOA").count() == 1,
        "{kept}"
    );
    let second = root.rdns(NOTHING, "root-zone = { file = \"root.zone\" }");
    assert_eq!(logged(&second), "serial 7 is in use");
    assert_eq!(ask(&second, "www.public"), "NOERROR 192.0.2.80");
}

#[test]
fn a_copy_that_is_wrong_or_too_old_is_not_used() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let root = Root::start(ROOT);
    let other = ROOT.replace("public. NS", "elsewhere. NS");
    let digest = format!("{other}. ZONEMD 7 1 1 {}\n", "00".repeat(48));
    let cases = [
        (digest.as_str(), "do not match its digest (ZONEMD)"),
        (other.as_str(), "serial 7 has expired"),
        (". 60 NS a.root.\n", "it has no SOA record of the root"),
    ];
    for (text, expected) in cases {
        root.file.beside("root.zone", text);
        let path = root.file.folder.path().join("root.zone");
        let file = fs::File::options().append(true).open(path).unwrap();
        let five_weeks = Duration::from_secs(5 * 7 * 86_400);
        file.set_modified(SystemTime::now() - five_weeks).unwrap();
        let server = root.rdns(NSD, "root-zone = { file = \"root.zone\" }");
        let got = logged(&server);
        assert!(got.contains(expected), "the log says: {got}\nfor\n{text}");
        assert_eq!(
            ask(&server, "www.public"),
            "NOERROR 192.0.2.80",
            "for\n{text}"
        );
    }
}

#[test]
fn check_config_reads_the_file() {
    let file = ConfigFile::new("root-zone = { file = \"root.zone\" }\n");
    file.beside("root.zone", ". 60 NS a.root.\n");
    let (status, _, text) = file.run(&["--check-config"]);
    let expected = "rdns: root.zone: it has no SOA record of the root\n";
    assert_eq!((status, text.as_str()), (Some(1), expected));
    // A copy that is not used is no error.
    file.write("root-zone = { file = \"root.zone\" }\nno-dnssec = true\n[[forward]]\nzone = \".\"\nservers = [\"192.0.2.1\"]\n");
    file.beside(
        "root.zone",
        ". 60 SOA a.root. mail. 7 1800 900 0 86400\n. 60 NS a.root.\na.root. 60 A 192.0.2.1\n",
    );
    let (status, _, text) = file.run(&["--check-config"]);
    let expected = "rdns: root-zone is not used: the zone . has servers in [[forward]] or [[stub]]\n\
        rdns: root-zone: serial 7 has expired: the root servers will be queried\n\
        rdns: the configuration is valid\n";
    assert_eq!((status, text.as_str()), (Some(0), expected));
}

/// Signs a zone with a digest; returns it, and the DS record of its key.
pub(crate) fn signed(folder: &Path, apex: &str, zone: &str) -> (String, String) {
    signed_with(&["-z", "simple:sha384"], folder, apex, zone)
}

/// Signs a zone with these options of ldns-signzone.
fn signed_with(options: &[&str], folder: &Path, apex: &str, zone: &str) -> (String, String) {
    let run = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        let output = command
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {output:?}"
        );
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let key = run("ldns-keygen", &["-k", "-a", "ECDSAP256SHA256", apex]);
    fs::write(folder.join("unsigned"), zone).unwrap();
    let files = ["-o", apex, "-f", "signed", "unsigned", &key];
    run("ldns-signzone", &[options, &files].concat());
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    (read("signed"), read(&format!("{key}.ds")))
}

#[test]
fn a_signed_copy_is_proved_and_its_answers_are_validated() {
    if !require_programs(&["nsd", "ldns-keygen", "ldns-signzone"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (zone, ds) = signed(folder.path(), ".", ROOT);
    let root = Root::start(&zone);
    let settings = "trust-anchor = \"anchor\"\nroot-zone = { file = \"root.zone\", transfer-from = [\"NSD\"] }";
    root.file.beside("anchor", &ds);
    let server = root.rdns(NOTHING, settings);
    assert_eq!(logged(&server), "serial 7 is in use");
    assert_eq!(ask(&server, "www.nosuch"), "NXDOMAIN AD");
    assert_eq!(ask(&server, "www.public"), "NOERROR 192.0.2.80");
    drop(server);
    // Addresses in the root zone have no signature of their own; the digest covers them.
    for (from, to, expected) in [
        ("127.0.0.9", NOTHING, "do not match its digest"),
        (
            "ZONEMD\t",
            "TYPE65300\t\\# 1 00 ;",
            "digest (ZONEMD) is missing",
        ),
    ] {
        let changed: Vec<_> = zone
            .lines()
            .filter(|line| to == NOTHING || !line.contains("RRSIG\tZONEMD"))
            .map(|line| line.replace(from, to))
            .collect();
        assert_ne!(changed.join("\n"), zone.trim_end(), "{from} is in the zone");
        root.file.beside("root.zone", &changed.join("\n"));
        let server = root.rdns(NSD, &settings.replace(", transfer-from = [\"NSD\"]", ""));
        let got = logged(&server);
        assert!(got.contains(expected), "the log says: {got}");
        assert_eq!(
            ask(&server, "www.nosuch"),
            "NXDOMAIN AD",
            "by the root server"
        );
    }
    for (words, expected) in [
        (&["ZONEMD", "NSEC"][..], "digest (ZONEMD) is missing"),
        (&["ZONEMD", "DNSKEY"], "it has no DNSKEY records"),
    ] {
        let is_removed =
            |line: &&str| line.starts_with('.') && words.iter().any(|it| line.contains(it));
        let changed: Vec<_> = zone.lines().filter(|line| !is_removed(line)).collect();
        let changed = changed.join("\n").replace("127.0.0.9", NOTHING);
        root.file.beside("root.zone", &changed);
        let server = root.rdns(NSD, &settings.replace(", transfer-from = [\"NSD\"]", ""));
        let got = logged(&server);
        assert!(got.contains(expected), "the log says: {got}");
    }
    let other_folder = tempfile::tempdir().unwrap();
    let (_, other) = signed(other_folder.path(), ".", ROOT);
    root.file.beside("anchor", &other);
    root.file.beside("root.zone", &zone);
    let server = root.rdns(NSD, settings);
    let got = logged(&server);
    assert!(
        got.contains("another root has other keys"),
        "the log says: {got}"
    );
}

/// With NSEC3, the record of the apex has to be found by its hash.
#[test]
fn a_signed_copy_without_a_digest_proves_that_there_is_none() {
    if !require_programs(&["nsd", "ldns-keygen", "ldns-signzone"]) {
        return;
    }
    for (options, line, expected) in [
        (&[][..], "", "serial 7 is in use"),
        (&["-n", "-s", "abcd", "-t", "3"], "", "serial 7 is in use"),
        (
            &["-n", "-s", "abcd", "-t", "3", "-z", "simple:sha384"],
            "ZONEMD",
            "digest (ZONEMD) is missing",
        ),
        (
            &["-n", "-s", "abcd"],
            "NSEC3PARAM",
            "digest (ZONEMD) is missing",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (zone, ds) = signed_with(options, folder.path(), ".", ROOT);
        let is_left = |it: &&str| line.is_empty() || !it.starts_with('.') || !it.contains(line);
        let zone: Vec<_> = zone.lines().filter(is_left).collect();
        let root = Root::start(ROOT);
        root.file.beside("anchor", &ds);
        root.file.beside("root.zone", &zone.join("\n"));
        let settings = "trust-anchor = \"anchor\"\nroot-zone = { file = \"root.zone\" }";
        let got = logged(&root.rdns(NSD, settings));
        assert!(got.contains(expected), "{options:?}: the log says: {got}");
    }
}
