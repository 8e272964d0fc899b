//! [`ManagedAnchors`]: trust anchors that follow the keys of their zones (RFC 5011), with lesson 20's
//! state machine, and a file that keeps its states over restarts.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chain::{SignedRrset, TrustAnchors};
use chase::{Knowledge, Resolver, ServerSelection, Trace};
use dnsparse::{Class, Name, Question, RecordType};
use network::Network;
use recursive::ThreadRandom;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep_until};
use trust::key_state::KeyState;
use trust::refresh::{KeyTimes, LastLook};
use trust::retries::MAX_RETRIES;
use trust::trust_point::{Change, TrustPoint};

use super::anchor_file;
use super::anchor_report::{AnchorReport, PointReport};
use super::assemble::assemble;
use super::trust_state::TrustState;
use crate::config::ConfigError;
use crate::config::input::read;

/// The trust points of a resolver, and the file with their states.
#[derive(Debug, Clone)]
pub struct ManagedAnchors {
    file: PathBuf,
    points: Vec<TrustPoint>,
}

/// Whether a trust point of the file has begun with an anchor of the configuration. (The file keeps the
/// keys that were removed, too.)
fn follows(point: &TrustPoint, anchors: &TrustAnchors) -> bool {
    let configured = anchors.of(&point.zone);
    let mut keys = point.keys().iter();
    keys.any(|key| configured.contains(&key.ds))
}

/// When a trust point is looked at again, and what its last look has brought.
#[derive(Debug, Clone)]
struct Due {
    at: Instant,
    times: KeyTimes,
    last_look: Option<(u32, Result<(), String>)>,
}

impl ManagedAnchors {
    /// Reads the file, and adds the anchors of the configuration; without a file, starts from these.
    ///
    /// # Errors
    /// If the file cannot be read, or is wrong, or keeps the keys of another root. It is not made anew
    /// then: it may be the only place that knows of a revoked key.
    pub fn load(file: &Path, anchors: &TrustAnchors) -> Result<ManagedAnchors, ConfigError> {
        let mut points = match read("trust-anchor-state", file) {
            Ok(text) => anchor_file::parse(&text).map_err(|(line, text)| ConfigError::Line {
                file: file.display().to_string(),
                line,
                text,
            })?,
            Err(error) if error.is_missing_file() => Vec::new(),
            Err(error) => return Err(error),
        };
        let foreign = points.iter().find(|point| !follows(point, anchors));
        if let Some(point) = foreign {
            return Err(ConfigError::File {
                file: file.display().to_string(),
                text: format!(
                    "has other keys of {} than the trust anchors that are configured, and would have them trusted as well: name another file, or remove this one",
                    point.zone
                ),
            });
        }
        for (zone, anchors) in anchors.zones() {
            match points.iter_mut().find(|point| point.zone == *zone) {
                Some(point) => point.add_anchors(anchors),
                None => points.push(TrustPoint::new(zone.clone(), anchors)),
            }
        }
        let file = file.to_owned();
        Ok(ManagedAnchors { file, points })
    }

    /// Returns the keys that are trusted.
    pub fn anchors(&self) -> TrustAnchors {
        let mut anchors = TrustAnchors::new();
        for point in &self.points {
            for ds in point.anchors() {
                anchors.add_ds(point.zone.clone(), ds);
            }
        }
        anchors
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The system's error.
    pub fn write(&self) -> io::Result<()> {
        anchor_file::write(&self.file, &self.points)
    }

    /// Writes the file in a thread that may wait for the disk.
    async fn write_in_thread(&self) -> io::Result<()> {
        let anchors = self.clone();
        let written = spawn_blocking(move || anchors.write()).await;
        written.unwrap_or_else(|panic| Err(io::Error::other(panic)))
    }

    /// Looks at the keys of each trust point, at the intervals of RFC 5011 section 2.3, and has the
    /// validator trust those that are trusted then. `print` gets a line about each change.
    pub async fn keep<N: Network, K: Knowledge, S: ServerSelection>(
        mut self,
        resolver: &Resolver<N, K, S>,
        state: &TrustState,
        print: impl Fn(&str),
    ) -> Infallible {
        let first = Due {
            at: Instant::now(),
            times: KeyTimes::default(),
            last_look: None,
        };
        let mut dues = vec![first; self.points.len()];
        let mut not_written = None;
        loop {
            state.set_report(self.report(&dues, &not_written, state.now()));
            let next = dues.iter().enumerate().min_by_key(|(_, due)| due.at);
            let Some((index, due)) = next.map(|(index, due)| (index, due.clone())) else {
                return std::future::pending().await; // there is no trust point
            };
            sleep_until(due.at).await;
            let Some(point) = self.points.get_mut(index) else {
                continue;
            };
            let before = point.clone();
            let (times, looked) = look(point, due.times, resolver, state, &print).await;
            let is_changed = before != *point;
            if let Some(due) = dues.get_mut(index) {
                let last_look = match &looked {
                    Ok(()) => LastLook::Validated,
                    Err(_) => LastLook::Failed,
                };
                let seconds = times.interval(last_look);
                *due = Due {
                    at: Instant::now() + Duration::from_secs(seconds.into()),
                    times,
                    last_look: Some((state.now(), looked)),
                };
            }
            if is_changed {
                state.set_anchors(self.anchors());
            }
            if is_changed || not_written.is_some() {
                let written = self.write_in_thread().await;
                if let Err(error) = &written {
                    let file = self.file.display();
                    print(&format!(
                        "cannot write the trust anchors to {file}: {error}"
                    ));
                }
                not_written = written.err().map(|error| error.to_string());
            }
        }
    }

    /// Returns what `rdns ctl trust-anchors` shows.
    fn report(&self, dues: &[Due], not_written: &Option<String>, now: u32) -> AnchorReport {
        let points = self.points.iter().zip(dues).map(|(point, due)| {
            let left = due.at.saturating_duration_since(Instant::now()).as_secs();
            PointReport {
                point: point.clone(),
                last_look: due.last_look.clone(),
                next_look: now.saturating_add(u32::try_from(left).unwrap_or(u32::MAX)),
            }
        });
        AnchorReport {
            file: self.file.clone(),
            not_written: not_written.clone(),
            points: points.collect(),
        }
    }
}

/// Looks at the keys of a trust point once: at the servers themselves, past the cache, and at others if
/// no trusted key has signed the keys of the first. Returns their times, and the reason if no trusted key
/// has signed any.
async fn look<N: Network, K: Knowledge, S: ServerSelection>(
    point: &mut TrustPoint,
    mut times: KeyTimes,
    resolver: &Resolver<N, K, S>,
    state: &TrustState,
    print: &impl Fn(&str),
) -> (KeyTimes, Result<(), String>) {
    let question = Question {
        qname: point.zone.clone(),
        qtype: RecordType::DNSKEY,
        qclass: Class::IN,
    };
    let mut rejected = BTreeSet::new();
    let mut reason = "the reply has no keys".to_owned();
    for _ in 0..MAX_RETRIES {
        let (random, trace) = (&mut ThreadRandom, &mut Trace::for_log());
        let search = resolver.resolve_again(&question, &rejected, random, trace);
        let resolution = Box::pin(search).await;
        if let Some(failure) = &resolution.failure {
            return (times, Err(failure.to_string()));
        }
        let Some(assembled) = assemble(&question, &resolution, state.signatures()) else {
            return (times, Err("the reply was not kept".to_owned()));
        };
        let (zone, rtype) = (&point.zone, RecordType::DNSKEY);
        if let Some(rrset) = SignedRrset::find(&assembled.response.answer, zone, rtype) {
            let now = state.now();
            let look = point.handle_rrset(&rrset, now, state.crypto());
            for change in &look.changes {
                print(&line(&point.zone, change));
            }
            if !look.changes.is_empty() && point.anchors().is_empty() {
                print(&no_anchor(&point.zone));
            }
            match look.verified {
                Ok(_) => {
                    times = KeyTimes::of(&rrset, now);
                    return (times, Ok(()));
                }
                Err(error) => reason = error.to_string(),
            }
        }
        rejected.extend(assembled.servers);
    }
    (times, Err(reason))
}

fn no_anchor(zone: &Name) -> String {
    format!(
        "no trust anchor of {zone} is left: its names are not validated, until a new version or trust-anchor brings one"
    )
}

/// Returns the line about a key whose state has changed.
fn line(zone: &Name, change: &Change) -> String {
    let text = match change.to {
        KeyState::Start => "was taken back before it was trusted".to_owned(),
        KeyState::AddPending { until } => {
            let day = trust::calendar::date(until);
            format!("is new, and not trusted before {day}")
        }
        KeyState::Valid => "is trusted".to_owned(),
        KeyState::Missing => "is missing, and still trusted".to_owned(),
        KeyState::Revoked { .. } => "is revoked, and not trusted any more".to_owned(),
        KeyState::Removed => "is removed".to_owned(),
    };
    format!("trust anchor: key {} of {zone} {text}", change.ds.key_tag)
}
