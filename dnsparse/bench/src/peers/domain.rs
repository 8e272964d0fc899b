//! domain: iterators over the octets, which keep nothing.

use domain::base::iana::SvcParamKey;
use domain::base::message::RecordSection;
use domain::base::message_builder::HashCompressor;
use domain::base::opt::{Opt, UnknownOptData};
use domain::base::{Message, MessageBuilder, ParsedName, Question, Record};
use domain::rdata::svcb::value::AllValues;
use domain::rdata::{AllRecordData, Rrsig};

use super::Work;
use crate::visit::Visit;

type Data<'m> = AllRecordData<&'m [u8], ParsedName<&'m [u8]>>;

pub fn reader(message: &[u8]) -> Work<'_> {
    Box::new(move || visit(message).expect("a message"))
}

/// domain has no type for a whole message, so the records are collected beforehand, in the form
/// that its builder takes.
pub fn writer(message: &[u8]) -> Work<'_> {
    let parts = Parts::parse(message).expect("a message");
    Box::new(move || parts.write().len() as u64)
}

fn visit(message: &[u8]) -> Result<u64, Box<dyn std::error::Error>> {
    let mut visit = Visit::default();
    let message = Message::from_slice(message)?;
    visit.number(message.header().id());
    visit.number(message.header().rcode().to_int());
    for question in message.question() {
        let question = question?;
        name(&mut visit, question.qname());
        visit.number(question.qtype().to_int());
        visit.number(question.qclass().to_int());
    }
    for record in message.iter() {
        let (record, _) = record?;
        let record = record.into_any_record::<Data<'_>>()?;
        self::record(&mut visit, &record);
    }
    Ok(visit.sum())
}

fn record(visit: &mut Visit, record: &Record<ParsedName<&[u8]>, Data<'_>>) {
    if let AllRecordData::Opt(opt) = record.data() {
        visit.number(record.class().to_int());
        return options(visit, opt);
    }
    name(visit, record.owner());
    visit.number(record.rtype().to_int());
    visit.number(record.class().to_int());
    visit.number(record.ttl().as_secs());
    match record.data() {
        AllRecordData::A(a) => visit.address(a.addr()),
        AllRecordData::Aaaa(aaaa) => visit.address6(aaaa.addr()),
        AllRecordData::Ns(ns) => name(visit, ns.nsdname()),
        AllRecordData::Cname(cname) => name(visit, cname.cname()),
        AllRecordData::Ptr(ptr) => name(visit, ptr.ptrdname()),
        AllRecordData::Ds(ds) => {
            visit.number(ds.key_tag());
            visit.number(ds.algorithm().to_int());
            visit.number(ds.digest_type().to_int());
            visit.octets(ds.digest());
        }
        AllRecordData::Rrsig(rrsig) => signature(visit, rrsig),
        AllRecordData::Mx(mx) => {
            visit.number(mx.preference());
            name(visit, mx.exchange());
        }
        AllRecordData::Soa(soa) => {
            name(visit, soa.mname());
            name(visit, soa.rname());
            visit.number(soa.serial().into_int());
            for number in [soa.refresh(), soa.retry(), soa.expire(), soa.minimum()] {
                visit.number(number.as_secs());
            }
        }
        AllRecordData::Txt(txt) => visit.labels(txt.iter()),
        AllRecordData::Https(https) => {
            visit.number(https.priority());
            name(visit, https.target());
            https
                .params()
                .iter_all()
                .for_each(|param| self::param(visit, &param.expect("a parameter")));
        }
        other => panic!("{other:?} is in no message"),
    }
}

fn signature(visit: &mut Visit, rrsig: &Rrsig<&[u8], ParsedName<&[u8]>>) {
    visit.number(rrsig.type_covered().to_int());
    visit.number(rrsig.algorithm().to_int());
    visit.number(rrsig.labels());
    visit.number(rrsig.original_ttl().as_secs());
    visit.number(rrsig.expiration().into_int());
    visit.number(rrsig.inception().into_int());
    visit.number(rrsig.key_tag());
    name(visit, rrsig.signer_name());
    visit.octets(rrsig.signature());
}

fn options(visit: &mut Visit, opt: &Opt<&[u8]>) {
    for option in opt.iter::<UnknownOptData<_>>() {
        visit.octets(option.expect("an option").data());
    }
}

fn param(visit: &mut Visit, param: &AllValues<&[u8]>) {
    match param {
        AllValues::Alpn(alpn) => {
            visit.number(SvcParamKey::ALPN.to_int());
            visit.number(alpn.iter().count() as u64);
        }
        AllValues::Ech(ech) => {
            visit.number(SvcParamKey::ECH.to_int());
            visit.octets(ech.as_slice());
        }
        AllValues::Port(port) => {
            visit.number(SvcParamKey::PORT.to_int());
            visit.number(port.port());
        }
        AllValues::Ipv4Hint(hint) => {
            visit.number(SvcParamKey::IPV4HINT.to_int());
            hint.iter().for_each(|address| visit.address(address));
        }
        AllValues::Ipv6Hint(hint) => {
            visit.number(SvcParamKey::IPV6HINT.to_int());
            hint.iter().for_each(|address| visit.address6(address));
        }
        other => panic!("{other:?} is in no message"),
    }
}

fn name(visit: &mut Visit, name: &ParsedName<&[u8]>) {
    visit.labels(name.iter().filter(|label| !label.is_root()));
}

type AnyRecord<'m> = Record<ParsedName<&'m [u8]>, Data<'m>>;

struct Parts<'m> {
    message: &'m Message<[u8]>,
    questions: Vec<Question<ParsedName<&'m [u8]>>>,
    sections: [Vec<AnyRecord<'m>>; 3],
}

impl<'m> Parts<'m> {
    fn parse(octets: &'m [u8]) -> Result<Parts<'m>, Box<dyn std::error::Error>> {
        let message = Message::from_slice(octets)?;
        let (questions, answers, authorities, additionals) = message.sections()?;
        let records = |section: RecordSection<'m, [u8]>| {
            section
                .into_records::<Data<'m>>()
                .collect::<Result<Vec<_>, _>>()
        };
        let questions = questions.collect::<Result<_, _>>()?;
        let sections = [
            records(answers)?,
            records(authorities)?,
            records(additionals)?,
        ];
        Ok(Parts {
            message,
            questions,
            sections,
        })
    }

    fn write(&self) -> Vec<u8> {
        let [answers, authorities, additionals] = &self.sections;
        let target = HashCompressor::new(Vec::with_capacity(512));
        let mut builder = MessageBuilder::from_target(target)
            .expect("room")
            .question();
        *builder.header_mut() = self.message.header();
        self.questions
            .iter()
            .for_each(|question| builder.push(question).expect("room"));
        let mut builder = builder.answer();
        answers
            .iter()
            .for_each(|record| builder.push(record).expect("room"));
        let mut builder = builder.authority();
        authorities
            .iter()
            .for_each(|record| builder.push(record).expect("room"));
        let mut builder = builder.additional();
        additionals
            .iter()
            .for_each(|record| builder.push(record).expect("room"));
        builder.finish().into_target()
    }
}
