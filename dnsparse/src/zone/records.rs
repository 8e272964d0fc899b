//! [`Records`]: a file's records one by one, with the defaults that lines before them set.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::String;

use super::generate::Generate;
use super::include::{Hook, MAX_DEPTH};
use crate::rdata::read_any;
use crate::text::{Entry, Fields, Lexer, TextFault, ZoneError, ZoneErrorKind};
use crate::types::{Class, Name, Rdata, Record, RecordType};

/// The records of a zone file or of any list of records in that form, in their order.
///
/// `$ORIGIN` and `$TTL` work, and `$GENERATE` as in BIND, up to 65,536 records; `$INCLUDE` is
/// refused unless [`Records::with_include`] sets a hook. Fields that a record leaves out have
/// defaults (RFC 1035 section 5.1, RFC 2308 section 4): its owner and class are those of the last
/// record (at first, IN); its TTL is that of `$TTL`, or else of the last record with a TTL of its
/// own, or else the SOA's minimum, as in BIND.
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
    defaults: Defaults,
    /// The lines of the last `$GENERATE` that are still to come.
    generate: Option<Generate>,
    /// The records that `$GENERATE` may still make.
    left_to_generate: u32,
    /// The records of the last `$INCLUDE` that are still to come.
    included: VecDeque<Record>,
    hook: Option<Hook<'t>>,
    /// The number of files that include this one, each inside the next.
    depth: usize,
}

/// The values of fields that a record leaves out.
#[derive(Debug, Clone)]
struct Defaults {
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
        let defaults = Defaults {
            origin: origin.clone(),
            last_owner: None,
            class: Class::IN,
            default_ttl: None,
            last_ttl: None,
        };
        Records::with_defaults(text, defaults)
    }

    fn with_defaults(text: &'t str, defaults: Defaults) -> Records<'t> {
        Records {
            text,
            lexer: Lexer::new(text),
            failed: false,
            defaults,
            generate: None,
            left_to_generate: MAX_GENERATED,
            included: VecDeque::new(),
            hook: None,
            depth: 0,
        }
    }

    /// Reads the files that `$INCLUDE` names by a hook, which returns a file's text, or the reason
    /// why there is none. Without a hook, `$INCLUDE` is an error, since this library opens no
    /// files.
    ///
    /// The hook gets the name as the line has it; whether a path is allowed is the hook's to
    /// decide. Files may include one another 16 deep. `$TTL` of an included file stays in force
    /// after it; the origin and the last owner are those before it (RFC 1035 section 5.1).
    ///
    /// ```
    /// use dnsparse::zone::Records;
    ///
    /// let mut hook = |file: &str| match file {
    ///     "hosts" => Ok("www 60 A 192.0.2.1".to_owned()),
    ///     _ => Err("there is no such file".to_owned()),
    /// };
    /// let text = "$INCLUDE hosts sub\n$INCLUDE other\n";
    /// let mut records = Records::new(text, &"example.com".parse()?).with_include(&mut hook);
    /// let first = records.next().expect("a record")?;
    /// assert_eq!(first.owner.to_string(), "www.sub.example.com.");
    /// let error = records.next().expect("an error").unwrap_err().to_string();
    /// assert!(error.starts_with("line 2, column 10: 'other' cannot be included: there is no such file"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_include(
        mut self,
        hook: &'t mut (dyn FnMut(&str) -> Result<String, String> + 't),
    ) -> Records<'t> {
        self.hook = Some(Hook(hook));
        self
    }

    /// Sets the number of records that all `$GENERATE` lines together may make; at first it is
    /// 65,536. A short line can stand for millions. (A line of more than 256 octets counts as
    /// several.)
    ///
    /// ```
    /// use dnsparse::zone::Records;
    ///
    /// let records = Records::new("$TTL 60\n$GENERATE 1-9 a$ A 192.0.2.$", &"x".parse()?);
    /// let outcomes: Vec<_> = records.with_generate_limit(8).collect();
    /// assert!(outcomes.len() == 1 && outcomes[0].is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_generate_limit(mut self, limit: u32) -> Records<'t> {
        self.left_to_generate = limit;
        self
    }

    /// Returns the offset that the reader has reached.
    pub(super) fn offset(&self) -> usize {
        self.lexer.at()
    }

    fn next_record(&mut self) -> Result<Option<Record>, TextFault> {
        loop {
            if let Some(record) = self.included.pop_front() {
                return Ok(Some(record));
            }
            if let Some(generate) = &mut self.generate {
                let at = generate.at;
                match generate.next() {
                    Some(line) => return self.generated(&line, at).map(Some),
                    None => self.generate = None,
                }
            }
            let Some(entry) = self.lexer.entry()? else {
                return Ok(None);
            };
            if !is_directive(&entry) {
                return self.defaults.record(&entry).map(Some);
            }
            self.apply_directive(&entry)?;
        }
    }

    /// Reads the record of a line that `$GENERATE`, at this offset, has made.
    fn generated(&mut self, line: &str, at: usize) -> Result<Record, TextFault> {
        let entry = Lexer::new(line)
            .entry()
            .map_err(|fault| fault.moved_to(at))?;
        let entry = entry.ok_or(TextFault::new(at, ZoneErrorKind::Generate))?;
        self.defaults
            .record(&entry)
            .map_err(|fault| fault.moved_to(at))
    }

    /// Reads the directive `$GENERATE`.
    fn start_to_generate(&mut self, entry: &Entry<'_>) -> Result<(), TextFault> {
        let generate = Generate::read(entry, self.text)?;
        let count = generate.cost();
        let left = self.left_to_generate.checked_sub(count);
        self.left_to_generate = left.ok_or(TextFault::new(
            entry.start(),
            ZoneErrorKind::GenerateLimit {
                count,
                limit: self.left_to_generate,
            },
        ))?;
        self.generate = Some(generate);
        Ok(())
    }

    /// Reads all records of the file that `$INCLUDE` names: `$INCLUDE file [origin]`.
    fn include(&mut self, mut fields: Fields<'_, '_>) -> Result<(), TextFault> {
        let Some(Hook(read)) = &mut self.hook else {
            let at = fields.next_at();
            return Err(TextFault::new(at, ZoneErrorKind::Include));
        };
        let (at, file) = fields.octets("a file's name")?;
        let file = String::from_utf8_lossy(&file).into_owned();
        let mut defaults = self.defaults.clone();
        if !fields.is_empty() {
            defaults.origin = fields.name("a name")?;
        }
        fields.end()?;
        let refused = |reason| {
            let file = file.clone();
            TextFault::new(at, ZoneErrorKind::NotIncluded { file, reason })
        };
        if self.depth == MAX_DEPTH {
            let reason = format!("files include one another more than {MAX_DEPTH} deep");
            return Err(refused(reason));
        }
        let text = read(&file).map_err(refused)?;
        let mut records = Records::with_defaults(&text, defaults);
        records.hook = Some(Hook(&mut **read));
        records.depth = self.depth + 1;
        records.left_to_generate = self.left_to_generate;
        for record in records.by_ref() {
            let record = record.map_err(|error| TextFault::of_error(error.in_file(&file)))?;
            self.included.push_back(record);
        }
        let Records {
            defaults,
            left_to_generate,
            ..
        } = records;
        self.left_to_generate = left_to_generate;
        self.defaults.default_ttl = defaults.default_ttl;
        self.defaults.last_ttl = defaults.last_ttl;
        Ok(())
    }

    /// Applies a directive (RFC 1035 section 5.1, and RFC 2308 section 4 for `$TTL`).
    fn apply_directive(&mut self, entry: &Entry<'_>) -> Result<(), TextFault> {
        let origin = self.defaults.origin.clone();
        let mut fields = Fields::new(&entry.fields, &origin);
        let directive = fields.word("a directive")?;
        match directive.text.to_ascii_uppercase().as_str() {
            "$TTL" => {
                self.defaults.default_ttl = Some(fields.period("a TTL")?);
                fields.end()
            }
            "$ORIGIN" => {
                let origin = fields.name("a name")?;
                fields.end()?;
                self.defaults.origin = origin;
                Ok(())
            }
            "$INCLUDE" if self.hook.is_none() => Err(directive.fault(ZoneErrorKind::Include)),
            "$INCLUDE" => self.include(fields),
            "$GENERATE" => self.start_to_generate(entry),
            _ => Err(directive.fault(ZoneErrorKind::Directive {
                text: directive.shown(),
            })),
        }
    }
}

/// The records that `$GENERATE` may make if no other limit is set.
const MAX_GENERATED: u32 = 65_536;

impl Defaults {
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
mod tests;
