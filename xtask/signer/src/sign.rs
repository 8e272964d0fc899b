//! Signs one zone: the records that are added to those of its file.

use anyhow::{Context, Result};
use dnsparse::{Name, Rdata, Record, RecordType, Rrsig, Zone};
use zone::ZoneTree;

use crate::keys::Key;
use crate::names::{is_signed, names};
use crate::plan::{Fault, Plan, Validity};

/// Returns the records that signing adds to a zone, in canonical order, each signature after the
/// records that it covers. `children` are the plans of the zones that this zone delegates.
pub(crate) fn sign(zone: &Zone, plan: &Plan, children: &[&Plan]) -> Result<Zone> {
    let keys = plan.derive_keys()?;
    let plain = ZoneTree::new(zone)?;
    let mut added = unsigned_additions(&plain, plan, &keys, children)?;
    let tree = with(zone, &added)?;
    let mut names = names(&tree);
    for fault in &plan.faults {
        if let Fault::AddedLater(name) = fault {
            names.remove(&below(name, &plan.apex)?);
        }
    }
    let mut denial = plan.denial.records(&tree, &names)?;
    for fault in &plan.faults {
        if let Fault::NextOutside(name) = fault {
            end_outside(&below(name, &plan.apex)?, &plan.apex, &mut denial)?;
        }
    }
    let signer = Signer { plan, keys: &keys };
    let records: Vec<Record> = tree.records().chain(&denial).cloned().collect();
    for rrset in records.chunk_by(Record::is_same_rrset) {
        let first = rrset.first().context("an RRset has a record")?;
        if first.rtype() == RecordType::NSEC3 || is_signed(&tree, &first.owner, first.rtype()) {
            added.extend(signer.signatures(rrset)?);
        }
    }
    added.extend(denial);
    for fault in &plan.faults {
        apply(*fault, &plan.apex, &mut added)?;
    }
    added.sort_by_key(place);
    Ok(Zone {
        origin: plan.apex.clone(),
        records: added,
    })
}

/// Returns the keys, the parameters of hashed names, and the DS records of the children.
fn unsigned_additions(
    tree: &ZoneTree,
    plan: &Plan,
    keys: &[Key],
    children: &[&Plan],
) -> Result<Vec<Record>> {
    let apex = &plan.apex;
    let ttl = tree.rrset(apex, RecordType::SOA).map(|soa| soa.ttl).min();
    let ttl = ttl.context("a zone has an SOA record")?;
    let dnskey = |key: &Key| {
        let rdata = Rdata::Dnskey(Box::new(key.dnskey.clone()));
        Record::new(apex.clone(), ttl, rdata)
    };
    let mut added: Vec<Record> = keys.iter().map(dnskey).collect();
    added.extend(plan.denial.parameters(apex));
    for child in children.iter().filter(|child| tree.is_cut(&child.apex)) {
        // The TTL of the NS records (RFC 4035 section 2.4).
        let ns = tree.rrset(&child.apex, RecordType::NS).next();
        let ttl = ns.context("a cut has NS records")?.ttl;
        for ds in child.ds_records()? {
            let rdata = Rdata::Ds(Box::new(ds));
            added.push(Record::new(child.apex.clone(), ttl, rdata));
        }
    }
    Ok(added)
}

fn with(zone: &Zone, added: &[Record]) -> Result<ZoneTree> {
    let records = zone.records.iter().chain(added).cloned().collect();
    let origin = zone.origin.clone();
    Ok(ZoneTree::new(&Zone { origin, records })?)
}

/// The keys of a zone, at work.
struct Signer<'p> {
    plan: &'p Plan,
    keys: &'p [Key],
}

impl Signer<'_> {
    /// Makes the signatures of an RRset: one with each key that signs it.
    fn signatures(&self, rrset: &[Record]) -> Result<Vec<Record>> {
        let first = rrset.first().context("an RRset has a record")?;
        let is_of_keys = first.rtype() == RecordType::DNSKEY;
        let keys = self.plan.keys.iter().zip(self.keys);
        let signing = keys.filter(|(plan, _)| match is_of_keys {
            true => plan.signs_keys,
            false => plan.signs_zone,
        });
        signing
            .map(|(_, key)| self.signature(rrset, first, key))
            .collect()
    }

    fn signature(&self, rrset: &[Record], first: &Record, key: &Key) -> Result<Record> {
        let Validity {
            inception,
            expiration,
        } = self.plan.validity;
        let mut rrsig = Rrsig {
            type_covered: first.rtype(),
            algorithm: key.dnskey.algorithm,
            labels: self.plan.labels(&first.owner)?,
            original_ttl: first.ttl,
            expiration,
            inception,
            key_tag: key.dnskey.key_tag(),
            signer: self.plan.signer(),
            signature: Vec::new(),
        };
        rrsig.signature = key.sign(&rrsig.signed_data(rrset)?)?;
        let rdata = Rdata::Rrsig(Box::new(rrsig));
        Ok(Record::new(first.owner.clone(), first.ttl, rdata))
    }
}

impl Plan {
    /// Returns the name that signatures give as their signer.
    fn signer(&self) -> Name {
        let is_parent = self
            .faults
            .iter()
            .any(|fault| matches!(fault, Fault::ParentSigns));
        let parent = self.apex.parent().filter(|_| is_parent);
        parent.unwrap_or_else(|| self.apex.clone())
    }

    /// Returns the number of labels that the signatures of a name give.
    fn labels(&self, owner: &Name) -> Result<u8> {
        for fault in &self.faults {
            match fault {
                Fault::FewLabels(name) if *owner == below(name, &self.apex)? => {
                    return Ok(labels(&self.apex)?.saturating_sub(1));
                }
                _ => {}
            }
        }
        labels(owner)
    }
}

/// Moves the end of the gap after a name behind the zone.
fn end_outside(owner: &Name, apex: &Name, denial: &mut [Record]) -> Result<()> {
    let parent = apex.parent().context("the root has no name behind it")?;
    let last = parent.child(&[0xff])?;
    for record in denial.iter_mut().filter(|record| record.owner == *owner) {
        if let Rdata::Nsec(nsec) = &mut record.rdata {
            nsec.next = last.clone();
        }
    }
    Ok(())
}

/// Counts the labels of an owner, without the root and a leading `*` (RFC 4034 section 3.1.3).
fn labels(owner: &Name) -> Result<u8> {
    let is_wildcard = owner.labels().next() == Some(b"*");
    let labels = owner.label_count() - usize::from(is_wildcard);
    Ok(u8::try_from(labels)?)
}

/// Changes the records that were added to a zone.
fn apply(fault: Fault, apex: &Name, added: &mut Vec<Record>) -> Result<()> {
    match fault {
        Fault::NoSignatures(name) => {
            let name = below(name, apex)?;
            added.retain(|record| record.owner != name || covered(record).is_none());
        }
        Fault::CorruptSignatures(name) => {
            let name = below(name, apex)?;
            for record in added.iter_mut().filter(|record| record.owner == name) {
                if let Rdata::Rrsig(rrsig) = &mut record.rdata {
                    rrsig
                        .signature
                        .first_mut()
                        .into_iter()
                        .for_each(|octet| *octet ^= 1);
                }
            }
        }
        Fault::UnsignedKeys => {
            added.retain(|record| covered(record) != Some(RecordType::DNSKEY));
        }
        Fault::UnsignedDs(child) => {
            let child = below(child, apex)?;
            let is_of_ds = |record: &Record| covered(record) == Some(RecordType::DS);
            added.retain(|record| record.owner != child || !is_of_ds(record));
        }
        Fault::NoSignaturesAtAll => added.retain(|record| covered(record).is_none()),
        Fault::Gap(name) => {
            let name = below(name, apex)?;
            let is_nsec = |record: &Record| {
                covered(record).unwrap_or_else(|| record.rtype()) == RecordType::NSEC
            };
            added.retain(|record| record.owner != name || !is_nsec(record));
        }
        // These are made before and while the zone is signed.
        Fault::AddedLater(_) | Fault::ParentSigns | Fault::FewLabels(_) | Fault::NextOutside(_) => {
        }
    }
    Ok(())
}

fn below(name: &str, apex: &Name) -> Result<Name> {
    match name {
        "@" => Ok(apex.clone()),
        _ => Ok(format!("{name}.{apex}").parse()?),
    }
}

/// Returns the type that a signature covers; none if the record is no signature.
pub(crate) fn covered(record: &Record) -> Option<RecordType> {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => Some(rrsig.type_covered),
        _ => None,
    }
}

/// Returns a record's place in the file: by its owner and type, a signature after what it covers.
fn place(record: &Record) -> (Name, RecordType, bool, String) {
    let covered = covered(record);
    let rtype = covered.unwrap_or_else(|| record.rtype());
    (
        record.owner.clone(),
        rtype,
        covered.is_some(),
        record.rdata.to_string(),
    )
}
