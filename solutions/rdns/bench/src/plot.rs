//! Plots: the share of queries that are answered within a time, for each resolver, as SVG.

use std::fmt::Write as _;
use std::time::Duration;

use crate::report::{Measured, on_or_off};
use crate::resolvers::{Mode, Resolver};

/// The size of the area of the curves, and the margins around it, in pixels.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 40.0;
/// The ends of the time axis, which is logarithmic, in seconds.
const FIRST: f64 = 0.000_1;
const LAST: f64 = 10.0;
/// The number of points of a curve.
const POINTS: u32 = 320;

/// Draws the curves of one mode. Each has a colour and a dash of its own.
pub(crate) fn draw(mode: Mode, all: &[Measured]) -> String {
    let title = format!(
        "Answers within a time: QNAME minimisation {}, validation {}",
        on_or_off(mode.minimises),
        on_or_off(mode.validates)
    );
    let (right, bottom) = (LEFT + WIDTH, TOP + HEIGHT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"{title}\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"{LEFT}\" y=\"24\" font-size=\"15\">{title}</text>\n",
        right + 150.0,
        bottom + 48.0
    );
    for (seconds, label) in [
        (0.000_1, "0.1 ms"),
        (0.001, "1 ms"),
        (0.01, "10 ms"),
        (0.1, "100 ms"),
        (1.0, "1 s"),
        (10.0, "10 s"),
    ] {
        let at = x(seconds);
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{label}</text>",
            bottom + 18.0
        );
    }
    for percent in [0, 25, 50, 75, 100] {
        let at = y(f64::from(percent) / 100.0);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#ddd\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">time from the arrival of the query to its right answer</text>",
        LEFT + WIDTH / 2.0,
        bottom + 38.0
    );
    for (place, measured) in (0..).zip(all.iter().filter(|measured| measured.mode == mode)) {
        let (colour, dash) = style(measured.resolver);
        let at = TOP + 20.0 + 22.0 * f64::from(place);
        let stroke = format!(
            "fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\""
        );
        let _ = writeln!(
            svg,
            "<path d=\"{}\" {stroke}/>",
            curve(&measured.times(), measured.live())
        );
        let _ = writeln!(
            svg,
            "<path d=\"M{} {at}h24\" {stroke}/><text x=\"{}\" y=\"{}\">{}</text>",
            right + 8.0,
            right + 36.0,
            at + 4.0,
            measured.resolver.name()
        );
    }
    svg.push_str("</svg>\n");
    svg
}

/// Returns the path of a curve: at each time, the share of queries that are answered by then.
fn curve(times: &[Duration], queries: usize) -> String {
    let mut path = String::new();
    for point in 0..=POINTS {
        let part = f64::from(point) / f64::from(POINTS);
        let seconds = FIRST * (LAST / FIRST).powf(part);
        let answered = times.partition_point(|time| time.as_secs_f64() <= seconds);
        let share = answered as f64 / queries.max(1) as f64;
        let command = if point == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{command}{:.1} {:.1}", x(seconds), y(share));
    }
    path
}

fn x(seconds: f64) -> f64 {
    LEFT + WIDTH * (seconds / FIRST).ln() / (LAST / FIRST).ln()
}

fn y(share: f64) -> f64 {
    TOP + HEIGHT * (1.0 - share)
}

/// Returns a colour that is told from the others by the colour-blind, too, and a pattern of dashes.
fn style(resolver: Resolver) -> (&'static str, &'static str) {
    match resolver {
        Resolver::Rdns => ("#000000", "none"),
        Resolver::Unbound => ("#0072b2", "8 3"),
        Resolver::Kresd => ("#d55e00", "2 3"),
        Resolver::PdnsRecursor => ("#009e73", "10 3 2 3"),
        Resolver::Hickory => ("#cc79a7", "5 5"),
    }
}
