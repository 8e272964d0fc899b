//! [`Rebinding`]: removes private addresses from public answers.
//!
//! A web page may have a name whose address changes, a moment after the page was loaded, to that of
//! a machine at home. The browser takes both for the same site, and the page can talk to the printer
//! (DNS rebinding). A name of the public DNS has no business with addresses that only mean something
//! in a private network; and those names that do have, at home or at work, are named as exceptions.
//!
//! It is the name of the question that counts, also where aliases lead to a name at home: the browser
//! goes by it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use dnsparse::{DnsPacket, Name, Rdata, Record, RecordType, SvcParam};
use recursive::reply::{add_extended_error, info_code};

/// The zones with private addresses in every network: `localhost` is answered here (RFC 6761 section
/// 6.3), and `ipv4only.arpa` has the addresses by which a client finds the prefix of its network's NAT64
/// (RFC 7050).
const ALWAYS_EXEMPT: [&str; 2] = ["localhost", "ipv4only.arpa"];

/// Whether private addresses are removed, and the zones where they are expected.
#[derive(Debug, Default)]
pub struct Rebinding {
    /// Whether private addresses are removed at all.
    pub is_on: bool,
    /// The zones whose names may have private addresses.
    pub exceptions: Vec<Name>,
}

impl Rebinding {
    /// Removes records with a private address from the reply to a question for `qname`.
    pub fn filter(&self, qname: &Name, reply: &mut DnsPacket) {
        let is_exempt = || {
            let always = ALWAYS_EXEMPT.iter().filter_map(|zone| zone.parse().ok());
            let mut zones = self.exceptions.iter().cloned().chain(always);
            zones.any(|zone| qname.is_at_or_below(&zone))
        };
        if !self.is_on || !reply.answers.iter().any(is_private) || is_exempt() {
            return;
        }
        let private = reply.answers.iter().filter(|record| is_private(record));
        let damaged: Vec<(Name, RecordType)> = private
            .map(|record| (record.owner.clone(), record.rtype()))
            .collect();
        // The signature over the whole RRset is none over the rest.
        let is_kept = |record: &Record| match &record.rdata {
            Rdata::Rrsig(rrsig) => !damaged.contains(&(record.owner.clone(), rrsig.type_covered)),
            _ => !is_private(record),
        };
        reply.answers.retain(is_kept);
        reply.header.ad = false;
        let text = "private addresses were removed from this public answer (rebinding protection)";
        add_extended_error(reply, info_code::BLOCKED, text);
    }
}

/// Whether a record has a private address: its own, or a hint in an HTTPS or SVCB record.
fn is_private(record: &Record) -> bool {
    match &record.rdata {
        Rdata::A(address) => is_private_ipv4(*address),
        Rdata::Aaaa(address) => is_private_address((*address).into()),
        Rdata::Https(service) | Rdata::Svcb(service) => {
            service.params.iter().any(|param| match param {
                SvcParam::Ipv4Hint(hints) => hints.iter().any(|it| is_private_ipv4(*it)),
                SvcParam::Ipv6Hint(hints) => {
                    hints.iter().any(|it| is_private_address((*it).into()))
                }
                _ => false,
            })
        }
        _ => false,
    }
}

fn is_private_address(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_private_ipv4(address),
        IpAddr::V6(address) => is_private_ipv6(address),
    }
}

/// Whether an address means something in a private network alone: those that the registry of
/// special-purpose addresses (RFC 6890) does not have as globally reachable, except the ones for
/// documentation, which no network has.
fn is_private_ipv4(address: Ipv4Addr) -> bool {
    let octets = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || match octets {
            // This host, and class E with the broadcast address.
            [0 | 240..=255, ..] => true,
            // Shared among the clients of a provider (RFC 6598).
            [100, second, ..] => second & 0xc0 == 64,
            // DS-Lite and the like (RFC 7335), and benchmarks (RFC 2544).
            [192, 0, 0, _] | [198, 18 | 19, ..] => true,
            _ => false,
        }
}

/// The same for IPv6 (RFC 4193, RFC 4291). An IPv4 address inside an IPv6 one counts.
fn is_private_ipv6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    if let Some(inside) = ipv4_inside(segments) {
        return is_private_ipv4(inside);
    }
    let first = segments.first().copied().unwrap_or(0);
    address.is_loopback()
        || address.is_unspecified()
        // A network's own prefixes of NAT64 (RFC 8215).
        || segments.starts_with(&[0x64, 0xff9b, 1])
        || first & 0xfe00 == 0xfc00
        || first & 0xffc0 == 0xfe80
        || first & 0xffc0 == 0xfec0
}

/// Returns the IPv4 address that packets to an IPv6 address are for, after a translation or in a tunnel:
/// the well-known prefix of NAT64 (RFC 6052), 6to4 (RFC 3056), and the old forms of IPv4-compatible (RFC
/// 4291 section 2.5.5.1) and IPv4-translated addresses (RFC 2765).
fn ipv4_inside(segments: [u16; 8]) -> Option<Ipv4Addr> {
    let (high, low) = match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..]
        | [0, 0, 0, 0, 0xffff, 0, high, low] => (high, low),
        // :: and ::1 have no address inside.
        [0, 0, 0, 0, 0, 0, high @ 1..=0xffff, low] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The records that are left of these, as the answer to a question for `www.example.`
    fn left(records: &[&str], rebinding: &Rebinding) -> String {
        let mut reply = DnsPacket {
            answers: records.iter().map(|it| it.parse().unwrap()).collect(),
            ..DnsPacket::default()
        };
        rebinding.filter(&"www.example".parse().unwrap(), &mut reply);
        let rdata = reply.answers.iter().map(|it| it.rdata.to_string());
        rdata.collect::<Vec<_>>().join(" ")
    }

    fn on(exceptions: &[&str]) -> Rebinding {
        Rebinding {
            is_on: true,
            exceptions: exceptions.iter().map(|it| it.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn private_addresses_are_removed() {
        for private in [
            "A 10.1.2.3",
            "A 172.16.0.1",
            "A 172.31.255.255",
            "A 192.168.1.1",
            "A 127.0.0.1",
            "A 169.254.0.1",
            "A 0.0.0.0",
            "A 0.1.2.3",
            "A 100.64.0.1",
            "A 100.127.255.255",
            "A 192.0.0.1",
            "A 198.18.0.1",
            "A 198.19.255.255",
            "A 240.0.0.1",
            "A 255.255.255.255",
            "AAAA ::1",
            "AAAA ::",
            "AAAA fd00::1",
            "AAAA fc00::1",
            "AAAA fe80::1",
            "AAAA fec0::1",
            "AAAA ::ffff:192.168.1.1",
            "AAAA 64:ff9b::c0a8:101",
            "AAAA 64:ff9b:1::c000:201",
            "AAAA 2002:c0a8:101::1",
            "AAAA ::192.168.1.1",
            "AAAA ::ffff:0:192.168.1.1",
            "HTTPS 1 . ipv4hint=192.0.2.1,192.168.1.1",
            "SVCB 1 . ipv6hint=fd00::1",
        ] {
            let record = format!("www.example. 60 {private}");
            assert_eq!(left(&[&record], &on(&[])), "", "{private}");
        }
    }

    #[test]
    fn public_addresses_are_left() {
        for public in [
            "A 192.0.2.1",
            "A 172.32.0.1",
            "A 100.128.0.1",
            "A 11.0.0.1",
            "AAAA 2001:db8::1",
            "AAAA ::ffff:192.0.2.1",
            "AAAA 64:ff9b::c000:201",
            "AAAA 2002:c000:201::1",
            "AAAA ::192.0.2.1",
            "AAAA ::ffff:0:192.0.2.1",
            "A 192.0.1.1",
            "A 198.20.0.1",
            "A 239.255.255.255",
            "TXT 192.168.1.1",
            "HTTPS 1 . ipv4hint=192.0.2.1",
        ] {
            let record = format!("www.example. 60 {public}");
            assert_ne!(left(&[&record], &on(&[])), "", "{public}");
        }
    }

    #[test]
    fn the_name_of_the_question_decides_about_exceptions() {
        let records = [
            "www.example. 60 CNAME nas.lan.",
            "nas.lan. 60 A 192.168.1.1",
            "nas.lan. 60 A 192.0.2.1",
        ];
        let all = "nas.lan. 192.168.1.1 192.0.2.1";
        assert_eq!(left(&records, &on(&["lan"])), "nas.lan. 192.0.2.1");
        assert_eq!(left(&records, &on(&["example"])), all);
        assert_eq!(left(&records, &Rebinding::default()), all);
    }

    #[test]
    fn some_names_have_private_addresses_everywhere() {
        for (qname, record, is_left) in [
            ("localhost", "localhost. 60 A 127.0.0.1", true),
            ("www.LocalHost", "www.localhost. 60 AAAA ::1", true),
            (
                "ipv4only.arpa",
                "ipv4only.arpa. 60 AAAA 64:ff9b::c000:aa",
                true,
            ),
            (
                "ipv4only.arpa",
                "ipv4only.arpa. 60 AAAA 64:ff9b:1::c000:aa",
                true,
            ),
            (
                "localhost.example",
                "localhost.example. 60 A 127.0.0.1",
                false,
            ),
            ("www.example", "localhost. 60 A 127.0.0.1", false),
        ] {
            let mut reply = DnsPacket {
                answers: vec![record.parse().unwrap()],
                ..DnsPacket::default()
            };
            on(&[]).filter(&qname.parse().unwrap(), &mut reply);
            assert_eq!(!reply.answers.is_empty(), is_left, "{qname}: {record}");
        }
    }

    #[test]
    fn a_signature_goes_with_its_rrset() {
        let records = [
            "www.example. 60 A 192.168.1.1",
            "www.example. 60 RRSIG A 13 2 60 20300101000000 20200101000000 1 example. AAAA",
            "www.example. 60 RRSIG TXT 13 2 60 20300101000000 20200101000000 1 example. AAAA",
        ];
        let left = left(&records, &on(&[]));
        assert!(left.starts_with("TXT 13"), "{left}");
    }
}
