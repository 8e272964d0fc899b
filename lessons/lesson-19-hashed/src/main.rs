//! Proves with the NSEC3 records of RFC 5155 that a name does not exist, or validates an answer of the
//! lab, and shows what it costs.

use std::process::ExitCode;

use chain::{
    Context, Evidence, NoZones, Proved, Response, Status, Step, TrustAnchors, Validation, Verdict,
};
use clap::Parser;
use crypto::{Crypto, Ring};
use deny::Denial;
use dnsparse::{Class, Name, Question, Rdata, Record, RecordType, Zone};
use hashed::{HashedZone, Limits, Meter, NsecAndNsec3, closest_encloser, denial};
use lab::{Lab, signed};
use sign::Verified;

#[path = "../../print.rs"]
mod print;

/// Asks the example zone of RFC 5155 for the proof that a name or a type does not exist, and shows the
/// hashes of the names on the way. With --lab, validates an answer of the signed mini-Internet.
#[derive(Parser)]
struct Arguments {
    /// A name at or below example; with --lab, any name
    name: Name,
    /// A type
    #[arg(default_value = "A")]
    rtype: RecordType,
    /// The number of iterations: with others than the zone's 12, its records prove nothing, and the
    /// cost can be seen
    #[arg(long, default_value_t = 12)]
    iterations: u16,
    /// Validates the answer of the lab's servers, from the lab's root down
    #[arg(long)]
    lab: bool,
}

/// The NSEC3 records of RFC 5155 appendix A.
const ZONE: &str = include_str!("../tests/rfc5155.zone");

fn main() -> ExitCode {
    print::result(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> Result<String, Box<dyn std::error::Error>> {
    let apex: Name = "example".parse()?;
    let Arguments { name, rtype, .. } = arguments;
    if arguments.lab {
        return validate(name, *rtype);
    }
    if !name.is_at_or_below(&apex) {
        return Err(format!("{name} is not in {apex}").into());
    }
    let records = Zone::parse(ZONE, &Name::ROOT)?.records;
    let verified = Verified {
        ttl: 3600,
        wildcard: None,
    };
    let evidence = |record| Evidence {
        record,
        verified: &verified,
    };
    let evidence: Vec<_> = records.iter().map(evidence).collect();
    let zone = HashedZone::new(&apex, &evidence);
    let mut zone = zone.map_err(|unusable| format!("the records are unusable: {unusable:?}"))?;
    zone.params.iterations = arguments.iterations;
    Ok(text_of(&zone, &records, name, *rtype))
}

/// Writes the hash of each name on the way, with the record that matches or covers it, and the result.
fn text_of(zone: &HashedZone<'_>, records: &[Record], name: &Name, rtype: RecordType) -> String {
    let encloser = closest_encloser(zone, name, &Ring).map(|it| it.name);
    let wildcard = encloser.and_then(|encloser| encloser.child(b"*").ok());
    let in_zone = name
        .ancestors()
        .take_while(|it| it.is_at_or_below(zone.name));
    let mut lines = Vec::new();
    for name in in_zone.chain(wildcard) {
        let Some(hash) = zone.hash(&name, &Ring) else {
            continue;
        };
        let (verb, gap) = match zone.matching(hash) {
            Some(gap) => ("exists, it has", Some(gap)),
            None => ("does not exist, covered by", zone.covering(hash)),
        };
        let owner = gap.map_or(String::new(), |gap| gap.owner.to_string());
        let record = records
            .iter()
            .find(|it| it.owner.to_string().starts_with(&owner));
        let record = record.map_or("no record".to_string(), |it| {
            it.to_string().replace('\t', " ")
        });
        lines.push(format!("{hash} {name} {verb}\n  {record}"));
    }
    let meter = Meter::new(&Ring, Limits::default());
    let proved = match denial(zone, name, rtype, &meter) {
        Proved::Yes(Denial::NxDomain) => "the name does not exist".to_string(),
        Proved::Yes(Denial::NoData) => "the name exists, without this type".to_string(),
        Proved::Insecure(cause) => format!("insecure: {cause}"),
        Proved::No if meter.is_exhausted() => "too much work".to_string(),
        Proved::No => "nothing is denied".to_string(),
    };
    let blocks = meter.spent().blocks;
    lines.push(format!(
        "{name} {rtype}: {proved}. {blocks} blocks were digested."
    ));
    lines.join("\n")
}

/// Validates the answer of the lab, with those of the aliases in it, and writes the links of the chain
/// of trust, the status and the cost.
fn validate(name: &Name, rtype: RecordType) -> Result<String, Box<dyn std::error::Error>> {
    let lab = Lab::signed_internet();
    let meter = Meter::new(&Ring, Limits::default());
    let (mut lines, mut name) = (Vec::new(), name.clone());
    for _ in 0..chain::MAX_ALIASES {
        let question = question(&name, rtype);
        let response = ask(&lab, &question)?;
        let target = alias(&name, &response);
        let verdict = validate_response(&lab, &question, response, &meter, &mut lines)?;
        lines.push(format!("{name} {rtype}: {}", verdict.status));
        let is_alias = verdict.denial.is_none() && !has_answer(&verdict, rtype);
        match target {
            Some(target) if is_alias && !matches!(verdict.status, Status::Bogus(_)) => {
                name = target;
            }
            _ => break,
        }
    }
    let spent = meter.spent();
    let (verifications, blocks) = (spent.verifications, spent.blocks);
    lines.push(format!(
        "{verifications} verifications, {blocks} blocks were digested."
    ));
    Ok(lines.join("\n"))
}

fn validate_response(
    lab: &Lab,
    question: &Question,
    response: Response,
    meter: &Meter<'_>,
    lines: &mut Vec<String>,
) -> Result<Verdict, Box<dyn std::error::Error>> {
    let anchors = TrustAnchors::from_ds_records(signed::trust_anchor());
    let context = Context {
        anchors: &anchors,
        known: &NoZones,
        proofs: &NsecAndNsec3,
        now: signed::NOW,
        crypto: meter,
    };
    let mut validation = Validation::new(question, response);
    let verdict = loop {
        let (name, rtype) = match validation.step(&context) {
            Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
            Step::Ds(name) => (name, RecordType::DS),
            Step::Done(verdict) => break verdict,
        };
        let response = ask(lab, &self::question(&name, rtype))?;
        validation.handle_response(&response, &context);
    };
    lines.extend(validation.trace().map(ToString::to_string));
    Ok(verdict)
}

/// Asks a server that has the answer.
fn ask(lab: &Lab, question: &Question) -> Result<Response, Box<dyn std::error::Error>> {
    let reply = lab.authoritative_reply(question);
    let reply = reply.ok_or_else(|| format!("no server replies to {question}"))?;
    Ok(Response::from(&reply))
}

fn question(qname: &Name, qtype: RecordType) -> Question {
    Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    }
}

fn has_answer(verdict: &Verdict, rtype: RecordType) -> bool {
    let answer = &verdict.response.answer;
    answer.iter().any(|record| record.rtype() == rtype)
}

/// Returns the name that the aliases of a response lead to.
fn alias(qname: &Name, response: &Response) -> Option<Name> {
    let aliases = response
        .answer
        .iter()
        .filter_map(|record| match &record.rdata {
            Rdata::Cname(target) => Some((&record.owner, target)),
            _ => None,
        });
    let mut name = qname;
    for (owner, target) in aliases.take(chain::MAX_ALIASES) {
        if owner == name {
            name = target;
        }
    }
    (name != qname).then(|| name.clone())
}
