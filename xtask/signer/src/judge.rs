//! The zones of the judge's test Internet for validators: `lessons/judge/src/validation.zones`.
//!
//! Their signatures are judged by the clock of the machine, so those that are valid are so for decades.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use dnsparse::{Name, Zone};

use crate::anchor;
use crate::keys::Algorithm::{P256, Rsa, Unassigned};
use crate::keys::SEP;
use crate::plan::{DsPlan, Fault, Plan, Validity};
use crate::sign::sign;

const ZONES: &str = include_str!("../../../lessons/judge/src/validation.zones");
/// The value of each placeholder while the zones are signed. The judge has others: they stand in
/// records that are not signed, or whose signatures are to be wrong.
const PLACEHOLDER: &str = "192.0.2.1";

/// From 2020 to 2080: less than half of the 2^32 seconds that the times of signatures go through, from
/// any time of use (RFC 4034 section 3.1.5).
const VALID: Validity = Validity {
    inception: 1_577_836_800,
    expiration: 3_471_292_800,
};
/// The year 2020.
const PAST: Validity = Validity {
    inception: 1_577_836_800,
    expiration: 1_609_459_200,
};
/// The year 2079.
const FUTURE: Validity = Validity {
    inception: 3_439_756_800,
    expiration: 3_471_292_800,
};

/// Returns the plans of the zones that are signed.
fn plans() -> Vec<Plan> {
    let zone = |name: &str, algorithm| Plan::single(&format!("{name}.judge."), algorithm);
    let plans = [
        Plan::split(".", P256),
        Plan::split("judge.", P256),
        Plan::split("good.judge.", P256),
        zone("rsa", Rsa),
        zone("hashed", P256).nsec3(false, 0),
        zone("island", P256).ds([]),
        zone("alien", Unassigned),
        zone("strange", P256).ds([DsPlan::UnassignedDigest]),
        zone("mute", P256),
        zone("changed", P256),
        zone("nosig", P256).fault(Fault::NoSignatures("www")),
        zone("wrongds", P256).ds([DsPlan::WrongDigest(2)]),
        zone("unsignedkeys", P256).fault(Fault::UnsignedKeys),
        zone("nozonekey", P256).flags(SEP),
        zone("wrongsigner", P256).fault(Fault::ParentSigns),
        zone("gap", P256).fault(Fault::Gap("delta")),
        zone("stripped", P256),
        zone("thief", P256),
        zone("child.thief", P256),
    ];
    let plans = plans.into_iter().map(|plan| plan.valid(VALID));
    let at_another_time = [
        zone("expired", P256).valid(PAST),
        zone("future", P256).valid(FUTURE),
    ];
    plans.chain(at_another_time).collect()
}

/// Returns the name and the text of each file in `lessons/judge/src` that is made here: the records that
/// signing adds, and the trust anchor.
///
/// # Errors
/// If a zone cannot be signed.
pub fn judge_files() -> Result<Vec<(String, String)>> {
    let plans = plans();
    let all: Vec<_> = plans.iter().collect();
    let mut text = "; Made by `cargo run -p signer`.\n".to_owned();
    for plan in &plans {
        let apex = &plan.apex;
        let zone = zone(apex).with_context(|| format!("validation.zones: the zone {apex}"))?;
        let signed = sign(&zone, plan, &all).with_context(|| format!("zone {apex}"))?;
        // Its server has the zone without them.
        if apex.to_string() != "stripped.judge." {
            write!(text, "{signed}")?;
        }
    }
    Ok(vec![
        ("validation.signed".to_owned(), text),
        ("validation.anchor".to_owned(), anchor(&all)?),
    ])
}

/// Reads a zone of the file.
fn zone(apex: &Name) -> Result<Zone> {
    let zones = ZONES.split("\n$ORIGIN ").skip(1);
    let mut zones = zones.filter_map(|zone| zone.split_once('\n'));
    let is_named = |(origin, _): &(&str, &str)| origin.parse().is_ok_and(|it: Name| it == *apex);
    let (_, text) = zones.find(is_named).context("there is none")?;
    Ok(Zone::parse(&format!("$TTL 3600\n{}", filled(text)), apex)?)
}

/// Replaces all placeholders.
fn filled(text: &str) -> String {
    let mut parts = text.split('<');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let after = part.split_once('>').map_or(part, |(_, after)| after);
        filled += PLACEHOLDER;
        filled += after;
    }
    filled
}
