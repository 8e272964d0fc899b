//! [`AnchorReport`]: the trust anchors as `rdns ctl trust-anchors` shows them, with the looks at the
//! keys of their zones (RFC 5011).

use std::fmt;
use std::path::PathBuf;

use chain::TrustAnchors;
use dnsparse::Ds;
use trust::calendar::date;
use trust::key_state::KeyState;
use trust::trust_point::{ManagedKey, TrustPoint};

use super::anchor_file::time_of_day;

/// The trust points that follow the keys of their zones.
#[derive(Debug, Clone)]
pub struct AnchorReport {
    /// The file with their states.
    pub file: PathBuf,
    /// The reason why the last change is not in the file; none if it is.
    pub not_written: Option<String>,
    /// The trust points.
    pub points: Vec<PointReport>,
}

/// A trust point, with its looks at the keys. Times are in seconds since 1970.
#[derive(Debug, Clone)]
pub struct PointReport {
    /// The trust point.
    pub point: TrustPoint,
    /// The last look: its time, and the reason if no trusted key has signed the keys; none before the
    /// first one.
    pub last_look: Option<(u32, Result<(), String>)>,
    /// The time of the next look.
    pub next_look: u32,
}

impl fmt::Display for AnchorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        for report in &self.points {
            let zone = &report.point.zone;
            writeln!(
                f,
                "{zone} follows the keys of its zone (RFC 5011), in {file}"
            )?;
            write!(f, "{report}")?;
        }
        match &self.not_written {
            Some(reason) => writeln!(f, "the last change is not in the file: {reason}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for PointReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ManagedKey { ds, state } in self.point.keys() {
            writeln!(f, "  {}: {}", key_text(ds), state_text(*state))?;
        }
        if self.point.anchors().is_empty() {
            writeln!(
                f,
                "  no key is trusted: the names of the zone are not validated"
            )?;
        }
        if let Some((at, result)) = &self.last_look {
            write!(f, "  last look {}: ", time_text(*at))?;
            match result {
                Ok(()) => writeln!(f, "a trusted key has signed the keys")?,
                Err(reason) => writeln!(f, "failed, {reason}")?,
            }
        }
        writeln!(f, "  next look {}", time_text(self.next_look))
    }
}

/// Returns lines about trust anchors that do not follow the keys of their zones.
pub fn fixed_anchors(anchors: &TrustAnchors) -> String {
    let mut text = String::new();
    for (zone, keys) in anchors.zones() {
        text.push_str(&format!(
            "{zone} has fixed trust anchors: without trust-anchor-state, they do not follow the keys of the zone\n"
        ));
        for ds in keys {
            text.push_str(&format!("  {}: trusted\n", key_text(ds)));
        }
    }
    text
}

/// Returns a key as in a DS record.
fn key_text(ds: &Ds) -> String {
    let Ds {
        key_tag,
        algorithm,
        digest_type,
        digest,
    } = ds;
    format!(
        "{key_tag} {algorithm} {digest_type} {}",
        hex::encode(digest)
    )
}

fn state_text(state: KeyState) -> String {
    match state {
        KeyState::Start => "start, not trusted".to_owned(),
        KeyState::AddPending { until } => {
            format!("add-pending, trusted at a look after {}", time_text(until))
        }
        KeyState::Valid => "valid, trusted".to_owned(),
        KeyState::Missing => "missing, trusted all the same".to_owned(),
        KeyState::Revoked { until } => {
            format!("revoked, not trusted; kept until {}", time_text(until))
        }
        KeyState::Removed => "removed, not trusted".to_owned(),
    }
}

/// Returns a time as date and time of day.
fn time_text(time: u32) -> String {
    let (day, [hours, minutes, seconds]) = (date(time), time_of_day(time));
    format!("{day} {hours:02}:{minutes:02}:{seconds:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dnssec::anchor_file::tests::point;

    #[test]
    fn each_state_of_a_key_is_explained() {
        let states = [
            KeyState::Valid,
            KeyState::AddPending {
                until: 1_739_188_799,
            },
            KeyState::Missing,
            KeyState::Revoked {
                until: 1_739_188_800,
            },
            KeyState::Removed,
        ];
        let report = |states, last_look| AnchorReport {
            file: PathBuf::from("/var/lib/rdns/anchors"),
            not_written: None,
            points: vec![PointReport {
                point: point(states),
                last_look,
                next_look: 1_739_275_199,
            }],
        };
        let looked = Some((1_739_188_799, Ok(())));
        insta::assert_snapshot!(report(&states, looked), @r"
        . follows the keys of its zone (RFC 5011), in /var/lib/rdns/anchors
          20001 13 2 01010101: valid, trusted
          20002 13 2 02020202: add-pending, trusted at a look after 2025-02-10 11:59:59 UTC
          20003 13 2 03030303: missing, trusted all the same
          20004 13 2 04040404: revoked, not trusted; kept until 2025-02-10 12:00:00 UTC
          20005 13 2 05050505: removed, not trusted
          last look 2025-02-10 11:59:59 UTC: a trusted key has signed the keys
          next look 2025-02-11 11:59:59 UTC
        ");
        let failed = Some((1_739_188_799, Err("no server replied".to_owned())));
        let mut without = report(&states[4..], failed);
        without.not_written = Some("No space left on device".to_owned());
        insta::assert_snapshot!(without, @r"
        . follows the keys of its zone (RFC 5011), in /var/lib/rdns/anchors
          20001 13 2 01010101: removed, not trusted
          no key is trusted: the names of the zone are not validated
          last look 2025-02-10 11:59:59 UTC: failed, no server replied
          next look 2025-02-11 11:59:59 UTC
        the last change is not in the file: No space left on device
        ");
        insta::assert_snapshot!(report(&states[..1], None), @r"
        . follows the keys of its zone (RFC 5011), in /var/lib/rdns/anchors
          20001 13 2 01010101: valid, trusted
          next look 2025-02-11 11:59:59 UTC
        ");
    }
}
