//! [`Minimisation`]: QNAME minimisation (RFC 9156), as the command lines of `rdns` and `client` name
//! it.

use chase::QnameMinimisation;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// How much of a name servers receive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Minimisation {
    /// All of it
    Off,
    /// Only the labels that they need; a server that replies wrongly to that receives all
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
