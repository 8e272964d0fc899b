//! Several zones in one text: the zone file format of RFC 1035 section 5, with an
//! `$ORIGIN` line before each zone.

use dnsparse::{Name, RecordType, Zone, ZoneError};

use crate::error::LabBuildError;

/// The TTL of records that are written without one.
const DEFAULT_TTL: &str = "$TTL 3600\n";
/// The SOA of a zone that is written without one. Its names do not exist (RFC 2606 section 2).
const DEFAULT_SOA: &str = "$TTL 3600\n@ SOA ns.invalid. mail.invalid. 1 1800 900 604800 300\n";

/// Splits a text at its `$ORIGIN` lines, and returns the origin and the text of each zone.
///
/// The text may be indented as a whole: the indentation of its first line is removed from each
/// line.
pub(crate) fn split(text: &str) -> Result<Vec<(&str, String)>, LabBuildError> {
    let mut zones: Vec<(&str, String)> = Vec::new();
    let indentation = indentation(text);
    for (index, line) in text.lines().enumerate() {
        let line = line.strip_prefix(indentation).unwrap_or(line);
        if let Some(origin) = origin(line) {
            // The default TTL stands on the line of `$ORIGIN`, so that errors have the line numbers
            // of the whole text.
            zones.push((origin, "\n".repeat(index) + DEFAULT_TTL));
        } else if let Some((_, zone)) = zones.last_mut() {
            zone.push_str(line);
            zone.push('\n');
        } else if !is_blank(line) {
            return Err(LabBuildError::NoOrigin { line: index + 1 });
        }
    }
    Ok(zones)
}

/// Parses the text of a zone, and adds the default SOA record if the text has none.
pub(crate) fn parse_with_soa(text: &str, apex: &Name) -> Result<Zone, LabBuildError> {
    with_soa(text, apex).map_err(|error| LabBuildError::Unreadable {
        origin: apex.to_string(),
        error: Box::new(error),
    })
}

fn with_soa(text: &str, apex: &Name) -> Result<Zone, ZoneError> {
    let mut zone = Zone::parse(text, apex)?;
    if !zone
        .records
        .iter()
        .any(|record| record.rtype() == RecordType::SOA)
    {
        zone.records.extend(Zone::parse(DEFAULT_SOA, apex)?.records);
    }
    Ok(zone)
}

fn indentation(text: &str) -> &str {
    let first = text
        .lines()
        .find(|line| !is_blank(line))
        .unwrap_or_default();
    first.strip_suffix(first.trim_start()).unwrap_or_default()
}

fn origin(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let is_origin = words.next()?.eq_ignore_ascii_case("$ORIGIN");
    words.next().filter(|_| is_origin)
}

fn is_blank(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with(';')
}
