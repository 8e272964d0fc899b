//! The zones that are signed, by the file that they are written to.

use crate::keys::Algorithm::{Ed25519, P256, Rsa, RsaSha1, RsaSha1Nsec3, ShortRsa, Unassigned};
use crate::keys::{Algorithm, SEP};
use crate::plan::DsPlan::{AbsentKey, Digest, SecondKey, UnassignedDigest, WrongDigest};
use crate::plan::{Fault, Plan, Validity};

/// Digest types of DS records.
const SHA1: u8 = 1;
const SHA256: u8 = 2;
const SHA384: u8 = 4;

/// Returns the files in `lessons/lab/signed`, each with the plans of its zones. The zones of com and
/// org that are not here are unsigned, as most are on the Internet.
pub(crate) fn files() -> Vec<(&'static str, Vec<Plan>)> {
    let one = |file, plan| (file, vec![plan]);
    vec![
        one("root.zone", Plan::split(".", P256)),
        // Zones at the top of the tree.
        one("arpa.zone", Plan::split("arpa.", P256)),
        one("com.zone", Plan::split("com.", P256)),
        one("edu.zone", Plan::single("edu.", Ed25519)),
        one("in-addr.arpa.zone", Plan::split("in-addr.arpa.", P256)),
        one("info.zone", Plan::split("info.", P256)),
        one("net.zone", Plan::split("net.", P256).nsec3(true, 0)),
        one("org.zone", Plan::split("org.", P256)),
        one("test.zone", Plan::split("test.", P256)),
        // Zones of organisations.
        one("cloudflare.com.zone", Plan::single("cloudflare.com.", P256)),
        one("debian.org.zone", Plan::single("debian.org.", P256)),
        one("example.com.zone", Plan::split("example.com.", P256)),
        one("example.net.zone", Plan::single("example.net.", Rsa)),
        one("example.org.zone", Plan::single("example.org.", Ed25519)),
        one("iana.org.zone", Plan::split("iana.org.", P256)),
        one("ietf.org.zone", Plan::single("ietf.org.", P256)),
        one(
            "isc.org.zone",
            Plan::split("isc.org.", P256).nsec3(false, 0),
        ),
        // Signed well, or with a fault.
        ("dnssec.zones", dnssec_test()),
    ]
}

/// Returns the plans of dnssec.test and the zones below it.
fn dnssec_test() -> Vec<Plan> {
    let mut plans = vec![Plan::split("dnssec.test.", P256)];
    plans.extend(secure());
    plans.extend(insecure());
    plans.extend(bogus());
    plans
}

/// Returns the plans of zones whose names are secure.
fn secure() -> [Plan; 18] {
    [
        zone("ed25519", Ed25519),
        zone("rsa", Rsa),
        zone("rsa1024", ShortRsa),
        zone("csk", P256),
        zone("both", P256)
            .and(Ed25519)
            .ds([Digest(SHA256), SecondKey(SHA256)]),
        zone("sha384", P256).ds([Digest(SHA384)]),
        zone("sha1-digest", P256).ds([Digest(SHA1)]),
        zone("weak-digest", P256).ds([WrongDigest(SHA1), Digest(SHA256)]),
        zone("standby", P256).ds([Digest(SHA256), AbsentKey(P256)]),
        zone("stripped", P256).ds([Digest(SHA256), AbsentKey(Ed25519)]),
        zone("same-tag", Ed25519).with_twin(),
        zone("nsec3", P256).nsec3(false, 0),
        zone("iterations", P256).nsec3(false, 500),
        zone("opt-out", P256).nsec3(true, 0),
        zone("signed.opt-out", P256),
        zone("compact", P256).compact(&["nosuch"]),
        zone("rrsig-last", P256),
        zone("ent-nxdomain", P256),
    ]
}

/// Returns the plans of zones that count as unsigned.
fn insecure() -> [Plan; 5] {
    [
        zone("island", P256).ds([]),
        zone("rsasha1", RsaSha1),
        zone("rsasha1-nsec3", RsaSha1Nsec3).nsec3(false, 0),
        zone("unknown-algorithm", Unassigned),
        zone("unknown-digest", P256).ds([UnassignedDigest]),
    ]
}

/// Returns the plans of zones with a fault, and of those whose servers have one.
fn bogus() -> [Plan; 24] {
    let both = [AbsentKey(P256), Digest(SHA256)];
    [
        zone("expired", P256).valid(Validity::DECEMBER),
        zone("not-yet-valid", P256).valid(Validity::FEBRUARY),
        zone("wrong-ds", P256).ds([WrongDigest(SHA256)]),
        zone("absent-key", P256).ds([AbsentKey(P256)]),
        zone("downgraded", Unassigned).ds(both),
        zone("signed-by-another", P256).signed_by_another(),
        zone("unsigned-ds", P256).fault(Fault::UnsignedDs("child")),
        zone("child.unsigned-ds", P256),
        zone("no-rrsigs", P256).fault(Fault::NoSignaturesAtAll),
        zone("no-rrsig", P256).fault(Fault::NoSignatures("www")),
        zone("corrupt", P256).fault(Fault::CorruptSignatures("www")),
        zone("unsigned-keys", P256).fault(Fault::UnsignedKeys),
        zone("few-labels", P256).fault(Fault::FewLabels("www")),
        zone("next-outside", P256).fault(Fault::NextOutside("www")),
        zone("wrong-signer", P256).fault(Fault::ParentSigns),
        zone("no-zone-bit", P256).flags(SEP),
        zone("revoked", P256).revoked(),
        zone("stale-nsec", P256).fault(Fault::AddedLater("late")),
        zone("gap", P256).fault(Fault::Gap("delta")),
        zone("wildcard-no-proof", P256),
        zone("parent-nsec", P256),
        zone("no-ds-proof", P256),
        zone("expanded-nsec", P256),
        zone("no-denial", P256),
    ]
}

/// A zone below dnssec.test with one key.
fn zone(name: &str, algorithm: Algorithm) -> Plan {
    Plan::single(&format!("{name}.dnssec.test."), algorithm)
}
