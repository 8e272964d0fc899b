//! One link of the chain: what a response to a question for DS records says about the way down
//! (RFC 4035 section 5.2).

use dnsparse::{Ds, Name, Rdata, Record, RecordType};
use sign::ZoneKeys;

use crate::context::Context;
use crate::evidence::VerifiedAuthority;
use crate::keys::insecure_by_ds;
use crate::proofs::{Cut, Proved};
use crate::reason::Reason;
use crate::response::{Response, SignedRrset, dname_above};
use crate::rrset::verify_rrset;
use crate::status::Cause;

/// What a zone says about a name below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) kind: LinkKind,
    /// The records that prove it.
    pub(crate) proof: Vec<Record>,
    /// The number of seconds for which they may be cached.
    pub(crate) ttl: u32,
}

/// The cases of a [`Link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// The name is a zone, and these DS records vouch for its keys.
    Signed(Vec<Ds>),
    /// The name is no zone: names below it are in the same zone, or in zones of their own.
    NoCut,
    /// There is no zone at or below the name.
    NoName,
    /// From the name on, nothing is signed.
    Insecure(Cause),
}

/// Decides what the response of the parent's side to the question `name DS` proves. `keys` are those
/// of the zone that was reached.
pub(crate) fn link(
    name: &Name,
    response: &Response,
    keys: ZoneKeys<'_>,
    context: &Context<'_>,
) -> Result<Link, Reason> {
    if let Some(rrset) = SignedRrset::find(&response.answer, name, RecordType::DS) {
        return signed_link(rrset, keys, context);
    }
    if let Some(alias) = alias_at(name, response, keys.zone) {
        return alias_link(name, &alias, response, keys, context);
    }
    let authority = VerifiedAuthority::new(&response.authority, keys, context);
    let evidence = authority.evidence();
    let proved = (context.proofs).cut(keys.zone, name, &evidence, context.crypto);
    let kind = match proved {
        Proved::Yes(Cut::Unsigned) => LinkKind::Insecure(Cause::NoDs),
        Proved::Yes(Cut::None) => LinkKind::NoCut,
        Proved::Yes(Cut::NoName) => LinkKind::NoName,
        Proved::Insecure(cause) => LinkKind::Insecure(cause),
        Proved::No => return Err(authority.reason()),
    };
    Ok(Link {
        kind,
        proof: authority.proof(),
        ttl: authority.lowest_ttl(),
    })
}

/// Decides what a DS RRset proves.
fn signed_link(
    rrset: SignedRrset,
    keys: ZoneKeys<'_>,
    context: &Context<'_>,
) -> Result<Link, Reason> {
    // todo: Decide what the RRset proves. It has to be the parent's, and of this very name: no
    // wildcard makes a delegation (the reason is NsecMissing then). The child zone is Signed by its
    // `ds_records`, unless these have a cause why it is Insecure. The RRset itself is the proof.
    let verified = verify_rrset(&rrset, keys, context.now, context.crypto)?;
    if verified.wildcard.is_some() {
        return Err(Reason::NsecMissing);
    }
    let ds_set = ds_records(&rrset);
    let kind = match insecure_by_ds(&rrset.owner, &ds_set, context.crypto) {
        Some(cause) => LinkKind::Insecure(cause),
        None => LinkKind::Signed(ds_set),
    };
    Ok(Link {
        kind,
        proof: rrset.records,
        ttl: verified.ttl,
    })
    // end todo
}

/// Finds the alias that stands in the way of an answer: a DNAME record above the name, or a CNAME
/// record at it.
fn alias_at(name: &Name, response: &Response, zone: &Name) -> Option<SignedRrset> {
    let dname = dname_above(&response.answer, name);
    let dname = dname.filter(|rrset| rrset.owner.is_at_or_below(zone));
    dname.or_else(|| SignedRrset::find(&response.answer, name, RecordType::CNAME))
}

/// Decides what an alias proves: a name with a CNAME record has no NS records, and below a DNAME
/// record there are no names at all.
fn alias_link(
    name: &Name,
    alias: &SignedRrset,
    response: &Response,
    keys: ZoneKeys<'_>,
    context: &Context<'_>,
) -> Result<Link, Reason> {
    let verified = verify_rrset(alias, keys, context.now, context.crypto)?;
    let mut kind = match alias.rtype {
        RecordType::DNAME => LinkKind::NoName,
        _ => LinkKind::NoCut,
    };
    if let Some(wildcard) = &verified.wildcard {
        // The name itself does not exist, if that is proved.
        let authority = VerifiedAuthority::new(&response.authority, keys, context);
        let evidence = authority.evidence();
        let proofs = context.proofs;
        kind = match proofs.closest_match(keys.zone, name, wildcard, &evidence, context.crypto) {
            Proved::Yes(()) => LinkKind::NoName,
            Proved::Insecure(cause) => LinkKind::Insecure(cause),
            Proved::No => return Err(authority.reason()),
        };
    }
    Ok(Link {
        kind,
        proof: alias.records.clone(),
        ttl: verified.ttl,
    })
}

fn ds_records(rrset: &SignedRrset) -> Vec<Ds> {
    let ds_set = rrset
        .records
        .iter()
        .filter_map(|record| match &record.rdata {
            Rdata::Ds(ds) => Some((**ds).clone()),
            _ => None,
        });
    ds_set.collect()
}
