//! The closest encloser: the longest ancestor of a name that exists (RFC 4592 section 3.3.1).

use dnsparse::Name;

use crate::gap::Gap;

/// Returns the closest encloser of a name that lies in a gap.
///
/// Where a name exists, all of its ancestors do, as *empty non-terminals* if they have no records. So
/// both ends of the gap prove ancestors, and nothing between them does.
pub fn closest_encloser(name: &Name, gap: &Gap<'_>) -> Option<Name> {
    todo!(
        "The first of the name itself (which may be an empty non-terminal) and its ancestors, from the longest to the shortest, that the owner or the next name is at or below."
    )
}
