//! [`Start`]: reads the configuration and its files, before any socket is bound.

use std::io;
use std::path::Path;
use std::sync::Arc;

use chain::TrustAnchors;
use iterate::hints::read_hints;
use iterate::root_hints;
use referral::Delegation;

use crate::config::input::{check_kind, read};
use crate::config::reload::Reloader;
use crate::config::{Arguments, Config, ConfigError, Settings};
use crate::control::ControlSocket;
use crate::dnssec::managed::ManagedAnchors;
use crate::dnssec::setup::{anchors, managed_anchors};
use crate::root_zone::refresh::{RefreshError, Source};
use crate::sandbox::{self, Folders};

/// The configuration and its files, as a server starts with them.
#[derive(Debug)]
pub struct Start {
    pub(super) config: Config,
    pub(super) settings: Settings,
    pub(super) anchors: Option<TrustAnchors>,
    pub(super) managed: Option<ManagedAnchors>,
    pub(super) reloader: Reloader,
    /// The folders whose files may be opened.
    folders: Folders,
    /// A sentence about the sandbox, once there is one.
    pub(super) sandbox: Option<String>,
}

impl Start {
    /// Reads the configuration, and all files that it names.
    ///
    /// # Errors
    /// If one of them is wrong.
    pub fn prepare(arguments: &Arguments) -> Result<Start, ConfigError> {
        let config = arguments.configuration()?;
        hints(&config)?;
        let configured = anchors(&config)?;
        let managed = managed_anchors(&config, configured.as_ref())?;
        Ok(Start {
            anchors: managed.as_ref().map(ManagedAnchors::anchors).or(configured),
            managed,
            settings: Settings::load(&config)?,
            reloader: Reloader::new(arguments.clone(), config.clone()),
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

    /// Checks the files that do not keep the server from starting.
    ///
    /// # Errors
    /// If the copy of the root zone cannot be used, or the file of dnstap or the control socket would
    /// take the place of something else.
    pub fn check_further(&self) -> Result<(), ConfigError> {
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
        read.transpose().map(drop).map_err(wrong)
    }

    /// Returns sentences about the files that were read: what the blocklists have, and warnings.
    pub fn summary(&self) -> Vec<String> {
        let lists = self.settings.blocklists.summary();
        let lists = lists.map(|lists| format!("blocklists: {lists}"));
        let warnings = self.settings.warnings.iter().cloned();
        lists.into_iter().chain(warnings).collect()
    }

    /// Returns the configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }
}

/// Reads the root hints.
///
/// # Errors
/// If the file cannot be read, is no zone file, or names no server with an address.
pub(super) fn hints(config: &Config) -> Result<Delegation, ConfigError> {
    let Some(path) = &config.root_hints else {
        return Ok(root_hints());
    };
    let file = path.display().to_string();
    let hints = read_hints(&read("root-hints", path)?)
        .map_err(|error| ConfigError::Zone(Box::new(error.in_file(&file))))?;
    let mut servers = hints.servers.iter();
    if servers.all(|server| server.addresses.is_empty()) {
        let text = "names no root server with an address: NS records of . and A records of those servers are needed".to_owned();
        return Err(ConfigError::File { file, text });
    }
    Ok(hints)
}
