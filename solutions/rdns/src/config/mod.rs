//! [`Config`]: the configuration of `rdns`, from its flags and its file.
//!
//! Each flag has a key of the same name in the file. A flag comes before the file, and the file
//! before the default. The file is TOML:
//!
//! ```toml
//! listen = ["192.0.2.1:53", "[2001:db8::1]:53"]
//! allow = ["192.0.2.0/24"]
//! cache-records = 100000
//! ```
//!
//! | module | does |
//! | --- | --- |
//! | [`flags`] | the command line |
//! | [`manual`] | the manual page |
//! | [`mod@file`] | reads the file, and says what is wrong in it |
//! | [`input`] | opens and reads the files that settings name |
//! | [`suggest`] | the nearest of the keys that there are |
//! | [`values`] | the forms of values, with a sentence about each |
//! | [`local`] | the settings of local names, blocklists, forward and stub zones |
//! | [`tls`] | the settings of TLS towards the servers of a forward zone |
//! | [`root_zone`] | the settings of the local copy of the root zone |
//! | [`dnstap`] | the settings of dnstap |
//! | [`paths`] | the files and sockets that settings name |
//! | [`check`] | what no single setting shows |
//! | [`fixed`] | the files that only a start puts into use |
//! | [`settings`] | the part that a reload changes |
//! | [`reload`] | reads the file again, while queries are answered |

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::minimisation::Minimisation;

pub mod check;
pub mod dnstap;
pub mod file;
pub mod fixed;
pub mod flags;
pub mod input;
pub mod local;
pub mod manual;
pub mod paths;
pub mod reload;
pub mod root_zone;
pub mod settings;
pub mod suggest;
pub mod tls;
pub mod values;

use dnstap::DnstapConfig;
pub use file::ConfigError;
pub use flags::Arguments;
use local::{BlocklistConfig, LocalConfig, RebindingConfig, UpstreamZone};
pub use reload::Reloader;
use root_zone::RootZoneConfig;
pub use settings::Settings;
use values::{
    ExceptionText, Listen, Loopback, NetworkText, at_least_one, number, optional_number,
    optional_path, table,
};

/// The configuration, complete: each setting has its value or its default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The addresses to listen on, over UDP and TCP.
    #[serde(deserialize_with = "at_least_one")]
    pub listen: Vec<Listen>,
    /// The networks whose clients are answered, besides this machine.
    pub allow: Vec<NetworkText>,
    /// The maximum number of replies in a second over UDP to one network; 0 for no limit.
    #[serde(deserialize_with = "number::<_, _, 0, 1_000_000_000>")]
    pub rate_limit: u32,
    /// The addresses to listen on for DNS over TLS.
    pub tls_listen: Vec<Listen>,
    /// The addresses to listen on for DNS over HTTPS.
    pub https_listen: Vec<Listen>,
    /// The file of the certificate for DNS over TLS and HTTPS.
    #[serde(deserialize_with = "optional_path")]
    pub tls_cert: Option<PathBuf>,
    /// The file of its private key.
    #[serde(deserialize_with = "optional_path")]
    pub tls_key: Option<PathBuf>,
    /// A file of root hints; none for the built-in ones.
    #[serde(deserialize_with = "optional_path")]
    pub root_hints: Option<PathBuf>,
    /// The port on which other servers are queried.
    #[serde(deserialize_with = "number::<_, _, 1, 65_535>")]
    pub upstream_port: u16,
    /// How much of a name the servers on the way to it receive.
    pub qname_minimisation: Minimisation,
    /// Whether the mini-Internet takes the place of the Internet.
    pub lab: bool,
    /// A file of trust anchors; none for those that are built in.
    #[serde(deserialize_with = "optional_path")]
    pub trust_anchor: Option<PathBuf>,
    /// A file that keeps the states of the trust anchors, which follow the keys of their zones (RFC 5011);
    /// none for anchors that stay as they are.
    #[serde(deserialize_with = "optional_path")]
    pub trust_anchor_state: Option<PathBuf>,
    /// The zones that are not validated, each until a day.
    pub negative_trust_anchor: Vec<ExceptionText>,
    /// Whether answers are not validated.
    pub no_dnssec: bool,
    /// Whether each name is looked up, also where validated NSEC records deny it (RFC 8198).
    pub no_aggressive_nsec: bool,
    /// The number of threads that answer over UDP; none for one for each processor.
    #[serde(deserialize_with = "optional_number::<_, _, 1, 65_535>")]
    pub threads: Option<u16>,
    /// The maximum number of records that are cached.
    #[serde(deserialize_with = "number::<_, _, 1, 4_000_000_000>")]
    pub cache_records: u32,
    /// The time in seconds for which an answer is kept after its TTL, and used if no server replies
    /// (RFC 8767); 0 for none.
    #[serde(deserialize_with = "number::<_, _, 0, 604_800>")]
    pub serve_stale: u32,
    /// Whether answers are fetched again before they expire, if clients ask for them.
    pub prefetch: bool,
    /// The interval of the statistics, in seconds.
    #[serde(deserialize_with = "optional_number::<_, _, 1, 1_000_000_000>")]
    pub stats_interval: Option<u32>,
    /// The socket that `rdns ctl` connects to; none for no control.
    #[serde(deserialize_with = "optional_path")]
    pub control: Option<PathBuf>,
    /// The address at which Prometheus finds the counters; none for no metrics.
    pub metrics: Option<Loopback>,
    /// Whether any file may be opened after the start, and not only those in the folders that the
    /// configuration names.
    pub no_sandbox: bool,
    /// The log of messages.
    #[serde(deserialize_with = "table")]
    pub dnstap: DnstapConfig,
    /// The local copy of the root zone.
    #[serde(deserialize_with = "table")]
    pub root_zone: RootZoneConfig,
    /// The protection against private addresses in public answers.
    #[serde(deserialize_with = "table")]
    pub rebinding: RebindingConfig,
    /// Names that are answered from files and single records.
    #[serde(deserialize_with = "table")]
    pub local: LocalConfig,
    /// Zones that other resolvers are asked for.
    pub forward: Vec<UpstreamZone>,
    /// Zones whose authoritative servers are known.
    pub stub: Vec<UpstreamZone>,
    /// Lists of names that are blocked.
    pub blocklist: Vec<BlocklistConfig>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            listen: vec![Listen(([127, 0, 0, 1], 2_053).into())],
            allow: Vec::new(),
            rate_limit: 1_000,
            tls_listen: Vec::new(),
            https_listen: Vec::new(),
            tls_cert: None,
            tls_key: None,
            root_hints: None,
            upstream_port: 53,
            qname_minimisation: Minimisation::Relaxed,
            lab: false,
            trust_anchor: None,
            trust_anchor_state: None,
            negative_trust_anchor: Vec::new(),
            no_dnssec: false,
            no_aggressive_nsec: false,
            threads: None,
            cache_records: 200_000,
            serve_stale: 0,
            prefetch: false,
            stats_interval: None,
            control: None,
            metrics: None,
            dnstap: DnstapConfig::default(),
            root_zone: RootZoneConfig::default(),
            no_sandbox: false,
            rebinding: RebindingConfig::default(),
            local: LocalConfig::default(),
            forward: Vec::new(),
            stub: Vec::new(),
            blocklist: Vec::new(),
        }
    }
}

impl Config {
    /// Returns the number of threads that answer over UDP; the runtime has as many for
    /// everything else.
    pub fn threads(&self) -> usize {
        let available = || std::thread::available_parallelism().map_or(1, |number| number.get());
        self.threads.map_or_else(available, usize::from)
    }

    /// Returns the configuration as a file that has the same effect.
    ///
    /// # Errors
    /// If a path is not UTF-8, and hence not text.
    pub fn to_text(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|error| ConfigError::Unprintable(error.to_string()))
    }

    /// Returns the keys of settings in which two configurations differ, and which only a restart
    /// changes.
    pub fn fixed_differences(&self, other: &Config) -> Vec<&'static str> {
        let differs = [
            ("listen", self.listen != other.listen),
            ("tls-listen", self.tls_listen != other.tls_listen),
            ("https-listen", self.https_listen != other.https_listen),
            ("rate-limit", self.rate_limit != other.rate_limit),
            ("root-hints", self.root_hints != other.root_hints),
            ("upstream-port", self.upstream_port != other.upstream_port),
            (
                "qname-minimisation",
                self.qname_minimisation != other.qname_minimisation,
            ),
            ("lab", self.lab != other.lab),
            ("trust-anchor", self.trust_anchor != other.trust_anchor),
            (
                "trust-anchor-state",
                self.trust_anchor_state != other.trust_anchor_state,
            ),
            ("no-dnssec", self.no_dnssec != other.no_dnssec),
            (
                "no-aggressive-nsec",
                self.no_aggressive_nsec != other.no_aggressive_nsec,
            ),
            ("threads", self.threads != other.threads),
            ("cache-records", self.cache_records != other.cache_records),
            (
                "stats-interval",
                self.stats_interval != other.stats_interval,
            ),
            ("control", self.control != other.control),
            ("metrics", self.metrics != other.metrics),
            ("root-zone", self.root_zone != other.root_zone),
            ("no-sandbox", self.no_sandbox != other.no_sandbox),
        ];
        let differs = differs.into_iter().filter(|(_, differs)| *differs);
        differs.map(|(key, _)| key).collect()
    }
}
