//! Octets → [`DnsPacket`], with nom (RFC 1035 section 4).
//!
//! There is one parser for each production of the RFC, named after it. A parser is a function from
//! the input that is left to a value and the input that is left after it; nom's combinators make
//! large parsers from small ones. Names need the whole message beside the input, to follow
//! compression pointers back into it.
//!
//! A fault after which the start of the next field is unknown refuses the whole message. A fault
//! within one record's RDATA, whose length is known, makes that record alone
//! [`Rdata::Malformed`](crate::Rdata::Malformed). Octets after the last section are such a fault
//! in [`DnsPacket::parse`], and are returned by [`DnsPacket::parse_lenient`].

use alloc::vec::Vec;

use nom::Parser;
use nom::bytes::complete::take;
use nom::combinator::map;
use nom::error::context;

use crate::error::{ParseError, ParseErrorKind, PathStep};
use crate::rdata;
pub use crate::rdata::rdata_octets;
use crate::types::{
    Class, DnsPacket, Edns, EdnsOption, Header, Name, Opcode, Question, Rcode, Record, RecordType,
};
use crate::wire::{Fault, PResult, be_u16, cut_short, flags, name};

/// The fewest octets of a question: a root name, type, class.
const MIN_QUESTION: usize = 5;
/// The fewest octets of a record: a root name, type, class, TTL, RDLENGTH.
const MIN_RECORD: usize = 11;

impl DnsPacket {
    /// Parses a whole message: the contents of one UDP datagram, or the octets after the two octets
    /// of length in TCP.
    ///
    /// # Errors
    /// If a field is cut short, a name breaks RFC 1035's rules, octets are left after the last
    /// section, or there is more than one OPT record, or one in the wrong section. Bad RDATA is no
    /// error: see [`Rdata::Malformed`](crate::Rdata::Malformed).
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let query = hex::decode("1c8b01000001000000000000076578616d706c6503636f6d0000010001")?;
    /// let packet = DnsPacket::parse(&query)?;
    /// assert_eq!(packet.question().map(|question| question.qtype), Some(RecordType::A));
    /// let error = DnsPacket::parse(&query[..20]).unwrap_err();
    /// let shown = "question[0].qname at octet 12: the message ends within this field";
    /// assert_eq!(error.to_string(), shown);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(message: &[u8]) -> Result<DnsPacket, ParseError> {
        let mut packet = DnsPacket::default();
        let error = match packet_into(message, &mut packet) {
            Ok([]) => return Ok(packet),
            Ok(trailing) => Fault::new(
                trailing,
                ParseErrorKind::TrailingOctets {
                    count: trailing.len(),
                },
            ),
            Err(error) => Fault::from(error),
        };
        Err(error.into_error(message))
    }

    /// Parses a message, and returns the octets after its last section instead of refusing them.
    /// They have no meaning in any RFC, but some servers send them, and a resolver may choose to
    /// use the message all the same. Nothing else is more lenient than in [`DnsPacket::parse`].
    ///
    /// # Errors
    /// Those of [`DnsPacket::parse`], but for
    /// [`TrailingOctets`](ParseErrorKind::TrailingOctets).
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let mut message = DnsPacket::query(7, "example.com".parse()?, RecordType::A).write()?;
    /// message.extend([0, 0, 0]);
    /// assert!(DnsPacket::parse(&message).is_err());
    /// let (query, trailing) = DnsPacket::parse_lenient(&message)?;
    /// assert_eq!((query.header.id, trailing.len()), (7, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_lenient(message: &[u8]) -> Result<(DnsPacket, &[u8]), ParseError> {
        let mut packet = DnsPacket::default();
        match packet_into(message, &mut packet) {
            Ok(trailing) => Ok((packet, trailing)),
            Err(error) => Err(Fault::from(error).into_error(message)),
        }
    }

    /// Parses the header and the question section alone, and no record; the octets after them may
    /// be anything.
    ///
    /// Some servers cut a truncated reply (TC) in the middle of a record, so that the whole does
    /// not parse. Its id and question still show that it is the reply to a query, which is then
    /// sent again over TCP (RFC 2181 section 9: the records of a truncated reply are not to be
    /// used).
    ///
    /// # Errors
    /// If the header or a question is cut short, or a name breaks RFC 1035's rules.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let mut reply = DnsPacket::query(7, "example.com".parse()?, RecordType::A);
    /// (reply.header.qr, reply.header.tc) = (true, true);
    /// reply.answers.push("example.com. 300 A 192.0.2.1".parse()?);
    /// let octets = reply.write()?;
    /// let cut = &octets[..octets.len() - 2];
    /// assert!(DnsPacket::parse(cut).is_err());
    /// let head = DnsPacket::parse_head(cut)?;
    /// assert!(head.header.tc && head.questions == reply.questions && head.answers.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_head(message: &[u8]) -> Result<DnsPacket, ParseError> {
        let mut packet = DnsPacket::default();
        match head_into(message, &mut packet) {
            Ok(_) => Ok(packet),
            Err(error) => Err(Fault::from(error).into_error(message)),
        }
    }
}

impl Header {
    /// Parses the header alone, without the counts: enough to refuse a message that does not parse.
    ///
    /// # Errors
    /// If there are fewer than 12 octets.
    ///
    /// ```
    /// # use dnsparse::Header;
    /// let header = Header::parse(&[0xbe, 0xef, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0])?;
    /// assert_eq!((header.id, header.rd), (0xbeef, true));
    /// # Ok::<(), dnsparse::ParseError>(())
    /// ```
    pub fn parse(message: &[u8]) -> Result<Header, ParseError> {
        match context("header", header).parse(message) {
            Ok((_, (header, _))) => Ok(header),
            Err(error) => Err(Fault::from(error).into_error(message)),
        }
    }
}

/// The number of entries in each section.
struct Counts {
    questions: u16,
    answers: u16,
    authorities: u16,
    additionals: u16,
}

/// The input that is left after a section. The section itself is parsed in its final place:
/// returning and moving it would take a good part of the time of a short message.
type Left<'m> = Result<&'m [u8], nom::Err<Fault<'m>>>;

/// Parses the header and the question section. Returns the counts of entries too.
#[inline(always)]
fn head_into<'m>(message: &'m [u8], packet: &mut DnsPacket) -> PResult<'m, Counts> {
    let (input, (header, counts)) = context("header", header).parse(message)?;
    packet.header = header;
    let input = questions_into(message, input, counts.questions, &mut packet.questions)?;
    Ok((input, counts))
}

/// Parses header, question, answer, authority and additional section (RFC 1035 section 4.1).
/// Trailing octets are left.
#[inline(always)]
fn packet_into<'m>(message: &'m [u8], packet: &mut DnsPacket) -> Left<'m> {
    let (input, counts) = head_into(message, packet)?;
    let mut sections = Sections {
        message,
        qname: packet.questions.first().map(|question| &question.qname),
        edns: &mut packet.edns,
    };
    let input = sections.records_into(input, ANSWER, counts.answers, &mut packet.answers)?;
    let input = sections.records_into(
        input,
        AUTHORITY,
        counts.authorities,
        &mut packet.authorities,
    )?;
    sections.records_into(
        input,
        ADDITIONAL,
        counts.additionals,
        &mut packet.additionals,
    )
}

/// RFC 1035 section 4.1.1.
#[inline(always)]
fn header(input: &[u8]) -> PResult<'_, (Header, Counts)> {
    let (input, [id, flags, questions, answers, authorities, additionals]) = numbers(
        ["id", "flags", "qdcount", "ancount", "nscount", "arcount"],
        input,
    )?;
    let header = Header {
        id,
        ..header_flags(flags)
    };
    Ok((
        input,
        (
            header,
            Counts {
                questions,
                answers,
                authorities,
                additionals,
            },
        ),
    ))
}

/// Takes several numbers of two octets each at once. The names are for the error.
#[inline(always)]
fn numbers<'m, const N: usize>(names: [&'static str; N], input: &'m [u8]) -> PResult<'m, [u16; N]> {
    let mut numbers = [0; N];
    let (octets, _) = input.as_chunks();
    match (octets.get(..N), input.get(2 * N..)) {
        (Some(octets), Some(rest)) => {
            for (number, octets) in numbers.iter_mut().zip(octets) {
                *number = u16::from_be_bytes(*octets);
            }
            Ok((rest, numbers))
        }
        _ => Err(cut_short(input, &names.map(|name| (name, 2)))),
    }
}

/// Makes a header from its flags, with an id of 0.
fn header_flags(bits: u16) -> Header {
    Header {
        id: 0,
        qr: bits & flags::QR != 0,
        opcode: Opcode(((bits & flags::OPCODE) >> flags::OPCODE_SHIFT) as u8),
        aa: bits & flags::AA != 0,
        tc: bits & flags::TC != 0,
        rd: bits & flags::RD != 0,
        ra: bits & flags::RA != 0,
        z: bits & flags::Z != 0,
        ad: bits & flags::AD != 0,
        cd: bits & flags::CD != 0,
        rcode: Rcode(bits & flags::RCODE),
    }
}

/// The question section. The capacity is bounded by the octets that are left, not only by the count
/// that a peer claims.
fn questions_into<'m>(
    message: &'m [u8],
    mut input: &'m [u8],
    count: u16,
    questions: &mut Vec<Question>,
) -> Left<'m> {
    questions.reserve_exact(usize::from(count).min(input.len() / MIN_QUESTION));
    for entry in 0..usize::from(count) {
        let (rest, question) = question(message, input)
            .map_err(|e| Fault::within(e, PathStep::Entry("question", entry)))?;
        questions.push(question);
        input = rest;
    }
    Ok(input)
}

/// RFC 1035 section 4.1.2.
#[inline(always)]
fn question<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Question> {
    let (input, qname) = context("qname", |i| name(message, i)).parse(input)?;
    let (input, [qtype, qclass]) = numbers(["qtype", "qclass"], input)?;
    Ok((
        input,
        Question {
            qname,
            qtype: RecordType(qtype),
            qclass: Class(qclass),
        },
    ))
}

const ANSWER: &str = "answer";
const AUTHORITY: &str = "authority";
const ADDITIONAL: &str = "additional";

/// The sections of records, and the parts of the message that they depend on.
struct Sections<'m, 'p> {
    message: &'m [u8],
    /// The first question's name, which most answers repeat.
    qname: Option<&'p Name>,
    /// The place of the OPT record's fields.
    edns: &'p mut Option<Edns>,
}

impl<'m> Sections<'m, '_> {
    /// One section of records.
    fn records_into(
        &mut self,
        mut input: &'m [u8],
        section: &'static str,
        count: u16,
        records: &mut Vec<Record>,
    ) -> Left<'m> {
        let room = usize::from(count).min(input.len() / MIN_RECORD);
        let mut last: &[u8] = &TO_QUESTION;
        for entry in 0..usize::from(count) {
            let here = PathStep::Entry(section, entry);
            let same = records
                .last()
                .map_or(self.qname, |record| Some(&record.owner));
            let same = same.filter(|_| same_pointer(last, input));
            let within = |error| Fault::within(error, here);
            let (rest, owner) = owner(self.message, input, same).map_err(within)?;
            let (rest, (rtype, class, ttl, length)) = fixed_fields(rest).map_err(within)?;
            let rdata = context("rdata", take(length)).parse(rest);
            let (rest, rdata) = rdata.map_err(within)?;
            if rtype == RecordType::OPT {
                let place = (section == ADDITIONAL).then_some(&mut *self.edns);
                let opt = opt((&owner, class, ttl, rdata), input, place);
                opt.map_err(within)?;
            } else {
                // Only now: many sections have no other record than OPT.
                if records.is_empty() {
                    records.reserve_exact(room);
                }
                records.push(Record {
                    owner,
                    class,
                    ttl,
                    rdata: rdata::parse(self.message, rtype, class, rdata, Some(here)),
                });
                last = input;
            }
            input = rest;
        }
        Ok(input)
    }
}

/// The compression pointer to the first question's name, which stands right after the header.
const TO_QUESTION: [u8; 2] = [0xc0, 12];

/// Checks whether both begin with the same compression pointer, and so with the same name. Most
/// records of an RRset need not look for their owner then.
fn same_pointer(one: &[u8], other: &[u8]) -> bool {
    let (one, other) = (one.first_chunk::<2>(), other.first_chunk::<2>());
    one == other && one.is_some_and(|[high, _]| *high >= 0xc0)
}

/// Parses the first field of a record. `same` is the owner, if it is that of the last record.
#[inline(always)]
fn owner<'m>(message: &'m [u8], input: &'m [u8], same: Option<&Name>) -> PResult<'m, Name> {
    match same {
        Some(owner) => map(take(2usize), |_| owner.clone()).parse(input),
        None => context("owner", |i| name(message, i)).parse(input),
    }
}

/// Takes the fields of a record that have the same length in each record, all at once: type, class,
/// TTL and RDLENGTH (RFC 1035 section 4.1.3).
#[inline(always)]
fn fixed_fields(input: &[u8]) -> PResult<'_, (RecordType, Class, u32, u16)> {
    let Some((octets, rest)) = input.split_first_chunk::<10>() else {
        let fields = [("type", 2), ("class", 2), ("ttl", 4), ("rdlength", 2)];
        return Err(cut_short(input, &fields));
    };
    let [t0, t1, c0, c1, ttl @ .., l0, l1] = *octets;
    let fields = (
        RecordType(u16::from_be_bytes([t0, t1])),
        Class(u16::from_be_bytes([c0, c1])),
        u32::from_be_bytes(ttl),
        u16::from_be_bytes([l0, l1]),
    );
    Ok((rest, fields))
}

/// RFC 6891 section 6.1.2: at most one OPT, in the additional section, at the root.
fn opt<'m>(
    (owner, class, ttl, rdata): (&Name, Class, u32, &'m [u8]),
    start: &'m [u8],
    place: Option<&mut Option<Edns>>,
) -> Result<(), nom::Err<Fault<'m>>> {
    let refuse = |kind| Err(nom::Err::Failure(Fault::new(start, kind)));
    let Some(place) = place else {
        return refuse(ParseErrorKind::MisplacedOpt);
    };
    if place.is_some() {
        return refuse(ParseErrorKind::SecondOpt);
    }
    if !owner.is_root() {
        return refuse(ParseErrorKind::OptOwnerNotRoot);
    }
    let (_, options) =
        options(rdata).map_err(|e| Fault::within(Fault::in_rdata(e), PathStep::Field("rdata")))?;
    let [extended_rcode, version, high, low] = ttl.to_be_bytes();
    let bits = u16::from_be_bytes([high, low]);
    *place = Some(Edns {
        udp_size: class.0,
        extended_rcode,
        version,
        do_bit: bits & flags::DO != 0,
        z: bits & !flags::DO,
        options,
    });
    Ok(())
}

/// RFC 6891 section 6.1.2: code, length, octets, repeated to the end of RDATA.
fn options(mut input: &[u8]) -> PResult<'_, Vec<EdnsOption>> {
    // One option is usual: the cookie.
    let mut options = Vec::with_capacity(usize::from(!input.is_empty()));
    while !input.is_empty() {
        let (rest, code) = context("option.code", be_u16).parse(input)?;
        let (rest, length) = context("option.length", be_u16).parse(rest)?;
        let (rest, octets) = context("option", take(length)).parse(rest)?;
        options.push(EdnsOption::from_octets(code, octets));
        input = rest;
    }
    Ok((input, options))
}

#[cfg(test)]
mod tests;
