//! Looking a name up in a zone (RFC 1034 section 4.3.2): what an authoritative server does all day.
//!
//! A zone file is a list of records. The answer to a question may be in it as it stands, but it may just as well be a
//! pointer to another name, a pointer to other servers, something made from a wildcard, or the proof that there is
//! nothing. Which of them it is, [`ZoneTree::find`] tells; there are no others:
//!
//! | [`Found`] | because |
//! | --- | --- |
//! | [`Answer`](Found::Answer) | the name has records of the type asked for, or a wildcard lends it some |
//! | [`Alias`](Found::Alias) | the name has a CNAME instead, or lies below a DNAME |
//! | [`NoData`](Found::NoData) | the name exists, but not with that type |
//! | [`NxDomain`](Found::NxDomain) | neither the name nor anything below it exists |
//! | [`Referral`](Found::Referral) | the name was given away: ask the servers of that part |
//! | [`TooLong`](Found::TooLong) | a DNAME would make the name longer than 255 octets |
//! | [`Outside`](Found::Outside) | the name was never this zone's |
//!
//! | module | does |
//! | --- | --- |
//! | `tree` | the records by name, with the names that are only there because something is below them |
//! | `find` | one name: from the apex down to where it turns off |
//! | `answer` | a whole reply: follows aliases within the zone, adds SOA and addresses |
//!
//! No I/O, no clock: octets, limits and header rules are the server's business (lesson 5).
//!
//! ```
//! use dnsparse::{RecordType, Zone};
//! use zone::{Found, ZoneTree};
//!
//! let file = "\
//! @    3600  SOA    ns1 hostmaster 1 1d 2h 4w 5m
//! @    3600  NS     ns1
//! ns1  3600  A      192.0.2.53
//! www  300   CNAME  ns1
//! ";
//! let tree = ZoneTree::new(&Zone::parse(file, &"example.com".parse()?)?)?;
//! assert!(matches!(tree.find(&"ns1.example.com".parse()?, RecordType::A), Found::Answer(_)));
//! assert!(matches!(tree.find(&"www.example.com".parse()?, RecordType::A), Found::Alias { .. }));
//! assert_eq!(tree.find(&"nosuch.example.com".parse()?, RecordType::A), Found::NxDomain);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod answer;
mod find;
mod tree;

pub use answer::MAX_ALIASES;
pub use find::{Found, substitute};
pub use tree::{LoadError, ZoneTree};
