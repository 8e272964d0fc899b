//! [`TypeBitmap`]: the set of types in an NSEC or NSEC3 record (RFC 4034 section 4.1.2).

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::codes::RecordType;
use crate::error::ParseErrorKind;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, failure};

/// The most octets that a window has: a bit for each of its 256 types.
const MAX_WINDOW: u8 = 32;

/// A set of types: those that exist at a name (RFC 4034 section 4.1.2).
///
/// The 65,536 types are divided into 256 windows by the upper octet of their number. A window that
/// has any of the types is sent with as many octets of bits as its last type needs, the top bit of
/// the first octet for its lowest type.
///
/// ```text
///     ( window (u8) | length (u8): 1 to 32 | bits ... )  for each window, the lowest first
/// ```
///
/// ```
/// use dnsparse::{RecordType, TypeBitmap};
///
/// let types = TypeBitmap::new([RecordType::NSEC, RecordType::A, RecordType::MX]);
/// assert_eq!(types.to_string(), "A MX NSEC");
/// assert_eq!(types.wire(), [0, 6, 0x40, 0x01, 0, 0, 0, 0x01]);
/// assert!(types.contains(RecordType::MX) && !types.contains(RecordType::TXT));
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TypeBitmap {
    /// The wire form; every rule is kept in it.
    wire: Vec<u8>,
}

impl TypeBitmap {
    /// Makes the set of these types, given in any order.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// let types = TypeBitmap::new([RecordType::MX, RecordType::A, RecordType::A]);
    /// assert_eq!(types.to_string(), "A MX");
    /// ```
    pub fn new(types: impl IntoIterator<Item = RecordType>) -> TypeBitmap {
        let mut types: Vec<RecordType> = types.into_iter().collect();
        types.sort_unstable();
        let mut wire = Vec::new();
        for window in types.chunk_by(|a, b| a.0 >> 8 == b.0 >> 8) {
            let (Some(first), Some(last)) = (window.first(), window.last()) else {
                continue;
            };
            let mut bits = vec![0; usize::from((last.0 & 0xff) / 8 + 1)];
            for rtype in window {
                if let Some(octet) = bits.get_mut(usize::from((rtype.0 & 0xff) / 8)) {
                    *octet |= 0x80 >> (rtype.0 % 8);
                }
            }
            wire.extend_from_slice(&[(first.0 >> 8) as u8, bits.len() as u8]);
            wire.append(&mut bits);
        }
        TypeBitmap { wire }
    }

    /// Lists the types, the lowest number first.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// let types = TypeBitmap::new([RecordType::MX, RecordType::A]);
    /// assert_eq!(types.types().collect::<Vec<_>>(), [RecordType::A, RecordType::MX]);
    /// ```
    pub fn types(&self) -> impl Iterator<Item = RecordType> {
        let windows = windows(&self.wire).filter_map(Result::ok);
        windows.flat_map(|(window, bits)| window_types(window, bits))
    }

    /// Checks whether a type is in the set.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// let types = TypeBitmap::new([RecordType::MX]);
    /// assert!(types.contains(RecordType::MX) && !types.contains(RecordType::A));
    /// ```
    pub fn contains(&self, rtype: RecordType) -> bool {
        let [window, place] = rtype.0.to_be_bytes();
        let mut windows = windows(&self.wire).filter_map(Result::ok);
        let bits = windows.find(|(number, _)| *number == window);
        let octet = bits.and_then(|(_, bits)| bits.get(usize::from(place / 8)));
        octet.is_some_and(|octet| octet & 0x80 >> (place % 8) != 0)
    }

    /// Checks whether the set has no types.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// assert!(TypeBitmap::default().is_empty());
    /// assert!(!TypeBitmap::new([RecordType::MX]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.wire.is_empty()
    }

    /// Checks whether all types of this set are in the other.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// let types = TypeBitmap::new([RecordType::A, RecordType::MX]);
    /// assert!(TypeBitmap::new([RecordType::MX]).is_subset(&types));
    /// assert!(!types.is_subset(&TypeBitmap::new([RecordType::MX])));
    /// ```
    pub fn is_subset(&self, other: &TypeBitmap) -> bool {
        self.types().all(|rtype| other.contains(rtype))
    }

    /// Returns the set of the types that are in either set.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// let union = TypeBitmap::new([RecordType::MX]).union(&TypeBitmap::new([RecordType::A]));
    /// assert_eq!(union.to_string(), "A MX");
    /// ```
    pub fn union(&self, other: &TypeBitmap) -> TypeBitmap {
        self.types().chain(other.types()).collect()
    }

    /// Returns the set of the types that are in both sets.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// let types = TypeBitmap::new([RecordType::A, RecordType::MX]);
    /// assert_eq!(types.intersection(&TypeBitmap::new([RecordType::MX])).to_string(), "MX");
    /// ```
    pub fn intersection(&self, other: &TypeBitmap) -> TypeBitmap {
        self.types()
            .filter(|rtype| other.contains(*rtype))
            .collect()
    }

    /// Returns the octets on the wire.
    ///
    /// ```
    /// use dnsparse::{RecordType, TypeBitmap};
    ///
    /// assert_eq!(TypeBitmap::new([RecordType::A]).wire(), [0, 1, 0x40]);
    /// ```
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// Parses a bitmap that takes the rest of RDATA.
    pub(crate) fn parse(input: &[u8]) -> PResult<'_, TypeBitmap> {
        match windows(input).find_map(Result::err) {
            None => Ok((
                &[],
                TypeBitmap {
                    wire: input.to_vec(),
                },
            )),
            Some((at, kind)) => Err(failure(input, at, "types", kind)),
        }
    }

    /// Reads types to the end of the entry.
    pub(crate) fn read(fields: &mut Fields<'_, '_>) -> Result<TypeBitmap, TextFault> {
        let mut types = Vec::new();
        while !fields.is_empty() {
            types.push(fields.rtype("a record type")?);
        }
        Ok(TypeBitmap::new(types))
    }
}

impl FromIterator<RecordType> for TypeBitmap {
    fn from_iter<I: IntoIterator<Item = RecordType>>(types: I) -> TypeBitmap {
        TypeBitmap::new(types)
    }
}

impl Extend<RecordType> for TypeBitmap {
    fn extend<I: IntoIterator<Item = RecordType>>(&mut self, types: I) {
        *self = self.types().chain(types).collect();
    }
}

/// Splits a bitmap into its windows: number and bits. The last item may be an offset and the rule
/// that is broken there.
pub(crate) fn windows(
    wire: &[u8],
) -> impl Iterator<Item = Result<(u8, &[u8]), (usize, ParseErrorKind)>> {
    let (mut left, mut last) = (wire, None);
    core::iter::from_fn(move || {
        let at = wire.len() - left.len();
        let &window = left.first()?;
        let checked = one_window(left, last);
        (left, last) = match checked {
            Ok((_, rest)) => (rest, Some(window)),
            Err(_) => ([].as_slice(), last),
        };
        Some(
            checked
                .map(|(bits, _)| (window, bits))
                .map_err(|kind| (at, kind)),
        )
    })
}

/// Splits off the window that `wire` starts with: its bits, and the octets after it.
fn one_window(wire: &[u8], last: Option<u8>) -> Result<(&[u8], &[u8]), ParseErrorKind> {
    let (&[window, length], rest) = wire
        .split_first_chunk()
        .ok_or(ParseErrorKind::RdataTruncated)?;
    if last.is_some_and(|last| last >= window) {
        return Err(ParseErrorKind::BitmapOrder { window });
    }
    if !(1..=MAX_WINDOW).contains(&length) {
        return Err(ParseErrorKind::BitmapLength { window, length });
    }
    let (bits, rest) = rest
        .split_at_checked(length.into())
        .ok_or(ParseErrorKind::RdataTruncated)?;
    match bits.last() {
        Some(0) => Err(ParseErrorKind::BitmapTrailingZero { window }),
        _ => Ok((bits, rest)),
    }
}

/// Lists the types whose bits are set in a window.
pub(crate) fn window_types(window: u8, bits: &[u8]) -> impl Iterator<Item = RecordType> {
    let first = u16::from(window) << 8;
    let places = bits
        .iter()
        .zip(0..)
        .flat_map(|(octet, at)| (0..8).map(move |bit| (octet, 8 * at + bit)));
    let set = places.filter(|(octet, place)| *octet & 0x80 >> (place % 8) != 0);
    set.map(move |(_, place)| RecordType(first | place))
}

/// The mnemonics with blanks between them; no text for an empty set.
impl fmt::Display for TypeBitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rtype) in self.types().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            write!(f, "{blank}{rtype}")?;
        }
        Ok(())
    }
}

/// The same as `Display`.
impl fmt::Debug for TypeBitmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeBitmap({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::fault;
    use super::*;

    #[test]
    fn the_last_type_of_the_last_window_has_its_bit() {
        let types = TypeBitmap::new([RecordType(65535), RecordType(256), RecordType(255)]);
        assert_eq!(types.to_string(), "ANY URI TYPE65535");
        assert_eq!(types.wire().len(), (2 + 32) + (2 + 1) + (2 + 32));
    }

    #[test]
    fn only_the_shortest_form_of_a_bitmap_is_accepted() {
        let bitmaps = [
            "00",
            "0001",
            "0002 4000",
            "0000",
            "0021 00",
            "0001 40 0001 40",
            "0101 40 0001 40",
        ];
        let faults = bitmaps.map(|bitmap| fault(RecordType::NSEC, &format!("00 {bitmap}")));
        insta::assert_snapshot!(faults.join("\n"), @r"
        rdata.types at octet 1: RDATA ends within this field, RDLENGTH is too small
        rdata.types at octet 1: RDATA ends within this field, RDLENGTH is too small
        rdata.types at octet 1: window 0 of the type bitmap ends in a zero octet (RFC 4034 section 4.1.2)
        rdata.types at octet 1: window 0 of the type bitmap has 0 octets, it must have 1 to 32 (RFC 4034 section 4.1.2)
        rdata.types at octet 1: window 0 of the type bitmap has 33 octets, it must have 1 to 32 (RFC 4034 section 4.1.2)
        rdata.types at octet 4: window 0 of the type bitmap does not come after the one before it (RFC 4034 section 4.1.2)
        rdata.types at octet 4: window 0 of the type bitmap does not come after the one before it (RFC 4034 section 4.1.2)
        ");
    }

    proptest! {
        #[test]
        fn bitmaps_are_sets(one: std::collections::BTreeSet<u16>, other: std::collections::BTreeSet<u16>) {
            let set = |numbers: &std::collections::BTreeSet<u16>| -> TypeBitmap {
                numbers.iter().copied().map(RecordType).collect()
            };
            let (left, right) = (set(&one), set(&other));
            prop_assert_eq!(left.union(&right), set(&(&one | &other)));
            prop_assert_eq!(left.intersection(&right), set(&(&one & &other)));
            prop_assert_eq!(left.is_subset(&right), one.is_subset(&other));
            prop_assert!(left.intersection(&right).is_subset(&right));
            for number in one.iter().chain(&other) {
                prop_assert_eq!(left.contains(RecordType(*number)), one.contains(number));
            }
            let mut extended = left.clone();
            extended.extend(right.types());
            prop_assert_eq!(extended, left.union(&right));
            prop_assert_eq!(left.is_empty(), one.is_empty());
        }

        #[test]
        fn any_set_of_types_comes_back_in_order(mut numbers: Vec<u16>) {
            let set = TypeBitmap::new(numbers.iter().copied().map(RecordType));
            numbers.sort_unstable();
            numbers.dedup();
            prop_assert_eq!(set.types().map(|rtype| rtype.0).collect::<Vec<_>>(), numbers);
            prop_assert_eq!(TypeBitmap::parse(set.wire()).unwrap().1, set);
        }
    }
}
