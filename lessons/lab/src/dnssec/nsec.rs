//! Proofs with NSEC records (RFC 4035 sections 3.1.3 and 3.1.4).

use dnsparse::{Name, Record, RecordType};

use super::{Claim, signatures, wildcard};
use crate::served_zone::ServedZone;

/// Returns the NSEC records that prove a claim, with their signatures. If the zone has no record
/// that does, the one that would is returned: a server does not judge its zone.
pub(super) fn proofs(zone: &ServedZone, claim: &Claim) -> Vec<Record> {
    let names = match claim {
        // The name does not exist, and neither does the wildcard.
        Claim::NxDomain(name) => vec![Some(name.clone()), wildcard(zone.tree(), name)],
        Claim::Expanded(name) | Claim::NoDs(name) => vec![Some(name.clone())],
        Claim::NoData(name) => match zone.tree().node(name) {
            Some(_) => vec![Some(name.clone())],
            None => vec![wildcard(zone.tree(), name), Some(name.clone())],
        },
    };
    let names = names.into_iter().flatten();
    names.flat_map(|name| nsec(zone, &name)).collect()
}

/// Returns the NSEC record of a name, or the one whose gap the name is in: that of the last owner
/// before it. An empty non-terminal has no NSEC record, and is in a gap too.
fn nsec(zone: &ServedZone, name: &Name) -> Vec<Record> {
    let tree = zone.tree();
    let owner = zone.nsec_owner(name);
    let nsec = owner.and_then(|owner| tree.rrset(owner, RecordType::NSEC).next());
    nsec.into_iter()
        .flat_map(|nsec| std::iter::once(nsec.clone()).chain(signatures(tree, nsec)))
        .collect()
}
