//! Reads a line of a list of domains, and of the lists for ad blockers in browsers that have the same
//! form (`||ads.example^`).
//!
//! Many rules of such lists depend on more than a name, such as `||ads.example^$script`: whether they
//! block depends on the page. They are counted, and not used.

use dnsparse::Name;

use super::hosts;
use super::names::Action;

/// The beginnings of rules for browsers.
const RULE_STARTS: [&str; 4] = ["||", "@@", "|", "/"];
/// The marks between a rule's name and its options, or the elements of a page that it hides.
const RULE_MARKS: [&str; 7] = ["^", "$", "##", "#@#", "#?#", "#$#", "#%#"];

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// No domain: an empty line, a comment, or a title.
    Empty,
    /// A rule for browsers that depends on more than a name.
    BrowserRule,
    /// A domain.
    Domain {
        /// Its name.
        name: Name,
        /// Whether it is blocked, or an exception.
        action: Action,
        /// Whether the line is about the names below it alone: `*.` stands before it.
        is_below: bool,
    },
}

/// Reads a line.
///
/// # Errors
/// A sentence, if the line is none of these.
pub(super) fn line(line: &str) -> Result<Line, String> {
    let text = without_comment(line);
    if text.is_empty() {
        return Ok(Line::Empty);
    }
    let (bare, action) = match text.strip_prefix("@@") {
        Some(text) => (text, Action::Pass),
        None => (text, Action::Block),
    };
    let bare = bare.strip_prefix("||").unwrap_or(bare);
    let bare = bare.strip_suffix('^').unwrap_or(bare);
    let (bare, is_below) = match bare.strip_prefix("*.") {
        Some(bare) => (bare, true),
        None => (bare, false),
    };
    let explained = |reason: &dyn std::fmt::Display| {
        format!("'{text}' is not a domain: {reason}; a line has one, such as ads.example")
    };
    if bare.contains(char::is_whitespace) && !text.contains("##") {
        return Err(match hosts::line(text) {
            Ok(_) => "the line has the form of a hosts file: write form = \"hosts\"".to_owned(),
            Err(_) => explained(&"it has a blank"),
        });
    }
    let bare = hosts::in_ascii(bare);
    let other = bare.chars().find(|character| !is_in_names(*character));
    if other.is_some() && is_browser_rule(text) {
        return Ok(Line::BrowserRule);
    }
    let name: Name = bare.parse().map_err(|error| explained(&error))?;
    if let Some(other) = other {
        return Err(explained(&format_args!("no domain has '{other}' in it")));
    }
    if name.is_root() {
        return Err(explained(&"it is the root, which has all names below it"));
    }
    Ok(Line::Domain {
        name,
        action,
        is_below,
    })
}

/// Whether a line that is no domain has the marks of a rule for browsers.
fn is_browser_rule(text: &str) -> bool {
    RULE_STARTS.iter().any(|start| text.starts_with(start))
        || RULE_MARKS.iter().any(|mark| text.contains(mark))
}

/// Whether a character can be in a domain of a list: those of host names, the underscore, and the
/// backslash before a dot that is part of a label.
fn is_in_names(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.\\".contains(character)
}

/// Returns a line without its comment. In a list for browsers, `!` begins one, and `#` may be part of a
/// rule; the list itself begins with a title in brackets.
fn without_comment(line: &str) -> &str {
    if line.starts_with(['!', '[', '#']) {
        return "";
    }
    let is_comment = |(at, _): &(usize, &str)| {
        let before = line.get(..*at).unwrap_or_default();
        before.ends_with(char::is_whitespace)
    };
    let comment = line.match_indices('#').find(is_comment);
    let end = comment.map_or(line.len(), |(at, _)| at);
    line.get(..end).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_domain_perhaps_with_the_marks_of_a_browser_list() {
        for (text, domain, action, is_below) in [
            ("ads.example", "ads.example", Action::Block, false),
            ("ads.example # comment", "ads.example", Action::Block, false),
            ("||ads.example^", "ads.example", Action::Block, false),
            ("*.ads.example", "ads.example", Action::Block, true),
            ("@@||ads.example^", "ads.example", Action::Pass, false),
        ] {
            let expected = Line::Domain {
                name: domain.parse().unwrap(),
                action,
                is_below,
            };
            assert_eq!(line(text), Ok(expected), "{text}");
        }
        for text in ["", "! a list", "# more", "[Adblock Plus 2.0]"] {
            assert_eq!(line(text), Ok(Line::Empty), "{text}");
        }
    }

    /// Rules for browsers are about parts of pages, or kinds of requests: the name is not blocked.
    #[test]
    fn a_rule_that_depends_on_the_page_is_no_domain() {
        for rule in [
            "shop.example##.banner",
            "shop.example###ad > div",
            "shop.example#@#.banner",
            "||shop.example^$script,third-party",
            "||shop.example/ads/",
            "@@||shop.example^$document",
            "|https://shop.example|",
            "/shop.example/",
            "||shop.*^",
            "||sh*p.example^",
            "shop.example$image",
        ] {
            assert_eq!(line(rule), Ok(Line::BrowserRule), "{rule}");
        }
    }
}
