//! Follows the keys of the root through their rollovers, day by day in virtual time; or answers random
//! names of a signed zone from the proofs for other names.

use std::error::Error;
use std::process::ExitCode;

use chain::{Context, Response, Status, Step, TrustAnchors, Validation, Verdict, Zones};
use clap::{Parser, Subcommand};
use crypto::Ring;
use dnsparse::{Class, Name, Question, Rdata, Record, RecordType};
use hashed::NsecAndNsec3;
use lab::{Lab, signed};
use tokio::time::Instant;
use trust::calendar::{date, day};
use trust::gap_cache::GapCache;
use trust::key_state::KeyState;
use trust::refresh::LastLook;
use trust::root_history::{HISTORY, LAST_DAY, Period, ROOT_TIMES, look, root_keys};
use trust::trust_point::{Change, TrustPoint, ds};

#[path = "../../print.rs"]
mod print;

/// Shows how a resolver's trust anchors follow the root's keys over the years, and how many queries it
/// saves by the proofs that it has validated.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Follows the root's keys, from 2017 on: each day is a look at them
    Roll {
        /// The day on which the resolver is switched on, with the key of 2010 alone
        #[arg(long, default_value = "2017-07-01")]
        start: String,
        /// A day on which it is switched off
        #[arg(long)]
        off: Option<String>,
        /// The day on which it is switched on again
        #[arg(long)]
        on: Option<String>,
    },
    /// Asks the signed mini-Internet for random names of a zone
    Flood {
        /// The zone
        #[arg(default_value = "example.com")]
        zone: Name,
        /// The number of names
        #[arg(long, default_value_t = 1_000)]
        names: u32,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Roll { start, off, on } => roll(&start, off.as_deref(), on.as_deref()),
        Command::Flood { zone, names } => flood(&zone, names),
    };
    print::result(result)
}

/// Follows the root's keys with a resolver that is switched on on a day, and perhaps off for a while.
fn roll(start: &str, off: Option<&str>, on: Option<&str>) -> Result<String, Box<dyn Error>> {
    let time = |text: &str| day(text).ok_or(format!("{text} is no day such as 2017-07-01"));
    let (mut now, end) = (time(start)?, time(LAST_DAY)?);
    let off = off.map(time).transpose()?.unwrap_or(u32::MAX);
    let on = on.map(time).transpose()?.unwrap_or(u32::MAX);
    let keys = root_keys()?;
    let anchor = keys.first().and_then(|key| ds(&Name::ROOT, key, &Ring));
    let anchor = anchor.ok_or("the root's key of 2010 is not in the file")?;
    let mut point = TrustPoint::new(Name::ROOT, &[anchor]);
    let mut lines = vec![format!(
        "{}  the resolver starts, and trusts key 19036",
        date(now)
    )];
    let (mut last_look, mut looks) = (LastLook::Validated, 0);
    let begin = now;
    let is_later = |event: &&Period| day(event.first_day) > Some(begin);
    let mut events = HISTORY.iter().filter(is_later).peekable();
    while now < end {
        if (off..on).contains(&now) {
            lines.push(format!(
                "{}  the resolver is off until {}",
                date(now),
                date(on.min(end))
            ));
            now = on;
            continue;
        }
        while let Some(event) = events.next_if(|event| day(event.first_day) <= Some(now)) {
            lines.push(format!("{}  the root {}", event.first_day, event.event));
        }
        let (changes, result) = look(&mut point, &keys, now, &Ring);
        looks += 1;
        lines.extend(changes.iter().map(|change| line(change, now)));
        if result == LastLook::Failed && last_look == LastLook::Validated {
            let text = match point.anchors().is_empty() {
                true => "no key is trusted any more: nothing can be validated",
                false => "no trusted key has signed the root's keys: every answer is bogus",
            };
            lines.push(format!("{}    {text}", date(now)));
        }
        last_look = result;
        now += ROOT_TIMES.interval(last_look);
    }
    let trusted = point.anchors();
    let mut trusted: Vec<String> = trusted.iter().map(|ds| ds.key_tag.to_string()).collect();
    if trusted.is_empty() {
        trusted.push("none".to_string());
    }
    lines.push(format!(
        "{}  trusted after {looks} looks: {}",
        date(end),
        trusted.join(", ")
    ));
    Ok(lines.join("\n"))
}

fn line(change: &Change, now: u32) -> String {
    let tag = change.ds.key_tag;
    let text = match change.to {
        KeyState::Start => "has vanished before its time".to_string(),
        KeyState::AddPending { until } => format!("is new, and not trusted before {}", date(until)),
        KeyState::Valid => "is trusted".to_string(),
        KeyState::Missing => "is missing, and still trusted".to_string(),
        KeyState::Revoked { .. } => "is revoked, and not trusted any more".to_string(),
        KeyState::Removed => "is removed, and will never be trusted again".to_string(),
    };
    format!("{}    key {tag} {text}", date(now))
}

/// The lab, a validator, and the number of queries.
struct Client {
    lab: Lab,
    anchors: TrustAnchors,
    zones: Zones,
    queries: u32,
}

/// Asks for random names of a zone, from the cache of gaps where that is possible.
fn flood(zone: &Name, names: u32) -> Result<String, Box<dyn Error>> {
    let anchors = TrustAnchors::from_ds_records(signed::trust_anchor());
    let mut client = Client {
        lab: Lab::signed_internet(),
        anchors,
        zones: Zones::default(),
        queries: 0,
    };
    let mut cache = GapCache::new(10_000);
    let (mut lines, mut synthesized) = (Vec::new(), 0);
    for number in 1..=names {
        let name = zone.child(random_label(number).as_bytes())?;
        if cache
            .synthesize(&name, RecordType::A, Instant::now())
            .is_some()
        {
            synthesized += 1;
            continue;
        }
        let verdict = client.resolve(&question(&name, RecordType::A))?;
        if verdict.status != Status::Secure {
            return Err(format!("{name}: {}", verdict.status).into());
        }
        cache.store_authority(&verdict.response.authority, Instant::now());
        let gap = verdict.response.authority.iter().find_map(gap_of(&name));
        let gap = gap.unwrap_or("no NSEC record covers it".to_string());
        lines.push(format!("{number:>5}  {name}  {gap}"));
    }
    lines.push(format!(
        "{names} names: {} queries, {synthesized} answered without one",
        client.queries
    ));
    Ok(lines.join("\n"))
}

/// Returns a function that describes the NSEC record which covers a name.
fn gap_of(name: &Name) -> impl Fn(&Record) -> Option<String> + '_ {
    move |record| match &record.rdata {
        Rdata::Nsec(nsec) if record.owner < *name => {
            let covers = nsec.next > *name || nsec.next <= record.owner;
            covers.then(|| format!("{} to {}", record.owner, nsec.next))
        }
        _ => None,
    }
}

/// Makes a label from a number: the same in each run.
fn random_label(number: u32) -> String {
    let mixed = number.wrapping_mul(2_654_435_761).rotate_left(number % 32);
    let letter = |position: u32| {
        let value = (mixed >> (position * 5)) & 31;
        char::from_digit(10 + value % 26, 36).unwrap_or('x')
    };
    (0..6).map(letter).collect()
}

impl Client {
    /// Asks, and validates the response.
    fn resolve(&mut self, question: &Question) -> Result<Verdict, Box<dyn Error>> {
        let response = self.ask(question)?;
        let mut validation = Validation::new(question, response);
        loop {
            let step = validation.step(&self.context());
            for zone in validation.take_zones() {
                self.zones.store(zone, signed::NOW);
            }
            let (name, rtype) = match step {
                Step::Dnskey(zone) => (zone, RecordType::DNSKEY),
                Step::Ds(name) => (name, RecordType::DS),
                Step::Done(verdict) => return Ok(verdict),
            };
            let response = self.ask(&self::question(&name, rtype))?;
            validation.handle_response(&response, &self.context());
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            anchors: &self.anchors,
            known: &self.zones,
            proofs: &NsecAndNsec3,
            now: signed::NOW,
            crypto: &Ring,
        }
    }

    /// Asks a server that has the answer.
    fn ask(&mut self, question: &Question) -> Result<Response, Box<dyn Error>> {
        self.queries += 1;
        let reply = self.lab.authoritative_reply(question);
        let reply = reply.ok_or_else(|| format!("no server replies to {question}"))?;
        Ok(Response::from(&reply))
    }
}

fn question(qname: &Name, qtype: RecordType) -> Question {
    Question {
        qname: qname.clone(),
        qtype,
        qclass: Class::IN,
    }
}
