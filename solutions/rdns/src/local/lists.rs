//! Reads a blocklist, in one of three forms.
//!
//! | form | a line | blocks |
//! | --- | --- | --- |
//! | hosts | `0.0.0.0 ads.example` | the name |
//! | domains | `ads.example`, `*.ads.example` or `\|\|ads.example^` | the name and all below it |
//! | RPZ | `ads.example CNAME .` in a zone file | the name; `*.ads.example` all below it |
//!
//! Of response policy zones (draft-vixie-dnsop-dns-rpz), rdns knows triggers by the name of the
//! question, with three actions: NXDOMAIN (`CNAME .`), NODATA (`CNAME *.`) and PASSTHRU (`CNAME
//! rpz-passthru.`). Other records are counted, and not used.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use dnsparse::zone::Records;
use dnsparse::{Name, Rdata, Record, RecordType};
use zone::substitute;

use super::hosts;
use super::names::{Action, NameTable, Reach};
use crate::config::ConfigError;
use crate::config::file::read;
use crate::config::local::ListForm;

/// The longest line that is read, in octets.
const MAX_LINE: usize = 4_096;
/// The names of this machine, and of groups of machines, that hosts files have beside the blocked
/// ones.
const OWN_NAMES: [&str; 12] = [
    "localhost",
    "localhost.localdomain",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-allhosts",
    "0.0.0.0",
];

/// A list as it was read.
#[derive(Debug, Default)]
pub struct List {
    /// The names.
    pub names: NameTable,
    /// The number of records of an RPZ that rdns does not know.
    pub skipped: usize,
}

/// Reads a list.
///
/// # Errors
/// If the file cannot be read, or a line of it is wrong.
pub fn load(path: &Path, form: ListForm) -> Result<List, ConfigError> {
    let mut list = List::default();
    match form {
        ListForm::Rpz => list.read_rpz(path)?,
        ListForm::Hosts => list.read_lines(path, List::add_hosts_line)?,
        ListForm::Domains => list.read_lines(path, List::add_domain)?,
    }
    list.names.finish();
    Ok(list)
}

impl List {
    /// Reads a file line by line: it may have millions of them.
    fn read_lines(
        &mut self,
        path: &Path,
        add: fn(&mut List, &str) -> Result<(), String>,
    ) -> Result<(), ConfigError> {
        let file = || path.display().to_string();
        let unreadable = |reason| ConfigError::Unreadable {
            file: file(),
            reason,
        };
        let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
        let (mut line, mut number) = (String::new(), 0);
        loop {
            line.clear();
            let mut limited = std::io::Read::take(&mut reader, MAX_LINE as u64);
            if limited.read_line(&mut line).map_err(unreadable)? == 0 {
                return Ok(());
            }
            number += 1;
            let is_whole = line.ends_with('\n') || line.len() < MAX_LINE;
            let added = match is_whole {
                true => add(self, line.trim()),
                false => Err(format!("the line has more than {MAX_LINE} octets")),
            };
            added.map_err(|text| ConfigError::Line {
                file: file(),
                line: number,
                text,
            })?;
        }
    }

    fn add_hosts_line(&mut self, line: &str) -> Result<(), String> {
        for name in hosts::line(line)?.iter().flat_map(|(_, names)| names) {
            let text = name.to_string();
            let text = text.strip_suffix('.').unwrap_or(&text);
            if !OWN_NAMES.contains(&text) && !name.is_root() {
                self.names.add(name, Action::Block, Reach::Exact);
            }
        }
        Ok(())
    }

    fn add_domain(&mut self, line: &str) -> Result<(), String> {
        let text = match line.starts_with('!') {
            true => "",
            false => hosts::without_comment(line).trim(),
        };
        if text.is_empty() {
            return Ok(());
        }
        let (bare, is_exception) = match text.strip_prefix("@@") {
            Some(text) => (text, true),
            None => (text, false),
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
        if bare.contains(char::is_whitespace) {
            return Err(match hosts::line(text) {
                Ok(_) => "the line has the form of a hosts file: write form = \"hosts\"".to_owned(),
                Err(_) => explained(&"it has a blank"),
            });
        }
        let name: Name = bare.parse().map_err(|error| explained(&error))?;
        if name.is_root() {
            return Err(explained(&"it is the root, which has all names below it"));
        }
        let action = match is_exception {
            true => Action::Pass,
            false => Action::Block,
        };
        if !is_below {
            self.names.add(&name, action, Reach::Exact);
        }
        self.names.add(&name, action, Reach::Below);
        Ok(())
    }

    /// Reads a response policy zone. Its own name, which all owners end in, is that of its SOA.
    fn read_rpz(&mut self, path: &Path) -> Result<(), ConfigError> {
        let file = path.display().to_string();
        let text = read(path)?;
        let origin = Name::from_labels(["rpz"]).unwrap_or(Name::ROOT);
        let mut apex = None;
        for record in Records::new(&text, &origin) {
            let record = record.map_err(|error| Box::new(error.in_file(&file)))?;
            if record.rtype() == RecordType::SOA {
                apex.get_or_insert(record.owner);
                continue;
            }
            let Some(apex) = &apex else {
                let text = "the first record is not an SOA: a response policy zone begins with one"
                    .to_owned();
                return Err(ConfigError::File { file, text });
            };
            if record.rtype() == RecordType::NS && record.owner == *apex {
                continue;
            }
            match rule(&record, apex) {
                Some((name, action, reach)) => self.names.add(&name, action, reach),
                None => self.skipped += 1,
            }
        }
        Ok(())
    }
}

/// Reads a record of a response policy zone; none if it is of another kind than those that are
/// known.
fn rule(record: &Record, apex: &Name) -> Option<(Name, Action, Reach)> {
    let Rdata::Cname(target) = &record.rdata else {
        return None;
    };
    let action = match target.to_string().as_str() {
        "." => Action::Block,
        "*." => Action::NoData,
        "rpz-passthru." => Action::Pass,
        _ => return None,
    };
    if !record.owner.is_at_or_below(apex) || record.owner == *apex {
        return None;
    }
    let trigger = substitute(&record.owner, apex, &Name::ROOT)?;
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

    fn list(text: &str, form: ListForm) -> Result<List, String> {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("list");
        std::fs::write(&path, text).unwrap();
        let folder = format!("{}/", folder.path().display());
        load(&path, form).map_err(|error| error.to_string().replace(&folder, ""))
    }

    #[track_caller]
    fn check(list: &List, expected: &[(&str, Option<Action>)]) {
        for (name, expected) in expected {
            let found = list.names.find(&name.parse().unwrap());
            assert_eq!(found, *expected, "{name}");
        }
    }

    #[test]
    fn a_hosts_file_blocks_its_names() {
        let text = "# a list\n127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 ads.example track.example # two\n\n0.0.0.0 0.0.0.0\n";
        let list = list(text, ListForm::Hosts).unwrap();
        check(
            &list,
            &[
                ("ads.example", Some(Action::Block)),
                ("track.example", Some(Action::Block)),
                ("x.ads.example", None),
                ("localhost", None),
            ],
        );
    }

    #[test]
    fn a_domain_blocks_all_names_below_it() {
        let text = "! a list\n# more\nads.example\n*.sub.example\n||adblock.example^\n@@||good.ads.example^\n";
        let list = list(text, ListForm::Domains).unwrap();
        check(
            &list,
            &[
                ("ads.example", Some(Action::Block)),
                ("x.y.ads.example", Some(Action::Block)),
                ("good.ads.example", Some(Action::Pass)),
                ("x.good.ads.example", Some(Action::Pass)),
                ("sub.example", None),
                ("x.sub.example", Some(Action::Block)),
                ("adblock.example", Some(Action::Block)),
            ],
        );
    }

    #[test]
    fn the_known_rules_of_a_response_policy_zone_are_used() {
        let text = "$TTL 60\n@ SOA localhost. root. 1 1h 1h 1h 60\n@ NS localhost.\nads.example CNAME .\n*.ads.example CNAME .\ngood.ads.example CNAME rpz-passthru.\nempty.example CNAME *.\nwalled.example CNAME garden.example.\nlocal.example A 192.0.2.1\n32.1.2.0.192.rpz-ip CNAME .\ndrop.example CNAME rpz-drop.\n";
        let list = list(text, ListForm::Rpz).unwrap();
        check(
            &list,
            &[
                ("ads.example", Some(Action::Block)),
                ("x.ads.example", Some(Action::Block)),
                ("good.ads.example", Some(Action::Pass)),
                ("empty.example", Some(Action::NoData)),
                ("walled.example", None),
                ("drop.example", None),
            ],
        );
        assert_eq!(list.skipped, 4, "records of other kinds");
    }

    #[test]
    fn a_wrong_line_is_named() {
        let long = "a".repeat(MAX_LINE + 1);
        for (text, form, expected) in [
            (
                "ads.example\n",
                ListForm::Hosts,
                "list:1: 'ads.example' is not an address",
            ),
            (
                "a.example\n0.0.0.0 ads.example\n",
                ListForm::Domains,
                "list:2: the line has the form of a hosts file",
            ),
            (
                "a..example\n",
                ListForm::Domains,
                "list:1: 'a..example' is not a domain",
            ),
            (
                ".\n",
                ListForm::Domains,
                "list:1: '.' is not a domain: it is the root",
            ),
            (
                long.as_str(),
                ListForm::Domains,
                "list:1: the line has more than 4096 octets",
            ),
            ("a CNAME .\n", ListForm::Rpz, "list:1:3: there is no TTL"),
            (
                "a 60 CNAME .\n",
                ListForm::Rpz,
                "list: the first record is not an SOA",
            ),
        ] {
            let error = list(text, form).map(|list| list.names.len()).unwrap_err();
            assert!(
                error.starts_with(expected),
                "got: {error}\nexpected: {expected}"
            );
        }
    }
}
