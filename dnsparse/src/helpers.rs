//! Small conveniences on the types. Nothing here is needed to parse or write; write your own if you like.

use std::net::IpAddr;

use crate::types::{
    Class, DnsPacket, Header, Name, Question, Rcode, Rdata, Record, RecordType, Txt,
};

impl DnsPacket {
    /// A query: one question in class IN, recursion not desired unless you set it.
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

    /// The start of a reply to `query`: its id, opcode, RD and CD, and its questions (RFC 1035 section 4.1.1, RFC 4035
    /// section 3.1.6).
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

    /// The only question, where there is exactly one.
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

    /// The whole RCODE: the header's four bits and EDNS's eight (RFC 6891 section 6.1.3).
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
        Rcode(extended << 4 | self.header.rcode.0 & 0xf)
    }

    /// The records of all three sections in their order.
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
    /// A record in class IN.
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

    /// The record's type, which is that of its RDATA.
    ///
    /// ```
    /// use dnsparse::{Record, RecordType};
    ///
    /// assert_eq!("example.com 60 A 192.0.2.1".parse::<Record>()?.rtype(), RecordType::A);
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn rtype(&self) -> RecordType {
        self.rdata.rtype()
    }

    /// The address that an A or AAAA record holds.
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

    /// Whether the two belong to one RRset: the same owner, class and type (RFC 2181 section 5).
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

impl Rdata {
    /// The type whose RDATA this is.
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// assert_eq!(Rdata::A([192, 0, 2, 1].into()).rtype(), RecordType::A);
    /// ```
    pub fn rtype(&self) -> RecordType {
        match self {
            Rdata::A(_) => RecordType::A,
            Rdata::Aaaa(_) => RecordType::AAAA,
            Rdata::Ns(_) => RecordType::NS,
            Rdata::Cname(_) => RecordType::CNAME,
            Rdata::Dname(_) => RecordType::DNAME,
            Rdata::Ptr(_) => RecordType::PTR,
            Rdata::Soa(_) => RecordType::SOA,
            Rdata::Mx(_) => RecordType::MX,
            Rdata::Txt(_) => RecordType::TXT,
            Rdata::Srv(_) => RecordType::SRV,
            Rdata::Caa(_) => RecordType::CAA,
            Rdata::Hinfo(_) => RecordType::HINFO,
            Rdata::Naptr(_) => RecordType::NAPTR,
            Rdata::Ds(_) => RecordType::DS,
            Rdata::Sshfp(_) => RecordType::SSHFP,
            Rdata::Rrsig(_) => RecordType::RRSIG,
            Rdata::Nsec(_) => RecordType::NSEC,
            Rdata::Dnskey(_) => RecordType::DNSKEY,
            Rdata::Nsec3(_) => RecordType::NSEC3,
            Rdata::Nsec3Param(_) => RecordType::NSEC3PARAM,
            Rdata::Tlsa(_) => RecordType::TLSA,
            Rdata::Svcb(_) => RecordType::SVCB,
            Rdata::Https(_) => RecordType::HTTPS,
            Rdata::Unknown { rtype, .. } | Rdata::Malformed { rtype, .. } => *rtype,
        }
    }
}

/// Why strings do not make a TXT record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TxtError {
    /// There is none; a record has at least one, if only an empty one.
    #[error("a TXT record has at least one string (RFC 1035 section 3.3.14)")]
    NoStrings,
    /// A string of more than 255 octets: split it.
    #[error("a string has {length} octets, the limit is 255 (RFC 1035 section 3.3)")]
    StringTooLong {
        /// Octets in the string.
        length: usize,
    },
}

impl Txt {
    /// Text from its strings of up to 255 octets each.
    ///
    /// # Errors
    /// If there is no string, or one is too long.
    ///
    /// ```
    /// use dnsparse::Txt;
    ///
    /// let txt = Txt::new(["v=spf1 -all", ""])?;
    /// assert_eq!(txt.strings().collect::<Vec<_>>(), [b"v=spf1 -all".as_slice(), b""]);
    /// # Ok::<(), dnsparse::helpers::TxtError>(())
    /// ```
    pub fn new<S: AsRef<[u8]>>(strings: impl IntoIterator<Item = S>) -> Result<Txt, TxtError> {
        let mut wire = Vec::new();
        for string in strings {
            let string = string.as_ref();
            let length = string.len();
            wire.push(u8::try_from(length).map_err(|_| TxtError::StringTooLong { length })?);
            wire.extend_from_slice(string);
        }
        if wire.is_empty() {
            Err(TxtError::NoStrings)
        } else {
            Ok(Txt {
                wire: wire.as_slice().into(),
            })
        }
    }

    /// The strings in their order.
    ///
    /// ```
    /// let txt = dnsparse::Txt::new(["one", "two"])?;
    /// assert_eq!(txt.strings().last(), Some(b"two".as_slice()));
    /// # Ok::<(), dnsparse::helpers::TxtError>(())
    /// ```
    pub fn strings(&self) -> impl Iterator<Item = &[u8]> {
        let mut left: &[u8] = &self.wire;
        std::iter::from_fn(move || {
            let (length, rest) = left.split_first()?;
            let (string, rest) = rest.split_at_checked(usize::from(*length))?;
            left = rest;
            Some(string)
        })
    }
}
