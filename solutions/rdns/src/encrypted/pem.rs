//! [`PemFile`]: a file of certificates or keys (RFC 7468), and what is wrong with it.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{Error, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode, Tag, Tagged};

use crate::config::ConfigError;
use crate::config::input::{read_octets, text};

/// A file in PEM form.
#[derive(Debug)]
pub struct PemFile<'f> {
    path: &'f Path,
    text: String,
}

impl<'f> PemFile<'f> {
    /// Reads the file of a setting.
    ///
    /// # Errors
    /// If it cannot be read, or has another form.
    pub fn read(key: &'static str, path: &'f Path) -> Result<PemFile<'f>, ConfigError> {
        let octets = read_octets(key, path)?;
        if let Some(form) = Form::of(&octets) {
            return Err(fault(path, form.advice(key, path)));
        }
        let text = text(path, octets)?;
        Ok(PemFile { path, text })
    }

    /// Returns an error about the file.
    pub fn fault(&self, text: impl Into<String>) -> ConfigError {
        fault(self.path, text.into())
    }

    /// Returns its certificates, one at least. They are not parsed.
    ///
    /// # Errors
    /// If one of them is not in PEM form, or there is none.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
        let certificates = CertificateDer::pem_slice_iter(self.text.as_bytes());
        let certificates: Result<Vec<_>, _> = certificates.collect();
        match certificates {
            Ok(certificates) if certificates.is_empty() => {
                Err(self.pem_fault(Error::NoItemsFound, "CERTIFICATE"))
            }
            Ok(certificates) => Ok(certificates),
            Err(error) => Err(self.pem_fault(error, "CERTIFICATE")),
        }
    }

    /// Returns its private keys, one at least. They are not parsed, and may be of any kind.
    ///
    /// # Errors
    /// If there is none that could be read.
    pub fn private_keys(&self) -> Result<Vec<PrivateKeyDer<'static>>, ConfigError> {
        let keys = PrivateKeyDer::pem_slice_iter(self.text.as_bytes());
        let (keys, errors): (Vec<_>, Vec<_>) = keys.partition(Result::is_ok);
        if !keys.is_empty() {
            return Ok(keys.into_iter().flatten().collect());
        }
        if self.has_encrypted_key() {
            let (old, new) = (self.path.display(), converted(self.path));
            return Err(self.fault(format!(
                "has an encrypted private key, and a server has no passphrase: decrypt it with openssl pkey -in {old} -out {}",
                new.display()
            )));
        }
        let error = errors.into_iter().find_map(Result::err);
        Err(self.pem_fault(error.unwrap_or(Error::NoItemsFound), "PRIVATE KEY"))
    }

    /// Whether it has a key that is encrypted, in the form of PKCS #8 or in that of OpenSSL before 1.0.
    fn has_encrypted_key(&self) -> bool {
        let mut lines = self.text.lines().map(str::trim_end);
        lines.any(|line| {
            line == "-----BEGIN ENCRYPTED PRIVATE KEY-----" || line == "Proc-Type: 4,ENCRYPTED"
        })
    }

    /// Returns the error about a file that was to have a section of this kind.
    fn pem_fault(&self, error: Error, kind: &str) -> ConfigError {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim_end().to_owned();
        self.fault(match error {
            Error::NoItemsFound => {
                let thing = kind.to_lowercase();
                format!("has no {thing}: a file in PEM form is needed, with -----BEGIN {kind}-----")
            }
            // A reload may come while the file is being written.
            Error::MissingSectionEnd { end_marker } => {
                let marker = text(&end_marker);
                format!("is not whole: the line -----END {marker}----- is missing")
            }
            Error::IllegalSectionStart { line } => {
                format!(
                    "does not parse: the line '{}' begins no section",
                    text(&line)
                )
            }
            error => format!("does not parse: {error}"),
        })
    }
}

fn fault(path: &Path, text: String) -> ConfigError {
    ConfigError::File {
        file: path.display().to_string(),
        text,
    }
}

/// Returns the name of a file that is converted from another one.
fn converted(path: &Path) -> PathBuf {
    let pem = path.with_extension("pem");
    match pem == path {
        true => path.with_extension("new.pem"),
        false => pem,
    }
}

/// A binary form of certificates and keys.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// A certificate or a key in DER.
    Der,
    /// A key and its certificates: `.p12`, `.pfx`.
    Pkcs12,
    /// Certificates: `.p7b`.
    Pkcs7,
}

impl Form {
    /// Recognizes the form of a file; none for text.
    fn of(octets: &[u8]) -> Option<Form> {
        // A sequence without a length, as Java writes them.
        if octets.starts_with(&[0x30, 0x80]) {
            return Some(Form::Pkcs12);
        }
        let whole = AnyRef::from_der(octets).ok();
        let whole = whole.filter(|it| it.tag() == Tag::Sequence)?;
        // Their versions are 3; those of keys are 0 and 1.
        Some(match whole.value() {
            [2, 1, 3, ..] => Form::Pkcs12,
            [6, ..] => Form::Pkcs7,
            _ => Form::Der,
        })
    }

    /// Says how to convert the file of a setting.
    fn advice(self, key: &str, path: &Path) -> String {
        let is_key = key == "tls-key";
        let (form, command, flags) = match (self, is_key) {
            (Form::Der, true) => ("DER", "pkey -inform DER", ""),
            (Form::Der, false) => ("DER", "x509 -inform DER", ""),
            (Form::Pkcs12, true) => ("PKCS #12", "pkcs12", " -nocerts -nodes"),
            (Form::Pkcs12, false) => ("PKCS #12", "pkcs12", " -nokeys"),
            (Form::Pkcs7, _) => ("PKCS #7", "pkcs7 -inform DER -print_certs", ""),
        };
        let (old, new) = (path.display(), converted(path));
        format!(
            "is in {form} form, and PEM is needed: convert it with openssl {command} -in {old}{flags} -out {}",
            new.display()
        )
    }
}
