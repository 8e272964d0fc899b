//! Records as text, in the form of dig and of zone files (RFC 1035 section 5.1, RFC 3597 section 5).
//!
//! How each type's text is read back is in [`rdata`](super::rdata), in the same order.

use std::fmt;
use std::net::Ipv6Addr;

use super::escape::write_quoted;
use crate::types::{Caa, Mx, Question, Rdata, Record, Soa, Srv, Txt};

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

/// Name, class and type with single tabs between them. (dig puts a `;` before it, since it is no record.)
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}", self.qname, self.qclass, self.qtype)
    }
}

/// RDATA alone. What is not understood has the generic form `\# LENGTH HEX`; for [`Rdata::Malformed`] a comment says
/// what is wrong, and reading that line gives the same complaint, not a record.
impl fmt::Display for Rdata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rdata::A(address) => write!(f, "{address}"),
            Rdata::Aaaa(address) => write_ipv6(f, address),
            Rdata::Ns(name) | Rdata::Cname(name) | Rdata::Dname(name) | Rdata::Ptr(name) => {
                write!(f, "{name}")
            }
            Rdata::Soa(soa) => write!(f, "{soa}"),
            Rdata::Mx(Mx {
                preference,
                exchange,
            }) => write!(f, "{preference} {exchange}"),
            Rdata::Txt(txt) => write!(f, "{txt}"),
            Rdata::Srv(Srv {
                priority,
                weight,
                port,
                target,
            }) => {
                write!(f, "{priority} {weight} {port} {target}")
            }
            Rdata::Caa(caa) => write!(f, "{caa}"),
            Rdata::Hinfo(hinfo) => write!(f, "{hinfo}"),
            Rdata::Naptr(naptr) => write!(f, "{naptr}"),
            Rdata::Ds(ds) => write!(f, "{ds}"),
            Rdata::Sshfp(sshfp) => write!(f, "{sshfp}"),
            Rdata::Rrsig(rrsig) => write!(f, "{rrsig}"),
            Rdata::Nsec(nsec) => write!(f, "{nsec}"),
            Rdata::Dnskey(dnskey) => write!(f, "{dnskey}"),
            Rdata::Nsec3(nsec3) => write!(f, "{nsec3}"),
            Rdata::Nsec3Param(param) => write!(f, "{param}"),
            Rdata::Tlsa(tlsa) => write!(f, "{tlsa}"),
            Rdata::Svcb(svcb) | Rdata::Https(svcb) => write!(f, "{svcb}"),
            Rdata::Unknown { octets, .. } => write_generic(f, octets),
            Rdata::Malformed { octets, error, .. } => {
                write_generic(f, octets)?;
                write!(f, " ; malformed: {error}")
            }
        }
    }
}

/// As the C library shows addresses, and so dig: `::192.0.2.1` for the old IPv4-compatible ones (RFC 4291 section
/// 2.5.5.1), which Rust shows as `::c000:201`. All others look alike.
fn write_ipv6(f: &mut fmt::Formatter<'_>, address: &Ipv6Addr) -> fmt::Result {
    match (address.segments(), address.octets()) {
        ([0, 0, 0, 0, 0, 0, high, _], [.., a, b, c, d]) if high != 0 => {
            write!(f, "::{a}.{b}.{c}.{d}")
        }
        _ => write!(f, "{address}"),
    }
}

/// RFC 3597 section 5: what any RDATA can be written as.
fn write_generic(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    match octets {
        [] => write!(f, "\\# 0"),
        _ => write!(f, "\\# {} {}", octets.len(), hex::encode_upper(octets)),
    }
}

impl fmt::Display for Soa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Soa {
            mname,
            rname,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        } = self;
        write!(
            f,
            "{mname} {rname} {serial} {refresh} {retry} {expire} {minimum}"
        )
    }
}

impl fmt::Display for Caa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.flags, self.tag)?;
        write_quoted(f, &self.value)
    }
}

/// Each character string in quotes.
impl fmt::Display for Txt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, string) in self.strings().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write_quoted(f, string)?;
        }
        Ok(())
    }
}

/// The same as `Display`: it shows every octet.
impl fmt::Debug for Txt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Txt({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Broken, Class, ParseError, RecordType, Step};

    fn shown(rdata: Rdata) -> String {
        Record::new("example.com".parse().unwrap(), 300, rdata)
            .to_string()
            .replace('\t', " ")
    }

    fn name(text: &str) -> crate::Name {
        text.parse().unwrap()
    }

    #[test]
    fn every_type_looks_as_dig_shows_it() {
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
    fn a_malformed_record_shows_its_octets_and_what_is_wrong() {
        let path = vec![Step::Entry("answer", 0), Step::Field("rdata")];
        let error = Box::new(ParseError {
            octet: 40,
            path,
            rule: Broken::RdataTruncated,
        });
        let malformed = Rdata::Malformed {
            rtype: RecordType::A,
            octets: vec![192, 0, 2],
            error,
        };
        insta::assert_snapshot!(shown(malformed), @r"example.com. 300 IN A \# 3 C00002 ; malformed: answer[0].rdata at octet 40: RDATA ends within this field, RDLENGTH is too small");
    }

    #[test]
    fn addresses_look_as_the_c_library_shows_them() {
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
