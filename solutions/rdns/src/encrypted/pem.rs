//! Says what is wrong with a PEM file (RFC 7468).

use rustls::pki_types::pem::Error;

/// Returns what is wrong with a file that was to have a section of this kind, such as `CERTIFICATE`.
pub fn fault(error: Error, kind: &str) -> String {
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim_end().to_owned();
    match error {
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
    }
}
