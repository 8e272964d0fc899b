//! Bars on an axis: times, or other numbers.

use crate::draw::{Anchor, Picture, WIDTH, fit};

/// The beginning of the axis, unless labels are longer; labels are to its left.
pub(crate) const AXIS: i32 = 190;
/// The height of a row.
const ROW: i32 = 22;
/// The least distance of marks on the axis: room for a number of five digits.
const MARK: i64 = 44;

/// A row of bars.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// The step that the row belongs to; 0 for none.
    pub(crate) step: usize,
    pub(crate) spans: Vec<Span>,
}

/// A bar from one number to another.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// The class of its colour.
    pub(crate) class: &'static str,
    /// A text to its right.
    pub(crate) text: String,
}

/// Draws rows below `y` on an axis from 0 to `all`, and returns their lower end.
pub(crate) fn bars(
    picture: &mut Picture,
    y: i32,
    axis: i32,
    (unit, all): (&str, i64),
    rows: &[Row],
) -> i32 {
    let all = all.max(1);
    let room = i64::from(WIDTH - 16 - axis);
    let place = |at: i64| axis + i32::try_from(at.clamp(0, all) * room / all).unwrap_or(0);
    let bottom = y + 30 + ROW * i32::try_from(rows.len()).unwrap_or(0);
    let tick = tick(all, (room / MARK).clamp(1, 6));
    for mark in (0..=all / tick).map(|count| count * tick) {
        let x = place(mark);
        picture.line("faint", (x, y + 24), (x, bottom));
        let anchor = if x > WIDTH - 30 {
            Anchor::End
        } else {
            Anchor::Middle
        };
        picture.text("quiet small", (x, y + 18), anchor, mark.to_string());
    }
    picture.text("quiet small", (10, y + 18), Anchor::Start, unit);
    for (index, row) in rows.iter().enumerate() {
        picture.step = row.step;
        let y = y + 30 + ROW * i32::try_from(index).unwrap_or(0);
        picture.text(
            "text",
            (10, y + 13),
            Anchor::Start,
            fit(&row.label, axis - 14),
        );
        for span in &row.spans {
            let (from, to) = (place(span.from), place(span.to));
            let class = format!("bar {}", span.class);
            picture.rectangle(&class, (from, y + 2), ((to - from).max(3), 14));
            picture.text(
                "quiet small",
                (to + 6, y + 13),
                Anchor::Start,
                fit(&span.text, WIDTH - to - 8),
            );
        }
    }
    picture.step = 0;
    bottom
}

/// Returns the distance of marks on an axis, so that the last one is at most the `most`th after 0.
fn tick(all: i64, most: i64) -> i64 {
    let powers = (0..=18).map(|power| 10_i64.pow(power));
    let mut steps = powers.flat_map(|power| [power, 2 * power, 5 * power]);
    steps.find(|step| all / step <= most).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_as_many_marks_as_there_is_room_for() {
        for (all, most, expected) in [
            (1, 6, 1),
            (6, 6, 1),
            (6, 5, 2),
            (7, 6, 2),
            (90, 6, 20),
            (90, 4, 20),
            (90, 3, 50),
            (430, 6, 100),
            (3_600, 6, 1_000),
            (i64::MAX, 6, 2_000_000_000_000_000_000),
        ] {
            assert_eq!(tick(all, most), expected, "{all} with room for {most}");
        }
    }
}
