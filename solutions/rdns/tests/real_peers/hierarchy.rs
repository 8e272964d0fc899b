//! `rdns` in a world of real name servers, beside two other resolvers: all three have to say the same.
//!
//! Resolvers ask delegated servers on port 53, which only an administrator may bind, and servers need addresses of their own. So
//! the whole world lives in a network namespace of its own, where this test is its own administrator.

use std::collections::BTreeSet;
use std::env;
use std::net::SocketAddr;
use std::process::Command;

use crate::peers::{Peer, command, installed, nsd_at, pdns_recursor_from, rdns_from, unbound_from};

const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

const ROOT: &str = "\
$TTL 86400
.          SOA  a.root. hostmaster.root. 1 1800 900 604800 86400
.          NS   a.root.
a.root.    A    127.0.1.1
alpha.     NS   ns.alpha.
ns.alpha.  A    127.0.1.2
beta.      NS   ns.beta.
ns.beta.   A    127.0.1.3
";

const ALPHA: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
ns       A    127.0.1.2
shop     NS   ns.shop
ns.shop  A    127.0.1.4
; Its servers are hosts of beta: no address can be told here.
bank     NS   ns1.farm.beta.
bank     NS   ns2.farm.beta.
; One server that is not there, and one that is.
half     NS   dead.half
half     NS   ns.shop
dead.half A   127.0.1.99
";

const BETA: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
ns       A    127.0.1.3
farm     NS   ns1.farm
farm     NS   ns2.farm
ns1.farm A    127.0.1.5
ns2.farm A    127.0.1.5
";

const SHOP: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
@        MX   10 mail
ns       A    127.0.1.4
www      A    192.0.2.80
www      A    192.0.2.81
mail     AAAA 2001:db8::25
@        TXT  \"plain\" \"and \\\"quoted\\\"\"
near     CNAME www
far      CNAME cow.farm.beta.
lost     CNAME nosuch.farm.beta.
mute     CNAME ns1.farm.beta.
*.wild   A    192.0.2.82
leaf.twig A   192.0.2.83
old      DNAME farm.beta.
dot\\.ted A   192.0.2.84
odd      TYPE65280 \\# 4 01020304
";

const FARM: &str = "\
$TTL 3600
@        SOA  ns1 hostmaster 1 1800 900 604800 300
@        NS   ns1
@        NS   ns2
ns1      A    127.0.1.5
ns2      A    127.0.1.5
cow      A    192.0.2.85
back     CNAME near.shop.alpha.
";

const BANK: &str = "\
$TTL 3600
@        SOA  ns1.farm.beta. hostmaster 1 1800 900 604800 300
@        NS   ns1.farm.beta.
@        NS   ns2.farm.beta.
www      A    192.0.2.86
";

const HALF: &str = "\
$TTL 3600
@        SOA  ns.shop.alpha. hostmaster 1 1800 900 604800 300
@        NS   dead
@        NS   ns.shop.alpha.
dead     A    127.0.1.99
www      A    192.0.2.87
";

const QUESTIONS: [(&str, &str); 25] = [
    ("www.shop.alpha", "A"),
    ("WWW.shop.ALPHA", "A"),
    ("www.shop.alpha", "AAAA"),
    ("shop.alpha", "MX"),
    ("shop.alpha", "TXT"),
    ("shop.alpha", "NS"),
    ("shop.alpha", "SOA"),
    ("mail.shop.alpha", "AAAA"),
    ("near.shop.alpha", "A"),
    ("far.shop.alpha", "A"),
    ("far.shop.alpha", "CNAME"),
    ("lost.shop.alpha", "A"),
    ("mute.shop.alpha", "TXT"),
    ("any.wild.shop.alpha", "A"),
    ("twig.shop.alpha", "A"),
    ("cow.old.shop.alpha", "A"),
    ("dot\\.ted.shop.alpha", "A"),
    ("odd.shop.alpha", "TYPE65280"),
    ("back.farm.beta", "A"),
    ("www.bank.alpha", "A"),
    ("www.half.alpha", "A"),
    ("big.farm.beta", "TXT"),
    ("nosuch.shop.alpha", "A"),
    ("nosuch.alpha", "A"),
    ("nosuch", "A"),
];

/// Runs this very program once more, in a network namespace of its own.
#[test]
fn rdns_says_what_unbound_and_pdns_recursor_say() {
    let programs = ["dig", "ip", "nsd", "pdns_recursor", "unbound", "unshare"];
    if !installed(&programs) {
        return;
    }
    let output = Command::new("unshare")
        .args([
            "-Urn",
            "sh",
            "-c",
            "ip link set lo up && exec \"$0\" \"$@\"",
        ])
        .arg(env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "hierarchy::in_a_world_of_its_own",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

/// The root, two top-level domains, and five zones below them, of which one has no glue, one has a dead server, and one has an
/// answer of over 4,000 octets.
fn authorities() -> Vec<Peer> {
    let at = |last: u8| SocketAddr::from(([127, 0, 1, last], 53));
    let filler = "x".repeat(250);
    let big: String = (0..16)
        .map(|n| format!("big TXT \"{n:02} {filler}\"\n"))
        .collect();
    let farm = format!("{FARM}{big}");
    vec![
        nsd_at(at(1), &[(".", ROOT)]),
        nsd_at(at(2), &[("alpha", ALPHA)]),
        nsd_at(at(3), &[("beta", BETA)]),
        nsd_at(at(4), &[("shop.alpha", SHOP), ("half.alpha", HALF)]),
        nsd_at(at(5), &[("farm.beta", &farm), ("bank.alpha", BANK)]),
    ]
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn in_a_world_of_its_own() {
    let _authorities = authorities();
    let at = |last: u8| SocketAddr::from(([127, 0, 2, last], 53));
    let others = [
        ("unbound", unbound_from(at(1), HINTS)),
        ("pdns_recursor", pdns_recursor_from(at(2), HINTS)),
    ];
    let ours = rdns_from(at(3), HINTS);
    // Ours has to answer before a client gives up. The others take their time where a server is dead.
    for (qname, qtype) in QUESTIONS {
        let got = answer(ours.address, 5, qname, qtype);
        for (peer, other) in &others {
            assert_eq!(
                got,
                answer(other.address, 40, qname, qtype),
                "{qname} {qtype}, compared with {peer}"
            );
        }
        eprintln!("{qname} {qtype}: {got:?}");
    }
}

/// RCODE and answer section of a reply within so many seconds, as dig shows them, without TTLs, which count down in a cache.
fn answer(
    server: SocketAddr,
    patience: u32,
    qname: &str,
    qtype: &str,
) -> (String, BTreeSet<String>) {
    let output = command("dig")
        .arg(format!("@{}", server.ip()))
        .args([
            qname,
            qtype,
            "+noall",
            "+comments",
            "+answer",
            &format!("+timeout={patience}"),
            "+tries=1",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let status = text
        .split_once("status: ")
        .and_then(|(_, rest)| rest.split_once(','));
    let (status, _) = status.unwrap_or_else(|| panic!("{server} {qname} {qtype}: {text}"));
    let records = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'));
    let without_ttl = records.map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        [&words[..1], &words[2..]].concat().join(" ").to_lowercase()
    });
    (status.to_owned(), without_ttl.collect())
}
