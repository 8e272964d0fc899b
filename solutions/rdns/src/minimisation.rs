//! [`Minimisation`]: QNAME minimisation (RFC 9156), as the command lines of `rdns` and `client` name
//! it.

use chase::QnameMinimisation;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The part of a name that servers receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Minimisation {
    /// The whole name
    Off,
    /// Only the labels that they need; the whole name after a wrong reply to a part of it
    Relaxed,
    /// Only the labels that they need
    Strict,
}

impl From<Minimisation> for QnameMinimisation {
    fn from(minimisation: Minimisation) -> QnameMinimisation {
        match minimisation {
            Minimisation::Off => QnameMinimisation::Off,
            Minimisation::Relaxed => QnameMinimisation::Relaxed,
            Minimisation::Strict => QnameMinimisation::Strict,
        }
    }
}
