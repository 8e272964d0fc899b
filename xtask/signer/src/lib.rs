//! Signs the zones of the lab, from keys that follow from a seed: the same files in each run.
//!
//! | module | holds |
//! | --- | --- |
//! | `table` | the zones that are signed, and how |
//! | `judge` | those of the judge's test Internet for validators |
//! | `plan` | the ways in which a zone may be signed, with the classic faults |
//! | `keys`, `rsa_key` | key pairs, signatures, DS records |
//! | `names` | the names that a zone's denial is about |
//! | `denial` | chains of NSEC and NSEC3 records |
//! | `sign` | one zone |
//!
//! The lab is the input: the records of its zone files. The output goes into its folder `signed`.
//! For the judge, input and output are beside its source.

mod denial;
mod judge;
mod keys;
mod names;
mod plan;
mod rsa_key;
mod sign;
mod table;

use std::fmt::Write as _;

use anyhow::{Context, Result};
use dnsparse::{Rdata, Record};
use lab::Lab;
use lab::signed::NOW;

pub use self::judge::judge_files;

/// Returns the name and the text of each file in `lessons/lab/signed`.
///
/// # Errors
/// If a zone of the table is not in the lab, or cannot be signed.
pub fn signed_files() -> Result<Vec<(String, String)>> {
    signed_files_at(NOW)
}

/// Returns the same files with the signatures of another time, for a validator that has only the clock
/// of the machine: what is valid at the lab's time is valid at `now`.
///
/// # Errors
/// Those of [`signed_files`].
pub fn signed_files_at(now: u32) -> Result<Vec<(String, String)>> {
    let lab = Lab::internet();
    let mut files = table::files();
    for plan in files.iter_mut().flat_map(|(_, plans)| plans) {
        plan.validity = plan.validity.later_by(now.wrapping_sub(NOW));
    }
    let plans: Vec<_> = files.iter().flat_map(|(_, plans)| plans).collect();
    let mut texts = Vec::new();
    for (file, of_file) in &files {
        let mut text = "; Made by `cargo run -p signer`.\n".to_owned();
        for plan in of_file {
            let apex = &plan.apex;
            let zone = lab
                .zone(apex)
                .with_context(|| format!("the lab has no zone {apex}"))?;
            let signed = sign::sign(&zone, plan, &plans);
            write!(text, "{}", signed.with_context(|| format!("zone {apex}"))?)?;
        }
        texts.push(((*file).to_owned(), text));
    }
    texts.push(("root.anchor".to_owned(), anchor(&plans)?));
    Ok(texts)
}

/// Returns the trust anchor: the DS records of the root zone's key.
fn anchor(plans: &[&plan::Plan]) -> Result<String> {
    let root = plans.iter().find(|plan| plan.apex.is_root());
    let root = root.context("the root zone is signed")?;
    let mut text = "; Made by `cargo run -p signer`.\n".to_owned();
    for ds in root.ds_records()? {
        let record = Record::new(root.apex.clone(), 86_400, Rdata::Ds(Box::new(ds)));
        writeln!(text, "{record}")?;
    }
    Ok(text)
}
