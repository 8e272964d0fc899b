//! The settings of the local copy of the root zone (RFC 8806).
//!
//! ```toml
//! [root-zone]
//! file = "/var/lib/rdns/root.zone"
//! transfer-from = ["192.0.2.1"]
//! ```

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::local::ServerText;
use super::values::optional_path;

/// Where the copy of the root zone is from; without a file and a server, there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RootZoneConfig {
    /// A zone file. With servers, each version that is transferred is written into it.
    #[serde(deserialize_with = "optional_path")]
    pub file: Option<PathBuf>,
    /// Servers that transfer the root zone (AXFR).
    pub transfer_from: Vec<ServerText>,
}
