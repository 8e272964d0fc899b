//! Says in a sentence why a TLS connection failed, without the names that rustls has for it.

use std::fmt::Debug;
use std::io;

use rustls::{AlertDescription, CertificateError, Error};

use super::authentication::Refused;

/// The maximum number of a certificate's names that a sentence has.
const MAX_NAMES: usize = 3;

/// Says why a connection to a server failed. `protocol` is the one inside TLS, and `setting` names a
/// file of trusted authorities.
pub(super) fn of_server(error: &io::Error, protocol: &str, setting: &str) -> String {
    match inner(error) {
        Some(Error::InvalidCertificate(error)) => of_certificate(error, setting),
        Some(Error::InvalidMessage(_)) => "the server does not speak TLS at this port".to_owned(),
        Some(Error::AlertReceived(AlertDescription::NoApplicationProtocol)) => {
            format!("the server does not speak {protocol} at this port")
        }
        Some(error) => of_peer(error, "server"),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the server closed the connection during the handshake".to_owned()
        }
        None => error.to_string(),
    }
}

/// Says why a connection of a client failed.
pub fn of_client(error: &io::Error) -> String {
    match inner(error) {
        Some(Error::InvalidMessage(_)) => "it speaks no TLS".to_owned(),
        Some(Error::NoApplicationProtocol) => {
            "it speaks none of the protocols that are served here".to_owned()
        }
        Some(Error::AlertReceived(
            alert @ (AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::DecryptError),
        )) => format!(
            "it does not accept the certificate of tls-cert (alert {})",
            alert_name(*alert)
        ),
        Some(error) => of_peer(error, "client"),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "it closed the connection during the handshake".to_owned()
        }
        None => error.to_string(),
    }
}

fn inner(error: &io::Error) -> Option<&Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Says which fault of the peer ended the handshake.
fn of_peer(error: &Error, peer: &str) -> String {
    match error {
        Error::AlertReceived(AlertDescription::ProtocolVersion) => {
            format!("the {peer} supports neither TLS 1.2 nor TLS 1.3")
        }
        Error::AlertReceived(alert) => {
            format!("the {peer} ended it with the alert {}", alert_name(*alert))
        }
        Error::PeerIncompatible(reason) => {
            format!(
                "the {peer} supports no TLS that is supported here: {}",
                words(reason)
            )
        }
        Error::PeerMisbehaved(reason) => {
            format!("the {peer} breaks the rules of TLS: {}", words(reason))
        }
        Error::NoCertificatesPresented => format!("the {peer} has no certificate"),
        Error::General(text) => text.clone(),
        error => format!("the {peer} breaks the rules of TLS: {}", words(error)),
    }
}

/// Says what is wrong with a server's certificate.
fn of_certificate(error: &CertificateError, setting: &str) -> String {
    let reason = match error {
        CertificateError::UnknownIssuer => {
            return format!(
                "its certificate is not from an authority that is trusted here: if it should be, name the authority's certificate by {setting}"
            );
        }
        // The authority has the same name, and another key.
        CertificateError::BadSignature => "from an authority that is trusted here".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            return "its certificate has expired".to_owned();
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "valid yet".to_owned()
        }
        CertificateError::NotValidForName => "for this name".to_owned(),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => format!("for {}, but for {}", expected.to_str(), names(presented)),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "for servers".to_owned()
        }
        CertificateError::Other(other) => match other.0.downcast_ref::<Refused>() {
            Some(Refused::SelfSigned) => {
                return format!(
                    "its certificate is self-signed, and not trusted here: if it should be, name it by {setting}"
                );
            }
            Some(refused) => return refused.to_string(),
            None => format!("valid: {}", words(&other.0)),
        },
        error => format!("valid: {}", words(error)),
    };
    format!("its certificate is not {reason}")
}

/// Lists the names in a certificate, the first of them. webpki writes them as `DnsName("dns.example")`.
fn names(presented: &[String]) -> String {
    let plain = presented.iter().filter_map(|name| {
        let (kind, rest) = name.split_once('(')?;
        let is_name = ["DnsName", "IpAddress"].contains(&kind);
        let name = rest.strip_suffix(')').filter(|_| is_name)?;
        Some(name.trim_matches('"').escape_debug().to_string())
    });
    let mut first: Vec<_> = plain.collect();
    let more = first.len().saturating_sub(MAX_NAMES);
    first.truncate(MAX_NAMES);
    match more {
        0 if first.is_empty() => "no name".to_owned(),
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Returns the name that TLS has for an alert (RFC 8446 section 6).
fn alert_name(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnknownCA => "unknown_ca".to_owned(),
        AlertDescription::UnrecognisedName => "unrecognized_name".to_owned(),
        alert => words(&alert).replace(' ', "_"),
    }
}

/// Returns the name of a variant as words: `BadEncoding` is "bad encoding".
fn words(variant: &impl Debug) -> String {
    let name = format!("{variant:?}");
    let end = name.find(|letter: char| !letter.is_ascii_alphanumeric());
    let mut words = String::new();
    let mut is_in_word = false;
    for letter in name[..end.unwrap_or(name.len())].chars() {
        if letter.is_ascii_uppercase() && is_in_word {
            words.push(' ');
        }
        is_in_word = !letter.is_ascii_uppercase();
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use rustls::PeerIncompatible;

    use super::*;

    fn server(error: Error) -> String {
        of_server(&io::Error::other(error), "DNS over TLS", "tls-ca")
    }

    #[test]
    fn no_sentence_has_a_name_of_rustls() {
        for (error, expected) in [
            (
                CertificateError::UnknownIssuer.into(),
                "its certificate is not from an authority that is trusted here: if it should be, name the authority's certificate by tls-ca",
            ),
            (
                CertificateError::BadEncoding.into(),
                "its certificate is not valid: bad encoding",
            ),
            (
                CertificateError::UnhandledCriticalExtension.into(),
                "its certificate is not valid: unhandled critical extension",
            ),
            (
                CertificateError::InvalidPurpose.into(),
                "its certificate is not for servers",
            ),
            (
                Error::AlertReceived(AlertDescription::NoApplicationProtocol),
                "the server does not speak DNS over TLS at this port",
            ),
            (
                Error::AlertReceived(AlertDescription::ProtocolVersion),
                "the server supports neither TLS 1.2 nor TLS 1.3",
            ),
            (
                Error::AlertReceived(AlertDescription::HandshakeFailure),
                "the server ended it with the alert handshake_failure",
            ),
            (
                PeerIncompatible::NoCipherSuitesInCommon.into(),
                "the server supports no TLS that is supported here: no cipher suites in common",
            ),
        ] {
            assert_eq!(server(error), expected);
        }
    }

    #[test]
    fn the_names_of_a_certificate_are_plain_and_few() {
        let name = |text: &str| format!("DnsName(\"{text}\")");
        let mut presented = Vec::new();
        let mut got = vec![names(&presented)];
        for text in [
            name("a.test"),
            "IpAddress(192.0.2.1)".to_owned(),
            name("b\u{1b}.test"),
            name("c.test"),
        ] {
            presented.push(text);
            got.push(names(&presented));
        }
        let expected = [
            "no name",
            "a.test",
            "a.test, 192.0.2.1",
            "a.test, 192.0.2.1, b\\u{1b}.test",
            "a.test, 192.0.2.1, b\\u{1b}.test and 1 more",
        ];
        assert_eq!(got, expected);
    }
}
