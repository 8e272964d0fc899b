//! OPT, TSIG and SIG(0) keep their places; other pseudo-types are not written as records.

use super::*;

/// Returns the types of the additional section as they were written, and the message.
fn additional_types(packet: &DnsPacket) -> Vec<RecordType> {
    let octets = packet.write().unwrap();
    let records = crate::offsets::records(&octets).unwrap();
    let records: Vec<_> = records.map(Result::unwrap).collect();
    let additional = |record: &&crate::offsets::RecordOffsets| {
        record.section == crate::offsets::Section::Additional
    };
    records
        .iter()
        .filter(additional)
        .map(|record| record.rtype)
        .collect()
}

/// A record that signs the whole message.
fn transaction_signature(rtype: RecordType, length: usize) -> Record {
    let octets = vec![0; length];
    let rdata = crate::parse::rdata_octets(rtype, Class::ANY, &octets);
    Record {
        class: Class::ANY,
        ..Record::new(name("key"), 0, rdata)
    }
}

/// RFC 8945 section 5.1, RFC 2931 section 3.1.
#[test]
fn tsig_and_sig0_are_the_last_records_and_opt_stands_before_them() {
    use RecordType as T;
    let mut packet = DnsPacket::query(0, name("a"), T::A);
    packet.edns = Some(Edns::default());
    packet.additionals = vec![
        transaction_signature(T::TSIG, 16),
        address("b"),
        transaction_signature(T::SIG, 20),
        address("c"),
    ];
    assert_eq!(
        additional_types(&packet),
        [T::A, T::A, T::OPT, T::SIG, T::TSIG]
    );
    packet.edns = None;
    assert_eq!(additional_types(&packet), [T::A, T::A, T::SIG, T::TSIG]);
    // A signature over records is no signature over the message.
    let sig = crate::parse::rdata_octets(T::SIG, Class::IN, &[&[0, 1][..], &[0; 18]].concat());
    packet.additionals.insert(0, Record::new(name("c"), 0, sig));
    assert_eq!(
        additional_types(&packet),
        [T::SIG, T::A, T::A, T::SIG, T::TSIG]
    );
}

#[test]
fn opt_and_tsig_stay_in_a_message_that_is_cut() {
    let mut packet = DnsPacket::query(0, name("a"), RecordType::A);
    packet.edns = Some(Edns::default());
    packet.answers = vec![address("a"); 10];
    packet.additionals = vec![transaction_signature(RecordType::TSIG, 30), address("ns.a")];
    let least = 12 + 7 + 11 + (5 + 10 + 30);
    for limit in least..packet.write().unwrap().len() {
        let octets = packet.write_within(limit).unwrap();
        assert!(octets.len() <= limit);
        let short = DnsPacket::parse(&octets).unwrap();
        assert!(short.edns.is_some(), "at {limit}");
        let last = short.additionals.last().unwrap();
        assert_eq!(last.rtype(), RecordType::TSIG, "at {limit}");
    }
    assert_eq!(
        packet.write_within(least - 1),
        Err(WriteError::MessageTooLong { limit: least - 1 })
    );
}

#[test]
fn records_of_pseudo_types_are_not_written_but_for_those_of_updates_and_transactions() {
    use RecordType as T;
    let write = |rtype, class, octets: &[u8]| {
        let rdata = Rdata::Unknown {
            rtype,
            octets: octets.into(),
        };
        let mut packet = DnsPacket::query(0, name("a"), T::A);
        packet.answers = vec![Record {
            class,
            ..Record::new(name("a"), 0, rdata)
        }];
        packet.write().map(drop)
    };
    for rtype in [
        T::OPT,
        T::NXNAME,
        T::IXFR,
        T::AXFR,
        T::MAILB,
        T::MAILA,
        T::ANY,
    ] {
        let owner = name("a");
        let refused = Err(WriteError::PseudoType { owner, rtype });
        assert_eq!(write(rtype, Class::IN, &[]), refused);
        assert_eq!(write(rtype, Class::ANY, &[0]), refused);
        assert_eq!(write(rtype, Class::ANY, &[]), Ok(()));
        assert_eq!(write(rtype, Class::NONE, &[]), Ok(()));
    }
    for rtype in [T::TSIG, T::TKEY, RecordType(65_280)] {
        assert_eq!(write(rtype, Class::ANY, &[0]), Ok(()));
    }
}
