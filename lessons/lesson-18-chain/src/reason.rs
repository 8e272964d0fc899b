//! [`Reason`]: why a response is bogus.

use crypto::{Crypto, SignatureError};
use dnsparse::Name;
use sign::Unverified;

/// The reason why records of a secure zone are not proved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The RRset has no signature, and its zone is signed.
    #[error("it has no signature")]
    RrsigsMissing,
    /// No signature over the RRset holds. This is the most telling of the reasons.
    #[error("no signature holds: {0}")]
    Signature(Unverified),
    /// The zone has no key that a DS record or a trust anchor vouches for.
    #[error("no key of the zone matches its DS records")]
    DnskeyMissing,
    /// The key that a DS record vouches for may not sign: it is no zone key, is revoked, or has another
    /// protocol.
    #[error("the key that matches the DS record is not a zone key")]
    NotZoneKey,
    /// The signer's name is that of no zone.
    #[error("the signer {0} is not a zone")]
    NotAZone(Name),
    /// No NSEC record that holds proves what the response claims.
    #[error("nothing proves that it does not exist")]
    NsecMissing,
    /// The CNAME record is not the one that the DNAME record makes (RFC 6672 section 5.3.1).
    #[error("the alias is not the one that the DNAME record makes")]
    WrongSynthesis,
    /// The DNAME record was made from a wildcard, so that its aliases depend on the question (RFC 6672
    /// section 3.3).
    #[error("a wildcard makes no DNAME record")]
    WildcardDname,
    /// The response has more aliases than [`crate::MAX_ALIASES`].
    #[error("there are too many aliases")]
    TooManyAliases,
    /// The validation would cost more work than it may (lesson 19).
    #[error("the validation costs too much work")]
    OverBudget,
}

impl Reason {
    /// Returns the INFO-CODE of an extended DNS error (RFC 8914 section 4).
    pub fn info_code(&self) -> u16 {
        match self {
            Reason::Signature(Unverified::Signature(SignatureError::Unsupported)) => 1,
            Reason::Signature(Unverified::Expired) => 7,
            Reason::Signature(Unverified::NotYetValid) => 8,
            Reason::Signature(Unverified::NoKey(_)) | Reason::DnskeyMissing => 9,
            // The zone has other algorithms: their signatures were left out.
            Reason::Signature(Unverified::Algorithm(_)) | Reason::RrsigsMissing => 10,
            Reason::NotZoneKey => 11,
            Reason::NsecMissing => 12,
            _ => 6,
        }
    }

    /// Returns the one of two reasons that tells an operator more: the one that a signature has that
    /// was closer to holding.
    pub fn more_telling(self, other: Reason) -> Reason {
        match other.rank() > self.rank() {
            true => other,
            false => self,
        }
    }

    /// Returns the reason of a proof that failed: that too much work was needed, if work was refused.
    pub(crate) fn unless_exhausted(self, crypto: &dyn Crypto) -> Reason {
        match crypto.is_exhausted() {
            true => Reason::OverBudget,
            false => self,
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Reason::Signature(unverified) => match unverified {
                Unverified::Expired | Unverified::NotYetValid => 5,
                Unverified::Signature(_) => 4,
                Unverified::NoKey(_) => 3,
                Unverified::Algorithm(_) => 2,
                _ => 1,
            },
            _ => 0,
        }
    }
}
