//! The file that keeps the states of trust anchors over restarts (RFC 5011): one key in a line.
//!
//! ```text
//! . 20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d valid
//! . 38696 8 2 683d2d0acb8c9b712a1948b27f741219298d0a450d612c483af444a4c0fb2b16 add-pending 20250210120000
//! ```
//!
//! A line has the zone, the key as in a DS record (key tag, algorithm, digest type, digest), and its
//! state; two states have a time, as RRSIG records write it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use dnsparse::{Ds, Name};
use trust::calendar::{date, time};
use trust::key_state::KeyState;
use trust::trust_point::{MAX_MANAGED_KEYS, ManagedKey, TrustPoint};

const HEADER: &str = "; The trust anchors of rdns, which follow the keys of their zones (RFC 5011). rdns writes this file.\n";

/// Writes the file: a new one beside it, which then takes its place. So the file is whole at each moment,
/// also if the machine stops.
///
/// # Errors
/// The system's error.
pub fn write(path: &Path, points: &[TrustPoint]) -> io::Result<()> {
    let mut new: PathBuf = path.to_owned();
    new.as_mut_os_string().push(".new");
    let mut file = File::create(&new)?;
    file.write_all(to_text(points).as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)
}

/// Returns the text of the file.
pub fn to_text(points: &[TrustPoint]) -> String {
    let mut text = HEADER.to_owned();
    for point in points {
        for ManagedKey { ds, state } in point.keys() {
            let Ds {
                key_tag,
                algorithm,
                digest_type,
                ..
            } = ds;
            let (zone, digest) = (&point.zone, hex::encode(&ds.digest));
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{zone} {key_tag} {algorithm} {digest_type} {digest} {}",
                state_text(*state)
            );
        }
    }
    text
}

/// Parses the file. The error is the number of a line, from 1, and what is wrong in it.
///
/// # Errors
/// If a line is wrong, or a zone has more keys than are kept account of.
pub fn parse(text: &str) -> Result<Vec<TrustPoint>, (usize, String)> {
    let mut zones: BTreeMap<Name, Vec<ManagedKey>> = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() || line.starts_with(';') {
            continue;
        }
        let (zone, key) = parse_line(line).ok_or_else(|| {
            let text = format!("'{line}' is no key with its state, as rdns writes it: remove the file, and the trust anchors start again from those of the configuration");
            (number, text)
        })?;
        let keys = zones.entry(zone).or_default();
        if keys.len() == MAX_MANAGED_KEYS {
            return Err((
                number,
                format!("more than {MAX_MANAGED_KEYS} keys of a zone"),
            ));
        }
        keys.push(key);
    }
    let points = zones.into_iter();
    Ok(points
        .map(|(zone, keys)| TrustPoint::with_keys(zone, keys))
        .collect())
}

fn parse_line(line: &str) -> Option<(Name, ManagedKey)> {
    let mut words = line.split_whitespace();
    let zone = words.next()?.parse().ok()?;
    let ds = Ds {
        key_tag: words.next()?.parse().ok()?,
        algorithm: words.next()?.parse().ok()?,
        digest_type: words.next()?.parse().ok()?,
        digest: hex::decode(words.next()?).ok()?,
    };
    let (state, until) = (words.next()?, words.next());
    if ds.digest.is_empty() || words.next().is_some() {
        return None;
    }
    let state = match (state, until) {
        ("add-pending", Some(until)) => KeyState::AddPending {
            until: time(until)?,
        },
        ("valid", None) => KeyState::Valid,
        ("missing", None) => KeyState::Missing,
        ("revoked", Some(until)) => KeyState::Revoked {
            until: time(until)?,
        },
        ("removed", None) => KeyState::Removed,
        _ => return None,
    };
    Some((zone, ManagedKey { ds, state }))
}

fn state_text(state: KeyState) -> String {
    match state {
        KeyState::Start => "start".to_owned(),
        KeyState::AddPending { until } => format!("add-pending {}", time_text(until)),
        KeyState::Valid => "valid".to_owned(),
        KeyState::Missing => "missing".to_owned(),
        KeyState::Revoked { until } => format!("revoked {}", time_text(until)),
        KeyState::Removed => "removed".to_owned(),
    }
}

/// Returns a time in the form that RRSIG records have: a date, or after 2105 the seconds since 1970.
fn time_text(until: u32) -> String {
    let day = date(until).replace('-', "");
    let [hours, minutes, seconds] = time_of_day(until);
    let text = format!("{day}{hours:02}{minutes:02}{seconds:02}");
    match time(&text) {
        Some(_) => text,
        None => until.to_string(),
    }
}

/// Returns the hours, minutes and seconds of a time, in UTC.
pub(super) fn time_of_day(time: u32) -> [u32; 3] {
    let seconds = time % 86_400;
    [seconds / 3_600, seconds / 60 % 60, seconds % 60]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns a trust point of the root with a key in each of these states.
    pub(crate) fn point(states: &[KeyState]) -> TrustPoint {
        let key = |(number, state): (u8, &KeyState)| ManagedKey {
            ds: Ds {
                key_tag: 20_000 + u16::from(number),
                algorithm: 13,
                digest_type: 2,
                digest: vec![number; 4],
            },
            state: *state,
        };
        TrustPoint::with_keys(Name::ROOT, (1..).zip(states).map(key).collect())
    }

    const STATES: [KeyState; 5] = [
        KeyState::Valid,
        KeyState::AddPending {
            until: 1_739_188_799,
        },
        KeyState::Missing,
        KeyState::Revoked { until: u32::MAX },
        KeyState::Removed,
    ];

    #[test]
    fn a_file_that_is_written_and_read_is_the_same() {
        let points = [point(&STATES)];
        let text = to_text(&points);
        insta::assert_snapshot!(text, @r"
    ; The trust anchors of rdns, which follow the keys of their zones (RFC 5011). rdns writes this file.
    . 20001 13 2 01010101 valid
    . 20002 13 2 02020202 add-pending 20250210115959
    . 20003 13 2 03030303 missing
    . 20004 13 2 04040404 revoked 4294967295
    . 20005 13 2 05050505 removed
    ");
        assert_eq!(
            parse(&text).as_deref(),
            Ok(&points[..]),
            "read from\n{text}"
        );
    }

    #[test]
    fn each_line_that_rdns_does_not_write_is_an_error() {
        for line in [
            ".",
            ". 1 8 2 abcd",
            ". 1 8 2 abcd start",
            ". 1 8 2 abcd valid 20250210120000",
            ". 1 8 2 abcd add-pending",
            ". 1 8 2 abcd add-pending tomorrow",
            ". 1 8 2 abcd revoked 20250210120000 again",
            ". 1 8 2 abc valid",
            ". 65536 8 2 abcd valid",
            "a..b 1 8 2 abcd valid",
            ". IN DS 1 8 2 abcd",
        ] {
            let error = parse(&format!("{HEADER}\n{line}\n")).expect_err(line);
            assert_eq!(error.0, 3, "{line}: {}", error.1);
        }
        let many = format!("{}\n", ". 1 8 2 abcd valid").repeat(MAX_MANAGED_KEYS + 1);
        let error = parse(&many).expect_err("too many keys");
        assert_eq!(error.0, MAX_MANAGED_KEYS + 1, "{}", error.1);
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::TempDir::new().expect("a folder");
        let path = folder.path().join("anchors");
        for states in [&STATES[..], &STATES[..1]] {
            let points = [point(states)];
            write(&path, &points).expect("the file is written");
            let text = fs::read_to_string(&path).expect("the file is there");
            assert_eq!(text, to_text(&points));
        }
        let files = fs::read_dir(folder.path()).expect("the folder is there");
        assert_eq!(files.count(), 1, "files in the folder: the new one is left");
        let missing = folder.path().join("missing").join("anchors");
        write(&missing, &[]).expect_err("without a folder");
    }
}
