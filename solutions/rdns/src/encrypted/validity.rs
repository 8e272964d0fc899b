//! The time for which a certificate is valid (RFC 5280 section 4.1.2.5).
//!
//! rustls checks that of other servers' certificates, and shows clients its own as it is. So an expired
//! one would be noticed by the clients alone.

use rustls::pki_types::CertificateDer;
use trust::calendar::{date, time};

/// The tags of DER that lead to the two times.
mod tag {
    pub(super) const INTEGER: u8 = 0x02;
    pub(super) const UTC_TIME: u8 = 0x17;
    pub(super) const GENERALIZED_TIME: u8 = 0x18;
    pub(super) const SEQUENCE: u8 = 0x30;
    /// The version, which certificates of version 1 leave out.
    pub(super) const VERSION: u8 = 0xa0;
}

/// Says that a certificate is not valid at a time, in seconds since 1970; none if it is, or does not
/// parse as far as that.
///
/// ```text
/// Certificate = SEQUENCE { TBSCertificate = SEQUENCE {
///     [0] version, serialNumber INTEGER, signature SEQUENCE, issuer SEQUENCE,
///     validity SEQUENCE { notBefore Time, notAfter Time }, …
/// ```
pub fn warning(certificate: &CertificateDer<'_>, now: u32) -> Option<String> {
    let mut input: &[u8] = certificate;
    let mut input = value(&mut input, tag::SEQUENCE)?;
    let mut input = value(&mut input, tag::SEQUENCE)?;
    let _version = value(&mut input, tag::VERSION);
    for tag in [tag::INTEGER, tag::SEQUENCE, tag::SEQUENCE] {
        value(&mut input, tag)?;
    }
    let mut validity = value(&mut input, tag::SEQUENCE)?;
    let (from, until) = (moment(&mut validity)?, moment(&mut validity)?);
    match (now < from, now > until) {
        (true, _) => Some(format!(
            "is valid from {} on: clients refuse it until then, unless this machine's clock is wrong",
            date(from)
        )),
        (_, true) => Some(format!("has expired on {}: clients refuse it", date(until))),
        _ => None,
    }
}

/// Takes a value with this tag from the input.
fn value<'i>(input: &mut &'i [u8], tag: u8) -> Option<&'i [u8]> {
    let (first, rest) = input.split_first()?;
    let (length, rest) = rest.split_first().filter(|_| *first == tag)?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        // As many octets hold the length.
        _ => {
            let (octets, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let is_short = octets.len() <= size_of::<u32>();
            let octets = octets.iter().filter(|_| is_short);
            (
                octets.fold(0, |sum, octet| sum << 8 | usize::from(*octet)),
                rest,
            )
        }
    };
    let (value, rest) = rest.split_at_checked(length)?;
    *input = rest;
    Some(value)
}

/// Takes a time from the input: `YYMMDDHHMMSSZ`, or `YYYYMMDDHHMMSSZ` before 1950 and after 2049. A
/// time before 1970 or after 2105 is the first or the last one.
fn moment(input: &mut &[u8]) -> Option<u32> {
    let text = |octets| std::str::from_utf8(octets).ok()?.strip_suffix('Z');
    let digits = match value(input, tag::UTC_TIME) {
        Some(octets) => {
            let text = text(octets)?;
            let century = if text < "5" { "20" } else { "19" };
            format!("{century}{text}")
        }
        None => text(value(input, tag::GENERALIZED_TIME)?)?.to_owned(),
    };
    let is_complete = digits.len() == 14 && digits.bytes().all(|it| it.is_ascii_digit());
    let outside = if *digits < *"1970" { 0 } else { u32::MAX };
    is_complete.then(|| time(&digits).unwrap_or(outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], &length[..], content].concat()
    }

    /// A certificate as far as its times, with a version or without.
    fn certificate(version: Option<u8>, from: &[u8], until: &[u8]) -> Vec<u8> {
        let times = der(tag::SEQUENCE, &[from, until].concat());
        let version = version.map(|it| der(tag::VERSION, &[tag::INTEGER, 1, it]));
        let parts = [
            version.unwrap_or_default(),
            der(tag::INTEGER, &[7; 20]),
            der(tag::SEQUENCE, &[]),
            der(tag::SEQUENCE, &[0; 300]),
            times,
            der(tag::SEQUENCE, &[1, 2, 3]),
        ];
        let signed = der(tag::SEQUENCE, &parts.concat());
        der(tag::SEQUENCE, &[signed, vec![0; 70]].concat())
    }

    #[test]
    fn the_times_of_a_certificate_are_compared_with_the_present() {
        let now = time("20261129120000").unwrap();
        let utc = |text: &[u8]| der(tag::UTC_TIME, text);
        let general = |text: &[u8]| der(tag::GENERALIZED_TIME, text);
        let early = "is valid from 2026-11-30 on: clients refuse it until then, unless this machine's clock is wrong";
        let late = "has expired on 2026-11-29: clients refuse it";
        for (from, until, expected) in [
            (utc(b"261129120000Z"), utc(b"261129120000Z"), None),
            (utc(b"500101000000Z"), general(b"99991231235959Z"), None),
            (
                general(b"19500101000000Z"),
                general(b"20610101000000Z"),
                None,
            ),
            (utc(b"261130000000Z"), utc(b"491231235959Z"), Some(early)),
            (utc(b"200101000000Z"), utc(b"261129115959Z"), Some(late)),
            // These are not of the form that RFC 5280 prescribes.
            (utc(b"2001010000Z"), utc(b"210101000000Z"), None),
            (utc(b"200101000000Z"), utc(b"210101000000+0100"), None),
        ] {
            for version in [None, Some(2)] {
                let octets = certificate(version, &from, &until);
                let got = warning(&CertificateDer::from(octets.clone()), now);
                assert_eq!(got.as_deref(), expected, "{octets:?}");
                for length in 0..octets.len() {
                    let cut = CertificateDer::from(&octets[..length]);
                    assert_eq!(warning(&cut, now), None, "cut after {length} octets");
                }
            }
        }
    }
}
