//! [`Settings`]: the part of the configuration that a reload changes, ready for use.

use recursive::AccessControl;

use super::{Config, ConfigError};

/// The settings that every query sees. A reload puts new ones in their place as a whole.
#[derive(Debug, Default)]
pub struct Settings {
    /// The clients that are answered.
    pub access: AccessControl,
    /// The number of reloads before these settings.
    pub generation: u32,
}

impl Settings {
    /// Makes the settings of a configuration, and reads the files that they need.
    ///
    /// # Errors
    /// If one of the files cannot be read, or is wrong.
    pub fn load(config: &Config) -> Result<Settings, ConfigError> {
        Ok(Settings {
            access: AccessControl::new(config.allow.iter().map(|network| network.0)),
            generation: 0,
        })
    }
}
