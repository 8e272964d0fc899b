//! The decision on one part of a response, once the keys of its zone are known.

use deny::Denial;
use dnsparse::{Name, Rdata, Record, RecordType};

use crate::context::Context;
use crate::evidence::VerifiedAuthority;
use crate::parts::Absence;
use crate::proofs::{Cut, Evidence, Proved};
use crate::reason::Reason;
use crate::response::SignedRrset;
use crate::rrset::verify_in_zone;
use crate::status::{Cause, Insecure, Status};
use crate::trace::LinkResult;
use crate::zone_status::Zone;

/// The decision on a part that is not bogus.
pub(crate) struct Decision {
    pub(crate) status: Status,
    pub(crate) result: LinkResult,
    /// The absence that is proved.
    pub(crate) denial: Option<Denial>,
    /// The RRsets that were verified: owner, type, and the seconds for which each may be cached.
    pub(crate) verified: Vec<(Name, RecordType, u32)>,
}

impl Decision {
    fn new(status: Status, result: LinkResult) -> Decision {
        Decision {
            status,
            result,
            denial: None,
            verified: Vec::new(),
        }
    }

    /// The zone proves that the part need not be proved.
    fn insecure(zone: &Name, cause: Cause, proof: Vec<Record>) -> Decision {
        let insecure = Insecure {
            zone: zone.clone(),
            cause,
            proof: proof.into(),
        };
        Decision::new(Status::Insecure(insecure), LinkResult::Insecure(cause))
    }
}

/// Decides on an RRset of a secure zone.
pub(crate) fn decide_rrset(
    rrset: &SignedRrset,
    zone: &Zone,
    authority: &[Record],
    context: &Context<'_>,
) -> Result<Decision, Reason> {
    let verified = verify_in_zone(rrset, zone, context.now, context.crypto)?;
    let signed = LinkResult::Signed(zone.name.clone());
    let mut decision = Decision::new(Status::Secure, signed);
    let ttl = verified.ttl;
    if let Some(wildcard) = &verified.wildcard {
        if rrset.rtype == RecordType::DNAME {
            return Err(Reason::WildcardDname);
        }
        let authority = VerifiedAuthority::new(authority, zone.keys(), context);
        let (evidence, crypto) = (authority.evidence(), context.crypto);
        let (zone, name) = (&zone.name, &rrset.owner);
        match (context.proofs).closest_match(zone, name, wildcard, &evidence, crypto) {
            Proved::Yes(()) => {}
            Proved::Insecure(cause) => {
                decision = Decision::insecure(name, cause, authority.proof());
            }
            Proved::No => return Err(authority.reason()),
        }
        decision.verified = authority.ttls();
    }
    decision
        .verified
        .push((rrset.owner.clone(), rrset.rtype, ttl));
    Ok(decision)
}

/// Decides on an absence in a secure zone.
pub(crate) fn decide_absence(
    absence: &Absence,
    zone: &Zone,
    authority: &[Record],
    context: &Context<'_>,
) -> Result<Decision, Reason> {
    let Absence {
        name,
        rtype,
        signer,
        ..
    } = absence;
    if let Some(signer) = signer.as_ref().filter(|signer| **signer != zone.name) {
        return Err(Reason::NotAZone(signer.clone()));
    }
    let authority = VerifiedAuthority::new(authority, zone.keys(), context);
    let (evidence, crypto) = (authority.evidence(), context.crypto);
    let proved = (context.proofs).denial(&zone.name, name, *rtype, &evidence, crypto);
    let mut decision = match proved {
        Proved::Yes(denial) if is_claimed(denial, absence, &evidence) => {
            let denied = LinkResult::Denied(zone.name.clone(), denial);
            let mut decision = Decision::new(Status::Secure, denied);
            decision.denial = Some(denial);
            decision
        }
        Proved::Insecure(cause) => Decision::insecure(name, cause, authority.proof()),
        _ => {
            return match unsigned_cut(absence, zone, &evidence, context) {
                Some(cause) => Ok(Decision::insecure(name, cause, authority.proof())),
                None => Err(authority.reason()),
            };
        }
    };
    if authority.is_soa_unproved() {
        return Err(authority.reason());
    }
    decision.verified = authority.ttls();
    Ok(decision)
}

/// Returns the reason why the absence of a record need not be proved: its owner is, or may be, an
/// unsigned delegation, and the response that of the zone below (RFC 5155 section 8.6). A response that
/// denies the name itself has to prove that.
fn unsigned_cut(
    absence: &Absence,
    zone: &Zone,
    evidence: &[Evidence<'_>],
    context: &Context<'_>,
) -> Option<Cause> {
    if absence.is_nxdomain {
        return None;
    }
    match (context.proofs).cut(&zone.name, &absence.name, evidence, context.crypto) {
        Proved::Yes(Cut::Unsigned) => Some(Cause::NoDs),
        Proved::Insecure(cause) => Some(cause),
        Proved::Yes(Cut::None | Cut::NoName) | Proved::No => None,
    }
}

/// Whether the absence that was proved is the one that a response claims, or less. One with NXDOMAIN for
/// an empty non-terminal, as old servers send it, is as good as the NODATA that its records prove. One
/// with NOERROR may deny a name that does not exist only by a record of the name itself, which the
/// server made for it (RFC 9824).
fn is_claimed(denial: Denial, absence: &Absence, evidence: &[Evidence<'_>]) -> bool {
    match (denial, absence.is_nxdomain) {
        (Denial::NxDomain, true) | (Denial::NoData, _) => true,
        (Denial::NxDomain, false) => evidence.iter().any(|it| is_nxname(it, &absence.name)),
    }
}

fn is_nxname(evidence: &Evidence<'_>, name: &Name) -> bool {
    match &evidence.record.rdata {
        Rdata::Nsec(nsec) => {
            evidence.record.owner == *name && nsec.types.contains(RecordType::NXNAME)
        }
        _ => false,
    }
}
