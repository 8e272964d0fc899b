//! RDATA of each type, in octets.

use super::{WriteError, Writer};
use crate::parse::is_caa_tag;
use crate::types::{Caa, Name, Rdata, Record, RecordType, Soa};

impl Writer<'_> {
    /// RDATA without its length. NS, CNAME, SOA, PTR and MX are of RFC 1035, and their names are compressed; no others.
    pub(super) fn rdata(&mut self, record: &Record) -> Result<(), WriteError> {
        match &record.rdata {
            Rdata::Ns(name) | Rdata::Cname(name) | Rdata::Ptr(name) => self.compressed_name(name),
            Rdata::Soa(soa) => {
                self.compressed_name(&soa.mname);
                self.compressed_name(&soa.rname);
                soa_numbers(soa, &mut self.out);
            }
            Rdata::Mx(mx) => {
                self.u16(mx.preference);
                self.compressed_name(&mx.exchange);
            }
            Rdata::Malformed { rtype, .. } => {
                return Err(WriteError::Malformed {
                    owner: record.owner.clone(),
                    rtype: *rtype,
                });
            }
            rdata => plain(rdata, &mut self.out)?,
        }
        Ok(())
    }
}

impl Rdata {
    /// The octets of RDATA alone, with all names written out: what [`rdata_octets`](crate::parse::rdata_octets) reads.
    ///
    /// # Errors
    /// If it is malformed, or breaks a rule of its type.
    ///
    /// ```
    /// use dnsparse::{Rdata, RecordType};
    ///
    /// let mx = Rdata::from_text(RecordType::MX, "10 mx.example.com")?;
    /// assert_eq!(mx.octets()?, b"\x00\x0a\x02mx\x07example\x03com\x00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn octets(&self) -> Result<Vec<u8>, WriteError> {
        let mut out = Vec::new();
        plain(self, &mut out)?;
        Ok(out)
    }
}

/// RDATA with nothing compressed.
fn plain(rdata: &Rdata, out: &mut Vec<u8>) -> Result<(), WriteError> {
    match rdata {
        Rdata::A(address) => out.extend_from_slice(&address.octets()),
        Rdata::Aaaa(address) => out.extend_from_slice(&address.octets()),
        Rdata::Ns(name) | Rdata::Cname(name) | Rdata::Dname(name) | Rdata::Ptr(name) => {
            out.extend_from_slice(name.wire());
        }
        Rdata::Soa(soa) => {
            out.extend_from_slice(soa.mname.wire());
            out.extend_from_slice(soa.rname.wire());
            soa_numbers(soa, out);
        }
        Rdata::Mx(mx) => numbers_and_name(out, &[mx.preference], &mx.exchange),
        Rdata::Txt(txt) => out.extend_from_slice(&txt.wire),
        Rdata::Srv(srv) => {
            numbers_and_name(out, &[srv.priority, srv.weight, srv.port], &srv.target);
        }
        Rdata::Caa(caa) => self::caa(caa, out)?,
        Rdata::Hinfo(hinfo) => hinfo.write(out)?,
        Rdata::Naptr(naptr) => naptr.write(out)?,
        Rdata::Ds(ds) => ds.write(out),
        Rdata::Sshfp(sshfp) => sshfp.write(out),
        Rdata::Rrsig(rrsig) => rrsig.write(out),
        Rdata::Nsec(nsec) => nsec.write(out),
        Rdata::Dnskey(dnskey) => dnskey.write(out),
        Rdata::Nsec3(nsec3) => nsec3.write(out)?,
        Rdata::Nsec3Param(param) => param.write(out)?,
        Rdata::Tlsa(tlsa) => tlsa.write(out),
        Rdata::Svcb(svcb) => svcb.write(RecordType::SVCB, out)?,
        Rdata::Https(https) => https.write(RecordType::HTTPS, out)?,
        Rdata::Unknown { octets, .. } => out.extend_from_slice(octets),
        Rdata::Malformed { rtype, error, .. } => {
            return Err(WriteError::BadRdata {
                rtype: *rtype,
                rule: error.rule,
            });
        }
    }
    Ok(())
}

fn numbers_and_name(out: &mut Vec<u8>, numbers: &[u16], name: &Name) {
    out.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    out.extend_from_slice(name.wire());
}

fn soa_numbers(soa: &Soa, out: &mut Vec<u8>) {
    for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
        out.extend_from_slice(&number.to_be_bytes());
    }
}

fn caa(caa: &Caa, out: &mut Vec<u8>) -> Result<(), WriteError> {
    let length = u8::try_from(caa.tag.len())
        .ok()
        .filter(|_| is_caa_tag(&caa.tag));
    let length = length.ok_or_else(|| WriteError::BadTag {
        tag: caa.tag.clone(),
    })?;
    out.extend_from_slice(&[caa.flags, length]);
    out.extend_from_slice(caa.tag.as_bytes());
    out.extend_from_slice(&caa.value);
    Ok(())
}
