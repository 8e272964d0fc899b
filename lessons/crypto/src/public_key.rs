//! Public keys as DNSKEY records have them.

/// The two numbers of an RSA key, without leading zeros.
pub(crate) struct RsaKey<'a> {
    pub(crate) exponent: &'a [u8],
    pub(crate) modulus: &'a [u8],
}

/// Parses an RSA key (RFC 3110 section 2): the exponent's length in one octet, or in the two after a
/// zero; the exponent; and the modulus, which takes the rest.
pub(crate) fn rsa(octets: &[u8]) -> Option<RsaKey<'_>> {
    let (length, rest) = match octets {
        [0, high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        [length, rest @ ..] => (u16::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length.into())?;
    let key = RsaKey {
        exponent: without_leading_zeros(exponent),
        modulus: without_leading_zeros(modulus),
    };
    let is_complete = !key.exponent.is_empty() && !key.modulus.is_empty();
    is_complete.then_some(key)
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    number.get(zeros..).unwrap_or_default()
}

/// Returns a point on a curve in the form of SEC 1: a DNSKEY record leaves out the octet that says
/// "uncompressed" (RFC 6605 section 4).
pub(crate) fn point(octets: &[u8], size: usize) -> Option<Vec<u8>> {
    const UNCOMPRESSED: u8 = 4;
    let has_both_coordinates = octets.len() == 2 * size;
    has_both_coordinates.then(|| [&[UNCOMPRESSED], octets].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(octets: &[u8]) -> Option<(&[u8], &[u8])> {
        rsa(octets).map(|key| (key.exponent, key.modulus))
    }

    #[test]
    fn the_length_of_an_exponent_has_one_octet_or_three() {
        let (exponent, modulus) = ([1, 0, 1].as_slice(), [0xc1, 0xc2].as_slice());
        let expected = Some((exponent, modulus));
        assert_eq!(numbers(&[3, 1, 0, 1, 0xc1, 0xc2]), expected);
        assert_eq!(numbers(&[0, 0, 3, 1, 0, 1, 0xc1, 0xc2]), expected);
        let padded = [4, 0, 1, 0, 1, 0, 0xc1, 0xc2];
        assert_eq!(numbers(&padded), expected, "leading zeros");
    }

    #[test]
    fn a_key_that_ends_early_is_malformed() {
        let keys: [&[u8]; 8] = [
            &[],
            &[0],
            &[0, 0],
            &[3, 1, 0],
            &[3, 1, 0, 1],
            &[3, 1, 0, 1, 0],
            &[0, 0xff, 0xff, 1],
            &[0, 0, 0, 1],
        ];
        for key in keys {
            assert_eq!(numbers(key), None, "{key:02x?}");
        }
    }

    #[test]
    fn a_point_has_two_coordinates_of_the_curves_size() {
        assert_eq!(point(&[7; 64], 32).map(|point| point.len()), Some(65));
        for length in [0, 32, 63, 65] {
            assert_eq!(point(&vec![7; length], 32), None, "{length} octets");
        }
    }
}
