//! The owner that was signed, which differs from the owner in the reply if a wildcard was expanded
//! (RFC 4035 section 5.3.2).

use dnsparse::Name;

/// Returns the owner that was signed, given the owner in the reply and the number of labels in the
/// RRSIG record: the same name; or the wildcard from which the server made it, if the signature
/// counts fewer labels; or `None` if it counts more than the owner has.
///
/// The root and a leading `*` are not counted (RFC 4034 section 3.1.3).
pub fn signed_owner(owner: &Name, labels: u8) -> Option<Name> {
    // todo: Return the name that was signed. The numbers of labels are compared as an RRSIG record
    // counts them.
    let is_wildcard = owner.labels().next() == Some(b"*");
    let counted = owner.label_count() - usize::from(is_wildcard);
    let labels = usize::from(labels);
    if counted <= labels {
        return (counted == labels).then(|| owner.clone());
    }
    let encloser = owner.labels().skip(owner.label_count() - labels);
    Name::from_labels(std::iter::once(b"*".as_slice()).chain(encloser)).ok()
    // end todo
}
