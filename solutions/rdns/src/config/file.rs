//! Reads the configuration's file, and says what is wrong in it: the line, and what to write.

use std::io;
use std::path::Path;

use dnsparse::ZoneError;

use super::Config;
use super::input::read;
use super::suggest::nearest;
use crate::text::shortened;

/// The tables of which there can be several.
const SEVERAL: [&str; 4] = ["forward", "stub", "blocklist", "local.zones"];
/// Says what a value looks like.
const NO_VALUE: &str =
    "this is no value: write true, false, a number, a list, or text in quotation marks";

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("cannot read {file}, the file of {key}: {reason}")]
    Unreadable {
        /// The setting that names the file.
        key: &'static str,
        /// The file.
        file: String,
        /// The system's error.
        reason: io::Error,
    },
    /// A line of a file is wrong.
    #[error("{file}:{line}: {text}")]
    Line {
        /// The file.
        file: String,
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong, and what to write.
        text: String,
    },
    /// A file, or a setting that names one, is wrong as a whole.
    #[error("{file}: {text}")]
    File {
        /// The file.
        file: String,
        /// What is wrong.
        text: String,
    },
    /// A zone file, or a file of root hints, does not parse.
    #[error(transparent)]
    Zone(#[from] Box<ZoneError>),
    /// A setting is wrong for a reason that no single line shows.
    #[error("{0}")]
    Setting(String),
    /// Two settings contradict each other.
    #[error("{0}")]
    Contradiction(&'static str),
    /// The configuration cannot be written as text.
    #[error("the configuration cannot be printed: {0}")]
    Unprintable(String),
}

impl ConfigError {
    /// Whether a file that a setting names does not exist.
    pub fn is_missing_file(&self) -> bool {
        matches!(self, ConfigError::Unreadable { reason, .. } if reason.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads a configuration. Relative paths in it start from its folder.
///
/// # Errors
/// If the file cannot be read, or is wrong.
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let text = read("--config", path)?;
    let mut config = parse(&text).map_err(|(line, text)| ConfigError::Line {
        file: path.display().to_string(),
        line,
        text,
    })?;
    config.start_paths_from(path.parent().unwrap_or(Path::new("")));
    Ok(config)
}

/// Parses a configuration. The error is the number of a line, and what is wrong in it.
fn parse(text: &str) -> Result<Config, (usize, String)> {
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let before = text.get(..at).unwrap_or_default();
        let number = before.matches('\n').count();
        let line = text.lines().nth(number).unwrap_or_default().trim();
        let explained = date(error.message())
            .or_else(|| unknown_key(error.message(), text.get(..at).unwrap_or_default()))
            .or_else(|| wrong_brackets(error.message(), line))
            .unwrap_or_else(|| format!("{} (in: {})", plain(error.message()), shortened(line)));
        (number + 1, explained)
    })
}

/// Explains the error about a date, which the parser takes for a table with a key of its own.
fn date(message: &str) -> Option<String> {
    let is_date = message.contains("$__toml_private_datetime");
    is_date.then(|| NO_VALUE.replace("this is no value", "a date is no value here"))
}

/// Explains the error about a table whose head has one pair of brackets instead of two, or the other
/// way round; none for another error.
fn wrong_brackets(message: &str, line: &str) -> Option<String> {
    let is_single = message.starts_with("invalid type: map, expected a sequence");
    let is_several = message.starts_with("invalid type: sequence, expected a table");
    let name = line.split(['[', ']']).find(|part| !part.is_empty())?;
    match line.starts_with("[[") {
        false if is_single && line.starts_with('[') && SEVERAL.contains(&name) => Some(format!(
            "there can be several of these tables: write [[{name}]]"
        )),
        true if is_several => Some(format!("there is one table of this kind: write [{name}]")),
        _ => None,
    }
}

/// Returns an error of serde in words that are no Rust.
fn plain(message: &str) -> String {
    // The parser takes words for numbers: "inf" and "nan" are some.
    const NO_VALUES: [&str; 3] = ["invalid float", "invalid integer", "invalid boolean"];
    if NO_VALUES.iter().any(|start| message.starts_with(start)) {
        return NO_VALUE.to_owned();
    }
    message
        .trim_end()
        .replace(" as i128", "")
        .replace("missing field", "missing key")
        .replace("invalid type: map", "invalid type: table")
        .replace("invalid type: sequence", "invalid type: list")
        .replace("expected a boolean", "expected true or false")
        .replace("expected a string", "expected text in quotation marks")
        .replace("wanted string or table", "expected text in quotation marks")
        .replace(
            "string values must be quoted, expected literal string",
            NO_VALUE,
        )
        .replace(
            "expected a sequence",
            "expected a list, such as [\"one\", \"two\"]",
        )
}

/// Explains serde's error about a key that there is not, which lists those that there are; none for
/// another error. The key may be one of no table, which stands below the head of one by mistake.
fn unknown_key(message: &str, before: &str) -> Option<String> {
    let is_value = message.starts_with("unknown variant ");
    if !is_value && !message.starts_with("unknown field ") {
        return None;
    }
    let thing = if is_value { "value" } else { "key" };
    let mut quoted = message.split('`').skip(1).step_by(2);
    let (word, known) = (quoted.next()?, quoted.collect::<Vec<_>>());
    let head = || {
        before
            .lines()
            .rev()
            .find(|line| line.trim_start().starts_with('['))
    };
    if let Some(head) = head().filter(|_| !is_value && is_of_no_table(word)) {
        let head = head.trim();
        return Some(format!(
            "'{word}' is no key of {head}: write it above the first line in brackets"
        ));
    }
    let advice = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None => format!("the {thing}s are {}", known.join(", ")),
    };
    Some(format!("there is no {thing} '{word}' here: {advice}"))
}

/// Whether a key stands outside of all tables.
fn is_of_no_table(word: &str) -> bool {
    let known = toml::from_str::<Config>(&format!("{word:?} = []"));
    known.map_or_else(
        |error| !error.message().starts_with("unknown field"),
        |_| true,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a text, as a user sees it behind the file's name.
    fn error(text: &str) -> String {
        match parse(text) {
            Ok(config) => panic!("is accepted: {text}\n{config:#?}"),
            Err((line, text)) => format!("{line}: {text}"),
        }
    }

    #[test]
    fn each_fault_is_explained_with_its_line() {
        let errors = [
            "lisen = [\"127.0.0.1:53\"]",
            "lab = true\n\n# how many\ntreads = 2\n",
            "colour = \"green\"",
            "qname-minimisation = \"strickt\"",
            "threads = 0",
            "cache-records = -1",
            "upstream-port = 70000",
            "upstream-port = \"53\"",
            "rate-limit = 1.5",
            "cache-records = 99999999999999999999",
            "listen = [\"127.0.0.1:53\",\n  \"localhost\"]",
            "listen = \"127.0.0.1:53\"",
            "listen = []",
            "listen = [\"224.0.0.1:53\"]",
            "listen = [\"255.255.255.255:53\"]",
            "listen = [\"[fe80::1]:53\"]",
            "negative-trust-anchor = [\"*.example.com@2026-12-31\"]",
            "negative-trust-anchor = [\"192.168.1.0/24@2026-12-31\"]",
            &format!("local = {{ records = [\"{}\"] }}", "x".repeat(1_000)),
            "allow = [\"192.0.2.0/33\"]",
            "lab = yes",
            "lab = true\nlab = false",
            "[server]\nlisten = []",
            "lab = ",
            "lab = 1",
            "local = []",
            "rebinding = true",
            "root-zone = [\"root.zone\"]",
            "[[local]]\nhosts = []",
            "[forward]\nzone = \"lan\"",
            "[local.records]\nx = 1",
            "local = { hosts = [1] }",
            "local = { zones = [\"lan\"] }",
            "blocklist = [\"ads.txt\"]",
            "forward = [\"192.0.2.1\"]",
            "[[forward]]\nzone = \"*.lan\"",
            "[[forward]]\nzone = \"192.168.1.0/24\"",
            "[[forward]]\nzone = \"192.168.1.1\"",
            "[rebinding]\nexcept = [\"*.plex.direct\"]",
            "[[stub]]\nzone = \"lan\"\nservers = [\"0.0.0.0\"]",
            "[[stub]]\nzone = \"lan\"\nservers = [\"255.255.255.255\"]",
            "[[stub]]\nzone = \"lan\"\nservers = [\"[ff02::fb]:5353\"]",
            "[[stub]]\nzone = \"lan\"\nservers = [\"fe80::1\"]",
            "[[stub]]\nzone = \"lan\"\nservers = [\"192.0.2.1\"]\ntls = true",
            "allow = [192.168.1.0/24]",
            "lab = nope",
            "prefetch = True",
            "dnstap = 2026-12-31",
            "dnstap = true",
            "dnstap = []",
            "[[dnstap]]\nfile = \"x\"",
            "[dnstap]\nidentity = 5",
            "[[stub]]\nzone = \"lan\"\nservers = []",
            "[local]\nhosts = []\n\nprefetch = true",
            "[[blocklist]]\nfile = \"x\"\nform = \"hosts\"\nserve-stale = 60",
            "[rebinding]\n\"pre fetch\" = true",
            "control = \"\"",
            "tls-cert = 1",
            "local = { hosts = [\"\"] }",
            "[[local.zones]]\nzone = \"lan\"\nfile = \"\"",
            "[[blocklist]]\nform = \"hosts\"\nfile = \"\"",
            "[[forward]]\nzone = \"lan\"\nservers = [\"192.0.2.1\"]\ntls-ca = \"\"",
            "root-zone = { file = \"\" }",
            "dnstap = { file = \"\" }",
            "local = { records = [\"a.lan. DNAME b.lan.\"] }",
            "local = { records = [\"a.lan. NSEC b.lan. A\"] }",
        ];
        let errors: Vec<_> = errors.into_iter().map(error).collect();
        insta::assert_snapshot!(errors.join("\n"));
    }

    #[test]
    fn a_long_line_is_shown_in_part() {
        let got = error(&"x".repeat(10_000));
        assert!(got.len() < 200 && got.ends_with("…)"), "{got}");
    }

    #[test]
    fn a_configuration_that_is_written_and_read_is_the_same() {
        let text = "listen = [\"192.0.2.1:53\", \"[2001:db8::1]:53\"]\nallow = [\"192.0.2.0/24\", \"2001:db8::/32\", \"198.51.100.7\"]\nrate-limit = 0\nroot-hints = \"/etc/named.root\"\nupstream-port = 5353\nqname-minimisation = \"strict\"\nthreads = 2\ncache-records = 1000\nstats-interval = 60\n[[forward]]\nzone = \"a.test\"\nservers = [\"192.0.2.1\", \"[2001:db8::1]:8853\"]\ntls = \"strict\"\ntls-name = \"dns.example\"\ntls-ca = \"ca.pem\"\ntls-pin = [\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"]\n[[forward]]\nzone = \"b.test\"\nservers = [\"192.0.2.2\"]\ntls-name = \"2001:db8::1\"\n";
        let config = parse(text).unwrap();
        assert_ne!(config, Config::default());
        let written = config.to_text().unwrap();
        assert_eq!(parse(&written), Ok(config), "written:\n{written}");
        let default = Config::default();
        let written = default.to_text().unwrap();
        assert_eq!(parse(&written), Ok(default), "written:\n{written}");
    }
}
