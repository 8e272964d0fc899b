//! The attacks, each as a lab and a question.

use dnsparse::{DnsPacket, Rcode, Record, RecordType};
use lab::{Lab, LabBuilder, Reaction, closed_port, no_reply, octets, repeat, replies};
use network::Via;

use super::zones::{below_test, delegation, glued, numbered};

/// An attack: zones, servers that misbehave, and the query of a client.
pub(crate) struct Attack {
    pub(crate) name: String,
    /// The published name, CVE or RFC.
    pub(crate) reference: &'static str,
    pub(crate) qname: String,
    pub(crate) qtype: RecordType,
    zones: String,
    /// Servers, and how they react over UDP and TCP.
    reactions: Vec<(String, Via, Reaction)>,
    latency_ms: Vec<(String, u64)>,
}

impl Attack {
    fn new(name: &str, reference: &'static str, qname: &str, zones: String) -> Attack {
        Attack {
            name: name.to_owned(),
            reference,
            qname: qname.to_owned(),
            qtype: RecordType::A,
            zones,
            reactions: Vec::new(),
            latency_ms: Vec::new(),
        }
    }

    /// Makes a server react in this way to each query.
    fn always(mut self, server: impl Into<String>, reaction: Reaction) -> Attack {
        let server = server.into();
        for via in [Via::Udp, Via::Tcp] {
            self.reactions.push((server.clone(), via, reaction.clone()));
        }
        self
    }

    fn over(mut self, via: Via, server: &str, reaction: Reaction) -> Attack {
        self.reactions.push((server.to_owned(), via, reaction));
        self
    }

    fn for_each(self, servers: impl IntoIterator<Item = String>, reaction: &Reaction) -> Attack {
        let mut servers = servers.into_iter();
        servers
            .try_fold(self, |it, server| Some(it.always(server, reaction.clone())))
            .unwrap()
    }

    /// Returns the lab of the attack, with nothing in its log.
    pub(crate) fn lab(&self) -> Lab {
        let lab = LabBuilder::new().zones(&self.zones).build();
        let lab = lab.unwrap_or_else(|error| panic!("{}: {error}\n{}", self.name, self.zones));
        for (server, via, reaction) in &self.reactions {
            let server = format!("{server}:53").parse().unwrap();
            lab.script(server, *via, [repeat(reaction.clone())]);
        }
        for (server, milliseconds) in &self.latency_ms {
            lab.set_latency(format!("{server}:53").parse().unwrap(), *milliseconds);
        }
        lab
    }
}

fn refuses() -> Reaction {
    replies().with_rcode(Rcode::REFUSED)
}

/// All attacks.
pub(crate) fn attacks() -> Vec<Attack> {
    let mut all = delegations();
    all.extend(glue());
    all.extend(chains());
    all.extend(cycles());
    all.extend(messages());
    all
}

/// Delegations to servers without an address.
fn delegations() -> Vec<Attack> {
    let nxns = "NXNSAttack, CVE-2020-12662";
    let evil = |servers: Vec<String>| delegation("evil.test.", servers);
    let spread: String = (0..20)
        .map(|n| glued(&format!("v{n}.test."), 1, |_| "192.0.2.3".into()))
        .collect();
    let spread_zones: String = (0..20)
        .map(|n| format!("$ORIGIN v{n}.test.\n@ NS ns0\nns0 A 192.0.2.3\n"))
        .collect();
    let nested: String = (0..10)
        .map(|n| {
            delegation(
                &format!("n{n}.test."),
                (0..10).map(|m| {
                    format!(
                        "ns.n{}.test.",
                        (n * 7 + m + 1) % 10 + 10 * usize::from(n > 6)
                    )
                }),
            )
        })
        .collect();
    vec![
        Attack::new(
            "20 servers that do not exist",
            nxns,
            "a.evil.test",
            below_test(&evil(numbered(20, "victim.").collect()), ""),
        ),
        Attack::new(
            "1,000 servers that do not exist",
            nxns,
            "a.evil.test",
            below_test(&evil(numbered(1_000, "victim.").collect()), ""),
        ),
        Attack::new(
            "servers in 20 zones of others",
            nxns,
            "a.evil.test",
            below_test(
                &format!(
                    "{spread}{}",
                    evil((0..20).map(|n| format!("x.v{n}.test.")).collect())
                ),
                &spread_zones,
            ),
        ),
        Attack::new(
            "20 servers that exist and do not serve the zone",
            nxns,
            "a.evil.test",
            below_test(&evil(numbered(20, "w.victim.").collect()), ""),
        )
        .always("192.0.2.82", refuses()),
        Attack::new(
            "20 servers that exist and do not reply",
            "NRDelegationAttack, CVE-2022-3204",
            "a.evil.test",
            below_test(&evil(numbered(20, "w.victim.").collect()), ""),
        ),
        Attack::new(
            "1,000 servers that do not reply",
            "NRDelegationAttack, CVE-2022-3204",
            "a.evil.test",
            below_test(&evil(numbered(1_000, "w.victim.").collect()), ""),
        ),
        Attack::new(
            "20 hosts that are no servers",
            nxns,
            "a.evil.test",
            below_test(&evil(numbered(20, "hosts.victim.").collect()), ""),
        )
        .for_each(
            (0..20).map(|n| format!("192.0.2.{}", 100 + n)),
            &closed_port(),
        ),
        Attack::new(
            "servers in zones with such servers",
            "NXNSAttack, nested",
            "a.n0.test",
            below_test(&nested, ""),
        ),
        Attack::new(
            "servers whose names are aliases",
            "RFC 2181 section 10.3",
            "a.evil.test",
            below_test(
                &format!(
                    "{}{}",
                    evil(numbered(20, "test.").collect()),
                    (0..20)
                        .map(|n| format!("x{n}.test. CNAME y{n}.victim.\n"))
                        .collect::<String>()
                ),
                "",
            ),
        ),
        Attack::new(
            "servers whose names are local",
            "RFC 6761",
            "a.evil.test",
            below_test(
                &evil(
                    numbered(20, "localhost.")
                        .chain(numbered(5, "local."))
                        .collect(),
                ),
                "",
            ),
        ),
        Attack::new(
            "a server that only its own zone has",
            "RFC 1034 section 4.2.1",
            "a.evil.test",
            below_test(&evil(vec!["ns.evil.test.".into()]), ""),
        ),
    ]
}

/// Delegations with glue: 13 servers, or as many as a referral may have, with one address each or
/// with eight; and each way in which a server can fail.
fn glue() -> Vec<Attack> {
    let rcode = |rcode| replies().with_rcode(rcode);
    let failures = [
        ("that refuse", "RFC 9520 section 3.1", rcode(Rcode::REFUSED)),
        ("that fail", "RFC 9520 section 3.1", rcode(Rcode::SERVFAIL)),
        (
            "that cannot parse any query",
            "RFC 6891 section 7",
            rcode(Rcode::FORMERR),
        ),
        ("that do not reply", "RFC 9520 section 3.2", no_reply()),
        (
            "that reply with another id",
            "RFC 5452 section 9",
            replies().with_wrong_id(),
        ),
        (
            "that refer to the root",
            "RFC 1034 section 5.3.3",
            replies().edited(|reply| refer(reply, ". 60 NS root.")),
        ),
        (
            "that send empty replies",
            "RFC 2308 section 2.2",
            replies().edited(empty),
        ),
        ("without a server", "RFC 9520 section 3.2", closed_port()),
        (
            "that truncate, without TCP",
            "RFC 7766 section 5",
            replies().truncated(),
        ),
    ];
    let address = |n: usize| format!("198.18.{}.{}", n / 200, n % 200 + 1);
    let mut all = Vec::new();
    for (servers, each) in [(13, 1), (5, 8), (20, 8)] {
        let mut cut = String::new();
        for n in 0..servers {
            cut.push_str(&format!("evil.test. NS ns{n}.evil.test.\n"));
            for m in 0..each {
                cut.push_str(&format!("ns{n}.evil.test. A {}\n", address(each * n + m)));
            }
        }
        for (how, reference, reaction) in &failures {
            let zones = below_test(&cut, &format!("$ORIGIN evil.test.\n{cut}"));
            let name = format!("{} addresses {how}", servers * each);
            let mut attack = Attack::new(&name, reference, "a.evil.test", zones);
            for n in 0..servers * each {
                attack = attack.over(Via::Udp, &address(n), reaction.clone());
                let over_tcp = match how.contains("TCP") {
                    true => closed_port(),
                    false => reaction.clone(),
                };
                attack = attack.over(Via::Tcp, &address(n), over_tcp);
            }
            all.push(attack);
        }
    }
    all.push(uphill());
    all
}

/// Zones below each other, each with 11 servers that refuse and one that refers to the next.
fn uphill() -> Attack {
    let address = |n: usize| format!("192.0.2.{}", 100 + n);
    let mut zones = String::new();
    let mut parents = String::new();
    let mut zone = String::from("test.");
    for level in 0..9 {
        let child = format!("z{level}.{zone}");
        let cut = glued(&child, 12, |n| match n {
            11 => format!("192.0.2.{}", 150 + level),
            n => address(n),
        });
        let above = if level == 0 { &mut parents } else { &mut zones };
        above.push_str(&cut);
        zones.push_str(&format!("$ORIGIN {child}\n{cut}"));
        zone = child;
    }
    let qname = format!("www.{}", zone.trim_end_matches('.'));
    let zones = below_test(&parents, &zones);
    Attack::new(
        "nine zones in a row, each with 11 servers that refuse",
        "CAMP",
        &qname,
        zones,
    )
    .for_each((0..11).map(address), &refuses())
}

/// Chains of aliases and of zones.
fn chains() -> Vec<Attack> {
    let link = |n: usize| {
        let zone = format!("c{n}.test.");
        let cut = glued(&zone, 1, |_| "192.0.2.9".into());
        (
            cut.clone(),
            format!("$ORIGIN {zone}\n{cut}a CNAME a.c{}.test.\n", n + 1),
        )
    };
    let (cuts, zones): (String, String) = (0..30).map(link).unzip();
    let mut deep = String::new();
    let mut zone = String::from("d.test.");
    let deep_address = |level: usize| format!("198.18.7.{}", level + 1);
    let first = glued(&zone, 1, |_| deep_address(0));
    for level in 0..100 {
        let child = format!("d.{zone}");
        let own = glued(&zone, 1, |_| deep_address(level));
        let below = glued(&child, 1, |_| deep_address(level + 1));
        deep.push_str(&format!("$ORIGIN {zone}\n{own}{below}"));
        zone = child;
    }
    let aliases: String = (0..30)
        .map(|n| format!("a{n}.test. CNAME a{}.test.\n", n + 1))
        .collect();
    vec![
        Attack::new(
            "30 aliases in one zone",
            "RFC 1034 section 3.6.2",
            "a0.test",
            below_test(&aliases, ""),
        ),
        Attack::new(
            "30 aliases, each in a zone of its own",
            "CAMP",
            "a.c0.test",
            below_test(&cuts, &zones),
        ),
        Attack::new(
            "an alias to a zone with 20 servers that do not exist",
            "CAMP",
            "a.test",
            below_test(
                &format!(
                    "a.test. CNAME a.evil.test.\n{}",
                    delegation("evil.test.", numbered(20, "victim."))
                ),
                "",
            ),
        ),
        Attack::new(
            "100 zones in a row",
            "CAMP",
            zone.trim_end_matches('.'),
            below_test(&first, &deep),
        ),
        Attack::new(
            "an alias to a name that is answered locally",
            "RFC 6761",
            "a.test",
            below_test("a.test. CNAME www.local.\n", ""),
        ),
        Attack::new(
            "a DNAME that makes each name longer",
            "RFC 6672 section 2.2",
            "a.d.test",
            below_test("d.test. DNAME d.d.test.\n", ""),
        ),
    ]
}

/// Zones and names in cycles.
fn cycles() -> Vec<Attack> {
    let ring = |count: usize, width: usize| -> String {
        (0..count)
            .map(|n| {
                delegation(
                    &format!("r{n}.test."),
                    (0..width).map(|m| format!("ns{m}.r{}.test.", (n + 1) % count)),
                )
            })
            .collect()
    };
    vec![
        Attack::new(
            "two aliases in a loop",
            "RFC 1034 section 3.6.2",
            "a.test",
            below_test("a.test. CNAME b.test.\nb.test. CNAME a.test.\n", ""),
        ),
        Attack::new(
            "two zones whose servers are in each other",
            "TsuNAME",
            "a.r0.test",
            below_test(&ring(2, 1), ""),
        ),
        Attack::new(
            "two such zones with 20 servers each",
            "TsuNAME",
            "a.r0.test",
            below_test(&ring(2, 20), ""),
        ),
        Attack::new(
            "a ring of 10 zones with 10 servers each",
            "TsuNAME",
            "a.r0.test",
            below_test(&ring(10, 10), ""),
        ),
        Attack::new(
            "an alias into such a ring",
            "TsuNAME",
            "a.test",
            below_test(&format!("a.test. CNAME a.r0.test.\n{}", ring(5, 5)), ""),
        ),
        Attack::new(
            "a referral to the zone itself",
            "RFC 1034 section 5.3.3",
            "a.evil.test",
            below_test(&glued("evil.test.", 1, |_| "192.0.2.9".into()), ""),
        )
        .always(
            "192.0.2.9",
            replies().edited(|reply| refer(reply, "evil.test. 60 NS ns0.evil.test.")),
        ),
        Attack::new(
            "a referral to the root",
            "RFC 1034 section 5.3.3",
            "a.evil.test",
            below_test(&glued("evil.test.", 1, |_| "192.0.2.9".into()), ""),
        )
        .always(
            "192.0.2.9",
            replies().edited(|reply| refer(reply, ". 60 NS root.")),
        ),
    ]
}

/// Removes all records and AA from a reply.
fn empty(reply: &mut DnsPacket) {
    reply.header.aa = false;
    reply.header.rcode = Rcode::NOERROR;
    reply.answers.clear();
    reply.authorities.clear();
    reply.additionals.clear();
}

/// Turns a reply into a referral.
fn refer(reply: &mut DnsPacket, ns: &str) {
    reply.header.aa = false;
    reply.header.rcode = Rcode::NOERROR;
    reply.answers.clear();
    reply.additionals.clear();
    reply.authorities = vec![ns.parse().unwrap()];
}

/// One server, and messages that take work.
fn messages() -> Vec<Attack> {
    let one = || {
        below_test(
            &glued("evil.test.", 1, |_| "192.0.2.9".into()),
            "$ORIGIN evil.test.\n@ NS ns0\nns0 A 192.0.2.9\na A 192.0.2.80\n*.sub A 192.0.2.80\n",
        )
    };
    let attack = |name, reference| Attack::new(name, reference, "a.evil.test", one());
    let with = |count: usize, line: fn(usize) -> String| {
        let records: Vec<Record> = (0..count).map(|n| line(n).parse().unwrap()).collect();
        replies().edited(move |reply| reply.answers.extend(records.iter().cloned()))
    };
    let tcp = |attack: Attack, reaction: Reaction| {
        attack
            .over(Via::Udp, "192.0.2.9", replies().truncated())
            .over(Via::Tcp, "192.0.2.9", reaction)
    };
    vec![
        tcp(
            attack("a reply of 3,000 records", "CVE-2023-4408"),
            with(3_000, |n| {
                format!("a.evil.test. 60 A 10.1.{}.{}", n / 250, n % 250)
            }),
        ),
        tcp(
            attack("a reply with 3,000 names of others", "CVE-2023-4408"),
            with(3_000, |n| format!("x{n}.victim. 60 A 192.0.2.66")),
        ),
        tcp(
            attack("a reply of 1,000 long names to compress", "CVE-2024-8508"),
            with(1_000, |n| {
                format!("a.evil.test. 60 MX 1 m{n}.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.evil.test.")
            }),
        ),
        attack(
            "names that are chains of compression pointers",
            "RFC 1035 section 4.1.4",
        )
        .always("192.0.2.9", replies().edited_octets(pointer_chain)),
        tcp(
            attack("an EDNS option of 60,000 octets", "RFC 6891 section 6.1.2"),
            replies().edited_octets(long_option),
        ),
        attack("a truncated reply, and no TCP", "RFC 7766 section 5")
            .over(Via::Udp, "192.0.2.9", replies().truncated())
            .over(Via::Tcp, "192.0.2.9", no_reply()),
        attack(
            "NS records for the parent beside the answer",
            "CVE-2025-11411",
        )
        .always(
            "192.0.2.9",
            replies().edited(|reply| {
                reply
                    .authorities
                    .push("test. 86400 NS ns0.evil.test.".parse().unwrap());
                reply
                    .additionals
                    .push("ns.test. 86400 A 192.0.2.9".parse().unwrap());
            }),
        ),
        attack(
            "a server that takes 1,500 ms for each reply",
            "RFC 9520 section 3.2",
        )
        .always("192.0.2.9", replies().after_ms(1_500)),
        attack("a server that never replies", "RFC 9520 section 3.2")
            .always("192.0.2.9", no_reply()),
        attack(
            "a server that replies with another id",
            "RFC 5452 section 9",
        )
        .always("192.0.2.9", replies().with_wrong_id()),
        attack("octets that are no message", "RFC 9267").always("192.0.2.9", octets([0xc0; 512])),
        Attack::new(
            "a random name below a wildcard",
            "random subdomains",
            "q7x.sub.evil.test",
            one(),
        ),
        Attack::new(
            "a random name that does not exist",
            "random subdomains",
            "q7x.evil.test",
            one(),
        ),
    ]
}

/// Puts 100 names behind the reply, each a pointer to the one before.
fn pointer_chain(octets: &mut Vec<u8>) {
    let mut last = 12;
    for _ in 0..100 {
        let here = octets.len();
        octets.extend([
            0xc0 | (last >> 8) as u8,
            last as u8,
            0,
            1,
            0,
            1,
            0,
            0,
            0,
            60,
            0,
            4,
            192,
            0,
            2,
            9,
        ]);
        last = here;
    }
    if let Some(count) = octets.get_mut(10..12) {
        let present = u16::from_be_bytes([count[0], count[1]]);
        count.copy_from_slice(&(present + 100).to_be_bytes());
    }
}

/// Replaces the OPT record of the reply by one with a long option.
fn long_option(octets: &mut Vec<u8>) {
    let Ok(mut reply) = DnsPacket::parse(octets) else {
        return;
    };
    reply.edns = None;
    let Ok(written) = reply.write() else { return };
    *octets = written;
    octets.extend([0, 0, 41, 4, 208, 0, 0, 0, 0]);
    octets.extend(60_004_u16.to_be_bytes());
    octets.extend(65_001_u16.to_be_bytes());
    octets.extend(60_000_u16.to_be_bytes());
    octets.extend([0; 60_000]);
    let count = u16::from_be_bytes([octets[10], octets[11]]) + 1;
    octets[10..12].copy_from_slice(&count.to_be_bytes());
}
