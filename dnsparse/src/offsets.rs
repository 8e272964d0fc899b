//! Where the parts of a message in wire form lie, found without allocating.
//!
//! A server that caches whole replies as octets need not parse them: to send one again, it
//! overwrites the id and subtracts the age from each TTL. For that it needs the end of the question
//! and the place of each TTL, and nothing else. The functions here find these places in one pass
//! over the octets. They check no more than they need: a compression pointer ends a name and is not
//! followed, and RDATA is skipped by its RDLENGTH. Every message with one question that
//! [`DnsPacket::parse`](crate::DnsPacket::parse) accepts has offsets, but not the other way round.
//!
//! ```
//! use dnsparse::{DnsPacket, RecordType, offsets};
//!
//! let mut reply = DnsPacket::query(7, "example.com".parse()?, RecordType::A);
//! reply.answers.push("example.com. 300 A 192.0.2.1".parse()?);
//! let mut octets = reply.write()?;
//!
//! let question = offsets::question(&octets)?;
//! assert_eq!((question.start, question.end), (12, 12 + 13 + 4));
//! let record = offsets::records(&octets)?.next().expect("an answer")?;
//! assert_eq!((record.rtype, record.ttl, record.ttl_at), (RecordType::A, 300, 35));
//!
//! octets[record.ttl_at..record.ttl_at + 4].copy_from_slice(&290_u32.to_be_bytes());
//! assert_eq!(DnsPacket::parse(&octets)?.answers[0].ttl, 290);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use core::ops::Range;

use crate::codes::{Class, RecordType};
use crate::name::MAX_NAME;

/// The length of a message's header in octets (RFC 1035 section 4.1.1).
pub const HEADER: usize = 12;

/// No field of the expected form begins at this octet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the octets from {octet} on are not {expected}")]
pub struct OffsetError {
    /// Where the field should begin, counted from the start of the message.
    pub octet: usize,
    /// The field: `a header with one question`, `a name`, `a record` …
    pub expected: &'static str,
}

/// The only question of a message, with its name uncompressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuestionOffsets {
    /// The first octet of QNAME.
    pub start: usize,
    /// The first octet after QNAME, where QTYPE begins.
    pub qname_end: usize,
    /// QTYPE.
    pub qtype: RecordType,
    /// QCLASS.
    pub qclass: Class,
    /// The first octet after the question.
    pub end: usize,
}

/// One record of the answer, authority or additional section, OPT included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordOffsets {
    /// The section that the record is in.
    pub section: Section,
    /// The first octet of the owner name.
    pub start: usize,
    /// The first octet after the owner name, where TYPE begins.
    pub owner_end: usize,
    /// TYPE.
    pub rtype: RecordType,
    /// CLASS; in an OPT record, the sender's largest UDP message.
    pub class: Class,
    /// The first of the four octets of the TTL.
    pub ttl_at: usize,
    /// The TTL in seconds, as sent; in an OPT record, its flags.
    pub ttl: u32,
    /// RDATA. Its end is the end of the record.
    pub rdata: Range<usize>,
}

/// A section of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The answer section.
    Answer,
    /// The authority section.
    Authority,
    /// The additional section.
    Additional,
}

/// An OPT record (RFC 6891 section 6.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptOffsets {
    /// The largest UDP message that the sender accepts, as sent.
    pub udp_size: u16,
    /// The upper eight bits of the RCODE.
    pub extended_rcode: u8,
    /// The version of EDNS.
    pub version: u8,
    /// The DO bit.
    pub do_bit: bool,
    /// The other fifteen flags.
    pub z: u16,
    /// The options. Their end is the end of the record.
    pub options: Range<usize>,
}

/// Finds the only question of a message.
///
/// # Errors
/// If QDCOUNT is not 1, the name is compressed or longer than 255 octets, or the message ends
/// before the question does.
///
/// ```
/// use dnsparse::{DnsPacket, RecordType, offsets};
///
/// let query = DnsPacket::query(7, "example.com".parse()?, RecordType::MX).write()?;
/// let question = offsets::question(&query)?;
/// assert_eq!(query[question.start..question.qname_end], *b"\x07example\x03com\x00");
/// assert_eq!((question.qtype, question.end), (RecordType::MX, query.len()));
/// assert!(offsets::question(&query[..28]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline]
pub fn question(message: &[u8]) -> Result<QuestionOffsets, OffsetError> {
    let [0, 1] = *octets(message, 4, "a header with one question")? else {
        return Err(unexpected(4, "a header with one question"));
    };
    let qname_end = match walk_labels(message, HEADER) {
        Some((end, false)) => end,
        _ => return Err(unexpected(HEADER, "an uncompressed name")),
    };
    let [t0, t1, c0, c1] = *octets(message, qname_end, "QTYPE and QCLASS")?;
    Ok(QuestionOffsets {
        start: HEADER,
        qname_end,
        qtype: RecordType(u16::from_be_bytes([t0, t1])),
        qclass: Class(u16::from_be_bytes([c0, c1])),
        end: qname_end + 4,
    })
}

/// Finds the end of a name: the octet after its root label or after its compression pointer, which
/// is not followed.
///
/// # Errors
/// If the message ends within the name, the name has a label type that is not in use, or it is
/// longer than 255 octets.
///
/// ```
/// use dnsparse::offsets;
///
/// assert_eq!(offsets::name_end(b"\x03com\x00\x03www\xc0\x00", 5), Ok(11));
/// assert!(offsets::name_end(b"\x03co", 0).is_err());
/// ```
#[inline]
pub fn name_end(message: &[u8], start: usize) -> Result<usize, OffsetError> {
    match walk_labels(message, start) {
        Some((end, _)) => Ok(end),
        None => Err(unexpected(start, "a name")),
    }
}

/// Finds the fixed fields of the OPT record that begins at an offset, and checks that its options
/// fill its RDATA.
///
/// The offset is that of the record, not of its RDATA: the end of the question, or
/// [`RecordOffsets::start`].
///
/// # Errors
/// If no whole OPT record with the root as its owner begins there, or an option is longer than
/// RDATA has room for.
///
/// ```
/// use dnsparse::{DnsPacket, Edns, RecordType, offsets};
///
/// let mut query = DnsPacket::query(7, "example.com".parse()?, RecordType::A);
/// query.edns = Some(Edns { udp_size: 1_232, do_bit: true, ..Edns::default() });
/// let octets = query.write()?;
/// let opt = offsets::opt(&octets, offsets::question(&octets)?.end)?;
/// assert_eq!((opt.udp_size, opt.do_bit), (1_232, true));
/// assert_eq!(opt.options, octets.len()..octets.len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline]
pub fn opt(message: &[u8], start: usize) -> Result<OptOffsets, OffsetError> {
    const EXPECTED: &str = "an OPT record";
    let fixed: &[u8; 11] = octets(message, start, EXPECTED)?;
    let [0, 0, 41, s0, s1, extended_rcode, version, f0, f1, l0, l1] = *fixed else {
        return Err(unexpected(start, EXPECTED));
    };
    let flags = u16::from_be_bytes([f0, f1]);
    let options = rdata_range(message, start + 11, [l0, l1], EXPECTED)?;
    let mut at = options.start;
    while at < options.end {
        let [_, _, l0, l1] = *octets(message, at, "an option")?;
        let end = at + 4 + usize::from(u16::from_be_bytes([l0, l1]));
        if end > options.end {
            return Err(unexpected(at, "an option"));
        }
        at = end;
    }
    Ok(OptOffsets {
        udp_size: u16::from_be_bytes([s0, s1]),
        extended_rcode,
        version,
        do_bit: flags & 0x8000 != 0,
        z: flags & 0x7fff,
        options,
    })
}

/// Finds the records after the question, section by section: as many as the header counts.
///
/// # Errors
/// As [`question`]. A record that is not whole is the iterator's last item, an error.
///
/// ```
/// use dnsparse::offsets::{self, Section};
///
/// let mut reply = dnsparse::DnsPacket::query(7, "com".parse()?, dnsparse::RecordType::NS);
/// reply.authorities.push("com. 60 NS a.gtld-servers.net.".parse()?);
/// reply.additionals.push("a.gtld-servers.net. 60 A 192.5.6.30".parse()?);
/// let octets = reply.write()?;
/// let records = offsets::records(&octets)?.collect::<Result<Vec<_>, _>>()?;
/// let sections = [records[0].section, records[1].section];
/// assert_eq!(sections, [Section::Authority, Section::Additional]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[inline]
pub fn records(message: &[u8]) -> Result<Records<'_>, OffsetError> {
    let at = question(message)?.end;
    let [a0, a1, n0, n1, r0, r1] = *octets(message, 6, "a header")?;
    let answers = u32::from(u16::from_be_bytes([a0, a1]));
    let authorities = u32::from(u16::from_be_bytes([n0, n1]));
    let additionals = u32::from(u16::from_be_bytes([r0, r1]));
    Ok(Records {
        message,
        at,
        index: 0,
        answers_end: answers,
        authorities_end: answers + authorities,
        end: answers + authorities + additionals,
    })
}

/// The records of a message: see [`records`].
#[derive(Debug, Clone)]
pub struct Records<'m> {
    message: &'m [u8],
    at: usize,
    /// The index of the next record, over all sections.
    index: u32,
    /// The index after the last answer.
    answers_end: u32,
    /// The index after the last record of the authority section.
    authorities_end: u32,
    /// The index after the last record.
    end: u32,
}

impl Records<'_> {
    /// Returns the offset at which the next record begins. When no record is left and no octets
    /// trail, it is the message's length.
    pub fn offset(&self) -> usize {
        self.at
    }

    fn section(&self) -> Section {
        match self.index {
            index if index < self.answers_end => Section::Answer,
            index if index < self.authorities_end => Section::Authority,
            _ => Section::Additional,
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<RecordOffsets, OffsetError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.index >= self.end {
            return None;
        }
        let record = record(self.message, self.at, self.section());
        match &record {
            Ok(record) => {
                self.at = record.rdata.end;
                self.index += 1;
            }
            Err(_) => self.index = self.end,
        }
        Some(record)
    }
}

#[inline]
fn record(message: &[u8], start: usize, section: Section) -> Result<RecordOffsets, OffsetError> {
    const EXPECTED: &str = "a record";
    let owner_end = name_end(message, start)?;
    let fixed: &[u8; 10] = octets(message, owner_end, EXPECTED)?;
    let [t0, t1, c0, c1, ttl @ .., l0, l1] = *fixed;
    Ok(RecordOffsets {
        section,
        start,
        owner_end,
        rtype: RecordType(u16::from_be_bytes([t0, t1])),
        class: Class(u16::from_be_bytes([c0, c1])),
        ttl_at: owner_end + 4,
        ttl: u32::from_be_bytes(ttl),
        rdata: rdata_range(message, owner_end + 10, [l0, l1], EXPECTED)?,
    })
}

/// Skips a name's labels. Returns the offset after the name, and whether a compression pointer ends
/// it.
#[inline]
fn walk_labels(message: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut at = start;
    loop {
        match *message.get(at)? {
            // The root's octet may be the 255th.
            0 => return (at - start < MAX_NAME).then_some((at + 1, false)),
            length @ 1..=0x3f => at += 1 + usize::from(length),
            // A pointer stands for one octet at least, and takes two.
            0xc0.. => {
                let is_whole = at - start < MAX_NAME && at + 1 < message.len();
                return is_whole.then_some((at + 2, true));
            }
            _ => return None,
        }
    }
}

/// Makes the range of RDATA from its start and its RDLENGTH, if the message has all of it.
#[inline]
fn rdata_range(
    message: &[u8],
    start: usize,
    length: [u8; 2],
    expected: &'static str,
) -> Result<Range<usize>, OffsetError> {
    let end = start + usize::from(u16::from_be_bytes(length));
    if end > message.len() {
        return Err(unexpected(start, expected));
    }
    Ok(start..end)
}

/// Takes as many octets as the array has.
#[inline]
fn octets<'m, const N: usize>(
    message: &'m [u8],
    at: usize,
    expected: &'static str,
) -> Result<&'m [u8; N], OffsetError> {
    let rest = message.get(at..).and_then(|rest| rest.first_chunk());
    rest.ok_or(OffsetError {
        octet: at,
        expected,
    })
}

#[cold]
fn unexpected(octet: usize, expected: &'static str) -> OffsetError {
    OffsetError { octet, expected }
}

#[cfg(test)]
mod tests;
