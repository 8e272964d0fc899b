//! Proofs with NSEC3 records (RFC 5155 section 7.2).

use dnsparse::{Name, Record};

use super::{Claim, closest_encloser};
use crate::served_zone::ServedZone;

/// Returns the NSEC3 records that prove a claim, with their signatures.
pub(super) fn proofs(zone: &ServedZone, claim: &Claim) -> Vec<Record> {
    match claim {
        Claim::NxDomain(name) => {
            let encloser = provable_encloser(zone, name);
            let mut proofs = closest_encloser_proof(zone, name, &encloser);
            if let Ok(wildcard) = encloser.child(b"*") {
                proofs.extend(zone.hashed().covering(&wildcard));
            }
            proofs
        }
        Claim::NoData(name) if zone.tree().node(name).is_none() => {
            let encloser = provable_encloser(zone, name);
            let mut proofs = closest_encloser_proof(zone, name, &encloser);
            if let Ok(wildcard) = encloser.child(b"*") {
                proofs.extend(zone.hashed().matching(&wildcard));
            }
            proofs
        }
        Claim::NoData(name) | Claim::NoDs(name) => match zone.hashed().matching(name) {
            // The name is in a span that opts out: a delegation to an unsigned zone, or an empty
            // non-terminal above such delegations alone.
            proofs if proofs.is_empty() => {
                closest_encloser_proof(zone, name, &provable_encloser(zone, name))
            }
            proofs => proofs,
        },
        Claim::Expanded(name) => {
            let encloser = closest_encloser(zone.tree(), name);
            let next = encloser.and_then(|encloser| next_closer(name, &encloser));
            next.map(|next| zone.hashed().covering(&next))
                .unwrap_or_default()
        }
    }
}

/// Proves that an ancestor of a name exists, and that the name one label longer does not (RFC 5155
/// section 7.2.1).
fn closest_encloser_proof(zone: &ServedZone, name: &Name, encloser: &Name) -> Vec<Record> {
    let mut proofs = zone.hashed().matching(encloser);
    if let Some(next) = next_closer(name, encloser) {
        proofs.extend(zone.hashed().covering(&next));
    }
    proofs
}

/// Returns the longest ancestor of a name that has an NSEC3 record: the closest encloser, or above it
/// if that is in a span that opts out. The apex always has one.
fn provable_encloser(zone: &ServedZone, name: &Name) -> Name {
    let mut above = name.ancestors().skip(1);
    above
        .find(|ancestor| !zone.hashed().matching(ancestor).is_empty())
        .unwrap_or_else(|| zone.tree().apex().clone())
}

/// Returns the ancestor of a name, or the name, that is one label longer than its closest encloser.
fn next_closer(name: &Name, encloser: &Name) -> Option<Name> {
    let mut ancestors = name.ancestors();
    ancestors.find(|ancestor| ancestor.parent().as_ref() == Some(encloser))
}
