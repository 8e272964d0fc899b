//! The settings of dnstap.
//!
//! ```toml
//! [dnstap]
//! socket = "/run/dnstap.sock"
//! identity = "house"
//! log = ["client-query", "client-response"]
//! ```

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ConfigError;
use super::values::optional_path;

/// The longest identity or version, in octets. Each message repeats both.
const MAX_TEXT: usize = 255;

/// Where messages are logged, and which; without a socket and a file, none are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DnstapConfig {
    /// The Unix socket of a collector.
    #[serde(deserialize_with = "optional_path")]
    pub socket: Option<PathBuf>,
    /// A file.
    #[serde(deserialize_with = "optional_path")]
    pub file: Option<PathBuf>,
    /// The name of this server in each message.
    pub identity: Option<String>,
    /// The version of this server in each message.
    pub version: String,
    /// The kinds of messages.
    pub log: Vec<LoggedKind>,
}

/// A kind of messages. A recursive resolver is queried by clients, and queries authoritative servers
/// and, in forward zones, other resolvers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoggedKind {
    /// Queries of clients.
    ClientQuery,
    /// Replies to clients.
    ClientResponse,
    /// Queries to authoritative servers.
    ResolverQuery,
    /// Replies of authoritative servers.
    ResolverResponse,
    /// Queries to resolvers.
    ForwarderQuery,
    /// Replies of resolvers.
    ForwarderResponse,
}

impl LoggedKind {
    /// All kinds.
    pub const ALL: [LoggedKind; 6] = [
        LoggedKind::ClientQuery,
        LoggedKind::ClientResponse,
        LoggedKind::ResolverQuery,
        LoggedKind::ResolverResponse,
        LoggedKind::ForwarderQuery,
        LoggedKind::ForwarderResponse,
    ];
}

impl Default for DnstapConfig {
    fn default() -> DnstapConfig {
        DnstapConfig {
            socket: None,
            file: None,
            identity: None,
            version: concat!("rdns ", env!("CARGO_PKG_VERSION")).to_owned(),
            log: LoggedKind::ALL.to_vec(),
        }
    }
}

impl DnstapConfig {
    /// Checks what no single value shows.
    ///
    /// # Errors
    /// If there are two outputs, one that this system does not have, or a text that is too long.
    pub fn check(&self) -> Result<(), ConfigError> {
        if self.socket.is_some() && self.file.is_some() {
            return Err(ConfigError::Contradiction(
                "dnstap writes to one place: set its socket or its file",
            ));
        }
        if self.socket.is_some() && !cfg!(unix) {
            return Err(ConfigError::Contradiction(
                "this system has no Unix sockets: set the file of dnstap instead of its socket",
            ));
        }
        let identity = self.identity.as_deref().unwrap_or_default();
        if identity.len().max(self.version.len()) > MAX_TEXT {
            return Err(ConfigError::Contradiction(
                "identity and version of dnstap have at most 255 octets",
            ));
        }
        Ok(())
    }
}
