//! [`Zone`]: a whole zone file, or any list of records in that form (RFC 1035 section 5).
//!
//! [`Records`] reads a file record by record; a single record is parsed by its `FromStr`.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::string::ToString;
use alloc::vec::Vec;

mod generate;
mod include;
mod octets;
mod record;
mod records;

use core::fmt;

pub use self::octets::to_text;
pub use self::records::Records;
use crate::text::ZoneError;
use crate::types::{Name, Record};

/// The records of a zone file in their order. Each record's own form is checked, and nothing else.
///
/// ```
/// use dnsparse::Zone;
///
/// let text = "\
/// $TTL 1h
/// @    SOA  ns1 hostmaster ( 2024060100 ; serial
///                            1d 2h 4w 5m )
///      NS   ns1
/// ns1  A    192.0.2.53
/// ";
/// let zone = Zone::parse(text, &"example.com".parse()?)?;
/// assert_eq!(zone.records.len(), 3);
/// assert_eq!(zone.records[2].to_string(), "ns1.example.com.\t3600\tIN\tA\t192.0.2.53");
/// assert_eq!(Zone::parse(&zone.to_string(), &zone.origin)?, zone);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Zone {
    /// The name that completed relative names at first: in the file of a zone, its apex.
    pub origin: Name,
    /// The records in the order of the file.
    pub records: Vec<Record>,
}

impl Zone {
    /// Parses a zone file, in time linear in its length. [`Records`] explains the defaults of its
    /// fields.
    ///
    /// A file need not have an SOA: the same function parses `named.root`, the list of root
    /// servers.
    ///
    /// # Errors
    /// The first line that does not parse; [`ZoneError::in_file`] adds the file's name.
    ///
    /// ```
    /// use dnsparse::Zone;
    ///
    /// let zone = Zone::parse("$TTL 60\nwww A 192.0.2.1\n", &"example.com".parse()?)?;
    /// assert_eq!(zone.records[0].to_string(), "www.example.com.\t60\tIN\tA\t192.0.2.1");
    /// let error = Zone::parse("www A 192.0.2.1", &zone.origin).unwrap_err();
    /// assert!(error.to_string().starts_with("line 1, column 5: there is no TTL"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str, origin: &Name) -> Result<Zone, ZoneError> {
        let records = Records::new(text, origin).collect::<Result<_, _>>()?;
        Ok(Zone {
            origin: origin.clone(),
            records,
        })
    }
}

/// A file that parses to the same zone, unless a record is
/// [`Rdata::Malformed`](crate::Rdata::Malformed). Owners are relative to an `$ORIGIN` in the first
/// line, and left out if the line before has the same.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ORIGIN {}", self.origin)?;
        let mut last = None;
        for Record {
            owner,
            class,
            ttl,
            rdata,
        } in &self.records
        {
            let same = last == Some(owner.wire());
            last = Some(owner.wire());
            let owner = if same {
                String::new()
            } else {
                relative(owner, &self.origin)
            };
            writeln!(
                f,
                "{owner:<23} {ttl:<7} {class} {:<5} {rdata}",
                rdata.rtype()
            )?;
        }
        Ok(())
    }
}

/// Shows a name below an origin: `@`, `www`; or with all its labels and a dot, if it is not below
/// the origin, or only if case is ignored.
fn relative(name: &Name, origin: &Name) -> String {
    let text = name.to_string();
    if origin.is_root() || !name.is_at_or_below(origin) {
        return text;
    }
    match text.strip_suffix(&origin.to_string()) {
        Some("") => "@".to_owned(),
        Some(head) => head.strip_suffix('.').unwrap_or(head).to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_is_shown_relative_only_if_it_parses_back_the_same() {
        let origin = name("example.com");
        for (full, shown) in [
            ("example.com", "@"),
            ("www.example.com", "www"),
            ("a.b.example.com", "a.b"),
            (r"\@.example.com", r"\@"),
            ("www.example.org", "www.example.org."),
            ("badexample.com", "badexample.com."),
            (r"bad\.example.com", r"bad\.example.com."),
            ("www.EXAMPLE.com", "www.EXAMPLE.com."),
            ("com", "com."),
            (".", "."),
        ] {
            assert_eq!(relative(&name(full), &origin), shown);
        }
        assert_eq!(relative(&name("com"), &Name::ROOT), "com.");
    }

    #[test]
    fn an_owner_is_left_out_if_the_line_before_has_it_in_the_same_case() {
        let text = "a 1 A 192.0.2.1\na 1 A 192.0.2.2\nA 1 A 192.0.2.3\n";
        let zone = Zone::parse(text, &name("x")).unwrap();
        insta::assert_snapshot!(zone, @r"
        $ORIGIN x.
        a                       1       IN A     192.0.2.1
                                1       IN A     192.0.2.2
        A                       1       IN A     192.0.2.3
        ");
    }
}
