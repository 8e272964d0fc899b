//! [`FixedFiles`]: the files whose contents only a start puts into use. A reload reads them, too, so that
//! a mistake in them shows before the next start fails.

use chain::TrustAnchors;
use iterate::hints::read_hints;
use iterate::root_hints;
use referral::Delegation;

use super::input::read;
use super::{Config, ConfigError};
use crate::dnssec::setup::anchors;

/// The contents of these files, or what is built in for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixedFiles {
    /// The root servers.
    pub hints: Delegation,
    /// The configured trust anchors; none if answers are not validated.
    pub anchors: Option<TrustAnchors>,
}

impl FixedFiles {
    /// Reads the files.
    ///
    /// # Errors
    /// If one of them cannot be read, or is wrong.
    pub fn load(config: &Config) -> Result<FixedFiles, ConfigError> {
        Ok(FixedFiles {
            hints: hints(config)?,
            anchors: anchors(config)?,
        })
    }

    /// Returns the settings whose files differ.
    pub fn differences(&self, other: &FixedFiles) -> impl Iterator<Item = &'static str> + use<> {
        let differs = [
            ("root-hints", self.hints != other.hints),
            ("trust-anchor", self.anchors != other.anchors),
        ];
        let differs = differs.into_iter().filter(|(_, differs)| *differs);
        differs.map(|(key, _)| key)
    }
}

/// Reads the root hints.
///
/// # Errors
/// If the file cannot be read, is no zone file, or names no server with an address.
fn hints(config: &Config) -> Result<Delegation, ConfigError> {
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
