//! The `todo!()`s of a source file: the learner's own text shows which stubs are left.
//!
//! This is a scanner and not a parser. It only recognises comments, strings and characters, so it
//! also works on a file that does not compile.

/// A `todo!(…)` in a source file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Todo {
    /// Its line, from 1.
    pub(crate) line: usize,
    /// The message as a panic would print it; empty for a bare `todo!()`.
    pub(crate) text: String,
}

/// Lists all `todo!()`s of a source file, in order.
pub(crate) fn todos(source: &str) -> Vec<Todo> {
    let mut todos = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        if let Some(arguments) = macro_call(rest, source) {
            let line = source.len() - rest.len();
            let line = source
                .get(..line)
                .map_or(1, |before| before.matches('\n').count() + 1);
            todos.push(Todo {
                line,
                text: message(arguments),
            });
        }
        rest = skip(rest);
    }
    todos
}

/// Returns the text after `todo!(` if `rest` starts with it, and not in the middle of a word.
fn macro_call<'s>(rest: &'s str, source: &str) -> Option<&'s str> {
    let arguments = rest
        .strip_prefix("todo!")?
        .trim_start()
        .strip_prefix(['(', '[', '{'])?;
    let before = source.get(..source.len() - rest.len())?.chars().next_back();
    (!before.is_some_and(|c| c.is_alphanumeric() || c == '_')).then_some(arguments)
}

/// Returns the text after the next comment, literal, or single character.
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

/// Reads a literal after its opening quote: returns its value, and the text after its closing
/// quote.
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

/// Returns the message of a `todo!(` with these arguments; a doubled brace of the format string is
/// one.
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
    fn todos_are_found_by_line() {
        let source = "fn f() {\n    todo!(\"Set \\\"it\\\" {{id}} \\\\ up.\")\n}\nfn g() { todo!() }\nfn h() {\n  todo!(\n    \"long \\\n     one\"\n  )\n}";
        let expected = [
            (2, "Set \"it\" {id} \\ up.".to_owned()),
            (4, String::new()),
            (6, "long one".to_owned()),
        ];
        assert_eq!(texts(source), expected);
    }

    #[test]
    fn comments_strings_and_longer_words_hold_no_todos() {
        let source = "// todo!(\"a\")\n/* todo!() /* */ todo!() */\nlet s = \"todo!()\\\"todo!()\"; let r = r#\"todo!(\"x\")\"#;\nlet c = '\"'; let d = '\\''; let l: &'a str = not_todo!();\nlet e = '\u{e9}'; todo!(\"here\")";
        assert_eq!(texts(source), [(5, "here".to_owned())]);
    }

    #[test]
    fn a_file_may_end_anywhere() {
        let source = "fn f<'a>() { /* é */ todo!(\"x\\n{{\"); r##\"s\"##; '\\u{41}' }";
        for end in (0..=source.len()).filter(|end| source.is_char_boundary(*end)) {
            todos(&source[..end]);
        }
    }
}
