//! One record or question as text, in the form of dig and of zone files (RFC 1035 section 5.1).

use core::fmt;
use core::str::FromStr;

use super::records::Records;
use crate::text::{TextFault, ZoneError, ZoneErrorKind};
use crate::types::{Name, Question, Record};

/// Owner, TTL, class, type and RDATA with single tabs between them:
///
/// ```
/// # use dnsparse::Record;
/// let record: Record = "mail.example.com 5m MX 10 mx1.example.com".parse()?;
/// assert_eq!(record.to_string(), "mail.example.com.\t300\tIN\tMX\t10 mx1.example.com.");
/// # Ok::<(), dnsparse::ZoneError>(())
/// ```
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record {
            owner,
            class,
            ttl,
            rdata,
        } = self;
        write!(f, "{owner}\t{ttl}\t{class}\t{}\t{rdata}", rdata.rtype())
    }
}

/// Name, class and type with single tabs between them. (dig puts a `;` before it, since it is no
/// record.)
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.qname, self.qclass, self.qtype)
    }
}

impl FromStr for Record {
    type Err = ZoneError;

    /// Reads one record: names are absolute, the TTL must be there, the class is IN unless given.
    fn from_str(text: &str) -> Result<Record, ZoneError> {
        let mut records = Records::new(text, &Name::ROOT);
        let start = records.offset();
        let record = records
            .next()
            .unwrap_or_else(|| Err(fault(start, ZoneErrorKind::NoRecord, text)))?;
        let end = records.offset();
        match records.next() {
            None => Ok(record),
            Some(_) => Err(fault(end, ZoneErrorKind::MoreRecords, text)),
        }
    }
}

fn fault(at: usize, kind: ZoneErrorKind, text: &str) -> ZoneError {
    TextFault::new(at, kind).into_error(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Caa, Class, Mx, ParseError, ParseErrorKind, PathStep, Rdata, RecordType, Soa, Srv, Txt,
    };

    fn shown(rdata: Rdata) -> String {
        Record::new("example.com".parse().unwrap(), 300, rdata)
            .to_string()
            .replace('\t', " ")
    }

    fn name(text: &str) -> crate::Name {
        text.parse().unwrap()
    }

    #[test]
    fn types_look_as_in_dig() {
        let soa = Soa {
            mname: name("ns1.example.com"),
            rname: name(r"first\.last.example.com"),
            serial: 2024060100,
            refresh: 86400,
            retry: 7200,
            expire: 2419200,
            minimum: 300,
        };
        let records = [
            Rdata::A([192, 0, 2, 1].into()),
            Rdata::Aaaa("2001:db8::1".parse().unwrap()),
            Rdata::Ns(name("ns1.example.com")),
            Rdata::Cname(name(".")),
            Rdata::Soa(Box::new(soa)),
            Rdata::Mx(Mx {
                preference: 10,
                exchange: name("mx"),
            }),
            Rdata::Txt(Txt::new(["say \"hi\"; \\o/".as_bytes(), b"", b"\xc3\xa9"]).unwrap()),
            Rdata::Srv(Srv {
                priority: 0,
                weight: 5,
                port: 5060,
                target: name("_sip"),
            }),
            Rdata::Caa(Box::new(Caa {
                flags: 128,
                tag: "issue".into(),
                value: b"ca.test; a=\"b\"".to_vec(),
            })),
            Rdata::Unknown {
                rtype: RecordType::HTTPS,
                octets: vec![0, 1, 0xab],
            },
            Rdata::Unknown {
                rtype: RecordType(65280),
                octets: vec![],
            },
        ];
        insta::assert_snapshot!(records.map(shown).join("\n"), @r#"
        example.com. 300 IN A 192.0.2.1
        example.com. 300 IN AAAA 2001:db8::1
        example.com. 300 IN NS ns1.example.com.
        example.com. 300 IN CNAME .
        example.com. 300 IN SOA ns1.example.com. first\.last.example.com. 2024060100 86400 7200 2419200 300
        example.com. 300 IN MX 10 mx.
        example.com. 300 IN TXT "say \"hi\"; \\o/" "" "\195\169"
        example.com. 300 IN SRV 0 5 5060 _sip.
        example.com. 300 IN CAA 128 issue "ca.test; a=\"b\""
        example.com. 300 IN HTTPS \# 3 0001AB
        example.com. 300 IN TYPE65280 \# 0
        "#);
    }

    #[test]
    fn a_malformed_record_shows_its_octets_and_the_broken_rule() {
        let path = vec![PathStep::Entry("answer", 0), PathStep::Field("rdata")];
        let error = Box::new(ParseError {
            octet: 40,
            path,
            kind: ParseErrorKind::RdataTruncated,
        });
        let malformed = Rdata::Malformed {
            rtype: RecordType::A,
            octets: vec![192, 0, 2],
            error,
        };
        insta::assert_snapshot!(shown(malformed), @r"example.com. 300 IN A \# 3 C00002 ; malformed: answer[0].rdata at octet 40: RDATA ends within this field, RDLENGTH is too small");
    }

    #[test]
    fn addresses_look_as_in_the_c_library() {
        for text in [
            "::",
            "::1",
            "::2:3",
            "1::",
            "::192.0.2.1",
            "::ffff:192.0.2.1",
            "2001:db8::1:0:0:1",
            "1:0:3:4:5:6:7:8",
        ] {
            let address = Rdata::Aaaa(text.parse().unwrap());
            let expected = if text == "::2:3" { "::0.2.0.3" } else { text };
            assert_eq!(address.to_string(), expected);
        }
    }

    #[test]
    fn a_question_is_name_class_type() {
        let question = Question {
            qname: name("example.com"),
            qtype: RecordType::TXT,
            qclass: Class::CH,
        };
        assert_eq!(question.to_string(), "example.com.\tCH\tTXT");
    }
}
