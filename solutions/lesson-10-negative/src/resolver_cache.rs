//! [`ResolverCache`]: all that is known, what is learned from a reply, and what a question needs of it.

use std::net::IpAddr;

use cache::{Cache, Trust, rrsets, ttl};
use chase::ResolutionFailure;
use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use referral::{Answer, Delegation, NameServer, Negative, ReplyKind};
use tokio::time::Instant;
use zone::substitute;

use crate::delegation_cache::DelegationCache;
use crate::failure_cache::FailureCache;
use crate::negative_cache::NegativeCache;

/// What is known. Each part has its share of the capacity: half of it the RRsets, a quarter the zone cuts, an eighth each what
/// does not exist and what has failed. So whoever asks for names that do not exist drives out none that do.
#[derive(Debug, Clone)]
pub struct ResolverCache {
    pub(crate) cache: Cache,
    pub(crate) negative: NegativeCache,
    pub(crate) delegations: DelegationCache,
    pub(crate) failures: FailureCache,
}

impl ResolverCache {
    /// Only where to start is known. There is room for so many records.
    pub fn new(hints: Delegation, capacity: usize) -> ResolverCache {
        ResolverCache {
            cache: Cache::new(capacity / 2),
            negative: NegativeCache::new(capacity / 8),
            delegations: DelegationCache::new(hints, capacity / 4),
            failures: FailureCache::new(capacity / 8),
        }
    }

    /// How many records are held.
    pub fn records(&self) -> usize {
        self.cache.records()
            + self.negative.records()
            + self.delegations.records()
            + self.failures.records()
    }

    /// A server of `zone` was asked a question, and said that.
    pub fn store(&mut self, zone: &Name, question: &Question, reading: &ReplyKind, now: Instant) {
        if question.qclass != Class::IN || is_astray(zone, question) {
            return;
        }
        // todo: A referral: `delegate`. An answer: `keep` its records, and `note_own` servers. An alias: `keep` its records.
        // Nothing: `note` the absence. A lame server has said nothing. What was an answer, or nothing, is no failure any more:
        // `forget` that.
        match reading {
            ReplyKind::Referral(to) => return self.delegate(zone, to, now),
            ReplyKind::Answer(Answer::Positive(records)) => {
                self.keep(question, records, now);
                self.note_own(zone, question, records, now);
            }
            ReplyKind::Answer(Answer::Alias { records, .. }) => {
                return self.keep(question, records, now);
            }
            ReplyKind::Answer(Answer::NoData(negative)) => {
                self.note(question, negative, Some(question.qtype), now);
            }
            ReplyKind::Answer(Answer::NxDomain(negative)) => {
                self.note(question, negative, None, now)
            }
            ReplyKind::Unusable(_) => return,
        }
        self.failures.forget(question);
        // end todo
    }

    /// Who serves a zone below `above`, and where. The addresses are glue: good for finding those servers, and no answer.
    fn delegate(&mut self, above: &Name, to: &Delegation, now: Instant) {
        self.delegations.delegate(above, to, now);
        for server in &to.servers {
            let record = |address: &IpAddr| {
                let rdata = match address {
                    IpAddr::V4(address) => Rdata::A(*address),
                    IpAddr::V6(address) => Rdata::Aaaa(*address),
                };
                Record::new(server.name.clone(), to.ttl, rdata)
            };
            let glue: Vec<_> = server.addresses.iter().map(record).collect();
            for rrset in rrsets(&glue) {
                self.cache.put(&rrset, Trust::Glue, now);
            }
        }
    }

    /// Keeps the records of an answer, each RRset on its own.
    ///
    /// An alias that was made from a DNAME is not kept, since it can be made again. Nor is what came when everything was asked
    /// for: it may be less than everything (RFC 8482).
    fn keep(&mut self, question: &Question, records: &[Record], now: Instant) {
        if question.qtype == RecordType::ANY {
            return;
        }
        for rrset in rrsets(records) {
            let Some(first) = rrset.first().filter(|first| !is_made(first, records)) else {
                continue;
            };
            self.negative.forget(&first.owner, first.rtype());
            self.cache.put(&rrset, Trust::Answer, now);
        }
    }

    /// A zone's own servers, if it was asked for them.
    fn note_own(&mut self, zone: &Name, question: &Question, records: &[Record], now: Instant) {
        if question.qtype != RecordType::NS || question.qname != *zone {
            return;
        }
        let own: Vec<_> = records
            .iter()
            .filter(|record| record.owner == *zone)
            .collect();
        let names = own.iter().filter_map(|record| match &record.rdata {
            Rdata::Ns(name) => Some(name.clone()),
            _ => None,
        });
        let ttl = own.iter().map(|record| ttl::seconds(record.ttl)).min();
        self.delegations
            .name_own(zone, names.collect(), ttl.unwrap_or(0), now);
    }

    /// Notes that there is nothing where the aliases end, of one type or at all. Without an SOA nobody knows for how long, so
    /// that only the aliases are kept.
    fn note(
        &mut self,
        question: &Question,
        negative: &Negative,
        rtype: Option<RecordType>,
        now: Instant,
    ) {
        self.keep(question, &negative.records, now);
        let target = |record: &Record| match &record.rdata {
            Rdata::Cname(target) => Some(target.clone()),
            _ => None,
        };
        let end = negative.records.iter().rev().find_map(target);
        let name = end.as_ref().unwrap_or(&question.qname);
        if let Some(soa) = &negative.soa {
            self.negative.put(name, rtype, soa, now);
        }
    }

    /// How a walk for a question would end, if that is known.
    pub fn cached_answer(&mut self, question: &Question, now: Instant) -> Option<Answer> {
        let Question {
            qname,
            qtype,
            qclass,
        } = question;
        if *qclass != Class::IN {
            return None;
        }
        // todo: An Answer, if the cache has one (of Trust::Answer) for this name and type. Else an `alias`. Else what the
        // absences say, as an Answer without records but with the SOA.
        if let Some(found) = self.cache.get(qname, *qtype, Trust::Answer, now) {
            return Some(Answer::Positive(found.records));
        }
        if let Some(alias) = self.alias(question, now) {
            return Some(alias);
        }
        self.negative.get(question, now)
        // end todo
    }

    /// The alias of a name, its own or one that follows from a DNAME above it, if one is known and was not asked for itself.
    fn alias(&mut self, question: &Question, now: Instant) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        if matches!(*qtype, RecordType::CNAME | RecordType::ANY) {
            return None;
        }
        // A zone's DS records are in the zone above, and an alias at its apex (which must not be there) is not.
        if *qtype != RecordType::DS
            && let Some(found) = self.cache.get(qname, RecordType::CNAME, Trust::Answer, now)
        {
            return alias(found.records);
        }
        let mut above = qname.ancestors().skip(1);
        let dname =
            above.find_map(|name| self.cache.get(&name, RecordType::DNAME, Trust::Answer, now))?;
        let dname = dname.records.into_iter().next()?;
        let Rdata::Dname(to) = &dname.rdata else {
            return None;
        };
        let target = substitute(qname, &dname.owner, to)?;
        let cname = Record::new(qname.clone(), dname.ttl, Rdata::Cname(target));
        alias(vec![dname, cname])
    }

    /// The deepest zone whose servers are known, and which the name asked for lies in.
    pub fn closest_delegation(&mut self, question: &Question, now: Instant) -> Delegation {
        let qname = &question.qname;
        // What DS records a zone has, the zone above says (RFC 4035 section 2.4).
        let lowest = match question.qtype {
            RecordType::DS => qname.parent().unwrap_or(Name::ROOT),
            _ => qname.clone(),
        };
        // todo: The `zone_at` the lowest of its ancestors where there is one; else the root.
        lowest
            .ancestors()
            .find_map(|name| self.zone_at(&name, now))
            .unwrap_or_else(|| self.delegations.root(now))
        // end todo
    }

    /// The zone that begins at a name, with those servers who can be asked; if any can.
    ///
    /// The zone's own word counts more than that of the zone above. But as long as none of the servers that it names has a known
    /// address, those are in the list as well that the zone above names: a zone may be wrong about itself.
    fn zone_at(&mut self, name: &Name, now: Instant) -> Option<Delegation> {
        let (both, _) = self.delegations.servers(name, now)?;
        let (mut servers, mut is_usable): (Vec<NameServer>, bool) = (Vec::new(), false);
        for mut server in both.iter().flat_map(|said| said.servers.iter().cloned()) {
            if servers.iter().any(|other| other.name == server.name) {
                continue;
            }
            let known = self.cached_addresses(&server.name, now);
            // A name within the zone cannot be looked up: the way there leads through the zone.
            is_usable |= known.is_none() && !server.name.is_at_or_below(name);
            if let Some(addresses) = known.filter(|addresses| !addresses.is_empty()) {
                server.addresses = addresses;
            }
            is_usable |= !server.addresses.is_empty();
            servers.push(server);
        }
        let own = both.first().filter(|_| both.len() > 1);
        let own = own.map_or(0, |own| own.servers.len()).min(servers.len());
        if servers
            .iter()
            .take(own)
            .any(|server| !server.addresses.is_empty())
        {
            servers.truncate(own);
        }
        let ttl = both.first()?.ttl;
        let zone = name.clone();
        is_usable.then_some(Delegation { zone, ttl, servers })
    }

    /// The addresses of a server, whoever said so. None at all means that it is known to have none.
    ///
    /// Where only its AAAA records are known, that is not enough: who cannot use them has to look for the others.
    pub fn cached_addresses(&mut self, server: &Name, now: Instant) -> Option<Vec<IpAddr>> {
        // todo: Nothing is known unless its A records are (`addresses_of`), or their absence. Add the AAAA records, where these
        // are known; where there are no A records, and nothing is known of AAAA records, nothing is known.
        let mut addresses = self.addresses_of(server, RecordType::A, now)?;
        match self.addresses_of(server, RecordType::AAAA, now) {
            Some(more) => addresses.extend(more),
            None if addresses.is_empty() => return None,
            None => {}
        }
        Some(addresses)
        // end todo
    }

    /// The addresses of one type; none at all if there are known to be none, or if the name is an alias, which a server's must
    /// not be (RFC 2181 section 10.3).
    fn addresses_of(
        &mut self,
        server: &Name,
        rtype: RecordType,
        now: Instant,
    ) -> Option<Vec<IpAddr>> {
        if let Some(found) = self.cache.get(server, rtype, Trust::Glue, now) {
            return Some(found.records.iter().filter_map(Record::address).collect());
        }
        let question = Question {
            qname: server.clone(),
            qtype: rtype,
            qclass: Class::IN,
        };
        let nothing = self.cached_answer(&question, now)?;
        (!matches!(nothing, Answer::Positive(_))).then(Vec::new)
    }

    /// Why a question had no answer a moment ago, if its end has not come to be known since, by way of another question.
    pub fn cached_failure(
        &mut self,
        question: &Question,
        now: Instant,
    ) -> Option<ResolutionFailure> {
        let failure = self.failures.get(question, now)?;
        match self.cached_answer(question, now) {
            None | Some(Answer::Alias { .. }) => Some(failure),
            Some(_) => None,
        }
    }

    /// There is no answer to a question. Where that is because of a zone's servers, the zone above is asked anew who they are.
    pub fn store_failure(
        &mut self,
        question: &Question,
        failure: &ResolutionFailure,
        now: Instant,
    ) {
        if let ResolutionFailure::NoServer(walk) = failure {
            self.delegations.forget(&walk.zone);
        }
        self.failures.put(question, failure, now);
    }
}

/// Whether a server was asked for something that is not its zone's to say: the DS records of its own apex.
fn is_astray(zone: &Name, question: &Question) -> bool {
    question.qtype == RecordType::DS && question.qname == *zone && !zone.is_root()
}

/// Whether a record is a CNAME that was made from a DNAME beside it.
fn is_made(record: &Record, records: &[Record]) -> bool {
    let mut dnames = records
        .iter()
        .filter(|other| other.rtype() == RecordType::DNAME);
    let is_below =
        |dname: &Record| record.owner.is_at_or_below(&dname.owner) && record.owner != dname.owner;
    record.rtype() == RecordType::CNAME && dnames.any(is_below)
}

/// Aliases as the outcome of a walk: go on where the last of them leads.
fn alias(records: Vec<Record>) -> Option<Answer> {
    let Rdata::Cname(target) = &records.last()?.rdata else {
        return None;
    };
    let target = target.clone();
    Some(Answer::Alias { records, target })
}
