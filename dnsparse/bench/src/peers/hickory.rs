//! hickory-proto: owned names, labels inline up to a size.

use hickory_proto::dnssec::rdata::DNSSECRData;
use hickory_proto::op::Message;
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::rdata::svcb::{SVCB, SvcParamValue};
use hickory_proto::rr::{Name, RData, Record};

use super::Work;
use crate::visit::Visit;

pub fn reader(message: &[u8]) -> Work<'_> {
    Box::new(move || visit(&Message::from_vec(message).expect("a message")))
}

pub fn writer(message: &[u8]) -> Work<'_> {
    let packet = Message::from_vec(message).expect("a message");
    Box::new(move || packet.to_vec().expect("it fits").len() as u64)
}

fn visit(message: &Message) -> u64 {
    let mut visit = Visit::default();
    visit.number(message.metadata.id);
    visit.number(u16::from(message.metadata.response_code));
    for query in &message.queries {
        name(&mut visit, &query.name);
        visit.number(u16::from(query.query_type));
        visit.number(u16::from(query.query_class));
    }
    message
        .all_sections()
        .for_each(|record| self::record(&mut visit, record));
    if let Some(edns) = &message.edns {
        visit.number(edns.max_payload());
        for (_, option) in &edns.options().options {
            match option {
                EdnsOption::Unknown(_, octets) => visit.octets(octets),
                other => panic!("{other:?} is in no message"),
            }
        }
    }
    visit.sum()
}

fn record(visit: &mut Visit, record: &Record) {
    name(visit, &record.name);
    visit.number(u16::from(record.record_type()));
    visit.number(u16::from(record.dns_class));
    visit.number(record.ttl);
    match &record.data {
        RData::A(a) => visit.address(a.0),
        RData::AAAA(aaaa) => visit.address6(aaaa.0),
        RData::NS(ns) => name(visit, &ns.0),
        RData::CNAME(cname) => name(visit, &cname.0),
        RData::PTR(ptr) => name(visit, &ptr.0),
        RData::DNSSEC(data) => dnssec(visit, data),
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
        RData::TXT(txt) => visit.labels(txt.txt_data.iter()),
        RData::HTTPS(https) => service(visit, &https.0),
        other => panic!("{other:?} is in no message"),
    }
}

fn dnssec(visit: &mut Visit, data: &DNSSECRData) {
    match data {
        DNSSECRData::DS(ds) => {
            visit.number(ds.key_tag());
            visit.number(u8::from(ds.algorithm()));
            visit.number(u8::from(ds.digest_type()));
            visit.octets(ds.digest());
        }
        DNSSECRData::RRSIG(rrsig) => {
            let input = rrsig.input();
            visit.number(u16::from(input.type_covered));
            visit.number(u8::from(input.algorithm));
            visit.number(input.num_labels);
            visit.number(input.original_ttl);
            visit.number(input.sig_expiration.get());
            visit.number(input.sig_inception.get());
            visit.number(input.key_tag);
            name(visit, &input.signer_name);
            visit.octets(rrsig.sig());
        }
        other => panic!("{other:?} is in no message"),
    }
}

fn service(visit: &mut Visit, service: &SVCB) {
    visit.number(service.svc_priority);
    name(visit, &service.target_name);
    for (key, value) in &service.svc_params {
        visit.number(u16::from(*key));
        match value {
            SvcParamValue::Alpn(alpn) => visit.number(alpn.0.len() as u64),
            SvcParamValue::EchConfigList(ech) => visit.octets(&ech.0),
            SvcParamValue::Port(port) => visit.number(*port),
            SvcParamValue::Ipv4Hint(hint) => {
                hint.0.iter().for_each(|address| visit.address(address.0))
            }
            SvcParamValue::Ipv6Hint(hint) => {
                hint.0.iter().for_each(|address| visit.address6(address.0))
            }
            other => panic!("{other:?} is in no message"),
        }
    }
}

fn name(visit: &mut Visit, name: &Name) {
    visit.labels(name.iter());
}
