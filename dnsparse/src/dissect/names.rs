//! Names for [`dissect`](super::dissect()): label by label, as they stand; and whole, with their
//! pointers followed.
//!
//! The parser's own function for names (`wire`) does less: it stops at the first fault, and does
//! not keep the position of each label. Tests check that the two agree.

use alloc::vec::Vec;

use crate::error::ParseErrorKind;
use crate::name::{MAX_NAME, Name};
use crate::offsets::HEADER;
use crate::wire::pointer_fault;
use crate::wire::pointers::pointer_limit;

/// The octets at the place of a label (RFC 1035 sections 3.1 and 4.1.4).
pub(super) enum Label<'m> {
    /// The empty label that ends a name: one octet.
    Root,
    /// A label without its length octet.
    Text(&'m [u8]),
    /// A compression pointer: two octets.
    Pointer(u16),
    /// The octet of a label type that is not in use.
    Reserved(u8),
}

/// Reads the label at `at`. Returns `None` if `octets` end before it does.
pub(super) fn label(octets: &[u8], at: usize) -> Option<Label<'_>> {
    let rest = octets.get(at..)?;
    let (&first, rest) = rest.split_first()?;
    match first {
        0 => Some(Label::Root),
        1..=0x3f => rest.get(..usize::from(first)).map(Label::Text),
        0x40..=0xbf => Some(Label::Reserved(first)),
        0xc0.. => rest
            .first()
            .map(|&low| Label::Pointer(u16::from_be_bytes([first & 0x3f, low]))),
    }
}

/// Reads the whole name that starts at `start` and, up to its first pointer, must end before `end`;
/// `end_fault` is the fault if it does not.
///
/// As in the parser, a pointer must point to before the labels that it ends, so each jump leaves
/// less of the message in view and there are no loops. The limit of pointers is the parser's too.
pub(super) fn whole(
    message: &[u8],
    mut start: usize,
    end: usize,
    end_fault: ParseErrorKind,
) -> Result<Name, ParseErrorKind> {
    let mut view = message.get(..end).unwrap_or(message);
    let mut wire = Vec::new();
    let limit = pointer_limit(message.len());
    for _ in 0..=limit {
        match run(view, start, &mut wire)?.ok_or(end_fault)? {
            None => return Ok(Name::from_checked_wire(&wire)),
            Some(target) if !(HEADER..start).contains(&usize::from(target)) => {
                return Err(pointer_fault(message, start, target));
            }
            Some(target) => (view, start) = (message, usize::from(target)),
        }
    }
    Err(ParseErrorKind::TooManyPointers { limit })
}

/// Adds the labels from `at` on to `wire`. Returns the target of the pointer after them, or
/// `Some(None)` if the root ends them, or `None` if `view` ends first.
fn run(
    view: &[u8],
    mut at: usize,
    wire: &mut Vec<u8>,
) -> Result<Option<Option<u16>>, ParseErrorKind> {
    while let Some(label) = label(view, at) {
        let text = match label {
            Label::Text(text) => text,
            Label::Root => &[],
            Label::Pointer(target) => return Ok(Some(Some(target))),
            Label::Reserved(octet) => return Err(ParseErrorKind::LabelType { octet }),
        };
        wire.push(text.len() as u8);
        wire.extend_from_slice(text);
        // The root's zero octet may be the 255th; after any other label one more has to follow.
        match text.is_empty() {
            true if wire.len() <= MAX_NAME => return Ok(Some(None)),
            false if wire.len() < MAX_NAME => at += 1 + text.len(),
            _ => return Err(ParseErrorKind::NameTooLong),
        }
    }
    Ok(None)
}
