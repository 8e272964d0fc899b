//! A signed zone with two servers, each with a fault of its own, or none; and a validator that trusts
//! its key.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chase::{InOrder, Resolution, Resolver, Trace};
use crypto::{Crypto, Ring, SignatureError};
use dnsparse::{DnsPacket, Dnskey, Name, Question, Rcode, Rdata, Record, RecordType, Zone};
use iterate::hints::hints_of;
use lab::{Lab, LabBuilder, Reaction, repeat, replies};
use negative::SharedCache;
use network::Via;
use programs::dnssec::clock::Clock;
use programs::dnssec::setup::parse_anchors;
use programs::dnssec::trust_state::{TrustSettings, TrustState};
use programs::dnssec::validator::Validator;
use recursive::ThreadRandom;
use trust::exceptions::{Exception, Exceptions};

/// The zone, signed.
const ZONE: &str = include_str!("shop.zone");
const ANCHOR: &str =
    "shop. DS 41131 13 2 2DA68291D06BE77D603CF576D8ABD0E896D0A4DA775AB8671D65F52D366A77A9";
/// The time at which its signatures expire: the beginning of 2030.
pub(crate) const EXPIRES: u32 = 1_893_456_000;
/// A time at which they are valid.
const NOW: u32 = EXPIRES - 86_400;

/// The servers of the zone.
pub(crate) const FIRST: &str = "192.0.2.11:53";
pub(crate) const SECOND: &str = "192.0.2.12:53";

/// A fault of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// It has another address for each name.
    Forged,
    /// It sends no signatures.
    Unsigned,
    /// Its keys are other ones.
    ForgedKeys,
    /// Its signatures have expired, as those of a secondary that has lost its primary.
    Expired,
    /// It denies names that exist, with the proofs of others.
    Denies,
    /// It sends no NSEC records.
    NoProof,
    /// It does not reply to queries for keys.
    NoKeys,
}

type ShopResolver = Resolver<Lab, SharedCache, InOrder>;
type ShopValidator = Validator<Lab, SharedCache, InOrder>;

/// The zone's servers, and a validator.
pub(crate) struct Shop {
    pub(crate) lab: Lab,
    pub(crate) trace: Trace,
    resolver: Arc<ShopResolver>,
    validator: ShopValidator,
    crypto: Arc<Counting>,
    time: u32,
}

/// Counts verifications.
#[derive(Debug, Default)]
struct Counting {
    verifications: AtomicUsize,
}

impl Crypto for Counting {
    fn digest(&self, digest_type: u8, octets: &[u8]) -> Option<Vec<u8>> {
        Ring.digest(digest_type, octets)
    }

    fn supports(&self, key: &Dnskey) -> bool {
        Ring.supports(key)
    }

    fn verify(&self, key: &Dnskey, octets: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
        self.verifications.fetch_add(1, Ordering::Relaxed);
        Ring.verify(key, octets, signature)
    }
}

impl Shop {
    pub(crate) fn new(first: Fault, second: Fault) -> Shop {
        Shop::at(NOW, first, second)
    }

    /// Creates the servers and the validator at a time of its clock.
    pub(crate) fn at(time: u32, first: Fault, second: Fault) -> Shop {
        let lab = lab();
        for (server, fault) in [(FIRST, first), (SECOND, second)] {
            script(&lab, server, fault);
        }
        let crypto = Arc::new(Counting::default());
        let (resolver, validator) = validator(&lab, &crypto, time, Exceptions::default(), false);
        Shop {
            lab,
            trace: Trace::default(),
            resolver,
            validator,
            crypto,
            time,
        }
    }

    /// Leaves a name and those below it unvalidated for a number of seconds.
    pub(crate) fn except(&mut self, text: &str, seconds: u32) {
        let exception = Exception {
            zone: name(text),
            end: self.time + seconds,
        };
        let exceptions = Exceptions::new([exception]);
        (self.resolver, self.validator) =
            validator(&self.lab, &self.crypto, self.time, exceptions, false);
    }

    /// Has answers follow from validated NSEC records.
    pub(crate) fn use_gaps(&mut self) {
        let exceptions = Exceptions::default();
        (self.resolver, self.validator) =
            validator(&self.lab, &self.crypto, self.time, exceptions, true);
    }

    /// Has both servers reply rightly from now on.
    pub(crate) fn mend(&self) {
        for server in [FIRST, SECOND] {
            script(&self.lab, server, Fault::None);
        }
    }

    pub(crate) fn question(&self, host: &str) -> Question {
        query::question(&format!("{host}.shop"), "A").expect(host)
    }

    pub(crate) async fn resolve(&mut self, host: &str) -> Resolution {
        let question = self.question(host);
        self.resolve_question(&question).await
    }

    pub(crate) async fn resolve_question(&mut self, question: &Question) -> Resolution {
        self.validator.resolve(question, &mut self.trace).await
    }

    /// Fetches an answer again, past the cache, as a prefetch does.
    pub(crate) async fn prefetch(&mut self, host: &str) {
        let (question, rejected) = (self.question(host), BTreeSet::new());
        let random = &mut ThreadRandom;
        let search = (self.resolver).resolve_again(&question, &rejected, random, &mut self.trace);
        let failure = search.await.failure;
        assert_eq!(failure, None, "{host} is fetched again; {}", self.trace);
    }

    /// Returns the number of queries for a type.
    pub(crate) fn queries(&self, rtype: &str) -> usize {
        let rtype: RecordType = rtype.parse().expect(rtype);
        let queries = self.lab.queries();
        let packets = queries.iter().filter_map(|query| query.packet());
        packets
            .filter(|it| it.question().is_some_and(|it| it.qtype == rtype))
            .count()
    }

    pub(crate) fn queries_to(&self, server: &str) -> usize {
        self.lab.query_count(address(server))
    }

    pub(crate) fn verifications(&self) -> usize {
        self.crypto.verifications.load(Ordering::Relaxed)
    }
}

fn validator(
    lab: &Lab,
    crypto: &Arc<Counting>,
    time: u32,
    exceptions: Exceptions,
    aggressive_nsec: bool,
) -> (Arc<ShopResolver>, ShopValidator) {
    let crypto: Arc<dyn Crypto> = Arc::clone(crypto) as _;
    let state = TrustState::new(TrustSettings {
        anchors: parse_anchors(ANCHOR).expect("the anchor is a DS record"),
        exceptions,
        clock: Clock::set_to(time),
        aggressive_nsec,
        capacity: 10_000,
        crypto,
    });
    let cache = SharedCache::new(hints_of(lab.root_hints()), 10_000);
    let resolver = Resolver::new(lab.clone(), cache).with_signatures(state.keeper());
    let resolver = Arc::new(resolver);
    (Arc::clone(&resolver), Validator::new(resolver, state))
}

fn name(text: &str) -> Name {
    text.parse().expect(text)
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect(text)
}

/// Builds the servers of the root, which is unsigned, and of the zone, which have its records but add
/// no signatures.
fn lab() -> Lab {
    let is_plain =
        |record: &&Record| !matches!(record.rtype(), RecordType::RRSIG | RecordType::NSEC);
    let records = zone();
    let lines = records.iter().filter(is_plain).map(Record::to_string);
    let lines: Vec<String> = lines.collect();
    let root = "@ 60 SOA ns mail 1 1d 2h 4w 5m\n@ 60 NS ns\nns 60 A 192.0.2.1\nshop 60 NS one.shop\n\
                shop 60 NS two.shop\none.shop 60 A 192.0.2.11\ntwo.shop 60 A 192.0.2.12";
    let builder = LabBuilder::new().zone(".", root);
    let builder = builder.zone("shop.", &lines.join("\n"));
    builder.build().expect("the zones are right")
}

fn zone() -> Vec<Record> {
    Zone::parse(ZONE, &Name::ROOT)
        .expect("the zone is right")
        .records
}

/// Has a server reply with signatures, and with its fault.
fn script(lab: &Lab, server: &str, fault: Fault) {
    let reaction: Reaction = replies().edited(move |packet| {
        forge(packet, fault);
        if fault != Fault::Unsigned {
            sign(packet);
        }
        damage(packet, fault);
    });
    let reaction = match fault {
        Fault::NoKeys => reaction.only_to(|query| !asks_for_keys(query)),
        _ => reaction,
    };
    lab.script(address(server), Via::Udp, [repeat(reaction)]);
}

/// Changes a reply that was signed.
fn damage(packet: &mut DnsPacket, fault: Fault) {
    let covered = |record: &Record| match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered,
        _ => record.rtype(),
    };
    for section in [&mut packet.answers, &mut packet.authorities] {
        if fault == Fault::NoProof {
            section.retain(|record| covered(record) != RecordType::NSEC);
        }
        for record in section.iter_mut() {
            if let (Rdata::Rrsig(rrsig), Fault::Expired) = (&mut record.rdata, fault) {
                rrsig.expiration = rrsig.inception + 1;
            }
        }
    }
}

fn asks_for_keys(query: &DnsPacket) -> bool {
    let question = query.question();
    question.is_some_and(|question| question.qtype == RecordType::DNSKEY)
}

fn forge(packet: &mut DnsPacket, fault: Fault) {
    let qtype = packet.question().map(|question| question.qtype);
    if fault == Fault::Denies && packet.header.aa && qtype == Some(RecordType::A) {
        packet.answers.clear();
        packet.header.rcode = Rcode::NXDOMAIN;
        let is_soa = |record: &Record| record.rtype() == RecordType::SOA;
        packet.authorities = zone().into_iter().filter(is_soa).collect();
    }
    for record in &mut packet.answers {
        match &mut record.rdata {
            Rdata::A(address) if fault == Fault::Forged => *address = [192, 0, 2, 66].into(),
            Rdata::Dnskey(key) if fault == Fault::ForgedKeys => {
                key.public_key.iter_mut().for_each(|octet| *octet ^= 1);
            }
            _ => {}
        }
    }
}

/// Adds what the signed zone has: signatures of the answer, under the name of the question if it was
/// made from a wildcard; and all NSEC records, where something is absent.
fn sign(packet: &mut DnsPacket) {
    let signed = zone();
    let rrsigs = |owner: &Name, rtype: RecordType| -> Vec<Record> {
        let is_over = |record: &&Record| match &record.rdata {
            Rdata::Rrsig(rrsig) => record.owner == *owner && rrsig.type_covered == rtype,
            _ => false,
        };
        signed.iter().filter(is_over).cloned().collect()
    };
    let mut needs_proof = packet.answers.is_empty();
    let mut signatures = Vec::new();
    for record in &packet.answers {
        let mut own = rrsigs(&record.owner, record.rtype());
        if own.is_empty() {
            own = rrsigs(&name("*.wild.shop"), record.rtype());
            own.iter_mut()
                .for_each(|it| it.owner = record.owner.clone());
            needs_proof = true;
        }
        signatures.retain(|it| !own.contains(it));
        signatures.extend(own);
    }
    packet.answers.extend(signatures);
    if needs_proof && packet.header.aa {
        let is_nsec = |record: &&Record| match &record.rdata {
            Rdata::Nsec(_) => true,
            Rdata::Rrsig(it) => it.type_covered == RecordType::NSEC,
            _ => false,
        };
        let soa = rrsigs(&name("shop"), RecordType::SOA);
        packet.authorities.extend(soa);
        packet
            .authorities
            .extend(signed.iter().filter(is_nsec).cloned());
    }
}
