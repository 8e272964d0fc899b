//! A hierarchy of zones with all that is awkward in it, on real servers; and relays before those that misbehave.

use std::net::SocketAddr;

use crate::peers::Peer;
use crate::programs::nsd_at;
use crate::relay::{Act, Asked, Relay, failure, truncated};

/// Where every resolver starts.
pub(crate) const HINTS: &str = ". 3600000 NS a.root.\na.root. 3600000 A 127.0.1.1\n";

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
bank     DS   4711 13 2 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
mid      NS   ns1.farm.beta.
; One server that is not there, and one that is.
half     NS   dead.half
half     NS   ns.shop
dead.half A   127.0.1.99
; One that says nothing, and one that does.
quiet    NS   ns0.quiet
quiet    NS   ns.shop
ns0.quiet A   127.0.1.15
; One that does not have the zone, and one that has; and one that does not have it, alone.
lame     NS   ns0.lame
lame     NS   ns.shop
ns0.lame A    127.0.1.3
shy      NS   ns0.shy
ns0.shy  A    127.0.1.3
; None that is there.
gone     NS   ns0.gone
gone     NS   ns1.gone
ns0.gone A    127.0.1.99
ns1.gone A    127.0.1.15
; One that refers to the root; and one without any address.
up       NS   ns0.up
ns0.up   A    127.0.1.14
void     NS   nosuch.farm.beta.
; All by TCP; no EDNS, said and unsaid.
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
; An alias whose end the same server knows: that there is none, or that there is nothing of that type, or an empty name.
broken   CNAME nosuch
bare     CNAME twig
*.spin   CNAME round.spin
; Longer and longer, up to 255 octets.
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

/// Zones that have one good server, of shop.alpha, beside others.
const HALF: &str = "\
$TTL 3600
@        SOA  ns.shop.alpha. hostmaster 1 1800 900 604800 300
@        NS   ns.shop.alpha.
@        NS   dead
dead     A    127.0.1.99
www      A    192.0.2.87
odyssey  CNAME ithaca.shop.alpha.
";

/// Zones with one server, for which a relay stands in.
const ALONE: &str = "\
$TTL 3600
@        SOA  ns hostmaster 1 1800 900 604800 300
@        NS   ns
www      A    192.0.2.91
";

/// An answer of over 4,000 octets, and one of 60 addresses.
fn large() -> (String, String) {
    let filler = "x".repeat(250);
    let texts = (0..16).map(|n| format!("big TXT \"{n:02} {filler}\"\n"));
    let addresses = (1..=60).map(|n| format!("many A 198.51.100.{n}\n"));
    (texts.collect(), addresses.collect())
}

/// The servers of all zones.
pub(crate) fn servers() -> Vec<Peer> {
    let at = |last: u8, port: u16| SocketAddr::from(([127, 0, 1, last], port));
    let (texts, addresses) = large();
    let (farm, shop) = (format!("{FARM}{texts}"), format!("{SHOP}{addresses}"));
    let behind = at(6, 5_300);
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
        nsd_at(at(1, 53), &[(".", ROOT)]),
        nsd_at(at(2, 53), &[("alpha", ALPHA)]),
        nsd_at(at(3, 53), &[("beta", BETA)]),
        nsd_at(at(4, 53), &shop_zones),
        nsd_at(at(5, 53), &farm_zones),
        nsd_at(
            behind,
            &[
                ("cut.alpha", &cut),
                ("fussy.alpha", &fussy),
                ("deaf.alpha", &deaf),
            ],
        ),
    ];
    Relay::at(at(10, 53), behind, by_tcp_alone);
    Relay::at(at(11, 53), behind, no_edns);
    Relay::at(at(12, 53), behind, silent_to_edns);
    Relay::honest(at(14, 53), at(1, 53));
    Relay::at(at(15, 53), behind, |_| Vec::new());
    servers
}

fn by_tcp_alone(asked: &Asked<'_>) -> Vec<Act> {
    match asked.by_tcp {
        true => vec![Act::Forward],
        false => vec![Act::Say(truncated(asked.octets))],
    }
}

fn no_edns(asked: &Asked<'_>) -> Vec<Act> {
    match asked.has_edns {
        true => vec![Act::Say(failure(asked.octets, 1))],
        false => vec![Act::Forward],
    }
}

fn silent_to_edns(asked: &Asked<'_>) -> Vec<Act> {
    match asked.has_edns {
        true => Vec::new(),
        false => vec![Act::Forward],
    }
}
