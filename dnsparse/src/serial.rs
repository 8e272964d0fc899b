//! [`Serial`]: numbers that wrap around (RFC 1982).

use core::cmp::Ordering;
use core::fmt;

/// A 32-bit number that is followed by 0 once it is at its largest: the serial of a zone, or a time
/// in a signature (RFC 1982, RFC 4034 section 3.1.5).
///
/// One is greater than another if at most 2^31 - 1 additions of 1 lead to it. Two that are exactly
/// 2^31 apart have no order.
///
/// ```
/// use dnsparse::Serial;
///
/// assert!(Serial(2024060101) > Serial(2024060100));
/// assert!(Serial(5) > Serial(4_294_967_290));
/// assert_eq!(Serial(1).partial_cmp(&Serial(0x8000_0001)), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Serial(
    /// The number as it is sent.
    pub u32,
);

/// The most that can be added to a serial (RFC 1982 section 3.1).
const MAX_ADDITION: u32 = (1 << 31) - 1;

impl Serial {
    /// Adds a number of at most 2^31 - 1; returns `None` if it is larger, since the sum would not
    /// be greater than this serial (RFC 1982 section 3.1).
    ///
    /// ```
    /// use dnsparse::Serial;
    ///
    /// assert_eq!(Serial(u32::MAX).checked_add(1), Some(Serial(0)));
    /// assert_eq!(Serial(0).checked_add(1 << 31), None);
    /// ```
    pub fn checked_add(self, more: u32) -> Option<Serial> {
        (more <= MAX_ADDITION).then(|| Serial(self.0.wrapping_add(more)))
    }
}

/// RFC 1982 section 3.2.
impl PartialOrd for Serial {
    fn partial_cmp(&self, other: &Serial) -> Option<Ordering> {
        match self.0.wrapping_sub(other.0) {
            0 => Some(Ordering::Equal),
            1..=MAX_ADDITION => Some(Ordering::Greater),
            0x8000_0000 => None,
            _ => Some(Ordering::Less),
        }
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 1982 section 5.2, whose numbers of 8 bits are the upper 8 bits here.
    #[test]
    fn the_order_is_that_of_the_rfc() {
        let serial = |number: u32| Serial(number << 24);
        for (one, other) in [
            (1, 0),
            (44, 0),
            (100, 0),
            (100, 44),
            (200, 100),
            (255, 200),
            (0, 255),
            (100, 255),
            (0, 200),
            (44, 200),
        ] {
            assert!(serial(one) > serial(other), "{one} > {other}");
            assert!(serial(other) < serial(one), "{other} < {one}");
        }
        for number in 0..=255 {
            let opposite = (number + 128) % 256;
            assert_eq!(serial(number).partial_cmp(&serial(opposite)), None);
            assert_eq!(
                serial(number).partial_cmp(&serial(number)),
                Some(Ordering::Equal)
            );
        }
    }

    #[test]
    fn the_largest_addition_leads_to_the_greatest_serial() {
        for start in [0, 1, MAX_ADDITION, 1 << 31, u32::MAX] {
            let greatest = Serial(start).checked_add(MAX_ADDITION).unwrap();
            assert!(greatest > Serial(start));
            assert_eq!(Serial(start).checked_add(0), Some(Serial(start)));
            assert_eq!(Serial(start).checked_add(MAX_ADDITION + 1), None);
            let next = greatest.checked_add(1).unwrap();
            assert_eq!(next.partial_cmp(&Serial(start)), None);
        }
    }
}
