//! KEY: a public key (RFC 2535 section 3), today for SIG(0) (RFC 2931).

use alloc::vec::Vec;

use super::dnskey::Dnskey;
use super::format::RdataFormat;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter};

/// The flags that say that there is no key (RFC 2535 section 3.1.2).
const NO_KEY: u16 = 0xc000;

/// The format of KEY records, whose value is a [`Dnskey`]. A record may say that there is no key.
pub(super) struct Key;

impl RdataFormat for Key {
    type Value = Dnskey;

    const LAYOUT: &'static [Row] = &[("key", Kind::Rest(Key::show_octets))];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &["512 3 8 AwEAAQ==", "49152 3 0"];

    fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Dnskey> {
        match *input {
            [high, low, protocol, algorithm] if is_no_key(u16::from_be_bytes([high, low])) => {
                let flags = u16::from_be_bytes([high, low]);
                Ok((&[], without_key(flags, protocol, algorithm)))
            }
            _ => Dnskey::parse(message, input),
        }
    }

    fn write(key: &Dnskey, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        if is_no_key(key.flags) && key.public_key.is_empty() {
            out.octets(&key.wire());
            return Ok(());
        }
        Dnskey::write(key, out)
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Dnskey, TextFault> {
        let flags = fields.number("a key's flags")?;
        let protocol = fields.number("a protocol")?;
        let mut key = without_key(flags, protocol, fields.algorithm()?);
        if !is_no_key(flags) || !fields.is_empty() {
            key.public_key = fields.base64_to_end("a public key")?;
        }
        Ok(key)
    }
}

fn is_no_key(flags: u16) -> bool {
    flags & NO_KEY == NO_KEY
}

fn without_key(flags: u16, protocol: u8, algorithm: u8) -> Dnskey {
    Dnskey {
        flags,
        protocol,
        algorithm,
        public_key: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, read_line};
    use crate::RecordType;

    #[test]
    fn only_flags_can_say_that_there_is_no_key() {
        assert_same(RecordType::KEY, "512 3 8 AwEAAQ==", "0200 03 08 03010001");
        assert_needs(RecordType::KEY, "0200 03 08 03010001", 5);
        assert_same(RecordType::KEY, "49152 3 0", "c000 03 00");
        assert_needs(RecordType::KEY, "c000 03 00 01", 4);
        assert_eq!(
            read_line(RecordType::KEY, "512 3 8"),
            "KEY 512 3 8: a public key is missing here"
        );
    }
}
