//! [`Start`]: reads the configuration and its files, before any socket is bound.

use std::io;
use std::path::Path;
use std::sync::Arc;

use chain::TrustAnchors;
use referral::Delegation;

use crate::config::fixed::FixedFiles;
use crate::config::input::check_kind;
use crate::config::reload::Reloader;
use crate::config::root_zone::RootZoneConfig;
use crate::config::{Arguments, Config, ConfigError, Settings};
use crate::control::ControlSocket;
use crate::dnssec::managed::ManagedAnchors;
use crate::dnssec::setup::{exception_lines, managed_anchors};
use crate::root_zone::RootCopy;
use crate::root_zone::refresh::{RefreshError, Source};
use crate::sandbox::{self, Folders};

/// The configuration and its files, as a server starts with them.
#[derive(Debug)]
pub struct Start {
    pub(super) config: Config,
    pub(super) settings: Settings,
    pub(super) hints: Delegation,
    pub(super) anchors: Option<TrustAnchors>,
    pub(super) managed: Option<ManagedAnchors>,
    pub(super) reloader: Reloader,
    /// The folders whose files may be opened.
    folders: Folders,
    /// A sentence about the sandbox, once there is one.
    sandbox: Option<String>,
}

impl Start {
    /// Reads the configuration, and all files that it names.
    ///
    /// # Errors
    /// If one of them is wrong.
    pub fn prepare(arguments: &Arguments) -> Result<Start, ConfigError> {
        let config = arguments.configuration()?;
        let fixed = FixedFiles::load(&config)?;
        let managed = managed_anchors(&config, fixed.anchors.as_ref())?;
        let trusted = managed.as_ref().map(ManagedAnchors::anchors);
        Ok(Start {
            hints: fixed.hints.clone(),
            anchors: trusted.or_else(|| fixed.anchors.clone()),
            managed,
            settings: Settings::load(&config)?,
            reloader: Reloader::new(arguments.clone(), config.clone(), fixed),
            folders: Folders::of(&config, arguments.config.as_deref()),
            sandbox: None,
            config,
        })
    }

    /// Limits the files that may be opened from here on, unless the configuration is against it: in this
    /// thread, and in those that it starts.
    pub fn enter_sandbox(&mut self) {
        if !self.config.no_sandbox {
            self.sandbox = Some(sandbox::restrict(&self.folders));
        }
    }

    /// Checks the files that are not read before the start. Returns sentences about what is missing for
    /// it, and may still come.
    ///
    /// # Errors
    /// If the copy of the root zone cannot be used, or the file of dnstap or the control socket would
    /// take the place of something else.
    pub fn check_further(&self) -> Result<Vec<String>, ConfigError> {
        let taken = |key, path: &Path, reason: io::Error| ConfigError::File {
            file: path.display().to_string(),
            text: format!("cannot be that of {key}: {reason}"),
        };
        if let Some(path) = self.config.dnstap.file.as_deref().filter(|it| it.exists()) {
            check_kind(path).map_err(|reason| taken("dnstap", path, reason))?;
        }
        if let Some(path) = &self.config.control {
            ControlSocket::check_place(path).map_err(|reason| taken("control", path, reason))?;
        }
        let anchors = self.anchors.clone().map(Arc::new);
        let source = Source::new(&self.config.root_zone, anchors);
        let read = source.map(|source| source.read());
        let wrong = |error: RefreshError| ConfigError::Setting(error.to_string());
        let copy = read.transpose().map_err(wrong)?.flatten();
        let expired = copy.filter(RootCopy::has_expired).map(|copy| {
            format!(
                "root-zone: serial {} has expired: the root servers will be queried",
                copy.serial
            )
        });
        Ok(expired.into_iter().chain(self.missing_folders()).collect())
    }

    /// Says that the root zone is not used, if it is configured, and all names are forwarded.
    fn unused_root_zone(&self) -> Option<String> {
        let mut zones = self.config.forward.iter().chain(&self.config.stub);
        let is_forwarded = zones.any(|zone| zone.zone.0.is_root());
        let is_unused = is_forwarded && self.config.root_zone != RootZoneConfig::default();
        is_unused.then(|| {
            "root-zone is not used: the zone . has servers in [[forward]] or [[stub]]".to_owned()
        })
    }

    /// Returns a sentence about each file or socket that is to be written into a folder which does not
    /// exist. The service creates some of them.
    fn missing_folders(&self) -> Vec<String> {
        let written = self.config.written_files();
        let folder = |(key, path): (&str, &Path)| {
            let folder = path.parent().filter(|it| !it.as_os_str().is_empty())?;
            let (path, folder) = (
                path.display(),
                (!folder.exists()).then_some(folder)?.display(),
            );
            Some(format!(
                "{key}: {path} cannot be created yet: there is no folder {folder}; create it before the start"
            ))
        };
        written.into_iter().filter_map(folder).collect()
    }

    /// Returns sentences about the settings: what the blocklists have, warnings, the limits for files,
    /// and which zones are not validated.
    pub fn summary(&self) -> Vec<String> {
        let lists = self.settings.blocklists.summary();
        let lists = lists.map(|lists| format!("blocklists: {lists}"));
        let warnings = self.settings.warnings.iter().cloned();
        let sentences = lists.into_iter().chain(warnings);
        let sentences = sentences.chain(self.unused_root_zone());
        let sentences = sentences.chain(self.sandbox.clone());
        sentences.chain(exception_lines(&self.config)).collect()
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }
}
