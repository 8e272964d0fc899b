//! The meaning of the fields of RDATA, by the record's type. Other types have one text for all.

use dnsparse::RecordType;

/// The fields of one form of RDATA: their names in a dissection, and what each is for.
type Fields = &'static [(&'static str, &'static str)];

const A: Fields = &[("address", "The IPv4 address of the owner.")];
const AAAA: Fields = &[("address", "The IPv6 address of the owner.")];
const NS: Fields = &[(
    "nsdname",
    "The name of a server of the zone whose apex is the owner. Its addresses are in records of that name.",
)];
const CNAME: Fields = &[(
    "cname",
    "The name that the owner is an alias for. The search goes on there.",
)];
const DNAME: Fields = &[(
    "target",
    "The name that takes the place of the owner at the end of each name below the owner.",
)];
const PTR: Fields = &[("ptrdname", "The name that this address belongs to.")];
const SOA: Fields = &[
    (
        "mname",
        "The zone's primary server, which has the newest version.",
    ),
    (
        "rname",
        "The mailbox of the zone's operator: the first label is the part before the @.",
    ),
    (
        "serial",
        "The version of the zone. Secondary servers transfer the zone when it has grown.",
    ),
    (
        "refresh",
        "How often a secondary server compares the serial.",
    ),
    ("retry", "How soon it tries again after a failure."),
    (
        "expire",
        "How long it goes on answering without having reached its primary server.",
    ),
    (
        "minimum",
        "The longest time for which a negative answer may be cached (RFC 2308 section 4).",
    ),
];
const MX: Fields = &[
    (
        "preference",
        "Mail goes to the host with the lowest number first.",
    ),
    (
        "exchange",
        "The host that takes mail for the owner; the root name means that none does.",
    ),
];
const TXT: Fields = &[(
    "string",
    "Character-strings, each with its length in front of it. Their meaning is a matter of the owner.",
)];
const SRV: Fields = &[
    ("priority", "Hosts with the lowest number are tried first."),
    (
        "weight",
        "Among hosts of one priority, the share of clients that each gets.",
    ),
    ("port", "The port of the service."),
    (
        "target",
        "The host that offers the service; the root name means that none does.",
    ),
];
const DS: Fields = &[
    (
        "key_tag",
        "A number that helps to find the DNSKEY record; it need not be the only one with it.",
    ),
    ("algorithm", "The algorithm of that key."),
    ("digest_type", "The hash function of the digest."),
    (
        "digest",
        "The hash of the owner and of the RDATA of the DNSKEY record.",
    ),
];
const DNSKEY: Fields = &[
    (
        "flags",
        "Whether this is a key of a zone, and whether a DS record is meant to refer to it.",
    ),
    ("protocol", "Always 3."),
    (
        "algorithm",
        "The algorithm of the signatures that the key verifies.",
    ),
    (
        "public_key",
        "The key itself, in a form that its algorithm decides.",
    ),
];
const RRSIG: Fields = &[
    ("type_covered", "The type of the RRset that is signed."),
    ("algorithm", "The algorithm of the signature."),
    (
        "labels",
        "The number of labels of the owner that was signed: fewer than the owner has, if a wildcard was.",
    ),
    (
        "original_ttl",
        "The TTL in the zone, which was signed; caches have counted down that of the record.",
    ),
    (
        "expiration",
        "The end of the time in which the signature counts.",
    ),
    ("inception", "The beginning of that time."),
    (
        "key_tag",
        "The key tag of the DNSKEY record that verifies the signature.",
    ),
    ("signer", "The zone whose key it is."),
    (
        "signature",
        "The signature over the RDATA before it and the RRset.",
    ),
];
const NSEC: Fields = &[
    (
        "next",
        "The next name of the zone in canonical order. None lies between the owner and it.",
    ),
    (
        "types",
        "The types that the owner has, as a bitmap. It has no others.",
    ),
];
const NSEC3: Fields = &[
    (
        "hash_algorithm",
        "The hash function of the names; 1 is SHA-1.",
    ),
    (
        "flags",
        "1 is opt-out: unsigned delegations may lie between the owner and the next hash.",
    ),
    (
        "iterations",
        "How often the hash is repeated; RFC 9276 asks for 0.",
    ),
    (
        "salt",
        "Octets that are hashed with each name; RFC 9276 asks for none.",
    ),
    (
        "next_hashed",
        "The next hash of the zone in order. None lies between the owner's and it.",
    ),
    ("types", "The types that the hashed name has, as a bitmap."),
];
const SVCB: Fields = &[
    (
        "priority",
        "0 is an alias; of the others, the lowest number comes first.",
    ),
    (
        "target",
        "The host to connect to; the root name is the owner itself.",
    ),
    (
        "key",
        "The subject of the parameter: protocols, a port, addresses …",
    ),
    ("length", "The number of octets of the parameter's value."),
    (
        "value",
        "The value of the parameter, in a form that its key decides.",
    ),
];
const CAA: Fields = &[
    (
        "flags",
        "128 is critical: an issuer that does not know the tag may issue nothing.",
    ),
    ("tag", "The subject of the value: issue, issuewild, iodef …"),
    (
        "value",
        "For issue, the authority that may issue certificates; a semicolon alone means that none may.",
    ),
];
const TLSA: Fields = &[
    (
        "usage",
        "Whether the data is about the server's certificate or its authority's.",
    ),
    (
        "selector",
        "Whether all of the certificate counts, or its public key.",
    ),
    (
        "matching_type",
        "Whether the data is the thing itself or its hash.",
    ),
    ("data", "The octets that the certificate is compared with."),
];
const SSHFP: Fields = &[
    ("algorithm", "The algorithm of the host's key."),
    ("fingerprint_type", "The hash function."),
    ("fingerprint", "The hash of the host's key."),
];
const OPT: Fields = &[
    ("code", "The number of an EDNS option."),
    ("length", "The number of octets of the option."),
    (
        "nsid",
        "The name by which a server of several at one address tells which it is (RFC 5001).",
    ),
    ("family", "1 is IPv4, 2 is IPv6 (RFC 7871)."),
    (
        "source_prefix",
        "How many bits of the client's address the query has (RFC 7871).",
    ),
    (
        "scope_prefix",
        "For how many bits of it the answer is meant (RFC 7871).",
    ),
    (
        "address",
        "The client's address, cut to those bits (RFC 7871).",
    ),
    (
        "client",
        "The client's cookie, which the reply repeats (RFC 7873).",
    ),
    (
        "server",
        "The server's cookie, by which it knows this client again (RFC 7873).",
    ),
    (
        "timeout",
        "How long the server keeps an idle connection open (RFC 7828).",
    ),
    (
        "info_code",
        "The reason for the RCODE, as a number (RFC 8914).",
    ),
    ("extra_text", "The reason in words (RFC 8914)."),
    (
        "padding",
        "Octets without meaning, which hide the length of the message (RFC 7830).",
    ),
];

/// The types whose RDATA is explained: where each is specified, and its fields.
const FORMS: [(RecordType, &str, Fields); 24] = [
    (RecordType::A, "RFC 1035 section 3.4.1", A),
    (RecordType::NS, "RFC 1035 section 3.3.11", NS),
    (RecordType::CNAME, "RFC 1035 section 3.3.1", CNAME),
    (RecordType::SOA, "RFC 1035 section 3.3.13", SOA),
    (RecordType::PTR, "RFC 1035 section 3.3.12", PTR),
    (RecordType::MX, "RFC 1035 section 3.3.9", MX),
    (RecordType::TXT, "RFC 1035 section 3.3.14", TXT),
    (RecordType::AAAA, "RFC 3596 section 2.2", AAAA),
    (RecordType::SRV, "RFC 2782", SRV),
    (RecordType::DNAME, "RFC 6672 section 2.1", DNAME),
    (RecordType::DS, "RFC 4034 section 5.1", DS),
    (RecordType::CDS, "RFC 7344 section 3.1", DS),
    (RecordType::RRSIG, "RFC 4034 section 3.1", RRSIG),
    (RecordType::NSEC, "RFC 4034 section 4.1", NSEC),
    (RecordType::DNSKEY, "RFC 4034 section 2.1", DNSKEY),
    (RecordType::CDNSKEY, "RFC 7344 section 3.2", DNSKEY),
    (RecordType::NSEC3, "RFC 5155 section 3.2", NSEC3),
    (RecordType::NSEC3PARAM, "RFC 5155 section 4.2", NSEC3),
    (RecordType::HTTPS, "RFC 9460 section 2.2", SVCB),
    (RecordType::SVCB, "RFC 9460 section 2.2", SVCB),
    (RecordType::CAA, "RFC 8659 section 4.1", CAA),
    (RecordType::TLSA, "RFC 6698 section 2.1", TLSA),
    (RecordType::SSHFP, "RFC 4255 section 3.1", SSHFP),
    (RecordType::OPT, "RFC 6891 section 6.1.2", OPT),
];

/// Returns what a field of RDATA is for, and where it is specified.
pub(super) fn about(rtype: Option<RecordType>, name: &str) -> (&'static str, &'static str) {
    let form = FORMS.iter().find(|(it, ..)| Some(*it) == rtype);
    let (rfc, fields) = match form {
        Some((_, rfc, fields)) => (*rfc, *fields),
        None => ("RFC 1035 section 4.1.3", Fields::default()),
    };
    let text = fields.iter().find(|(it, _)| *it == name);
    let any = "A field of the record's data (RDATA), whose form its type decides.";
    (text.map_or(any, |(_, text)| text), rfc)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnsparse::{DnsPacket, Edns, EdnsOption, Name, Zone, dissect};

    const EVERY: &str = include_str!("../../../../dnsparse/tests/every.zone");

    /// Each field that a dissection shows of these types has a text of its own, and no text is left over.
    #[test]
    fn each_field_of_the_explained_types_has_a_text() {
        let zone = Zone::parse(EVERY, &Name::ROOT).unwrap_or_else(|error| panic!("{error}"));
        let mut packets: Vec<DnsPacket> = Vec::new();
        for record in zone.records {
            packets.push(DnsPacket {
                answers: vec![record],
                ..DnsPacket::default()
            });
        }
        let mut seen = Vec::new();
        for packet in packets {
            let rtype = packet.answers[0].rtype();
            let octets = packet
                .write()
                .unwrap_or_else(|error| panic!("{rtype}: {error}"));
            for field in &dissect(&octets).fields {
                let is_rdata = field.path.iter().any(|step| step.to_string() == "rdata");
                if is_rdata {
                    seen.push((rtype, field.name()));
                }
            }
        }
        for (rtype, _, fields) in FORMS.iter().filter(|(rtype, ..)| *rtype != RecordType::OPT) {
            let here: Vec<_> = seen.iter().filter(|(it, _)| it == rtype).collect();
            assert!(!here.is_empty(), "every.zone has no {rtype}");
            for (_, name) in here {
                let (text, _) = about(Some(*rtype), name);
                assert!(
                    !text.starts_with("A field of"),
                    "{rtype} {name} has no text"
                );
            }
            for (name, _) in *fields {
                let is_shared = *rtype == RecordType::NSEC3PARAM;
                let is_used = is_shared || seen.contains(&(*rtype, name));
                assert!(is_used, "{rtype} has no field {name}");
            }
        }
    }

    #[test]
    fn each_field_of_an_option_has_a_text() {
        let cookie = EdnsOption::Unknown {
            code: 10,
            octets: vec![7; 16],
        };
        let packet = DnsPacket {
            edns: Some(Edns {
                options: vec![cookie],
                ..Edns::default()
            }),
            ..DnsPacket::default()
        };
        let octets = packet.write().unwrap_or_else(|error| panic!("{error}"));
        let fields = dissect(&octets).fields;
        let names: Vec<_> = fields.iter().map(|field| field.name()).collect();
        for name in ["code", "length", "client", "server"] {
            assert!(names.contains(&name), "no {name} in {names:?}");
            let (text, _) = about(Some(RecordType::OPT), name);
            assert!(!text.starts_with("A field of"), "{name} has no text");
        }
    }
}
