//! [`LabBuildError`]: the errors of building a lab from zones.

use dnsparse::ZoneError;

/// A lab that cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LabBuildError {
    /// A zone's text cannot be read.
    #[error("zone {origin}: {error}")]
    Unreadable {
        /// The zone, as given.
        origin: String,
        /// The place and the rule.
        error: Box<ZoneError>,
    },
    /// A zone's records do not make a zone.
    #[error("zone {origin}: {reason}")]
    NotAZone {
        /// The zone, as given.
        origin: String,
        /// The rule that is broken, in one sentence.
        reason: String,
    },
    /// A zone's name is not a domain name.
    #[error("'{text}' is not a name")]
    BadName {
        /// The text.
        text: String,
    },
    /// A server's address is not an IP address.
    #[error("'{text}' is not an address, such as 192.0.2.1 or 2001:db8::1")]
    BadAddress {
        /// The text.
        text: String,
    },
    /// A text of several zones has records before its first `$ORIGIN` line.
    #[error("line {line}: there is no $ORIGIN line before this record")]
    NoOrigin {
        /// The line of the first such record, from 1.
        line: usize,
    },
    /// Signatures of a zone that is not there.
    #[error("there is no zone {origin}, whose signatures are in lessons/lab/signed")]
    NoZone {
        /// The zone.
        origin: String,
    },
    /// Two zones have the same name.
    #[error("there are two zones {origin}")]
    Twice {
        /// Their name.
        origin: String,
    },
}
