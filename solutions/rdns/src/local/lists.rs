//! Reads a blocklist, in one of three forms.
//!
//! | form | a line | blocks |
//! | --- | --- | --- |
//! | hosts | `0.0.0.0 ads.example` | the name |
//! | domains | `ads.example`, `*.ads.example` or `\|\|ads.example^` | the name and all below it |
//! | RPZ | `ads.example CNAME .` in a zone file | the name; `*.ads.example` all below it |
//!
//! In lists of hosts and domains, a wrong line is skipped and counted: a public list of a million
//! lines is not lost by one of them. If most lines are wrong, the file has another form.
//!
//! Each form is parsed in a module of its own: `hosts`, `domains`, `rpz`.

use std::io::{BufRead, BufReader};
use std::path::Path;

use dnsparse::Name;

use super::domains::{self, Line};
use super::names::{Action, NameTable, Reach};
use super::{hosts, rpz};
use crate::config::ConfigError;
use crate::config::input::{BYTE_ORDER_MARK, open, read, unreadable};
use crate::config::local::ListForm;

/// The setting that names lists.
const KEY: &str = "blocklist";
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
    /// The number of names that the file blocks, or makes exceptions: a domain counts once, although it
    /// blocks itself and the names below it.
    pub entries: usize,
    /// The number of records of an RPZ, or of rules for browsers, that rdns does not know.
    pub skipped: usize,
    /// The number of lines that are wrong, and hence not used.
    pub wrong: usize,
    /// The fault of the first of them.
    pub first_fault: Option<ConfigError>,
}

/// Reads a list.
///
/// # Errors
/// If the file cannot be read or is empty, an RPZ is wrong, or another form has more wrong lines than
/// entries.
pub fn load(path: &Path, form: ListForm) -> Result<List, ConfigError> {
    let mut list = List::default();
    match form {
        ListForm::Rpz => list.read_rpz(path)?,
        ListForm::Hosts => list.read_lines(path, List::add_hosts_line)?,
        ListForm::Domains => list.read_lines(path, List::add_domains_line)?,
    }
    if list.wrong > list.entries
        && let Some(fault) = list.first_fault.take()
    {
        return Err(fault);
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
        let mut reader = BufReader::new(open(KEY, path)?);
        let (mut octets, mut number, mut is_rest) = (Vec::new(), 0, false);
        loop {
            octets.clear();
            let mut limited = std::io::Read::take(&mut reader, MAX_LINE as u64);
            let length = (limited.read_until(b'\n', &mut octets))
                .map_err(|reason| unreadable(KEY, path, reason))?;
            if length == 0 && number == 0 {
                // A download that has failed leaves such a file, and blocks no name.
                return Err(ConfigError::File {
                    file: file(),
                    text: "the list is empty: write a comment into it if that is meant, or leave it out".to_owned(),
                });
            }
            if length == 0 {
                return Ok(());
            }
            let is_whole = octets.ends_with(b"\n") || length < MAX_LINE;
            // The rest of a line that is too long has been counted with its beginning.
            if std::mem::replace(&mut is_rest, !is_whole) {
                continue;
            }
            number += 1;
            // Only in a comment another encoding does no harm: a name with it is no name.
            let line = String::from_utf8_lossy(&octets);
            let line = match number {
                1 => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line),
                _ => &line,
            };
            let added = match is_whole {
                true => add(self, line.trim()),
                false => Err(format!("the line has more than {MAX_LINE} octets")),
            };
            if let Err(text) = added {
                self.wrong += 1;
                self.first_fault.get_or_insert_with(|| ConfigError::Line {
                    file: file(),
                    line: number,
                    text,
                });
            }
        }
    }

    fn read_rpz(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = read(KEY, path)?;
        rpz::read(&text, (KEY, path), |rule| match rule {
            Some((name, action, reach)) => {
                self.entries += 1;
                self.names.add(&name, action, reach);
            }
            None => self.skipped += 1,
        })
    }

    fn add_hosts_line(&mut self, line: &str) -> Result<(), String> {
        for name in hosts::line(line)?.iter().flat_map(|(_, names)| names) {
            match name.labels().any(|label| label == b"*") {
                // The form has no wildcards.
                true => self.skipped += 1,
                false if is_own(name) || name.is_root() => {}
                false => {
                    self.entries += 1;
                    self.names.add(name, Action::Block, Reach::Exact);
                }
            }
        }
        Ok(())
    }

    fn add_domains_line(&mut self, line: &str) -> Result<(), String> {
        match domains::line(line)? {
            Line::Empty => {}
            Line::BrowserRule => self.skipped += 1,
            Line::Domain { name, .. } if is_own(&name) => {}
            Line::Domain {
                name,
                action,
                is_below,
            } => {
                self.entries += 1;
                if !is_below {
                    self.names.add(&name, action, Reach::Exact);
                }
                self.names.add(&name, action, Reach::Below);
            }
        }
        Ok(())
    }
}

/// Whether a name is one of [`OWN_NAMES`].
fn is_own(name: &Name) -> bool {
    let text = name.to_string();
    let text = text.strip_suffix('.').unwrap_or(&text);
    OWN_NAMES.iter().any(|own| own.eq_ignore_ascii_case(text))
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
        let text = "\u{feff}# a list\r\n127.0.0.1 localhost LOCALHOST\r\n0.0.0.0 *.wild.example\n::1 ip6-localhost\n0.0.0.0 ads.example track.example # two\n\n0.0.0.0 0.0.0.0\n";
        let list = list(text, ListForm::Hosts).unwrap();
        check(
            &list,
            &[
                ("ads.example", Some(Action::Block)),
                ("track.example", Some(Action::Block)),
                ("x.ads.example", None),
                ("localhost", None),
                ("x.wild.example", None),
            ],
        );
        assert_eq!(list.skipped, 1, "the form has no wildcards");
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

    /// Rules for browsers depend on the page: the name is not blocked.
    #[test]
    fn rules_for_browsers_are_counted_and_block_no_name() {
        let text = "[Adblock Plus 2.0]\n! Title: a list\n#comment\nshop.example##.banner\n||shop.example^$script,third-party\nads.example # comment\n";
        let list = list(text, ListForm::Domains).unwrap();
        check(
            &list,
            &[
                ("shop.example", None),
                ("www.shop.example", None),
                ("ads.example", Some(Action::Block)),
            ],
        );
        assert_eq!((list.names.len(), list.skipped), (2, 2));
    }

    #[test]
    fn wrong_lines_are_skipped_and_the_first_is_named() {
        let long = "a".repeat(3 * MAX_LINE);
        let domains = format!("a.example\nb..example\n{long}\nc.example\n");
        let hosts = format!("0.0.0.0 a.example\n0 b..example\n{long}\n:: c.example\n");
        for (text, form) in [(domains, ListForm::Domains), (hosts, ListForm::Hosts)] {
            let list = list(&text, form).unwrap();
            check(&list, &[("a.example", Some(Action::Block))]);
            check(&list, &[("c.example", Some(Action::Block))]);
            assert_eq!((list.entries, list.wrong), (2, 2), "{form:?}");
            let first = list.first_fault.unwrap().to_string();
            assert!(first.contains("list:2: '"), "{first}");
        }
    }

    #[test]
    fn names_in_other_letters_and_escaped_dots_are_domains() {
        let block = Some(Action::Block);
        let hosts = list("0.0.0.0 b\u{fc}cher.example\n", ListForm::Hosts).unwrap();
        check(&hosts, &[("xn--bcher-kva.example", block)]);
        let list = list("B\u{fc}cher.example\na\\.b.example\n", ListForm::Domains).unwrap();
        check(&list, &[("xn--bcher-kva.example", block)]);
        check(&list, &[("a\\.b.example", block), ("a.b.example", None)]);
        assert_eq!((list.entries, list.wrong), (2, 0));
    }

    #[test]
    fn a_response_policy_zone_includes_files_of_its_folder() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("policy");
        std::fs::write(folder.path().join("more"), "ads.example CNAME .\n").unwrap();
        std::fs::write(&path, "$TTL 60\n@ SOA a b 1 2 3 4 5\n$INCLUDE more\n").unwrap();
        let list = load(&path, ListForm::Rpz).unwrap();
        check(&list, &[("ads.example", Some(Action::Block))]);
    }

    #[test]
    fn names_of_this_machine_are_not_blocked() {
        for form in [ListForm::Hosts, ListForm::Domains] {
            let address = match form {
                ListForm::Hosts => "127.0.0.1 ",
                _ => "",
            };
            let text = format!("{address}LocalHost\n{address}ads.example\n");
            let list = list(&text, form).unwrap();
            check(&list, &[("localhost", None), ("x.localhost", None)]);
            check(&list, &[("ads.example", Some(Action::Block))]);
        }
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
                "0.0.0.0 ads.example\n",
                ListForm::Domains,
                "list:1: the line has the form of a hosts file",
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
            (
                "https://ads.example/\n",
                ListForm::Domains,
                "list:1: 'https://ads.example/' is not a domain: no domain has ':' in it",
            ),
            (
                "address=/ads.example/0.0.0.0\n",
                ListForm::Domains,
                "list:1: 'address=/ads.example/0.0.0.0' is not a domain: no domain has '=' in it",
            ),
            (
                "<html>\n",
                ListForm::Domains,
                "list:1: '<html>' is not a domain: no domain has '<' in it",
            ),
            (
                "b\u{fffd}r.example\n",
                ListForm::Domains,
                "list:1: 'b\u{fffd}r.example' is not a domain: '\u{fffd}' is not ASCII",
            ),
            (
                "a.example\na b\n\nb..example\n",
                ListForm::Domains,
                "list:2: 'a b' is not a domain",
            ),
            ("", ListForm::Domains, "list: the list is empty: "),
            ("", ListForm::Hosts, "list: the list is empty: "),
            (
                "",
                ListForm::Rpz,
                "list: there is no record: a response policy zone begins with an SOA",
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
