//! The second half of a positive answer that was made from a wildcard (RFC 4035 section 5.3.4).

use dnsparse::Name;

use crate::closest_encloser::closest_encloser;
use crate::denial::covering;
use crate::gap::Gap;

/// Whether NSEC records prove that no name was closer to `name` than `wildcard`, from which the
/// server made the answer. (Lesson 16 finds the wildcard by the signature's number of labels.)
pub fn is_closest_match(zone: &Name, name: &Name, wildcard: &Name, gaps: &[Gap<'_>]) -> bool {
    todo!(
        "Return whether the records prove the wildcard: the name itself must not exist, and the wildcard has to be the only one that can stand for it."
    )
}
