//! The proofs of RFC 5155 sections 8.4 to 8.9.

use chain::{Cause, Cut, Proved};
use crypto::Crypto;
use deny::{Denial, Gap};
use dnsparse::{Name, RecordType};

use crate::closest_encloser::{Encloser, closest_encloser};
use crate::hashed_gap::HashedGap;
use crate::hashed_zone::HashedZone;

/// Decides what the NSEC3 records of a response prove about a name and a type.
pub fn denial(
    zone: &HashedZone<'_>,
    name: &Name,
    rtype: RecordType,
    crypto: &dyn Crypto,
) -> Proved<Denial> {
    todo!(
        "Decide by the name's own record (`record_of`, `no_data`); or else by its closest encloser and the wildcard below that, which may have a record (`wildcard_no_data`). In an opt-out gap, the name may be an unsigned delegation: that is Insecure(OptOut) in place of NXDOMAIN, and a question for DS needs no more proof than that gap (RFC 5155 section 8.6)."
    )
}

/// Decides what NSEC3 records say about a name without DS records: whether the chain of trust ends
/// there.
pub fn cut(zone: &HashedZone<'_>, name: &Name, crypto: &dyn Crypto) -> Proved<Cut> {
    todo!(
        "Decide by the name's own record: it has to deny DS (`no_data`), and its types tell whether it is of a delegation. Or else decide by its closest encloser: the name does not exist, or, in an opt-out gap, may be an unsigned delegation."
    )
}

/// Whether NSEC3 records prove that no name is closer to `name` than `wildcard`. The wildcard's parent
/// exists, as the signature shows, so that only the next closer name has to be covered (RFC 5155
/// section 8.8).
pub fn closest_match(
    zone: &HashedZone<'_>,
    name: &Name,
    wildcard: &Name,
    crypto: &dyn Crypto,
) -> Proved<()> {
    // The next closer name has as many labels as the wildcard: one more than the encloser.
    let labels = wildcard.label_count();
    let mut ancestors = name.ancestors();
    let next_closer = ancestors.find(|ancestor| ancestor.label_count() == labels);
    let hash = next_closer.and_then(|name| zone.hash(&name, crypto));
    match hash.and_then(|hash| zone.covering(hash)) {
        Some(gap) if gap.is_opt_out => Proved::Insecure(Cause::OptOut),
        Some(_) => Proved::Yes(()),
        None => Proved::No,
    }
}

fn record_of<'g, 'r>(
    zone: &'g HashedZone<'r>,
    name: &Name,
    crypto: &dyn Crypto,
) -> Option<&'g HashedGap<'r>> {
    zone.matching(zone.hash(name, crypto)?)
}

/// Decides what the record of a wildcard proves about a type. In an opt-out gap, the name may be an
/// unsigned delegation all the same (RFC 5155 section 9.2).
fn wildcard_no_data(
    record: &HashedGap<'_>,
    wildcard: &Name,
    rtype: RecordType,
    encloser: &Encloser<'_, '_>,
) -> Proved<Denial> {
    match no_data(record, wildcard, rtype) {
        Proved::Yes(_) if encloser.gap.is_opt_out => Proved::Insecure(Cause::OptOut),
        proved => proved,
    }
}

/// Decides what the record of a name proves about a type: the rules are those of NSEC (lesson 17).
fn no_data(record: &HashedGap<'_>, name: &Name, rtype: RecordType) -> Proved<Denial> {
    let gap = Gap {
        owner: name,
        next: name,
        types: record.types,
    };
    match gap.denies_type(rtype) {
        true => Proved::Yes(Denial::NoData),
        false => Proved::No,
    }
}
