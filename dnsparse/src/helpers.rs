//! Small conveniences on the types. Nothing else in this library needs them; write your own if you
//! like.

use alloc::vec;
use core::net::IpAddr;

use crate::types::{Class, DnsPacket, Header, Name, Question, Rcode, Rdata, Record, RecordType};

impl DnsPacket {
    /// Makes a query: one question in class IN, recursion not desired unless you set it.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let mut query = DnsPacket::query(0xbeef, "example.com".parse()?, RecordType::MX);
    /// query.header.rd = true;
    /// assert_eq!(query.write()?.len(), 29);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn query(id: u16, qname: Name, qtype: RecordType) -> DnsPacket {
        DnsPacket {
            header: Header {
                id,
                ..Header::default()
            },
            questions: vec![Question {
                qname,
                qtype,
                qclass: Class::IN,
            }],
            ..DnsPacket::default()
        }
    }

    /// Makes an empty reply to `query`: with its id, opcode, RD and CD, and its questions (RFC 1035
    /// section 4.1.1, RFC 4035 section 3.1.6).
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let query = DnsPacket::query(7, "example.com".parse()?, RecordType::A);
    /// let reply = DnsPacket::reply_to(&query);
    /// assert!(reply.header.qr && reply.header.id == 7 && reply.questions == query.questions);
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn reply_to(query: &DnsPacket) -> DnsPacket {
        let Header {
            id, opcode, rd, cd, ..
        } = query.header;
        DnsPacket {
            header: Header {
                id,
                qr: true,
                opcode,
                rd,
                cd,
                ..Header::default()
            },
            questions: query.questions.clone(),
            ..DnsPacket::default()
        }
    }

    /// Returns the question, if there is exactly one.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let query = DnsPacket::query(7, "example.com".parse()?, RecordType::A);
    /// assert_eq!(query.question(), Some(&query.questions[0]));
    /// assert_eq!(DnsPacket::default().question(), None);
    /// # Ok::<(), dnsparse::NameError>(())
    /// ```
    pub fn question(&self) -> Option<&Question> {
        match self.questions.as_slice() {
            [question] => Some(question),
            _ => None,
        }
    }

    /// Returns the whole RCODE: the header's four bits and EDNS's eight (RFC 6891 section 6.1.3).
    /// An RCODE over 15 that a program put into the header is the whole RCODE already.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, Edns, Rcode};
    ///
    /// let edns = Some(Edns { extended_rcode: 1, ..Edns::default() });
    /// assert_eq!(DnsPacket { edns, ..DnsPacket::default() }.rcode(), Rcode::BADVERS);
    /// ```
    pub fn rcode(&self) -> Rcode {
        let extended = self
            .edns
            .as_ref()
            .map_or(0, |edns| u16::from(edns.extended_rcode));
        match self.header.rcode {
            Rcode(low @ 0..=0xf) => Rcode(extended << 4 | low),
            whole => whole,
        }
    }

    /// Lists the records of all three sections in their order.
    ///
    /// ```
    /// use dnsparse::{DnsPacket, RecordType};
    ///
    /// let mut packet = DnsPacket::default();
    /// packet.additionals.push("ns1.example.com 60 A 192.0.2.1".parse()?);
    /// packet.authorities.push("example.com 60 NS ns1.example.com".parse()?);
    /// let types: Vec<_> = packet.records().map(|record| record.rtype()).collect();
    /// assert_eq!(types, [RecordType::NS, RecordType::A]);
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.answers
            .iter()
            .chain(&self.authorities)
            .chain(&self.additionals)
    }
}

impl Record {
    /// Makes a record in class IN.
    ///
    /// ```
    /// use dnsparse::{Rdata, Record};
    ///
    /// let record = Record::new("example.com".parse()?, 300, Rdata::A([192, 0, 2, 1].into()));
    /// assert_eq!(record.to_string(), "example.com.\t300\tIN\tA\t192.0.2.1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(owner: Name, ttl: u32, rdata: Rdata) -> Record {
        Record {
            owner,
            class: Class::IN,
            ttl,
            rdata,
        }
    }

    /// Checks whether the RDATA is malformed, and of a type that cannot be passed on unread: its
    /// names may be compressed (RFC 3597 section 4), or a resolver itself has to read it (A, AAAA,
    /// DNAME).
    ///
    /// ```
    /// use dnsparse::{Class, Record, RecordType, parse::rdata_octets};
    ///
    /// let record = |rtype, octets: &[u8]| {
    ///     let rdata = rdata_octets(rtype, Class::IN, octets);
    ///     Record::new("example.com".parse().unwrap(), 300, rdata)
    /// };
    /// assert!(record(RecordType::MX, &[0]).has_unusable_rdata());
    /// assert!(record(RecordType::A, &[192, 0, 2]).has_unusable_rdata());
    /// assert!(!record(RecordType::CAA, &[0]).has_unusable_rdata());
    /// assert!(!record(RecordType::A, &[192, 0, 2, 1]).has_unusable_rdata());
    /// ```
    pub fn has_unusable_rdata(&self) -> bool {
        let rtype = self.rtype();
        let has_to_be_read = rtype.may_have_compressed_names()
            || matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::DNAME);
        matches!(self.rdata, Rdata::Malformed { .. }) && has_to_be_read
    }

    /// Returns the address of an A or AAAA record.
    ///
    /// ```
    /// let record: dnsparse::Record = "example.com. 300 IN AAAA 2001:db8::1".parse()?;
    /// assert_eq!(record.address(), Some("2001:db8::1".parse()?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn address(&self) -> Option<IpAddr> {
        match self.rdata {
            Rdata::A(address) => Some(address.into()),
            Rdata::Aaaa(address) => Some(address.into()),
            _ => None,
        }
    }

    /// Checks whether two records belong to one RRset: the same owner, class and type (RFC 2181
    /// section 5).
    ///
    /// ```
    /// use dnsparse::Record;
    ///
    /// let record = |text: &str| text.parse::<Record>();
    /// let one = record("example.com 60 A 192.0.2.1")?;
    /// assert!(one.is_same_rrset(&record("EXAMPLE.com 90 A 192.0.2.2")?));
    /// assert!(!one.is_same_rrset(&record("example.com 60 TXT x")?));
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn is_same_rrset(&self, other: &Record) -> bool {
        self.rtype() == other.rtype() && self.class == other.class && self.owner == other.owner
    }
}
