//! `rdns`, unbound and delv validate the same zones: signed by BIND's tools, and served by nsd, named
//! and knotd. The answers must have the same status, and the same records with their signatures.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use real_servers::namespace::{require_namespaces, run_ignored_test};
use real_servers::{
    RunningServer, ServerFolder, command, knot, named, nsd, require_programs, unbound_with,
};

use crate::rdns::HINTS;

/// The records of each zone. The servers of all zones are in `test`.
const RECORDS: &str = "\
$TTL 300
@        SOA   ns.test. mail.test. 1 3600 900 604800 60
@        NS    ns.test.
@        MX    10 www
www      A     192.0.2.1
*.wild   A     192.0.2.2
alias    CNAME www
away     CNAME www.plain.test.
expired  CNAME www.expired.test.
nowhere  CNAME nosuch
old      DNAME www.ecdsa.test.
toold    CNAME under.old
a.b.ent  TXT   \"below empty non-terminals\"
un       NS    ns.test.
";

/// The signed zones: name, algorithm, and further arguments of dnssec-signzone. `un` is an unsigned
/// zone below each.
const SIGNED: [(&str, &str, &[&str]); 9] = [
    ("ecdsa", "ECDSAP256SHA256", &[]),
    ("large", "ECDSAP384SHA384", &[]),
    ("edwards", "ED25519", &[]),
    ("rsa", "RSASHA256", &[]),
    ("hashed", "ECDSAP256SHA256", &["-3", "aabbccdd", "-H", "1"]),
    ("optout", "ECDSAP256SHA256", &["-3", "-", "-H", "0", "-A"]),
    (
        "expired",
        "ECDSAP256SHA256",
        &["-s", "20240101000000", "-e", "20240201000000"],
    ),
    (
        "future",
        "ECDSAP256SHA256",
        &["-s", "20500101000000", "-e", "20510101000000"],
    ),
    ("wrongds", "ECDSAP256SHA256", &[]),
];

/// The address of named.
const NAMED: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 1, 3)), 53);

/// The zones of which delv validates all names, too. (It calls absences secure that an opt-out record
/// proves, against RFC 5155 section 9.2.)
const DELV: [&str; 4] = ["ecdsa.", "hashed.", "expired.", "plain."];

/// The names that are asked for in each zone, with their types.
const NAMES: [(&str, &str); 17] = [
    ("www", "A"),
    ("www", "AAAA"),
    ("nosuch", "A"),
    ("x.y.nosuch", "A"),
    ("any.wild", "A"),
    ("any.wild", "AAAA"),
    ("wild", "A"),
    ("b.ent", "A"),
    ("alias", "A"),
    ("away", "A"),
    ("expired", "A"),
    ("nowhere", "A"),
    ("toold", "A"),
    ("", "MX"),
    ("", "DNSKEY"),
    ("un", "DS"),
    ("www.un", "A"),
];

#[test]
fn rdns_validates_as_unbound_and_delv_do() {
    let programs = [
        "delv",
        "dig",
        "dnssec-keygen",
        "dnssec-signzone",
        "knotd",
        "named",
        "nsd",
        "unbound",
    ];
    if require_programs(&programs) && require_namespaces() {
        // named listens only on addresses that an interface has.
        run_ignored_test("validation::three_validators_agree", &[NAMED.ip()]);
    }
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn three_validators_agree() {
    let folder = ServerFolder::new();
    let signer = Signer(folder.path());
    let zones = signer.zones();
    let _servers = serve(&zones);
    let at = |last: u8| SocketAddr::from(([127, 0, 2, last], 53));
    let anchor = signer.0.join("dsset-.");
    let unbound = unbound_with(
        at(2),
        HINTS,
        &format!(
            "module-config: \"validator iterator\"\n  trust-anchor-file: \"{}\"\n  local-zone: \"test.\" nodefault\n",
            anchor.display()
        ),
    );
    let ours = rdns(at(1), &anchor);
    let mut wrong = Vec::new();
    let zones = SIGNED.iter().map(|(zone, ..)| *zone).chain(["plain"]);
    let names =
        zones.flat_map(|zone| NAMES.map(|(name, rtype)| (format!("{name}.{zone}.test"), rtype)));
    let top = [
        (".", "SOA"),
        ("nosuch", "A"),
        ("test", "DS"),
        ("nosuch.test", "A"),
    ];
    let top = top.map(|(name, rtype)| (name.to_owned(), rtype));
    for (name, rtype) in names.chain(top) {
        let name = name.trim_start_matches('.');
        let name = if name.is_empty() { "." } else { name };
        let theirs = reply(unbound.address, name, rtype, &["+dnssec"]);
        for flags in [&["+dnssec"][..], &["+noadflag"], &["+dnssec", "+cd"]] {
            let [ours, theirs] =
                [&ours, &unbound].map(|server| reply(server.address, name, rtype, flags));
            if ours != theirs {
                let flags = flags.join(" ");
                wrong.push(format!(
                    "{name} {rtype} {flags}\n  rdns    {ours}\n  unbound {theirs}"
                ));
            }
        }
        if !DELV.iter().any(|zone| name.contains(zone)) {
            continue;
        }
        let status = match () {
            () if theirs.contains(" ad]") => "fully validated",
            () if theirs.starts_with("SERVFAIL") => "failed",
            () => "unsigned answer",
        };
        let found = signer.delv(ours.address, name, rtype);
        let is_secure = !found.contains("unsigned answer");
        if !found.contains(status) || is_secure != (status != "unsigned answer") {
            wrong.push(format!(
                "{name} {rtype}: delv finds '{found}' in the replies of rdns, and unbound '{status}'"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} answers differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// The folder in which zones are signed.
struct Signer<'f>(&'f Path);

impl Signer<'_> {
    /// Makes all zones: their names and texts.
    fn zones(&self) -> Vec<(String, String)> {
        let mut test = "$TTL 300\n@ SOA ns mail 1 3600 900 604800 60\n@ NS ns\n\
                        ns A 127.0.1.2\nns A 127.0.1.3\nns A 127.0.1.4\nplain NS ns\n"
            .to_owned();
        let mut zones = vec![("plain.test".to_owned(), RECORDS.to_owned())];
        for (name, algorithm, arguments) in SIGNED {
            let origin = format!("{name}.test");
            zones.push((format!("un.{origin}"), RECORDS.to_owned()));
            zones.push((
                origin.clone(),
                self.sign(&origin, RECORDS, algorithm, arguments),
            ));
            test.push_str(&format!("{name} NS ns\n"));
            match name {
                "wrongds" => test.push_str(&format!("{name} DS 12345 13 2 {}\n", "ab".repeat(32))),
                _ => test.push_str(&self.ds_set(&origin)),
            }
        }
        zones.push(("un.plain.test".to_owned(), RECORDS.to_owned()));
        let test = self.sign("test", &test, "ECDSAP256SHA256", &[]);
        zones.push(("test".to_owned(), test));
        let root = format!(
            "$TTL 300\n@ SOA a.root. mail.test. 1 3600 900 604800 60\n@ NS a.root.\n\
             a.root. A 127.0.1.1\ntest. NS ns.test.\nns.test. A 127.0.1.2\nns.test. A 127.0.1.3\n\
             ns.test. A 127.0.1.4\n{}",
            self.ds_set("test")
        );
        zones.push((
            ".".to_owned(),
            self.sign(".", &root, "ECDSAP256SHA256", &[]),
        ));
        zones
    }

    /// Signs a zone, with a key for the zone and one for its keys.
    fn sign(&self, origin: &str, text: &str, algorithm: &str, arguments: &[&str]) -> String {
        for more in [&[][..], &["-f", "KSK"]] {
            let fixed = ["-a", algorithm, "-n", "ZONE"];
            let fixed = if algorithm == "RSASHA256" {
                [&fixed[..], &["-b", "2048"]].concat()
            } else {
                fixed.to_vec()
            };
            self.run("dnssec-keygen", &[&fixed, more, &[origin]].concat());
        }
        fs::write(self.0.join("unsigned"), text).expect("the folder is writable");
        let fixed = ["-P", "-Q", "-S", "-x", "-o", origin, "-f", "signed"];
        self.run(
            "dnssec-signzone",
            &[&fixed, arguments, &["unsigned"]].concat(),
        );
        fs::read_to_string(self.0.join("signed")).expect("dnssec-signzone writes the zone")
    }

    /// Returns the DS records of a signed zone.
    fn ds_set(&self, origin: &str) -> String {
        let file = self
            .0
            .join(format!("dsset-{}.", origin.trim_end_matches('.')));
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let output = command(program)
            .args(arguments)
            .current_dir(self.0)
            .output();
        let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(
            output.status.success(),
            "{program} {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Returns the status that delv finds for an answer that it gets from a server.
    fn delv(&self, server: SocketAddr, name: &str, rtype: &str) -> String {
        let ds = self.ds_set(".");
        let fields: Vec<&str> = ds.split_whitespace().collect();
        let [_, _, _, tag, algorithm, digest_type, digest @ ..] = fields.as_slice() else {
            panic!("a DS record is expected: {ds}");
        };
        let digest = digest.concat();
        let anchors = format!(
            "trust-anchors {{ . static-ds {tag} {algorithm} {digest_type} \"{digest}\"; }};\n"
        );
        fs::write(self.0.join("anchors"), anchors).expect("the folder is writable");
        let server = format!("@{}", server.ip());
        let output = command("delv")
            .args([&server, "-a", "anchors", "+root=.", "-q", name, "-t", rtype])
            .current_dir(self.0)
            .output()
            .expect("delv starts");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        // An answer of several RRsets has a line for each.
        let statuses: Vec<&str> = text.lines().filter(|line| line.starts_with("; ")).collect();
        match statuses.is_empty() {
            true => text.lines().next().unwrap_or_default().to_owned(),
            false => statuses.join(" "),
        }
    }
}

/// Serves the root from nsd, and all other zones from nsd, named and knotd at the same time.
fn serve(zones: &[(String, String)]) -> Vec<RunningServer> {
    let texts = |is_root: bool| -> Vec<(&str, &str)> {
        let zones = zones
            .iter()
            .filter(|(origin, _)| (origin == ".") == is_root);
        zones
            .map(|(origin, text)| (origin.as_str(), text.as_str()))
            .collect()
    };
    let at = |last: u8| SocketAddr::from(([127, 0, 1, last], 53));
    vec![
        nsd(at(1), &texts(true)),
        nsd(at(2), &texts(false)),
        named(NAMED, &texts(false)),
        knot(at(4), &texts(false)),
    ]
}

fn rdns(address: SocketAddr, anchor: &Path) -> RunningServer {
    let folder = ServerFolder::new();
    let hints = folder.write("root.hints", HINTS);
    let arguments = [
        format!("--listen={address}"),
        format!("--root-hints={}", hints.display()),
        format!("--trust-anchor={}", anchor.display()),
    ];
    folder
        .start(env!("CARGO_BIN_EXE_rdns"), arguments, address)
        .wait_until_ready(".")
}

/// Returns the RCODE of a reply, its flags, whether it has an extended error, and its answer section
/// without TTLs.
fn reply(server: SocketAddr, name: &str, rtype: &str, flags: &[&str]) -> String {
    let output = command("dig")
        .arg(format!("@{}", server.ip()))
        .args([name, rtype, "+tries=1", "+timeout=10"])
        .args(flags)
        .output()
        .expect("dig starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let between = |from: &str, to: &str| {
        let rest = text.split_once(from).map(|(_, rest)| rest);
        rest.and_then(|rest| rest.split_once(to))
            .map_or("", |(found, _)| found)
    };
    let records = text
        .lines()
        .skip_while(|line| !line.starts_with(";; ANSWER"));
    let records = records.skip(1).take_while(|line| !line.is_empty());
    let records: BTreeSet<String> = records
        .map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            [&words[..1], &words[2..]].concat().join(" ").to_lowercase()
        })
        .collect();
    let records: Vec<String> = records.into_iter().collect();
    format!(
        "{} [{}] {}",
        between("status: ", ","),
        between(";; flags: ", ";"),
        records.join(", ")
    )
}
