//! Forward and stub zones, with nsd and unbound behind them; and the protection against rebinding.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, RecordType};
use real_servers::{free_address, require_programs, unbound_with_stubs};

use crate::configuration::ConfigFile;
use crate::house::House;
use crate::local::{ask, check};
use crate::server::{SOON, Server, query};

const A: RecordType = RecordType::A;

/// Company and home are in no public zone: their names only exist at the company's server.
#[test]
fn a_stub_zone_is_resolved_from_its_own_servers() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let server = house.rdns(
        "[[stub]]\nzone = \"corp.example\"\nservers = [\"COMPANY\"]\n[[stub]]\nzone = \"home.arpa\"\nservers = [\"COMPANY\"]\n[[stub]]\nzone = \"lab.lan\"\nservers = [\"COMPANY\"]\n",
    );
    check(
        &server,
        &[
            // The public DNS denies the name above a stub zone: a client might take that for all names below.
            ("lan", A, "NOERROR"),
            ("router.lab.lan", A, "NOERROR 192.168.1.1"),
            ("www.corp.example", A, "NOERROR 192.168.7.7"),
            (
                "alias.corp.example",
                A,
                "NOERROR www.corp.example. 192.168.7.7",
            ),
            ("out.corp.example", A, "NOERROR www.public. 192.0.2.80"),
            ("nosuch.corp.example", A, "NXDOMAIN"),
            // Delegated by the stub zone.
            ("www.sub.corp.example", A, "NOERROR 192.168.7.9"),
            // An alias from outside leads into it.
            ("alias.public", A, "NOERROR nas.corp.example. 192.168.7.8"),
            // A zone that rdns answers itself, unless there are servers for it.
            ("router.home.arpa", A, "NOERROR 192.168.1.1"),
            ("www.public", A, "NOERROR 192.0.2.80"),
        ],
    );
}

#[test]
fn a_forward_zone_is_resolved_by_other_resolvers() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let house = House::start();
    let zones = ["corp.example", "public"];
    let unbound = unbound_with_stubs(free_address(), &zones, house.company.address);
    let forwarder = unbound.address;
    let server = house.rdns(&format!(
        "[[forward]]\nzone = \"corp.example\"\nservers = [\"{forwarder}\"]\n"
    ));
    check(
        &server,
        &[
            ("www.corp.example", A, "NOERROR 192.168.7.7"),
            (
                "alias.corp.example",
                A,
                "NOERROR www.corp.example. 192.168.7.7",
            ),
            // The forwarder is not believed about names of other zones: it has another address.
            ("out.corp.example", A, "NOERROR www.public. 192.0.2.80"),
            ("nosuch.corp.example", A, "NXDOMAIN"),
            ("www.corp.example", RecordType::TXT, "NOERROR"),
            ("alias.public", A, "NOERROR nas.corp.example. 192.168.7.8"),
            ("www.public", A, "NOERROR 192.0.2.80"),
        ],
    );
    let (reply, _) = server.udp(&query("www.corp.example", A, None));
    let ttl = reply.answers.first().map_or(0, |record| record.ttl);
    assert!(
        ttl > 60,
        "the forwarder is trusted, and its TTL is kept: {ttl}"
    );
    // Everything is forwarded, except what has servers of its own. (The forwarder does not know the
    // keys of the Internet's root.)
    let all = house.rdns_of_the_internet(&format!(
        "no-dnssec = true\n[[forward]]\nzone = \".\"\nservers = [\"{forwarder}\"]\n[[stub]]\nzone = \"public\"\nservers = [\"PUBLIC\"]\n"
    ));
    check(
        &all,
        &[
            ("www.corp.example", A, "NOERROR 192.168.7.7"),
            ("out.corp.example", A, "NOERROR www.public. 192.0.2.80"),
        ],
    );
}

/// One of two servers never replies: names are found in time all the same. Then the other one is
/// gone, too.
#[test]
fn a_server_that_is_silent_is_replaced_by_the_next() {
    if !require_programs(&["nsd", "unbound"]) {
        return;
    }
    let house = House::start();
    let unbound = unbound_with_stubs(free_address(), &["corp.example"], house.company.address);
    let silent = UdpSocket::bind("127.0.0.5:0").unwrap();
    let server = house.rdns(&format!(
        "[[forward]]\nzone = \"corp.example\"\nservers = [\"{}\", \"{}\"]\n",
        silent.local_addr().unwrap(),
        unbound.address
    ));
    for name in ["www.corp.example", "nas.corp.example", "alias.corp.example"] {
        let start = Instant::now();
        let got = ask(&server, name, A);
        assert!(
            got.starts_with("NOERROR ") && got.contains("192.168.7."),
            "{name}: {got}"
        );
        assert!(
            start.elapsed() < SOON / 3,
            "{name} took {:?}",
            start.elapsed()
        );
    }
    let address = unbound.address;
    drop(unbound);
    let got = ask(&server, "other.corp.example", A);
    assert!(
        got.starts_with("SERVFAIL [EDE 22: ") && got.contains(&address.ip().to_string()),
        "without any server: {got}"
    );
}

#[test]
fn a_reload_brings_and_removes_zones() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let server = house.rdns("");
    check(&server, &[("www.corp.example", A, "NXDOMAIN")]);
    let reload = |text: &str| {
        house.configure(text);
        server.reload();
    };
    reload("[[stub]]\nzone = \"corp.example\"\nservers = [\"COMPANY\"]\n");
    check(&server, &[("www.corp.example", A, "NOERROR 192.168.7.7")]);
    reload("");
    check(&server, &[("www.corp.example", A, "NXDOMAIN")]);
}

#[test]
fn private_addresses_are_removed_from_public_answers() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let stub = "[[stub]]\nzone = \"corp.example\"\nservers = [\"COMPANY\"]\n";
    let on = "[rebinding]\nprotect = true\nexcept = [\"inside.public\"]\n";
    let server = house.rdns(&format!("{stub}{on}"));
    let removed =
        "[EDE 15: private addresses were removed from this public answer (rebinding protection)]";
    check(
        &server,
        &[
            ("rebind.public", A, &format!("NOERROR {removed}")),
            ("both.public", A, &format!("NOERROR 192.0.2.81 {removed}")),
            (
                "hint.public",
                RecordType::HTTPS,
                &format!("NOERROR {removed}"),
            ),
            // The browser goes by the name of the question.
            (
                "alias.public",
                A,
                &format!("NOERROR nas.corp.example. {removed}"),
            ),
            ("inside.public", A, "NOERROR 10.0.0.1"),
            ("localhost", A, "NOERROR AA 127.0.0.1"),
            ("www.corp.example", A, "NOERROR 192.168.7.7"),
            ("www.public", A, "NOERROR 192.0.2.80"),
        ],
    );
    let off = house.rdns(stub);
    check(&off, &[("rebind.public", A, "NOERROR 192.168.1.1")]);
}

/// A forwarder for everything answers with public data: nothing there may have private addresses.
#[test]
fn a_forwarder_for_everything_is_no_exception_from_the_protection() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let removed =
        "[EDE 15: private addresses were removed from this public answer (rebinding protection)]";
    for kind in ["stub", "forward"] {
        let server = house.rdns(&format!(
            "no-dnssec = true\n[rebinding]\nprotect = true\n[[{kind}]]\nzone = \".\"\nservers = [\"PUBLIC\"]\n"
        ));
        let expected = format!("NOERROR {removed}");
        check(&server, &[("rebind.public", A, &expected)]);
    }
}

/// With a forwarder over TLS, priming would be the only query that leaves without it.
#[test]
fn no_root_server_is_queried_where_all_names_are_forwarded() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    let root = UdpSocket::bind(("127.0.0.66", house.port)).unwrap();
    let hints = ". 3600 NS hint.root.\nhint.root. 3600 A 127.0.0.66\n";
    house.file.beside("hints", hints);
    let forwards = "[[forward]]\nzone = \".\"\nservers = [\"COMPANY\"]\n";
    let server = house.rdns(&format!("no-dnssec = true\n{forwards}"));
    check(&server, &[("www.corp.example", A, "NOERROR 192.168.7.7")]);
    root.set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    let received = root.recv(&mut [0; 512]);
    assert!(received.is_err(), "a root server was queried");
    drop(server);
    root.set_read_timeout(Some(SOON)).unwrap();
    let _primed = house.rdns("no-dnssec = true\n");
    let received = root.recv(&mut [0; 512]);
    received.expect("a root server is queried where nothing is forwarded");
}

/// The closest zone counts, whether it is a local one or has servers of its own.
#[test]
fn a_zone_with_servers_below_a_local_zone() {
    if !require_programs(&["nsd"]) {
        return;
    }
    let house = House::start();
    house.file.beside(
        "lan.zone",
        "$TTL 60\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 192.168.1.2\n",
    );
    house.file.beside(
        "deep.zone",
        "$TTL 60\n@ SOA ns mail 1 1d 2h 4w 5m\n@ NS ns\nns A 192.168.1.3\n",
    );
    let server = house.rdns(
        "[local]\nzones = [{ zone = \"lan\", file = \"lan.zone\" }, { zone = \"deep.lab.lan\", file = \"deep.zone\" }]\n[[stub]]\nzone = \"lab.lan\"\nservers = [\"COMPANY\"]\n",
    );
    check(
        &server,
        &[
            ("ns.lan", A, "NOERROR AA 192.168.1.2"),
            ("nosuch.lan", A, "NXDOMAIN AA"),
            ("router.lab.lan", A, "NOERROR 192.168.1.1"),
            ("nosuch.lab.lan", A, "NXDOMAIN"),
            ("ns.deep.lab.lan", A, "NOERROR AA 192.168.1.3"),
        ],
    );
}

#[test]
fn what_is_wrong_with_a_zone_is_explained() {
    let file = crate::configuration::ConfigFile::new("");
    let zone = |servers: &str| format!("[[forward]]\nzone = \"lan\"\nservers = [{servers}]\n");
    for (text, expected) in [
        (
            zone("\"router\""),
            "rdns.toml:3: 'router' is not the address of a server: write an IP address",
        ),
        (zone(""), "rdns.toml:3: the list is empty"),
        (
            zone("\"127.0.0.1:2053\""),
            "the zone lan. has the server 127.0.0.1:2053, but that is this server itself",
        ),
        (
            zone("\"192.0.2.1\", \"192.0.2.1:5353\""),
            "the zone lan. has two servers at 192.0.2.1",
        ),
        (
            zone("\"192.0.2.1\"") + &zone("\"192.0.2.2\""),
            "the zone lan. is there twice",
        ),
        (
            "[[foward]]\nzone = \"lan\"\n".to_owned(),
            "rdns.toml:1: there is no key 'foward' here: did you mean 'forward'?",
        ),
    ] {
        file.write(&text);
        let (status, _, got) = file.run(&["--check-config"]);
        let got = got.trim_start_matches("rdns: ");
        assert!(
            status == Some(1) && got.starts_with(expected),
            "{text}\n     got: {got}expected: {expected}"
        );
    }
}

/// A forwarder that validates replies to a query without CD with SERVFAIL, if the answer is bogus: then
/// this server could neither send it to a client with CD, nor make an exception for it.
#[test]
fn queries_to_a_forwarder_have_cd_if_its_answers_are_validated_here() {
    for (settings, has_cd) in [
        ("[[forward]]\nzone = \".\"", true),
        ("[[forward]]\nzone = \"corp.example\"", false),
        (
            "[[forward]]\nvalidate = true\nzone = \"corp.example\"",
            true,
        ),
        ("no-dnssec = true\n[[forward]]\nzone = \".\"", false),
    ] {
        let forwarder = UdpSocket::bind("127.0.0.5:0").unwrap();
        forwarder.set_read_timeout(Some(SOON)).unwrap();
        let address = forwarder.local_addr().unwrap();
        let file = ConfigFile::new(&format!("{settings}\nservers = [\"{address}\"]\n"));
        let server = Server::start_outside(&["--config", file.path()]);
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        let message = query("www.corp.example", A, None).write().unwrap();
        client.send_to(&message, server.address).unwrap();
        let octets = &mut [0; 512];
        let (length, _) = forwarder.recv_from(octets).expect("a query is forwarded");
        let header = DnsPacket::parse(&octets[..length]).unwrap().header;
        let flags = (header.rd, header.cd);
        assert_eq!(flags, (true, has_cd), "RD and CD with {settings}");
    }
}
