//! [`ZoneTree::answer`]: a whole reply from what [`ZoneTree::find`] says, name after name along the aliases.

use std::collections::BTreeSet;

use dnsparse::{DnsPacket, Mx, Name, Question, Rcode, Rdata, Record, RecordType, Srv};

use crate::find::Found;
use crate::tree::ZoneTree;

/// How many aliases are followed within a zone: a chain may be a circle. The asker goes on from there, if it wants to.
pub const MAX_ALIASES: usize = 16;

impl ZoneTree {
    /// Fills the sections, AA and the RCODE of a reply to one question; id, question and the rest of the header are the
    /// caller's.
    ///
    /// AA stays clear in a referral, which tells what others are in charge of. Once an alias is in the answer it is set,
    /// wherever that leads: it speaks of the name asked for (RFC 1035 section 4.1.1).
    pub fn answer(&self, question: &Question, reply: &mut DnsPacket) {
        let mut qname = question.qname.clone();
        for _ in 0..=MAX_ALIASES {
            match self.step(&qname, question.qtype, reply) {
                Some(target) => qname = target,
                None => break,
            }
        }
        self.add_addresses(reply);
    }

    /// Puts into the reply what the zone says about one name; the next name, where it is an alias.
    fn step(&self, qname: &Name, qtype: RecordType, reply: &mut DnsPacket) -> Option<Name> {
        let is_first = reply.answers.is_empty();
        let found = self.find(qname, qtype);
        if is_first {
            reply.header.aa = !matches!(found, Found::Referral(_) | Found::Outside);
        }
        // todo: Fill the answer (an alias by `push_new`), the authority section (`negative_soa`, or the referral's NS records) and the
        // RCODE. Return the target of an alias, else None. Outside the zone: REFUSED if it `is_first`.
        match found {
            Found::Answer(records) => reply.answers.extend(records),
            Found::Alias { records, target } => {
                push_new(&mut reply.answers, records);
                return Some(target);
            }
            Found::NoData => reply.authorities.push(self.negative_soa()),
            Found::NxDomain => {
                reply.header.rcode = Rcode::NXDOMAIN;
                reply.authorities.push(self.negative_soa());
            }
            Found::Referral(servers) => reply.authorities = servers,
            Found::TooLong(dname) => {
                reply.header.rcode = Rcode::YXDOMAIN;
                reply.answers.push(dname);
            }
            Found::Outside if is_first => reply.header.rcode = Rcode::REFUSED,
            Found::Outside => {}
        }
        None
        // end todo
    }

    /// The additional section: addresses, as far as this zone has them, of the hosts that the reply names (RFC 1034
    /// section 4.3.2, step 6). They save the asker a question each.
    fn add_addresses(&self, reply: &mut DnsPacket) {
        let mut told = BTreeSet::new();
        let hosts = reply
            .answers
            .iter()
            .chain(&reply.authorities)
            .filter_map(host);
        let new = hosts.filter(|(host, _)| told.insert((*host).clone()));
        let addresses = new.flat_map(|(host, is_server)| self.addresses(host, is_server));
        reply.additionals = addresses
            .filter(|address| !reply.answers.contains(address))
            .cloned()
            .collect();
    }

    /// A host's addresses. Those at or below a cut are glue: copied from another zone only so that its servers can be
    /// reached, so told of servers and of nobody else.
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

/// The host that a record sends one to, and whether it is one that answers for a zone.
fn host(record: &Record) -> Option<(&Name, bool)> {
    match &record.rdata {
        Rdata::Ns(server) => Some((server, true)),
        Rdata::Mx(Mx { exchange: host, .. }) | Rdata::Srv(Srv { target: host, .. }) => {
            Some((host, false))
        }
        _ => None,
    }
}

/// Adds the records of an alias that are not there yet: two names below one DNAME bring it along twice.
fn push_new(section: &mut Vec<Record>, records: Vec<Record>) {
    for record in records {
        if !section.contains(&record) {
            section.push(record);
        }
    }
}
