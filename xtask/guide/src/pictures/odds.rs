//! The bits that an off-path attacker has to guess, by lesson 13's own formula.

use crate::draw::Picture;
use crate::draw::bars::{Row, Span, bars};
use anyhow::Result;
use spoof::odds::Space;

/// Draws the bits for resolvers with fewer and with more defences.
pub(crate) fn odds() -> Result<Picture> {
    let letters = u32::try_from(
        "www.example.com"
            .chars()
            .filter(|it| it.is_ascii_alphabetic())
            .count(),
    )?;
    let ports = u32::from(u16::MAX - lab::LEAST_PORT) + 1;
    let space = |ids, ports, letters, equal_queries| Space {
        ids,
        ports,
        letters,
        equal_queries,
    };
    let cases = [
        ("counted ids", space(1, 1, 0, 1)),
        ("random ids", space(1 << 16, 1, 0, 1)),
        ("100 equal queries", space(1 << 16, 1, 0, 100)),
        ("and random ports", space(1 << 16, ports, 0, 1)),
        ("and random case", space(1 << 16, ports, letters, 1)),
    ];
    let mut sentences = Vec::new();
    let rows: Vec<Row> = cases
        .iter()
        .map(|(label, space)| {
            let bits = space.bits();
            sentences.push(format!("{label}, {bits:.1} bits"));
            Row {
                label: (*label).to_owned(),
                step: 0,
                spans: vec![Span {
                    from: 0,
                    to: bits.round() as i64,
                    class: if bits > 30.0 { "good" } else { "bad" },
                    text: format!("{bits:.1}"),
                }],
            }
        })
        .collect();
    let mut picture = Picture::new(format!(
        "The number of bits that an off-path attacker has to guess for a query for www.example.com: {}.",
        sentences.join("; ")
    ));
    bars(&mut picture, 0, 170, ("bits", 50), &rows);
    Ok(picture)
}
