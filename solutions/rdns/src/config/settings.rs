//! [`Settings`]: the part of the configuration that a reload changes, ready for use.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use chase::LocalNames;
use dnsparse::{Name, Question};
use recursive::{AccessControl, Delegated};
use referral::Answer;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use tokio::time::Instant;

use super::dnstap::DnstapConfig;
use super::{Config, ConfigError};
use crate::dnssec::clock::Clock;
use crate::encrypted::{certificate, validity};
use crate::forward::Zones;
use crate::local::{Blocklists, LocalData, Rebinding};
use crate::reply_cache::Policy;
use trust::exceptions::{Exception, OwnZones};

/// The settings that every query sees. A reload puts new ones in their place as a whole.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The clients that are answered.
    pub access: AccessControl,
    /// The local names.
    pub local: Arc<LocalData>,
    /// The names that are blocked.
    pub blocklists: Arc<Blocklists>,
    /// The protection against private addresses in public answers.
    pub rebinding: Arc<Rebinding>,
    /// The zones with servers of their own.
    pub zones: Arc<Zones>,
    /// The names that are not validated, each until a day.
    pub negative_trust_anchors: Vec<Exception>,
    /// The certificate for DNS over TLS, if there is one.
    pub certificate: Option<Arc<CertifiedKey>>,
    /// Sentences about files that are used, and will not do.
    pub warnings: Vec<String>,
    /// The time for which replies are kept after their TTLs, for when no server replies.
    pub serve_stale: Duration,
    /// Whether answers are fetched again before they expire.
    pub prefetch: bool,
    /// The log of messages.
    pub dnstap: Arc<DnstapConfig>,
    /// The number of reloads before these settings.
    pub generation: u32,
    /// The number of flushes since the start.
    pub flushes: u32,
    /// The time from which whole replies are cached; none for always.
    pub replies_from: Option<Instant>,
}

impl Settings {
    /// Makes the settings of a configuration, and reads the files that they need.
    ///
    /// # Errors
    /// If one of the files cannot be read, or is wrong.
    pub fn load(config: &Config) -> Result<Settings, ConfigError> {
        let certificate = match (&config.tls_cert, &config.tls_key) {
            (Some(certificate), Some(key)) => Some(certificate::load(certificate, key)?),
            _ => None,
        };
        let chain = certificate.as_deref().map(|it| it.cert.as_slice());
        let chain = chain.unwrap_or_default();
        let expired = chain.first();
        let expired = expired.and_then(|own| validity::warning(own, Clock::System.now()));
        let file = config.tls_cert.as_deref().unwrap_or(Path::new(""));
        let warnings = certificate::gap(chain).into_iter().chain(expired);
        let warnings = warnings.map(|text| format!("{} {text}", file.display()));
        let blocklists = Blocklists::load(&config.blocklist)?;
        Ok(Settings {
            warnings: warnings.chain(blocklists.warnings()).collect(),
            certificate,
            access: AccessControl::new(config.allow.iter().map(|network| network.0)),
            local: LocalData::load(config)?.into(),
            blocklists: blocklists.into(),
            rebinding: Arc::new(Rebinding {
                is_on: config.rebinding.protect,
                exceptions: config
                    .rebinding
                    .except
                    .iter()
                    .map(|name| name.0.clone())
                    .collect(),
            }),
            zones: Zones::load(config)?.into(),
            negative_trust_anchors: (config.negative_trust_anchor.iter())
                .map(|it| it.0.clone())
                .collect(),
            serve_stale: Duration::from_secs(config.serve_stale.into()),
            prefetch: config.prefetch,
            dnstap: Arc::new(config.dnstap.clone()),
            generation: 0,
            flushes: 0,
            replies_from: None,
        })
    }

    /// Returns the certificate for DNS over TLS, without those of its authorities.
    pub fn own_certificate(&self) -> Option<CertificateDer<'static>> {
        self.certificate.as_ref()?.cert.first().cloned()
    }

    /// Returns how replies are stored and sent again.
    pub fn reply_policy(&self) -> Policy {
        Policy {
            generation: self.generation,
            flushes: self.flushes,
            stale_for: self.serve_stale,
            prefetches: self.prefetch,
        }
    }

    /// Whether a name is answered here, or by servers that the configuration names. Servers for the
    /// whole DNS answer as the public ones do.
    pub fn is_own(&self, name: &Name) -> bool {
        let zone = || self.zones.zone_of(name);
        self.local.has(name) || zone().is_some_and(|(zone, _)| !zone.is_root())
    }

    /// Returns the names that are looked up by these settings alone: no list of special names
    /// applies to them. It does apply below a single name, such as a machine in `home.arpa`.
    pub fn own_names(&self) -> Delegated {
        let zones = self.local.zone_names().chain(self.zones.names());
        Delegated {
            zones: zones.cloned().collect(),
            names: self.local.single_names().cloned().collect(),
        }
    }
}

/// The settings of the moment, as the names that a resolver does not look up.
#[derive(Debug, Clone)]
pub struct CurrentSettings(pub Arc<ArcSwap<Settings>>);

impl OwnZones for CurrentSettings {
    fn closest(&self, name: &Name) -> Option<Name> {
        let settings = self.0.load();
        let (zone, servers) = settings.zones.zone_of(name)?;
        (!servers.is_validated(&zone)).then_some(zone)
    }
}

impl LocalNames for CurrentSettings {
    fn answer(&self, question: &Question) -> Option<Answer> {
        self.0.load().local.answer(question)
    }
}
