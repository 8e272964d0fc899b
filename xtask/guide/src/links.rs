//! The links of a chapter, turned to the book's pages.
//!
//! Chapters link to each other as files of the work tree, so that a code host shows them. In the
//! book, a chapter is the `index.html` of its folder or `NAME.html`, a linked source file is a copy
//! of it, and a link to anything else of the work tree is left out: only its text stays.

use mdbook_markdown::pulldown_cmark::{Event, Tag};
use mdbook_markdown::{MarkdownOptions, new_cmark_parser};
use std::ops::Range;

/// Returns the text with each link's target replaced by what `resolve` makes of it; `None` leaves
/// out the link, but not its text. Code blocks stay as they are.
pub(crate) fn rewrite(markdown: &str, mut resolve: impl FnMut(&str) -> Option<String>) -> String {
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    let events = new_cmark_parser(markdown, &MarkdownOptions::default()).into_offset_iter();
    for (event, range) in events {
        let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
            continue;
        };
        let whole = markdown.get(range.clone()).unwrap_or_default();
        // Only inline links, `[text](target)`; an autolink is absolute and stays.
        let inline = format!("]({dest_url}");
        let Some(place) = whole.rfind(&inline) else {
            continue;
        };
        match resolve(&dest_url) {
            Some(target) => {
                let start = range.start + place + 2;
                edits.push((start..start + dest_url.len(), target));
            }
            None => {
                let opening = if whole.starts_with('!') { 2 } else { 1 };
                edits.push((range.start..range.start + opening, String::new()));
                edits.push((range.start + place..range.end, String::new()));
            }
        }
    }
    // Links nest (a picture in a link), so that edits are not in order.
    edits.sort_by_key(|(range, _)| range.start);
    let mut text = markdown.to_owned();
    for (range, replacement) in edits.into_iter().rev() {
        text.replace_range(range, &replacement);
    }
    text
}

/// Whether a target lies outside the work tree or within the page.
pub(crate) fn is_elsewhere(target: &str) -> bool {
    target.starts_with('#') || target.starts_with("//") || has_scheme(target)
}

fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Resolves a relative path against the folder of the page, both with `/`, relative to the root.
/// Returns `None` for a path that leaves the root.
pub(crate) fn join(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\\') {
        return None;
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()?),
            step => steps.push(step),
        }
    }
    Some(steps.join("/"))
}

/// Returns the relative path from a folder to a file.
pub(crate) fn relative(folder: &str, file: &str) -> String {
    let up = folder.split('/').filter(|step| !step.is_empty()).count();
    format!("{}{file}", "../".repeat(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_replaced_or_left_out_and_code_stays() {
        let chapter = "See [one](../a/README.md#x), [two](no.rs), ![pic](p.svg).\n\n```text\n[one](../a/README.md)\n```\n";
        let seen = rewrite(chapter, |target| match target {
            "../a/README.md#x" => Some("../a/index.html#x".to_owned()),
            "p.svg" => Some("q.svg".to_owned()),
            _ => None,
        });
        let expected = "See [one](../a/index.html#x), two, ![pic](q.svg).\n\n```text\n[one](../a/README.md)\n```\n";
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_path_that_leaves_the_root_is_refused() {
        assert_eq!(
            join("lessons/lesson-01-query", "../README.md").as_deref(),
            Some("lessons/README.md")
        );
        assert_eq!(join("lessons", "../../etc/passwd"), None);
        assert_eq!(join("lessons", "/etc/passwd"), None);
        assert_eq!(join("lessons", "..\\..\\etc"), None);
        assert_eq!(
            relative("lessons/lesson-01-query", "index.html"),
            "../../index.html"
        );
        assert!(
            is_elsewhere("https://s3fifo.com/")
                && is_elsewhere("#task")
                && !is_elsewhere("src/lib.rs")
        );
    }
}
