//! Types that have the form of another type: a row each.

use super::dname::Dname;
use super::dnskey::Dnskey;
use super::ds::Ds;
use super::eid::Eid;
use super::format::RdataFormat;
use super::hhit::Hhit;
use super::layout::Row;
use super::ns::Ns;
use super::rrsig::Rrsig;
use super::tlsa::Tlsa;
use super::txt::Txt;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter};

/// Defines, in each row, a type whose format is that of another, with examples of its own.
macro_rules! same_form {
    ($($(#[$doc:meta])* $Type:ident = $Form:ident [$($example:literal),+];)*) => {$(
        $(#[$doc])*
        pub(super) struct $Type;

        impl RdataFormat for $Type {
            type Value = <$Form as RdataFormat>::Value;

            const LAYOUT: &'static [Row] = $Form::LAYOUT;
            const IN_ONLY: bool = $Form::IN_ONLY;
            #[cfg(test)]
            const EXAMPLES: &'static [&'static str] = &[$($example),+];

            fn parse<'m>(message: &'m [u8], input: &'m [u8]) -> PResult<'m, Self::Value> {
                $Form::parse(message, input)
            }

            fn write(value: &Self::Value, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
                $Form::write(value, out)
            }

            fn read(fields: &mut Fields<'_, '_>) -> Result<Self::Value, TextFault> {
                $Form::read(fields)
            }
        }
    )*};
}

same_form! {
    /// A mail destination: obsolete, use MX (RFC 1035 section 3.3.4).
    Md = Ns ["mail.example.com."];
    /// A mail forwarder: obsolete, use MX (RFC 1035 section 3.3.5).
    Mf = Ns ["mail.example.com."];
    /// The host of a mailbox (RFC 1035 section 3.3.3).
    Mb = Ns ["host.example.com."];
    /// A member of a mail group (RFC 1035 section 3.3.6).
    Mg = Ns ["member.example.com."];
    /// The new name of a mailbox (RFC 1035 section 3.3.8).
    Mr = Ns ["newname.example.com."];
    /// The name of an OSI address (RFC 1706 section 6).
    NsapPtr = Dname ["foo.bar.com."];

    /// A signature over a whole message (RFC 2931), or an obsolete one over records (RFC 2535
    /// section 4).
    Sig = Rrsig ["NXT 1 3 3600 19960102030405 19951211100908 2143 foo.nil. vu8="];
    /// A public key for NAPTR records (draft-reid-dnsext-rkey).
    Rkey = Dnskey ["0 1 254 AwEAAQ=="];
    /// The key for which a child asks its parent to publish a DS (RFC 7344 section 3.2). Algorithm
    /// 0 asks it to remove all (RFC 8078 section 4).
    Cdnskey = Dnskey ["257 3 8 AwEAAQ==", "0 3 0 AA=="];
    /// The DS that a child asks its parent for (RFC 7344 section 3.1). Algorithm 0 asks it to
    /// remove all (RFC 8078 section 4).
    Cds = Ds ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118", "0 0 0 00"];
    /// A trust anchor (never standardized).
    Ta = Ds ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"];
    /// DS outside of the parent zone (RFC 4431; obsolete, RFC 8749).
    Dlv = Ds ["60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"];
    /// A certificate for mail (RFC 8162 section 2).
    Smimea = Tlsa ["3 1 1 8D02536C"];

    /// A locator of Nimrod (draft-ietf-nimrod-dns-02).
    Nimloc = Eid ["32251A030067"];
    /// The registration of a drone's broadcasts (RFC 9886 section 5.2).
    Brid = Hhit ["ggpA"];

    /// The senders that a domain permits: obsolete, use TXT (RFC 7208 section 3.1).
    Spf = Txt [r#""v=spf1 +mx a:colo.example.com/28 -all""#];
    /// The state of a zone (draft-reid-dnsext-zs).
    Ninfo = Txt [r#""status" "ok""#];
    /// Metadata of applications.
    Avc = Txt [r#""app-name:WOLFGANG" "app-class:OAM""#];
    /// The properties of a resolver (RFC 9606 section 3).
    Resinfo = Txt [r#""qnamemin" "exterr=15-17" "infourl=https://resolver.example.com/guide""#];
    /// The address of a wallet.
    Wallet = Txt [r#""ETH" "0xa1b2c3""#];
    /// The URI of a service's configuration ("CLA").
    Cla = Txt [r#""cla" "tcp-v4""#];
}
