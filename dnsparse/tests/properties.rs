//! What must hold for every message, not only for those that somebody thought of.
#![cfg(test)]

use dnsparse::{
    Caa, Class, DnsPacket, Edns, EdnsOption, Header, Mx, Name, Opcode, Question, Rcode, Rdata,
    Record, RecordType, Soa, Srv, Txt, dissect,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Names with few labels to choose from, so that they share tails and get compressed; and some with odd octets.
fn name() -> impl Strategy<Value = Name> {
    let common = prop::sample::select(vec!["www", "example", "EXAMPLE", "com", "a", "b", "net"]);
    let label = prop_oneof![
        8 => common.prop_map(|label| label.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..=63),
    ];
    vec(label, 0..6).prop_filter_map("too long", |labels| Name::from_labels(labels).ok())
}

fn txt() -> impl Strategy<Value = Txt> {
    vec(vec(any::<u8>(), 0..=255), 1..4).prop_map(|strings| Txt::new(strings).unwrap())
}

fn soa() -> impl Strategy<Value = Soa> {
    (name(), name(), any::<[u32; 5]>()).prop_map(
        |(mname, rname, [serial, refresh, retry, expire, minimum])| Soa {
            mname,
            rname,
            serial,
            refresh,
            retry,
            expire,
            minimum,
        },
    )
}

fn caa() -> impl Strategy<Value = Caa> {
    (any::<u8>(), "[a-zA-Z0-9]{1,15}", vec(any::<u8>(), 0..40))
        .prop_map(|(flags, tag, value)| Caa { flags, tag, value })
}

fn rdata() -> impl Strategy<Value = Rdata> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| Rdata::A(octets.into())),
        any::<[u8; 16]>().prop_map(|octets| Rdata::Aaaa(octets.into())),
        name().prop_map(Rdata::Ns),
        name().prop_map(Rdata::Cname),
        name().prop_map(Rdata::Dname),
        name().prop_map(Rdata::Ptr),
        soa().prop_map(|soa| Rdata::Soa(Box::new(soa))),
        (any::<u16>(), name()).prop_map(|(preference, exchange)| Rdata::Mx(Mx {
            preference,
            exchange
        })),
        txt().prop_map(Rdata::Txt),
        (any::<[u16; 3]>(), name()).prop_map(|([priority, weight, port], target)| Rdata::Srv(
            Srv {
                priority,
                weight,
                port,
                target
            }
        )),
        caa().prop_map(|caa| Rdata::Caa(Box::new(caa))),
        (65_280..65_300u16, vec(any::<u8>(), 0..40)).prop_map(|(number, octets)| Rdata::Unknown {
            rtype: RecordType(number),
            octets
        }),
    ]
}

fn record() -> impl Strategy<Value = Record> {
    (name(), any::<u32>(), rdata()).prop_map(|(owner, ttl, rdata)| Record::new(owner, ttl, rdata))
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
        Header {
            id,
            qr,
            opcode: Opcode(opcode),
            aa,
            tc,
            rd,
            ra,
            z,
            ad,
            cd,
            rcode: Rcode(rcode),
        }
    })
}

fn packet() -> impl Strategy<Value = DnsPacket> {
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

/// The octets of every name that a packet shows as text, which unlike `==` heeds case.
fn text(packet: &DnsPacket) -> Vec<String> {
    let questions = packet.questions.iter().map(ToString::to_string);
    questions
        .chain(packet.records().map(ToString::to_string))
        .collect()
}

proptest! {
    #[test]
    fn what_is_written_reads_the_same(packet in packet()) {
        let octets = packet.write().unwrap();
        let again = DnsPacket::parse(&octets).unwrap();
        prop_assert_eq!(&again, &packet);
        prop_assert_eq!(text(&again), text(&packet));
        prop_assert_eq!(again.write().unwrap(), octets);
    }

    #[test]
    fn what_is_written_within_a_limit_is_no_longer_and_no_more(packet in packet(), limit in 12..1_500usize) {
        if let Ok(octets) = packet.write_within(limit) {
            prop_assert!(octets.len() <= limit);
            let short = DnsPacket::parse(&octets).unwrap();
            prop_assert_eq!(&short.edns, &packet.edns);
            prop_assert!(packet.answers.starts_with(&short.answers));
            prop_assert!(packet.authorities.starts_with(&short.authorities));
            prop_assert!(packet.additionals.starts_with(&short.additionals));
            let cut = short.answers.len() < packet.answers.len() || short.authorities.len() < packet.authorities.len();
            prop_assert!(!cut || short.header.tc);
        }
    }

    #[test]
    fn a_record_in_text_reads_the_same(record in record()) {
        let again: Record = record.to_string().parse().unwrap();
        prop_assert_eq!(again.to_string(), record.to_string());
        prop_assert_eq!(again, record);
    }

    #[test]
    fn no_octets_make_it_panic(octets in vec(any::<u8>(), 0..600)) {
        let _ = DnsPacket::parse(&octets);
        let _ = dissect(&octets).to_string();
    }

    /// Octets that are nearly a message reach further into the parser than random ones.
    #[test]
    fn no_mutation_makes_it_panic(packet in packet(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut octets = packet.write().unwrap();
        for (place, octet) in changes {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        if let Ok(packet) = DnsPacket::parse(&octets) {
            for record in packet.records() {
                let _ = record.to_string();
            }
            if let Ok(written) = packet.write() {
                prop_assert_eq!(DnsPacket::parse(&written).unwrap(), packet);
            }
        }
        let _ = dissect(&octets).to_string();
    }
}
