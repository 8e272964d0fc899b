//! [`QueryTypes`]: the types of queries that a server did not answer (given).
//!
//! Some servers drop, or refuse, the queries of one type, such as HTTPS, and answer all others. A
//! resolver that took such a server for dead, or for lame, would lose it for the names that every
//! client needs. So a failure counts for the types that have failed; and only when several types
//! have, for all.

use dnsparse::RecordType;

/// A set of types: none, one, two, or all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryTypes {
    /// No type.
    #[default]
    None,
    /// One type.
    One(RecordType),
    /// Two types.
    Two(RecordType, RecordType),
    /// Three types have failed, and with them all are taken to fail.
    All,
}

impl QueryTypes {
    /// Whether the type is in the set.
    pub fn includes(self, qtype: RecordType) -> bool {
        match self {
            QueryTypes::None => false,
            QueryTypes::One(one) => one == qtype,
            QueryTypes::Two(one, two) => one == qtype || two == qtype,
            QueryTypes::All => true,
        }
    }

    /// Returns the set with one more type.
    #[must_use]
    pub fn with(self, qtype: RecordType) -> QueryTypes {
        match self {
            _ if self.includes(qtype) => self,
            QueryTypes::None => QueryTypes::One(qtype),
            QueryTypes::One(one) => QueryTypes::Two(one, qtype),
            QueryTypes::Two(..) | QueryTypes::All => QueryTypes::All,
        }
    }

    /// Returns the set without a type. If all types were taken to fail, the set is empty
    /// afterwards.
    #[must_use]
    pub fn without(self, qtype: RecordType) -> QueryTypes {
        match self {
            QueryTypes::Two(one, two) if one == qtype => QueryTypes::One(two),
            QueryTypes::Two(one, two) if two == qtype => QueryTypes::One(one),
            _ if self.includes(qtype) => QueryTypes::None,
            _ => self,
        }
    }
}
