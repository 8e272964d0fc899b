//! The examples of RFCs, and a signature of each algorithm.

use dnsparse::RecordType;

use super::{NOW, zone};

#[test]
fn signatures_of_every_supported_algorithm_hold() {
    let zone = zone("many.example", include_str!("../zones/many.example.zone"));
    let rrset = zone.rrset("ns.many.example", RecordType::A);
    let rrsigs = zone.rrsigs("ns.many.example", RecordType::A);
    let lines = rrsigs.iter().map(|rrsig| {
        let result = zone.verified(&rrset, rrsig, NOW);
        format!("algorithm {}: {result}", rrsig.algorithm)
    });
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    algorithm 8: holds, TTL 600
    algorithm 10: holds, TTL 600
    algorithm 14: holds, TTL 600
    algorithm 15: holds, TTL 600
    ");
}

/// RFC 6605 section 6.1.
const P256: &str = "
example.net. 3600 DNSKEY 257 3 13 GojIhhXUN/u4v54ZQqGSnyhWJwaubCvTmeexv7bR6edbkrSqQpF64cYbcB7wNcP+e+MAnLr+Wi9xMWyQLc8NAA==
www.example.net. 3600 A 192.0.2.1
www.example.net. 3600 RRSIG A 13 3 3600 20100909100439 20100812100439 55648 example.net. qx6wLYqmh+l9oCKTN6qIc+bw6ya+KJ8oMz0YP107epXAyGmt+3SNruPFKG7tZoLBLlUzGGus7ZwmwWep666VCw==
";
/// RFC 6605 section 6.2.
const P384: &str = "
example.net. 3600 DNSKEY 257 3 14 xKYaNhWdGOfJ+nPrL8/arkwf2EY3MDJ+SErKivBVSum1w/egsXvSADtNJhyem5RCOpgQ6K8X1DRSEkrbYQ+OB+v8/uX45NBwY8rp65F6Glur8I/mlVNgF6W/qTI37m40
www.example.net. 3600 A 192.0.2.1
www.example.net. 3600 RRSIG A 14 3 3600 20100909102025 20100812102025 10771 example.net. /L5hDKIvGDyI1fcARX3z65qrmPsVz73QD1Mr5CEqOiLP95hxQouuroGCeZOvzFaxsT8Glr74hbavRKayJNuydCuzWTSSPdz7wnqXL5bdcJzusdnI0RSMROxxwGipWcJm
";
/// RFC 8080 section 6.1, with the signature of its erratum 4935.
const ED25519: &str = "
example.com. 3600 DNSKEY 257 3 15 l02Woi0iS8Aa25FQkUd9RMzZHJpBoRQwAQEX1SxZJA4=
example.com. 3600 MX 10 mail.example.com.
example.com. 3600 RRSIG MX 15 2 3600 1440021600 1438207200 3613 example.com. oL9krJun7xfBOIWcGHi7mag5/hdZrKWw15jPGrHpjQeRAvTdszaPD+QLs3fx8A4M3e23mRZ9VrbpMngwcrqNAg==
";
/// The second key of the same section and erratum.
const ED25519_2: &str = "
example.com. 3600 DNSKEY 257 3 15 zPnZ/QwEe7S8C5SPz2OfS5RR40ATk2/rYnE9xHIEijs=
example.com. 3600 MX 10 mail.example.com.
example.com. 3600 RRSIG MX 15 2 3600 1440021600 1438207200 35217 example.com. zXQ0bkYgQTEFyfLyi9QoiY6D8ZdYo4wyUhVioYZXFdT410QPRITQSqJSnzQoSm5poJ7gD7AQR0O7KuI5k2pcBg==
";
/// RFC 5702 section 6.1. The key has 512 bits: ring takes no RSA key below 1,024.
const RSASHA256: &str = "
example.net. 3600 DNSKEY 256 3 8 AwEAAcFcGsaxxdgiuuGmCkVImy4h99CqT7jwY3pexPGcnUFtR2Fh36BponcwtkZ4cAgtvd4Qs8PkxUdp6p/DlUmObdk=
www.example.net. 3600 A 192.0.2.91
www.example.net. 3600 RRSIG A 8 3 3600 20300101000000 20000101000000 9033 example.net. kRCOH6u7l0QGy9qpC9l1sLncJcOKFLJ7GhiUOibu4teYp5VE9RncriShZNz85mwlMgNEacFYK/lPtPiVYP4bwg==
";
/// RFC 5702 section 6.2.
const RSASHA512: &str = "
example.net. 3600 DNSKEY 256 3 10 AwEAAdHoNTOW+et86KuJOWRDp1pndvwb6Y83nSVXXyLA3DLroROUkN6X0O6pnWnjJQujX/AyhqFDxj13tOnD9u/1kTg7cV6rklMrZDtJCQ5PCl/D7QNPsgVsMu1J2Q8gpMpztNFLpPBz1bWXjDtaR7ZQBlZ3PFY12ZTSncorffcGmhOL
www.example.net. 3600 A 192.0.2.91
www.example.net. 3600 RRSIG A 10 3 3600 20300101000000 20000101000000 3740 example.net. tsb4wnjRUDnB1BUi+t6TMTXThjVnG+eCkWqjvvjhzQL1d0YRoOe0CbxrVDYd0xDtsuJRaeUw1ep94PzEWzr0iGYgZBWm/zpq+9fOuagYJRfDqfReKBzMweOLDiNa8iP5g9vMhpuv6OPlvpXwm9Sa9ZXIbNl1MBGk0fthPgxdDLw=
";

#[test]
fn the_examples_of_the_rfcs_hold() {
    let vectors = [
        (
            "RFC 6605 section 6.1",
            "example.net",
            P256,
            "www.example.net",
            RecordType::A,
            1_283_000_000,
        ),
        (
            "RFC 6605 section 6.2",
            "example.net",
            P384,
            "www.example.net",
            RecordType::A,
            1_283_000_000,
        ),
        (
            "RFC 8080 section 6.1",
            "example.com",
            ED25519,
            "example.com",
            RecordType::MX,
            1_440_000_000,
        ),
        (
            "RFC 8080 section 6.1, second key",
            "example.com",
            ED25519_2,
            "example.com",
            RecordType::MX,
            1_440_000_000,
        ),
        (
            "RFC 5702 section 6.1",
            "example.net",
            RSASHA256,
            "www.example.net",
            RecordType::A,
            1_440_000_000,
        ),
        (
            "RFC 5702 section 6.2",
            "example.net",
            RSASHA512,
            "www.example.net",
            RecordType::A,
            1_440_000_000,
        ),
    ];
    let lines = vectors.map(|(label, apex, text, owner, rtype, now)| {
        let zone = zone(apex, text);
        let result = zone.verified(&zone.rrset(owner, rtype), &zone.rrsig(owner, rtype), now);
        format!("{label}: {result}")
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    RFC 6605 section 6.1: holds, TTL 3600
    RFC 6605 section 6.2: holds, TTL 3600
    RFC 8080 section 6.1: holds, TTL 3600
    RFC 8080 section 6.1, second key: holds, TTL 3600
    RFC 5702 section 6.1: does not hold: the algorithm is not supported
    RFC 5702 section 6.2: holds, TTL 3600
    ");
}
