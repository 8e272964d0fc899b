//! dnsparse: one pass into owned, plain fields.

use dnsparse::{DnsPacket, EdnsOption, Name, Rdata, Record, Rrsig, SvcParam, Svcb};

use super::Work;
use crate::visit::Visit;

pub fn reader(message: &[u8]) -> Work<'_> {
    Box::new(move || visit(&DnsPacket::parse(message).expect("a message")))
}

pub fn writer(message: &[u8]) -> Work<'_> {
    let packet = DnsPacket::parse(message).expect("a message");
    Box::new(move || packet.write().expect("it fits").len() as u64)
}

fn visit(packet: &DnsPacket) -> u64 {
    let mut visit = Visit::default();
    visit.number(packet.header.id);
    visit.number(packet.header.rcode.0);
    for question in &packet.questions {
        name(&mut visit, &question.qname);
        visit.number(question.qtype.0);
        visit.number(question.qclass.0);
    }
    for record in [&packet.answers, &packet.authorities, &packet.additionals]
        .into_iter()
        .flatten()
    {
        self::record(&mut visit, record);
    }
    if let Some(edns) = &packet.edns {
        visit.number(edns.udp_size);
        for option in &edns.options {
            match option {
                EdnsOption::Cookie(cookie) => visit.octets(&cookie.client),
                other => panic!("{other:?} is in no message"),
            }
        }
    }
    visit.sum()
}

fn record(visit: &mut Visit, record: &Record) {
    name(visit, &record.owner);
    visit.number(record.rtype().0);
    visit.number(record.class.0);
    visit.number(record.ttl);
    match &record.rdata {
        Rdata::A(address) => visit.address(*address),
        Rdata::Aaaa(address) => visit.address6(*address),
        Rdata::Ns(target) | Rdata::Cname(target) | Rdata::Ptr(target) => name(visit, target),
        Rdata::Mx(mx) => {
            visit.number(mx.preference);
            name(visit, &mx.exchange);
        }
        Rdata::Soa(soa) => {
            name(visit, &soa.mname);
            name(visit, &soa.rname);
            for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                visit.number(number);
            }
        }
        Rdata::Ds(ds) => {
            visit.number(ds.key_tag);
            visit.number(ds.algorithm);
            visit.number(ds.digest_type);
            visit.octets(&ds.digest);
        }
        Rdata::Rrsig(rrsig) => signature(visit, rrsig),
        Rdata::Txt(txt) => visit.labels(txt.strings()),
        Rdata::Https(https) => service(visit, https),
        other => panic!("{other:?} is in no message"),
    }
}

fn signature(visit: &mut Visit, rrsig: &Rrsig) {
    visit.number(rrsig.type_covered.0);
    visit.number(rrsig.algorithm);
    visit.number(rrsig.labels);
    for number in [rrsig.original_ttl, rrsig.expiration, rrsig.inception] {
        visit.number(number);
    }
    visit.number(rrsig.key_tag);
    name(visit, &rrsig.signer);
    visit.octets(&rrsig.signature);
}

fn service(visit: &mut Visit, service: &Svcb) {
    visit.number(service.priority);
    name(visit, &service.target);
    for param in &service.params {
        visit.number(param.key().0);
        match param {
            SvcParam::Alpn(ids) => visit.number(ids.strings().count() as u64),
            SvcParam::Ech(octets) => visit.octets(octets),
            SvcParam::Port(port) => visit.number(*port),
            SvcParam::Ipv4Hint(hint) => hint.iter().for_each(|address| visit.address(*address)),
            SvcParam::Ipv6Hint(hint) => hint.iter().for_each(|address| visit.address6(*address)),
            other => panic!("{other:?} is in no message"),
        }
    }
}

fn name(visit: &mut Visit, name: &Name) {
    visit.labels(name.labels());
}
