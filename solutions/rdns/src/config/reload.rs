//! [`Reloader`]: reads the configuration again, while queries are answered.
//!
//! The new settings are complete before they are used, and take the place of the old ones in one
//! step. A file that is wrong changes nothing.

use std::io;

use super::fixed::FixedFiles;
use super::{Arguments, Config, ConfigError, Settings};
use crate::dnssec::setup::exception_lines;
use crate::privileges;
use crate::root_zone::refresh::{RefreshError, Source};

/// Reads the configuration again by the same command line.
#[derive(Debug)]
pub struct Reloader {
    arguments: Arguments,
    /// The configuration that the server was started with, and its files.
    started: Config,
    files: FixedFiles,
}

/// The outcome of a reload.
#[derive(Debug)]
pub struct Reloaded {
    /// The new settings.
    pub settings: Settings,
    /// A sentence about them.
    pub text: String,
}

impl Reloader {
    /// Creates a reloader for a server that was started with this configuration and these files.
    pub fn new(arguments: Arguments, started: Config, files: FixedFiles) -> Reloader {
        Reloader {
            arguments,
            started,
            files,
        }
    }

    /// Reads the configuration and the files that it names.
    ///
    /// # Errors
    /// If one of them is wrong.
    pub fn load(&self) -> Result<Reloaded, ConfigError> {
        let loaded = self.arguments.configuration().and_then(|config| {
            let files = FixedFiles::load(&config)?;
            let settings = Settings::load(&config)?;
            Ok((config, files, settings))
        });
        let (config, files, settings) = loaded.map_err(|error| self.explained(error))?;
        let mut text = match &self.arguments.config {
            Some(path) => format!("{} is in use", path.display()),
            None => "the files that the flags name were read again".to_owned(),
        };
        if let Some(lists) = settings.blocklists.summary() {
            text.push_str(&format!("; {lists}"));
        }
        for warning in &settings.warnings {
            text.push_str(&format!("; {warning}"));
        }
        for line in exception_lines(&config) {
            text.push_str(&format!("; {line}"));
        }
        if let Some(fault) = root_zone_fault(&config) {
            text.push_str(&format!("; root-zone: {fault}"));
        }
        let mut fixed = self.started.fixed_differences(&config);
        let in_files = self.files.differences(&files);
        fixed.extend(
            in_files
                .filter(|key| !fixed.contains(key))
                .collect::<Vec<_>>(),
        );
        if !fixed.is_empty() {
            text.push_str(&format!(
                "; these change with the next start: {}",
                fixed.join(", ")
            ));
        }
        Ok(Reloaded { settings, text })
    }

    /// Adds to the system's refusal to open a file which of the limits since the start may be its reason.
    fn explained(&self, error: ConfigError) -> ConfigError {
        match error {
            ConfigError::Unreadable { key, file, reason } => ConfigError::Unreadable {
                key,
                file,
                reason: self.with_limits(reason),
            },
            error => error,
        }
    }

    /// Adds to the system's error about a file the limits since the start, if it is a refusal.
    pub fn with_limits(&self, reason: io::Error) -> io::Error {
        if reason.kind() != io::ErrorKind::PermissionDenied {
            return reason;
        }
        let sandbox = (!self.started.no_sandbox).then_some("only folders that the configuration named at the start can be used, and not a new folder of the same name; a restart allows others");
        let mut text = reason.to_string();
        for hint in [sandbox, privileges::hint()].into_iter().flatten() {
            text.push_str("; ");
            text.push_str(hint);
        }
        io::Error::new(reason.kind(), text)
    }
}

/// Says why the file of the root zone cannot be used. That is no reason to refuse a reload, or a start:
/// the root servers are queried instead.
fn root_zone_fault(config: &Config) -> Option<RefreshError> {
    Source::new(&config.root_zone, None)?.read().err()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Each key, with another value than the default.
    const ALL: &str = r#"
        listen = ["127.0.0.2:53"]
        allow = ["192.0.2.0/24"]
        rate-limit = 7
        tls-listen = ["127.0.0.2:853"]
        https-listen = ["127.0.0.2:443"]
        tls-cert = "cert"
        tls-key = "key"
        root-hints = "hints"
        upstream-port = 5353
        qname-minimisation = "off"
        lab = true
        trust-anchor = "anchor"
        trust-anchor-state = "state"
        negative-trust-anchor = ["example.com@2099-12-31"]
        no-dnssec = true
        no-aggressive-nsec = true
        threads = 7
        cache-records = 7
        serve-stale = 7
        prefetch = true
        stats-interval = 7
        control = "control"
        metrics = "127.0.0.1:9153"
        no-sandbox = true
        dnstap = { file = "tap" }
        root-zone = { file = "root" }
        rebinding = { protect = true }
        local = { hosts = ["hosts"] }
        forward = [{ zone = "corp.example", servers = ["192.0.2.1"] }]
        stub = [{ zone = "lan", servers = ["192.0.2.2"] }]
        blocklist = [{ file = "list", form = "hosts" }]
    "#;

    /// Returns the words between grave accents.
    fn quoted(text: &str) -> BTreeSet<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_readme_lists_the_keys_that_change_only_with_a_restart() {
        let (default, other) = (Config::default(), toml::from_str::<Config>(ALL).unwrap());
        let unknown = toml::from_str::<Config>("nosuch = 1").unwrap_err();
        let (_, keys) = unknown.message().split_once("expected one of ").unwrap();
        let own: toml::Table = toml::from_str(ALL).unwrap();
        let missing: Vec<_> = quoted(keys)
            .into_iter()
            .filter(|key| !own.contains_key(*key))
            .collect();
        assert!(missing.is_empty(), "ALL has no {missing:?}");
        let readme = include_str!("../../README.md");
        let (_, list) = readme
            .split_once("These keys change only with a restart")
            .unwrap();
        let (list, _) = list.split_once("\n\n").unwrap();
        let fixed = default.fixed_differences(&other);
        assert_eq!(quoted(list), fixed.into_iter().collect());
    }
}
