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

use std::collections::BTreeMap;
use std::net::IpAddr;

use chase::QnameMinimisation;
use dnsparse::{Class, Name, Rdata, RecordType};
use programs::dnssec::trust_state::TrustSettings;

use crate::config::{Config, Form};
use crate::message::Entry;

/// A scenario.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) form: Form,
    /// The zones whose servers are known from the start.
    pub(crate) stub_zones: BTreeMap<Name, Vec<IpAddr>>,
    pub(crate) qname_minimisation: QnameMinimisation,
    /// The settings of the validator, if there is one.
    pub(crate) validation: Option<TrustSettings>,
    /// The feature that the scenario may need, and that `rdns` does not have.
    pub(crate) missing: Option<&'static str>,
    /// Whether zones are signed with algorithms by which they count as unsigned here, so that their
    /// answers have no AD.
    pub(crate) is_obsolete: bool,
    pub(crate) ranges: Vec<Range>,
    pub(crate) steps: Vec<Step>,
}

/// The replies of one server, for a range of steps.
#[derive(Debug, Default)]
pub(crate) struct Range {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The server's addresses. None stands for every server.
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) entries: Vec<Entry>,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) number: u64,
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
    /// A variable gets a value.
    Assign { name: String, value: String },
    /// The clock moves on by this number of seconds.
    TimePasses(String),
    /// The resolver must have followed a rollover of a trust anchor (RFC 5011).
    CheckTrustAnchor,
    /// A step that this player ignores.
    Nothing,
}

impl Scenario {
    /// Parses a file.
    ///
    /// # Errors
    /// The reason why the scenario cannot be played here.
    pub(crate) fn parse(text: &str) -> Result<Scenario, String> {
        let mut lines = Lines::new(text);
        let has_config = text.lines().any(|line| line.trim() == "CONFIG_END");
        let head = lines.by_ref().take_while(|line| *line != "CONFIG_END");
        let config = match has_config {
            true => Config::parse(head),
            false => Config::default(),
        };
        if let Some(reason) = config.unsupported() {
            return Err(reason);
        }
        let mut scenario = Scenario {
            form: config.form(),
            stub_zones: config.stub_zones(),
            qname_minimisation: config.qname_minimisation(),
            validation: None,
            missing: config.missing(),
            is_obsolete: false,
            ranges: Vec::new(),
            steps: Vec::new(),
        };
        scenario
            .read(&mut lines)
            .map_err(|error| lines.at(&error))?;
        scenario.validation = config.validation(scenario.latest_inception())?;
        if scenario.missing.is_none() && scenario.asks_for_any() {
            scenario.missing = Some("more than one record for ANY (RFC 8482)");
        }
        scenario.is_obsolete = scenario.validation.is_some() && scenario.has_obsolete_algorithm();
        if scenario.is_obsolete {
            scenario.missing = Some("algorithms that prove nothing (RFC 9904)");
        }
        match scenario.unsupported() {
            Some(reason) => Err(reason.to_owned()),
            None => Ok(scenario),
        }
    }

    /// Returns the reason why `rdns` cannot play the steps, if there is one.
    fn unsupported(&self) -> Option<&'static str> {
        self.steps.iter().find_map(|step| match &step.action {
            Action::CheckTrustAnchor => Some("needs trust anchors that follow a rollover"),
            Action::Query(entry) if entry.question().is_some_and(|it| it.qclass != Class::IN) => {
                Some("asks in another class than IN")
            }
            _ => None,
        })
    }

    fn asks_for_any(&self) -> bool {
        self.steps.iter().any(|step| match &step.action {
            Action::Query(entry) => {
                (entry.question()).is_some_and(|it| it.qtype == RecordType::ANY)
            }
            _ => false,
        })
    }

    /// Returns the latest time at which a signature becomes valid: none of the others may have expired
    /// then, if the scenario does not say at what time it plays.
    fn latest_inception(&self) -> u32 {
        let records = self.ranges.iter().flat_map(|range| &range.entries);
        let records = records.flat_map(|entry| entry.packet.records());
        let inceptions = records.filter_map(|record| match &record.rdata {
            Rdata::Rrsig(rrsig) => Some(rrsig.inception),
            _ => None,
        });
        inceptions.max().unwrap_or(0)
    }

    /// Whether a zone is signed with an algorithm by which it counts as unsigned.
    fn has_obsolete_algorithm(&self) -> bool {
        let entries = self.ranges.iter().flat_map(|range| &range.entries);
        let mut keys = entries.flat_map(|entry| &entry.packet.answers);
        keys.any(|record| match &record.rdata {
            Rdata::Dnskey(key) => !digest::is_supported_algorithm(key.algorithm),
            _ => false,
        })
    }

    /// Reads ranges and steps.
    fn read(&mut self, lines: &mut Lines<'_>) -> Result<(), String> {
        while let Some(line) = lines.next() {
            let mut words = words(line);
            match words.next().unwrap_or_default() {
                "RANGE_BEGIN" => self.ranges.push(range(&mut words, lines)?),
                "STEP" => self.steps.push(step(line, lines)?),
                _ => {}
            }
        }
        Ok(())
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
        format!("cannot be read: line {}: {error}", self.number)
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

/// Splits a line into words, without its comment.
pub(crate) fn words(line: &str) -> impl Iterator<Item = &str> {
    let text = line.split([';', '#']).next().unwrap_or_default();
    text.split_whitespace()
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
    if let Some(word) = words.next() {
        range.addresses.push(address(Some(word))?);
    }
    while let Some(line) = lines.next() {
        let mut words = self::words(line);
        match words.next().unwrap_or_default() {
            "RANGE_END" => return Ok(range),
            "ADDRESS" => range.addresses.push(address(words.next())?),
            word if begins_entry(word) => range.entries.push(Entry::parse(lines_of_entry(lines)?)?),
            _ => {}
        }
    }
    Err("a range without RANGE_END".to_owned())
}

fn step<'t>(line: &'t str, lines: &mut Lines<'t>) -> Result<Step, String> {
    let mut words = words(line).skip(1);
    let number = number(words.next())?;
    let mut entry = || -> Result<Entry, String> {
        match lines.find(|line| begins_entry(line)) {
            Some(_) => Entry::parse(lines_of_entry(lines)?),
            None => Err("a step without its entry".to_owned()),
        }
    };
    let kind = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let action = match kind {
        "QUERY" => Action::Query(entry()?),
        "CHECK_ANSWER" | "ANSWER" => Action::CheckAnswer(entry()?),
        "CHECK_OUT_QUERY" => Action::CheckOutQuery(entry()?),
        "REPLY" | "MOCK" => Action::Reply(entry()?),
        // A query that fails at once counts like one that times out.
        "TIMEOUT" | "ERROR" => Action::Timeout,
        "TIME_PASSES" => Action::TimePasses(rest.get(1..).unwrap_or_default().join(" ")),
        "ASSIGN" => {
            let (name, value) = rest.split_first().ok_or("ASSIGN without a name")?;
            Action::Assign {
                name: (*name).to_owned(),
                value: value.join(" ").trim_start_matches('=').to_owned(),
            }
        }
        "NOTHING" | "TRAFFIC" | "INFRA_RTT" => Action::Nothing,
        "CHECK_AUTOTRUST" => Action::CheckTrustAnchor,
        other => return Err(format!("'{other}' is no step that is played here")),
    };
    Ok(Step { number, action })
}

/// Whether a line begins an entry. unbound compares only the beginning of the word, and one of its
/// scenarios has a letter more.
fn begins_entry(line: &str) -> bool {
    line.starts_with("ENTRY_BEGIN")
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

fn number(word: Option<&str>) -> Result<u64, String> {
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| format!("{word:?} is not a number"))
}

fn address(word: Option<&str>) -> Result<IpAddr, String> {
    word.and_then(|word| word.parse().ok())
        .ok_or_else(|| format!("{word:?} is not an address"))
}
