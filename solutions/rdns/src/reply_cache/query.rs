//! [`PlainQuery`]: a query as far as the reply cache has to understand it.

use dnsparse::Class;
use dnsparse::offsets::{self, HEADER};
use serve::message_rules::{MAX_UDP_SIZE, MIN_UDP_SIZE};

/// The longest question in octets: a name of 255, type and class.
const MAX_QUESTION: usize = 259;
/// CD in the fourth octet of a header.
const CD: u8 = 0x10;
/// AD in the fourth octet of a header.
const AD: u8 = 0x20;
/// In the flags of a form: the query has an OPT record.
const EDNS: u8 = 0x01;
/// In the flags of a form: DO in this record.
const DO: u8 = 0x02;

/// A query of the plain kind: opcode QUERY with RD, no other flag but AD and CD, one question of
/// class IN, and at most an OPT record of version 0 after it.
#[derive(Debug, Clone, Copy)]
pub struct PlainQuery<'m> {
    id: [u8; 2],
    question: &'m [u8],
    qname_length: usize,
    /// The question with its name in lower case, and zeros after it.
    lower: [u8; MAX_QUESTION],
    flags: u8,
    udp_limit: u16,
}

/// All that a reply depends on, beside the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Form {
    /// [`AD`], [`CD`], [`EDNS`] and [`DO`] of the query.
    flags: u8,
    /// The size that a truncated reply was cut to; 0 for a reply with all its records.
    cut_to: u16,
}

impl Form {
    /// Whether the query had DO set.
    pub(super) fn dnssec_ok(self) -> bool {
        self.flags & DO != 0
    }
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
        let qname_length = offsets.qname_end - offsets.start;
        let mut lower = [0; MAX_QUESTION];
        lower.get_mut(..question.len())?.copy_from_slice(question);
        lower.get_mut(..qname_length)?.make_ascii_lowercase();
        let edns = if additionals > 0 { EDNS } else { 0 };
        Some(PlainQuery {
            id: [i, d],
            question,
            qname_length,
            lower,
            flags: edns | if do_bit { DO } else { 0 } | (low & (AD | CD)),
            udp_limit,
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

    /// Returns the question section with the name in lower case.
    pub(super) fn lower_question(&self) -> &[u8] {
        self.lower.get(..self.question.len()).unwrap_or_default()
    }

    /// Whether a message has the same question, in whichever spelling.
    pub(super) fn has_question_of(&self, message: &[u8]) -> bool {
        let own = self.question.split_at_checked(self.qname_length);
        let end = HEADER + self.question.len();
        let question = message.get(HEADER..end).unwrap_or_default();
        let other = question.split_at_checked(self.qname_length);
        own.zip(other)
            .is_some_and(|((name, rest), (other_name, other_rest))| {
                rest == other_rest && name.eq_ignore_ascii_case(other_name)
            })
    }

    /// Returns the length of the longest message that the client accepts over UDP, in octets.
    pub(super) fn udp_limit(&self) -> usize {
        self.udp_limit.into()
    }

    /// Returns the form of a reply that has all its records.
    pub(super) fn whole(&self) -> Form {
        let (flags, cut_to) = (self.flags, 0);
        Form { flags, cut_to }
    }

    /// Returns the form of a truncated reply.
    pub(super) fn truncated(&self) -> Form {
        let (flags, cut_to) = (self.flags, self.udp_limit);
        Form { flags, cut_to }
    }

    /// Whether the query has an OPT record.
    pub(super) fn has_edns(&self) -> bool {
        self.flags & EDNS != 0
    }

    /// Whether CD is set.
    pub(super) fn cd(&self) -> bool {
        self.flags & CD != 0
    }

    /// Whether DO is set.
    pub(super) fn dnssec_ok(&self) -> bool {
        self.whole().dnssec_ok()
    }

    /// Returns the forms of whole replies to the same question with any flags; but none with CD,
    /// unless this query has it set: records that were validated are good enough for a client that
    /// does without, and not the other way round.
    pub(super) fn forms_of_same_question(&self) -> impl Iterator<Item = Form> {
        let cd = if self.cd() { &[0, CD][..] } else { &[0] };
        let forms = [0, EDNS, EDNS | DO];
        let flags = forms
            .into_iter()
            .flat_map(|form| [form, form | AD])
            .flat_map(move |flags| cd.iter().map(move |cd| flags | cd));
        flags.map(|flags| Form { flags, cut_to: 0 })
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
