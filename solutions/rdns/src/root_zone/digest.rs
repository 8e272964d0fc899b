//! The digest of a zone, ZONEMD (RFC 8976): the check that the records are those that the zone's
//! operator published, all of them and no others.

use std::collections::BTreeSet;

use dnsparse::{Name, Rdata, Record, RecordType, WriteError, Zonemd};
use ring::digest::{Algorithm, SHA384, SHA512, digest};

/// The scheme in which all records are put one after the other (RFC 8976 section 3.3.1).
const SIMPLE: u8 = 1;

/// The result of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digested {
    /// A digest matches.
    Matches,
    /// The zone has no digest, or none of a scheme and a hash that is known here.
    Unknown,
}

/// A zone does not have its digest.
#[derive(Debug, thiserror::Error)]
pub enum DigestError {
    /// The records are others than those that the digest was made of.
    #[error("its records do not match its digest (ZONEMD)")]
    Mismatch,
    /// The digest is that of another version of the zone.
    #[error("its digest (ZONEMD) is that of serial {0}, and not of its own")]
    OtherSerial(u32),
    /// There are two digests of one scheme and hash (RFC 8976 section 4).
    #[error("it has two digests (ZONEMD) of the same kind")]
    Ambiguous,
    /// A record cannot be written.
    #[error("a record cannot be written: {0}")]
    Unwritable(#[from] WriteError),
}

/// Compares the records of a zone with its ZONEMD records (RFC 8976 section 4, steps 3 to 5).
///
/// # Errors
/// If there is a digest that can be checked, and none of them matches.
pub fn check(apex: &Name, serial: u32, records: &[Record]) -> Result<Digested, DigestError> {
    let at_apex = records.iter().filter(|record| record.owner == *apex);
    let digests: Vec<&Zonemd> = at_apex
        .filter_map(|record| match &record.rdata {
            Rdata::Zonemd(zonemd) => Some(&**zonemd),
            _ => None,
        })
        .collect();
    let kind = |zonemd: &Zonemd| (zonemd.scheme, zonemd.algorithm);
    let kinds: BTreeSet<_> = digests.iter().map(|zonemd| kind(zonemd)).collect();
    if kinds.len() < digests.len() {
        return Err(DigestError::Ambiguous);
    }
    let mut result = Ok(Digested::Unknown);
    for zonemd in digests {
        let Some(algorithm) = algorithm(zonemd) else {
            continue;
        };
        if zonemd.serial != serial {
            result = Err(DigestError::OtherSerial(zonemd.serial));
        } else if simple(apex, records, algorithm)? == zonemd.digest {
            return Ok(Digested::Matches);
        } else {
            result = Err(DigestError::Mismatch);
        }
    }
    result
}

/// Returns the hash of a digest; none if its scheme or its hash is not known here.
fn algorithm(zonemd: &Zonemd) -> Option<&'static Algorithm> {
    match (zonemd.scheme, zonemd.algorithm) {
        (SIMPLE, 1) => Some(&SHA384),
        (SIMPLE, 2) => Some(&SHA512),
        _ => None,
    }
}

/// Computes the digest of the scheme SIMPLE: over all records in canonical form and order, each once,
/// without the digests themselves and their signatures (RFC 8976 section 3.3.1).
fn simple(
    apex: &Name,
    records: &[Record],
    algorithm: &'static Algorithm,
) -> Result<Vec<u8>, WriteError> {
    let included = records.iter().filter(|record| {
        record.owner.is_at_or_below(apex) && !(record.owner == *apex && is_of_digest(record))
    });
    let mut sorted = Vec::new();
    for record in included {
        let rdata = record.rdata.canonical_octets()?;
        sorted.push((&record.owner, record.rtype(), rdata, record));
    }
    sorted.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    sorted.dedup_by(|one, other| (one.0, one.1, &one.2) == (other.0, other.1, &other.2));
    let mut octets = Vec::new();
    for (_, _, _, record) in sorted {
        octets.extend(record.canonical_octets(record.ttl)?);
    }
    Ok(digest(algorithm, &octets).as_ref().to_vec())
}

/// Whether a record is a digest, or its signature.
fn is_of_digest(record: &Record) -> bool {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered == RecordType::ZONEMD,
        _ => record.rtype() == RecordType::ZONEMD,
    }
}

#[cfg(test)]
mod tests {
    use dnsparse::Zone;

    use super::*;

    /// RFC 8976 appendix A.1.
    const SIMPLE_ZONE: &str = "\
example.      86400  IN  SOA     ns1 admin 2018031900 1800 900 604800 86400
              86400  IN  NS      ns1
              86400  IN  NS      ns2
              86400  IN  ZONEMD  2018031900 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c
ns1           3600   IN  A       203.0.113.63
ns2           3600   IN  AAAA    2001:db8::63
";

    /// RFC 8976 appendix A.2: an occluded name, a wildcard, a duplicate, mixed case, and digests of
    /// other kinds.
    const COMPLEX_ZONE: &str = "\
example.      86400  IN  SOA     ns1 admin 2018031900 1800 900 604800 86400
              86400  IN  NS      ns1
              86400  IN  NS      ns2
              86400  IN  ZONEMD  2018031900 1 1 a3b69bad980a3504e1cffcb0fd6397f93848071c93151f552ae2f6b1711d4bd2d8b39808226d7b9db71e34b72077f8fe
ns1           3600   IN  A       203.0.113.63
NS2           3600   IN  AAAA    2001:db8::63
occluded.sub  7200   IN  TXT     \"I'm occluded but must be digested\"
sub           7200   IN  NS      ns1
duplicate     300    IN  TXT     \"I must be digested just once\"
duplicate     300    IN  TXT     \"I must be digested just once\"
foo.test.     555    IN  TXT     \"out-of-zone data must be excluded\"
UPPERCASE     3600   IN  TXT     \"canonicalize uppercase owner names\"
*             777    IN  PTR     dont-forget-about-wildcards
mail          3600   IN  MX      20 MAIL1
mail          3600   IN  MX      10 Mail2.Example.
sortme        3600   IN  AAAA    2001:db8::5:61
sortme        3600   IN  AAAA    2001:db8::3:62
sortme        3600   IN  AAAA    2001:db8::4:63
sortme        3600   IN  AAAA    2001:db8::1:65
sortme        3600   IN  AAAA    2001:db8::2:64
non-apex      900    IN  ZONEMD  2018031900 1 1 616c6c6f776564206275742069676e6f7265642e20616c6c6f776564206275742069676e6f7265642e20616c6c6f7765
";

    fn checked(text: &str) -> Result<Digested, DigestError> {
        let apex: Name = "example".parse().unwrap();
        let zone = Zone::parse(text, &apex).unwrap();
        check(&apex, 2_018_031_900, &zone.records)
    }

    #[test]
    fn the_examples_of_the_rfc_have_their_digests() {
        for zone in [SIMPLE_ZONE, COMPLEX_ZONE] {
            let got = checked(zone);
            assert!(matches!(got, Ok(Digested::Matches)), "{got:?} for\n{zone}");
        }
    }

    #[test]
    fn any_other_record_is_noticed() {
        for (from, to) in [
            ("203.0.113.63", "203.0.113.64"),
            ("2001:db8::63\n", "2001:db8::63\nns3 60 A 192.0.2.1\n"),
            ("              86400  IN  NS      ns2\n", ""),
            ("ns1           3600", "ns1           3601"),
        ] {
            let zone = SIMPLE_ZONE.replace(from, to);
            let got = checked(&zone);
            assert!(
                matches!(got, Err(DigestError::Mismatch)),
                "{got:?} for\n{zone}"
            );
        }
    }

    #[test]
    fn a_digest_of_another_version_or_of_two_values_is_refused() {
        let other = SIMPLE_ZONE.replace("ZONEMD  2018031900", "ZONEMD  2018031899");
        let got = checked(&other);
        assert!(
            matches!(got, Err(DigestError::OtherSerial(2_018_031_899))),
            "{got:?}"
        );
        let two = format!(
            "{SIMPLE_ZONE}@ 86400 IN ZONEMD 2018031900 1 1 {}\n",
            "ab".repeat(48)
        );
        let got = checked(&two);
        assert!(matches!(got, Err(DigestError::Ambiguous)), "{got:?}");
    }

    #[test]
    fn a_digest_of_an_unknown_kind_says_nothing() {
        for kind in ["240 1", "1 240"] {
            let zone = SIMPLE_ZONE.replace("2018031900 1 1 ", &format!("2018031900 {kind} "));
            let got = checked(&zone);
            assert!(matches!(got, Ok(Digested::Unknown)), "{got:?} for {kind}");
        }
    }
}
