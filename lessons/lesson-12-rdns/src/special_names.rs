//! Names that mean the same everywhere, or nothing anywhere: they are answered here, and nobody else is ever asked
//! (RFC 6761, RFC 6303).
//!
//! `localhost` is this machine. `invalid` and `local` are not in the DNS at all, and the addresses of private networks have no
//! names that anybody outside could know. Questions about them leak what is going on inside, and load the root servers: a good
//! part of what those get is just this. (`test` is ours as well; but whoever brings a root of their own is testing, and means
//! their own.)

use dnsparse::{DnsPacket, Name, Question, Zone};
use zone::ZoneTree;

/// Names that do not exist. For `local` see RFC 6762, for `onion` RFC 7686, for `home.arpa` RFC 8375.
const NOWHERE: [&str; 4] = ["invalid.", "local.", "onion.", "home.arpa."];
/// The name that does not exist either, but in hierarchies of one's own.
const TEST: &str = "test.";
/// The reverse zones of addresses that many networks have: private, loopback, link-local, "this network", broadcast (RFC 6303
/// section 4). 172.16 to 172.31 are added by [`private_172`].
const REVERSE: [&str; 14] = [
    "10.in-addr.arpa.",
    "168.192.in-addr.arpa.",
    "254.169.in-addr.arpa.",
    "0.in-addr.arpa.",
    "255.255.255.255.in-addr.arpa.",
    "d.f.ip6.arpa.",
    "8.e.f.ip6.arpa.",
    "9.e.f.ip6.arpa.",
    "a.e.f.ip6.arpa.",
    "b.e.f.ip6.arpa.",
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "127.in-addr.arpa.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "localhost.",
];

/// The zones that are answered here.
#[derive(Debug, Clone)]
pub struct SpecialNames {
    zones: Vec<ZoneTree>,
}

impl SpecialNames {
    /// All of them; `test` only if asked for.
    ///
    /// # Panics
    /// Never: the zones are part of the program, and a test reads them.
    pub fn new(with_test: bool) -> SpecialNames {
        let names = NOWHERE.into_iter().chain(REVERSE).map(str::to_owned);
        let names = names.chain(private_172());
        let names = names.chain(with_test.then(|| TEST.to_owned()));
        SpecialNames {
            zones: names.map(|origin| local_zone(&origin)).collect(),
        }
    }

    /// Answers a question about such a name, and says whether it was one.
    pub fn answer(&self, question: &Question, reply: &mut DnsPacket) -> bool {
        let zone = self
            .zones
            .iter()
            .find(|zone| question.qname.is_at_or_below(zone.apex()));
        todo!("If there is a zone for it, have that `answer`, and return true; else return false.")
    }
}

/// 172.16.0.0/12 has sixteen zones, since there is no label for half an octet.
fn private_172() -> impl Iterator<Item = String> {
    (16..32).map(|second| format!("{second}.172.in-addr.arpa."))
}

/// A zone with what RFC 6303 section 3 has in it: an SOA and an NS record. Who is this machine has its address or name as well.
fn local_zone(origin: &str) -> ZoneTree {
    let more = match origin {
        "localhost." => "@ A 127.0.0.1\n@ AAAA ::1\n* A 127.0.0.1\n* AAAA ::1",
        "127.in-addr.arpa." => "1.0.0 PTR localhost.",
        _ if origin.starts_with("1.0.0.0") => "@ PTR localhost.",
        _ => "",
    };
    let text =
        format!("$TTL 10800\n@ SOA @ nobody.invalid. 1 3600 1200 604800 10800\n@ NS @\n{more}");
    let tree = origin.parse::<Name>().ok().and_then(|name| {
        let zone = Zone::parse(&text, &name).ok()?;
        ZoneTree::new(&zone).ok()
    });
    tree.unwrap_or_else(|| panic!("the built-in zone {origin} is no zone"))
}
