//! [`Records`]: a file's records one by one, with the defaults that lines before them set.

use crate::rdata::read_any;
use crate::text::{Entry, Fields, Lexer, TextFault, ZoneError, ZoneErrorKind};
use crate::types::{Class, Name, Rdata, Record, RecordType};

/// The records of a zone file or of any list of records in that form, in their order.
///
/// `$ORIGIN` and `$TTL` work, `$INCLUDE` is refused. Fields that a record leaves out have defaults
/// (RFC 1035 section 5.1, RFC 2308 section 4): its owner and class are those of the last record (at
/// first, IN); its TTL is that of `$TTL`, or else of the last record with a TTL of its own, or else
/// the SOA's minimum, as in BIND.
///
/// The first error is the last item.
///
/// ```
/// use dnsparse::zone::Records;
///
/// let hints = "
/// .                   3600000  NS  a.root-servers.net.
/// a.root-servers.net. 3600000  A   198.41.0.4
/// ";
/// let records = Records::new(hints, &".".parse()?).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(records[1].to_string(), "a.root-servers.net.\t3600000\tIN\tA\t198.41.0.4");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Records<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    /// Whether there was an error. After one, the reader does not know where the next record
    /// starts.
    failed: bool,
    origin: Name,
    last_owner: Option<Name>,
    class: Class,
    /// The TTL of `$TTL`, or the minimum of an SOA without a TTL.
    default_ttl: Option<u32>,
    /// The TTL of the last record with a TTL of its own.
    last_ttl: Option<u32>,
}

/// The fields between owner and RDATA.
struct Head {
    ttl: Option<u32>,
    class: Option<Class>,
    rtype: RecordType,
    /// The offset of the type.
    at: usize,
}

impl<'t> Records<'t> {
    /// Starts at the first line. `origin` completes relative names, until `$ORIGIN` sets another.
    ///
    /// ```
    /// use dnsparse::zone::Records;
    ///
    /// let mut records = Records::new("www 60 A 192.0.2.1", &"example.com".parse()?);
    /// let first = records.next().expect("one record")?;
    /// assert_eq!(first.owner.to_string(), "www.example.com.");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(text: &'t str, origin: &Name) -> Records<'t> {
        Records {
            text,
            lexer: Lexer::new(text),
            failed: false,
            origin: origin.clone(),
            last_owner: None,
            class: Class::IN,
            default_ttl: None,
            last_ttl: None,
        }
    }

    /// Returns the offset that the reader has reached.
    pub(super) fn offset(&self) -> usize {
        self.lexer.at()
    }

    fn next_record(&mut self) -> Result<Option<Record>, TextFault> {
        while let Some(entry) = self.lexer.entry()? {
            if !is_directive(&entry) {
                return self.record(&entry).map(Some);
            }
            self.apply_directive(&entry)?;
        }
        Ok(None)
    }

    /// Applies a directive (RFC 1035 section 5.1, and RFC 2308 section 4 for `$TTL`).
    fn apply_directive(&mut self, entry: &Entry<'_>) -> Result<(), TextFault> {
        let mut fields = Fields::new(&entry.fields, &self.origin);
        let directive = fields.word("a directive")?;
        match directive.text.to_ascii_uppercase().as_str() {
            "$TTL" => {
                self.default_ttl = Some(fields.period("a TTL")?);
                fields.end()
            }
            "$ORIGIN" => {
                let origin = fields.name("a name")?;
                fields.end()?;
                self.origin = origin;
                Ok(())
            }
            "$INCLUDE" => Err(directive.fault(ZoneErrorKind::Include)),
            _ => Err(directive.fault(ZoneErrorKind::Directive {
                text: directive.shown(),
            })),
        }
    }

    fn record(&mut self, entry: &Entry<'_>) -> Result<Record, TextFault> {
        let mut fields = Fields::new(&entry.fields, &self.origin);
        let owner = match &self.last_owner {
            Some(last) if entry.indented => last.clone(),
            None if entry.indented => {
                return Err(TextFault::new(entry.start(), ZoneErrorKind::NoOwner));
            }
            _ => fields.name("an owner")?,
        };
        let head = head(&mut fields)?;
        let class = head.class.unwrap_or(self.class);
        let rdata = read_any(head.rtype, class, &mut fields)?;
        fields.end()?;
        let ttl = self.ttl(head.ttl, &rdata);
        let ttl = ttl.ok_or(TextFault::new(head.at, ZoneErrorKind::NoTtl))?;
        self.last_owner = Some(owner.clone());
        self.class = class;
        Ok(Record {
            owner,
            class,
            ttl,
            rdata,
        })
    }

    /// Determines the TTL of a record that may have one of its own.
    fn ttl(&mut self, own: Option<u32>, rdata: &Rdata) -> Option<u32> {
        self.last_ttl = own.or(self.last_ttl);
        if let (None, None, Rdata::Soa(soa)) = (self.last_ttl, self.default_ttl, rdata) {
            self.default_ttl = Some(soa.minimum);
        }
        own.or(self.default_ttl).or(self.last_ttl)
    }
}

/// Checks for a line that begins with a dollar sign.
fn is_directive(entry: &Entry<'_>) -> bool {
    let first = entry
        .fields
        .first()
        .filter(|first| !first.quoted && !entry.indented);
    first.is_some_and(|first| first.text.starts_with('$'))
}

/// Reads TTL and class, in either order, either or both left out; then the type. No type or class
/// starts with a digit.
fn head(fields: &mut Fields<'_, '_>) -> Result<Head, TextFault> {
    let (mut ttl, mut class) = (None, None);
    loop {
        let field = fields.word("a record type")?;
        if ttl.is_none() && field.starts_with_digit() {
            ttl = Some(field.period("a TTL")?);
        } else if let (None, Ok(parsed)) = (class, field.text.parse()) {
            class = Some(parsed);
        } else {
            return Ok(Head {
                ttl,
                class,
                rtype: field.rtype()?,
                at: field.start(),
            });
        }
    }
}

impl Iterator for Records<'_> {
    type Item = Result<Record, ZoneError>;

    fn next(&mut self) -> Option<Result<Record, ZoneError>> {
        if self.failed {
            return None;
        }
        let next = self
            .next_record()
            .map_err(|fault| fault.into_error(self.text));
        self.failed = next.is_err();
        next.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file whose origin is example.com, and shows its records with spaces for tabs; an
    /// error is the last line.
    fn read(text: &str) -> String {
        let shown =
            Records::new(text, &"example.com".parse().unwrap()).map(|record| match record {
                Ok(record) => record.to_string().replace('\t', " "),
                Err(error) => error.to_string(),
            });
        shown.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn fields_left_out_are_taken_from_the_last_record() {
        insta::assert_snapshot!(read("a 60 CH TXT x\n  TXT y\n\n 2m TXT z\nb IN TXT w\n"), @r#"
        a.example.com. 60 CH TXT "x"
        a.example.com. 60 CH TXT "y"
        a.example.com. 120 CH TXT "z"
        b.example.com. 120 IN TXT "w"
        "#);
    }

    #[test]
    fn ttl_and_class_stand_in_either_order_or_not_at_all() {
        let lines = [
            "$TTL 9",
            "a 1h IN A 192.0.2.1",
            "a IN 1h A 192.0.2.2",
            "a in a 192.0.2.3",
            "a A 192.0.2.4",
            "a 5 class1 type1 192.0.2.5",
        ];
        insta::assert_snapshot!(read(&lines.join("\n")), @r"
        a.example.com. 3600 IN A 192.0.2.1
        a.example.com. 3600 IN A 192.0.2.2
        a.example.com. 9 IN A 192.0.2.3
        a.example.com. 9 IN A 192.0.2.4
        a.example.com. 5 IN A 192.0.2.5
        ");
    }

    #[test]
    fn the_directive_ttl_takes_precedence_over_the_last_ttl() {
        let text = "a 60 TXT x\na TXT x\n$TTL 30\na TXT y\na 90 TXT y\na TXT y\n$TTL 0\na TXT z";
        insta::assert_snapshot!(read(text), @r#"
        a.example.com. 60 IN TXT "x"
        a.example.com. 60 IN TXT "x"
        a.example.com. 30 IN TXT "y"
        a.example.com. 90 IN TXT "y"
        a.example.com. 30 IN TXT "y"
        a.example.com. 0 IN TXT "z"
        "#);
    }

    #[test]
    fn the_minimum_of_the_soa_is_the_last_default_ttl() {
        let text = "@ SOA ns mail 1 2 3 4 5\n@ NS ns\nns 60 A 192.0.2.1\n@ TXT x";
        insta::assert_snapshot!(read(text), @r#"
        example.com. 5 IN SOA ns.example.com. mail.example.com. 1 2 3 4 5
        example.com. 5 IN NS ns.example.com.
        ns.example.com. 60 IN A 192.0.2.1
        example.com. 5 IN TXT "x"
        "#);
    }

    #[test]
    fn relative_names_follow_the_origin() {
        let lines = [
            "$TTL 1",
            "@ NS ns",
            "$ORIGIN sub",
            "@ MX 0 @",
            "a CNAME b.example.org.",
            "$origin .",
            "c CNAME d",
            "\\@ NS \\@",
        ];
        insta::assert_snapshot!(read(&lines.join("\n")), @r"
        example.com. 1 IN NS ns.example.com.
        sub.example.com. 1 IN MX 0 sub.example.com.
        a.sub.example.com. 1 IN CNAME b.example.org.
        c. 1 IN CNAME d.
        \@. 1 IN NS \@.
        ");
    }

    #[test]
    fn an_error_shows_its_line_and_is_the_last_item() {
        let text = "$TTL 1\na\tA\t192.0.2.1\nb\tA\t192.0.2.x ; typo\nc A 192.0.2.3\n";
        insta::assert_snapshot!(read(text), @r"
        a.example.com. 1 IN A 192.0.2.1
        line 3, column 5: '192.0.2.x' is not an IPv4 address, such as 192.0.2.1
          b A 192.0.2.x ; typo
              ^
        ");
    }

    fn error(text: &str) -> String {
        let error = Records::new(text, &Name::ROOT)
            .find_map(Result::err)
            .unwrap();
        format!("{text}: {}", error.kind)
    }

    #[test]
    fn bad_directives_and_records_have_errors() {
        let texts = [
            "$INCLUDE other.zone",
            "$GENERATE 1-9 a$ A 192.0.2.$",
            "$TTL",
            "$TTL x",
            "$ORIGIN a b",
            " A 192.0.2.1",
            "a A 192.0.2.1",
            "a IN",
            "a 300 IN AAAAA 192.0.2.1",
            "a 1.2.3.4",
            "\"a\" 1 A 192.0.2.1",
        ];
        insta::assert_snapshot!(texts.map(error).join("\n"), @r#"
        $INCLUDE other.zone: $INCLUDE is refused, since this library opens no files: put that file's lines in its place
        $GENERATE 1-9 a$ A 192.0.2.$: '$GENERATE' is not a directive: there are $ORIGIN and $TTL (a name that starts so is written \$)
        $TTL: a TTL is missing here
        $TTL x: 'x' is not a TTL: write seconds, or units as in 1w2d or 1h30m (at most 4294967295 seconds)
        $ORIGIN a b: 'b' is one field too many: the line is complete without it
         A 192.0.2.1: a line that starts with a blank has the last record's owner, and there is no record yet
        a A 192.0.2.1: there is no TTL: write one before the type, or in a file a line such as $TTL 1h further up
        a IN: a record type is missing here
        a 300 IN AAAAA 192.0.2.1: 'AAAAA' is not a record type: write its mnemonic, such as A, or its number as TYPE1
        a 1.2.3.4: '1.2.3.4' is not a TTL: write seconds, or units as in 1w2d or 1h30m (at most 4294967295 seconds)
        "a" 1 A 192.0.2.1: an owner cannot stand in quotes
        "#);
    }

    #[test]
    fn a_long_line_is_shown_around_the_error() {
        let text = format!("a 1 TXT {} \"\\999\" {}", "x".repeat(70), "y".repeat(70));
        insta::assert_snapshot!(read(&text), @r#"
        line 1, column 80: a backslash needs a character or three digits up to 255 after it, such as \" or \032
          xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx "\999" yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
                                                                      ^
        "#);
    }

    #[test]
    fn one_record_is_one_record() {
        let kind = |text: &str| text.parse::<Record>().map_err(|error| error.kind);
        assert!(kind("example.com. 300 A 192.0.2.1 ; an address\n\n").is_ok());
        assert_eq!(kind("example.com. A 192.0.2.1"), Err(ZoneErrorKind::NoTtl));
        assert_eq!(kind("; nothing\n"), Err(ZoneErrorKind::NoRecord));
        assert_eq!(
            kind("a. 1 A 192.0.2.1\nb. 1 A 192.0.2.1"),
            Err(ZoneErrorKind::MoreRecords)
        );
    }
}
