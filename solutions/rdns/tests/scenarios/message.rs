//! [`Entry`]: a message of a scenario, with what it matches and how it is adjusted.

use std::time::Duration;

use dnsparse::parse::rdata_octets;
use dnsparse::zone::Records;
use dnsparse::{
    Class, DnsPacket, Edns, EdnsOption, Name, Opcode, Question, Rcode, Record, RecordType,
};
use network::Via;

use crate::format::words;

/// A message between ENTRY_BEGIN and ENTRY_END.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    /// The words of MATCH.
    matches: Vec<String>,
    /// The words of ADJUST.
    adjusts: Vec<String>,
    pub(crate) packet: DnsPacket,
    /// The message in octets, where a scenario gives it in hexadecimal.
    pub(crate) octets: Option<Vec<u8>>,
}

/// The types of DNSSEC, in text.
const DNSSEC: [&str; 6] = ["RRSIG", "DNSKEY", "DS", "NSEC", "NSEC3", "DLV"];

/// The section that a line of an entry belongs to.
#[derive(Clone, Copy)]
enum Place {
    Head,
    Question,
    Answer,
    Authority,
    Additional,
    Hex,
    Ignored,
}

impl Entry {
    /// Parses the lines of an entry.
    ///
    /// # Errors
    /// A sentence about the first line that cannot be read.
    pub(crate) fn parse(lines: Vec<&str>) -> Result<Entry, String> {
        let mut entry = Entry::default();
        let mut texts = [String::new(), String::new(), String::new()];
        let mut hex = String::new();
        let mut place = Place::Head;
        for line in lines {
            let mut words = words(line);
            match words.next().unwrap_or_default() {
                "MATCH" => entry.matches.extend(words.map(str::to_owned)),
                "ADJUST" => entry.adjusts.extend(words.map(str::to_owned)),
                "REPLY" | "FLAGS" => words.try_for_each(|word| entry.flag(word))?,
                "SECTION" => place = section(words.next().unwrap_or_default())?,
                "HEX_ANSWER_BEGIN" | "RAW" => place = Place::Hex,
                "HEX_EDNSDATA_BEGIN" => place = Place::Ignored,
                "HEX_ANSWER_END" | "HEX_EDNSDATA_END" => place = Place::Head,
                "MANDATORY" | "TSIG" => {}
                // The next packet of a transfer: no query here is for one.
                "EXTRA_PACKET" => break,
                _ => match place {
                    Place::Head | Place::Ignored => {}
                    Place::Question => entry.packet.questions.push(question(line)?),
                    Place::Answer => texts[0] += &format!("{line}\n"),
                    Place::Authority => texts[1] += &format!("{line}\n"),
                    Place::Additional => texts[2] += &format!("{line}\n"),
                    Place::Hex => hex += line.split(';').next().unwrap_or_default(),
                },
            }
        }
        let [answers, authorities, additionals] = texts.map(|text| records(&text));
        entry.packet.answers = answers?;
        entry.packet.authorities = authorities?;
        entry.packet.additionals = additionals?;
        hex.retain(|digit| !digit.is_whitespace());
        if !hex.is_empty() {
            entry.octets = Some(hex::decode(&hex).map_err(|error| error.to_string())?);
        }
        Ok(entry)
    }

    /// Sets the flag, opcode or RCODE that a word of REPLY names.
    fn flag(&mut self, word: &str) -> Result<(), String> {
        let header = &mut self.packet.header;
        match word {
            "QR" => header.qr = true,
            "AA" => header.aa = true,
            "TC" => header.tc = true,
            "RD" => header.rd = true,
            "RA" => header.ra = true,
            "AD" => header.ad = true,
            "CD" => header.cd = true,
            "DO" => {
                self.packet.edns = Some(Edns {
                    do_bit: true,
                    udp_size: 1_232,
                    ..Edns::default()
                });
            }
            "QUERY" => header.opcode = Opcode::QUERY,
            "NOTIFY" => header.opcode = Opcode(4),
            "UPDATE" => header.opcode = Opcode(5),
            "NOTIMPL" => header.rcode = Rcode::NOTIMP,
            word => header.rcode = word.parse().map_err(|_| format!("'{word}' is no flag"))?,
        }
        Ok(())
    }

    pub(crate) fn question(&self) -> Option<&Question> {
        self.packet.questions.first()
    }

    /// Returns whether a query is one that this entry is for.
    pub(crate) fn is_for(&self, query: &DnsPacket, via: Via) -> bool {
        let (ours, theirs) = (self.question(), query.question());
        let both = |same: fn(&Question, &Question) -> bool| {
            ours.zip(theirs)
                .is_some_and(|(ours, theirs)| same(ours, theirs))
        };
        self.matches.iter().all(|word| match word.as_str() {
            "opcode" => self.packet.header.opcode == query.header.opcode,
            "qtype" => both(|ours, theirs| ours.qtype == theirs.qtype),
            "qname" | "qcase" => both(|ours, theirs| ours.qname == theirs.qname),
            "question" => both(|ours, theirs| ours == theirs),
            "subdomain" => both(|ours, theirs| theirs.qname.is_at_or_below(&ours.qname)),
            "UDP" => via == Via::Udp,
            "TCP" => via == Via::Tcp,
            "DO" => query.edns.as_ref().is_some_and(|edns| edns.do_bit),
            "noedns" => query.edns.is_none(),
            _ => true,
        })
    }

    /// Returns whether the query is to be left without a reply.
    pub(crate) fn is_silent(&self) -> bool {
        self.has_adjust("do_not_answer")
    }

    fn has_adjust(&self, word: &str) -> bool {
        self.adjusts.iter().any(|adjust| adjust == word)
    }

    /// Returns whether a step that checks a query also replies to it.
    pub(crate) fn is_reply(&self) -> bool {
        self.has_adjust("copy_id")
    }

    /// Makes the reply to a query, in octets.
    pub(crate) fn reply_to(&self, query: &DnsPacket) -> Vec<u8> {
        let has = |word: &str| self.has_adjust(word);
        if let Some(octets) = &self.octets {
            let mut octets = octets.clone();
            if (has("copy_id") || has("raw_id"))
                && let Some(id) = octets.first_chunk_mut::<2>()
            {
                *id = query.header.id.to_be_bytes();
            }
            return octets;
        }
        let mut reply = self.packet.clone();
        // Neither program lets a reply fail by its ID: unbound's test network does not compare it.
        reply.header.id = query.header.id;
        if has("copy_query") {
            reply.questions.clone_from(&query.questions);
        }
        reply.write().unwrap_or_default()
    }

    /// Returns the referral of this entry, if its packet is one: the owner of the NS records.
    pub(crate) fn referral(&self) -> Option<&Name> {
        let is_referral = !self.packet.header.aa && self.packet.answers.is_empty();
        let mut authorities = self.packet.authorities.iter().filter(|_| is_referral);
        let ns = authorities.find(|record| record.rtype() == RecordType::NS)?;
        Some(&ns.owner)
    }

    /// Returns how long the reply takes.
    pub(crate) fn delay(&self) -> Duration {
        let sleep = self.adjusts.iter().find_map(|adjust| {
            let seconds = adjust
                .strip_prefix("sleep=")
                .or(adjust.strip_prefix("packet_sleep="))?;
            seconds.parse().ok()
        });
        Duration::from_secs(sleep.unwrap_or(0)) + Duration::from_millis(1)
    }

    /// Compares an answer with this one, as far as MATCH says; AD, if `has_ad`. Returns the first
    /// difference.
    pub(crate) fn difference(&self, got: &DnsPacket, has_ad: bool) -> Option<String> {
        let has = |word: &str| self.matches.iter().any(|it| it == word || it == "all");
        let want = &self.packet;
        if has("rcode") && got.rcode() != want.header.rcode {
            return Some(format!(
                "RCODE {} instead of {}{}",
                got.rcode(),
                want.header.rcode,
                extended_error(got)
            ));
        }
        if has("flags") && (!got.header.qr || want.header.ra && !got.header.ra) {
            return Some("QR or RA is not set".to_owned());
        }
        if has_ad && has("flags") && got.header.ad != want.header.ad {
            let [ours, theirs] = [want, got].map(|it| if it.header.ad { "set" } else { "clear" });
            return Some(format!("AD is {theirs} instead of {ours}"));
        }
        if (has("question") || has("qname")) && got.question() != self.question() {
            return Some("another question".to_owned());
        }
        let texts = |records: &[Record]| {
            let mut texts: Vec<_> = records.iter().map(comparable).collect();
            texts.sort();
            texts.dedup();
            texts
        };
        let (ours, theirs) = (texts(&want.answers), texts(&got.answers));
        (has("answer") && ours != theirs).then(|| {
            format!(
                "answers [{}] instead of [{}]",
                theirs.join("; "),
                ours.join("; ")
            )
        })
    }
}

/// Shows the reason that a reply gives for its RCODE, in parentheses.
fn extended_error(reply: &DnsPacket) -> String {
    let options = reply.edns.iter().flat_map(|edns| &edns.options);
    let mut errors = options.filter_map(|option| match option {
        EdnsOption::ExtendedError(error) => Some(format!(" ({})", error.extra_text)),
        _ => None,
    });
    errors.next().unwrap_or_default()
}

/// A record without its TTL and without case.
fn comparable(record: &Record) -> String {
    let text = format!("{} {} {}", record.owner, record.rtype(), record.rdata);
    match record.rtype() {
        RecordType::TXT => text,
        _ => text.to_ascii_lowercase(),
    }
}

fn section(name: &str) -> Result<Place, String> {
    Ok(match name {
        "QUESTION" => Place::Question,
        "ANSWER" => Place::Answer,
        "AUTHORITY" => Place::Authority,
        "ADDITIONAL" => Place::Additional,
        _ => return Err(format!("'{name}' is no section")),
    })
}

fn question(line: &str) -> Result<Question, String> {
    let words: Vec<&str> = line
        .split(';')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let [qname, class_and_type @ ..] = words.as_slice() else {
        return Err("an empty question".to_owned());
    };
    let class_and_type = match class_and_type {
        [ttl, rest @ ..] if ttl.parse::<u32>().is_ok() => rest,
        all => all,
    };
    let [qclass, qtype] = match class_and_type {
        [qtype] => ["IN", qtype],
        [qclass, qtype] => [*qclass, *qtype],
        _ => return Err(format!("'{line}' is no question")),
    };
    let bad = |_| format!("'{line}' is no question");
    Ok(Question {
        qname: Name::from_text(qname, &Name::ROOT).map_err(|error| error.to_string())?,
        qtype: qtype.parse().map_err(bad)?,
        qclass: qclass.parse().map_err(bad)?,
    })
}

/// Parses the records of a section, in their order.
fn records(text: &str) -> Result<Vec<Record>, String> {
    let first = "$TTL 3600\n";
    let error = match Records::new(&format!("{first}{text}"), &Name::ROOT).collect() {
        Ok(records) => return Ok(records),
        Err(error) => error,
    };
    // Line 1 is that of the default TTL.
    let mut lines: Vec<&str> = text.lines().collect();
    let index = error.line.saturating_sub(2);
    let line = lines.get(index).copied().unwrap_or_default();
    let malformed = malformed_record(line);
    // A DNSSEC record that cannot be read is left out: no scenario that is played here needs it.
    let is_dnssec = line.split_whitespace().any(|word| DNSSEC.contains(&word));
    if malformed.is_none() && !is_dnssec {
        return Err(error.to_string());
    }
    let after = lines.split_off(index).split_off(1);
    let mut all = records(&lines.join("\n"))?;
    all.extend(malformed);
    all.extend(records(&after.join("\n"))?);
    Ok(all)
}

/// Parses a record with RDATA in octets that its type does not allow, as a server may send it.
fn malformed_record(line: &str) -> Option<Record> {
    let (head, octets) = line.split_once("\\#")?;
    let head: Vec<&str> = head.split_whitespace().collect();
    let (owner, rtype) = (head.first()?, head.last()?.parse().ok()?);
    let ttl = head.iter().find_map(|word| word.parse().ok());
    // The first word is the number of octets.
    let hex: String = words(octets).skip(1).collect();
    let rdata = rdata_octets(rtype, Class::IN, &hex::decode(hex).ok()?);
    let owner = Name::from_text(owner, &Name::ROOT).ok()?;
    Some(Record::new(owner, ttl.unwrap_or(3_600), rdata))
}

#[test]
fn malformed_rdata_is_sent_as_it_is_written() {
    let text = "a.test. IN A \\# 3 030405\nb.test. 60 IN A 192.0.2.1\nb.test. IN RRSIG A nonsense";
    let records = records(text).unwrap();
    let rdata: Vec<String> = records.iter().map(|it| it.rdata.to_string()).collect();
    let [malformed, good] = rdata.as_slice() else {
        panic!("the signature is left out: {rdata:?}")
    };
    assert!(
        malformed.starts_with("\\# 3 030405 ; malformed"),
        "{malformed}"
    );
    assert_eq!(good, "192.0.2.1");
    assert!(crate::message::records("a.test. IN A nonsense").is_err());
}
