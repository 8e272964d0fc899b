//! The certificate that clients see, with its key, as PEM files hold them.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::config::input::read;
use crate::config::{ConfigError, Settings};
use crate::encrypted::pem::fault as pem_fault;

/// Shows clients the certificate of the settings in use. Open connections keep the one that they began
/// with.
#[derive(Debug)]
struct Current(Arc<ArcSwap<Settings>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.0.load().certificate.clone()
    }
}

/// Returns a TLS configuration that shows the certificate of the settings in use, and speaks one of
/// `protocols` in the TLS extension ALPN.
///
/// # Errors
/// If rustls refuses its own defaults.
pub fn server_config(
    settings: Arc<ArcSwap<Settings>>,
    protocols: &[&str],
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let mut config = builder
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Current(settings)));
    let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
    config.alpn_protocols = protocols.collect();
    Ok(Arc::new(config))
}

/// Reads a certificate, followed by those that lead to its authority, and its private key.
///
/// # Errors
/// If one of the files cannot be read, has nothing of the kind in it, or the key is that of another
/// certificate.
pub fn load(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, ConfigError> {
    let fault = |path: &Path, text: String| ConfigError::File {
        file: path.display().to_string(),
        text,
    };
    let text = read("tls-cert", certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    let chain = chain.and_then(|chain| match chain.is_empty() {
        true => Err(pem::Error::NoItemsFound),
        false => Ok(chain),
    });
    let chain = chain.map_err(|error| fault(certificate, pem_fault(error, "CERTIFICATE")))?;
    let private = PrivateKeyDer::from_pem_slice(read("tls-key", key)?.as_bytes());
    let private = private.map_err(|error| fault(key, pem_fault(error, "PRIVATE KEY")))?;
    let certified = CertifiedKey::from_der(chain, private, &default_provider());
    let certified = certified.map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            let text = format!(
                "is not the key of the certificate in {}",
                certificate.display()
            );
            fault(key, text)
        }
        error => fault(
            key,
            format!("cannot be used with {}: {error}", certificate.display()),
        ),
    })?;
    Ok(Arc::new(certified))
}
