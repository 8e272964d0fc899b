//! Lesson 20's trust anchors: the root's keys over the years, as a resolver of 2017 follows them.

use crate::draw::{Anchor, Picture, WIDTH};
use anyhow::{Context as _, Result};
use crypto::Ring;
use dnsparse::Name;
use trust::calendar::{date, day};
use trust::key_state::KeyState;
use trust::root_history::{LAST_DAY, ROOT_TIMES, look, root_keys};
use trust::trust_point::{TrustPoint, ds};

/// The years on the axis.
const YEARS: std::ops::Range<u32> = 2017..2027;
/// The left end of the axis, and the height of a row.
const AXIS: i32 = 70;
const ROW: i32 = 44;

/// A key's time in one state.
struct Span {
    key_tag: u16,
    state: KeyState,
    from: u32,
    to: u32,
}

/// Draws the states of the root's keys.
pub(crate) fn root() -> Result<Picture> {
    let (start, end) = (time("2017-01-01")?, time(LAST_DAY)?);
    let spans = follow(start, end)?;
    let mut tags: Vec<u16> = spans.iter().map(|span| span.key_tag).collect();
    tags.dedup();
    tags.sort_unstable();
    tags.dedup();
    let mut picture = Picture::new("");
    let place = |at: u32| {
        let room = i64::from(WIDTH - 16 - AXIS);
        let all = i64::from(YEARS.end - YEARS.start) * 365;
        let days = i64::from((at - start) / 86_400);
        AXIS + i32::try_from(days * room / all).unwrap_or(0)
    };
    let bottom = 30 + ROW * i32::try_from(tags.len())?;
    for year in YEARS {
        let x = place(time(&format!("{year}-01-01"))?);
        picture.line("faint", (x, 24), (x, bottom));
        picture.text("quiet small", (x, 18), Anchor::Middle, year.to_string());
    }
    let mut sentences = Vec::new();
    for (row, tag) in (0..).zip(&tags) {
        let y = 30 + ROW * row;
        picture.text("text", (10, y + 28), Anchor::Start, tag.to_string());
        for span in spans.iter().filter(|span| span.key_tag == *tag) {
            let (word, class) = word(span.state);
            let (from, to) = (place(span.from), place(span.to));
            if span.state != KeyState::Removed {
                let size = ((to - from).max(3), 16);
                picture.rectangle(&format!("bar {class}"), (from, y + 16), size);
            }
            let is_last = span.to == end;
            let until = if is_last { "" } else { " until " };
            let day = if is_last {
                String::new()
            } else {
                date(span.to)
            };
            sentences.push(format!(
                "key {tag} {word} from {}{until}{day}",
                date(span.from)
            ));
        }
        let texts = spans.iter().filter(|span| span.key_tag == *tag);
        for (span, line) in texts.zip([10, 42, 10, 42]) {
            let (word, _) = word(span.state);
            picture.text(
                "quiet small",
                (place(span.from), y + line),
                Anchor::Start,
                word,
            );
        }
    }
    picture.title = format!(
        "The root's keys as a resolver follows them that trusts the key of 2010 at the start of 2017: {}.",
        sentences.join("; ")
    );
    Ok(picture)
}

/// Looks at the root's keys once a day, and returns the times of their states.
fn follow(start: u32, end: u32) -> Result<Vec<Span>> {
    let keys = root_keys()?;
    let first = keys.first().and_then(|key| ds(&Name::ROOT, key, &Ring));
    let mut point = TrustPoint::new(Name::ROOT, &[first.context("there is no key")?]);
    let mut spans: Vec<Span> = Vec::new();
    let mut now = start;
    while now < end {
        let (_, result) = look(&mut point, &keys, now, &Ring);
        for key in point.keys() {
            let tag = key.ds.key_tag;
            let same = std::mem::discriminant(&key.state);
            let open = spans.iter_mut().rev().find(|span| span.key_tag == tag);
            match open.filter(|span| std::mem::discriminant(&span.state) == same) {
                Some(span) => span.to = end,
                None => spans.push(Span {
                    key_tag: tag,
                    state: key.state,
                    from: now,
                    to: end,
                }),
            }
        }
        now += ROOT_TIMES.interval(result);
    }
    // A state ends where the next one of the key begins.
    for index in 0..spans.len() {
        let (before, after) = spans.split_at_mut(index + 1);
        if let Some(span) = before.last_mut()
            && let Some(next) = after.iter().find(|next| next.key_tag == span.key_tag)
        {
            span.to = next.from;
        }
    }
    Ok(spans)
}

/// Returns a word for a state, and the class of its bar.
fn word(state: KeyState) -> (&'static str, &'static str) {
    match state {
        KeyState::Start | KeyState::AddPending { .. } => ("waits", "quiet"),
        KeyState::Valid | KeyState::Missing => ("is trusted", "good"),
        KeyState::Revoked { .. } => ("is revoked", "bad"),
        KeyState::Removed => ("is removed", "faint"),
    }
}

fn time(text: &str) -> Result<u32> {
    day(text).with_context(|| format!("{text} is no day"))
}
