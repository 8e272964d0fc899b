//! Which `todo!()`s a source file holds: what is not written yet is read from the learner's own text.
//!
//! A scanner, no parser: it need only know what is a comment, a string or a character, so that it works on a file
//! that does not compile.

/// A `todo!(…)` in a source file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Todo {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// The message as a panic would print it; empty for a bare `todo!()`.
    pub(crate) text: String,
}

/// All of them, in order.
pub(crate) fn todos(source: &str) -> Vec<Todo> {
    let mut found = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        if let Some(arguments) = macro_call(rest, source) {
            let line = source.len() - rest.len();
            let line = source
                .get(..line)
                .map_or(1, |before| before.matches('\n').count() + 1);
            found.push(Todo {
                line,
                text: message(arguments),
            });
        }
        rest = skip(rest);
    }
    found
}

/// What follows `todo!(`, if `rest` starts with it and no longer word ends there.
fn macro_call<'s>(rest: &'s str, source: &str) -> Option<&'s str> {
    let arguments = rest
        .strip_prefix("todo!")?
        .trim_start()
        .strip_prefix(['(', '[', '{'])?;
    let before = source.get(..source.len() - rest.len())?.chars().next_back();
    (!before.is_some_and(|c| c.is_alphanumeric() || c == '_')).then_some(arguments)
}

/// The text after the next token that matters: a comment, a literal, or one character.
fn skip(rest: &str) -> &str {
    if let Some(comment) = rest.strip_prefix("//") {
        return comment
            .find('\n')
            .and_then(|end| comment.get(end..))
            .unwrap_or("");
    }
    if rest.starts_with("/*") {
        return after_block_comment(rest);
    }
    if let Some(body) = rest.strip_prefix('"') {
        return literal(body, '"').1;
    }
    if let Some(after) = after_raw_string(rest) {
        return after;
    }
    let mut chars = rest.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), _) => rest.get(1..).map_or("", |body| literal(body, '\'').1),
        (Some('\''), Some(_), Some('\'')) => chars.as_str(),
        (Some(first), ..) => rest.get(first.len_utf8()..).unwrap_or(""),
        (None, ..) => "",
    }
}

fn after_block_comment(rest: &str) -> &str {
    let mut depth = 0_usize;
    let mut rest = rest;
    while !rest.is_empty() {
        let step = if rest.starts_with("/*") {
            depth += 1;
            2
        } else if rest.starts_with("*/") {
            depth -= 1;
            2
        } else {
            rest.chars().next().map_or(1, char::len_utf8)
        };
        rest = rest.get(step..).unwrap_or("");
        if depth == 0 {
            break;
        }
    }
    rest
}

fn after_raw_string(rest: &str) -> Option<&str> {
    let hashes = rest.strip_prefix('r')?;
    let body = hashes.trim_start_matches('#');
    let fence = format!("\"{}", "#".repeat(hashes.len() - body.len()));
    let body = body.strip_prefix('"')?;
    Some(
        body.find(&fence)
            .and_then(|end| body.get(end + fence.len()..))
            .unwrap_or(""),
    )
}

/// The value of a literal whose opening quote is behind us, and what follows its closing one.
fn literal(body: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut chars = body.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some('\n') => chars = chars.as_str().trim_start().chars(),
                Some(other) => value.push(other),
                None => {}
            },
            c if c == quote => break,
            c => value.push(c),
        }
    }
    (value, chars.as_str())
}

/// The message of `todo!(` from its arguments, with the doubled braces of a format string made single.
fn message(arguments: &str) -> String {
    match arguments.trim_start().strip_prefix('"') {
        Some(body) => literal(body, '"').0.replace("{{", "{").replace("}}", "}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(usize, String)> {
        todos(source)
            .into_iter()
            .map(|todo| (todo.line, todo.text))
            .collect()
    }

    #[test]
    fn finds_them_by_line() {
        let source = "fn f() {\n    todo!(\"Set \\\"it\\\" {{id}} \\\\ up.\")\n}\nfn g() { todo!() }\nfn h() {\n  todo!(\n    \"long \\\n     one\"\n  )\n}";
        let expected = [
            (2, "Set \"it\" {id} \\ up.".to_owned()),
            (4, String::new()),
            (6, "long one".to_owned()),
        ];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn what_only_looks_like_one_is_passed_over() {
        let source = "// todo!(\"a\")\n/* todo!() /* */ todo!() */\nlet s = \"todo!()\\\"todo!()\"; let r = r#\"todo!(\"x\")\"#;\nlet c = '\"'; let d = '\\''; let l: &'a str = not_todo!();\nlet e = '\u{e9}'; todo!(\"here\")";
        assert_eq!(texts(source), [(5, "here".to_owned())]);
    }

    #[test]
    fn a_file_that_ends_anywhere_is_fine() {
        let source = "fn f<'a>() { /* é */ todo!(\"x\\n{{\"); r##\"s\"##; '\\u{41}' }";
        for end in (0..=source.len()).filter(|end| source.is_char_boundary(*end)) {
            todos(&source[..end]);
        }
    }
}
