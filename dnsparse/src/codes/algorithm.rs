//! The names of DNSSEC's algorithms, which DNSKEY, DS and RRSIG records have as numbers.

/// IANA's "DNS Security Algorithm Numbers". A record's text has the number, as in
/// dig; a zone file may have either.
const ALGORITHMS: [(u8, &str); 16] = [
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DSA"),
    (5, "RSASHA1"),
    (6, "NSEC3DSA"),
    (7, "NSEC3RSASHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECC-GOST"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];

/// Looks up the mnemonic of a DNSSEC algorithm.
pub(crate) fn algorithm_name(algorithm: u8) -> Option<&'static str> {
    let named = ALGORITHMS.iter().find(|(number, _)| *number == algorithm);
    named.map(|(_, name)| *name)
}

/// Looks up the number of a DNSSEC algorithm from its mnemonic in any case.
pub(crate) fn algorithm_number(name: &str) -> Option<u8> {
    let named = ALGORITHMS
        .iter()
        .find(|(_, mnemonic)| mnemonic.eq_ignore_ascii_case(name));
    named.map(|(number, _)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_number_and_by_name() {
        for (number, name) in ALGORITHMS {
            assert_eq!(algorithm_name(number), Some(name));
            assert_eq!(algorithm_number(&name.to_lowercase()), Some(number));
        }
        assert_eq!((algorithm_name(17), algorithm_number("")), (None, None));
    }
}
