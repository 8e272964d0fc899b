//! The certificate that clients see, with its key, as PEM files hold them.

use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::pem::PemFile;
use super::private_key;
use crate::config::{ConfigError, Settings};

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
    let (certificates, keys) = (
        PemFile::read("tls-cert", certificate)?,
        PemFile::read("tls-key", key)?,
    );
    let chain = certificates.certificates()?;
    for (place, certificate) in chain.iter().enumerate() {
        if let Some(error) = fault(certificate) {
            let text = format!("{} does not parse: {error}", numbered(place, chain.len()));
            return Err(certificates.fault(text));
        }
    }
    // `openssl x509 -req` without extensions makes one of version 1.
    if chain
        .first()
        .is_some_and(|it| ParsedCertificate::try_from(it).is_err())
    {
        return Err(certificates.fault(
            "has a certificate that clients do not accept: it has to have version 3, and a subjectAltName",
        ));
    }
    let key = own_key(&keys, &chain, certificate)?;
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}

/// Names one of the certificates in a file.
pub(super) fn numbered(place: usize, count: usize) -> String {
    match count {
        1 => "its certificate".to_owned(),
        _ => format!("its certificate number {}", place + 1),
    }
}

/// Says why a certificate does not parse. Of those that some clients would understand, and others not,
/// nothing is said.
fn fault(certificate: &CertificateDer<'_>) -> Option<String> {
    let error = Certificate::from_der(certificate).err()?;
    let is_understood = ParsedCertificate::try_from(certificate).is_ok();
    (!is_understood).then(|| error.to_string())
}

/// Returns the key of the first certificate.
fn own_key(
    file: &PemFile<'_>,
    chain: &[CertificateDer<'_>],
    certificate: &Path,
) -> Result<Arc<dyn SigningKey>, ConfigError> {
    let (mut refusal, mut other) = (None, None);
    for key in file.private_keys()? {
        let Ok(signing) = any_supported_type(&key) else {
            refusal = refusal.or_else(|| Some(private_key::refusal(&key)));
            continue;
        };
        let own = signing.public_key();
        match chain.iter().position(|it| public_key(it) == own) {
            Some(0) => return Ok(signing),
            place => other = Some(place),
        }
    }
    let certificate = certificate.display();
    Err(file.fault(match (other, refusal) {
        (Some(Some(place)), _) => format!(
            "is the key of certificate number {} in {certificate}: the order there is wrong, write the server's own certificate first, then its issuer's",
            place + 1
        ),
        (Some(None), _) => format!("is not the key of the certificate in {certificate}"),
        (None, refusal) => refusal.unwrap_or_default(),
    }))
}

fn public_key<'c>(certificate: &'c CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'c>> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    Some(parsed.subject_public_key_info().into_owned())
}

/// Says where the certificates of a file do not lead from each to its issuer: clients that have not seen
/// the missing one do not accept the first.
pub fn gap(chain: &[CertificateDer<'_>]) -> Option<String> {
    let chain: Result<Vec<_>, _> = chain.iter().map(|it| Certificate::from_der(it)).collect();
    let chain = chain.ok()?;
    let pairs = chain.iter().zip(chain.iter().skip(1));
    let wrong = pairs.enumerate().find(|(_, (certificate, next))| {
        certificate.tbs_certificate().issuer() != next.tbs_certificate().subject()
    });
    let (place, (certificate, next)) = wrong?;
    Some(format!(
        "has certificates that do not lead to each other: number {} is issued by {}, and number {} is that of {}; write the server's own first, then its issuer's, and so on",
        place + 1,
        certificate.tbs_certificate().issuer(),
        place + 2,
        next.tbs_certificate().subject(),
    ))
}
