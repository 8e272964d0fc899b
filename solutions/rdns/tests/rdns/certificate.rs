//! Certificates for the tests of TLS, as PEM files in a folder.

use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::BASE64;
use programs::encrypted::authentication::Pin;
use rcgen::{
    CertificateParams, PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber, SignatureAlgorithm,
    SigningKey, date_time_ymd,
};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tempfile::TempDir;

/// The name in the certificates.
pub(crate) const NAME: &str = "dns.home.test";

/// A folder with a certificate that signs itself, `cert.pem`, and its key, `key.pem`.
pub(crate) struct Certificate {
    folder: TempDir,
    cert: String,
    key: String,
}

impl Certificate {
    /// Makes a certificate for [`NAME`].
    pub(crate) fn new() -> Certificate {
        Certificate::of(&[NAME], 2_100)
    }

    /// Makes a certificate for these names, which expires at the beginning of a year.
    pub(crate) fn of(names: &[&str], year: i32) -> Certificate {
        let folder = TempDir::new().unwrap();
        let path = |name| folder.path().join(name).to_str().unwrap().to_owned();
        let (cert, key) = (path("cert.pem"), path("key.pem"));
        let certificate = Certificate { folder, cert, key };
        certificate.write(names, year);
        certificate
    }

    /// Puts another certificate with another key in the place of the present one.
    pub(crate) fn renew(&self) {
        self.write(&[NAME], 2_100);
    }

    /// Writes a certificate for these names, which expires at the beginning of a year, and its key.
    pub(crate) fn write(&self, names: &[&str], year: i32) {
        self.write_with(names, |params| params.not_after = date_time_ymd(year, 1, 1));
    }

    /// Makes a certificate that expires this many seconds after 1970.
    pub(crate) fn until(seconds: u64) -> Certificate {
        let certificate = Certificate::new();
        let end = date_time_ymd(1_970, 1, 1) + std::time::Duration::from_secs(seconds);
        certificate.write_with(&[NAME], |params| params.not_after = end);
        certificate
    }

    fn write_with(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) {
        let key = Key::generate();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.serial_number = Some(SerialNumber::from(1));
        params.not_before = date_time_ymd(2_000, 1, 1);
        change(&mut params);
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(self.path("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(self.path("key.pem"), key.pem()).unwrap();
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns the pin of its key.
    pub(crate) fn pin(&self) -> String {
        let own = PemObject::from_pem_file(self.path("cert.pem")).unwrap();
        Pin::of(&own).unwrap().to_string()
    }

    /// Returns a configuration of rustls for a server with this certificate.
    pub(crate) fn server_config(&self, protocols: &[&str]) -> Arc<ServerConfig> {
        let certificate = PemObject::from_pem_file(self.path("cert.pem")).unwrap();
        let key = PemObject::from_pem_file(self.path("key.pem")).unwrap();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
        config.alpn_protocols = protocols.collect();
        Arc::new(config)
    }

    /// Returns the flags of `client` for this certificate.
    pub(crate) fn client_flags(&self) -> [&str; 4] {
        ["--tls-ca", &self.cert, "--tls-name", NAME]
    }

    /// Returns the flags of `rdns` for this certificate.
    pub(crate) fn flags(&self) -> [&str; 4] {
        ["--tls-cert", &self.cert, "--tls-key", &self.key]
    }

    /// Returns a configuration of rustls for a client that accepts this certificate alone.
    pub(crate) fn client_config(&self, protocols: &[&str]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        let own = PemObject::from_pem_file(self.path("cert.pem")).unwrap();
        roots.add(own).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
        config.alpn_protocols = protocols.collect();
        Arc::new(config)
    }
}

/// A key of ring. (rcgen could make one itself, but with more crates.)
struct Key {
    pair: EcdsaKeyPair,
    pkcs8: Vec<u8>,
}

impl Key {
    fn generate() -> Key {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Key {
            pair: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap(),
            pkcs8: pkcs8.as_ref().to_vec(),
        }
    }

    fn pem(&self) -> String {
        let text = BASE64.encode(&self.pkcs8);
        let lines: Vec<&str> = text
            .as_bytes()
            .chunks(64)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        let text = lines.join("\n");
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.pair.sign(&SystemRandom::new(), message);
        let signature = signature.map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(signature.as_ref().to_vec())
    }
}
