//! The names of the signed mini-Internet whose status a validator has to find, each with that status.

use dnsparse::RecordType;

/// The security status of an answer (RFC 4035 section 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// A chain of trust leads from the anchor to the answer: the reply has AD.
    Secure,
    /// It is proved that the chain ends above the answer: the reply has no AD.
    Insecure,
    /// Neither of both: the reply is SERVFAIL.
    Bogus,
}

/// A question to the signed mini-Internet, and the status of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// The status at the time [`NOW`](super::NOW), with the lab's trust anchor.
    pub status: Status,
    /// The QNAME, without the dot at its end.
    pub qname: &'static str,
    /// The QTYPE.
    pub qtype: RecordType,
    /// The particular of the case; empty if the name of the zone tells it.
    pub reason: &'static str,
}

use Status::{Bogus, Insecure, Secure};

/// The cases: secure, insecure, bogus.
pub const CASES: &[Case] = &[
    case(Secure, "www.example.com", RecordType::A, ""),
    case(Secure, "nosuch.example.com", RecordType::A, "NXDOMAIN"),
    case(
        Secure,
        "deep.example.com",
        RecordType::A,
        "NODATA at an empty non-terminal",
    ),
    case(
        Secure,
        "www.wild.example.com",
        RecordType::TXT,
        "a wildcard",
    ),
    case(Secure, "files.example.com", RecordType::A, "two aliases"),
    case(Secure, "www.example.org", RecordType::A, "Ed25519"),
    case(
        Secure,
        "example.net",
        RecordType::A,
        "RSA, below a zone with NSEC3 and opt-out",
    ),
    case(
        Secure,
        "nosuch.isc.org",
        RecordType::A,
        "NXDOMAIN with NSEC3",
    ),
    case(Secure, "nosuch.test", RecordType::A, "NXDOMAIN of a TLD"),
    case(Secure, "nosuch", RecordType::A, "NXDOMAIN of the root"),
    case(Secure, "www.dnssec.test", RecordType::A, ""),
    case(Secure, "nosuch.dnssec.test", RecordType::A, "NXDOMAIN"),
    case(Secure, "www.dnssec.test", RecordType::TXT, "NODATA"),
    case(
        Secure,
        "deep.dnssec.test",
        RecordType::A,
        "NODATA at an empty non-terminal",
    ),
    case(Secure, "a.wild.dnssec.test", RecordType::TXT, "a wildcard"),
    case(
        Secure,
        "a.wild.dnssec.test",
        RecordType::A,
        "NODATA at a wildcard",
    ),
    case(Secure, "alias.dnssec.test", RecordType::A, "an alias"),
    case(
        Secure,
        "www.old.dnssec.test",
        RecordType::A,
        "a DNAME record",
    ),
    case(
        Secure,
        "unsigned.dnssec.test",
        RecordType::DS,
        "no DS record: the parent says so",
    ),
    case(Secure, "www.ed25519.dnssec.test", RecordType::A, ""),
    case(Secure, "www.rsa.dnssec.test", RecordType::A, ""),
    case(Secure, "www.csk.dnssec.test", RecordType::A, ""),
    case(Secure, "www.both.dnssec.test", RecordType::A, ""),
    case(Secure, "www.sha384.dnssec.test", RecordType::A, ""),
    case(Secure, "www.weak-digest.dnssec.test", RecordType::A, ""),
    case(Secure, "www.standby.dnssec.test", RecordType::A, ""),
    case(Secure, "www.stripped.dnssec.test", RecordType::A, ""),
    case(Secure, "www.rsa1024.dnssec.test", RecordType::A, ""),
    case(Secure, "www.sha1-digest.dnssec.test", RecordType::A, ""),
    case(Secure, "www.same-tag.dnssec.test", RecordType::A, ""),
    case(Secure, "www.nsec3.dnssec.test", RecordType::A, ""),
    case(Secure, "www.opt-out.dnssec.test", RecordType::A, ""),
    case(Secure, "www.signed.opt-out.dnssec.test", RecordType::A, ""),
    case(Secure, "www.iterations.dnssec.test", RecordType::A, ""),
    case(
        Secure,
        "nosuch.nsec3.dnssec.test",
        RecordType::A,
        "NXDOMAIN",
    ),
    case(Secure, "www.nsec3.dnssec.test", RecordType::TXT, "NODATA"),
    case(
        Secure,
        "deep.nsec3.dnssec.test",
        RecordType::A,
        "NODATA at an empty non-terminal",
    ),
    case(
        Secure,
        "a.wild.nsec3.dnssec.test",
        RecordType::TXT,
        "a wildcard",
    ),
    case(
        Secure,
        "a.wild.nsec3.dnssec.test",
        RecordType::A,
        "NODATA at a wildcard",
    ),
    case(Secure, "alias.nsec3.dnssec.test", RecordType::A, "an alias"),
    case(
        Secure,
        "late.stale-nsec.dnssec.test",
        RecordType::A,
        "an NSEC record denies the name, and its signature proves it",
    ),
    case(
        Secure,
        "nosuch.stale-nsec.dnssec.test",
        RecordType::A,
        "NXDOMAIN",
    ),
    case(
        Secure,
        "mail.no-rrsig.dnssec.test",
        RecordType::A,
        "another name has no signature",
    ),
    case(
        Secure,
        "mail.corrupt.dnssec.test",
        RecordType::A,
        "another name has a wrong signature",
    ),
    case(
        Secure,
        "b.gap.dnssec.test",
        RecordType::A,
        "NXDOMAIN before the gap",
    ),
    case(
        Secure,
        "www.wildcard-no-proof.dnssec.test",
        RecordType::A,
        "no wildcard",
    ),
    case(
        Secure,
        "www.no-ds-proof.dnssec.test",
        RecordType::A,
        "no delegation",
    ),
    case(Secure, "www.compact.dnssec.test", RecordType::A, ""),
    case(
        Secure,
        "nosuch.compact.dnssec.test",
        RecordType::A,
        "NXDOMAIN, by a record of the name itself",
    ),
    case(Secure, "www.compact.dnssec.test", RecordType::TXT, "NODATA"),
    case(
        Secure,
        "deep.compact.dnssec.test",
        RecordType::A,
        "NODATA at an empty non-terminal",
    ),
    case(Secure, "www.rrsig-last.dnssec.test", RecordType::A, ""),
    case(
        Secure,
        "deep.ent-nxdomain.dnssec.test",
        RecordType::A,
        "NODATA at an empty non-terminal, with the RCODE NXDOMAIN",
    ),
    case(
        Secure,
        "nosuch.next-outside.dnssec.test",
        RecordType::A,
        "NXDOMAIN before the last name",
    ),
    case(Insecure, "www.google.com", RecordType::A, "no DS record"),
    case(Insecure, "www.wikipedia.org", RecordType::A, "no DS record"),
    case(
        Insecure,
        "fastly.net",
        RecordType::A,
        "no DS record: NSEC3 with opt-out",
    ),
    case(
        Insecure,
        "www.unsigned.dnssec.test",
        RecordType::A,
        "no DS record",
    ),
    case(
        Insecure,
        "nosuch.unsigned.dnssec.test",
        RecordType::A,
        "no DS record",
    ),
    case(
        Insecure,
        "to-unsigned.dnssec.test",
        RecordType::A,
        "a secure alias of an insecure name",
    ),
    case(
        Insecure,
        "www.island.dnssec.test",
        RecordType::A,
        "signed, without a DS record",
    ),
    case(
        Insecure,
        "www.rsasha1.dnssec.test",
        RecordType::A,
        "RSA with SHA-1",
    ),
    case(
        Insecure,
        "www.rsasha1-nsec3.dnssec.test",
        RecordType::A,
        "RSA with SHA-1",
    ),
    case(
        Insecure,
        "nosuch.rsasha1-nsec3.dnssec.test",
        RecordType::A,
        "NXDOMAIN",
    ),
    case(
        Insecure,
        "www.unknown-algorithm.dnssec.test",
        RecordType::A,
        "an algorithm that is not assigned",
    ),
    case(
        Insecure,
        "www.unknown-digest.dnssec.test",
        RecordType::A,
        "a digest type that is not assigned",
    ),
    case(
        Insecure,
        "www.plain.opt-out.dnssec.test",
        RecordType::A,
        "no DS record: opt-out",
    ),
    case(
        Insecure,
        "nosuch.opt-out.dnssec.test",
        RecordType::A,
        "NXDOMAIN with opt-out: the name may be an unsigned delegation",
    ),
    case(
        Insecure,
        "nosuch.net",
        RecordType::A,
        "NXDOMAIN with opt-out",
    ),
    case(
        Insecure,
        "nosuch.iterations.dnssec.test",
        RecordType::A,
        "NXDOMAIN with too many iterations",
    ),
    case(
        Bogus,
        "to-expired.dnssec.test",
        RecordType::A,
        "a secure alias of a bogus name",
    ),
    case(Bogus, "www.expired.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.not-yet-valid.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.wrong-ds.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.absent-key.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.downgraded.dnssec.test", RecordType::A, ""),
    case(
        Bogus,
        "www.signed-by-another.dnssec.test",
        RecordType::A,
        "",
    ),
    case(
        Bogus,
        "www.child.unsigned-ds.dnssec.test",
        RecordType::A,
        "",
    ),
    case(Bogus, "www.no-rrsigs.dnssec.test", RecordType::A, ""),
    case(
        Bogus,
        "nosuch.no-rrsigs.dnssec.test",
        RecordType::A,
        "NXDOMAIN",
    ),
    case(Bogus, "www.few-labels.dnssec.test", RecordType::A, ""),
    case(
        Bogus,
        "zulu.next-outside.dnssec.test",
        RecordType::A,
        "NXDOMAIN in a gap that ends behind the zone",
    ),
    case(
        Bogus,
        "known.wild.expanded-nsec.dnssec.test",
        RecordType::MX,
        "NODATA with the NSEC record of a wildcard",
    ),
    case(
        Bogus,
        "gone.no-denial.dnssec.test",
        RecordType::A,
        "NODATA without a proof",
    ),
    case(
        Bogus,
        "to-nothing.dnssec.test",
        RecordType::A,
        "a secure alias of a name without an answer",
    ),
    case(Bogus, "www.no-rrsig.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.corrupt.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.unsigned-keys.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.wrong-signer.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.no-zone-bit.dnssec.test", RecordType::A, ""),
    case(Bogus, "www.revoked.dnssec.test", RecordType::A, ""),
    case(
        Bogus,
        "nosuch.expired.dnssec.test",
        RecordType::A,
        "NXDOMAIN with signatures that have expired",
    ),
    case(
        Bogus,
        "echo.gap.dnssec.test",
        RecordType::A,
        "no NSEC record covers the name",
    ),
    case(
        Bogus,
        "a.wild.wildcard-no-proof.dnssec.test",
        RecordType::TXT,
        "a wildcard, without the proof that the name does not exist",
    ),
    case(
        Bogus,
        "nosuch.parent-nsec.dnssec.test",
        RecordType::A,
        "NXDOMAIN with the NSEC record of the delegation",
    ),
    case(
        Bogus,
        "www.child.no-ds-proof.dnssec.test",
        RecordType::A,
        "no DS record, and no proof of that",
    ),
];

const fn case(
    status: Status,
    qname: &'static str,
    qtype: RecordType,
    reason: &'static str,
) -> Case {
    Case {
        status,
        qname,
        qtype,
        reason,
    }
}
