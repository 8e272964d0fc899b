//! The OPT record (RFC 6891).

use super::{ADDITIONAL, Writer};
use crate::error::WriteError;
use crate::types::{Edns, Rcode, RecordType};
use crate::wire::flags;

/// An OPT record without options: root, type, class, TTL, RDLENGTH.
const MIN_OPT: usize = 11;

impl Writer<'_> {
    /// Writes the OPT record (RFC 6891 section 6.1.2).
    pub(super) fn edns(&mut self, edns: &Edns, rcode: Rcode) -> Result<(), WriteError> {
        let flags = match edns.do_bit {
            true => edns.z | flags::DO,
            false => edns.z & !flags::DO,
        };
        let [t0, t1] = RecordType::OPT.0.to_be_bytes();
        let [u0, u1] = edns.udp_size.to_be_bytes();
        let [f0, f1] = flags.to_be_bytes();
        let (extended, version) = ((rcode.0 >> 4) as u8, edns.version);
        // The root, and room for RDLENGTH at the end.
        let fixed = [0, t0, t1, u0, u1, extended, version, f0, f1, 0, 0];
        self.out.extend_from_slice(&fixed);
        let place = self.out.len();
        self.options(edns)?;
        self.put_length("EDNS options", place)?;
        self.check_length()?;
        self.count(ADDITIONAL, 1)
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
}

/// Counts the octets of the OPT record.
pub(super) fn edns_length(edns: &Edns) -> usize {
    MIN_OPT
        + edns
            .options
            .iter()
            .map(|option| 4 + option.octets().len())
            .sum::<usize>()
}
