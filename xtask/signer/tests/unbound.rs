//! Unbound, with the lab's trust anchor and at the lab's time, finds the status of each case of the
//! signed lab. Its servers listen at their own addresses, in a network namespace.
#![cfg(test)]

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::thread;
use std::time::Duration;

use dnsparse::{DnsPacket, Edns, Rcode};
use lab::signed::{CASES, Case, NOW, Status, trust_anchor};
use lab::{Lab, Sockets};
use real_servers::{free_address, namespace, require_programs, unbound_with};

/// The names, or their zones, to which unbound gives another status, with the reason.
const DIFFERENT: [(&str, Status); 3] = [
    // It uses a revoked key. RFC 5011 section 2.1 does not allow that, and BIND does not do it.
    ("www.revoked.dnssec.test", Status::Secure),
    // Debian's unbound is older than RFC 9905.
    ("rsasha1.dnssec.test", Status::Secure),
    ("rsasha1-nsec3.dnssec.test", Status::Secure),
];

#[test]
fn unbound_finds_the_status_of_each_case() {
    if require_programs(&["unbound"]) && namespace::require_namespaces() {
        let hosts = Lab::signed_internet().hosts();
        let addresses: Vec<IpAddr> = hosts.iter().map(|host| host.address.ip()).collect();
        namespace::run_ignored_test("in_a_namespace", &addresses);
    }
}

#[test]
#[ignore = "the test above runs it in a network namespace"]
fn in_a_namespace() {
    let lab = Lab::signed_internet();
    serve(&lab);
    let address = free_address();
    let server = unbound_with(address, &hints(&lab), &configuration());
    let mut wrong = Vec::new();
    for case in CASES {
        let found = resolve(address, case);
        let other = DIFFERENT
            .iter()
            .find(|(name, _)| case.qname.ends_with(name));
        let expected = other.map_or(case.status, |(_, status)| *status);
        if found != Some(expected) {
            wrong.push(format!(
                "{} {} ({}): {found:?}, expected {:?}",
                case.qname, case.qtype, case.reason, expected
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n{}", wrong.join("\n"), server.log());
}

/// Makes unbound a validator at the lab's time.
fn configuration() -> String {
    let anchors = trust_anchor();
    let anchors = anchors.iter().map(|record| {
        format!(
            "trust-anchor: \"{}\"",
            record.to_string().replace('\t', " ")
        )
    });
    let lines = [
        "module-config: \"validator iterator\"".to_owned(),
        // Unbound answers test. by itself: it is a special-use name (RFC 6761 section 6.2).
        "local-zone: \"test.\" nodefault".to_owned(),
        format!("val-override-date: \"{}\"", date(NOW)),
        "val-log-level: 2".to_owned(),
    ];
    lines
        .into_iter()
        .chain(anchors)
        .collect::<Vec<_>>()
        .join("\n  ")
}

/// Returns a time as signatures show it: `20260115120000`.
fn date(seconds: u32) -> String {
    let text = format!("A 13 2 0 {seconds} {seconds} 1 . AA==");
    let rdata = dnsparse::Rdata::from_text(dnsparse::RecordType::RRSIG, &text);
    let shown = rdata.expect("RDATA of a signature").to_string();
    let date = shown.split(' ').nth(4);
    date.expect("the fifth field is the expiration").to_owned()
}

fn hints(lab: &Lab) -> String {
    let mut text = String::new();
    for (server, addresses) in lab.root_hints() {
        text += &format!(". 3600000 NS {server}\n");
        for address in addresses {
            let rtype = if address.is_ipv4() { "A" } else { "AAAA" };
            text += &format!("{server} 3600000 {rtype} {address}\n");
        }
    }
    text
}

/// Serves a lab until the process ends, and routes all other addresses to nowhere.
fn serve(lab: &Lab) {
    for family in ["-4", "-6"] {
        let route = ["route", "replace", "default", "dev", "lo"];
        let status = Command::new("ip").arg(family).args(route).status();
        assert!(
            status.is_ok_and(|it| it.success()),
            "no default route can be added"
        );
    }
    let lab = lab.clone();
    let (ready, is_ready) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut sockets = Sockets::new();
            for host in lab.hosts() {
                let bound = sockets.bind(host.address, host.address).await;
                bound.unwrap_or_else(|error| panic!("{}: {error}", host.address));
            }
            ready.send(()).expect("the test waits");
            sockets.serve(&lab, |_, _, _| ()).await;
        });
    });
    is_ready.recv().expect("the servers are ready");
}

/// Sends the question of a case with DO. Returns the status that the reply shows; none if there is no
/// reply in ten seconds.
fn resolve(server: SocketAddr, case: &Case) -> Option<Status> {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(server).expect("an address of loopback");
    let timeout = Some(Duration::from_secs(10));
    socket.set_read_timeout(timeout).expect("a timeout");
    let qname = case.qname.parse().expect("the name of a case");
    let mut query = DnsPacket::query(0x4242, qname, case.qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 4096,
        do_bit: true,
        ..Edns::default()
    });
    let octets = query.write().expect("a query can be written");
    socket.send(&octets).expect("the query is sent");
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    let reply = DnsPacket::parse(buffer.get(..length)?).expect("unbound's reply");
    Some(match (reply.header.rcode, reply.header.ad) {
        (Rcode::SERVFAIL, _) => Status::Bogus,
        (_, true) => Status::Secure,
        (_, false) => Status::Insecure,
    })
}
