//! [`DnsPacket`] → octets, with name compression (RFC 1035 section 4.1.4) and within a limit.
//!
//! Names are compressed where every parser expects it: owners, and RDATA of the types that RFC 1035
//! defined. In types that came later, names are written without compression (RFC 3597 section 4). A
//! pointer only ever leads to a name of the same case, so that every name parses to exactly the
//! same octets.
//!
//! The last records of the additional section are, in this order: OPT, SIG(0), TSIG.

use alloc::vec::Vec;

mod edns;
mod header;
mod signatures;
mod truncation;

use self::edns::edns_length;
use self::header::{header_bits, split_rcode};
use self::signatures::{is_transaction_signature, signatures, signatures_length};
use self::truncation::{is_same_signed_rrset, misses_glue};
pub use crate::error::WriteError;
use crate::rdata;
use crate::types::{Class, DnsPacket, Header, Name, Question, Rdata, Record, RecordType};
use crate::wire::RdataWriter;
use crate::wire::compress::Compressor;

/// The longest message: TCP gives its length in 16 bits (RFC 1035 section 4.2.2).
pub const MAX_MESSAGE: usize = 65_535;
/// The first capacity for a message; most are shorter.
const USUAL_LENGTH: usize = 1024;
/// The header's length.
const HEADER: usize = 12;

impl DnsPacket {
    /// Writes the whole message.
    ///
    /// # Errors
    /// If it would have more than 65,535 octets, or holds a malformed record of a type that
    /// [may have compressed names](RecordType::may_have_compressed_names). Malformed RDATA of any
    /// other type is written as it was sent.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let query = DnsPacket::query(0x1c8b, "example.com".parse()?, RecordType::A);
    /// let octets = "1c8b00000001000000000000076578616d706c6503636f6d0000010001";
    /// assert_eq!(hex::encode(query.write()?), octets);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&self) -> Result<Vec<u8>, WriteError> {
        let out = Vec::with_capacity(USUAL_LENGTH);
        let mut writer = Writer::new(split_rcode(self)?, MAX_MESSAGE, out);
        writer.all(self)?;
        Ok(writer.finish())
    }

    /// Writes the whole message into `out`, in place of its contents, and reuses its allocation.
    /// After an error, `out` is empty.
    ///
    /// # Errors
    /// Those of [`DnsPacket::write`].
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let mut out = Vec::with_capacity(512);
    /// for id in 0..3 {
    ///     let query = DnsPacket::query(id, "example.com".parse()?, RecordType::A);
    ///     query.write_into(&mut out)?;
    ///     assert_eq!(out, query.write()?);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn write_into(&self, out: &mut Vec<u8>) -> Result<(), WriteError> {
        out.clear();
        let mut writer = Writer::new(split_rcode(self)?, MAX_MESSAGE, core::mem::take(out));
        let written = writer.all(self);
        *out = writer.finish();
        written.inspect_err(|_| out.clear())
    }

    /// Writes the message in at most `limit` octets, as UDP needs it. RRsets that do not fit are
    /// left out as a whole, from the end; EDNS, TSIG and SIG(0) always stay. (A signature is made
    /// over the message as it is sent: sign the octets that this method returned, not the packet.)
    ///
    /// An RRset and the signatures after it stay or go together: a validator cannot use one without
    /// the other.
    ///
    /// TC is set if the client needs the records left out: those of the answer or authority section
    /// (RFC 2181 section 9) and, in a referral, addresses of servers whose names lie in the zone
    /// that they serve (RFC 9471 section 3.1). Other additional records are optional, and left out
    /// without TC.
    ///
    /// # Errors
    /// If not even header, question and EDNS fit, or the message holds a malformed record that
    /// [`DnsPacket::write`] refuses.
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
        let out = Vec::with_capacity(USUAL_LENGTH);
        let mut writer = Writer::new(split_rcode(self)?, limit.min(MAX_MESSAGE), out);
        writer.reserved = self.edns.as_ref().map_or(0, edns_length) + signatures_length(self)?;
        writer.questions(&self.questions)?;
        match writer.sections(self) {
            Err(WriteError::MessageTooLong { .. }) => {}
            result => result?,
        }
        writer.ending(self)?;
        Ok(writer.finish())
    }
}

/// A message that is being written.
struct Writer<'p> {
    out: Vec<u8>,
    /// The header. Its flags may still change.
    header: Header,
    /// The entries written: question, answer, authority, additional.
    counts: [u16; 4],
    names: Compressor,
    /// The owner that was written last, and the pointer to it. Most records have the same owner as
    /// the record before them.
    last_owner: Option<(&'p Name, [u8; 2])>,
    /// Whether there is a TSIG or SIG(0) record.
    is_signed: bool,
    limit: usize,
    /// The octets of the limit that are reserved for EDNS, which is written last.
    reserved: usize,
}

/// A section: the index of its count, and its name.
#[derive(Clone, Copy)]
struct Section {
    place: usize,
    name: &'static str,
}

const fn section(place: usize, name: &'static str) -> Section {
    Section { place, name }
}

const QUESTION: Section = section(0, "question");
const ANSWER: Section = section(1, "answer");
const AUTHORITY: Section = section(2, "authority");
const ADDITIONAL: Section = section(3, "additional");

impl<'p> Writer<'p> {
    /// Starts a message in `out`, which is empty.
    fn new(header: Header, limit: usize, mut out: Vec<u8>) -> Self {
        out.extend_from_slice(&[0; HEADER]);
        Writer {
            out,
            header,
            counts: [0; 4],
            names: Compressor::default(),
            last_owner: None,
            is_signed: false,
            limit,
            reserved: 0,
        }
    }

    #[inline(always)]
    fn all(&mut self, packet: &'p DnsPacket) -> Result<(), WriteError> {
        self.questions(&packet.questions)?;
        self.sections(packet)?;
        self.ending(packet)
    }

    fn questions(&mut self, questions: &'p [Question]) -> Result<(), WriteError> {
        self.check_length()?;
        for question in questions {
            self.owner(&question.qname);
            let fields = [question.qtype.0, question.qclass.0].map(u16::to_be_bytes);
            self.out.extend_from_slice(fields.as_flattened());
            self.check_length()?;
        }
        self.count(QUESTION, questions.len())
    }

    /// Writes as many whole RRsets as fit. Signatures over the whole message are left for the end.
    fn sections(&mut self, packet: &'p DnsPacket) -> Result<(), WriteError> {
        self.is_signed = packet.additionals.iter().any(is_transaction_signature);
        self.section(packet, ANSWER, &packet.answers)?;
        self.section(packet, AUTHORITY, &packet.authorities)?;
        let mut records = packet.additionals.as_slice();
        if !self.is_signed {
            return self.section(packet, ADDITIONAL, records);
        }
        while let Some(at) = records.iter().position(is_transaction_signature) {
            self.section(packet, ADDITIONAL, records.get(..at).unwrap_or_default())?;
            records = records.get(at + 1..).unwrap_or_default();
        }
        self.section(packet, ADDITIONAL, records)
    }

    /// Writes as many whole RRsets as fit of one section, or of a part of it.
    #[inline(never)]
    fn section(
        &mut self,
        packet: &DnsPacket,
        section: Section,
        records: &'p [Record],
    ) -> Result<(), WriteError> {
        let mut written = 0;
        for rrset in records.chunk_by(is_same_signed_rrset) {
            let start = self.out.len();
            if let Err(error) = self.rrset(rrset) {
                self.out.truncate(start);
                let left_out = records.get(written..).unwrap_or_default();
                self.header.tc |= section.place < ADDITIONAL.place || misses_glue(packet, left_out);
                return Err(error);
            }
            written += rrset.len();
            self.count(section, rrset.len())?;
        }
        Ok(())
    }

    fn rrset(&mut self, rrset: &'p [Record]) -> Result<(), WriteError> {
        for record in rrset {
            self.owner(&record.owner);
            let [t0, t1] = record.rtype().0.to_be_bytes();
            let [c0, c1] = record.class.0.to_be_bytes();
            let [s0, s1, s2, s3] = record.ttl.to_be_bytes();
            // At once, with room for RDLENGTH.
            let fixed = [t0, t1, c0, c1, s0, s1, s2, s3, 0, 0];
            self.out.extend_from_slice(&fixed);
            let place = self.out.len();
            self.rdata(record)?;
            self.put_length("RDATA", place)?;
            self.check_length()?;
        }
        Ok(())
    }

    /// Writes the records that end the additional section, for which room is reserved: OPT, then
    /// the signatures over the whole message.
    fn ending(&mut self, packet: &'p DnsPacket) -> Result<(), WriteError> {
        self.reserved = 0;
        if let Some(edns) = &packet.edns {
            self.edns(edns, packet.rcode())?;
        }
        let signatures = self.is_signed.then(|| signatures(packet));
        for record in signatures.into_iter().flatten() {
            self.section(packet, ADDITIONAL, core::slice::from_ref(record))?;
        }
        Ok(())
    }

    /// Appends two octets of length, then the octets that `write` appends.
    #[inline(always)]
    fn counted(
        &mut self,
        what: &'static str,
        write: impl FnOnce(&mut Self) -> Result<(), WriteError>,
    ) -> Result<(), WriteError> {
        self.u16(0);
        let place = self.out.len();
        write(self)?;
        self.put_length(what, place)
    }

    /// Puts the number of octets from `place` on into the two octets before it.
    #[inline(always)]
    fn put_length(&mut self, what: &'static str, place: usize) -> Result<(), WriteError> {
        let length = self.out.len() - place;
        let octets = u16::try_from(length).map_err(|_| WriteError::TooLong { what, length })?;
        self.put(place - 2, octets);
        Ok(())
    }

    /// Adds to the number of entries of a section.
    fn count(&mut self, section: Section, more: usize) -> Result<(), WriteError> {
        if let Some(slot) = self.counts.get_mut(section.place) {
            let count = usize::from(*slot) + more;
            *slot = u16::try_from(count).map_err(|_| WriteError::TooManyEntries {
                section: section.name,
                count,
            })?;
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
        let [questions, answers, authorities, additionals] = self.counts;
        let numbers = [
            self.header.id,
            header_bits(&self.header),
            questions,
            answers,
            authorities,
            additionals,
        ];
        if let Some(header) = self.out.first_chunk_mut::<HEADER>() {
            header.copy_from_slice(numbers.map(u16::to_be_bytes).as_flattened());
        }
        self.out
    }

    /// Appends the owner of a record, or the name of a question.
    #[inline(always)]
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

    /// Appends RDATA without its length.
    fn rdata(&mut self, record: &Record) -> Result<(), WriteError> {
        if let Rdata::Malformed { .. } | Rdata::Unknown { .. } = record.rdata {
            check_untyped(record)?;
        }
        let mut out = RdataWriter::within(&mut self.out, &mut self.names);
        rdata::write(&record.rdata, &mut out)
    }

    fn u16(&mut self, number: u16) {
        self.out.extend_from_slice(&number.to_be_bytes());
    }

    /// Overwrites two octets that are already there.
    fn put(&mut self, place: usize, number: u16) {
        if let Some(octets) = self.out.get_mut(place..place + 2) {
            octets.copy_from_slice(&number.to_be_bytes());
        }
    }
}

/// Checks that RDATA without a form may be written: that it is not malformed in a type whose names
/// may be compressed, and that its type is one that records have.
///
/// Updates have records of pseudo-types, without RDATA, in classes ANY and NONE: "all records at
/// this name" (RFC 2136 section 2.5.3).
#[cold]
fn check_untyped(record: &Record) -> Result<(), WriteError> {
    let (owner, rtype) = (|| record.owner.clone(), record.rtype());
    let is_in_update = matches!(record.class, Class::ANY | Class::NONE);
    match &record.rdata {
        Rdata::Malformed { .. } if rtype.may_have_compressed_names() => {
            Err(WriteError::Malformed {
                owner: owner(),
                rtype,
            })
        }
        _ if !rtype.is_pseudo() || matches!(rtype, RecordType::TSIG | RecordType::TKEY) => Ok(()),
        Rdata::Unknown { octets, .. } if is_in_update && octets.is_empty() => Ok(()),
        _ => Err(WriteError::PseudoType {
            owner: owner(),
            rtype,
        }),
    }
}

#[cfg(test)]
mod tests;
