//! Reads a response policy zone (draft-vixie-dnsop-dns-rpz): rules for names, as the records of a zone.
//!
//! Of its triggers, rdns knows those by the name of the question (QNAME); of its actions, NXDOMAIN
//! (`CNAME .`), NODATA (`CNAME *.`) and PASSTHRU (`CNAME rpz-passthru.`, or the older `name CNAME
//! name`). Other records are counted, and not used.

use std::path::Path;

use dnsparse::zone::Records;
use dnsparse::{Name, Rdata, Record, RecordType};
use zone::substitute;

use super::names::{Action, Reach};
use crate::config::ConfigError;
use crate::config::input::included;

/// A name, and the action for it, or for the names below it.
pub(super) type Rule = (Name, Action, Reach);

/// Reads a response policy zone, the text of the file of a setting, with the files that it includes, and passes on the rule of each record; none if its
/// trigger or its action is not known. The zone's own name, which all owners end in, is that of its SOA.
///
/// # Errors
/// If the text is no zone, or has no SOA at its beginning.
pub(super) fn read(
    text: &str,
    (key, path): (&'static str, &Path),
    mut add: impl FnMut(Option<Rule>),
) -> Result<(), ConfigError> {
    let file = &path.display().to_string();
    let refused = |text: &str| ConfigError::File {
        file: file.clone(),
        text: text.to_owned(),
    };
    let origin = Name::from_labels(["rpz"]).unwrap_or(Name::ROOT);
    let mut apex = None;
    let mut include = included(key, path);
    for record in Records::new(text, &origin).with_include(&mut include) {
        let record = record.map_err(|error| Box::new(error.in_file(file)))?;
        if record.rtype() == RecordType::SOA {
            apex.get_or_insert(record.owner);
            continue;
        }
        let Some(apex) = &apex else {
            return Err(refused(
                "the first record is not an SOA: a response policy zone begins with one",
            ));
        };
        if record.rtype() != RecordType::NS || record.owner != *apex {
            add(rule(&record, apex));
        }
    }
    match apex {
        Some(_) => Ok(()),
        None => Err(refused(
            "there is no record: a response policy zone begins with an SOA",
        )),
    }
}

/// Reads a record; none if its trigger or its action is not known.
fn rule(record: &Record, apex: &Name) -> Option<Rule> {
    let Rdata::Cname(target) = &record.rdata else {
        return None;
    };
    if !record.owner.is_at_or_below(apex) || record.owner == *apex {
        return None;
    }
    let trigger = substitute(&record.owner, apex, &Name::ROOT)?;
    let action = match target.to_string().to_ascii_lowercase().as_str() {
        "." => Action::Block,
        "*." => Action::NoData,
        "rpz-passthru." => Action::Pass,
        _ if *target == trigger => Action::Pass,
        _ => return None,
    };
    let last = trigger.labels().last()?;
    // rpz-ip, rpz-nsdname and the like are triggers by other things than the question's name.
    if last.to_ascii_lowercase().starts_with(b"rpz-") {
        return None;
    }
    match trigger.labels().next()? {
        b"*" => Some((trigger.parent()?, action, Reach::Below)),
        _ => Some((trigger, action, Reach::Exact)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_rules_of_a_response_policy_zone_are_used() {
        use Action::{Block, NoData, Pass};
        use Reach::{Below, Exact};
        let text = "$TTL 60\n@ SOA localhost. root. 1 1h 1h 1h 60\n@ NS localhost.\nads.example CNAME .\n*.ads.example CNAME .\ngood.ads.example CNAME rpz-passthru.\nempty.example CNAME *.\nolder.ads.example CNAME older.ads.example.\nwalled.example CNAME garden.example.\nlocal.example A 192.0.2.1\n32.1.2.0.192.rpz-ip CNAME .\ndrop.example CNAME rpz-drop.\n";
        let mut rules = Vec::new();
        read(text, ("blocklist", Path::new("policy.rpz")), |rule| {
            rules.push(rule)
        })
        .unwrap();
        let (known, unknown): (Vec<_>, Vec<_>) = rules.into_iter().partition(Option::is_some);
        let known: Vec<Rule> = known.into_iter().flatten().collect();
        let expected = [
            ("ads.example", Block, Exact),
            ("ads.example", Block, Below),
            ("good.ads.example", Pass, Exact),
            ("empty.example", NoData, Exact),
            ("older.ads.example", Pass, Exact),
        ];
        let expected = expected.map(|(name, action, reach)| (name.parse().unwrap(), action, reach));
        assert_eq!(known, expected);
        assert_eq!(unknown.len(), 4, "records of other kinds");
    }
}
