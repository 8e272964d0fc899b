//! [`Scenario`]: a `.rpl` file, parsed.
//!
//! ```text
//! stub-zone: …                 the configuration; of it, the root servers' addresses count
//! CONFIG_END
//! SCENARIO_BEGIN Title
//! RANGE_BEGIN 0 100            from step 0 to step 100,
//!   ADDRESS 192.0.2.1          the server at this address
//!   ENTRY_BEGIN                replies to queries that match
//!   …
//!   ENTRY_END
//! RANGE_END
//! STEP 1 QUERY                 a client's query
//! ENTRY_BEGIN … ENTRY_END
//! STEP 10 CHECK_ANSWER         the answer that it must get
//! ENTRY_BEGIN … ENTRY_END
//! SCENARIO_END
//! ```

use std::net::IpAddr;
use std::time::Duration;

use crate::message::Entry;

/// A scenario.
#[derive(Debug, Default)]
pub(crate) struct Scenario {
    /// The configuration: each line's key and value, in order.
    config: Vec<(String, String)>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) steps: Vec<Step>,
}

/// The replies of one server, for a range of steps.
#[derive(Debug, Default)]
pub(crate) struct Range {
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) number: u32,
    pub(crate) action: Action,
}

#[derive(Debug)]
pub(crate) enum Action {
    /// A client sends a query.
    Query(Entry),
    /// A client must have got this answer.
    CheckAnswer(Entry),
    /// The resolver should have sent this query.
    CheckOutQuery(Entry),
    /// A server replies to a query that no range answers.
    Reply(Entry),
    /// A query that no range answers times out.
    Timeout,
    /// The clock moves on.
    TimePasses(Duration),
    /// Nothing that this player does.
    Nothing,
}

/// Keys of the configuration that ask for what `rdns` does not have.
const UNSUPPORTED: [(&str, &str); 12] = [
    ("forward-zone", "forward zones"),
    ("auth-zone", "authoritative zones"),
    ("local-zone", "local zones"),
    ("local-data", "local data"),
    ("rpz", "response policy zones"),
    ("view", "views"),
    ("cachedb", "an external cache"),
    ("send-client-subnet", "client subnets"),
    ("serve-expired", "expired answers"),
    ("dns64-prefix", "DNS64"),
    ("private-address", "address filters"),
    ("redirect-bogus", "redirection"),
];

impl Scenario {
    /// Parses a file.
    ///
    /// # Errors
    /// A sentence with the line's number.
    pub(crate) fn parse(text: &str) -> Result<Scenario, String> {
        let mut scenario = Scenario::default();
        let mut lines = Lines::new(text);
        let has_config = text.lines().any(|line| line.trim() == "CONFIG_END");
        while has_config && let Some(line) = lines.next() {
            if line == "CONFIG_END" {
                break;
            }
            scenario.config.extend(config_line(line));
        }
        while let Some(line) = lines.next() {
            let mut words = line.split_whitespace();
            match words.next().unwrap_or_default() {
                "RANGE_BEGIN" => {
                    let range = range(&mut words, &mut lines).map_err(|error| lines.at(&error))?;
                    scenario.ranges.push(range);
                }
                "STEP" => {
                    let step = step(&mut words, &mut lines).map_err(|error| lines.at(&error))?;
                    scenario.steps.push(step);
                }
                _ => {}
            }
        }
        Ok(scenario)
    }

    /// Returns the addresses of the root servers.
    pub(crate) fn roots(&self) -> Vec<IpAddr> {
        let mut roots = Vec::new();
        let mut zone = ".".to_owned();
        for (key, value) in &self.config {
            match key.as_str() {
                "stub-zone" => zone.clear(),
                "name" => zone.clone_from(value),
                "stub-addr" if zone == "." || zone.is_empty() => {
                    let address = value.split('@').next().unwrap_or_default();
                    roots.extend(address.parse::<IpAddr>());
                }
                _ => {}
            }
        }
        roots
    }

    /// Returns the reason why a scenario cannot be played, if there is one.
    pub(crate) fn unsupported(&self) -> Option<String> {
        let is_on = |value: &str| !matches!(value, "no" | "off" | "0");
        for (key, value) in &self.config {
            if let Some((_, what)) = UNSUPPORTED
                .iter()
                .find(|(unsupported, _)| unsupported == key)
                && is_on(value)
            {
                return Some(format!("needs {what}"));
            }
            let is_modules = key == "module-config";
            if is_modules
                && ["dns64", "respip", "subnetcache", "cachedb", "python"]
                    .iter()
                    .any(|module| value.contains(module))
            {
                return Some(format!("needs the modules {value}"));
            }
        }
        if self.roots().is_empty() {
            return Some("has no root servers".to_owned());
        }
        let is_stub =
            |(key, value): &(String, String)| key == "name" && value != "." && !value.is_empty();
        if self.config.iter().any(is_stub) {
            return Some("needs stub zones".to_owned());
        }
        let has_anchor = self.config.iter().any(|(key, value)| {
            key.starts_with("trust-anchor") && key != "trust-anchor-signaling" && !value.is_empty()
        });
        let needs_validation = |step: &Step| match &step.action {
            Action::CheckAnswer(entry) => entry.needs_validation(),
            _ => false,
        };
        if has_anchor && self.steps.iter().any(needs_validation) {
            return Some("needs DNSSEC validation".to_owned());
        }
        None
    }
}

/// The lines of a file without comments, empty lines and indentation.
pub(crate) struct Lines<'t> {
    lines: std::iter::Enumerate<std::str::Lines<'t>>,
    number: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Lines<'t> {
        Lines {
            lines: text.lines().enumerate(),
            number: 0,
        }
    }

    /// Adds the number of the present line to an error.
    fn at(&self, error: &str) -> String {
        format!("line {}: {error}", self.number)
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        loop {
            let (number, line) = self.lines.next()?;
            self.number = number + 1;
            let line = line.trim();
            if !line.is_empty() && !line.starts_with([';', '#']) {
                return Some(line);
            }
        }
    }
}

/// Parses `key: value # comment`, with the value in quotes or not.
fn config_line(line: &str) -> Option<(String, String)> {
    let (key, rest) = line.split_once(':')?;
    let rest = rest.trim();
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([';', '#']).next().unwrap_or_default().trim(),
    };
    let value = value.trim_matches('\'');
    Some((key.trim().to_owned(), value.to_owned()))
}

fn range<'t>(
    words: &mut impl Iterator<Item = &'t str>,
    lines: &mut Lines<'t>,
) -> Result<Range, String> {
    let mut range = Range {
        first: number(words.next())?,
        last: number(words.next())?,
        ..Range::default()
    };
    while let Some(line) = lines.next() {
        let mut words = line.split_whitespace();
        match words.next().unwrap_or_default() {
            "RANGE_END" => return Ok(range),
            "ADDRESS" => range.addresses.push(address(words.next())?),
            "ENTRY_BEGIN" => range.entries.push(Entry::parse(lines_of_entry(lines)?)?),
            _ => {}
        }
    }
    Err("a range without RANGE_END".to_owned())
}

fn step<'t>(
    words: &mut impl Iterator<Item = &'t str>,
    lines: &mut Lines<'t>,
) -> Result<Step, String> {
    let number = number(words.next())?;
    let mut entry = || -> Result<Entry, String> {
        match lines.find(|line| *line == "ENTRY_BEGIN") {
            Some(_) => Entry::parse(lines_of_entry(lines)?),
            None => Err("a step without its entry".to_owned()),
        }
    };
    let action = match words.next().unwrap_or_default() {
        "QUERY" => Action::Query(entry()?),
        "CHECK_ANSWER" => Action::CheckAnswer(entry()?),
        "CHECK_OUT_QUERY" => Action::CheckOutQuery(entry()?),
        "REPLY" => Action::Reply(entry()?),
        "TIMEOUT" => Action::Timeout,
        "TIME_PASSES" => {
            let seconds = words.last().and_then(|word| word.parse::<f64>().ok());
            let seconds = seconds.ok_or("TIME_PASSES without a number of seconds")?;
            Action::TimePasses(
                Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?,
            )
        }
        _ => Action::Nothing,
    };
    Ok(Step { number, action })
}

/// Collects the lines up to ENTRY_END.
fn lines_of_entry<'t>(lines: &mut Lines<'t>) -> Result<Vec<&'t str>, String> {
    let mut entry = Vec::new();
    for line in lines {
        if line == "ENTRY_END" {
            return Ok(entry);
        }
        entry.push(line);
    }
    Err("an entry without ENTRY_END".to_owned())
}

fn number(word: Option<&str>) -> Result<u32, String> {
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| format!("{word:?} is not a number"))
}

fn address(word: Option<&str>) -> Result<IpAddr, String> {
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| format!("{word:?} is not an address"))
}
