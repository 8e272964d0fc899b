//! [`Config`]: the lines before CONFIG_END, as far as they decide whether and how a scenario can be played.

use std::net::IpAddr;

/// The form of a scenario: two programs play the same words by slightly different rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// unbound's testbound. Queries are answered by the ranges of the *next* step, and a client's query goes on beside the steps
    /// that follow it.
    Testbound,
    /// Deckard. Queries are answered by the ranges of the present step, and each step with a client's query waits for the answer.
    Deckard,
}

/// The keys and values of a configuration, in order.
#[derive(Debug, Default)]
pub(crate) struct Config(Vec<(String, String)>);

/// Keys that ask for something that `rdns` does not have, if their value is not *no*.
const UNSUPPORTED: [(&str, &str); 19] = [
    ("forward-zone", "forward zones"),
    ("forward-addr", "forward zones"),
    ("auth-zone", "authoritative zones"),
    ("local-zone", "local zones"),
    ("local-data", "local data"),
    ("rpz", "response policy zones"),
    ("view", "views"),
    ("send-client-subnet", "client subnets"),
    ("serve-expired", "expired answers"),
    ("serve-original-ttl", "original TTLs"),
    ("prefetch", "prefetching"),
    ("dns64-prefix", "DNS64"),
    ("private-address", "address filters"),
    ("redirect-bogus", "redirection"),
    ("cache-min-ttl", "a lowest TTL"),
    ("cache-max-ttl", "a highest TTL"),
    ("features", "modules of Knot Resolver"),
    ("feature-list", "modules of Knot Resolver"),
    ("auto-trust-anchor-file", "DNSSEC validation"),
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

    /// Returns the addresses of the root servers.
    pub(crate) fn roots(&self) -> Vec<IpAddr> {
        let mut roots = Vec::new();
        let mut zone = ".";
        for (key, value) in &self.0 {
            match key.as_str() {
                "stub-zone" => zone = "",
                "name" => zone = value,
                "stub-addr" if zone == "." || zone.is_empty() => {
                    let address = value.split('@').next().unwrap_or_default();
                    roots.extend(address.parse::<IpAddr>());
                }
                _ => {}
            }
        }
        roots
    }

    /// Returns the reason why no resolver without these options can play the scenario, if there is one.
    pub(crate) fn unsupported(&self) -> Option<String> {
        for (key, value) in &self.0 {
            let is_off = matches!(value.as_str(), "no" | "off" | "0");
            let unsupported = UNSUPPORTED.iter().find(|(word, _)| word == key);
            if let Some((_, option)) = unsupported.filter(|_| !is_off) {
                return Some(format!("needs {option}"));
            }
            let modules = UNSUPPORTED_MODULES.iter().find(|it| value.contains(*it));
            if let Some(module) = modules.filter(|_| key == "module-config") {
                return Some(format!("needs the module {module}"));
            }
            if key == "harden-glue" && is_off {
                return Some("needs glue outside the bailiwick".to_owned());
            }
        }
        let is_stub = |value: &str| !matches!(value, "." | "");
        if (self.0.iter()).any(|(key, value)| key == "name" && is_stub(value)) {
            return Some("needs stub zones".to_owned());
        }
        if self.roots().is_empty() {
            return Some("has no root servers".to_owned());
        }
        None
    }

    /// Returns whether a trust anchor is configured.
    pub(crate) fn has_trust_anchor(&self) -> bool {
        let is_anchor = |key: &str| matches!(key, "trust-anchor" | "trust-anchor-file");
        (self.0.iter()).any(|(key, value)| is_anchor(key) && !value.is_empty())
    }
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
