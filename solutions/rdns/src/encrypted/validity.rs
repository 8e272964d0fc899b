//! The time for which a certificate is valid (RFC 5280 section 4.1.2.5).
//!
//! rustls checks that of other servers' certificates, and shows clients its own as it is. So an expired
//! one would be noticed by the clients alone.

use rustls::pki_types::CertificateDer;
use trust::calendar::date;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

/// Says that a certificate is not valid at a time, in seconds since 1970, or that it does not parse;
/// none if it is valid.
pub fn warning(certificate: &CertificateDer<'_>, now: u32) -> Option<String> {
    let certificate = match Certificate::from_der(certificate) {
        Ok(certificate) => certificate,
        Err(error) => return Some(format!("does not parse: {error}; clients may refuse it")),
    };
    let validity = certificate.tbs_certificate().validity();
    let (from, until) = (seconds(&validity.not_before), seconds(&validity.not_after));
    match (now < from, now > until) {
        (true, _) => Some(format!(
            "is valid from {} on: clients refuse it until then, unless this machine's clock is wrong",
            date(from)
        )),
        (_, true) => Some(format!("has expired on {}: clients refuse it", date(until))),
        _ => None,
    }
}

/// Returns a time in seconds since 1970; the last one for a time after 2105.
fn seconds(time: &Time) -> u32 {
    u32::try_from(time.to_unix_duration().as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use rcgen::{
        CertificateParams, PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey,
        date_time_ymd,
    };
    use trust::calendar::time;

    use super::*;

    /// A key whose signatures are wrong: they are not looked at.
    struct NoKey;

    impl PublicKeyData for NoKey {
        fn der_bytes(&self) -> &[u8] {
            &[4; 65]
        }

        fn algorithm(&self) -> &'static SignatureAlgorithm {
            &PKCS_ECDSA_P256_SHA256
        }
    }

    impl SigningKey for NoKey {
        fn sign(&self, _message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
            Ok(vec![0; 70])
        }
    }

    /// Makes a certificate that is valid from the beginning of a day to that of another one.
    fn certificate(from: (i32, u8, u8), until: (i32, u8, u8)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(["dns.home.test".to_owned()]).unwrap();
        params.serial_number = Some(1.into());
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(until.0, until.1, until.2);
        params.self_signed(&NoKey).unwrap().into()
    }

    #[test]
    fn the_times_of_a_certificate_are_compared_with_the_present() {
        let now = time("20261129000000").unwrap();
        let early = "is valid from 2026-11-30 on: clients refuse it until then, unless this machine's clock is wrong";
        let late = "has expired on 2026-11-28: clients refuse it";
        let far = "is valid from 2050-01-01 on: clients refuse it until then, unless this machine's clock is wrong";
        for (from, until, expected) in [
            ((2026, 11, 29), (2026, 11, 29), None),
            ((1970, 1, 1), (2049, 12, 31), None),
            ((2026, 11, 30), (2049, 12, 31), Some(early)),
            ((2020, 1, 1), (2026, 11, 28), Some(late)),
            // From 2050 on, a year has four digits; 2106 does not fit 32 bits.
            ((2020, 1, 1), (2050, 1, 1), None),
            ((2020, 1, 1), (9999, 12, 31), None),
            ((2050, 1, 1), (2061, 1, 1), Some(far)),
        ] {
            let got = warning(&certificate(from, until), now);
            assert_eq!(got.as_deref(), expected, "from {from:?} until {until:?}");
        }
    }

    /// The parser knows no time before 1970, nor does that of rustls.
    #[test]
    fn a_certificate_with_a_time_before_1970_does_not_parse() {
        for year in [1949, 1950, 1969] {
            let got = warning(&certificate((year, 1, 1), (2100, 1, 1)), 0).unwrap_or_default();
            assert!(got.starts_with("does not parse: "), "{year}: {got}");
        }
    }

    #[test]
    fn a_certificate_that_is_cut_does_not_parse() {
        let whole = certificate((2020, 1, 1), (2021, 1, 1));
        for length in 0..whole.len() {
            let got = warning(&CertificateDer::from(&whole[..length]), 0).unwrap_or_default();
            assert!(got.starts_with("does not parse: "), "{length}: {got}");
        }
    }
}
