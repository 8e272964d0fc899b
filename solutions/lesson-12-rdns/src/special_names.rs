//! [`SpecialNames`]: special-use names (RFC 6761) and locally served zones (RFC 6303), which are
//! answered here and never looked up.
//!
//! `localhost` is this machine. `invalid` and `local` are not in the DNS at all, and the addresses
//! of private networks have no names that a server outside could know. Queries for such names leak
//! to the outside what goes on inside, and load the root servers: a good part of their queries are
//! of this kind. (`test` is such a name, too; but a resolver with a root of its own is being
//! tested, and its `test` is in that root.)

use dnsparse::{DnsPacket, Name, Question, Zone};
use zone::ZoneTree;

/// Names that do not exist. For `local` see RFC 6762, for `onion` RFC 7686, for `home.arpa` RFC
/// 8375.
const NONEXISTENT: [&str; 4] = ["invalid.", "local.", "onion.", "home.arpa."];
/// A name that does not exist, except below a root of one's own.
const TEST: &str = "test.";
/// The name `localhost`, and the reverse zones of addresses that many networks use: private,
/// loopback, link-local, "this network" and broadcast (RFC 6303 section 4). 172.16 to 172.31 are
/// added by [`reverse_zones_of_172`].
const LOCALLY_SERVED: [&str; 14] = [
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

/// The zones that are answered locally.
#[derive(Debug, Clone)]
pub struct SpecialNames {
    zones: Vec<ZoneTree>,
}

impl SpecialNames {
    /// Creates all zones; `test` among them only `with_test`.
    ///
    /// # Panics
    /// Never: the zones are part of the program, and a test reads them.
    pub fn new(with_test: bool) -> SpecialNames {
        let names = NONEXISTENT.into_iter().chain(LOCALLY_SERVED);
        let names = names.map(str::to_owned).chain(reverse_zones_of_172());
        let names = names.chain(with_test.then(|| TEST.to_owned()));
        SpecialNames {
            zones: names.map(|origin| local_zone(&origin)).collect(),
        }
    }

    /// Answers a question for a special-use name. Returns false, and leaves the reply alone, if the
    /// name is not one.
    pub fn answer(&self, question: &Question, reply: &mut DnsPacket) -> bool {
        let zone = self
            .zones
            .iter()
            .find(|zone| question.qname.is_at_or_below(zone.apex()));
        // todo: If there is a zone for the name, let the zone `answer` and return true; else return
        // false.
        match zone {
            Some(zone) => {
                zone.answer(question, reply);
                true
            }
            None => false,
        }
        // end todo
    }
}

/// Returns the sixteen reverse zones of 172.16.0.0/12: no label stands for half an octet.
fn reverse_zones_of_172() -> impl Iterator<Item = String> {
    (16..32).map(|second| format!("{second}.172.in-addr.arpa."))
}

/// Makes a zone with an SOA and an NS record, as in RFC 6303 section 3; and with the names and
/// addresses of this machine, if they belong there.
fn local_zone(origin: &str) -> ZoneTree {
    let this_machine = match origin {
        "localhost." => "@ A 127.0.0.1\n@ AAAA ::1\n* A 127.0.0.1\n* AAAA ::1",
        "127.in-addr.arpa." => "1.0.0 PTR localhost.",
        _ if origin.starts_with("1.0.0.0") => "@ PTR localhost.",
        _ => "",
    };
    let text = format!(
        "$TTL 10800\n@ SOA @ nobody.invalid. 1 3600 1200 604800 10800\n@ NS @\n{this_machine}"
    );
    let tree = origin.parse::<Name>().ok().and_then(|name| {
        let zone = Zone::parse(&text, &name).ok()?;
        ZoneTree::new(&zone).ok()
    });
    tree.unwrap_or_else(|| panic!("the built-in zone {origin} is malformed"))
}
