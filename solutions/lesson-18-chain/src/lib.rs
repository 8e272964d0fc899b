//! Lesson 18: the chain of trust.
//!
//! A validator trusts one key, the root's, and the records of every other zone follow from it: the
//! root signs a DS record of `com`, which vouches for the keys of `com`, which sign a DS record of
//! `example.com`, and so on (RFC 4035 section 5). [`Validation`] is that algorithm as a state
//! machine: it takes a response, returns the question that it needs an answer to next, and ends with
//! a [`Status`]. It does no I/O and knows no time but the one that it is given.
//!
//! ```text
//!                       Validation: one part of the response after the other
//!                        |                                             ^
//!        the signer,     v                                             | Zone: its keys,
//!        or the owner  Chain: from a trust anchor, or a known zone,    | or why it is insecure
//!                        |    down to that name                        |
//!                        |                                             |
//!          Step::Dnskey  +--> validated_keys: the zone's keys -------->+
//!          Step::Ds      +--> link: a signed child zone, no zone cut, --+
//!                             or an insecure delegation
//! ```

mod anchors;
mod chain;
mod context;
mod decide;
mod evidence;
mod keys;
mod link;
mod parts;
mod proofs;
mod reason;
mod response;
mod rrset;
mod status;
mod trace;
mod validation;
mod zone_status;

pub use anchors::{AnchorError, TrustAnchors};
pub use chain::{Chain, ChainStep, Ending};
pub use context::Context;
pub use keys::dnskeys;
pub use proofs::{Cut, Evidence, Nsec, Proofs, Proved};
pub use reason::Reason;
pub use response::{MAX_SIGNATURES, Response, SignedRrset};
pub use rrset::{MAX_FAILED_SIGNATURES, verify_rrset};
pub use status::{Bogus, Cause, Indeterminate, Insecure, Status};
pub use trace::{LinkResult, TracedLink};
pub use validation::{MAX_ALIASES, Step, Validation, Verdict};
pub use zone_status::{KnownZones, NoZones, Zone, ZoneStatus, Zones};
