//! The time for which a certificate is valid (RFC 5280 section 4.1.2.5).
//!
//! rustls checks that of other servers' certificates, and shows clients its own as it is. So an expired
//! one would be noticed by the clients alone.

use std::convert::Infallible;
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::pki_types::CertificateDer;
use tokio::time::sleep;
use trust::calendar::date;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

use crate::config::Settings;
use crate::dnssec::clock::Clock;

/// The time before the end of a certificate from which its end is announced, in seconds: a week, at which
/// an automatic renewal is late.
const NOTICE: u32 = 7 * 86_400;
/// The longest time between two looks at a certificate: a reload or a change of the clock may be the
/// reason to say something.
const INTERVAL: Duration = Duration::from_secs(60);

/// The times of a certificate, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
struct Validity {
    from: u32,
    until: u32,
}

/// The relation of a time to those of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Early,
    Valid,
    Ending,
    Expired,
}

impl Validity {
    fn of(certificate: &CertificateDer<'_>) -> Result<Validity, x509_cert::der::Error> {
        let certificate = Certificate::from_der(certificate)?;
        let validity = certificate.tbs_certificate().validity();
        Ok(Validity {
            from: seconds(&validity.not_before),
            until: seconds(&validity.not_after),
        })
    }

    fn stage(self, now: u32) -> Stage {
        match () {
            () if now < self.from => Stage::Early,
            () if now > self.until => Stage::Expired,
            () if now > self.until.saturating_sub(NOTICE) => Stage::Ending,
            () => Stage::Valid,
        }
    }

    /// Says, in words that stand after the name of a certificate, that clients refuse it, or will soon.
    fn warning(self, now: u32) -> Option<String> {
        match self.stage(now) {
            Stage::Early => Some(format!(
                "is valid from {} on: clients refuse it until then, unless this machine's clock is wrong",
                date(self.from)
            )),
            Stage::Valid => None,
            Stage::Ending => Some(format!(
                "expires on {}: clients refuse it from then on, so renew it",
                date(self.until)
            )),
            Stage::Expired => Some(format!(
                "has expired on {}: clients refuse it",
                date(self.until)
            )),
        }
    }

    /// Returns the time until the next stage; at most [`INTERVAL`].
    fn next_look(self, now: u32) -> Duration {
        let changes = [self.from, self.until.saturating_sub(NOTICE), self.until];
        let left = changes.iter().filter_map(|change| change.checked_sub(now));
        let next = left.map(|seconds| Duration::from_secs(u64::from(seconds) + 1));
        next.min().map_or(INTERVAL, |next| next.min(INTERVAL))
    }
}

/// Says that a certificate is not valid at a time, in seconds since 1970, or soon will not be, or that
/// it does not parse; none if it is valid.
pub fn warning(certificate: &CertificateDer<'_>, now: u32) -> Option<String> {
    match Validity::of(certificate) {
        Ok(validity) => validity.warning(now),
        Err(error) => Some(format!("does not parse: {error}; clients may refuse it")),
    }
}

/// Returns the time from which a certificate is not valid any more, in seconds since 1970.
pub fn expiry(certificate: &CertificateDer<'_>) -> Option<u32> {
    Some(Validity::of(certificate).ok()?.until)
}

/// Prints a line when the certificate of the settings in use is about to expire, and when it has
/// expired. A start or a reload has its own line about the certificate that it brings.
pub async fn watch(settings: &ArcSwap<Settings>, print: &impl Fn(&str)) -> Infallible {
    let mut seen = None;
    loop {
        let own = settings.load().own_certificate();
        let (line, wait) = look(&mut seen, own, Clock::System.now());
        if let Some(line) = line {
            print(&line);
        }
        sleep(wait).await;
    }
}

/// Compares the stage of a certificate with the one at the last look. Returns a line about a change, and
/// the time until the next look.
fn look(
    seen: &mut Option<(CertificateDer<'static>, Stage)>,
    own: Option<CertificateDer<'static>>,
    now: u32,
) -> (Option<String>, Duration) {
    let validity = own.as_ref().and_then(|own| Validity::of(own).ok());
    let (Some(own), Some(validity)) = (own, validity) else {
        *seen = None;
        return (None, INTERVAL);
    };
    let stage = validity.stage(now);
    let is_later = matches!(seen, Some((last, before)) if *last == own && *before < stage);
    let warning = validity.warning(now).filter(|_| is_later);
    let line = warning.map(|text| format!("the certificate of tls-cert {text}"));
    if seen
        .as_ref()
        .is_none_or(|(last, before)| *last != own || *before < stage)
    {
        *seen = Some((own, stage));
    }
    (line, validity.next_look(now))
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
        let today = "expires on 2026-11-29: clients refuse it from then on, so renew it";
        let soon = "expires on 2026-12-05: clients refuse it from then on, so renew it";
        let far = "is valid from 2050-01-01 on: clients refuse it until then, unless this machine's clock is wrong";
        for (from, until, expected) in [
            ((2026, 11, 29), (2026, 11, 29), Some(today)),
            ((2026, 11, 29), (2026, 12, 5), Some(soon)),
            ((2026, 11, 29), (2026, 12, 6), None),
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

    /// Each change is one line, in whichever steps the clock goes; another certificate is none.
    #[test]
    fn the_end_of_a_certificate_is_announced_once_and_said_once() {
        let first = certificate((2026, 11, 1), (2026, 12, 1));
        let second = certificate((2026, 11, 1), (2026, 12, 2));
        let mut seen = None;
        for (number, (own, at, expected)) in [
            (Some(&first), "20261110000000", ""),
            (Some(&first), "20261124000000", ""),
            (Some(&first), "20261124000001", "expires on 2026-12-01"),
            (Some(&first), "20261130000000", ""),
            (Some(&first), "20261201000001", "has expired on 2026-12-01"),
            (Some(&first), "20261202000000", ""),
            // The clock is set back, and goes on.
            (Some(&first), "20261110000000", ""),
            (Some(&first), "20261203000000", ""),
            (Some(&second), "20261110000000", ""),
            (Some(&second), "20261203000000", "has expired on 2026-12-02"),
            (None, "20261204000000", ""),
        ]
        .into_iter()
        .enumerate()
        {
            let (line, _) = look(&mut seen, own.cloned(), time(at).unwrap());
            let line = line.unwrap_or_default();
            let is_expected = line.contains(expected) && line.is_empty() == expected.is_empty();
            assert!(
                is_expected,
                "{number}, at {at}: '{line}', instead of '{expected}'"
            );
        }
    }

    #[test]
    fn the_next_look_is_at_the_next_change() {
        let validity = Validity {
            from: 1_000,
            until: 2_000_000,
        };
        let waits = [990, 1_000, 1_001, 1_999_990, 2_000_000, 2_000_001];
        let waits = waits.map(|now| validity.next_look(now).as_secs());
        assert_eq!(waits, [11, 1, 60, 11, 1, 60]);
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
