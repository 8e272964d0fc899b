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
    // todo: Decide by the name's own record (`record_of`, `no_data`); or else by its closest
    // encloser and the wildcard below that, which may have a record (`wildcard_no_data`). In an
    // opt-out gap, the name may be an unsigned delegation: that is Insecure(OptOut) in place of
    // NXDOMAIN, and a question for DS needs no more proof than that gap (RFC 5155 section 8.6).
    if let Some(record) = record_of(zone, name, crypto) {
        return no_data(record, name, rtype);
    }
    let Some(encloser) = closest_encloser(zone, name, crypto) else {
        return Proved::No;
    };
    let Ok(wildcard) = encloser.name.child(b"*") else {
        return Proved::No; // never: the name is below the encloser, and not shorter
    };
    let Some(wildcard_hash) = zone.hash(&wildcard, crypto) else {
        return Proved::No;
    };
    if let Some(record) = zone.matching(wildcard_hash) {
        return wildcard_no_data(record, &wildcard, rtype, &encloser);
    }
    let is_covered = zone.covering(wildcard_hash).is_some();
    match (encloser.gap.is_opt_out, is_covered) {
        (true, true) => Proved::Insecure(Cause::OptOut),
        (true, false) if rtype == RecordType::DS => Proved::Insecure(Cause::OptOut),
        (false, true) => Proved::Yes(Denial::NxDomain),
        _ => Proved::No,
    }
    // end todo
}

/// Decides what NSEC3 records say about a name without DS records: whether the chain of trust ends
/// there.
pub fn cut(zone: &HashedZone<'_>, name: &Name, crypto: &dyn Crypto) -> Proved<Cut> {
    // todo: Decide by the name's own record: it has to deny DS (`no_data`), and its types tell
    // whether it is of a delegation. Or else decide by its closest encloser: the name does not
    // exist, or, in an opt-out gap, may be an unsigned delegation.
    let record = record_of(zone, name, crypto);
    let encloser = match record {
        Some(_) => None,
        None => closest_encloser(zone, name, crypto),
    };
    match (record, encloser) {
        (Some(record), _) => {
            let has = |rtype| record.types.contains(rtype);
            let is_delegation = has(RecordType::NS) && !has(RecordType::SOA);
            match no_data(record, name, RecordType::DS) {
                Proved::Yes(_) if is_delegation => Proved::Yes(Cut::Unsigned),
                Proved::Yes(_) => Proved::Yes(Cut::None),
                _ => Proved::No,
            }
        }
        (None, Some(encloser)) if encloser.gap.is_opt_out => Proved::Insecure(Cause::OptOut),
        (None, Some(_)) => Proved::Yes(Cut::NoName),
        (None, None) => Proved::No,
    }
    // end todo
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
