//! Properties of whole groups of record types, as the RFCs define them.

use super::RecordType;

impl RecordType {
    /// The name of an OSI address (deprecated). Its mnemonic is `NSAP-PTR`.
    pub const NSAP_PTR: Self = Self(23);

    /// Checks whether this is a pseudo-type, which no data in a zone has: OPT, TKEY and TSIG, which
    /// concern the message that they are in; IXFR, AXFR, MAILB, MAILA and ANY, which only questions
    /// have; and NXNAME, which stands only in NSEC bitmaps (RFC 6895 section 3.1, RFC 9824 section
    /// 2).
    ///
    /// Text has no records of these types, and only TKEY and TSIG can be written.
    ///
    /// ```
    /// use dnsparse::RecordType;
    ///
    /// assert!(RecordType::AXFR.is_pseudo() && !RecordType::SOA.is_pseudo());
    /// ```
    pub const fn is_pseudo(self) -> bool {
        matches!(
            self,
            RecordType::OPT
                | RecordType::NXNAME
                | RecordType::TKEY
                | RecordType::TSIG
                | RecordType::IXFR
                | RecordType::AXFR
                | RecordType::MAILB
                | RecordType::MAILA
                | RecordType::ANY
        )
    }

    /// Checks whether names in RDATA of this type are in lower case in its canonical form: the list
    /// of RFC 4034 section 6.2, without HINFO, which has no names, and NSEC (RFC 6840 section 5.1).
    pub(crate) const fn has_lowercase_names(self) -> bool {
        let is_later = matches!(
            self,
            RecordType::KX | RecordType::DNAME | RecordType::A6 | RecordType::RRSIG
        );
        self.may_have_compressed_names() || is_later
    }

    /// Checks whether RDATA of this type may hold compressed names.
    ///
    /// These are the types of RFC 1035 whose RDATA has names, and eight later ones, which some
    /// servers once compressed: RP, AFSDB, RT, SIG, PX, NXT, NAPTR and SRV (RFC 3597 section 4).
    /// RDATA of any other type is the same octets in every message, so that a program can pass it
    /// on unread; RDATA of these has to be read, and written anew, since a compression pointer
    /// means nothing outside its message.
    ///
    /// So [`DnsPacket::write`](crate::DnsPacket::write) writes malformed RDATA of other types octet
    /// for octet, and refuses malformed RDATA of these.
    ///
    /// ```
    /// use dnsparse::RecordType;
    ///
    /// assert!(RecordType::MX.may_have_compressed_names());
    /// assert!(RecordType::SRV.may_have_compressed_names());
    /// assert!(!RecordType::HTTPS.may_have_compressed_names());
    /// assert!(!RecordType(65_280).may_have_compressed_names());
    /// ```
    pub const fn may_have_compressed_names(self) -> bool {
        matches!(
            self,
            RecordType::NS
                | RecordType::MD
                | RecordType::MF
                | RecordType::CNAME
                | RecordType::SOA
                | RecordType::MB
                | RecordType::MG
                | RecordType::MR
                | RecordType::PTR
                | RecordType::MINFO
                | RecordType::MX
                | RecordType::RP
                | RecordType::AFSDB
                | RecordType::RT
                | RecordType::SIG
                | RecordType::PX
                | RecordType::NXT
                | RecordType::SRV
                | RecordType::NAPTR
        )
    }
}
