//! Validation of stub zones: off, unless the settings ask for it.

use std::net::{IpAddr, SocketAddr};

use dnsparse::{Edns, RecordType};
use real_servers::{RunningServer, free_address, nsd, require_programs};

use crate::configuration::ConfigFile;
use crate::root_zone::signed;
use crate::server::{Server, query};

const ROOT: &str = "\
$TTL 3600
. SOA a.root. mail. 7 1d 2h 4w 5m
. NS a.root.
a.root. A 127.0.0.9
";
const CORP: &str = "$TTL 60\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 127.0.0.7\nwww A 10.7.7.7\nalias CNAME nas.home.arpa.\n";
/// Local names, some of which are aliases of names in stub zones.
const LOCAL: &str = "local = { records = [\"nas.home.arpa. A 10.0.0.1\", \"signed.home.arpa. CNAME www.corp.\", \"bogus.home.arpa. CNAME www.stripped.\"] }";

/// A signed root zone, and a server of its own for zones that the root zone has DS records of, or
/// denies.
struct Signed {
    file: ConfigFile,
    port: u16,
    _servers: [RunningServer; 2],
}

impl Signed {
    fn start() -> Signed {
        let folder = tempfile::tempdir().unwrap();
        let (corp, ds) = signed(folder.path(), "corp", CORP);
        let stripped = ds.replacen("corp.", "stripped.", 1);
        let root = format!("{ROOT}corp. NS ns.corp.\nstripped. NS ns.corp.\n{ds}\n{stripped}\n");
        let (root, anchor) = signed(folder.path(), ".", &root);
        let port = free_address().port();
        let at = |ip: &str| SocketAddr::new(ip.parse::<IpAddr>().unwrap(), port);
        let own = [("corp", &*corp), ("stripped", CORP), ("lan", CORP)];
        let file = ConfigFile::new("");
        file.beside("hints", ". 3600 NS a.root.\na.root. 3600 A 127.0.0.9\n");
        file.beside("anchor", &anchor);
        Signed {
            file,
            port,
            _servers: [
                nsd(at("127.0.0.9"), &[(".", &root)]),
                nsd(at("127.0.0.7"), &own),
            ],
        }
    }

    fn configure(&self, validate: &str) {
        let port = self.port;
        let stub = |zone| {
            format!("[[stub]]\nzone = \"{zone}\"\nservers = [\"127.0.0.7:{port}\"]\n{validate}\n")
        };
        let stubs = ["corp", "stripped", "lan"].map(stub).concat();
        self.file.write(&format!(
            "root-hints = \"hints\"\ntrust-anchor = \"anchor\"\nupstream-port = {port}\n{LOCAL}\n{stubs}"
        ));
    }
}

/// Returns the RCODEs and AD bits of the three zones.
fn ask(server: &Server) -> [String; 3] {
    ask_for(server, ["www.corp", "www.stripped", "www.lan"])
}

/// Returns the RCODEs and AD bits of names.
fn ask_for<const N: usize>(server: &Server, names: [&str; N]) -> [String; N] {
    names.map(|name| {
        let mut query = query(name, RecordType::A, None);
        query.edns = Some(Edns {
            do_bit: true,
            ..Edns::default()
        });
        let reply = server.udp(&query).0;
        let ad = if reply.header.ad { " AD" } else { "" };
        format!("{}{ad}", reply.rcode())
    })
}

#[test]
fn a_stub_zone_is_validated_if_the_settings_say_so() {
    if !require_programs(&["nsd", "ldns-keygen", "ldns-signzone"]) {
        return;
    }
    let signed = Signed::start();
    signed.configure("");
    let server = Server::start_outside(&["--config", signed.file.path()]);
    let exempt = ["NOERROR", "NOERROR", "NOERROR"];
    assert_eq!(ask(&server), exempt);
    let reload = |validate: &str| {
        signed.configure(validate);
        server.reload();
    };
    // Signed; without signatures, although it has a DS record; denied by the root zone.
    reload("validate = true");
    assert_eq!(ask(&server), ["NOERROR AD", "SERVFAIL", "SERVFAIL"]);
    // An answer that is local in part is validated in the others.
    let in_part = [
        "alias.corp",
        "signed.home.arpa",
        "alias.stripped",
        "bogus.home.arpa",
    ];
    let expected = ["NOERROR", "NOERROR", "SERVFAIL", "SERVFAIL"];
    assert_eq!(ask_for(&server, in_part), expected);
    reload("validate = false");
    assert_eq!(ask(&server), exempt);
}

#[test]
fn validation_without_trust_anchors_is_an_error() {
    let zone = "[[forward]]\nzone = \"corp\"\nservers = [\"127.0.0.7\"]\nvalidate = true\n";
    for (settings, expected) in [
        ("no-dnssec = true", "no-dnssec turns validation off"),
        (
            "root-hints = \"hints\"",
            "set trust-anchor to the keys of the root that root-hints names",
        ),
    ] {
        let file = ConfigFile::new(&format!("{settings}\n{zone}"));
        file.beside("hints", ". 3600 NS a.root.\na.root. 3600 A 127.0.0.9\n");
        let (status, _, errors) = file.run(&["--check-config"]);
        let expected = format!("the zone corp. cannot have validate = true: {expected}");
        assert!(errors.contains(&expected), "{status:?}: {errors}");
    }
}
