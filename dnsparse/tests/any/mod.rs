//! Strategies for any name, any record of any type, any message.

use dnsparse::{
    Caa, Class, DnsPacket, Dnskey, Ds, Edns, EdnsOption, Header, Hinfo, Mx, Name, Naptr, Nsec,
    Nsec3, Nsec3Param, Opcode, Question, Rcode, Rdata, Record, RecordType, Rrsig, Soa, Srv, Sshfp,
    SvcParam, SvcParamKey, Svcb, Tlsa, Txt, TypeBitmap, Uri, Zone,
};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

/// Names with few labels to choose from, so that they share tails and get compressed; some with odd
/// octets, and some with characters that have a meaning in a zone file.
pub(crate) fn name() -> impl Strategy<Value = Name> {
    let common = prop::sample::select(vec!["www", "example", "EXAMPLE", "com", "a", "b", "net"]);
    let label = prop_oneof![
        8 => common.prop_map(|label| label.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..=63),
        1 => "[A-Za-z0-9_.@$*-]{1,12}".prop_map(String::into_bytes),
    ];
    vec(label, 0..6).prop_filter_map("too long", |labels| Name::from_labels(labels).ok())
}

fn octets(most: usize) -> impl Strategy<Value = Vec<u8>> + Clone {
    vec(any::<u8>(), 0..=most)
}

fn some_octets(most: usize) -> impl Strategy<Value = Vec<u8>> + Clone {
    vec(any::<u8>(), 1..=most)
}

fn soa() -> impl Strategy<Value = Rdata> {
    (name(), name(), any::<[u32; 5]>()).prop_map(|(mname, rname, numbers)| {
        let [serial, refresh, retry, expire, minimum] = numbers;
        Rdata::Soa(Box::new(Soa {
            mname,
            rname,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        }))
    })
}

/// The types of RFC 1035, and others that are as common.
fn common() -> impl Strategy<Value = Rdata> {
    let txt = vec(octets(255), 1..4);
    let srv = |([priority, weight, port], target): ([u16; 3], Name)| {
        Rdata::Srv(Srv {
            priority,
            weight,
            port,
            target,
        })
    };
    let caa = (any::<u8>(), "[A-Za-z0-9]{1,20}", octets(300));
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| Rdata::A(octets.into())),
        any::<[u8; 16]>().prop_map(|octets| Rdata::Aaaa(octets.into())),
        name().prop_map(Rdata::Ns),
        name().prop_map(Rdata::Cname),
        name().prop_map(Rdata::Dname),
        name().prop_map(Rdata::Ptr),
        soa(),
        (any::<u16>(), name()).prop_map(|(preference, exchange)| Rdata::Mx(Mx {
            preference,
            exchange
        })),
        txt.prop_map(|strings| Rdata::Txt(Txt::new(strings).unwrap())),
        (any::<[u16; 3]>(), name()).prop_map(srv),
        caa.prop_map(|(flags, tag, value)| Rdata::Caa(Box::new(Caa { flags, tag, value }))),
        (32_770..=u16::MAX, octets(80)).prop_map(|(rtype, octets)| Rdata::Unknown {
            rtype: RecordType(rtype),
            octets
        }),
    ]
}

fn naptr() -> impl Strategy<Value = Rdata> {
    let strings = (octets(255), octets(20), octets(20));
    (any::<[u16; 2]>(), strings, name()).prop_map(|(numbers, strings, replacement)| {
        let ([order, preference], (flags, services, regexp)) = (numbers, strings);
        Rdata::Naptr(Box::new(Naptr {
            order,
            preference,
            flags,
            services,
            regexp,
            replacement,
        }))
    })
}

fn types() -> impl Strategy<Value = TypeBitmap> {
    let rtype = prop_oneof![4 => 1..70u16, 1 => any::<u16>()];
    vec(rtype, 0..12).prop_map(|types| TypeBitmap::new(types.into_iter().map(RecordType)))
}

fn rrsig() -> impl Strategy<Value = Rdata> {
    let fields = (any::<[u16; 2]>(), any::<[u8; 2]>(), any::<[u32; 3]>());
    (fields, name(), some_octets(300)).prop_map(|((shorts, bytes, longs), signer, signature)| {
        let ([type_covered, key_tag], [algorithm, labels]) = (shorts, bytes);
        let [original_ttl, expiration, inception] = longs;
        Rdata::Rrsig(Box::new(Rrsig {
            type_covered: RecordType(type_covered),
            algorithm,
            labels,
            original_ttl,
            expiration,
            inception,
            key_tag,
            signer,
            signature,
        }))
    })
}

fn dnssec() -> impl Strategy<Value = Rdata> {
    let key = (any::<u16>(), any::<[u8; 2]>(), some_octets(300));
    let hashing = (any::<[u8; 2]>(), any::<u16>(), octets(255));
    prop_oneof![
        rrsig(),
        key.clone()
            .prop_map(|(key_tag, [algorithm, digest_type], digest)| {
                Rdata::Ds(Box::new(Ds {
                    key_tag,
                    algorithm,
                    digest_type,
                    digest,
                }))
            }),
        key.prop_map(|(flags, [protocol, algorithm], public_key)| {
            Rdata::Dnskey(Box::new(Dnskey {
                flags,
                protocol,
                algorithm,
                public_key,
            }))
        }),
        (name(), types()).prop_map(|(next, types)| Rdata::Nsec(Box::new(Nsec { next, types }))),
        hashing
            .clone()
            .prop_map(|([hash_algorithm, flags], iterations, salt)| {
                Rdata::Nsec3Param(Box::new(Nsec3Param {
                    hash_algorithm,
                    flags,
                    iterations,
                    salt,
                }))
            }),
        (hashing, octets(255), types()).prop_map(|(hashing, next_hashed, types)| {
            let ([hash_algorithm, flags], iterations, salt) = hashing;
            let nsec3 = Nsec3 {
                hash_algorithm,
                flags,
                iterations,
                salt,
                next_hashed,
                types,
            };
            Rdata::Nsec3(Box::new(nsec3))
        }),
    ]
}

/// Parameters with each key at most once. The rules that concern several of them are satisfied at
/// the end.
fn svcb() -> impl Strategy<Value = Svcb> {
    let option = prop::option::of::<BoxedStrategy<SvcParam>>;
    let typed = (
        option(
            vec(vec(any::<u8>(), 1..20), 1..4)
                .prop_map(|ids| SvcParam::Alpn(Txt::new(ids).unwrap()))
                .boxed(),
        ),
        option(Just(SvcParam::NoDefaultAlpn).boxed()),
        option(any::<u16>().prop_map(SvcParam::Port).boxed()),
        option(
            vec(any::<std::net::Ipv4Addr>(), 1..4)
                .prop_map(|hints| SvcParam::Ipv4Hint(hints.into()))
                .boxed(),
        ),
        option(vec(any::<u8>(), 1..80).prop_map(SvcParam::Ech).boxed()),
        option(
            vec(any::<std::net::Ipv6Addr>(), 1..4)
                .prop_map(|hints| SvcParam::Ipv6Hint(hints.into()))
                .boxed(),
        ),
        option(".{0,20}".prop_map(SvcParam::DohPath).boxed()),
        option(Just(SvcParam::Ohttp).boxed()),
        option(
            btree_set(any::<u16>(), 1..4)
                .prop_map(|groups| SvcParam::TlsSupportedGroups(groups.into_iter().collect()))
                .boxed(),
        ),
        option(
            vec(some_octets(8), 0..3)
                .prop_map(|path| SvcParam::DocPath(Txt::new(path).ok()))
                .boxed(),
        ),
    );
    let unknown = btree_set(11..=u16::MAX, 0..4);
    (
        any::<u16>(),
        name(),
        typed,
        unknown,
        octets(40),
        any::<bool>(),
    )
        .prop_map(
            |(
                priority,
                target,
                (alpn, no_default, port, v4, ech, v6, path, ohttp, groups, docpath),
                unknown,
                octets,
                must,
            )| {
                let no_default = no_default.filter(|_| alpn.is_some());
                let typed = [
                    alpn, no_default, port, v4, ech, v6, path, ohttp, groups, docpath,
                ]
                .into_iter()
                .flatten();
                let unknown = unknown.into_iter().map(SvcParamKey);
                let unknown = unknown.map(|key| SvcParam::Unknown {
                    key,
                    octets: octets.clone(),
                });
                let mut params: Vec<SvcParam> = typed.chain(unknown).collect();
                if must && !params.is_empty() {
                    let keys = params.iter().map(SvcParam::key).collect();
                    params.insert(0, SvcParam::Mandatory(keys));
                }
                Svcb {
                    priority,
                    target,
                    params,
                }
            },
        )
}

fn rare() -> impl Strategy<Value = Rdata> {
    prop_oneof![
        (octets(255), octets(20)).prop_map(|(cpu, os)| Rdata::Hinfo(Box::new(Hinfo { cpu, os }))),
        naptr(),
        (any::<[u8; 3]>(), some_octets(100)).prop_map(
            |([usage, selector, matching_type], data)| {
                Rdata::Tlsa(Box::new(Tlsa {
                    usage,
                    selector,
                    matching_type,
                    data,
                }))
            }
        ),
        (any::<[u8; 2]>(), some_octets(40)).prop_map(
            |([algorithm, fingerprint_type], fingerprint)| {
                Rdata::Sshfp(Box::new(Sshfp {
                    algorithm,
                    fingerprint_type,
                    fingerprint,
                }))
            }
        ),
        (any::<[u16; 2]>(), octets(300)).prop_map(|([priority, weight], target)| {
            Rdata::Uri(Box::new(Uri {
                priority,
                weight,
                target,
            }))
        }),
        svcb().prop_map(|svcb| Rdata::Svcb(Box::new(svcb))),
        svcb().prop_map(|svcb| Rdata::Https(Box::new(svcb))),
    ]
}

/// RDATA of the zone that has records of every type.
fn any_type() -> impl Strategy<Value = Rdata> {
    let zone = Zone::parse(include_str!("../every.zone"), &Name::ROOT).unwrap();
    let rdata: Vec<Rdata> = zone
        .records
        .into_iter()
        .map(|record| record.rdata)
        .collect();
    prop::sample::select(rdata)
}

pub(crate) fn record() -> impl Strategy<Value = Record> {
    let rdata = prop_oneof![2 => common(), 1 => dnssec(), 1 => rare(), 1 => any_type()];
    (name(), any::<u32>(), rdata).prop_map(|(owner, ttl, rdata)| Record::new(owner, ttl, rdata))
}

fn edns() -> impl Strategy<Value = Edns> {
    let code = prop_oneof![0..20u16, 65_001..65_010u16];
    let option = (code, vec(prop_oneof![0..4u8, any::<u8>()], 0..40))
        .prop_map(|(code, octets)| EdnsOption::from_octets(code, &octets));
    let fields = (any::<u16>(), any::<[u8; 2]>(), any::<bool>(), 0..0x8000u16);
    (fields, vec(option, 0..4)).prop_map(
        |((udp_size, [extended_rcode, version], do_bit, z), options)| Edns {
            udp_size,
            extended_rcode,
            version,
            do_bit,
            z,
            options,
        },
    )
}

fn header() -> impl Strategy<Value = Header> {
    (any::<u16>(), any::<[bool; 8]>(), 0..16u8, 0..16u16).prop_map(|(id, flags, opcode, rcode)| {
        let [qr, aa, tc, rd, ra, z, ad, cd] = flags;
        let (opcode, rcode) = (Opcode(opcode), Rcode(rcode));
        Header {
            id,
            qr,
            opcode,
            aa,
            tc,
            rd,
            ra,
            z,
            ad,
            cd,
            rcode,
        }
    })
}

pub(crate) fn packet() -> impl Strategy<Value = DnsPacket> {
    let question = (name(), any::<u16>()).prop_map(|(qname, qtype)| Question {
        qname,
        qtype: RecordType(qtype),
        qclass: Class::IN,
    });
    let sections = [
        vec(record(), 0..6),
        vec(record(), 0..6),
        vec(record(), 0..6),
    ];
    (
        header(),
        vec(question, 0..2),
        sections,
        prop::option::of(edns()),
    )
        .prop_map(
            |(header, questions, [answers, authorities, additionals], edns)| DnsPacket {
                header,
                questions,
                answers,
                authorities,
                additionals,
                edns,
            },
        )
}
