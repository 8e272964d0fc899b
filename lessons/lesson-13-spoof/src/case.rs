//! 0x20: upper and lower case as a part of the secret (draft-vixie-dnsext-dns0x20).
//!
//! Names are compared without regard to case (RFC 4343), and servers copy the question into the
//! reply as it is. So a resolver may write each letter of a name in either case, at random: a
//! forger has to guess it, one bit a letter. In ASCII, `a` is `A` with the bit 0x20 set.
//!
//! ```text
//! query    w w w . b a n k . e x a m p l e
//! sent     w W w . B A n k . E x a m P L e      14 letters: one of 16,384 ways to write them
//! ```

use std::ops::Range;

use rand::{Rng, RngExt};

/// The bit that makes a letter a lower-case one.
const CASE_BIT: u8 = 0x20;
/// The length of a message's header, after which the question begins.
const HEADER: usize = 12;
/// The octets of type and class after a name.
const TYPE_AND_CLASS: usize = 4;
/// The octets between a record's owner and its RDATA: type, class, TTL, RDLENGTH.
const RECORD_HEAD: usize = 10;

/// Writes each letter of a name in upper or lower case, at random.
///
/// `name` has the form of the wire: the octets of length between the labels are at most 63, and so
/// are no letters.
pub fn mix_case(name: &mut [u8], random: &mut (impl Rng + ?Sized)) {
    todo!("Give each letter a case at random, and leave all other octets as they are.")
}

/// Whether the names in the questions of two messages are equal octet by octet: in upper and lower
/// case, too. If one of them has no question, there is nothing to compare, and they count as equal.
pub fn has_same_case(query: &[u8], reply: &[u8]) -> bool {
    let name =
        |message: &[u8]| qname_range(message).and_then(|it| message.get(it).map(<[u8]>::to_vec));
    todo!("Compare the names. A missing one counts as equal to any other.")
}

/// Counts the letters of a name: the bits that its case adds.
pub fn letters(name: &dnsparse::Name) -> u32 {
    let letters = name
        .wire()
        .iter()
        .filter(|octet| octet.is_ascii_alphabetic());
    u32::try_from(letters.count()).unwrap_or(u32::MAX)
}

/// Returns the place of the name in a message's question (given); none if the message has no
/// question, or one that cannot be read.
pub fn qname_range(message: &[u8]) -> Option<Range<usize>> {
    let has_question = message.get(4..6)? != [0, 0];
    let end = name_end(message, HEADER).filter(|_| has_question)?;
    Some(HEADER..end)
}

/// Returns the octets of a message's question (given): name, type and class.
pub(crate) fn question(message: &[u8]) -> Option<&[u8]> {
    let name = qname_range(message)?;
    message.get(name.start..name.end + TYPE_AND_CLASS)
}

/// Puts the name back into the case that it has in `original` (given): in the question, and in the
/// owners of records that were written out and have the case of `mixed`. (Most servers write a
/// pointer to the question there.) So no cache and no client receives the mixed case.
pub(crate) fn restore_case(reply: &mut [u8], mixed: &[u8], original: &[u8]) {
    let (Some(range), Some(of_query)) = (qname_range(reply), qname_range(mixed)) else {
        return;
    };
    let (Some(mixed), Some(original)) = (mixed.get(of_query.clone()), original.get(of_query))
    else {
        return;
    };
    let mut place = range.end + TYPE_AND_CLASS;
    if let Some(name) = reply.get_mut(range)
        && name.eq_ignore_ascii_case(original)
    {
        name.copy_from_slice(original);
    }
    while let Some(end) = name_end(reply, place) {
        if let Some(owner) = reply.get_mut(place..end)
            && owner.len() > 1
            && mixed.ends_with(owner)
        {
            let same = original.len().checked_sub(owner.len());
            if let Some(original) = same.and_then(|from| original.get(from..)) {
                owner.copy_from_slice(original);
            }
        }
        let Some([.., high, low]) = reply.get(end..end + RECORD_HEAD) else {
            return;
        };
        place = end + RECORD_HEAD + usize::from(u16::from_be_bytes([*high, *low]));
    }
}

/// Returns the end of the name at a place: after its last label, or after a compression pointer.
fn name_end(message: &[u8], mut place: usize) -> Option<usize> {
    loop {
        match usize::from(*message.get(place)?) {
            0 => return Some(place + 1),
            length @ 1..=63 => place += 1 + length,
            192.. => return (place + 2 <= message.len()).then_some(place + 2),
            _ => return None,
        }
    }
}
