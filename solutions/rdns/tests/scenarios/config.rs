//! [`Config`]: the lines before CONFIG_END, as far as they decide whether and how a scenario can be
//! played.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use chase::QnameMinimisation;
use crypto::Ring;
use dnsparse::Name;
use programs::dnssec::clock::Clock;
use programs::dnssec::setup::parse_anchors;
use programs::dnssec::trust_state::TrustSettings;
use trust::calendar::time;
use trust::exceptions::{Exception, Exceptions};

/// The form of a scenario: two programs play the same words by slightly different rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// unbound's testbound. Queries are answered by the ranges of the *next* step, and a client's
    /// query goes on beside the steps that follow it.
    Testbound,
    /// Deckard. Queries are answered by the ranges of the present step, and each step with a
    /// client's query waits for the answer.
    Deckard,
}

/// The keys and values of a configuration, in order.
#[derive(Debug, Default)]
pub(crate) struct Config(Vec<(String, String)>);

/// Keys that ask for something that `rdns` does not have, if their value is not *no*, and without
/// which a scenario makes no sense.
const UNSUPPORTED: [(&str, &str); 18] = [
    ("trust-anchor-file", "a file of trust anchors"),
    ("auth-zone", "authoritative zones"),
    ("local-zone", "local zones"),
    ("local-data", "local data"),
    ("rpz", "response policy zones"),
    ("view", "views"),
    ("send-client-subnet", "client subnets"),
    ("serve-expired", "expired answers"),
    ("serve-original-ttl", "original TTLs"),
    ("dns64-prefix", "DNS64"),
    ("redirect-bogus", "redirection"),
    ("nsid", "a name server identifier"),
    ("edns-client-string", "EDNS options"),
    ("edns-client-string-opcode", "EDNS options"),
    ("cache-min-ttl", "a lowest TTL"),
    ("features", "modules of Knot Resolver"),
    ("feature-list", "modules of Knot Resolver"),
    (
        "auto-trust-anchor-file",
        "trust anchors that follow a rollover",
    ),
];

/// Keys that change what a resolver does, but not every answer: a scenario that gets its answers
/// without them has passed.
const MISSING: [(&str, &str); 8] = [
    ("forward-zone", "forward zones"),
    ("harden-algo-downgrade", "signatures of each algorithm"),
    (
        "val-nsec3-keysize-iterations",
        "another limit of iterations",
    ),
    ("prefetch", "prefetching"),
    ("private-address", "address filters"),
    ("cache-max-ttl", "a highest TTL"),
    ("stub-prime", "priming of stub zones"),
    ("stub-first", "stub zones that fail over"),
];

/// Modules of unbound that `rdns` does not have.
const UNSUPPORTED_MODULES: [&str; 6] = [
    "dns64",
    "respip",
    "subnetcache",
    "cachedb",
    "python",
    "ipset",
];

impl Config {
    /// Parses the lines of a configuration.
    pub(crate) fn parse<'t>(lines: impl Iterator<Item = &'t str>) -> Config {
        Config(lines.filter_map(key_and_value).collect())
    }

    /// Returns whose rules the scenario follows: only unbound's configuration has clauses.
    pub(crate) fn form(&self) -> Form {
        let is_clause = |key: &str| matches!(key, "server" | "stub-zone" | "forward-zone");
        match self.0.iter().any(|(key, _)| is_clause(key)) {
            true => Form::Testbound,
            false => Form::Deckard,
        }
    }

    /// Returns the zones whose servers are configured, each with the addresses of these; the root
    /// among them.
    pub(crate) fn stub_zones(&self) -> BTreeMap<Name, Vec<IpAddr>> {
        let mut zones: BTreeMap<Name, Vec<IpAddr>> = BTreeMap::new();
        let mut zone = Name::ROOT;
        for (key, value) in &self.0 {
            match key.as_str() {
                "stub-zone" | "forward-zone" => zone = Name::ROOT,
                "name" => zone = Name::from_text(value, &Name::ROOT).unwrap_or(Name::ROOT),
                "stub-addr" | "forward-addr" => {
                    let address = value.split('@').next().unwrap_or_default();
                    let addresses = zones.entry(zone.clone()).or_default();
                    addresses.extend(address.parse::<IpAddr>());
                }
                _ => {}
            }
        }
        zones
    }

    /// Returns how much of a name the scenario's resolver shows to servers: all of it, unless the
    /// scenario asks for minimisation. (Many are older than that.)
    pub(crate) fn qname_minimisation(&self) -> QnameMinimisation {
        let is_on = |wanted: &str| {
            let mut lines = self.0.iter().rev();
            let line = lines.find(|(key, _)| key == wanted);
            line.is_some_and(|(_, value)| !is_off(value))
        };
        if is_on("qname-minimisation-strict") {
            QnameMinimisation::Strict
        } else if is_on("qname-minimisation") || is_on("query-minimization") {
            QnameMinimisation::Relaxed
        } else {
            QnameMinimisation::Off
        }
    }

    /// Returns the feature that the scenario may need, and that `rdns` does not have.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        let is_missing = |key: &str, value: &str| {
            let missing = MISSING.iter().find(|(word, _)| *word == key);
            missing.filter(|_| !is_off(value))
        };
        let mut lines = self.0.iter();
        let found = lines.find_map(|(key, value)| is_missing(key, value));
        let has_unsafe_glue =
            (self.0.iter()).any(|(key, value)| key == "harden-glue" && is_off(value));
        let accepts_stripped =
            (self.0.iter()).any(|(key, value)| key == "harden-dnssec-stripped" && is_off(value));
        match found {
            Some((_, option)) => Some(option),
            None if accepts_stripped => Some("signed zones that may come without signatures"),
            None if has_unsafe_glue => Some("glue outside the bailiwick"),
            None if self.stub_zones().keys().any(|zone| !zone.is_root()) => Some("stub zones"),
            None => None,
        }
    }

    /// Returns the reason why no resolver without these options can play the scenario, if there is
    /// one.
    pub(crate) fn unsupported(&self) -> Option<String> {
        for (key, value) in &self.0 {
            let unsupported = UNSUPPORTED.iter().find(|(word, _)| word == key);
            if let Some((_, option)) = unsupported.filter(|_| !is_off(value)) {
                return Some(format!("needs {option}"));
            }
            let modules = UNSUPPORTED_MODULES.iter().find(|it| value.contains(*it));
            if let Some(module) = modules.filter(|_| key == "module-config") {
                return Some(format!("needs the module {module}"));
            }
        }
        if self.stub_zones().is_empty() {
            return Some("has no root servers".to_owned());
        }
        None
    }

    /// Returns the settings of the validator; none if the scenario has no trust anchor, or leaves the
    /// validator out. `any_time` is a time for a scenario that plays at any.
    ///
    /// # Errors
    /// The reason why the scenario cannot be played.
    pub(crate) fn validation(&self, any_time: u32) -> Result<Option<TrustSettings>, String> {
        let values = |wanted: &'static str| {
            let lines = self.0.iter().filter(move |(key, _)| key == wanted);
            lines.map(|(_, value)| value.as_str())
        };
        let has_validator = (values("module-config").next_back())
            .is_none_or(|modules| modules.contains("validator"));
        let anchors: Vec<&str> = values("trust-anchor").filter(|it| !it.is_empty()).collect();
        if anchors.is_empty() || !has_validator {
            return Ok(None);
        }
        let anchors = parse_anchors(&anchors.join("\n"));
        let zones = values("domain-insecure").filter_map(|zone| zone.parse().ok());
        let exceptions = zones.map(|zone| Exception {
            zone,
            end: u32::MAX,
        });
        Ok(Some(TrustSettings {
            anchors: anchors.map_err(|error| format!("has another form of anchor: {error}"))?,
            exceptions: Exceptions::new(exceptions),
            clock: self.clock(any_time)?,
            aggressive_nsec: values("aggressive-nsec")
                .next_back()
                .is_some_and(|value| !is_off(value)),
            capacity: 100_000,
            crypto: Arc::new(Ring),
        }))
    }

    /// Returns the clock that shows the scenario's date; otherwise this machine's.
    fn clock(&self, any_time: u32) -> Result<Clock, String> {
        let mut lines = self.0.iter().rev();
        let is_date = |key: &str| matches!(key, "val-override-date" | "val-override-timestamp");
        match lines.find(|(key, _)| is_date(key)) {
            None => Ok(Clock::System),
            Some((_, value)) if value == "-1" => Ok(Clock::set_to(any_time)),
            Some((_, value)) => {
                let time = time(value).ok_or_else(|| format!("has the date '{value}'"))?;
                Ok(Clock::set_to(time))
            }
        }
    }
}

fn is_off(value: &str) -> bool {
    matches!(value, "no" | "off" | "0")
}

/// Parses `key: value # comment`, with the value in quotes or not.
fn key_and_value(line: &str) -> Option<(String, String)> {
    let (key, rest) = line.split_once(':')?;
    let rest = rest.trim();
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([';', '#']).next().unwrap_or_default().trim(),
    };
    let value = value.trim_matches('\'');
    Some((key.trim().to_owned(), value.to_owned()))
}
