//! The canonical form of records and RRsets, over which DNSSEC signs (RFC 4034 section 6). There is
//! no cryptography here: the functions return the octets that are digested or signed.
//!
//! The canonical order of names (RFC 4034 section 6.1) is that of [`Name`] itself.

use alloc::vec::Vec;

use crate::codes::RecordType;
use crate::error::WriteError;
use crate::name::Name;
use crate::rdata;
use crate::serial::Serial;
use crate::types::{Class, Dnskey, Rdata, Record, Rrsig};
use crate::wire::RdataWriter;

/// The reason why records are not the RRset that a signature covers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RrsetError {
    /// No record.
    #[error("an RRset has at least one record")]
    Empty,
    /// A record with another owner, class or type than the first one.
    #[error("the {rtype} record of {owner} is not of the same RRset as the first record")]
    OtherRrset {
        /// The record's owner.
        owner: Name,
        /// Its type.
        rtype: RecordType,
    },
    /// A signature over another type.
    #[error("the signature covers type {covered}, the records have type {rtype}")]
    OtherType {
        /// The type that the signature covers.
        covered: RecordType,
        /// The type of the records.
        rtype: RecordType,
    },
    /// A signature over a name with more labels than the owner has (RFC 4035 section 5.3.1).
    #[error("the signature covers {labels} labels, {owner} has fewer (RFC 4035 section 5.3.1)")]
    TooManyLabels {
        /// The signature's number of labels.
        labels: u8,
        /// The owner of the records.
        owner: Name,
    },
    /// A record that cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Rdata {
    /// Returns the octets of RDATA in canonical form: names are not compressed, and in lower case
    /// in the types that RFC 4034 section 6.2 lists (without NSEC: RFC 6840 section 5.1).
    ///
    /// # Errors
    /// Those of [`Rdata::octets`].
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let rdata = |rtype, text| Rdata::from_text(rtype, text);
    /// let mx = rdata(RecordType::MX, "10 MX.Example")?.canonical_octets()?;
    /// assert_eq!(mx, b"\x00\x0a\x02mx\x07example\x00");
    /// let svcb = rdata(RecordType::SVCB, "0 Example")?.canonical_octets()?;
    /// assert_eq!(svcb, b"\x00\x00\x07Example\x00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn canonical_octets(&self) -> Result<Vec<u8>, WriteError> {
        let mut out = Vec::new();
        let mut writer = match self.rtype().has_lowercase_names() {
            true => RdataWriter::lowercase(&mut out),
            false => RdataWriter::uncompressed(&mut out),
        };
        rdata::write(self, &mut writer)?;
        Ok(out)
    }
}

impl Record {
    /// Returns the octets of the record in canonical form (RFC 4034 section 6.2). `ttl` is the one
    /// with which it was signed ([`Rrsig::original_ttl`]); a cache has lowered the record's own.
    ///
    /// # Errors
    /// If the RDATA cannot be written, or has more than 65,535 octets.
    ///
    /// ```
    /// let record: dnsparse::Record = "Example.com. 60 IN NS NS1.example.com.".parse()?;
    /// let octets = record.canonical_octets(3600)?;
    /// assert!(octets.starts_with(b"\x07example\x03com\x00\x00\x02\x00\x01\x00\x00\x0e\x10"));
    /// assert!(octets.ends_with(b"\x03ns1\x07example\x03com\x00"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn canonical_octets(&self, ttl: u32) -> Result<Vec<u8>, WriteError> {
        let mut out = Vec::new();
        let rdata = self.rdata.canonical_octets()?;
        append(
            &mut out,
            &self.owner,
            (self.rtype(), self.class),
            ttl,
            &rdata,
        )?;
        Ok(out)
    }
}

/// Returns the octets of an RRset in canonical form and order: its records by their RDATA, each
/// once (RFC 4034 sections 6.2 and 6.3).
///
/// # Errors
/// If there is no record, the records are not of one RRset, or one cannot be written.
///
/// ```
/// use dnsparse::{Record, canonical};
///
/// let record = |text: &str| text.parse::<Record>();
/// let rrset = [record("a. 60 A 192.0.2.9")?, record("A. 60 A 192.0.2.1")?, record("a. 60 A 192.0.2.9")?];
/// let octets = canonical::rrset(&rrset, 60)?;
/// assert_eq!(octets.len(), 2 * (3 + 10 + 4));
/// assert!(octets.ends_with(&[192, 0, 2, 9]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rrset(records: &[Record], ttl: u32) -> Result<Vec<u8>, RrsetError> {
    let first = records.first().ok_or(RrsetError::Empty)?;
    let mut out = Vec::new();
    append_rrset(&mut out, &first.owner, records, ttl)?;
    Ok(out)
}

/// Appends an RRset under the name with which it was signed.
fn append_rrset(
    out: &mut Vec<u8>,
    owner: &Name,
    records: &[Record],
    ttl: u32,
) -> Result<(), RrsetError> {
    let first = records.first().ok_or(RrsetError::Empty)?;
    if let Some(other) = records.iter().find(|record| !record.is_same_rrset(first)) {
        let (owner, rtype) = (other.owner.clone(), other.rtype());
        return Err(RrsetError::OtherRrset { owner, rtype });
    }
    let rdata = records.iter().map(|record| record.rdata.canonical_octets());
    let mut rdata = rdata.collect::<Result<Vec<_>, _>>()?;
    rdata.sort_unstable();
    rdata.dedup();
    for octets in rdata {
        append(out, owner, (first.rtype(), first.class), ttl, &octets)?;
    }
    Ok(())
}

/// Appends one record.
fn append(
    out: &mut Vec<u8>,
    owner: &Name,
    (rtype, class): (RecordType, Class),
    ttl: u32,
    rdata: &[u8],
) -> Result<(), WriteError> {
    let mut out = RdataWriter::lowercase(out);
    out.name(owner);
    out.u16(rtype.0);
    out.u16(class.0);
    out.u32(ttl);
    out.with_length("RDATA", |out| out.octets(rdata))
}

impl Rrsig {
    /// Returns the octets over which this signature is made: its own RDATA without the signature,
    /// then the RRset in canonical form and order, under the wildcard if it was made from one (RFC
    /// 4034 section 3.1.8.1, RFC 4035 section 5.3.2).
    ///
    /// # Errors
    /// If the records are not one RRset of the type that is covered, have fewer labels than the
    /// signature says, or cannot be written.
    ///
    /// ```
    /// use dnsparse::{Rdata, Record};
    ///
    /// let address: Record = "www.example. 60 A 192.0.2.1".parse()?;
    /// let signature: Record = "www.example. 60 RRSIG A 13 2 3600 0 0 1 example. AAAA".parse()?;
    /// let Rdata::Rrsig(rrsig) = signature.rdata else { panic!("an RRSIG") };
    /// let octets = rrsig.signed_data(&[address])?;
    /// assert_eq!(octets.len(), (18 + 9) + (13 + 10 + 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn signed_data(&self, rrset: &[Record]) -> Result<Vec<u8>, RrsetError> {
        let first = rrset.first().ok_or(RrsetError::Empty)?;
        let (covered, rtype) = (self.type_covered, first.rtype());
        if rtype != covered {
            return Err(RrsetError::OtherType { covered, rtype });
        }
        let owner = self.signed_owner(&first.owner)?;
        let mut out = Vec::new();
        self.write_fields(&mut RdataWriter::lowercase(&mut out));
        append_rrset(&mut out, &owner, rrset, self.original_ttl)?;
        Ok(out)
    }

    /// Returns the owner that was signed: the owner itself, or the wildcard above it, if the
    /// signature covers fewer labels (RFC 4035 section 5.3.2).
    fn signed_owner(&self, owner: &Name) -> Result<Name, RrsetError> {
        let is_wildcard = owner.labels().next() == Some(b"*");
        let labels = owner.label_count() - usize::from(is_wildcard);
        let below_wildcard = labels.checked_sub(self.labels.into());
        let below_wildcard = below_wildcard.ok_or_else(|| RrsetError::TooManyLabels {
            labels: self.labels,
            owner: owner.clone(),
        })?;
        if below_wildcard == 0 {
            return Ok(owner.clone());
        }
        let above = owner
            .labels()
            .skip(below_wildcard + usize::from(is_wildcard));
        // A wildcard has at most as many octets as the name that it stands for.
        Ok(Name::from_labels(core::iter::once(b"*".as_slice()).chain(above)).unwrap_or_default())
    }

    /// Checks whether `now`, in seconds since 1970, lies within the time for which the signature is
    /// valid, its ends included (RFC 4035 section 5.3.1). Times are compared as serials, so that
    /// the year 2106 makes no difference.
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let text = "A 13 2 3600 20240701000000 20240601000000 1 example. AAAA";
    /// let Rdata::Rrsig(rrsig) = Rdata::from_text(RecordType::RRSIG, text)? else { panic!("an RRSIG") };
    /// assert!(rrsig.is_valid_at(1_718_000_000) && !rrsig.is_valid_at(1_720_000_000));
    /// # Ok::<(), dnsparse::ZoneError>(())
    /// ```
    pub fn is_valid_at(&self, now: u32) -> bool {
        let now = Serial(now);
        Serial(self.inception) <= now && now <= Serial(self.expiration)
    }
}

impl Dnskey {
    /// Returns the octets of which a DS record holds the digest: the zone's name and this key, in
    /// canonical form (RFC 4034 section 5.1.4).
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let rdata = Rdata::from_text(RecordType::DNSKEY, "256 3 8 AwEAAQ==")?;
    /// let Rdata::Dnskey(key) = rdata else { panic!("a DNSKEY") };
    /// let input = key.digest_input(&"Example".parse()?);
    /// assert_eq!(input, b"\x07example\x00\x01\x00\x03\x08\x03\x01\x00\x01");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn digest_input(&self, owner: &Name) -> Vec<u8> {
        let mut out = owner.to_lowercase().wire().to_vec();
        out.extend_from_slice(&self.wire());
        out
    }
}

#[cfg(test)]
mod tests;
