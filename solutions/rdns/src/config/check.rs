//! What no single setting shows: settings that contradict each other.

use std::net::SocketAddr;
use std::path::Path;

use super::root_zone::RootZoneConfig;
use super::{Config, ConfigError};

/// The maximum number of octets of the path of a Unix socket: the system's structure for it has room
/// for so many (`sun_path` in unix(7); it is shorter on macOS).
#[cfg(unix)]
const MAX_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

impl Config {
    /// Checks what no single value shows.
    ///
    /// # Errors
    /// The first contradiction.
    pub(super) fn check(&self, file: Option<&Path>) -> Result<(), ConfigError> {
        if self.lab && (self.root_hints.is_some() || self.upstream_port != 53) {
            return Err(ConfigError::Contradiction(
                "lab has its own root servers, on port 53: leave out root-hints and upstream-port",
            ));
        }
        if self.lab && self.root_zone != RootZoneConfig::default() {
            return Err(ConfigError::Contradiction(
                "lab has its own root servers: leave out root-zone",
            ));
        }
        self.dnstap.check()?;
        self.check_addresses()?;
        self.check_paths(file)?;
        let has_both = self.tls_cert.is_some() && self.tls_key.is_some();
        if !self.tls_listen.is_empty() && !has_both {
            return Err(ConfigError::Contradiction(
                "tls-listen needs a certificate and its key: set tls-cert and tls-key",
            ));
        }
        if !self.https_listen.is_empty() && !has_both {
            return Err(ConfigError::Contradiction(
                "https-listen needs a certificate and its key: set tls-cert and tls-key",
            ));
        }
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            return Err(ConfigError::Contradiction(
                "tls-cert and tls-key belong together: set both, or neither",
            ));
        }
        let has_anchors = self.trust_anchor.is_some()
            || self.trust_anchor_state.is_some()
            || !self.negative_trust_anchor.is_empty();
        if self.no_dnssec && has_anchors {
            return Err(ConfigError::Contradiction(
                "no-dnssec turns validation off: leave out trust-anchor, trust-anchor-state and negative-trust-anchor",
            ));
        }
        Ok(())
    }

    /// Checks that no address is given twice: the second socket could not be bound.
    fn check_addresses(&self) -> Result<(), ConfigError> {
        let keys = [
            ("listen", &self.listen),
            ("tls-listen", &self.tls_listen),
            ("https-listen", &self.https_listen),
        ];
        let listens = keys
            .into_iter()
            .flat_map(|(key, all)| all.iter().map(move |it| (key, it.0)));
        let metrics = self.metrics.map(|it| ("metrics", it.0));
        let addresses: Vec<_> = listens.chain(metrics).collect();
        for (index, (key, address)) in addresses.iter().enumerate() {
            let mut earlier = addresses.iter().take(index);
            if let Some((other_key, other)) = earlier.find(|(_, other)| overlap(*address, *other)) {
                return Err(ConfigError::Setting(format!(
                    "the address {address} of {key} is that of {other_key}, too ({other}): each has to have an address or a port of its own"
                )));
            }
        }
        Ok(())
    }

    /// Checks that nothing else is at the place of a file or socket that the server creates: not the
    /// file of this configuration, nor one that it names.
    fn check_paths(&self, file: Option<&Path>) -> Result<(), ConfigError> {
        let socket = self.dnstap.socket.as_deref().map(|it| ("dnstap", it));
        let written: Vec<_> = self.written_files().into_iter().chain(socket).collect();
        let others = file.map(|path| ("--config", path)).into_iter();
        let others = others.chain(self.read_files());
        for (index, (key, path)) in written.iter().enumerate() {
            let mut taken = others.clone().chain(written.iter().take(index).copied());
            if let Some((other, _)) = taken.find(|(_, other)| other == path) {
                return Err(ConfigError::Setting(format!(
                    "{} is the file of {other}, and {key} would take its place: each has to have a file of its own",
                    path.display()
                )));
            }
        }
        #[cfg(unix)]
        for (key, path) in self
            .control
            .as_deref()
            .map(|it| ("control", it))
            .into_iter()
            .chain(socket)
        {
            if path.as_os_str().len() > MAX_SOCKET_PATH {
                return Err(ConfigError::Setting(format!(
                    "the path of {key} is too long for a socket, which may have {MAX_SOCKET_PATH} octets: {}",
                    path.display()
                )));
            }
        }
        Ok(())
    }
}

/// Whether two sockets cannot be bound to these addresses. (For port 0, the system selects a port.)
fn overlap(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip(), other.ip());
    let is_wildcard = ip.is_unspecified() || other_ip.is_unspecified();
    one.port() == other.port()
        && one.port() != 0
        && (ip == other_ip || ip.is_ipv4() == other_ip.is_ipv4() && is_wildcard)
}
