//! [`Authentication`]: whether the server of a TLS connection is the intended one (RFC 8310).
//!
//! | usage profile | the server |
//! | --- | --- |
//! | strict | has a certificate for its name from a trusted authority, or a key with a known pin, or both |
//! | opportunistic | is any: this protects from eavesdropping, and not from forgery |

use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use ring::digest::{SHA256, digest};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore,
    SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use super::certificate::numbered;
use super::pem::PemFile;
use crate::config::ConfigError;

/// How a server is authenticated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authentication {
    /// Whether the server has to be the intended one. Otherwise nothing else is looked at.
    pub is_strict: bool,
    /// The server's name; none for its address.
    pub name: Option<ServerName<'static>>,
    /// The pins, one of which its key has to have; none for any key.
    pub pins: Vec<Pin>,
    /// The certificates of trusted authorities, or of the server itself; none for the authorities that
    /// the system trusts.
    pub authorities: Option<Vec<CertificateDer<'static>>>,
}

/// The SHA-256 digest of a public key, as a certificate holds it (its SubjectPublicKeyInfo).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin(pub [u8; 32]);

impl Pin {
    /// Returns the pin of the key in a certificate.
    ///
    /// # Errors
    /// If the certificate does not parse.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Pin, Error> {
        let key = ParsedCertificate::try_from(certificate)?.subject_public_key_info();
        let mut pin = Pin([0; 32]);
        pin.0.copy_from_slice(digest(&SHA256, &key).as_ref());
        Ok(pin)
    }
}

impl std::fmt::Display for Pin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&BASE64.encode(&self.0))
    }
}

/// The reason to refuse a certificate, beside those of webpki.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The key has none of the pins.
    #[error("the key in its certificate has the pin {0}, which is not expected")]
    OtherPin(Pin),
    /// The certificate is its own authority, which is not trusted.
    #[error("its certificate is self-signed")]
    SelfSigned,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        CertificateError::Other(OtherError(Arc::new(refused))).into()
    }
}

/// Whether a certificate names itself as its issuer.
fn is_self_issued(certificate: &CertificateDer<'_>) -> bool {
    let parsed = Certificate::from_der(certificate);
    parsed.is_ok_and(|it| it.tbs_certificate().issuer() == it.tbs_certificate().subject())
}

/// Reads the certificates of authorities, in PEM form.
///
/// # Errors
/// If the file cannot be read, has no certificate, or one that cannot be used.
pub fn load_authorities(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let file = PemFile::read("tls-ca", path)?;
    let certificates = file.certificates()?;
    let mut roots = RootCertStore::empty();
    for (place, certificate) in certificates.iter().enumerate() {
        roots.add(certificate.clone()).map_err(|_| {
            let certificate = numbered(place, certificates.len());
            file.fault(format!("{certificate} does not parse"))
        })?;
    }
    Ok(certificates)
}

impl Authentication {
    /// Returns a configuration of rustls that authenticates servers like this.
    ///
    /// # Errors
    /// A sentence, if there is no authority to trust.
    pub fn client_config(&self, protocols: &[&str]) -> Result<ClientConfig, String> {
        let provider = Arc::new(default_provider());
        let verifier = Verifier {
            chain: self.chain_verifier()?,
            own: self.authorities.clone().unwrap_or_default(),
            pins: self.pins.clone(),
            is_strict: self.is_strict,
            algorithms: provider.signature_verification_algorithms,
        };
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .dangerous() // rustls calls each verifier so that is not its own
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
        config.alpn_protocols = protocols.collect();
        Ok(config)
    }

    /// Returns the verifier of chains of certificates; none if the chain does not matter: a pin, and
    /// neither name nor authority, says which key it has to be (RFC 7858 section 4.2).
    fn chain_verifier(&self) -> Result<Option<Arc<WebPkiServerVerifier>>, String> {
        let is_pinned_only =
            !self.pins.is_empty() && self.name.is_none() && self.authorities.is_none();
        if !self.is_strict || is_pinned_only {
            return Ok(None);
        }
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(authorities) => {
                roots.add_parsable_certificates(authorities.iter().cloned());
            }
            None => {
                let system = rustls_native_certs::load_native_certs().certs;
                roots.add_parsable_certificates(system);
            }
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(
            Arc::new(roots),
            Arc::new(default_provider()),
        );
        let verifier = verifier.build();
        verifier.map(Some).map_err(|_| {
            "this system trusts no authority for certificates: name a file of their certificates"
                .to_owned()
        })
    }
}

/// Verifies the certificate of a server.
#[derive(Debug)]
struct Verifier {
    /// Verifies chain and name, unless the chain does not matter.
    chain: Option<Arc<WebPkiServerVerifier>>,
    /// Certificates that are trusted as they are.
    own: Vec<CertificateDer<'static>>,
    pins: Vec<Pin>,
    is_strict: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if !self.is_strict {
            return Ok(ServerCertVerified::assertion());
        }
        if let Some(chain) = &self.chain {
            let verified =
                chain.verify_server_cert(certificate, intermediates, name, ocsp_response, now);
            match verified {
                // `openssl req -x509` makes certificates that are those of an authority, too. webpki
                // looks at the dates before that.
                Err(Error::InvalidCertificate(CertificateError::Other(_)))
                    if self.own.contains(certificate) =>
                {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                }
                // As that of an authority (Other), as one from an unknown authority, or as one from a
                // trusted authority with the same name and another key: it was made anew.
                Err(Error::InvalidCertificate(
                    CertificateError::Other(_)
                    | CertificateError::UnknownIssuer
                    | CertificateError::BadSignature,
                )) if is_self_issued(certificate) => return Err(Refused::SelfSigned.into()),
                verified => {
                    verified?;
                }
            }
        }
        if !self.pins.is_empty() {
            let pin = Pin::of(certificate)?;
            if !self.pins.contains(&pin) {
                return Err(Refused::OtherPin(pin).into());
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
