//! The closest encloser: the longest ancestor of a name that exists (RFC 4592 section 3.3.1).

use dnsparse::Name;

use crate::gap::Gap;

/// Returns the closest encloser of a name that lies in a gap.
///
/// Where a name exists, all of its ancestors do, as *empty non-terminals* if they have no records. So
/// both ends of the gap prove ancestors, and nothing between them does.
pub fn closest_encloser(name: &Name, gap: &Gap<'_>) -> Option<Name> {
    // todo: Return the longest of the name and its ancestors that the gap proves to exist. (The
    // name itself may be an empty non-terminal.)
    name.ancestors()
        .find(|ancestor| gap.owner.is_at_or_below(ancestor) || gap.next.is_at_or_below(ancestor))
    // end todo
}
