//! The root servers: from the hints, or as one of them lists them.

use std::time::Duration;

use negative::DelegationCache;
use referral::Delegation;
use tokio::time::{Instant, advance};

use crate::world::{TestResolver, address, root};

/// The root servers from priming, with this TTL: a second server of the root.
fn primed(ttl: u32) -> Delegation {
    let mut primed = root();
    primed.ttl = ttl;
    primed.servers[0].addresses = vec![[192, 0, 2, 101].into()];
    primed
}

fn addresses(root: &Delegation) -> String {
    let servers = root.servers.iter();
    let addresses: Vec<_> = servers
        .flat_map(|server| server.addresses.iter().map(ToString::to_string))
        .collect();
    addresses.join(" ")
}

/// RFC 9609: until they expire, the root servers from priming replace the hints. Both servers
/// answer.
#[tokio::test(start_paused = true)]
async fn primed_root_servers_are_queried_until_they_expire() {
    let resolver = TestResolver::new();
    resolver.cache.set_root(primed(600));
    let mut lines = String::new();
    for (second, name) in [(0, "a"), (599, "b"), (600, "c"), (700, "d")] {
        let begin = resolver.begin + Duration::from_secs(second);
        advance(begin - Instant::now()).await;
        let before = resolver.lab.queries().len();
        resolver.resolve(name).await;
        let servers = resolver.servers_since(before);
        lines += &format!("second {second}: {name} is asked for at {servers}\n");
    }
    insta::assert_snapshot!(lines, @r"
    second 0: a is asked for at 192.0.2.101
    second 599: b is asked for at 192.0.2.101
    second 600: c is asked for at 192.0.2.1
    second 700: d is asked for at 192.0.2.1
    ");
}

/// A TTL is read as for any other record: at most a day, and 0 with its top bit set.
#[test]
fn primed_root_servers_are_cached_for_their_ttl() {
    let mut lines = String::new();
    for (ttl, seconds) in [
        (600, [0, 599, 600]),
        (604_800, [0, 86_399, 86_400]),
        (1 << 31, [0, 1, 2]),
        (0, [0, 1, 2]),
    ] {
        let (mut delegations, now) = (DelegationCache::new(root(), 100), Instant::now());
        delegations.set_root(primed(ttl), now);
        for second in seconds {
            let root = delegations.root(now + Duration::from_secs(second));
            lines += &format!("a TTL of {ttl}, second {second}: {}\n", addresses(&root));
        }
    }
    lines += &format!(
        "the hints: {}; from priming: {}\n",
        addresses(&root()),
        address(101).ip()
    );
    insta::assert_snapshot!(lines, @r"
    a TTL of 600, second 0: 192.0.2.101
    a TTL of 600, second 599: 192.0.2.101
    a TTL of 600, second 600: 192.0.2.1
    a TTL of 604800, second 0: 192.0.2.101
    a TTL of 604800, second 86399: 192.0.2.101
    a TTL of 604800, second 86400: 192.0.2.1
    a TTL of 2147483648, second 0: 192.0.2.1
    a TTL of 2147483648, second 1: 192.0.2.1
    a TTL of 2147483648, second 2: 192.0.2.1
    a TTL of 0, second 0: 192.0.2.1
    a TTL of 0, second 1: 192.0.2.1
    a TTL of 0, second 2: 192.0.2.1
    the hints: 192.0.2.1; from priming: 192.0.2.101
    ");
}
