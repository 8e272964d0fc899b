//! [`ResolverCache`]: takes replies apart, stores each part in the cache for it, and finds answers,
//! delegations and addresses in all of them.

use std::net::IpAddr;

use cache::{Cache, Trust, rrsets, ttl};
use chase::ResolutionFailure;
use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use referral::{Answer, Delegation, NameServer, Negative, ReplyKind, is_child_side};
use tokio::time::Instant;
use zone::substitute;

use crate::delegation_cache::DelegationCache;
use crate::failure_cache::FailureCache;
use crate::negative_cache::NegativeCache;
use crate::non_terminals::NonTerminals;

/// All caches of a resolver. Each has its share of the capacity: half of it for RRsets, a quarter
/// for delegations, an eighth for negative answers, a sixteenth each for failures and
/// non-terminals. So a flood of names that do not exist drives out no name that does.
#[derive(Debug, Clone)]
pub struct ResolverCache {
    pub(crate) rrsets: Cache,
    pub(crate) negative: NegativeCache,
    pub(crate) delegations: DelegationCache,
    pub(crate) failures: FailureCache,
    pub(crate) non_terminals: NonTerminals,
    /// Whether a DNAME record was ever stored. Few caches have one, and the others need not look for
    /// it above each name.
    has_dname: bool,
}

impl ResolverCache {
    /// Creates a cache with room for the given number of records, which knows the root hints.
    pub fn new(hints: Delegation, capacity: usize) -> ResolverCache {
        ResolverCache {
            rrsets: Cache::new(capacity / 2),
            negative: NegativeCache::new(capacity / 8),
            delegations: DelegationCache::new(hints, capacity / 4),
            failures: FailureCache::new(capacity / 16),
            non_terminals: NonTerminals::new(capacity / 16),
            has_dname: false,
        }
    }

    /// Returns the weight of all entries, in records.
    pub fn records(&self) -> usize {
        self.rrsets.records()
            + self.negative.records()
            + self.delegations.records()
            + self.failures.records()
            + self.non_terminals.records()
    }

    /// Stores what a server of `zone` replied to a question.
    pub fn store(&mut self, zone: &Name, question: &Question, kind: &ReplyKind, now: Instant) {
        if question.qclass != Class::IN || is_of_parent(zone, question, kind) {
            return;
        }
        todo!(
            "Store each thing that the reply proves: a referral (`store_referral`); the records of an answer (`store_records`), and the zone's own servers in a positive one (`store_own_servers`); or their absence (`store_negative`). An answer has its trust. Then `forget` the failure of the question, if it has been answered."
        )
    }

    /// Stores a referral from the zone `parent`, and its glue: addresses that lead to the servers,
    /// and are no answers.
    fn store_referral(&mut self, parent: &Name, referral: &Delegation, now: Instant) {
        self.delegations.store_referral(parent, referral, now);
        for server in &referral.servers {
            let record = |address: &IpAddr| {
                let rdata = match address {
                    IpAddr::V4(address) => Rdata::A(*address),
                    IpAddr::V6(address) => Rdata::Aaaa(*address),
                };
                Record::new(server.name.clone(), referral.ttl, rdata)
            };
            let glue: Vec<_> = server.addresses.iter().map(record).collect();
            for rrset in rrsets(&glue) {
                self.rrsets.put(&rrset, Trust::Glue, now);
            }
        }
    }

    /// Stores the records of an answer, each RRset by itself.
    ///
    /// A CNAME that was synthesized from a DNAME is left out: it can be synthesized again. So is
    /// the answer to ANY: it may have only some of the records (RFC 8482).
    fn store_records(
        &mut self,
        question: &Question,
        records: &[Record],
        trust: Trust,
        now: Instant,
    ) {
        if question.qtype == RecordType::ANY {
            return;
        }
        for rrset in rrsets(records) {
            let Some(first) = rrset.first().filter(|it| !is_synthesized(it, records)) else {
                continue;
            };
            // An answer without AA replaces no glue: one reply would lead all further queries for a
            // zone to a server that it names, which sets AA then.
            let cached = (self.rrsets).get(&first.owner, first.rtype(), Trust::Glue, now);
            if trust == Trust::LastResort && cached.is_some_and(|it| it.trust < trust) {
                continue;
            }
            self.negative.forget(&first.owner, first.rtype());
            let zone = self.delegations.deepest_zone(&first.owner, now);
            self.non_terminals.store(first, &zone, now);
            self.has_dname |= first.rtype() == RecordType::DNAME;
            self.rrsets.put(&rrset, trust, now);
        }
    }

    /// Stores a zone's own list of its servers, if the question was for it.
    fn store_own_servers(
        &mut self,
        zone: &Name,
        question: &Question,
        records: &[Record],
        now: Instant,
    ) {
        if question.qtype != RecordType::NS || question.qname != *zone {
            return;
        }
        let own = records.iter().filter(|record| record.owner == *zone);
        let own: Vec<_> = own.collect();
        let names = own.iter().filter_map(|record| match &record.rdata {
            Rdata::Ns(name) => Some(name.clone()),
            _ => None,
        });
        let ttl = own.iter().map(|record| ttl::clamp_ttl(record.ttl)).min();
        self.delegations
            .store_own_servers(zone, names.collect(), ttl.unwrap_or(0), now);
    }

    /// Stores a negative answer: for one type, or for the name. Without an SOA it has no TTL, and
    /// is not cached (RFC 2308 section 5). A name with names below it exists, so its NXDOMAIN
    /// counts for one type.
    fn store_negative(
        &mut self,
        question: &Question,
        negative: &Negative,
        rtype: Option<RecordType>,
        now: Instant,
    ) {
        if let Some(soa) = &negative.soa {
            let exists = self.non_terminals.contains(&question.qname, now);
            let rtype = rtype.or(exists.then_some(question.qtype));
            self.negative.put(&question.qname, rtype, soa, now);
        }
    }

    /// Returns the cached answer to a question: the end of a walk for it, if there were one.
    pub fn cached_answer(&mut self, question: &Question, now: Instant) -> Option<Answer> {
        let Question {
            qname,
            qtype,
            qclass,
        } = question;
        if *qclass != Class::IN {
            return None;
        }
        todo!(
            "Return what is cached for the question: an RRset that may answer it, an `alias`, or the `negative` answer. If there is more than one, what has records comes first."
        )
    }

    /// Returns the cached alias of a name, unless the question is for the alias itself: its CNAME,
    /// or one that is synthesized from a DNAME above it.
    fn alias(&mut self, question: &Question, now: Instant) -> Option<Answer> {
        let Question { qname, qtype, .. } = question;
        if matches!(*qtype, RecordType::CNAME | RecordType::ANY) {
            return None;
        }
        let mut cached = |name: &Name, rtype| self.rrsets.get(name, rtype, Trust::LastResort, now);
        // The DS records of a zone are in its parent, and a CNAME at its apex (which must not be
        // there) is not.
        if *qtype != RecordType::DS
            && let Some(cname) = cached(qname, RecordType::CNAME)
        {
            return alias(cname.records);
        }
        if !self.has_dname {
            return None;
        }
        let mut above = qname.ancestors().skip(1);
        let dname = above.find_map(|name| cached(&name, RecordType::DNAME))?;
        let dname = dname.records.into_iter().next()?;
        let Rdata::Dname(to) = &dname.rdata else {
            return None;
        };
        let Some(target) = substitute(qname, &dname.owner, to) else {
            return Some(Answer::NameTooLong(vec![dname]));
        };
        let cname = Record::new(qname.clone(), dname.ttl, Rdata::Cname(target));
        alias(vec![dname, cname])
    }

    /// Returns the deepest zone with known servers that the name of a question is in.
    pub fn closest_delegation(&mut self, question: &Question, now: Instant) -> Delegation {
        let qname = &question.qname;
        // The DS records of a zone are in its parent (RFC 4035 section 2.4).
        let lowest = match question.qtype {
            RecordType::DS => qname.parent().unwrap_or(Name::ROOT),
            _ => qname.clone(),
        };
        todo!(
            "Return the closest zone at or above `lowest` at which a walk can begin (`zone_at`). It can always begin at the root."
        )
    }

    /// Returns the zone whose apex is a name, with its servers; none if it is not known to be
    /// delegated, or if no walk can begin there.
    ///
    /// - The servers of the zone's own list come first, then those that only its parent lists. Once
    ///   a server of its own list has an address, its parent's are left out: they are for zones
    ///   that are wrong about themselves.
    /// - A server has the addresses that are cached for its name, or, if there are none, its glue.
    /// - A walk can begin if a server has an address, or may have one that is not cached and can be
    ///   looked up: not by a name within the zone, since the way to it leads through the zone.
    /// - A walk also begins there if the parent was queried a moment ago (`is_recent`): it has
    ///   nothing better.
    fn zone_at(&mut self, name: &Name, now: Instant) -> Option<Delegation> {
        todo!(
            "Put the servers of the zone together, as described above, from the lists that `delegations` has."
        )
    }

    /// Returns the cached addresses of a server, of any trust. An empty list means that the server
    /// is known to have none.
    ///
    /// AAAA records alone are not enough: a resolver without IPv6 has to look for A records.
    pub fn cached_addresses(&mut self, server: &Name, now: Instant) -> Option<Vec<IpAddr>> {
        todo!(
            "Return what is cached of both types (`addresses_of`); or None if a lookup might still find an address that the resolver needs."
        )
    }

    /// Returns the cached addresses of one type. The list is empty if the server is known to have
    /// none.
    fn addresses_of(
        &mut self,
        server: &Name,
        rtype: RecordType,
        now: Instant,
    ) -> Option<Vec<IpAddr>> {
        if let Some(addresses) = self.rrsets.addresses(server, rtype, now) {
            return Some(addresses);
        }
        let question = Question {
            qname: server.clone(),
            qtype: rtype,
            qclass: Class::IN,
        };
        // Nearly all servers have no negative answer, and then their zone need not be found.
        self.negative.get(&question, &Name::ROOT, now)?;
        let zone = self.delegations.deepest_zone(server, now);
        self.negative.get(&question, &zone, now)?;
        // A server whose name is an alias has addresses, as far as the cache knows.
        self.alias(&question, now).is_none().then(Vec::new)
    }

    /// Returns the glue of a server: its addresses as the zone above its own has them.
    pub fn glue(&mut self, server: &Name, now: Instant) -> Vec<IpAddr> {
        let mut zones = server.ancestors();
        let glue = zones.find_map(|zone| {
            let glue = self.delegations.glue(&zone, server, now);
            (!glue.is_empty()).then_some(glue)
        });
        glue.unwrap_or_default()
    }

    /// Returns the failure of a question that is not to be tried again yet, unless another search
    /// has found the answer meanwhile.
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

    /// Stores the failure of a search. If the servers of a zone have failed, a later search queries
    /// the parent for them again.
    pub fn store_failure(
        &mut self,
        question: &Question,
        failure: &ResolutionFailure,
        now: Instant,
    ) {
        if let ResolutionFailure::NoServer(walk) = failure {
            self.delegations.forget(&walk.zone, now);
        }
        self.failures.put(question, failure, now);
    }
}

/// Whether a reply about DS records comes from the wrong side of a zone cut: the question was for
/// those at the apex of `zone`, which are in its parent; or the server that answered has the child
/// zone, and not its parent.
fn is_of_parent(zone: &Name, question: &Question, kind: &ReplyKind) -> bool {
    let is_at_apex = question.qtype == RecordType::DS && question.qname == *zone && !zone.is_root();
    let (ReplyKind::Answer(answer) | ReplyKind::LastResort(answer)) = kind else {
        return is_at_apex;
    };
    is_at_apex || is_child_side(question, answer)
}

/// Whether a record is a CNAME that was synthesized from a DNAME beside it.
fn is_synthesized(record: &Record, records: &[Record]) -> bool {
    let mut dnames = records
        .iter()
        .filter(|other| other.rtype() == RecordType::DNAME);
    let is_below =
        |dname: &Record| record.owner.is_at_or_below(&dname.owner) && record.owner != dname.owner;
    record.rtype() == RecordType::CNAME && dnames.any(is_below)
}

/// Makes the answer of aliases: the last of them leads to the next name.
fn alias(records: Vec<Record>) -> Option<Answer> {
    let Rdata::Cname(target) = &records.last()?.rdata else {
        return None;
    };
    let target = target.clone();
    Some(Answer::Alias { records, target })
}
