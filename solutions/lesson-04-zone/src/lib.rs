//! Lesson 4: looking a name up in a zone (RFC 1034 section 4.3.2), the main work of an
//! authoritative server.
//!
//! A zone file is a list of records. The answer to a question may be one of them, unchanged. It may
//! also be an alias to another name, a referral to other servers, a record synthesized from a
//! wildcard, or the statement that there is no such record or no such name. [`ZoneTree::lookup`]
//! returns one of seven results:
//!
//! | [`LookupResult`] | reason |
//! | --- | --- |
//! | [`Answer`](LookupResult::Answer) | the name, or a matching wildcard, has records of the type |
//! | [`Alias`](LookupResult::Alias) | the name has a CNAME, or is below a DNAME |
//! | [`NoData`](LookupResult::NoData) | the name exists, but has no records of the type |
//! | [`NxDomain`](LookupResult::NxDomain) | neither the name nor any name below it exists |
//! | [`Referral`](LookupResult::Referral) | the name is at or below a zone cut |
//! | [`NameTooLong`](LookupResult::NameTooLong) | a DNAME would make the name exceed 255 octets |
//! | [`OutOfZone`](LookupResult::OutOfZone) | the name is not at or below the apex |
//!
//! | module | does |
//! | --- | --- |
//! | `tree` | the records by name, with the empty non-terminals |
//! | `lookup` | one name, from the apex down |
//! | `answer` | a whole reply: follows aliases within the zone, adds the SOA and addresses |
//!
//! No I/O, no clock: the wire format, size limits and the rest of the header are for lesson 5.
//!
//! ```
//! use dnsparse::{RecordType, Zone};
//! use zone::{LookupResult, ZoneTree};
//!
//! let file = "\
//! @    3600  SOA    ns1 hostmaster 1 1d 2h 4w 5m
//! @    3600  NS     ns1
//! ns1  3600  A      192.0.2.53
//! www  300   CNAME  ns1
//! ";
//! let tree = ZoneTree::new(&Zone::parse(file, &"example.com".parse()?)?)?;
//! let ns1 = tree.lookup(&"ns1.example.com".parse()?, RecordType::A);
//! assert!(matches!(ns1, LookupResult::Answer(_)));
//! let www = tree.lookup(&"www.example.com".parse()?, RecordType::A);
//! assert!(matches!(www, LookupResult::Alias { .. }));
//! let nosuch = tree.lookup(&"nosuch.example.com".parse()?, RecordType::A);
//! assert_eq!(nosuch, LookupResult::NxDomain);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod answer;
mod lookup;
mod tree;

pub use answer::MAX_ALIASES;
pub use lookup::{LookupResult, substitute};
pub use tree::{LoadError, ZoneTree};
