//! Arithmetic in the steps of unbound's scenarios: `${24*3600 + $probe}`.

use std::collections::HashMap;

/// The variables that ASSIGN has set.
pub(crate) type Variables = HashMap<String, f64>;

/// Computes an expression: numbers, `$variables` and `${…}`, joined by `+ - * /` from left to right
/// without precedence.
///
/// Returns `None` for an unknown variable, or for a function such as `${time}`.
pub(crate) fn evaluate(text: &str, variables: &Variables) -> Option<f64> {
    let mut rest = text.trim_start();
    let (mut value, mut operator) = (0.0, '+');
    loop {
        let (operand, after) = operand(rest, variables)?;
        match operator {
            '+' => value += operand,
            '-' => value -= operand,
            '*' => value *= operand,
            _ => value /= operand,
        }
        rest = after.trim_start();
        let Some(next) = rest.chars().next() else {
            return Some(value);
        };
        operator = Some(next).filter(|next| "+-*/".contains(*next))?;
        rest = rest.get(1..)?.trim_start();
    }
}

/// Parses an operand. Returns its value, and the text after it.
fn operand<'t>(text: &'t str, variables: &Variables) -> Option<(f64, &'t str)> {
    if let Some(inner) = text.strip_prefix("${") {
        let end = closing_brace(inner)?;
        return Some((
            evaluate(inner.get(..end)?, variables)?,
            inner.get(end + 1..)?,
        ));
    }
    let name = text.strip_prefix('$');
    let text = name.unwrap_or(text);
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
    let (word, rest) = text.split_at(text.find(|letter| !is_part(letter)).unwrap_or(text.len()));
    let value = match name {
        Some(_) => *variables.get(word)?,
        None => word.parse().ok()?,
    };
    Some((value, rest))
}

/// Finds the brace that closes the one before this text.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    text.find(|letter| {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return true,
            '}' => depth -= 1,
            _ => {}
        }
        false
    })
}

#[test]
fn expressions_are_computed_from_left_to_right() {
    let variables = Variables::from([("probe".to_owned(), 7.0)]);
    let cases = [
        ("10", Some(10.0)),
        ("2+3*4", Some(20.0)),
        ("2+${3*4}", Some(14.0)),
        ("${ ${24*3600} - 100 }", Some(86_300.0)),
        ("${$probe}", Some(7.0)),
        ("${1.5 * 2}", Some(3.0)),
        ("${$unknown}", None),
        ("${time}", None),
        ("1 2", None),
        ("", None),
    ];
    for (text, value) in cases {
        assert_eq!(evaluate(text, &variables), value, "the value of '{text}'");
    }
}
