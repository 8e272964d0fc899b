//! [`Upkeep`]: what a server does besides answering queries.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use chase::{Knowledge, ServerSelection};
use dnsparse::Name;
use network::Network;
use recursive::keep_primed;
use referral::Delegation;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::sleep;

use crate::config::Config;
use crate::control::Control;
use crate::dnssec::clock_check::check_clock;
use crate::dnssec::managed::ManagedAnchors;
use crate::encrypted::validity;
use crate::forward::Zoned;
use crate::root_zone::RootZone;
use crate::root_zone::refresh::{Source, keep_fresh};
use crate::service::Service;
use crate::service_manager::{self, State};
use crate::signals::Signal;
use crate::stats;

/// The interval at which it is looked at whether root servers are queried again.
const FORWARDED_ROOT: Duration = Duration::from_secs(60);

/// A running server, whose state is kept fresh.
pub(super) struct Upkeep<'s, N, C> {
    pub(super) config: &'s Config,
    pub(super) hints: &'s Delegation,
    pub(super) service: &'s Arc<Service<N, Zoned, C>>,
    pub(super) control: &'s Arc<Control<N, C>>,
    pub(super) root: &'s RootZone,
}

/// The signals that a running server obeys. They do not end the process from the moment at which these
/// exist.
pub(super) struct Signals {
    report: Signal,
    reload: Signal,
}

impl Signals {
    pub(super) fn listen() -> Signals {
        Signals {
            report: Signal::report(),
            reload: Signal::reload(),
        }
    }
}

impl<N: Network, C: ServerSelection> Upkeep<'_, N, C> {
    /// Never ends.
    pub(super) async fn run(
        self,
        signals: Signals,
        outcomes: UnboundedReceiver<String>,
        managed: Option<ManagedAnchors>,
        print: &impl Fn(&str),
    ) -> Infallible {
        let reports = stats::report(self.config.stats_interval, signals.report, || {
            print(&self.control.stats().to_string());
        });
        tokio::select! {
            never = self.keep_primed() => never,
            never = self.check_clock(print) => never,
            never = self.keep_anchors(managed, print) => never,
            never = self.keep_root_zone(print) => never,
            never = self.watch_certificate(print) => never,
            never = self.reload(signals.reload, outcomes, print) => never,
            never = reports => never,
        }
    }

    /// Queries the root servers for their names and addresses.
    async fn keep_primed(&self) -> Infallible {
        let resolver = self.service.recursive().resolver();
        // Where all names are forwarded, perhaps over TLS, no query goes to a root server.
        while resolver.knowledge().is_forwarded(&Name::ROOT) {
            sleep(FORWARDED_ROOT).await;
        }
        let (network, cache) = (resolver.network(), resolver.knowledge().cache());
        keep_primed(network, self.config.upstream_port, self.hints, cache).await
    }

    /// Compares this machine's clock with the signatures of the root.
    async fn check_clock(&self, print: &impl Fn(&str)) -> Infallible {
        let trust = self.service.trust().filter(|trust| trust.can_check_clock());
        if let Some(trust) = trust {
            check_clock(self.service.recursive().resolver(), trust, print).await;
        }
        pending().await
    }

    /// Follows the keys of the trust anchors' zones (RFC 5011).
    async fn keep_anchors(
        &self,
        managed: Option<ManagedAnchors>,
        print: &impl Fn(&str),
    ) -> Infallible {
        let resolver = self.service.recursive().resolver();
        match (self.service.trust(), managed) {
            (Some(trust), Some(managed)) => managed.keep(resolver, trust, print).await,
            _ => pending().await,
        }
    }

    /// Refreshes the local copy of the root zone.
    async fn keep_root_zone(&self, print: &impl Fn(&str)) -> Infallible {
        let resolver = self.service.recursive().resolver();
        let source = Source::new(&self.config.root_zone, None);
        // The root servers may not have been reachable until now.
        let forget_failures = || resolver.knowledge().cache().forget_failures();
        let (trust, network) = (self.service.trust(), resolver.network());
        keep_fresh(self.root, source, trust, network, forget_failures, print).await
    }

    /// Says when the certificate for DNS over TLS expires.
    async fn watch_certificate(&self, print: &impl Fn(&str)) -> Infallible {
        validity::watch(&self.service.current_settings(), print).await
    }

    /// Reads the configuration again at each signal. Prints the outcome, and those of reloads by `rdns ctl`.
    async fn reload(
        &self,
        mut signal: Signal,
        mut outcomes: UnboundedReceiver<String>,
        print: &impl Fn(&str),
    ) -> Infallible {
        loop {
            tokio::select! {
                () = signal.next() => {
                    service_manager::notify(State::Reloading);
                    let (Ok(line) | Err(line)) = self.control.reload().await;
                    print(&line);
                    service_manager::notify(State::Ready);
                }
                Some(line) = outcomes.recv() => print(&line),
            }
        }
    }
}
