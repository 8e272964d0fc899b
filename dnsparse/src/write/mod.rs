//! [`DnsPacket`] → octets, with name compression (RFC 1035 section 4.1.4) and within a limit.
//!
//! Names are compressed where old readers expect it: owners, and RDATA of the types that RFC 1035 defined. Those that
//! came later are written out (RFC 3597 section 4). A name is only ever pointed to where its case is the same too, so
//! that every name reads back exactly as it was.

mod compress;
mod rdata;

use self::compress::Compressor;
use crate::error::Broken;
use crate::parse::flags;
use crate::types::{DnsPacket, Edns, Header, Name, Question, Rdata, Record, RecordType};

/// The longest message: TCP gives its length in 16 bits (RFC 1035 section 4.2.2).
pub const MAX_MESSAGE: usize = 65_535;
/// Room that is made for a message at first: most are shorter.
const USUAL_LENGTH: usize = 1024;
/// The header's length.
const HEADER: usize = 12;
/// An OPT record without options: root, type, class, TTL, RDLENGTH.
const MIN_OPT: usize = 11;

/// Why a message cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// More octets than there may be.
    #[error("the message does not fit into {limit} octets")]
    MessageTooLong {
        /// The limit that was given, or 65,535.
        limit: usize,
    },
    /// More entries in a section than its count can say.
    #[error("the {section} section has {count} entries, the limit is 65,535")]
    TooManyEntries {
        /// The section.
        section: &'static str,
        /// Its entries.
        count: usize,
    },
    /// RDATA or an EDNS option of more than 65,535 octets.
    #[error("{what} of {length} octets, the limit is 65,535")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its octets.
        length: usize,
    },
    /// A CAA tag that is empty, has more than 255 octets, or others than letters and digits.
    #[error("'{tag}' is not a CAA tag: one to 255 ASCII letters and digits (RFC 8659 section 4.1)")]
    BadTag {
        /// The tag.
        tag: String,
    },
    /// A character string, or another field with one octet for its length, of more than 255 octets.
    #[error("{what} has {length} octets, the limit is 255")]
    StringTooLong {
        /// What it is.
        what: &'static str,
        /// Its octets.
        length: usize,
    },
    /// RDATA that breaks a rule of its type.
    #[error("the {rtype} record cannot be written: {rule}")]
    BadRdata {
        /// Its type.
        rtype: RecordType,
        /// The rule.
        rule: Broken,
    },
    /// RDATA that was malformed when it was read is never handed on.
    #[error("the {rtype} record of {owner} is malformed and cannot be written")]
    Malformed {
        /// Whose record it is.
        owner: Name,
        /// Its type.
        rtype: RecordType,
    },
}

impl DnsPacket {
    /// The whole message in octets.
    ///
    /// # Errors
    /// If it would have more than 65,535 octets, or holds a malformed record.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let query = DnsPacket::query(0x1c8b, "example.com".parse()?, RecordType::A);
    /// assert_eq!(hex::encode(query.write()?), "1c8b00000001000000000000076578616d706c6503636f6d0000010001");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::new(self.header, MAX_MESSAGE);
        writer.questions(&self.questions)?;
        writer.sections(self)?;
        writer.edns(self)?;
        Ok(writer.finish())
    }

    /// The message in at most `limit` octets, as UDP needs it. What does not fit is left out by whole RRsets, from the
    /// end; EDNS always stays.
    ///
    /// An RRset goes with the signatures that stand behind it: a validator could do nothing with it alone.
    ///
    /// TC is set where the asker misses something by that: records of the answer or authority section (RFC 2181 section
    /// 9), or, in a referral, addresses of servers that lie in the zone they serve (RFC 9471 section 3.1). Other additional
    /// records are a courtesy, and leave without a word.
    ///
    /// # Errors
    /// If not even header, question and EDNS fit, or the message holds a malformed record.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, Rdata, Record, RecordType, Txt};
    ///
    /// let name: dnsparse::Name = "example.com".parse()?;
    /// let mut reply = DnsPacket::query(1, name.clone(), RecordType::TXT);
    /// reply.answers = vec![Record::new(name, 60, Rdata::Txt(Txt::new(["long"; 200])?))];
    /// let short = DnsPacket::parse(&reply.write_within(512)?)?;
    /// assert!(short.header.tc && short.answers.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_within(&self, limit: usize) -> Result<Vec<u8>, WriteError> {
        let mut writer = Writer::new(self.header, limit.min(MAX_MESSAGE));
        writer.reserved = self.edns.as_ref().map_or(0, edns_length);
        writer.questions(&self.questions)?;
        match writer.sections(self) {
            Err(WriteError::MessageTooLong { .. }) => {}
            result => result?,
        }
        writer.edns(self)?;
        Ok(writer.finish())
    }
}

/// A message as it is being written.
struct Writer<'p> {
    out: Vec<u8>,
    /// The header, with flags that may still change.
    header: Header,
    /// Entries written: question, answer, authority, additional.
    counts: [u16; 4],
    names: Compressor,
    /// The owner that was written last, and the pointer to it: most records have the same as the one before.
    last_owner: Option<(&'p Name, [u8; 2])>,
    limit: usize,
    /// So many octets of them are for EDNS, which is written last.
    reserved: usize,
}

/// The sections of records, and where their counts are.
const SECTIONS: [(usize, &str); 3] = [(1, "answer"), (2, "authority"), (3, "additional")];

impl<'p> Writer<'p> {
    fn new(header: Header, limit: usize) -> Self {
        let mut out = Vec::with_capacity(USUAL_LENGTH);
        out.extend_from_slice(&[0; HEADER]);
        Writer {
            out,
            header,
            counts: [0; 4],
            names: Compressor::default(),
            last_owner: None,
            limit,
            reserved: 0,
        }
    }

    fn questions(&mut self, questions: &'p [Question]) -> Result<(), WriteError> {
        self.check_length()?;
        for question in questions {
            self.owner(&question.qname);
            self.u16(question.qtype.0);
            self.u16(question.qclass.0);
            self.check_length()?;
        }
        self.count(0, "question", questions.len())
    }

    /// Writes as many whole RRsets as fit, then gives up.
    fn sections(&mut self, packet: &'p DnsPacket) -> Result<(), WriteError> {
        let records = [&packet.answers, &packet.authorities, &packet.additionals];
        for ((place, section), records) in SECTIONS.into_iter().zip(records) {
            let mut written = 0;
            for rrset in records.chunk_by(go_together) {
                let start = self.out.len();
                if let Err(error) = self.rrset(rrset) {
                    self.out.truncate(start);
                    let left_out = records.get(written..).unwrap_or_default();
                    self.header.tc |= place < 3 || misses_glue(packet, left_out);
                    return Err(error);
                }
                written += rrset.len();
                self.count(place, section, written)?;
            }
        }
        Ok(())
    }

    fn rrset(&mut self, rrset: &'p [Record]) -> Result<(), WriteError> {
        for record in rrset {
            self.owner(&record.owner);
            self.u16(record.rtype().0);
            self.u16(record.class.0);
            self.u32(record.ttl);
            self.counted("RDATA", |writer| writer.rdata(record))?;
            self.check_length()?;
        }
        Ok(())
    }

    /// The OPT record (RFC 6891 section 6.1.2): the last one, unless a signature over the message has to be.
    fn edns(&mut self, packet: &DnsPacket) -> Result<(), WriteError> {
        let Some(edns) = &packet.edns else {
            return Ok(());
        };
        self.reserved = 0;
        self.out.push(0);
        self.u16(RecordType::OPT.0);
        self.u16(edns.udp_size);
        self.out
            .extend_from_slice(&[edns.extended_rcode, edns.version]);
        self.u16(if edns.do_bit {
            flags::DO | edns.z
        } else {
            edns.z & !flags::DO
        });
        self.counted("EDNS options", |writer| writer.options(edns))?;
        self.check_length()?;
        let additionals = self.counts.last().map_or(0, |count| usize::from(*count));
        self.count(3, "additional", additionals + 1)
    }

    fn options(&mut self, edns: &Edns) -> Result<(), WriteError> {
        for option in &edns.options {
            self.u16(option.code());
            self.counted("EDNS option", |writer| {
                option.write(&mut writer.out);
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Two octets of length, and then what `write` writes.
    fn counted(
        &mut self,
        what: &'static str,
        write: impl FnOnce(&mut Self) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        let place = self.out.len();
        self.u16(0);
        write(self)?;
        let length = self.out.len() - place - 2;
        let octets = u16::try_from(length).map_err(|_| WriteError::TooLong { what, length })?;
        self.put(place, octets);
        Ok(())
    }

    fn count(
        &mut self,
        place: usize,
        section: &'static str,
        count: usize,
    ) -> Result<(), WriteError> {
        let count =
            u16::try_from(count).map_err(|_| WriteError::TooManyEntries { section, count })?;
        if let Some(slot) = self.counts.get_mut(place) {
            *slot = count;
        }
        Ok(())
    }

    fn check_length(&self) -> Result<(), WriteError> {
        if self.out.len() + self.reserved > self.limit {
            return Err(WriteError::MessageTooLong { limit: self.limit });
        }
        Ok(())
    }

    fn finish(mut self) -> Vec<u8> {
        self.put(0, self.header.id);
        self.put(2, header_bits(&self.header));
        for (index, count) in self.counts.into_iter().enumerate() {
            self.put(4 + 2 * index, count);
        }
        self.out
    }

    /// The name that a record is about, or a question.
    fn owner(&mut self, name: &'p Name) {
        match self.last_owner {
            Some((last, pointer)) if last.wire() == name.wire() => {
                self.out.extend_from_slice(&pointer)
            }
            _ => {
                self.last_owner = self
                    .names
                    .write(&mut self.out, name)
                    .map(|pointer| (name, pointer))
            }
        }
    }

    fn compressed_name(&mut self, name: &Name) {
        self.names.write(&mut self.out, name);
    }

    fn u16(&mut self, number: u16) {
        self.out.extend_from_slice(&number.to_be_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.out.extend_from_slice(&number.to_be_bytes());
    }

    /// Overwrites two octets that are already there.
    fn put(&mut self, place: usize, number: u16) {
        if let Some(octets) = self.out.get_mut(place..place + 2) {
            octets.copy_from_slice(&number.to_be_bytes());
        }
    }
}

fn edns_length(edns: &Edns) -> usize {
    MIN_OPT
        + edns
            .options
            .iter()
            .map(|option| 4 + option.octets().len())
            .sum::<usize>()
}

/// Whether two records are of one RRset, where its signatures count as part of it: without them it could not be believed.
fn go_together(one: &Record, other: &Record) -> bool {
    rrset_type(one) == rrset_type(other) && one.class == other.class && one.owner == other.owner
}

/// A record's type, or that of the records which it signs.
fn rrset_type(record: &Record) -> RecordType {
    match &record.rdata {
        Rdata::Rrsig(rrsig) => rrsig.type_covered,
        rdata => rdata.rtype(),
    }
}

/// Whether a referral cannot be followed without these addresses: those of servers whose names lie in the very zone that
/// they serve (RFC 9471 section 3.1). Other servers' addresses can be asked for.
fn misses_glue(packet: &DnsPacket, left_out: &[Record]) -> bool {
    let mut servers = packet
        .authorities
        .iter()
        .filter(|record| record.rtype() == RecordType::NS);
    let Some(Record { owner: cut, .. }) = servers.next().filter(|_| packet.answers.is_empty())
    else {
        return false;
    };
    left_out
        .iter()
        .any(|record| record.owner.is_at_or_below(cut))
}

/// The header's second 16 bits, as in the diagram at [`Header`].
fn header_bits(header: &Header) -> u16 {
    let flag = |set: bool, mask: u16| if set { mask } else { 0 };
    flag(header.qr, flags::QR)
        | u16::from(header.opcode.0) << flags::OPCODE_SHIFT & flags::OPCODE
        | flag(header.aa, flags::AA)
        | flag(header.tc, flags::TC)
        | flag(header.rd, flags::RD)
        | flag(header.ra, flags::RA)
        | flag(header.z, flags::Z)
        | flag(header.ad, flags::AD)
        | flag(header.cd, flags::CD)
        | header.rcode.0 & flags::RCODE
}

#[cfg(test)]
mod tests;
