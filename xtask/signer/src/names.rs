//! The names of a zone that its denial of existence is about, each with its types.

use std::collections::{BTreeMap, BTreeSet};

use dnsparse::{Name, RecordType};
use zone::ZoneTree;

/// Each name for which the zone is authoritative, and each zone cut, with the types that the zone may
/// speak of: at a cut NS and DS alone. Empty non-terminals have none.
pub(crate) type Names = BTreeMap<Name, BTreeSet<RecordType>>;

/// Collects the names of a zone, without the names below cuts: these are of the child zones.
pub(crate) fn names(tree: &ZoneTree) -> Names {
    let mut names = Names::new();
    for record in tree.records() {
        if is_below_cut(tree, &record.owner) {
            continue;
        }
        let between = record.owner.ancestors();
        for name in between.take_while(|name| name != tree.apex()) {
            names.entry(name).or_default();
        }
        let types = names.entry(record.owner.clone()).or_default();
        if is_of_zone(tree, &record.owner, record.rtype()) {
            types.insert(record.rtype());
        }
    }
    names
}

/// Whether the zone is authoritative for records of a type at a name, so that it signs them.
pub(crate) fn is_signed(tree: &ZoneTree, owner: &Name, rtype: RecordType) -> bool {
    !is_below_cut(tree, owner)
        && match rtype {
            RecordType::RRSIG => false,
            RecordType::NS => !tree.is_cut(owner),
            _ => is_of_zone(tree, owner, rtype),
        }
}

/// Whether records of a type at a name are the zone's own; at a cut, NS counts, and glue does not.
fn is_of_zone(tree: &ZoneTree, owner: &Name, rtype: RecordType) -> bool {
    let at_cut = [RecordType::NS, RecordType::DS, RecordType::NSEC];
    !tree.is_cut(owner) || at_cut.contains(&rtype)
}

/// Whether a name is below a zone cut: not at it.
fn is_below_cut(tree: &ZoneTree, name: &Name) -> bool {
    name.ancestors().skip(1).any(|above| tree.is_cut(&above))
}
