//! The messages of a failure as a sequence diagram: a column for each party, a line for each
//! message with its time, and the wrong step marked.
//!
//! ```text
//!              client     program     root      tovake
//!    0.000 s      |--------->|          |          |       1  id 7, www.tovake. A?
//!    0.001 s      |          |--------->|          |       2  id 9, the same question
//!    0.001 s      |          |<---------|          |       3  id 9, NOERROR, referral to tovake.
//!    5.002 s      |<- - - - -|          |          |       4  WRONG: no reply within 5.0 s
//! ```

use std::collections::BTreeSet;
use std::fmt::Write;

use dnsparse::{DnsPacket, Question};

use crate::label::{MAX_NAME, label};
use crate::outcome::{Failure, Message, Peer, Side};
use crate::text::{count_of, cut};

/// The distance of two columns.
const COLUMN: usize = 11;
/// The number of columns for name servers. Further ones share the last.
const MAX_SERVERS: usize = 4;
/// The number of messages that are drawn at the beginning, before the wrong one, and after it.
const KEPT: (usize, usize, usize) = (3, 8, 3);

/// The messages of a failure in the order of their times.
pub struct Timeline<'f> {
    messages: Vec<&'f Message>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Party {
    Program,
    /// Any end of the judge but a name server.
    Judge(Peer),
    /// A name server of these zones.
    Server(String),
    /// All name servers without a column of their own.
    Others,
}

impl<'f> Timeline<'f> {
    /// Sorts the messages of a failure.
    pub fn new(failure: &'f Failure) -> Timeline<'f> {
        let mut messages: Vec<&Message> = failure.messages.iter().chain(&failure.context).collect();
        messages.sort_by_key(|message| message.at);
        Timeline { messages }
    }

    /// Returns the messages with their numbers in the drawing.
    pub fn numbered(&self) -> impl Iterator<Item = (usize, &'f Message)> {
        (1..).zip(self.messages.iter().copied())
    }

    /// Returns the question of the first message.
    fn question(&self) -> Option<Question> {
        let octets = self.messages.first()?.octets.as_deref()?;
        DnsPacket::parse(octets).ok()?.question().cloned()
    }

    /// Returns the indices of the messages that are drawn: the first ones, and those around the
    /// wrong one.
    fn drawn(&self) -> BTreeSet<usize> {
        let (first, before, after) = KEPT;
        let count = self.messages.len();
        let wrong = self.messages.iter().position(|message| message.is_wrong);
        let wrong = wrong.unwrap_or(count.saturating_sub(1));
        let around = wrong.saturating_sub(before)..=wrong + after;
        (0..count)
            .filter(|index| {
                count <= first + before + after + 1 || *index < first || around.contains(index)
            })
            .collect()
    }

    /// Draws the messages; returns nothing if there are none.
    pub fn draw(&self) -> String {
        let Some(start) = self.messages.first().map(|message| message.at) else {
            return String::new();
        };
        let drawn = self.drawn();
        let parties = self.parties(&drawn);
        let mut text = legend(&parties, self);
        let titles = parties.iter().map(title);
        let titles: String = titles.map(|title| format!("{title:^COLUMN$}")).collect();
        let _infallible = writeln!(text, "\n{:11}{}", "", titles.trim_end());
        let mut last = None;
        for (index, message) in self.messages.iter().enumerate() {
            if !drawn.contains(&index) {
                continue;
            }
            left_out(&mut text, last.map_or(0, |last| last + 1), index);
            let seconds = (message.at - start).as_secs_f64();
            let arrow = arrow(message, &parties);
            let number = index + 1;
            let first = self.question().filter(|_| number > 1);
            let zones = match (party_of(message, &parties), &message.peer) {
                (Some(Party::Others), Peer::NameServer(zones)) => Some(zones.as_str()),
                _ => None,
            };
            let label = label(message, zones, first.as_ref());
            let _infallible = writeln!(text, "{seconds:>8.3} s {arrow} {number:>2}  {label}");
            last = Some(index);
        }
        left_out(
            &mut text,
            last.map_or(0, |last| last + 1),
            self.messages.len(),
        );
        text
    }

    /// Returns the columns: client or output, the program, the forger, and name servers in the
    /// order of their first message.
    fn parties(&self, drawn: &BTreeSet<usize>) -> Vec<Party> {
        let all = self.messages.iter().enumerate();
        let drawn = all.filter(|(index, _)| drawn.contains(index));
        let peers: Vec<&Peer> = drawn.map(|(_, message)| &message.peer).collect();
        let mut parties = Vec::new();
        for peer in [Peer::Client, Peer::Output] {
            if peers.contains(&&peer) {
                parties.push(Party::Judge(peer));
            }
        }
        parties.push(Party::Program);
        let mut servers: Vec<Party> = Vec::new();
        for peer in &peers {
            if let Peer::NameServer(zones) = peer {
                let server = Party::Server(zones.clone());
                if !servers.contains(&server) {
                    servers.push(server);
                }
            }
        }
        if servers.len() > MAX_SERVERS {
            servers.truncate(MAX_SERVERS - 1);
            servers.push(Party::Others);
        }
        parties.extend(servers);
        if peers.contains(&&Peer::Forger) {
            parties.push(Party::Judge(Peer::Forger));
        }
        parties
    }
}

/// Writes the number of messages that are left out between two indices, if any.
fn left_out(text: &mut String, from: usize, to: usize) {
    if to > from {
        let count = count_of(to - from, "message");
        let _infallible = writeln!(text, "       ...  {count} left out");
    }
}

/// Returns the title of a column.
fn title(party: &Party) -> String {
    let title = match party {
        Party::Program => "program",
        Party::Judge(Peer::Client) => "client",
        Party::Judge(Peer::Output) => "output",
        Party::Judge(_) => "forger",
        Party::Others => "others",
        Party::Server(zones) => match zones.split('.').next().unwrap_or_default() {
            "" if zones.is_empty() => "server",
            "" => "root",
            label => label,
        },
    };
    title.chars().take(COLUMN - 1).collect()
}

/// Explains the columns.
fn legend(parties: &[Party], timeline: &Timeline<'_>) -> String {
    let address = |party: &Party| {
        let mut messages = timeline.messages.iter();
        messages
            .find(|message| party_of(message, parties) == Some(party))
            .map(|it| it.server)
    };
    let mut text = String::new();
    for party in parties {
        let at = address(party).map_or(String::new(), |address| format!(" at {address}"));
        let meaning = match party {
            Party::Program => "the program under test".to_owned(),
            Party::Judge(Peer::Client) => "the judge as its client".to_owned(),
            Party::Judge(Peer::Output) => "its standard output".to_owned(),
            Party::Judge(_) => "the judge as an attacker".to_owned(),
            Party::Others => "other name servers".to_owned(),
            Party::Server(zones) if zones.is_empty() => format!("the judge's name server{at}"),
            Party::Server(zones) => {
                format!("name server of {}{at}", cut(zones, MAX_NAME))
            }
        };
        let _infallible = writeln!(text, "{:<10} {meaning}", title(party));
    }
    text
}

/// Returns the judge's end of a message; none if it has no column.
fn party_of<'p>(message: &Message, parties: &'p [Party]) -> Option<&'p Party> {
    let has_column = |party: &&Party| match (&message.peer, party) {
        (Peer::NameServer(zones), Party::Server(of)) => zones == of,
        (peer, Party::Judge(role)) => peer == role,
        _ => false,
    };
    let others = || {
        let is_server = matches!(message.peer, Peer::NameServer(_));
        parties
            .iter()
            .find(|party| is_server && **party == Party::Others)
    };
    parties.iter().find(has_column).or_else(others)
}

/// Draws the columns of one line, with an arrow from the sender to the receiver.
fn arrow(message: &Message, parties: &[Party]) -> String {
    let position = |party: Option<&Party>| {
        let index = parties.iter().position(|other| Some(other) == party);
        index.unwrap_or(0) * COLUMN + COLUMN / 2
    };
    let program = position(Some(&Party::Program));
    let judge = position(party_of(message, parties));
    let (left, right) = (program.min(judge), program.max(judge));
    let points_right = (message.from == Side::Program) == (program < judge);
    let is_absent = message.octets.is_none() && message.peer != Peer::Output;
    let letter = |column: usize| match column {
        _ if column == left + 1 && !points_right => '<',
        _ if column + 1 == right && points_right => '>',
        _ if column <= left || column >= right => match column % COLUMN == COLUMN / 2 {
            true => '|',
            false => ' ',
        },
        _ if is_absent && (column - left).is_multiple_of(2) => ' ',
        _ if message.is_wrong && !is_absent => '=',
        _ => '-',
    };
    (0..parties.len() * COLUMN).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dnsparse::RecordType;
    use network::Via;
    use std::time::{Duration, Instant};

    fn message(ms: u64, from: Side, peer: Peer, octets: Option<Vec<u8>>) -> Message {
        Message {
            at: START.with(|start| *start) + Duration::from_millis(ms),
            from,
            peer,
            server: "127.83.0.7:53".parse().unwrap(),
            via: Via::Udp,
            octets,
            note: String::new(),
            is_wrong: false,
        }
    }

    thread_local! {
        static START: Instant = Instant::now();
    }

    fn query(id: u16) -> DnsPacket {
        DnsPacket::query(id, "www.a.tld.".parse().unwrap(), RecordType::A)
    }

    fn reply(id: u16, address: &str) -> Vec<u8> {
        let mut reply = DnsPacket::reply_to(&query(id));
        let record = format!("www.a.tld. 60 A {address}");
        reply.answers.push(record.parse().unwrap());
        reply.write().unwrap()
    }

    #[test]
    fn a_forged_reply_is_drawn_from_its_own_column_and_the_wrong_step_is_marked() {
        let name_server = |zones: &str| Peer::NameServer(zones.to_owned());
        let octets = |id| Some(query(id).write().unwrap());
        let mut referral = DnsPacket::reply_to(&query(8));
        referral
            .authorities
            .push("tld. 60 NS ns.tld.".parse().unwrap());
        let referral = referral.write().ok();
        let mut forged = message(5, Side::Judge, Peer::Forger, Some(reply(10, "198.18.6.6")));
        forged.note = "forged: another id".to_owned();
        let answer = Some(reply(7, "198.18.6.6"));
        let mut wrong = message(6, Side::Program, Peer::Client, answer);
        wrong.is_wrong = true;
        let failure = Failure::new("", "", "", "")
            .with_messages([message(0, Side::Judge, Peer::Client, octets(7)), wrong]);
        let failure = failure.with_context([
            message(1, Side::Program, name_server("."), octets(8)),
            message(2, Side::Judge, name_server("."), referral),
            message(3, Side::Program, name_server("tld., a.tld."), octets(9)),
            forged,
            message(
                25,
                Side::Judge,
                name_server("tld., a.tld."),
                Some(reply(9, "198.18.0.1")),
            ),
        ]);
        let expected = "\
client     the judge as its client
program    the program under test
root       name server of . at 127.83.0.7:53
tld        name server of tld., a.tld. at 127.83.0.7:53
forger     the judge as an attacker

             client     program     root        tld      forger
   0.000 s      |--------->|          |          |          |       1  id 7, www.a.tld. A?
   0.001 s      |          |--------->|          |          |       2  id 8, the same question
   0.002 s      |          |<---------|          |          |       3  id 8, NOERROR, referral to tld.
   0.003 s      |          |-------------------->|          |       4  id 9, the same question
   0.005 s      |          |<-------------------------------|       5  id 10, NOERROR, A 198.18.6.6, forged: another id
   0.006 s      |<=========|          |          |          |       6  WRONG: id 7, NOERROR, A 198.18.6.6
   0.025 s      |          |<--------------------|          |       7  id 9, NOERROR, A 198.18.0.1
";
        let drawn = Timeline::new(&failure).draw();
        assert_eq!(drawn, expected, "\n{drawn}");
    }

    #[test]
    fn of_many_messages_those_around_the_wrong_one_are_drawn() {
        let octets = |id| Some(query(id).write().unwrap());
        let zone = |n: u64| Peer::NameServer(format!("z{}.tld.", n % 9));
        let queries = (0..1_000).map(|n| message(n, Side::Program, zone(n), octets(4)));
        let mut missing = message(990, Side::Program, zone(990), None);
        missing.note = "no query over TCP".to_owned();
        let failure = Failure::new("", "", "", "")
            .with_context(queries)
            .with_missing(missing);
        let drawn = Timeline::new(&failure).draw();
        let arrows: Vec<&str> = drawn.lines().filter(|line| line.contains(" s  ")).collect();
        assert_eq!(arrows.len(), 15, "\n{drawn}");
        let left_out: Vec<&str> = drawn
            .lines()
            .filter(|line| line.ends_with("left out"))
            .collect();
        assert_eq!(
            left_out,
            [
                "       ...  980 messages left out",
                "       ...  6 messages left out"
            ],
            "\n{drawn}"
        );
        let wrong: Vec<&&str> = arrows
            .iter()
            .filter(|line| line.contains("WRONG"))
            .collect();
        assert_eq!(
            wrong,
            [
                &"   0.990 s      |- - - - ->|          |          |          |      992  WRONG: no query over TCP"
            ],
            "\n{drawn}"
        );
        assert_eq!(
            drawn
                .lines()
                .filter(|line| line.starts_with("others"))
                .count(),
            1,
            "\n{drawn}"
        );
    }
}
