//! The macro behind the table of record types: it generates the dispatch by type.

/// Generates from a row for each type, the usual ones first: `Rdata::rtype`, `parse_typed`,
/// `write`, `read_typed`, `show`, `typed_layout` and `is_in_only`.
macro_rules! record_types {
    (
        $($RTYPE:ident = $vis:vis $file:ident :: $Format:ident),* ;
        rare: $($RARE:ident = $rare_vis:vis $rare_file:ident :: $RareFormat:ident),* $(,)?
    ) => {
        $($vis use self::$file::$Format;)*
        $($rare_vis use self::$rare_file::$RareFormat;)*

        impl Rdata {
            /// Returns the type whose RDATA this is.
            ///
            /// ```
            /// use dnsparse::{Rdata, RecordType};
            ///
            /// assert_eq!(Rdata::A([192, 0, 2, 1].into()).rtype(), RecordType::A);
            /// ```
            #[inline]
            pub fn rtype(&self) -> RecordType {
                match self {
                    $(Rdata::$Format(_) => RecordType::$RTYPE,)*
                    _ => self.rare_rtype(),
                }
            }

            /// Returns the type of RDATA that few messages have.
            #[inline(never)]
            fn rare_rtype(&self) -> RecordType {
                match self {
                    $(Rdata::$Format(_) => RecordType::$RTYPE,)*
                    $(Rdata::$RareFormat(_) => RecordType::$RARE,)*
                    Rdata::Unknown { rtype, .. } | Rdata::Malformed { rtype, .. } => *rtype,
                }
            }
        }

        /// Parses RDATA of a type that has a format. RDATA of any other type is octets.
        #[inline]
        fn parse_typed<'m>(
            message: &'m [u8],
            rtype: RecordType,
            input: &'m [u8],
        ) -> $crate::wire::PResult<'m, Rdata> {
            match rtype {
                $(RecordType::$RTYPE => map(
                    |input| $Format::parse(message, input),
                    |value| Rdata::$Format(value.into()),
                ).parse(input),)*
                _ => parse_rare(message, rtype, input),
            }
        }

        /// Parses RDATA of the types that few messages have. It is a function of its own so that
        /// the dispatch of the others stays small.
        #[inline(never)]
        fn parse_rare<'m>(
            message: &'m [u8],
            rtype: RecordType,
            input: &'m [u8],
        ) -> $crate::wire::PResult<'m, Rdata> {
            match rtype {
                $(RecordType::$RARE => map(
                    |input| $RareFormat::parse(message, input),
                    |value| Rdata::$RareFormat(value.into()),
                ).parse(input),)*
                _ => Ok((&[], unknown(rtype, input))),
            }
        }

        /// Appends RDATA without its length.
        #[inline(always)]
        pub(crate) fn write(rdata: &Rdata, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
            match rdata {
                $(Rdata::$Format(value) => $Format::write(value, out),)*
                _ => write_rare(rdata, out),
            }
        }

        /// Appends RDATA of the types that few messages have.
        #[inline(never)]
        fn write_rare(rdata: &Rdata, out: &mut RdataWriter<'_>) -> Result<(), WriteError> {
            match rdata {
                $(Rdata::$RareFormat(value) => $RareFormat::write(value, out),)*
                Rdata::Unknown { octets, .. } => {
                    out.octets(octets);
                    Ok(())
                }
                Rdata::Malformed { rtype, octets, error } => {
                    write_malformed(*rtype, octets, error, out)
                }
                $(Rdata::$Format(value) => $Format::write(value, out),)*
            }
        }

        /// Reads RDATA of a type that has a format; returns `None` for any other.
        fn read_typed(
            rtype: RecordType,
            fields: &mut Fields<'_, '_>,
        ) -> Result<Option<Rdata>, TextFault> {
            Ok(Some(match rtype {
                $(RecordType::$RTYPE => Rdata::$Format($Format::read(fields)?.into()),)*
                $(RecordType::$RARE => Rdata::$RareFormat($RareFormat::read(fields)?.into()),)*
                _ => return Ok(None),
            }))
        }

        /// Shows RDATA of a type that has a format; for any other, calls `show_octets`.
        fn show(
            rdata: &Rdata,
            f: &mut core::fmt::Formatter<'_>,
            show_octets: impl Fn(&mut core::fmt::Formatter<'_>, &[u8]) -> core::fmt::Result,
        ) -> core::fmt::Result {
            match rdata {
                $(Rdata::$Format(value) => $Format::show(value, f),)*
                $(Rdata::$RareFormat(value) => $RareFormat::show(value, f),)*
                Rdata::Unknown { octets, .. } | Rdata::Malformed { octets, .. } => {
                    show_octets(f, octets)
                }
            }
        }

        /// Lists the fields of a type that has a format.
        fn typed_layout(rtype: RecordType) -> Option<&'static [Row]> {
            match rtype {
                $(RecordType::$RTYPE => Some($Format::LAYOUT),)*
                $(RecordType::$RARE => Some($RareFormat::LAYOUT),)*
                _ => None,
            }
        }

        /// Checks whether a type is defined for class IN alone.
        fn is_in_only(rtype: RecordType) -> bool {
            match rtype {
                $(RecordType::$RTYPE => $Format::IN_ONLY,)*
                $(RecordType::$RARE => $RareFormat::IN_ONLY,)*
                _ => false,
            }
        }

        /// Each type with its examples.
        #[cfg(test)]
        pub(crate) const EXAMPLES: &[(RecordType, &[&str])] =
            &[
                $((RecordType::$RTYPE, $Format::EXAMPLES),)*
                $((RecordType::$RARE, $RareFormat::EXAMPLES),)*
            ];
    };
}
