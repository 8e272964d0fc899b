//! Numbers that have names: [`RecordType`], [`Class`], [`Opcode`], [`Rcode`], and those within
//! RDATA.
//!
//! Each is a number, not a Rust `enum`: a peer may send any of the 65,536 types, and a resolver has
//! to pass on types unknown to it untouched (RFC 3597). The named ones are constants, so that
//! `match` still reads well.

use alloc::string::String;

mod algorithm;
mod lists;
mod record_type;
mod svc_param_key;

pub(crate) use self::algorithm::{algorithm_name, algorithm_number};
pub use self::lists::{Class, Opcode, Rcode, RecordType};
pub use self::svc_param_key::{SvcParamKey, UnknownKey};

/// A name that is neither a mnemonic nor the generic form of a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is not a {what}: write its mnemonic, such as {example}, or its number as {prefix}{number}"
)]
pub struct UnknownMnemonic {
    /// The text.
    pub text: String,
    /// The kind of number that it should name: `record type`, `class` …
    pub what: &'static str,
    /// A mnemonic that would do.
    pub example: &'static str,
    /// The prefix of a bare number: `TYPE`, `CLASS` …
    pub prefix: &'static str,
    /// The example's number.
    pub number: u16,
}

/// Declares a number with names: the constants, `Display` and `FromStr`.
macro_rules! codes {
    (
        $(#[$outer:meta])*
        pub struct $Name:ident($number:ty), $what:literal, $prefix:literal:
        $first:ident = $first_value:literal $first_doc:literal
        $(, $constant:ident = $value:literal $doc:literal)* $(,)?
        $(; also $more:path)?
    ) => {
        $(#[$outer])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Name(
            /// The number on the wire.
            pub $number,
        );

        impl $Name {
            #[doc = $first_doc]
            pub const $first: Self = Self($first_value);
            $(#[doc = $doc] pub const $constant: Self = Self($value);)*

            /// Returns the mnemonic, if the number has one here.
            ///
            /// ```
            /// use dnsparse::{Rcode, RecordType};
            ///
            /// assert_eq!(RecordType(28).mnemonic(), Some("AAAA"));
            /// assert_eq!((Rcode(3).mnemonic(), Rcode(4000).mnemonic()), (Some("NXDOMAIN"), None));
            /// ```
            pub const fn mnemonic(self) -> Option<&'static str> {
                match self {
                    Self::$first => Some(stringify!($first)),
                    $(Self::$constant => Some(stringify!($constant)),)*
                    _ => {
                        $(if let Some(mnemonic) = $crate::codes::name_of(self.0, $more) {
                            return Some(mnemonic);
                        })?
                        None
                    }
                }
            }
        }

        impl core::fmt::Display for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                match self.mnemonic() {
                    Some(mnemonic) => f.pad(mnemonic),
                    None => f.pad(&alloc::format!(concat!($prefix, "{}"), self.0)),
                }
            }
        }

        impl core::fmt::Debug for $Name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                core::fmt::Display::fmt(self, f)
            }
        }

        impl core::str::FromStr for $Name {
            type Err = $crate::codes::UnknownMnemonic;

            /// Parses a mnemonic or the generic form, either in any case.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                const NAMED: &[$Name] = &[$Name::$first $(, $Name::$constant)*];
                let named = NAMED.iter().find(|code| code.mnemonic().is_some_and(|m| m.eq_ignore_ascii_case(text)));
                if let Some(code) = named {
                    return Ok(*code);
                }
                $(if let Some((number, _)) = $more.iter().find(|(_, m)| m.eq_ignore_ascii_case(text)) {
                    return Ok(Self(*number));
                })?
                let number = text.get(..$prefix.len()).filter(|p| p.eq_ignore_ascii_case($prefix))
                    .and_then(|_| text.get($prefix.len()..))
                    .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok());
                number.map(Self).ok_or_else(|| $crate::codes::UnknownMnemonic {
                    text: text.into(),
                    what: $what,
                    example: stringify!($first),
                    prefix: $prefix,
                    number: $first_value,
                })
            }
        }
    };
}
pub(crate) use codes;

/// Looks up the name of a number in a table.
pub(crate) const fn name_of(
    number: u16,
    mut table: &'static [(u16, &'static str)],
) -> Option<&'static str> {
    while let [(listed, name), rest @ ..] = table {
        if *listed == number {
            return Some(name);
        }
        table = rest;
    }
    None
}

/// Types with a mnemonic that is no name in Rust, and reserved types without any form (IANA's
/// "Resource Record (RR) TYPEs").
pub(crate) const RARE_TYPES: &[(u16, &str)] = &[
    (23, "NSAP-PTR"),
    (100, "UINFO"),
    (101, "UID"),
    (102, "GID"),
    (103, "UNSPEC"),
];

#[cfg(test)]
mod tests {
    use crate::{Class, Opcode, Rcode, RecordType};

    #[test]
    fn every_number_parses_back_from_its_text() {
        for number in 0..=u16::MAX {
            assert_eq!(
                RecordType(number).to_string().parse(),
                Ok(RecordType(number))
            );
            assert_eq!(Class(number).to_string().parse(), Ok(Class(number)));
            assert_eq!(Rcode(number).to_string().parse(), Ok(Rcode(number)));
        }
        for number in 0..=u8::MAX {
            assert_eq!(Opcode(number).to_string().parse(), Ok(Opcode(number)));
        }
    }

    #[test]
    fn rare_types_have_names_and_no_number_has_two() {
        for (number, name) in super::RARE_TYPES {
            assert_eq!(RecordType(*number).mnemonic(), Some(*name));
            assert_eq!(name.to_lowercase().parse(), Ok(RecordType(*number)));
        }
    }

    #[test]
    fn the_error_for_a_typo_shows_a_valid_mnemonic() {
        let error = "AAAAA".parse::<RecordType>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1"
        );
        for bad in ["", "TYPE", "TYPE65536", "TYPE+1", "TYP€1", "TYPE-1"] {
            assert!(
                bad.parse::<RecordType>().is_err(),
                "{bad} was parsed as a type"
            );
        }
    }
}
