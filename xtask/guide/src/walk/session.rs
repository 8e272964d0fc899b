//! [`Session`]: the names that are looked up one after the other, and the time between them.
//!
//! Its text is in the URL's fragment, so that a link shows the same session elsewhere:
//!
//! ```text
//! minimise; seed 7; www.bbc.co.uk A; +60; www.bbc.co.uk A
//! ```

use dnsparse::{Class, Name, Question, RecordType};

/// The longest text of a session, in octets: a name of 255 octets may take four times as many.
pub(crate) const MAX_TEXT: usize = 8 * 1024;
/// The maximum number of names that are looked up: each costs up to 100 queries (lesson 8's
/// budget).
const MAX_QUERIES: usize = 12;
/// The maximum number of steps.
const MAX_ITEMS: usize = 48;
/// The longest time of a session, in seconds: 30 days, more than any TTL is kept.
const MAX_WAIT: u64 = 30 * 86_400;

/// A session, read from its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Session {
    /// The seed of ids and of the choice among servers.
    pub(crate) seed: u64,
    /// Whether servers receive only the labels that they need (RFC 9156).
    pub(crate) minimise: bool,
    pub(crate) items: Vec<Item>,
}

/// A step of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item {
    /// A question of the client.
    Query(Question),
    /// Virtual time, in seconds.
    Wait(u64),
}

impl Session {
    /// Reads a session's text.
    ///
    /// # Errors
    /// Returns a sentence for the reader.
    pub(crate) fn parse(text: &str) -> Result<Session, String> {
        if text.len() > MAX_TEXT {
            return Err(format!(
                "A session has at most {MAX_TEXT} octets; this one has {}.",
                text.len()
            ));
        }
        let mut session = Session::default();
        for item in items(text) {
            session.read(item)?;
        }
        if session.items.len() > MAX_ITEMS {
            return Err(format!(
                "A session has at most {MAX_ITEMS} steps. Clear it to begin a new one."
            ));
        }
        let (mut queries, mut waited) = (0, 0_u64);
        for item in &session.items {
            match item {
                Item::Query(_) => queries += 1,
                Item::Wait(seconds) => waited = waited.saturating_add(*seconds),
            }
        }
        if queries > MAX_QUERIES {
            return Err(format!(
                "A session looks up at most {MAX_QUERIES} names. Clear it to begin a new one."
            ));
        }
        if waited > MAX_WAIT {
            return Err(
                "A session lasts at most 30 days: nothing is cached for longer.".to_owned(),
            );
        }
        Ok(session)
    }

    fn read(&mut self, item: &str) -> Result<(), String> {
        if let Some(seconds) = item.strip_prefix('+') {
            let seconds = seconds.trim().parse().map_err(|_| {
                format!("{item:?} is no time. Write a number of seconds, such as +60.")
            })?;
            self.items.push(Item::Wait(seconds));
            return Ok(());
        }
        let mut words = item.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("minimise"), None, None) => self.minimise = true,
            (Some("seed"), Some(seed), None) => {
                self.seed = seed
                    .parse()
                    .map_err(|_| format!("{seed:?} is no seed. Write a number, such as seed 7."))?;
            }
            (Some(name), rtype, None) => {
                let question = question(name, rtype.unwrap_or("A"))?;
                self.items.push(Item::Query(question));
            }
            _ => {
                return Err(format!(
                    "{item:?} has more than a name and a type. Write www.example.com A."
                ));
            }
        }
        Ok(())
    }
}

/// Splits a session's text at semicolons and line ends. A name may have an escaped semicolon.
fn items(text: &str) -> impl Iterator<Item = &str> {
    let mut is_escaped = false;
    let items = text.split(move |character| {
        let is_end = !is_escaped && matches!(character, ';' | '\n');
        is_escaped = !is_escaped && character == '\\';
        is_end
    });
    items.map(str::trim).filter(|item| !item.is_empty())
}

/// Reads a name and a type.
fn question(name: &str, rtype: &str) -> Result<Question, String> {
    let qname: Name = name
        .parse()
        .map_err(|error| format!("{name:?} is no domain name: {error}."))?;
    let qtype: RecordType = rtype
        .to_ascii_uppercase()
        .parse()
        .map_err(|_| format!("{rtype:?} is no record type. A, AAAA, MX, NS, TXT are."))?;
    let is_meta = qtype == RecordType::OPT || (128..255).contains(&qtype.0);
    if is_meta {
        return Err(format!(
            "{qtype} is no type of records that a resolver looks up (RFC 6895 section 3.1)."
        ));
    }
    Ok(Question {
        qname,
        qtype,
        qclass: Class::IN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_names_waits_and_settings() {
        let text = "minimise; seed 7; www.bbc.co.uk aaaa;+60\nexample.com";
        let session = Session::parse(text).unwrap_or_else(|sentence| panic!("{text}: {sentence}"));
        assert_eq!((session.seed, session.minimise), (7, true), "{session:?}");
        let items: Vec<_> = session.items.iter().map(text_of).collect();
        assert_eq!(items, ["www.bbc.co.uk. AAAA", "+60", "example.com. A"]);
    }

    #[test]
    fn a_name_may_have_a_semicolon() {
        let text = "a\\;b.example A; c\\\\; d A";
        let session = Session::parse(text).unwrap_or_else(|sentence| panic!("{text}: {sentence}"));
        let items: Vec<_> = session.items.iter().map(text_of).collect();
        assert_eq!(items, ["a\\;b.example. A", "c\\\\. A", "d. A"]);
        let again = Session::parse(&items.join("; "));
        assert_eq!(again.as_ref(), Ok(&session));
    }

    #[test]
    fn a_bad_session_is_refused_with_a_sentence() {
        let long = "a.".repeat(MAX_TEXT);
        let names = "a.example;".repeat(MAX_QUERIES + 1);
        let waits = "+1;".repeat(MAX_ITEMS + 1);
        for (text, part) in [
            ("a..b", "\"a..b\" is no domain name"),
            ("example.com BOGUS", "\"BOGUS\" is no record type"),
            ("example.com A IN", "more than a name and a type"),
            ("example.com AXFR", "AXFR is no type of records"),
            ("example.com OPT", "OPT is no type of records"),
            ("+soon", "\"+soon\" is no time"),
            ("+-1", "\"+-1\" is no time"),
            ("+9999999999", "at most 30 days"),
            (
                "+18446744073709551615;+18446744073709551615",
                "at most 30 days",
            ),
            ("seed x", "\"x\" is no seed"),
            (&*long, "at most 8192 octets"),
            (&*names, "at most 12 names"),
            (&*waits, "at most 48 steps"),
        ] {
            let refused = Session::parse(text);
            let sentence = refused.as_ref().err().map_or("accepted", |it| it);
            assert!(sentence.contains(part), "{text:?}: {sentence}, not {part}");
        }
    }

    fn text_of(item: &Item) -> String {
        match item {
            Item::Query(question) => format!("{} {}", question.qname, question.qtype),
            Item::Wait(seconds) => format!("+{seconds}"),
        }
    }
}
