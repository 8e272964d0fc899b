//! simple-dns: borrowed labels, a `Vec` for each name.

use simple_dns::rdata::{RData, RRSIG, SVCB, SVCParam};
use simple_dns::{Name, Packet, ResourceRecord};

use super::Work;
use crate::visit::Visit;

pub fn reader(message: &[u8]) -> Work<'_> {
    Box::new(move || visit(&Packet::parse(message).expect("a message")))
}

pub fn writer(message: &[u8]) -> Work<'_> {
    let packet = Packet::parse(message).expect("a message");
    Box::new(move || packet.build_bytes_vec_compressed().expect("it fits").len() as u64)
}

fn visit(packet: &Packet<'_>) -> u64 {
    let mut visit = Visit::default();
    visit.number(packet.id());
    visit.number(packet.rcode() as u64);
    for question in &packet.questions {
        name(&mut visit, &question.qname);
        visit.number(u16::from(question.qtype));
        visit.number(u16::from(question.qclass));
    }
    for section in [
        &packet.answers,
        &packet.name_servers,
        &packet.additional_records,
    ] {
        section
            .iter()
            .for_each(|record| self::record(&mut visit, record));
    }
    if let Some(opt) = packet.opt() {
        visit.number(opt.udp_packet_size);
        opt.opt_codes
            .iter()
            .for_each(|option| visit.octets(&option.data));
    }
    visit.sum()
}

fn record(visit: &mut Visit, record: &ResourceRecord<'_>) {
    name(visit, &record.name);
    visit.number(u16::from(record.rdata.type_code()));
    visit.number(record.class as u64);
    visit.number(record.ttl);
    match &record.rdata {
        RData::A(a) => visit.address(a.address.into()),
        RData::AAAA(aaaa) => visit.address6(aaaa.address.into()),
        RData::NS(ns) => name(visit, &ns.0),
        RData::CNAME(cname) => name(visit, &cname.0),
        RData::PTR(ptr) => name(visit, &ptr.0),
        RData::DS(ds) => {
            visit.number(ds.key_tag);
            visit.number(ds.algorithm);
            visit.number(ds.digest_type);
            visit.octets(&ds.digest);
        }
        RData::RRSIG(rrsig) => signature(visit, rrsig),
        RData::MX(mx) => {
            visit.number(mx.preference);
            name(visit, &mx.exchange);
        }
        RData::SOA(soa) => {
            name(visit, &soa.mname);
            name(visit, &soa.rname);
            visit.number(soa.serial);
            for number in [soa.refresh, soa.retry, soa.expire] {
                visit.number(number as u32);
            }
            visit.number(soa.minimum);
        }
        // simple-dns shows strings only as key and value; these have no `=`, so they are the key.
        RData::TXT(txt) => visit.labels(txt.iter_raw().map(|(string, _)| string)),
        RData::HTTPS(https) => service(visit, &https.0),
        other => panic!("{other:?} is in no message"),
    }
}

fn signature(visit: &mut Visit, rrsig: &RRSIG<'_>) {
    visit.number(rrsig.type_covered);
    visit.number(rrsig.algorithm);
    visit.number(rrsig.labels);
    visit.number(rrsig.original_ttl);
    visit.number(rrsig.signature_expiration);
    visit.number(rrsig.signature_inception);
    visit.number(rrsig.key_tag);
    name(visit, &rrsig.signer_name);
    visit.octets(&rrsig.signature);
}

fn service(visit: &mut Visit, service: &SVCB<'_>) {
    visit.number(service.priority);
    name(visit, &service.target);
    for param in service.iter_params() {
        visit.number(param.key_code());
        match param {
            SVCParam::Alpn(strings) => visit.number(strings.len() as u64),
            // Without the two octets of the list's length, of which the first is 0 here.
            SVCParam::Ech(list) => visit.number(256 * (2 + list.len() as u64)),
            SVCParam::Port(port) => visit.number(*port),
            SVCParam::Ipv4Hint(hint) => hint
                .iter()
                .for_each(|address| visit.address((*address).into())),
            SVCParam::Ipv6Hint(hint) => hint
                .iter()
                .for_each(|address| visit.address6((*address).into())),
            other => panic!("{other:?} is in no message"),
        }
    }
}

fn name(visit: &mut Visit, name: &Name<'_>) {
    visit.labels(name.get_labels());
}
