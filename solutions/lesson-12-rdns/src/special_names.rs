//! [`SpecialNames`]: special-use names (RFC 6761) and locally served zones (RFC 6303), which are
//! answered here and never looked up.
//!
//! `localhost` is this machine. `invalid` and `local` are not in the DNS at all, and the addresses
//! of private networks have no names that a server outside could know. Queries for such names leak
//! to the outside what goes on inside, and load the root servers: a good part of their queries are
//! of this kind.
//!
//! The names are those of IANA's registries "Locally-Served DNS Zones" and "Special-Use Domain
//! Names" whose RFCs want a caching server to answer them. Those of the latter that are looked up
//! like any other name are not here: `example` (RFC 6761 section 6.5), `alt` (RFC 9476), and, for a
//! resolver without NAT64, `ipv4only.arpa` (RFC 8880).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use chase::LocalNames;
use dnsparse::{DnsPacket, Name, Question, Rcode, RecordType, Zone};
use referral::{Answer, Negative};
use zone::ZoneTree;

/// Names that are in no zone of the DNS: for `localhost`, `invalid` and `test` see RFC 6761 section
/// 6, for `local` RFC 6762 section 22, for `onion` RFC 7686.
const TOP_LEVEL: [&str; 5] = ["localhost.", "invalid.", "test.", "local.", "onion."];
/// Zones that every resolver serves itself. RFC 6303 section 4 lists those of the first six groups.
/// [`in_addr_ranges`] are added.
const LOCALLY_SERVED: [&str; 22] = [
    // Private networks.
    "10.in-addr.arpa.",
    "168.192.in-addr.arpa.",
    // "This network", loopback, link-local, documentation, broadcast.
    "0.in-addr.arpa.",
    "127.in-addr.arpa.",
    "254.169.in-addr.arpa.",
    "2.0.192.in-addr.arpa.",
    "100.51.198.in-addr.arpa.",
    "113.0.203.in-addr.arpa.",
    "255.255.255.255.in-addr.arpa.",
    // The unspecified address, and loopback.
    "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.",
    // Locally assigned (fd00::/8).
    "d.f.ip6.arpa.",
    // Link-local (fe80::/10).
    "8.e.f.ip6.arpa.",
    "9.e.f.ip6.arpa.",
    "a.e.f.ip6.arpa.",
    "b.e.f.ip6.arpa.",
    // Documentation: 2001:db8::/32, and 3fff::/20 (RFC 9637).
    "8.b.d.0.1.0.0.2.ip6.arpa.",
    "0.f.f.f.3.ip6.arpa.",
    // RFC 7535, RFC 8375, RFC 9462 section 6.4, RFC 9665.
    "empty.as112.arpa.",
    "home.arpa.",
    "resolver.arpa.",
    "service.arpa.",
];
/// The zones that are answered locally.
#[derive(Debug, Clone)]
pub struct SpecialNames {
    zones: HashMap<Name, ZoneTree>,
    /// The top-level domains that the zones are in, or are themselves.
    top_level: HashSet<Name>,
    /// The names that are looked up all the same. Clones share them.
    delegated: Arc<RwLock<Delegated>>,
}

/// The names that the administrator has answers for, inside or outside of the special-use zones.
#[derive(Debug, Default)]
pub struct Delegated {
    /// Zones: all names in them.
    pub zones: HashSet<Name>,
    /// Single names, without those below them.
    pub names: HashSet<Name>,
}

impl SpecialNames {
    /// Creates all zones, except those in `delegated`: zones that the root in use does have. (A
    /// resolver with a root of its own is being tested, and that root often has `test`.)
    ///
    /// # Panics
    /// Never: the zones are part of the program, and a test reads them.
    pub fn new(delegated: &[&str]) -> SpecialNames {
        let origins = TOP_LEVEL.into_iter().chain(LOCALLY_SERVED);
        let origins = origins.map(str::to_owned).chain(in_addr_ranges());
        let zones = origins.filter(|origin| !delegated.contains(&origin.as_str()));
        let zones: HashMap<Name, ZoneTree> = zones.map(|origin| local_zone(&origin)).collect();
        SpecialNames {
            top_level: zones.keys().filter_map(top_level_domain).collect(),
            zones,
            delegated: Arc::default(),
        }
    }

    /// Has these names looked up although they are in one of the zones: the administrator has answers
    /// or servers for them. They replace those of the last call, in all clones.
    pub fn set_delegated(&self, delegated: Delegated) {
        *(self.delegated.write()).unwrap_or_else(PoisonError::into_inner) = delegated;
    }

    /// Answers a question for a special-use name. Returns false, and leaves the reply alone, if the
    /// name is not one.
    pub fn answer(&self, question: &Question, reply: &mut DnsPacket) -> bool {
        let zone = self.zone(question);
        // todo: Answer the question from its zone, if there is one, and return whether there is.
        match zone {
            Some(zone) => {
                zone.answer(question, reply);
                true
            }
            None => false,
        }
        // end todo
    }

    /// Returns the zone that a question is answered from, if there is one.
    fn zone(&self, question: &Question) -> Option<&ZoneTree> {
        // Nearly every name is in none of these domains.
        if !(self.top_level).contains(&top_level_domain(&question.qname)?) {
            return None;
        }
        let mut names = question.qname.ancestors();
        let delegated = self.delegated.read();
        let delegated = delegated.unwrap_or_else(PoisonError::into_inner);
        if delegated.names.contains(&question.qname) {
            return None;
        }
        let zone = names.find_map(|name| match delegated.zones.contains(&name) {
            true => Some(None),
            false => self.zones.get(&name).map(Some),
        })??;
        // The DS records at the top of a zone are its parent's (RFC 4035 section 3.1.4.1). The
        // zones in `arpa` have one, and a client that validates looks there for the proof that
        // their answers need no signature (RFC 6303 section 6).
        let is_parents = question.qtype == RecordType::DS
            && question.qname == *zone.apex()
            && zone.apex().parent() != Some(Name::ROOT);
        (!is_parents).then_some(zone)
    }
}

/// The names of an alias's target, and of a zone's servers, are looked up by the resolver itself.
impl LocalNames for SpecialNames {
    fn answer(&self, question: &Question) -> Option<Answer> {
        let mut reply = DnsPacket::default();
        if !SpecialNames::answer(self, question, &mut reply) {
            return None;
        }
        let soa = reply.authorities.into_iter().next();
        Some(match reply.header.rcode {
            Rcode::NXDOMAIN => Answer::NxDomain(Negative { soa }),
            _ if reply.answers.is_empty() => Answer::NoData(Negative { soa }),
            _ => Answer::Positive(reply.answers),
        })
    }
}

/// Returns the top-level domain that a name is in; none for the root.
fn top_level_domain(name: &Name) -> Option<Name> {
    name.ancestors().nth(name.label_count().checked_sub(1)?)
}

/// Returns the reverse zones of 172.16.0.0/12 and of 100.64.0.0/10, the addresses that providers
/// share among clients (RFC 7793): no label stands for part of an octet.
fn in_addr_ranges() -> impl Iterator<Item = String> {
    let zone = |first: u8| move |second: u8| format!("{second}.{first}.in-addr.arpa.");
    (16..32).map(zone(172)).chain((64..128).map(zone(100)))
}

/// Makes a zone with an SOA and an NS record, as in RFC 6303 section 3; and with the names and
/// addresses of this machine, if they belong there.
///
/// A client looks in `resolver.arpa` for its resolver's encrypted transports. There are none, and
/// each name there has to be NODATA (RFC 9462 section 6.4): a wildcard without records does that.
fn local_zone(origin: &str) -> (Name, ZoneTree) {
    let records = match origin {
        "localhost." => "@ A 127.0.0.1\n@ AAAA ::1\n* A 127.0.0.1\n* AAAA ::1",
        "127.in-addr.arpa." => "1.0.0 PTR localhost.",
        "resolver.arpa." => "below.* TXT \"\"",
        _ if origin.starts_with("1.0.0.0") => "@ PTR localhost.",
        _ => "",
    };
    let text =
        format!("$TTL 10800\n@ SOA @ nobody.invalid. 1 3600 1200 604800 10800\n@ NS @\n{records}");
    let tree = origin.parse::<Name>().ok().and_then(|name| {
        let zone = Zone::parse(&text, &name).ok()?;
        Some((name, ZoneTree::new(&zone).ok()?))
    });
    tree.unwrap_or_else(|| panic!("the built-in zone {origin} is malformed"))
}
