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
    if let Some(gap) = gaps.iter().find(|gap| gap.owner == name) {
        return denial_at(gap, rtype);
    }
    let gap = covering(zone, name, gaps)?;
    if gap.next.is_at_or_below(name) {
        return Some(Denial::NoData); // an empty non-terminal: a name below it exists
    }
    todo!(
        "The wildcard is `*` below the closest encloser of the name. If an NSEC record has it as its owner, the server had to use it: NoData if that record denies the type, otherwise None. If a record covers it: NoData if the wildcard is an empty non-terminal, as above, otherwise NxDomain. Otherwise None."
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
        "None unless the record denies the type. If it has the type NXNAME in its list, the name does not exist: the server makes a record for each question, and so says NXDOMAIN (compact denial, RFC 9824). Otherwise NoData."
    )
}

/// Whether NSEC records prove that a delegation has no DS record, so that the child zone is unsigned
/// (RFC 4035 section 5.2).
pub fn is_insecure_delegation(cut: &Name, gaps: &[Gap<'_>]) -> bool {
    todo!("A record of the cut itself proves it, if it is of a delegation and denies DS.")
}
