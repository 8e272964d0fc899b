//! [`Picture`]: shapes with places, as an SVG file for a chapter, or as JSON for a page.
//!
//! One drawing serves both, so that a chapter's picture and the page's look the same. A picture is
//! about [`WIDTH`] units wide, with letters of 13: on a telephone it is shrunk by a quarter and can
//! still be read.

pub(crate) mod bars;
pub(crate) mod sequence;
mod svg;

use serde_json::{Value, json};

/// The width of most pictures.
pub(crate) const WIDTH: i32 = 480;
/// The width of a letter in 13-unit monospace, as all systems' fonts have it, rounded up.
const LETTER: i32 = 8;

/// A drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) title: String,
    /// The picture in sentences, for screen readers.
    pub(crate) description: String,
    pub(crate) width: i32,
    pub(crate) height: i32,
    shapes: Vec<Shape>,
    /// The step that shapes belong to which are added next; 0 for none.
    pub(crate) step: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    step: usize,
    /// Its classes; `STYLE` has their colours.
    class: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Line([i32; 4]),
    /// Left, top, width, height.
    Box([i32; 4]),
    Text(i32, i32, String),
}

/// Where a text stands: its place is its start, its middle or its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Picture {
    pub(crate) fn new(title: impl Into<String>) -> Picture {
        Picture {
            title: title.into(),
            description: String::new(),
            width: WIDTH,
            height: 0,
            shapes: Vec::new(),
            step: 0,
        }
    }

    /// Adds a sentence to the description.
    pub(crate) fn describe(&mut self, sentence: impl AsRef<str>) {
        if !self.description.is_empty() {
            self.description.push(' ');
        }
        self.description.push_str(sentence.as_ref());
    }

    /// Draws a line.
    pub(crate) fn line(&mut self, class: &str, from: (i32, i32), to: (i32, i32)) {
        self.grow(from.1.max(to.1));
        self.add(class, Form::Line([from.0, from.1, to.0, to.1]));
    }

    /// Draws a line with a point at its end.
    pub(crate) fn arrow(&mut self, class: &str, from: (i32, i32), to: (i32, i32)) {
        self.line(class, from, to);
        let (dx, dy) = (f64::from(to.0 - from.0), f64::from(to.1 - from.1));
        let length = dx.hypot(dy).max(1.0);
        let (ux, uy) = (dx / length, dy / length);
        let point = |side: f64| {
            let x = f64::from(to.0) - 8.0 * ux + side * 4.0 * uy;
            let y = f64::from(to.1) - 8.0 * uy - side * 4.0 * ux;
            (x.round() as i32, y.round() as i32)
        };
        let solid = class.replace("dashed", "");
        for side in [1.0, -1.0] {
            self.line(solid.trim(), point(side), to);
        }
    }

    /// Draws a box.
    pub(crate) fn rectangle(&mut self, class: &str, at: (i32, i32), size: (i32, i32)) {
        self.grow(at.1 + size.1);
        self.add(class, Form::Box([at.0, at.1, size.0, size.1]));
    }

    /// Writes a text.
    pub(crate) fn text(
        &mut self,
        class: &str,
        at: (i32, i32),
        anchor: Anchor,
        text: impl Into<String>,
    ) {
        self.grow(at.1 + 4);
        let class = match anchor {
            Anchor::Start => class.to_owned(),
            Anchor::Middle => format!("{class} middle"),
            Anchor::End => format!("{class} end"),
        };
        self.add(&class, Form::Text(at.0, at.1, text.into()));
    }

    fn add(&mut self, class: &str, form: Form) {
        self.shapes.push(Shape {
            step: self.step,
            class: class.to_owned(),
            form,
        });
    }

    fn grow(&mut self, bottom: i32) {
        self.height = self.height.max(bottom + 8);
    }

    /// Lists the shapes that leave the page.
    #[cfg(test)]
    pub(crate) fn outside(&self) -> Vec<String> {
        let is_outside = |shape: &&Shape| {
            let (left, right, top, bottom) = match &shape.form {
                Form::Line([x1, y1, x2, y2]) => {
                    (*x1.min(x2), *x1.max(x2), *y1.min(y2), *y1.max(y2))
                }
                Form::Box([x, y, width, height]) => (*x, x + width, *y, y + height),
                Form::Text(x, y, text) => {
                    // 11 units high letters are narrower.
                    let letter = if shape.class.contains("small") {
                        7
                    } else {
                        LETTER
                    };
                    let wide = width(text) / LETTER * letter;
                    let left = match &shape.class {
                        class if class.contains("end") => x - wide,
                        class if class.contains("middle") => x - wide / 2,
                        _ => *x,
                    };
                    (left, left + wide, y - 10, *y)
                }
            };
            left < 0 || top < 0 || right > self.width || bottom > self.height
        };
        let outside = self.shapes.iter().filter(is_outside);
        outside.map(|shape| format!("{shape:?}")).collect()
    }

    /// Returns the picture for a page, which makes the elements.
    pub(crate) fn to_json(&self) -> Value {
        let shape = |shape: &Shape| {
            let (form, numbers, text) = match &shape.form {
                Form::Line(numbers) => ("line", numbers.to_vec(), ""),
                Form::Box(numbers) => ("rect", numbers.to_vec(), ""),
                Form::Text(x, y, text) => ("text", vec![*x, *y], &**text),
            };
            json!({ "form": form, "class": shape.class, "step": shape.step, "at": numbers, "text": text })
        };
        json!({
            "title": self.title,
            "description": self.description,
            "width": self.width,
            "height": self.height,
            "shapes": self.shapes.iter().map(shape).collect::<Vec<_>>(),
        })
    }
}

/// Returns the width of a text in units.
pub(crate) fn width(text: &str) -> i32 {
    i32::try_from(text.chars().count()).map_or(WIDTH, |letters| letters * LETTER)
}

/// Shortens a text to a width in units.
pub(crate) fn fit(text: &str, width: i32) -> String {
    let most = usize::try_from(width / LETTER).unwrap_or(1).max(1);
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_s_point_lies_before_its_end() {
        let mut picture = Picture::new("");
        picture.arrow("a dashed", (0, 10), (100, 10));
        let lines: Vec<_> = picture
            .shapes
            .iter()
            .map(|it| (&*it.class, &it.form))
            .collect();
        let expected = [
            ("a dashed", &Form::Line([0, 10, 100, 10])),
            ("a", &Form::Line([92, 6, 100, 10])),
            ("a", &Form::Line([92, 14, 100, 10])),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn long_texts_are_shortened_between_characters() {
        assert_eq!(fit("käse.example.", 5 * LETTER), "käse…");
        assert_eq!(fit("kä", 5 * LETTER), "kä");
    }
}
