//! The settings of TLS towards the servers of a forward zone.
//!
//! ```toml
//! [[forward]]
//! zone = "."
//! servers = ["192.0.2.1", "192.0.2.2:8853"]
//! tls = "strict"
//! tls-name = "dns.example"
//! ```

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use data_encoding::BASE64;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use transport::address::PORT;

use super::ConfigError;
use super::local::ServerText;
use super::values::text_form;
use crate::encrypted::authentication::{Authentication, Pin, load_authorities};
use crate::encrypted::outgoing::{TLS_PORT, TlsClient};

/// The usage profiles of DNS over TLS (RFC 8310 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// TLS with any server if it works, or else plaintext.
    Opportunistic,
    /// TLS with the intended server, or nothing.
    Strict,
}

/// The settings of TLS, as they stand beside the other keys of a zone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsConfig<'c> {
    /// The usage profile, if it is set.
    pub mode: Option<TlsMode>,
    /// The name in the certificates of the servers.
    pub name: Option<&'c ServerNameText>,
    /// A file of authorities.
    pub authorities: Option<&'c PathBuf>,
    /// The pins of the servers' keys.
    pub pins: &'c [PinText],
}

impl TlsConfig<'_> {
    /// Returns the usage profile: the one that is set, or strict if the servers are described; none
    /// without TLS.
    pub fn mode(&self) -> Option<TlsMode> {
        self.mode
            .or_else(|| self.is_described().then_some(TlsMode::Strict))
    }

    /// Whether it says which servers are meant.
    fn is_described(&self) -> bool {
        self.name.is_some() || self.authorities.is_some() || !self.pins.is_empty()
    }

    /// Makes the client of the servers of a zone; none without TLS.
    ///
    /// # Errors
    /// If the file of authorities cannot be read, or no authority is trusted, or the keys contradict
    /// each other.
    pub fn client(&self, zone: &dyn fmt::Display) -> Result<Option<TlsClient>, ConfigError> {
        let Some(mode) = self.mode() else {
            return Ok(None);
        };
        if mode == TlsMode::Opportunistic && self.is_described() {
            return Err(ConfigError::Setting(format!(
                "the zone {zone} has tls = \"opportunistic\", which accepts any server: leave out tls-name, tls-ca and tls-pin, or write tls = \"strict\""
            )));
        }
        let authorities = self.authorities.map(|path| load_authorities(path));
        let authentication = Authentication {
            is_strict: mode == TlsMode::Strict,
            name: self.name.map(|name| name.0.clone()),
            pins: self.pins.iter().map(|pin| pin.0).collect(),
            authorities: authorities.transpose()?,
        };
        let client = TlsClient::new(authentication, &["dot"]);
        client.map(Some).map_err(|error| {
            ConfigError::Setting(format!("the zone {zone} is forwarded over TLS: {error}"))
        })
    }
}

/// Returns the address of a server over TLS.
///
/// # Errors
/// If it has the port of DNS in plaintext, which is never that of TLS (RFC 7858 section 3.1).
pub fn over_tls(server: ServerText) -> Result<SocketAddr, String> {
    match (server.has_port, server.address.port()) {
        (false, _) => Ok(SocketAddr::new(server.address.ip(), TLS_PORT)),
        (true, PORT) => Err(format!(
            "the server {server}, but port 53 is not for TLS (RFC 7858 section 3.1): leave the port out for {TLS_PORT}, or name another"
        )),
        (true, _) => Ok(server.address),
    }
}

/// The name of a server in its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerNameText(pub ServerName<'static>);

/// The pin of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinText(pub Pin);

text_form!(ServerNameText, PinText);

impl FromStr for ServerNameText {
    type Err = String;

    fn from_str(text: &str) -> Result<ServerNameText, String> {
        let name = text.strip_suffix('.').unwrap_or(text).to_owned();
        let name = ServerName::try_from(name).map(ServerNameText);
        name.map_err(|_| {
            format!("'{text}' is not the name of a server: write one such as dns.example, or its address")
        })
    }
}

impl fmt::Display for ServerNameText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_str())
    }
}

impl FromStr for PinText {
    type Err = String;

    fn from_str(text: &str) -> Result<PinText, String> {
        let octets = BASE64.decode(text.as_bytes()).ok();
        let octets = octets.and_then(|octets| <[u8; 32]>::try_from(octets).ok());
        octets.map(|octets| PinText(Pin(octets))).ok_or_else(|| {
            format!("'{text}' is not a pin: write the SHA-256 digest of the server's public key in base64, as client --tls shows it")
        })
    }
}

impl fmt::Display for PinText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
