//! The links of a chain of trust, in the order in which they were validated, to be shown.

use std::fmt;

use deny::Denial;
use dnsparse::{Name, RecordType};

use crate::link::LinkKind;
use crate::status::{Bogus, Cause};

/// One RRset that was validated, or one absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedLink {
    /// The owner.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// What came of it.
    pub result: LinkResult,
}

/// What came of the validation of an RRset or an absence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkResult {
    /// A signature of this zone holds.
    Signed(Name),
    /// A number of keys, which a trust anchor or a DS record vouches for.
    Keys(usize),
    /// This zone proves that there is no zone cut at the name.
    NoCut(Name),
    /// This zone proves the absence.
    Denied(Name, Denial),
    /// Nothing has to be proved from here on.
    Insecure(Cause),
    /// It is not proved.
    Bogus(Bogus),
}

impl LinkResult {
    pub(crate) fn of_link(link: &LinkKind, zone: &Name) -> LinkResult {
        match link {
            LinkKind::Signed(_) => LinkResult::Signed(zone.clone()),
            LinkKind::NoCut | LinkKind::NoName => LinkResult::NoCut(zone.clone()),
            LinkKind::Insecure(cause) => LinkResult::Insecure(*cause),
        }
    }
}

/// `+` secure, `-` insecure, `!` bogus: as `client --trace` shows it.
impl fmt::Display for TracedLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TracedLink {
            name,
            rtype,
            result,
        } = self;
        let mark = match result {
            LinkResult::Insecure(_) => '-',
            LinkResult::Bogus(_) => '!',
            _ => '+',
        };
        write!(f, "{mark} {name} {rtype}: ")?;
        match result {
            LinkResult::Signed(zone) => write!(f, "signed by {zone}"),
            LinkResult::Keys(1) => write!(f, "1 key"),
            LinkResult::Keys(number) => write!(f, "{number} keys"),
            LinkResult::NoCut(zone) => write!(f, "no zone cut, {zone} goes on"),
            LinkResult::Denied(zone, Denial::NxDomain) => write!(f, "no such name in {zone}"),
            LinkResult::Denied(zone, Denial::NoData) => write!(f, "no such record in {zone}"),
            LinkResult::Insecure(cause) => write!(f, "insecure, {cause}"),
            LinkResult::Bogus(bogus) if bogus.owner == *name && bogus.rtype == *rtype => {
                write!(f, "bogus, {}", bogus.reason)
            }
            LinkResult::Bogus(bogus) => write!(
                f,
                "bogus, {} {}: {}",
                bogus.owner, bogus.rtype, bogus.reason
            ),
        }
    }
}
