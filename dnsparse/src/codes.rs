//! The macro behind [`RecordType`](crate::RecordType), [`Class`](crate::Class), [`Opcode`](crate::Opcode) and
//! [`Rcode`](crate::Rcode): numbers that have names.
//!
//! Each is a number, not a Rust `enum`: a peer may send any of the 65,536 types, and a resolver has to pass those
//! it has never heard of through untouched (RFC 3597). The named ones are constants, so that `match` still reads well.

/// A name that is neither a mnemonic nor the generic form of a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is not a {what}: write its mnemonic, such as {example}, or its number as {prefix}{number}"
)]
pub struct UnknownMnemonic {
    /// What was written.
    pub text: String,
    /// What it should have been: `record type`, `class` …
    pub what: &'static str,
    /// A mnemonic that would do.
    pub example: &'static str,
    /// What stands before a bare number: `TYPE`, `CLASS` …
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
    ) => {
        $(#[$outer])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Name(
            /// The number as it travels.
            pub $number,
        );

        impl $Name {
            #[doc = $first_doc]
            pub const $first: Self = Self($first_value);
            $(#[doc = $doc] pub const $constant: Self = Self($value);)*

            /// The mnemonic, where the number has one here.
            pub const fn mnemonic(self) -> Option<&'static str> {
                match self {
                    Self::$first => Some(stringify!($first)),
                    $(Self::$constant => Some(stringify!($constant)),)*
                    _ => None,
                }
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self.mnemonic() {
                    Some(mnemonic) => f.pad(mnemonic),
                    None => f.pad(&format!(concat!($prefix, "{}"), self.0)),
                }
            }
        }

        impl std::fmt::Debug for $Name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $crate::codes::UnknownMnemonic;

            /// Reads a mnemonic or the generic form, either in any case.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                const NAMED: &[$Name] = &[$Name::$first $(, $Name::$constant)*];
                let named = NAMED.iter().find(|code| code.mnemonic().is_some_and(|m| m.eq_ignore_ascii_case(text)));
                if let Some(code) = named {
                    return Ok(*code);
                }
                let number = text.get(..$prefix.len()).filter(|p| p.eq_ignore_ascii_case($prefix))
                    .and_then(|_| text.get($prefix.len()..))
                    .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
                    .and_then(|digits| digits.parse().ok());
                number.map(Self).ok_or_else(|| $crate::codes::UnknownMnemonic {
                    text: text.to_owned(),
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

#[cfg(test)]
mod tests {
    use crate::{Class, Opcode, Rcode, RecordType};

    #[test]
    fn every_number_survives_being_text() {
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
    fn a_typo_is_told_what_would_do() {
        let error = "AAAAA".parse::<RecordType>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1"
        );
        for bad in ["", "TYPE", "TYPE65536", "TYPE+1", "TYP€1", "TYPE-1"] {
            assert!(
                bad.parse::<RecordType>().is_err(),
                "{bad} was taken for a type"
            );
        }
    }
}
