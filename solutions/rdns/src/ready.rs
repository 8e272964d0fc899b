//! [`Ready`]: replies that were made before, ready to be sent again.
//!
//! Most questions were asked a moment ago, by somebody else. Then there is nothing to parse, to look up or to write: the reply's
//! octets are taken as they are, with the client's id, the client's spelling of the name, and TTLs that have become smaller. This
//! takes well under a microsecond; it is not about understanding messages, only about recognising those that are known, and so it
//! is deliberately narrow. Whatever looks unusual is left to those who understand it.
//!
//! The replies are spread over shards, each behind a lock of its own, so that threads seldom wait for each other.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::Store;
use serve::message_rules::{UDP_CAP, UDP_LEAST};
use tokio::time::Instant;

/// How many shards there are: several for each thread that a small machine runs.
const SHARDS: usize = 16;
/// The header, in octets.
const HEADER: usize = 12;
/// A name's 255 octets, type, class, one octet for what else matters, and two for the size of a reply that is cut short.
const MAX_KEY: usize = 262;
/// So many octets of a reply weigh as much as a record.
const RECORD: usize = 256;
/// For how long a reply is repeated that is cut short: it says nothing but "ask again over TCP".
const CUT_SHORT: Duration = Duration::from_secs(5);

/// Replies by what was asked.
#[derive(Debug)]
pub struct Ready {
    shards: Vec<Mutex<Store<Box<[u8]>, Reply>>>,
    hasher: RandomState,
}

/// A reply as it was sent.
#[derive(Debug)]
struct Reply {
    octets: Box<[u8]>,
    /// Where its TTLs are.
    ttls: Box<[u16]>,
    made: Instant,
}

/// A query of the plain kind, as far as it has to be understood.
#[derive(Debug, Clone, Copy)]
pub struct Quick<'m> {
    /// The id, as it travels.
    id: [u8; 2],
    /// The question section, as it travels.
    question: &'m [u8],
    /// What the reply depends on: the question in lower case, and the flags that come back in it.
    key: [u8; MAX_KEY],
    key_length: usize,
    /// How much the client takes over UDP.
    limit: usize,
}

impl Ready {
    /// Room for replies that weigh as much as so many records altogether.
    pub fn new(records: usize) -> Ready {
        let shard = || Mutex::new(Store::new(records.div_ceil(SHARDS)));
        Ready {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: RandomState::new(),
        }
    }

    /// How many records' worth of replies there are.
    pub fn records(&self) -> usize {
        (0..SHARDS).map(|number| self.locked(number).weight()).sum()
    }

    /// Writes the reply to a query into `out`, if it is there, still good, and not too long for the client; or the one that was cut
    /// short for others who take as much.
    pub fn answer(&self, query: &Quick<'_>, now: Instant, out: &mut Vec<u8>) -> bool {
        self.answer_by(query.key(), query, now, out)
            || self.answer_by(query.key_if_cut(), query, now, out)
    }

    fn answer_by(&self, key: &[u8], query: &Quick<'_>, now: Instant, out: &mut Vec<u8>) -> bool {
        let mut shard = self.shard(key);
        let Some((reply, _)) = shard.get(key, now) else {
            return false;
        };
        if reply.octets.len() > query.limit {
            return false;
        }
        out.clear();
        out.extend_from_slice(&reply.octets);
        // Rounded up, as the cache rounds down what is left: so a TTL never goes up, whichever of the two tells it.
        let age = now.duration_since(reply.made).as_millis().div_ceil(1_000);
        let ttls = reply.ttls.iter().copied();
        drop_age(out, ttls, u32::try_from(age).unwrap_or(u32::MAX));
        drop(shard);
        overwrite(out, 0, &query.id);
        overwrite(out, HEADER, query.question);
        true
    }

    /// Keeps a reply, unless it is one that must not be given twice.
    pub fn keep(&self, query: &Quick<'_>, octets: &[u8], now: Instant) {
        let Some(Ttls {
            places,
            least,
            is_cut,
        }) = ttls(octets)
        else {
            return;
        };
        // In its last second it has a TTL of 0, and is not kept for that.
        let lifetime = Duration::from_secs(least.saturating_sub(1).into());
        let (key, lifetime) = match is_cut {
            true => (query.key_if_cut(), lifetime.min(CUT_SHORT)),
            false => (query.key(), lifetime),
        };
        if lifetime.is_zero() {
            return;
        }
        let weight = 1 + (octets.len() + key.len()) / RECORD;
        let reply = Reply {
            octets: octets.into(),
            ttls: places.into(),
            made: now,
        };
        self.shard(key)
            .put(key.into(), reply, weight, lifetime, now);
    }

    fn shard(&self, key: &[u8]) -> MutexGuard<'_, Store<Box<[u8]>, Reply>> {
        self.locked(self.hasher.hash_one(key) as usize % SHARDS)
    }

    fn locked(&self, number: usize) -> MutexGuard<'_, Store<Box<[u8]>, Reply>> {
        // There are SHARDS of them, so that there is this one; a lock that a panic left behind guards data that is whole.
        #[expect(
            clippy::indexing_slicing,
            reason = "the remainder is less than their number"
        )]
        let shard = &self.shards[number];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'m> Quick<'m> {
    /// Takes a query apart, if it is of the plain kind: QUERY with RD and nothing else set but CD and AD, one question, and at the
    /// most an OPT record of version 0 behind it.
    pub fn parse(message: &'m [u8]) -> Option<Quick<'m>> {
        let (header, rest) = message.split_first_chunk::<HEADER>()?;
        let [i, d, high, low, 0, 1, 0, 0, 0, 0, 0, additionals @ (0 | 1)] = *header else {
            return None;
        };
        // QR, opcode, AA, TC, RD: all but RD clear. RA, Z, AD, CD, RCODE: AD and CD may be set.
        if high != 0x01 || low & !0x30 != 0 {
            return None;
        }
        let length = question_length(rest)?;
        let (question, opt) = rest.split_at_checked(length)?;
        let (limit, with_do) = match additionals {
            0 if opt.is_empty() => (usize::from(UDP_LEAST), 0),
            1 => opt_record(opt)?,
            _ => return None,
        };
        let mut key = [0; MAX_KEY];
        let (start, end) = key.split_at_mut_checked(length)?;
        start.copy_from_slice(question);
        start.make_ascii_lowercase();
        // Type and class must not have been changed by that.
        let tail = question.len().checked_sub(4)?;
        start
            .get_mut(tail..)?
            .copy_from_slice(question.get(tail..)?);
        // The size comes last, and is part of the key only where a reply is cut to it.
        let [flags, size @ ..] = end.first_chunk_mut::<3>()?;
        *flags = additionals | with_do << 1 | (low & 0x10);
        *size = u16::try_from(limit).ok()?.to_be_bytes();
        Some(Quick {
            id: [i, d],
            question,
            key,
            key_length: length + 1,
            limit,
        })
    }

    fn key(&self) -> &[u8] {
        self.key.get(..self.key_length).unwrap_or_default()
    }

    /// The key of a reply that is cut short.
    fn key_if_cut(&self) -> &[u8] {
        self.key.get(..self.key_length + 2).unwrap_or_default()
    }
}

/// How long the question is: a name without compression, class IN.
fn question_length(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *octets.get(at)? {
            0 => break,
            length @ 1..=63 => at += 1 + usize::from(length),
            _ => return None,
        }
    }
    let name = at + 1;
    let is_in = octets.get(name + 2..name + 4)? == [0, 1];
    (name <= 255 && is_in).then_some(name + 4)
}

/// What an OPT record says: how much the client takes, and DO. It has to be the last thing in the message, and its options whole.
fn opt_record(octets: &[u8]) -> Option<(usize, u8)> {
    let (fixed, mut options) = octets.split_first_chunk::<11>()?;
    let [
        0,
        0,
        41,
        size_high,
        size_low,
        0,
        0,
        flags,
        0,
        length_high,
        length_low,
    ] = *fixed
    else {
        return None;
    };
    if flags & 0x7f != 0
        || options.len() != usize::from(u16::from_be_bytes([length_high, length_low]))
    {
        return None;
    }
    while !options.is_empty() {
        let (head, rest) = options.split_first_chunk::<4>()?;
        let [_, _, high, low] = *head;
        options = rest.get(usize::from(u16::from_be_bytes([high, low]))..)?;
    }
    let size = u16::from_be_bytes([size_high, size_low]).clamp(UDP_LEAST, UDP_CAP);
    Some((usize::from(size), flags >> 7))
}

/// What has to be known of a reply to keep it.
struct Ttls {
    /// Where its TTLs are.
    places: Vec<u16>,
    /// The least of them.
    least: u32,
    /// Whether it is cut short (TC). Then there may be none.
    is_cut: bool,
}

/// Where the TTLs of a reply are; none if it must not be kept: it is a failure, or has no records.
fn ttls(reply: &[u8]) -> Option<Ttls> {
    let (header, rest) = reply.split_first_chunk::<HEADER>()?;
    let [_, _, high, low, 0, 1, counts @ ..] = *header else {
        return None;
    };
    if !matches!(low & 0x0f, 0 | 3) {
        return None;
    }
    let is_cut = high & 0x02 != 0;
    let [a, b, c, d, e, f] = counts.map(usize::from);
    let records = (a << 8 | b) + (c << 8 | d) + (e << 8 | f);
    let mut at = HEADER + question_length(rest)?;
    let (mut places, mut least) = (Vec::new(), u32::MAX);
    for _ in 0..records {
        at = name_end(reply, at)?;
        let fixed = reply.get(at..)?.first_chunk::<10>()?;
        let [t0, t1, _, _, ttl @ .., l0, l1] = *fixed;
        if u16::from_be_bytes([t0, t1]) != dnsparse::RecordType::OPT.0 {
            places.push(u16::try_from(at + 4).ok()?);
            least = least.min(u32::from_be_bytes(ttl));
        }
        at += 10 + usize::from(u16::from_be_bytes([l0, l1]));
    }
    (is_cut || !places.is_empty()).then_some(Ttls {
        places,
        least,
        is_cut,
    })
}

/// Where a name ends.
fn name_end(octets: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *octets.get(at)? {
            0 => return Some(at + 1),
            length @ 1..=63 => at += 1 + usize::from(length),
            0xc0.. => return Some(at + 2),
            _ => return None,
        }
    }
}

/// Takes the age from each TTL.
fn drop_age(octets: &mut [u8], ttls: impl Iterator<Item = u16>, age: u32) {
    for at in ttls.map(usize::from) {
        if let Some(ttl) = octets
            .get_mut(at..)
            .and_then(|rest| rest.first_chunk_mut::<4>())
        {
            *ttl = u32::from_be_bytes(*ttl).saturating_sub(age).to_be_bytes();
        }
    }
}

/// Puts octets in the place of others.
fn overwrite(octets: &mut [u8], at: usize, with: &[u8]) {
    if let Some(place) = octets.get_mut(at..at + with.len()) {
        place.copy_from_slice(with);
    }
}

#[cfg(test)]
mod tests {
    use dnsparse::{DnsPacket, Edns, Name, Rcode, RecordType};

    use super::*;

    const NAME: &str = "www.Example.com";

    fn query(udp_size: Option<u16>) -> DnsPacket {
        let mut query = DnsPacket::query(0x0102, NAME.parse().unwrap(), RecordType::A);
        query.header.rd = true;
        query.edns = udp_size.map(|udp_size| Edns {
            udp_size,
            ..Edns::default()
        });
        query
    }

    /// A reply with an alias, and the address that it leads to.
    fn reply(query: &DnsPacket) -> DnsPacket {
        let mut reply = DnsPacket::reply_to(query);
        reply.edns = query.edns.as_ref().map(|_| Edns::default());
        reply.answers = vec![
            "www.Example.com. 300 CNAME a.example.com.".parse().unwrap(),
            "a.example.com. 60 A 192.0.2.1".parse().unwrap(),
        ];
        reply
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// What is kept for `first`, asked for by `second` so many seconds later.
    fn later(
        first: &DnsPacket,
        reply: &DnsPacket,
        second: &DnsPacket,
        age: u64,
    ) -> Option<DnsPacket> {
        let (ready, now) = (Ready::new(10_000), Instant::now());
        let (first, second) = (first.write().unwrap(), second.write().unwrap());
        ready.keep(&Quick::parse(&first)?, &reply.write().unwrap(), now);
        let mut out = Vec::new();
        let query = Quick::parse(&second)?;
        let is_there = ready.answer(&query, now + seconds(age), &mut out);
        is_there.then(|| DnsPacket::parse(&out).unwrap())
    }

    #[test]
    fn a_reply_is_given_again_with_the_askers_id_and_spelling_and_what_is_left_of_its_ttls() {
        let asked = query(Some(1_232));
        let mut again = asked.clone();
        again.header.id = 0xffee;
        again.questions[0].qname = "WWW.eXAMPLE.com".parse().unwrap();
        let told = later(&asked, &reply(&asked), &again, 10).unwrap();
        assert_eq!(told.header.id, 0xffee);
        assert_eq!(told.questions[0].qname.to_string(), "WWW.eXAMPLE.com.");
        assert_eq!(told.answers[0].owner.to_string(), "WWW.eXAMPLE.com.");
        let ttls: Vec<u32> = told.answers.iter().map(|record| record.ttl).collect();
        assert_eq!(ttls, [290, 50]);
        assert!(told.edns.is_some());
    }

    #[test]
    fn it_lives_as_long_as_the_least_of_its_ttls() {
        let asked = query(None);
        assert!(later(&asked, &reply(&asked), &asked, 58).is_some());
        assert!(
            later(&asked, &reply(&asked), &asked, 59).is_none(),
            "0 s are left of it"
        );
    }

    #[test]
    fn it_is_for_those_who_ask_in_the_same_way() {
        let asked = query(Some(1_232));
        let told = reply(&asked);
        assert!(later(&asked, &told, &query(Some(4_096)), 0).is_some());
        assert!(
            later(&asked, &told, &query(None), 0).is_none(),
            "without EDNS"
        );
        let mut other = asked.clone();
        other.edns.as_mut().unwrap().do_bit = true;
        assert!(later(&asked, &told, &other, 0).is_none(), "with DO");
        let mut other = asked.clone();
        other.header.cd = true;
        assert!(later(&asked, &told, &other, 0).is_none(), "with CD");
        let mut other = asked.clone();
        other.questions[0].qtype = RecordType::AAAA;
        assert!(later(&asked, &told, &other, 0).is_none(), "another type");
    }

    /// Types 0x41 and 0x61 are `A` and `a`, were they letters.
    #[test]
    fn only_letters_of_the_name_have_a_case() {
        let mut upper = query(None);
        upper.questions[0].qtype = RecordType(0x41);
        let mut lower = query(None);
        lower.questions[0].qtype = RecordType(0x61);
        assert!(later(&upper, &reply(&upper), &lower, 0).is_none());
    }

    #[test]
    fn who_takes_less_than_there_is_gets_it_elsewhere() {
        let asked = query(Some(1_232));
        let mut told = reply(&asked);
        for n in 0..40 {
            told.answers
                .push(format!("a.example.com. 60 A 192.0.2.{n}").parse().unwrap());
        }
        assert!(later(&asked, &told, &query(Some(1_232)), 0).is_some());
        assert!(later(&asked, &told, &query(Some(512)), 0).is_none());
    }

    /// Whoever floods with questions about something large gets "ask over TCP" cheaply.
    #[test]
    fn a_reply_that_is_cut_short_is_for_those_who_take_as_much_and_not_for_long() {
        let asked = query(Some(512));
        let mut told = reply(&asked);
        told.header.tc = true;
        assert!(later(&asked, &told, &asked, 4).unwrap().header.tc);
        assert!(later(&asked, &told, &asked, 5).is_none());
        assert!(later(&asked, &told, &query(Some(1_232)), 0).is_none());
        told.answers.clear();
        assert!(later(&asked, &told, &asked, 4).is_some());
    }

    #[test]
    fn what_must_not_be_repeated_is_not_kept() {
        let asked = query(None);
        let spoilt = |spoil: fn(&mut DnsPacket)| {
            let mut told = reply(&asked);
            spoil(&mut told);
            later(&asked, &told, &asked, 0)
        };
        assert!(spoilt(|_| {}).is_some());
        assert!(spoilt(|told| told.header.rcode = Rcode::NXDOMAIN).is_some());
        assert!(spoilt(|told| told.header.rcode = Rcode::SERVFAIL).is_none());
        assert!(spoilt(|told| told.answers.clear()).is_none());
        assert!(spoilt(|told| told.answers[1].ttl = 0).is_none());
    }

    #[test]
    fn only_queries_of_the_plain_kind_are_recognised() {
        let plain = |spoil: fn(&mut DnsPacket)| {
            let mut asked = query(Some(1_232));
            spoil(&mut asked);
            Quick::parse(&asked.write().unwrap()).is_some()
        };
        assert!(plain(|_| {}));
        assert!(plain(|asked| asked.header.ad = true));
        assert!(plain(|asked| asked.edns = None));
        assert!(!plain(|asked| asked.header.qr = true));
        assert!(!plain(|asked| asked.header.rd = false));
        assert!(!plain(|asked| asked.header.tc = true));
        assert!(!plain(|asked| asked.header.opcode = dnsparse::Opcode(4)));
        assert!(!plain(
            |asked| asked.questions[0].qclass = dnsparse::Class::CH
        ));
        assert!(!plain(|asked| asked.questions.clear()));
        assert!(!plain(|asked| asked
            .questions
            .push(asked.questions[0].clone())));
        assert!(!plain(|asked| asked.edns.as_mut().unwrap().version = 1));
        assert!(!plain(|asked| asked
            .answers
            .push("a. 1 A 192.0.2.1".parse().unwrap())));
    }

    /// Cut anywhere, or with anything behind it, a query is left to those who understand it.
    #[test]
    fn a_spoilt_query_is_not_recognised() {
        let whole = query(Some(1_232)).write().unwrap();
        for length in 0..whole.len() {
            assert!(Quick::parse(&whole[..length]).is_none(), "{length}");
        }
        assert!(Quick::parse(&[&whole[..], &[0]].concat()).is_none());
        let without_edns = query(None).write().unwrap();
        assert!(Quick::parse(&[&without_edns[..], &[0]].concat()).is_none());
    }

    /// Options that are not looked at have to be whole all the same: FORMERR is for others to say.
    #[test]
    fn options_have_to_be_whole() {
        let with = |length: u8, option: &[u8]| {
            let mut octets = query(Some(1_232)).write().unwrap();
            *octets.last_mut().unwrap() = length;
            octets.extend_from_slice(option);
            Quick::parse(&octets).is_some()
        };
        assert!(with(6, &[0, 10, 0, 2, 7, 7]));
        assert!(!with(6, &[0, 10, 0, 3, 7, 7]));
        assert!(!with(5, &[0, 10, 0, 2, 7, 7]));
        assert!(!with(3, &[0, 10, 0]));
    }

    #[test]
    fn the_longest_name_has_a_place() {
        let labels = [
            "a".repeat(63),
            "b".repeat(63),
            "c".repeat(63),
            "d".repeat(61),
        ];
        let name = Name::from_labels(&labels).unwrap();
        assert_eq!(name.wire().len(), 255);
        let mut asked = query(Some(1_232));
        asked.questions[0].qname = name.clone();
        let mut told = DnsPacket::reply_to(&asked);
        let mut record: dnsparse::Record = "x. 60 A 192.0.2.1".parse().unwrap();
        record.owner = name;
        told.answers.push(record);
        assert!(later(&asked, &told, &asked, 0).is_some());
    }

    /// Whatever the octets are, nothing breaks.
    #[test]
    fn hostile_octets_are_survived() {
        let base = query(Some(1_232)).write().unwrap();
        let told = reply(&query(None)).write().unwrap();
        for at in 0..told.len() {
            for value in [0, 1, 0x3f, 0x40, 0x80, 0xc0, 0xff] {
                let mut spoilt = told.clone();
                spoilt[at] = value;
                let _ = ttls(&spoilt);
                let _ = ttls(&spoilt[..at]);
                if let Some(octet) = base.get(at) {
                    let mut spoilt = base.clone();
                    spoilt[at] = value ^ octet;
                    let _ = Quick::parse(&spoilt);
                }
            }
        }
    }
}
