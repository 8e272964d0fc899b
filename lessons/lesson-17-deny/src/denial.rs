//! The answer that a set of NSEC records proves (RFC 4035 section 5.4, RFC 6840 sections 4 and
//! 5).

use dnsparse::{Name, RecordType};

use crate::closest_encloser::closest_encloser;
use crate::gap::Gap;

/// The answer that NSEC records prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The name does not exist, and no wildcard stands for it.
    NxDomain,
    /// The name exists, or a wildcard stands for it, without records of the type.
    NoData,
}

/// Decides what the NSEC records of a reply, in `gaps`, prove about a name and a type in `zone`.
/// Returns `None` if they prove nothing: then the reply is bogus.
pub fn denial(zone: &Name, name: &Name, rtype: RecordType, gaps: &[Gap<'_>]) -> Option<Denial> {
    todo!(
        "Decide about the name: by a record of its own (`denial_at`), or by one that is `covering` it. Then, unless it is an empty non-terminal, decide about the wildcard that would stand for it, which may be one as well. A wildcard with records of the type had to be used."
    )
}

/// Finds a record that proves that a name of the zone does not exist.
pub(crate) fn covering<'g, 'r>(
    zone: &Name,
    name: &Name,
    gaps: &'g [Gap<'r>],
) -> Option<&'g Gap<'r>> {
    let mut gaps = gaps.iter();
    gaps.find(|gap| gap.covers(name, zone) && gap.may_deny(name))
}

/// Decides what a record proves about its own owner.
fn denial_at(gap: &Gap<'_>, rtype: RecordType) -> Option<Denial> {
    todo!(
        "Decide by its types. One of them may be NXNAME (compact denial, RFC 9824): such a server makes a record for each question, also where the name does not exist."
    )
}

/// Whether NSEC records prove that a delegation has no DS record, so that the child zone is unsigned
/// (RFC 4035 section 5.2).
pub fn is_insecure_delegation(cut: &Name, gaps: &[Gap<'_>]) -> bool {
    todo!(
        "Return whether one of the records proves all of it: that the name is a delegation, and that there is no DS record."
    )
}
