//! [`RdataWriter`]: appends the fields of RDATA to a message, or to octets that stand alone.

use alloc::vec::Vec;

use super::compress::Compressor;
use crate::error::WriteError;
use crate::name::Name;

/// Appends the fields of RDATA, numbers with the most significant octet first.
pub(crate) struct RdataWriter<'w> {
    out: &'w mut Vec<u8>,
    names: Names<'w>,
}

/// The form in which names are written.
enum Names<'w> {
    /// Compressed, in types that allow it, by the names of the message so far.
    Compressed(&'w mut Compressor),
    /// Whole, with their case: RDATA stands alone.
    Whole,
    /// Whole and in lower case: canonical form.
    Lowercase,
}

impl<'w> RdataWriter<'w> {
    /// Creates a writer that compresses no name.
    pub(crate) fn uncompressed(out: &'w mut Vec<u8>) -> Self {
        let names = Names::Whole;
        RdataWriter { out, names }
    }

    /// Creates a writer that writes all names in lower case, and compresses none (RFC 4034 section
    /// 6.2).
    pub(crate) fn lowercase(out: &'w mut Vec<u8>) -> Self {
        let names = Names::Lowercase;
        RdataWriter { out, names }
    }

    /// Creates a writer for RDATA within a message.
    #[inline]
    pub(crate) fn within(out: &'w mut Vec<u8>, names: &'w mut Compressor) -> Self {
        let names = Names::Compressed(names);
        RdataWriter { out, names }
    }

    #[inline]
    pub(crate) fn u16(&mut self, number: u16) {
        self.octets(&number.to_be_bytes());
    }

    #[inline]
    pub(crate) fn u32(&mut self, number: u32) {
        self.octets(&number.to_be_bytes());
    }

    #[inline]
    pub(crate) fn octets(&mut self, octets: &[u8]) {
        self.out.extend_from_slice(octets);
    }

    /// Appends the octets of a field that cannot be empty. `what` names it in the error.
    pub(crate) fn needed(&mut self, what: &'static str, octets: &[u8]) -> Result<(), WriteError> {
        self.octets_from(1, what, octets)
    }

    /// Appends the octets of a field that needs at least `least`. `what` names it in the error.
    pub(crate) fn octets_from(
        &mut self,
        least: usize,
        what: &'static str,
        octets: &[u8],
    ) -> Result<(), WriteError> {
        let length = octets.len();
        if length < least {
            return Err(WriteError::TooShort {
                what,
                length,
                least,
            });
        }
        self.octets(octets);
        Ok(())
    }

    /// Appends a name with all its labels, as types that are younger than RFC 1035 must have it
    /// (RFC 3597 section 4).
    #[inline]
    pub(crate) fn name(&mut self, name: &Name) {
        let start = self.out.len();
        self.octets(name.wire());
        if matches!(self.names, Names::Lowercase) {
            self.lower(start);
        }
    }

    /// Puts a name that was just written into lower case. Lengths are below all letters.
    #[cold]
    fn lower(&mut self, start: usize) {
        if let Some(name) = self.out.get_mut(start..) {
            name.make_ascii_lowercase();
        }
    }

    /// Appends a name, compressed where this is a message. Only for types of RFC 1035, whose names
    /// every reader expects to be compressed.
    #[inline]
    pub(crate) fn compressed_name(&mut self, name: &Name) {
        match &mut self.names {
            Names::Compressed(names) => {
                names.write(self.out, name);
            }
            _ => self.name(name),
        }
    }

    /// Appends octets with an octet of length before them. `what` names them in the error.
    pub(crate) fn counted(&mut self, what: &'static str, octets: &[u8]) -> Result<(), WriteError> {
        let length = octets.len();
        let count = u8::try_from(length).map_err(|_| WriteError::StringTooLong { what, length })?;
        self.octets(&[count]);
        self.octets(octets);
        Ok(())
    }

    /// Appends two octets of length, then the octets that `write` appends.
    pub(crate) fn with_length(
        &mut self,
        what: &'static str,
        write: impl FnOnce(&mut Self),
    ) -> Result<(), WriteError> {
        let start = self.out.len();
        self.u16(0);
        write(self);
        let length = self.out.len() - start - 2;
        let count = u16::try_from(length).map_err(|_| WriteError::TooLong { what, length })?;
        if let Some(octets) = self.out.get_mut(start..start + 2) {
            octets.copy_from_slice(&count.to_be_bytes());
        }
        Ok(())
    }
}
