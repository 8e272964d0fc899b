//! A picture as an SVG file, with colours of its own for light and dark.

use crate::draw::{Form, Picture, Shape};
use std::fmt::Write as _;

/// The colours of the classes. `assets/walk.css` has the same classes for the page, with the page's
/// colours.
const STYLE: &str = include_str!("../../assets/picture.css");

impl Picture {
    /// Returns the picture as a file, with colours of its own for light and dark.
    pub(crate) fn to_svg(&self) -> String {
        let (width, height) = (self.width, self.height);
        let (title, description) = (escaped(&self.title), escaped(&self.description));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             role=\"img\" aria-labelledby=\"title desc\">\n\
             <!-- Made by `cargo xtask pictures`. -->\n\
             <title id=\"title\">{title}</title>\n<desc id=\"desc\">{description}</desc>\n\
             <style>\n{STYLE}</style>\n<rect class=\"page\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n"
        );
        for Shape { class, form, .. } in &self.shapes {
            // Writing to a string does not fail.
            let _ = match form {
                Form::Line([x1, y1, x2, y2]) => writeln!(
                    svg,
                    "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
                ),
                Form::Box([x, y, width, height]) => writeln!(
                    svg,
                    "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"3\"/>"
                ),
                Form::Text(x, y, text) => writeln!(
                    svg,
                    "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" xml:space=\"preserve\">{}</text>",
                    escaped(text)
                ),
            };
        }
        svg.push_str("</svg>\n");
        svg
    }
}

/// Escapes a text for XML. Characters that XML 1.0 forbids become U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(' '),
            '\u{0}'..'\u{20}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Anchor;

    #[test]
    fn texts_are_escaped_and_shapes_have_their_places() {
        let mut picture = Picture::new("a < b");
        picture.describe("One & two.");
        picture.describe("\u{1}Three.");
        picture.text("t", (10, 20), Anchor::End, "<script>\"&\u{0}");
        picture.rectangle("question", (0, 30), (40, 12));
        let svg = picture.to_svg();
        for part in [
            "<title id=\"title\">a &lt; b</title>",
            "<desc id=\"desc\">One &amp; two. \u{fffd}Three.</desc>",
            "class=\"t end\" x=\"10\" y=\"20\" xml:space=\"preserve\">&lt;script&gt;&quot;&amp;\u{fffd}</text>",
            "height=\"50\" viewBox=\"0 0 480 50\"",
        ] {
            assert!(svg.contains(part), "{svg}, without {part}");
        }
    }
}
