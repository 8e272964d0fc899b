//! [`PlainQuery`]: a query as far as the reply cache has to understand it.

use dnsparse::Class;
use dnsparse::offsets::{self, HEADER};
use serve::message_rules::{MAX_UDP_SIZE, MIN_UDP_SIZE};

/// The longest key in octets: a name of 255, type, class, one octet for the flags, and two for the
/// size that a truncated reply was cut to.
const MAX_KEY: usize = 262;
/// CD in the fourth octet of a header.
const CD: u8 = 0x10;
/// AD in the fourth octet of a header.
const AD: u8 = 0x20;
/// In the flags of a key: the query has an OPT record.
const EDNS: u8 = 0x01;
/// In the flags of a key: DO in this record.
const DO: u8 = 0x02;

/// A query of the plain kind: opcode QUERY with RD, no other flag but AD and CD, one question of
/// class IN, and at most an OPT record of version 0 after it.
#[derive(Debug, Clone, Copy)]
pub struct PlainQuery<'m> {
    id: [u8; 2],
    question: &'m [u8],
    /// The question in lower case, and all else in the query that the reply depends on.
    key: [u8; MAX_KEY],
    key_length: usize,
    udp_limit: usize,
}

impl<'m> PlainQuery<'m> {
    /// Takes a message apart, if it is a query of the plain kind.
    pub fn parse(message: &'m [u8]) -> Option<PlainQuery<'m>> {
        let header = message.first_chunk::<HEADER>()?;
        let [i, d, high, low, 0, 1, 0, 0, 0, 0, 0, additionals @ (0 | 1)] = *header else {
            return None;
        };
        // QR, opcode, AA, TC, RD: all but RD clear. RA, Z, AD, CD, RCODE: AD and CD may be set.
        if high != 0x01 || low & !(AD | CD) != 0 {
            return None;
        }
        let offsets = offsets::question(message).ok()?;
        let question = message.get(offsets.start..offsets.end)?;
        let (udp_limit, do_bit) = match additionals {
            0 => (offsets.end == message.len()).then_some((MIN_UDP_SIZE, false))?,
            _ => size_and_do(message, offsets.end)?,
        };
        if offsets.qclass != Class::IN {
            return None;
        }
        let mut key = [0; MAX_KEY];
        let (start, end) = key.split_at_mut_checked(question.len())?;
        start.copy_from_slice(question);
        let qname = start.get_mut(..offsets.qname_end - offsets.start)?;
        qname.make_ascii_lowercase();
        // The size comes last, and is part of the key only where a reply was cut to it.
        let [flags, size @ ..] = end.first_chunk_mut::<3>()?;
        let edns = if additionals > 0 { EDNS } else { 0 };
        *flags = edns | if do_bit { DO } else { 0 } | (low & (AD | CD));
        *size = udp_limit.to_be_bytes();
        Some(PlainQuery {
            id: [i, d],
            question,
            key,
            key_length: question.len() + 1,
            udp_limit: udp_limit.into(),
        })
    }

    /// Returns the id, as on the wire.
    pub(super) fn id(&self) -> [u8; 2] {
        self.id
    }

    /// Returns the question section, as on the wire.
    pub(super) fn question(&self) -> &'m [u8] {
        self.question
    }

    /// Returns the length of the longest message that the client accepts over UDP, in octets.
    pub(super) fn udp_limit(&self) -> usize {
        self.udp_limit
    }

    /// Returns the key of a reply that has all its records.
    pub(super) fn key(&self) -> &[u8] {
        self.key.get(..self.key_length).unwrap_or_default()
    }

    /// Whether the query has an OPT record.
    pub(super) fn has_edns(&self) -> bool {
        self.flags() & EDNS != 0
    }

    /// Whether CD is set.
    pub(super) fn cd(&self) -> bool {
        self.flags() & CD != 0
    }

    fn flags(&self) -> u8 {
        self.key().last().copied().unwrap_or_default()
    }

    /// Whether DO is set.
    pub(super) fn dnssec_ok(&self) -> bool {
        self.flags() & DO != 0
    }

    /// Returns the keys of replies to the same question with any flags, each with its DO bit; but none
    /// with CD, unless this query has it set: records that were validated are good enough for a client
    /// that does without, and not the other way round.
    pub(super) fn keys_of_same_question(&self) -> impl Iterator<Item = (Box<[u8]>, bool)> + '_ {
        let cd = if self.cd() { &[0, CD][..] } else { &[0] };
        let forms = [0, EDNS, EDNS | DO];
        let flags = forms
            .into_iter()
            .flat_map(|form| [form, form | AD])
            .flat_map(move |flags| cd.iter().map(move |cd| flags | cd));
        flags.map(|flags| {
            let mut key = Box::from(self.key());
            if let Some(last) = <[u8]>::last_mut(&mut key) {
                *last = flags;
            }
            (key, flags & DO != 0)
        })
    }

    /// Returns the key of a truncated reply.
    pub(super) fn truncated_key(&self) -> &[u8] {
        self.key.get(..self.key_length + 2).unwrap_or_default()
    }
}

/// Returns the size that the client accepts over UDP, and its DO bit, from an OPT record that ends
/// the message. None if the record holds anything else that the reply would depend on.
fn size_and_do(message: &[u8], start: usize) -> Option<(u16, bool)> {
    let opt = offsets::opt(message, start).ok()?;
    let is_plain = (opt.extended_rcode, opt.version, opt.z) == (0, 0, 0);
    let is_last = opt.options.end == message.len();
    (is_plain && is_last).then_some((opt.udp_size.clamp(MIN_UDP_SIZE, MAX_UDP_SIZE), opt.do_bit))
}
