//! A hierarchy of zones, many of them misconfigured, on real servers; and relays that misbehave.

use std::net::SocketAddr;

use real_servers::{RunningServer, nsd};

use crate::relay::{Action, Relay, RelayedQuery, failure, truncated};

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
; Its servers are hosts of beta: there can be no glue here.
bank     NS   ns1.farm.beta.
bank     NS   ns2.farm.beta.
bank     DS   4711 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
mid      NS   ns1.farm.beta.
; One address without a server, and one good server.
half     NS   dead.half
half     NS   ns.shop
dead.half A   127.0.1.99
; One server that never replies, and one good server.
quiet    NS   ns0.quiet
quiet    NS   ns.shop
ns0.quiet A   127.0.1.15
; One lame server, and one good server; and one lame server alone.
lame     NS   ns0.lame
lame     NS   ns.shop
ns0.lame A    127.0.1.3
shy      NS   ns0.shy
ns0.shy  A    127.0.1.3
; No server that replies.
gone     NS   ns0.gone
gone     NS   ns1.gone
ns0.gone A    127.0.1.99
ns1.gone A    127.0.1.15
; One server that refers upwards, to the root; and one server name without an address.
up       NS   ns0.up
ns0.up   A    127.0.1.14
void     NS   nosuch.farm.beta.
; A server that truncates all UDP replies; two without EDNS: FORMERR, and no reply.
cut      NS   ns.cut
ns.cut   A    127.0.1.10
fussy    NS   ns.fussy
ns.fussy A    127.0.1.11
deaf     NS   ns.deaf
ns.deaf  A    127.0.1.12
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
; Its server is a host of mid.alpha, whose server is a host of farm.beta.
deep     NS   ns.mid.alpha.
";

const SHOP: &str = r#"
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
@        MX   10 mail
ns       A    127.0.1.4
www      A    192.0.2.80
www      A    192.0.2.81
mail     AAAA 2001:db8::25
@        TXT  "plain" "and \"quoted\""
near     CNAME www
far      CNAME cow.farm.beta.
lost     CNAME nosuch.farm.beta.
mute     CNAME ns1.farm.beta.
nowhere  CNAME www.nosuch.
hopeless CNAME www.shy.alpha.
; Over five zones and back, by six aliases.
odyssey  CNAME odyssey.farm.beta.
ithaca   CNAME ithaca.deep.beta.
circle   CNAME circle.farm.beta.
self     CNAME self
*.wild   A    192.0.2.82
*.wild   MX   10 mail
here.wild TXT "no A of its own, and none of the wildcard's"
*.tame   CNAME www
leaf.twig A   192.0.2.83
old      DNAME farm.beta.
dot\.ted A    192.0.2.84
sp\032ace\@\(\;\"\\\000\255 A 192.0.2.85
odd      TYPE65280 \# 4 01020304
odd      TYPE65281 \# 0
_sip._udp SRV 10 60 5060 mail
@        CAA  0 issue "ca.example.net"
@        NAPTR 100 50 "s" "SIP+D2U" "" _sip._udp
host     HINFO "PDP-11" "UNIX"
_443._tcp.www TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
; Aliases whose target is in the same zone: NXDOMAIN, and NODATA at an empty non-terminal.
broken   CNAME nosuch
bare     CNAME twig
*.spin   CNAME round.spin
; A DNAME whose synthesised names grow up to 255 octets.
turn     DNAME turn.turn
zero   0 A    192.0.2.86
; A zone on the same server.
sub      NS   ns
"#;

const SUB: &str = "\
$TTL 3600
@        SOA  ns.shop.alpha. hostmaster 1 1800 900 604800 300
@        NS   ns.shop.alpha.
www      A    192.0.2.90
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
odyssey  CNAME odyssey.bank.alpha.
circle   CNAME circle.shop.alpha.
";

const BANK: &str = "\
$TTL 3600
@        SOA  ns1.farm.beta. hostmaster 1 1800 900 604800 300
@        NS   ns1.farm.beta.
@        NS   ns2.farm.beta.
www      A    192.0.2.86
odyssey  CNAME odyssey.deep.beta.
";

const MID: &str = "\
$TTL 3600
@        SOA  ns1.farm.beta. hostmaster 1 1800 900 604800 300
@        NS   ns1.farm.beta.
ns       A    127.0.1.5
";

const DEEP: &str = "\
$TTL 3600
@        SOA  ns.mid.alpha. hostmaster 1 1800 900 604800 300
@        NS   ns.mid.alpha.
www      A    192.0.2.88
odyssey  CNAME odyssey.half.alpha.
ithaca   A    192.0.2.89
";

/// Zones with the good server of shop.alpha beside a bad one.
const HALF: &str = "\
$TTL 3600
@        SOA  ns.shop.alpha. hostmaster 1 1800 900 604800 300
@        NS   ns.shop.alpha.
@        NS   dead
dead     A    127.0.1.99
www      A    192.0.2.87
odyssey  CNAME ithaca.shop.alpha.
";

/// Zones with one server, which is a relay.
const ALONE: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
www      A    192.0.2.91
";

/// Returns TXT records of over 4,000 octets, and 60 A records.
fn large() -> (String, String) {
    let filler = "x".repeat(250);
    let texts = (0..16).map(|n| format!("big TXT \"{n:02} {filler}\"\n"));
    let addresses = (1..=60).map(|n| format!("many A 198.51.100.{n}\n"));
    (texts.collect(), addresses.collect())
}

/// Starts the servers of all zones.
pub(crate) fn start_servers() -> Vec<RunningServer> {
    let at = |last: u8, port: u16| SocketAddr::from(([127, 0, 1, last], port));
    let (texts, addresses) = large();
    let (farm, shop) = (format!("{FARM}{texts}"), format!("{SHOP}{addresses}"));
    let real = at(6, 5_300);
    let address = |last: u8| format!("{ALONE}ns A 127.0.1.{last}\n");
    let (cut, fussy, deaf) = (address(10), address(11), address(12));
    let shop_zones = [
        ("shop.alpha", shop.as_str()),
        ("sub.shop.alpha", SUB),
        ("half.alpha", HALF),
        ("quiet.alpha", HALF),
        ("lame.alpha", HALF),
    ];
    let farm_zones = [
        ("farm.beta", farm.as_str()),
        ("bank.alpha", BANK),
        ("mid.alpha", MID),
        ("deep.beta", DEEP),
    ];
    let servers = vec![
        nsd(at(1, 53), &[(".", ROOT)]),
        nsd(at(2, 53), &[("alpha", ALPHA)]),
        nsd(at(3, 53), &[("beta", BETA)]),
        nsd(at(4, 53), &shop_zones),
        nsd(at(5, 53), &farm_zones),
        nsd(
            real,
            &[
                ("cut.alpha", &cut),
                ("fussy.alpha", &fussy),
                ("deaf.alpha", &deaf),
            ],
        ),
    ];
    Relay::start(at(10, 53), real, truncate_udp);
    Relay::start(at(11, 53), real, formerr_to_edns);
    Relay::start(at(12, 53), real, drop_edns);
    Relay::forwarding(at(14, 53), at(1, 53));
    Relay::start(at(15, 53), real, |_| Vec::new());
    servers
}

fn truncate_udp(query: &RelayedQuery<'_>) -> Vec<Action> {
    match query.over_tcp {
        true => vec![Action::Forward],
        false => vec![Action::Send(truncated(query.octets))],
    }
}

fn formerr_to_edns(query: &RelayedQuery<'_>) -> Vec<Action> {
    match query.has_edns {
        true => vec![Action::Send(failure(query.octets, 1))],
        false => vec![Action::Forward],
    }
}

fn drop_edns(query: &RelayedQuery<'_>) -> Vec<Action> {
    match query.has_edns {
        true => Vec::new(),
        false => vec![Action::Forward],
    }
}
