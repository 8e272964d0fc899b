//! [`ZoneTree::answer`]: the sections of a reply, made from the results of [`ZoneTree::lookup`] for
//! the QNAME and for each alias target in the zone.

use std::collections::BTreeSet;

use dnsparse::{DnsPacket, Mx, Name, Question, Rcode, Rdata, Record, RecordType, Srv};

use crate::lookup::LookupResult;
use crate::tree::ZoneTree;

/// The most aliases that are followed within a zone, since a chain of aliases may loop. A resolver
/// can query for the last target itself.
pub const MAX_ALIASES: usize = 16;

impl ZoneTree {
    /// Fills the sections, AA and the RCODE of a reply to one question. The caller sets the id, the
    /// question and the rest of the header.
    ///
    /// AA stays clear in a referral, since the zone is not authoritative for the names below a cut.
    /// It is set if the answer begins with an alias, wherever that leads: AA is about the QNAME
    /// (RFC 1035 section 4.1.1).
    pub fn answer(&self, question: &Question, reply: &mut DnsPacket) {
        let mut qname = question.qname.clone();
        for _ in 0..=MAX_ALIASES {
            match self.answer_name(&qname, question.qtype, reply) {
                Some(target) => qname = target,
                None => break,
            }
        }
        self.add_addresses(reply);
    }

    /// Adds the lookup result of one name to the reply. Returns the target if the name is an alias.
    fn answer_name(&self, qname: &Name, qtype: RecordType, reply: &mut DnsPacket) -> Option<Name> {
        let is_first = reply.answers.is_empty();
        let result = self.lookup(qname, qtype);
        if is_first {
            reply.header.aa =
                !matches!(result, LookupResult::Referral(_) | LookupResult::OutOfZone);
        }
        todo!(
            "Fill the answer and authority sections, and set the RCODE, as the chapter's table has it for each result. (`push_new` adds the records of an alias; `negative_soa` makes the SOA.) Decide what a name out of the zone means if it `is_first`, and what after an alias. Return the target of an alias, otherwise None."
        )
    }

    /// Fills the additional section: the addresses, as far as this zone has them, of the hosts that
    /// the reply names (RFC 1034 section 4.3.2, step 6). Each saves the client a query.
    fn add_addresses(&self, reply: &mut DnsPacket) {
        let mut seen = BTreeSet::new();
        let hosts = reply
            .answers
            .iter()
            .chain(&reply.authorities)
            .filter_map(host);
        let new = hosts.filter(|(host, _)| seen.insert((*host).clone()));
        let addresses = new.flat_map(|(host, is_server)| self.addresses(host, is_server));
        reply.additionals = addresses
            .filter(|address| !reply.answers.contains(address))
            .cloned()
            .collect();
    }

    /// Returns a host's addresses. Those at or below a cut are glue: copied from the child zone so
    /// that its servers can be reached. They are added for the targets of NS records only.
    fn addresses<'z>(
        &'z self,
        host: &'z Name,
        with_glue: bool,
    ) -> impl Iterator<Item = &'z Record> {
        let is_glue = host.ancestors().any(|name| self.is_cut(&name));
        let types = if is_glue && !with_glue {
            &[][..]
        } else {
            &[RecordType::A, RecordType::AAAA]
        };
        types.iter().flat_map(move |rtype| self.rrset(host, *rtype))
    }
}

/// Returns the host in an NS, MX or SRV record, and whether it is a name server (an NS record's).
fn host(record: &Record) -> Option<(&Name, bool)> {
    match &record.rdata {
        Rdata::Ns(server) => Some((server, true)),
        Rdata::Mx(Mx { exchange: host, .. }) | Rdata::Srv(Srv { target: host, .. }) => {
            Some((host, false))
        }
        _ => None,
    }
}

/// Adds the records of an alias that the section lacks. (A chain through two names below one DNAME
/// would add that DNAME twice.)
fn push_new(section: &mut Vec<Record>, records: Vec<Record>) {
    for record in records {
        if !section.contains(&record) {
            section.push(record);
        }
    }
}
