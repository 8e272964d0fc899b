//! The meaning and the RFC section of a message's fields, by their names in a dissection.

mod rdata;

use dnsparse::dissect::Field;
use dnsparse::{PathStep, RecordType};

/// The purpose of a field, and its specification.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) text: &'static str,
    pub(crate) rfc: &'static str,
}

/// The fields outside RDATA, which each message has.
const FIELDS: [(&str, &str, &str); 23] = [
    (
        "id",
        "The client's number for this query. The reply repeats it, so that it can be matched with its query.",
        "RFC 1035 section 4.1.1",
    ),
    (
        "flags",
        "Query or response, the kind of query, the flags, and the RCODE: the result.",
        "RFC 1035 section 4.1.1",
    ),
    (
        "qdcount",
        "The number of entries in the question section.",
        "RFC 1035 section 4.1.1",
    ),
    (
        "ancount",
        "The number of records in the answer section.",
        "RFC 1035 section 4.1.1",
    ),
    (
        "nscount",
        "The number of records in the authority section.",
        "RFC 1035 section 4.1.1",
    ),
    (
        "arcount",
        "The number of records in the additional section. An OPT record counts.",
        "RFC 1035 section 4.1.1",
    ),
    (
        "qname",
        "The name that the question asks about: labels, each with its length, up to the root or a pointer.",
        "RFC 1035 section 4.1.2",
    ),
    (
        "qtype",
        "The type of the records that the question asks for.",
        "RFC 1035 section 4.1.2",
    ),
    (
        "qclass",
        "The class; in practice always IN, the Internet.",
        "RFC 1035 section 4.1.2",
    ),
    (
        "owner",
        "The name that the record belongs to.",
        "RFC 1035 section 4.1.3",
    ),
    (
        "type",
        "The record's type, which decides the form of its RDATA.",
        "RFC 1035 section 4.1.3",
    ),
    (
        "class",
        "The record's class; in practice always IN, the Internet.",
        "RFC 1035 section 4.1.3",
    ),
    (
        "ttl",
        "For how long a cache may keep the record.",
        "RFC 2181 section 8",
    ),
    (
        "rdlength",
        "The number of octets of RDATA that follow.",
        "RFC 1035 section 4.1.3",
    ),
    (
        "udp_size",
        "The largest reply over UDP that the sender accepts; it stands in the place of the class.",
        "RFC 6891 section 6.1.2",
    ),
    (
        "extended_rcode",
        "The upper eight bits of the RCODE; the header has the lower four.",
        "RFC 6891 section 6.1.3",
    ),
    (
        "version",
        "The version of EDNS, which is 0.",
        "RFC 6891 section 6.1.3",
    ),
    (
        "edns_flags",
        "The flags of EDNS: DO asks for DNSSEC's signatures.",
        "RFC 6891 section 6.1.4",
    ),
    (
        "code",
        "The number of an EDNS option.",
        "RFC 6891 section 6.1.2",
    ),
    (
        "length",
        "The number of octets that follow.",
        "RFC 6891 section 6.1.2",
    ),
    (
        "missing",
        "The message promises more than it has.",
        "RFC 1035 section 4.1",
    ),
    (
        "unread",
        "These octets have no meaning that could be known: a field before them is broken.",
        "RFC 1035 section 4.1",
    ),
    (
        "octets",
        "Octets without a form that is known.",
        "RFC 3597 section 3",
    ),
];

/// Describes a field; `rtype` is the type of the record that it belongs to, where it has one.
pub(crate) fn about(field: &Field, rtype: Option<RecordType>) -> About {
    let in_rdata = field.path.contains(&PathStep::Field("rdata"));
    let name = match (field.path.first(), field.name()) {
        (Some(PathStep::Entry("additional", _)), "flags") => "edns_flags",
        (_, name) => name,
    };
    let general = FIELDS.iter().find(|(it, ..)| *it == name);
    let is_filler = matches!(name, "missing" | "unread" | "octets");
    match general {
        Some((_, text, rfc)) if !in_rdata || is_filler => About { text, rfc },
        _ => {
            let (text, rfc) = rdata::about(rtype, field.name());
            About { text, rfc }
        }
    }
}
