//! `client` against real servers: it must print the records that dig prints.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::Command;

use dnsparse::{Class, RecordType};
use real_servers::{
    ZoneText, command, free_address, named, nsd, require_programs, unbound_with_stubs,
};

const ROOT: &str = "\
$TTL 86400
.            SOA  ns.example. hostmaster.example. 1 1800 900 604800 86400
.            NS   ns.example.
example.     NS   ns.example.
ns.example.  A    127.0.0.1
";

/// Every record type that the client knows, and unknown ones.
const EXAMPLE: &str = "\
$ORIGIN example.
$TTL 3600
@        SOA    ns hostmaster 2024010101 7200 3600 1209600 300
@        NS     ns
@        MX     10 mail
@        MX     20 mail.elsewhere.test.
@        TXT    \"v=spf1 -all\"
@        TXT    \"two\" \"strings; and a \\\"quote\\\", a \\\\ and \\000\\255\"
@        CAA    0 issue \"ca.example.net; policy=ev\"
@        A      192.0.2.1
@        AAAA   2001:db8::1
ns       A      127.0.0.1
mail     A      192.0.2.25
mail     AAAA   ::ffff:192.0.2.25
www      CNAME  example.
tree     DNAME  example.
_sip._udp SRV   10 60 5060 mail
1.2.0.192.in-addr.arpa PTR ns
long     TXT    \"@200\" \"@200\" \"@200\" \"@200\"
longer   TXT    \"@250\" \"@250\" \"@250\" \"@250\" \"@250\" \"@250\" \"@250\" \"@250\"
@63      A      192.0.2.63
dot\\.ted  A      192.0.2.2
sp\\032ace\\@\\$\\(\\;\\)\\\"\\\\\\255 A 192.0.2.3
UPPER    A      192.0.2.4
web      TYPE65 \\# 10 0001000001000302 6832
private  TYPE65280 \\# 4 c00c0102
empty    TYPE65281 \\# 0
";

/// Names below `example.` (an empty one is the zone itself), and types.
const QUESTIONS: [(&str, &str); 26] = [
    ("", "A"),
    ("", "AAAA"),
    ("", "MX"),
    ("", "TXT"),
    ("", "SOA"),
    ("", "NS"),
    ("", "CAA"),
    ("", "ANY"),
    ("", "NAPTR"),
    ("mail", "AAAA"),
    ("www", "A"),
    ("www", "CNAME"),
    ("tree", "DNAME"),
    ("a.tree", "A"),
    ("_sip._udp", "SRV"),
    ("1.2.0.192.in-addr.arpa", "PTR"),
    ("long", "TXT"),
    ("longer", "TXT"),
    ("@63", "A"),
    ("dot\\.ted", "A"),
    ("sp\\032ace\\@\\$\\(\\;\\)\\\"\\\\\\255", "A"),
    ("uPPer", "A"),
    ("web", "TYPE65"),
    ("private", "TYPE65280"),
    ("empty", "TYPE65281"),
    ("nosuch", "A"),
];

/// Replaces `@` and a number by that number of letters.
fn filled(text: &str) -> String {
    let long = |text: &str, n: usize| text.replace(&format!("@{n}"), &"x".repeat(n));
    [63, 200, 250]
        .into_iter()
        .fold(text.to_owned(), |text, n| long(&text, n))
}

/// Runs the client, and returns its output.
fn client(server: SocketAddr, name: &str, rtype: &str) -> String {
    let server = server.to_string();
    let arguments = [
        "--server",
        &server,
        "--query",
        name,
        "--type",
        rtype,
        "--timeout",
        "5",
    ];
    let output = Command::new(env!("CARGO_BIN_EXE_client"))
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name} {rtype}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Runs dig, and returns the records of its answer, a line each.
fn dig(server: SocketAddr, arguments: &[&str]) -> String {
    let output = command("dig")
        .arg(format!("@{}", server.ip()))
        .args(["-p", &server.port().to_string(), "+timeout=5"])
        .args(["+noall", "+answer", "+authority", "+additional"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "dig {arguments:?}: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// A printed record. The TTL comes last, so that it does not decide the order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    owner: String,
    class: String,
    rtype: String,
    rdata: String,
    ttl: u32,
}

impl Line {
    fn without_ttl(&self) -> String {
        format!(
            "{} {} {} {}",
            self.owner, self.class, self.rtype, self.rdata
        )
    }
}

/// Returns the lines that are records, with equal white space. With `+unknownformat`, dig prints
/// classes and types as numbers, and blanks between groups of octets.
fn lines(text: &str) -> BTreeSet<Line> {
    let records = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'));
    let lines = records.map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [owner, ttl, class, rtype, rdata @ ..] = &words[..] else {
            panic!("not a record: {line}");
        };
        let rdata = match rdata {
            ["\\#", length, octets @ ..] => {
                format!("\\# {length} {}", octets.concat().to_lowercase())
            }
            _ => rdata.join(" "),
        };
        let class: Class = class.parse().unwrap();
        let rtype: RecordType = rtype.parse().unwrap();
        Line {
            owner: (*owner).to_owned(),
            class: class.to_string(),
            rtype: rtype.to_string(),
            rdata,
            ttl: ttl.parse().unwrap(),
        }
    });
    lines.collect()
}

/// Runs dig, then the client, and compares the records, which must be equal, and their TTLs, which
/// may differ by the seconds between the two. (unbound has two caches, which round differently: so
/// a TTL may rise by one.)
fn compare(program: &str, server: SocketAddr) {
    let below = QUESTIONS.iter().map(|(name, rtype)| {
        (
            format!("{}.example.", filled(name))
                .trim_start_matches('.')
                .to_owned(),
            *rtype,
        )
    });
    for (name, rtype) in below.chain([(".".to_owned(), "NS"), (".".to_owned(), "SOA")]) {
        // On a busy machine a resolver may time out upstream, and reply with SERVFAIL once.
        let mut attempts = (0..3).map(|_| lines(&dig(server, &[&name, rtype])));
        let mut theirs = attempts.find(|lines| !lines.is_empty()).unwrap_or_default();
        let ours = lines(&client(server, &name, rtype));
        if let Some(untyped) = ours.iter().find(|line| line.rdata.starts_with("\\#")) {
            // dig knows this type, and prints its octets only with +unknownformat, for all types.
            let octets = lines(&dig(server, &[&name, rtype, "+unknownformat"]));
            let of_type = |line: &Line| line.rtype == untyped.rtype;
            theirs.retain(|line| !of_type(line));
            theirs.extend(octets.into_iter().filter(of_type));
        }
        assert!(
            !theirs.is_empty(),
            "{program}: dig prints no record for {name} {rtype}"
        );
        let texts =
            |lines: &BTreeSet<Line>| lines.iter().map(Line::without_ttl).collect::<Vec<_>>();
        assert_eq!(texts(&ours), texts(&theirs), "{program}: {name} {rtype}");
        for (ours, theirs) in ours.iter().zip(&theirs) {
            let line = ours.without_ttl();
            let (ours, theirs) = (ours.ttl, theirs.ttl);
            assert!(
                ours <= theirs + 1,
                "{program}: {line} has TTL {ours}, and had {theirs} a moment ago"
            );
            assert!(
                theirs.saturating_sub(ours) <= 5,
                "{program}: {line} has TTL {ours}, and had {theirs} a moment ago"
            );
        }
    }
}

#[test]
fn the_client_prints_what_dig_prints() {
    if !require_programs(&["dig", "nsd", "named", "unbound"]) {
        return;
    }
    let example = filled(EXAMPLE);
    let zones: [ZoneText; 2] = [("example", &example), (".", ROOT)];
    let authority = nsd(free_address(), &zones);
    compare("nsd", authority.address);
    compare("named", named(free_address(), &zones).address);
    let names = zones.map(|(name, _)| name);
    let resolver = unbound_with_stubs(free_address(), &names, authority.address);
    compare("unbound", resolver.address);
}
