//! IPSECKEY: an IPsec key (RFC 4025).

use alloc::vec::Vec;
use core::fmt;

use nom::Parser;
use nom::error::context;

use super::format::RdataFormat;
use super::gateway::Gateway;
use super::layout::{Kind, Row};
use crate::error::WriteError;
use crate::text::{Fields, TextFault, write_base64};
use crate::wire::{PResult, RdataWriter, be_u8, octets_left};

/// An IPsec key, and the gateway to send to (RFC 4025 section 2.1).
///
/// ```text
///     |  precedence  |  gateway type  |  algorithm  |  gateway ...  |  public key ...
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ipseckey {
    /// The record with the lowest precedence is tried first.
    pub precedence: u8,
    /// The key's algorithm: 0 for no key, 1 DSA, 2 RSA, 3 ECDSA.
    pub algorithm: u8,
    /// The gateway.
    pub gateway: Gateway,
    /// The key, in the algorithm's own form; may be empty.
    pub public_key: Vec<u8>,
}

impl RdataFormat for Ipseckey {
    type Value = Ipseckey;

    const LAYOUT: &'static [Row] = &[("ipseckey", Kind::Rest(Ipseckey::show_octets))];
    #[cfg(test)]
    const EXAMPLES: &'static [&'static str] = &[
        "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
        "10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
        "10 3 2 mygateway.example.com. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
        "10 2 0 2001:db8:0:8002::2000:1",
    ];

    fn parse<'m>(_message: &'m [u8], input: &'m [u8]) -> PResult<'m, Ipseckey> {
        let (input, precedence) = context("precedence", be_u8).parse(input)?;
        let (input, form) = context("gateway_type", be_u8).parse(input)?;
        let (input, algorithm) = context("algorithm", be_u8).parse(input)?;
        let (input, gateway) = Gateway::parse("gateway", form, input)?;
        let (input, public_key) = octets_left("public_key", input)?;
        let key = Ipseckey {
            precedence,
            algorithm,
            gateway,
            public_key,
        };
        Ok((input, key))
    }

    fn write(key: &Ipseckey, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
        out.octets(&[key.precedence, key.gateway.form(), key.algorithm]);
        key.gateway.write(out);
        out.octets(&key.public_key);
        Ok(())
    }

    fn read(fields: &mut Fields<'_, '_>) -> Result<Ipseckey, TextFault> {
        let precedence = fields.number("a precedence")?;
        let form = fields.number("a gateway's type")?;
        let algorithm = fields.number("an algorithm")?;
        let gateway = Gateway::read(form, fields)?;
        let public_key = match fields.is_empty() {
            true => Vec::new(),
            false => fields.base64_to_end("a public key")?,
        };
        Ok(Ipseckey {
            precedence,
            algorithm,
            gateway,
            public_key,
        })
    }
}

impl fmt::Display for Ipseckey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = self.gateway.form();
        write!(
            f,
            "{} {form} {} {}",
            self.precedence, self.algorithm, self.gateway
        )?;
        write_base64(f, &self.public_key)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_needs, assert_same, fault, read_line};
    use crate::RecordType;

    #[test]
    fn the_gateway_has_the_form_that_its_type_says() {
        assert_same(RecordType::IPSECKEY, "10 0 2 . /w==", "0a 00 02 ff");
        assert_same(
            RecordType::IPSECKEY,
            "10 1 2 192.0.2.1 /w==",
            "0a 01 02 c0000201 ff",
        );
        assert_same(
            RecordType::IPSECKEY,
            "10 2 2 ::1 /w==",
            "0a 02 02 00000000000000000000000000000001 ff",
        );
        assert_same(RecordType::IPSECKEY, "10 3 2 a. /w==", "0a 03 02 016100 ff");
        assert_needs(RecordType::IPSECKEY, "0a 01 02 c0000201 ff", 7);
        assert!(
            fault(RecordType::IPSECKEY, "0a 04 02")
                .contains("the type of a gateway or relay is 0 to 3")
        );
        assert!(
            fault(RecordType::IPSECKEY, "0a 03 02 c000").contains("where names are not compressed")
        );
        assert!(
            read_line(RecordType::IPSECKEY, "10 4 2 .")
                .contains("the type of a gateway or relay is 0 to 3")
        );
        assert!(
            read_line(RecordType::IPSECKEY, "10 0 2 a.")
                .contains("'a.' is not the lack of a gateway, such as .")
        );
    }
}
