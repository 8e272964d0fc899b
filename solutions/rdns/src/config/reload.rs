//! [`Reloader`]: reads the configuration again, while queries are answered.
//!
//! The new settings are complete before they are used, and take the place of the old ones in one
//! step. A file that is wrong changes nothing.

use std::io;

use super::fixed::FixedFiles;
use super::{Arguments, Config, ConfigError, Settings};
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
