//! A small lab, and a recursive resolver in it.

use std::net::IpAddr;
use std::sync::Arc;

use chase::Resolver;
use dnsparse::{DnsPacket, Edns, EdnsOption, ExtendedError, RecordType};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, no_reply, repeat};
use negative::SharedCache;
use network::Via;
use rdns::{AccessControl, Recursive, SpecialNames};
use referral::Delegation;
use select::{AddressPolicy, Selector};

/// A client on this machine, and one on another.
pub(crate) const LOCAL: &str = "127.0.0.1";
pub(crate) const REMOTE: &str = "198.51.100.7";
/// The server of `shop.example`, and the one of `dead.example`, which says nothing.
pub(crate) const SHOP: &str = "192.0.2.3:53";
pub(crate) const DEAD: &str = "192.0.2.9:53";

pub(crate) type LabRecursive = Recursive<Lab, SharedCache, Selector>;

/// The root, `example` below it, and two zones below that.
pub(crate) fn world() -> Lab {
    let lab = LabBuilder::new()
        .zones(
            "
            $ORIGIN .
            @           NS root.
            root.       A  192.0.2.1
            example.    NS ns.example.
            ns.example. A  192.0.2.2

            $ORIGIN example.
            @       NS ns
            ns      A  192.0.2.2
            shop    NS ns.shop
            ns.shop A  192.0.2.3
            dead    NS ns.dead
            ns.dead A  192.0.2.9

            $ORIGIN shop.example.
            @           NS    ns
            ns          A     192.0.2.3
            www         A     192.0.2.80
            old         CNAME www
            gone        CNAME nosuch
            long 604800 A     192.0.2.81
            bad         CNAME bad

            $ORIGIN dead.example.
            @  NS ns
            ns A  192.0.2.9
            ",
        )
        .build()
        .unwrap();
    lab.script(DEAD.parse().unwrap(), Via::Udp, [repeat(no_reply())]);
    lab
}

/// The root hints of that lab.
pub(crate) fn hints() -> Delegation {
    hints_of(world().root_hints())
}

/// A recursive resolver for these clients, with at most `max_in_flight` searches at the same time.
pub(crate) fn server_for(
    lab: &Lab,
    access: AccessControl,
    max_in_flight: usize,
) -> Arc<LabRecursive> {
    let resolver = Resolver::new(lab.clone(), SharedCache::new(hints(), 1_000))
        .with_selection(Selector::new(AddressPolicy::default()));
    Arc::new(Recursive::new(
        resolver,
        max_in_flight,
        SpecialNames::new(&["test."]),
        access,
    ))
}

/// A recursive resolver for this machine alone.
pub(crate) fn server(lab: &Lab) -> Arc<LabRecursive> {
    server_for(lab, AccessControl::default(), 100)
}

/// A query with EDNS, as dig makes it.
pub(crate) fn query(qname: &str, qtype: RecordType) -> DnsPacket {
    let mut query = DnsPacket::query(12, qname.parse().unwrap(), qtype);
    query.header.rd = true;
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    query
}

/// The reply to a query of a client.
pub(crate) async fn ask_from(server: &LabRecursive, client: &str, query: &DnsPacket) -> DnsPacket {
    let client: IpAddr = client.parse().unwrap();
    let octets = query.write().unwrap();
    let reply = server.respond(&octets, Via::Udp, client).await;
    DnsPacket::parse(&reply.expect("a reply")).unwrap()
}

/// The reply to a question of a client on this machine.
pub(crate) async fn ask(server: &LabRecursive, qname: &str, qtype: RecordType) -> DnsPacket {
    ask_from(server, LOCAL, &query(qname, qtype)).await
}

/// The extended DNS error of a reply.
pub(crate) fn extended_error(reply: &DnsPacket) -> Option<&ExtendedError> {
    let options = &reply.edns.as_ref()?.options;
    options.iter().find_map(|option| match option {
        EdnsOption::ExtendedError(error) => Some(error),
        _ => None,
    })
}

/// A reply as text: the RCODE, the answers, and, marked as such, the authority section.
pub(crate) fn text_of(reply: &DnsPacket) -> String {
    let mut text = reply.rcode().to_string();
    for (mark, section) in [("", &reply.answers), ("authority: ", &reply.authorities)] {
        for record in section {
            text.push_str(&format!("\n{mark}{record}").replace('\t', " "));
        }
    }
    text
}

/// A reply as text, after its question.
pub(crate) fn with_question(reply: &DnsPacket) -> String {
    let question = reply.question();
    let question = question.map_or("no question".to_owned(), ToString::to_string);
    format!("{question}: {}", text_of(reply)).replace('\t', " ")
}
