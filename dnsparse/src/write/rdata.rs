//! RDATA of each type, in octets.

use super::{WriteError, Writer};
use crate::parse::is_caa_tag;
use crate::types::{Caa, Name, Rdata, Record, Soa};

impl Writer<'_> {
    /// RDATA without its length. NS, CNAME, SOA, PTR and MX are of RFC 1035, and their names are compressed; no others.
    pub(super) fn rdata(&mut self, record: &Record) -> Result<(), WriteError> {
        match &record.rdata {
            Rdata::A(address) => self.out.extend_from_slice(&address.octets()),
            Rdata::Aaaa(address) => self.out.extend_from_slice(&address.octets()),
            Rdata::Ns(name) | Rdata::Cname(name) | Rdata::Ptr(name) => self.compressed_name(name),
            Rdata::Dname(name) => self.plain_name(name),
            Rdata::Soa(soa) => self.soa(soa),
            Rdata::Mx(mx) => {
                self.u16(mx.preference);
                self.compressed_name(&mx.exchange);
            }
            Rdata::Txt(txt) => self.out.extend_from_slice(&txt.wire),
            Rdata::Srv(srv) => {
                self.u16(srv.priority);
                self.u16(srv.weight);
                self.u16(srv.port);
                self.plain_name(&srv.target);
            }
            Rdata::Caa(caa) => self.caa(caa)?,
            Rdata::Unknown { octets, .. } => self.out.extend_from_slice(octets),
            Rdata::Malformed { rtype, .. } => {
                return Err(WriteError::Malformed {
                    owner: record.owner.clone(),
                    rtype: *rtype,
                });
            }
        }
        Ok(())
    }

    fn soa(&mut self, soa: &Soa) {
        self.compressed_name(&soa.mname);
        self.compressed_name(&soa.rname);
        for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
            self.u32(number);
        }
    }

    fn caa(&mut self, caa: &Caa) -> Result<(), WriteError> {
        let length = u8::try_from(caa.tag.len())
            .ok()
            .filter(|_| is_caa_tag(&caa.tag));
        let length = length.ok_or_else(|| WriteError::BadTag {
            tag: caa.tag.clone(),
        })?;
        self.out.extend_from_slice(&[caa.flags, length]);
        self.out.extend_from_slice(caa.tag.as_bytes());
        self.out.extend_from_slice(&caa.value);
        Ok(())
    }

    fn plain_name(&mut self, name: &Name) {
        self.out.extend_from_slice(name.wire());
    }
}
