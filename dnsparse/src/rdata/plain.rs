//! Types whose RDATA is one plain field after the other: the trait of the forms of their fields,
//! and the macro that makes a type's format of a list of them. The forms are in `forms`.

use core::fmt;

pub(super) use super::forms::*;
use super::layout::Kind;
use crate::error::WriteError;
use crate::text::{Fields, TextFault};
use crate::wire::{PResult, RdataWriter};

/// The form of a field on the wire and in text.
pub(super) trait Form {
    /// The type of the field in the struct.
    type Value;
    /// The form in a dissection.
    const KIND: Kind;

    /// Parses the field; `field` names it in an error.
    fn parse<'m>(
        field: &'static str,
        message: &'m [u8],
        input: &'m [u8],
    ) -> PResult<'m, Self::Value>;

    /// Appends the field; `what` describes it in an error.
    fn write(
        what: &'static str,
        value: &Self::Value,
        out: &mut RdataWriter<'_>,
    ) -> Result<(), WriteError>;

    /// Reads the field from text; `what` describes it in an error.
    fn read(what: &'static str, fields: &mut Fields<'_, '_>) -> Result<Self::Value, TextFault>;

    /// Checks whether the text leaves the field out, with the blank before it.
    fn is_absent(_value: &Self::Value) -> bool {
        false
    }

    /// Prints the text that `read` reads.
    fn show(value: &Self::Value, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Implements `RdataFormat` and `Display` for a struct whose fields stand in the order of the wire,
/// each with its form and the words that describe it in an error.
macro_rules! plain_fields {
    (
        $Type:ident { $($field:ident: $Form:ty = $what:literal),* $(,)? }
        $(in_only $in_only:literal)?
        examples $examples:expr
    ) => {
        impl $crate::rdata::format::RdataFormat for $Type {
            type Value = $Type;

            const LAYOUT: &'static [$crate::rdata::layout::Row] =
                &[$((stringify!($field), <$Form as $crate::rdata::plain::Form>::KIND)),*];
            $(const IN_ONLY: bool = $in_only;)?
            #[cfg(test)]
            const EXAMPLES: &'static [&'static str] = &$examples;

            fn parse<'m>(
                message: &'m [u8],
                input: &'m [u8],
            ) -> $crate::wire::PResult<'m, $Type> {
                use $crate::rdata::plain::Form;
                $(let (input, $field) =
                    <$Form>::parse(stringify!($field), message, input)?;)*
                Ok((input, $Type { $($field),* }))
            }

            fn write(
                value: &$Type,
                out: &mut $crate::wire::RdataWriter<'_>,
            ) -> Result<(), $crate::error::WriteError> {
                use $crate::rdata::plain::Form;
                $(<$Form>::write($what, &value.$field, out)?;)*
                Ok(())
            }

            fn read(
                fields: &mut $crate::text::Fields<'_, '_>,
            ) -> Result<$Type, $crate::text::TextFault> {
                use $crate::rdata::plain::Form;
                Ok($Type { $($field: <$Form>::read($what, fields)?),* })
            }
        }

        impl core::fmt::Display for $Type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                use $crate::rdata::plain::Form;
                let mut blank = "";
                $(if !<$Form>::is_absent(&self.$field) {
                    f.write_str(core::mem::replace(&mut blank, " "))?;
                    <$Form>::show(&self.$field, f)?;
                })*
                Ok(())
            }
        }
    };
}
pub(super) use plain_fields;
