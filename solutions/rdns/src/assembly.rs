//! Puts the resolver of `rdns` together: network, cache, selection of servers, quotas, settings.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use chain::TrustAnchors;
use chase::Resolver;
use negative::SharedCache;
use network::Network;
use quota::ZoneQuota;
use recursive::{AccessControl, Recursive, SpecialNames};
use referral::Delegation;
use select::{AddressPolicy, RouteCheck, Selector};
use serve::TcpLimits;
use spoof::SpoofGuard;

use crate::config::settings::CurrentSettings;
use crate::config::{Config, Settings};
use crate::dnssec::setup::{trust_state, with_validation};
use crate::dnstap::Tap;
use crate::dnstap::network::TappedNetwork;
use crate::forward::{Configured, Encrypting, Zoned};
use crate::guard::Guard;
use crate::limits;
use crate::root_zone::{RootZone, WithRootZone};
use crate::service::Service;

/// The reply cache has one part in this many of `--cache-records`; the resolver's cache has the
/// rest.
const REPLY_CACHE_SHARE: usize = 4;
/// Signatures, proofs and what validation has found have one part in this many of it, if answers
/// are validated.
const TRUST_SHARE: usize = 6;
/// The servers of one zone may have one in this many of the searches in flight.
const ZONE_SHARE: usize = 10;

/// The network of `rdns`: over TLS, or guarded against forged replies.
pub type Upstream<N> = Encrypting<SpoofGuard<WithRootZone<TappedNetwork<N>>>>;

/// The selection of servers of `rdns`.
pub type Selection = Configured<ZoneQuota<Selector>>;

/// Puts a server together that listens on these addresses, with the copy of the root zone. Returns
/// it with the table of the states of other servers.
pub fn assemble<N: Network>(
    config: &Config,
    settings: Settings,
    anchors: Option<TrustAnchors>,
    network: N,
    hints: &Delegation,
    addresses: &[SocketAddr],
    root: &RootZone,
) -> (Arc<Service<Upstream<N>, Zoned, Selection>>, Selector) {
    let in_flight = limits::in_flight(2 * TcpLimits::default().connections * addresses.len());
    let records = usize::try_from(config.cache_records).unwrap_or(usize::MAX);
    let reply_records = records / REPLY_CACHE_SHARE;
    let settings = Arc::new(ArcSwap::from_pointee(settings));
    let trust_records = anchors.as_ref().map_or(0, |_| records / TRUST_SHARE);
    let trust = anchors.map(|anchors| trust_state(config, &settings, anchors, trust_records));
    let cache = SharedCache::new(hints.clone(), records - reply_records - trust_records);
    let selector = selector(config, hints, addresses);
    let quota = ZoneQuota::new(selector.clone(), (in_flight / ZONE_SHARE).max(1));
    let knowledge = Zoned::new(cache, Arc::clone(&settings), root.clone());
    let tap = Arc::new(Tap::default());
    let network = TappedNetwork::new(network, Arc::clone(&tap));
    // Over TLS, no reply is forged.
    let network = SpoofGuard::new(WithRootZone::new(network, root.clone()));
    let network = Encrypting::new(network, Arc::clone(&settings), config.upstream_port)
        .with_tap(Arc::clone(&tap));
    let resolver = Resolver::new(network, knowledge)
        .with_port(config.upstream_port)
        .with_late_sockets(in_flight)
        .with_qname_minimisation(config.qname_minimisation.into())
        .with_local_names(CurrentSettings(Arc::clone(&settings)))
        .with_selection(Configured::new(quota, Arc::clone(&settings)).with_tap(Arc::clone(&tap)));
    let special = SpecialNames::new(match config.root_hints {
        _ if config.lab => &lab::LOCALLY_SERVED,
        Some(_) => &["test."],
        None => &[],
    });
    // The service decides which clients are answered.
    let access = AccessControl::default();
    let recursive = with_validation(resolver, trust.clone(), |resolver| {
        Recursive::new(resolver, in_flight, special, access)
    });
    let guard = Guard::new(in_flight, config.rate_limit);
    let service = Service::new(recursive, reply_records, guard, settings);
    (Arc::new(service.with_trust(trust).with_tap(tap)), selector)
}

/// Makes the selection of servers. Outside of the mini-Internet, it looks up which address families
/// this machine has a route for.
fn selector(config: &Config, hints: &Delegation, addresses: &[SocketAddr]) -> Selector {
    let selector = Selector::new(address_policy(config, hints, addresses));
    if config.lab {
        return selector;
    }
    let roots = hints.servers.iter().flat_map(|server| &server.addresses);
    selector.with_route_check(RouteCheck::to(roots.copied().collect()))
}

/// Returns the policy for server addresses: which of them are this resolver's own, and whether
/// loopback addresses are queried. (With a wildcard address in `--listen` the own addresses are
/// unknown. A query to itself ends at once all the same: it has RD clear, and is refused.)
///
/// In the mini-Internet, IPv6 is always reachable. Elsewhere a route check finds that out.
fn address_policy(config: &Config, hints: &Delegation, addresses: &[SocketAddr]) -> AddressPolicy {
    let own = addresses
        .iter()
        .filter(|own| own.port() == config.upstream_port);
    let mut roots = hints.servers.iter().flat_map(|server| &server.addresses);
    AddressPolicy {
        has_ipv6: config.lab,
        allow_loopback: roots.any(IpAddr::is_loopback),
        own_addresses: own.map(SocketAddr::ip).collect(),
        ..AddressPolicy::default()
    }
}
