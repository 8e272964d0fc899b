//! The little client, and the points in which it can be wrong.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, Opcode, Rcode, Rdata, Record, RecordType};
use judge::subject::{Client, Said};

/// The one point in which a little client is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    // asks
    SendsNothing,
    StartsWithTcp,
    TrailingOctets,
    SetsQr,
    OtherOpcode,
    NoRd,
    SetsZ,
    TwoQuestions,
    OtherType,
    BringsRecord,
    SameId,
    CountsIds,
    SmallIds,
    // reads
    DropsType(RecordType),
    FirstRecordOnly,
    FollowsOnePointer,
    // shows
    NoTtl,
    HidesRcode(Rcode),
    EmptyIsNxdomain,
    FailsAtFailure,
    FailsAtNothing,
    Raw,
    HidesOddText,
    // survives
    AsksOnce,
    AnyId,
    AnyQuestion,
    AnyQr,
    StopsAtNoise,
    StopsAtRunt,
    IgnoresTc,
    ReadsOnce,
    PanicsAtLoop,
    SilenceIsFine,
    NeverEnds,
}

/// A client that is right but for one point.
pub(crate) struct Little(pub(crate) Option<Slip>);

static NEXT_ID: AtomicU16 = AtomicU16::new(4_711);

const TRIES: u32 = 3;
const WAIT: Duration = Duration::from_millis(400);

impl Client for Little {
    fn ask(
        &self,
        server: SocketAddr,
        name: &str,
        rtype: &str,
        patience: Duration,
    ) -> io::Result<Said> {
        let query = self.query(&name.parse().unwrap(), rtype.parse().unwrap());
        let start = Instant::now();
        let reply = self.exchange(server, &query, start + patience);
        let had_to_be_ended = start.elapsed() >= patience;
        let (status, stdout, stderr) = match reply {
            Outcome::Panic => (
                101,
                String::new(),
                "thread 'main' panicked at src/main.rs:1:1:".to_owned(),
            ),
            Outcome::Reply(reply) => {
                let (status, text) = self.show(&reply);
                (status, text, String::new())
            }
            Outcome::Nothing if self.is(Slip::SilenceIsFine) => (0, String::new(), String::new()),
            Outcome::Nothing | Outcome::GivesUp => (9, String::new(), "no reply".to_owned()),
        };
        Ok(Said {
            status: (!had_to_be_ended).then_some(status),
            had_to_be_ended,
            stdout: stdout.into_bytes(),
            stderr: stderr.into_bytes(),
        })
    }
}

enum Outcome {
    Reply(DnsPacket),
    Nothing,
    GivesUp,
    Panic,
}

impl Little {
    fn is(&self, slip: Slip) -> bool {
        self.0 == Some(slip)
    }

    fn query(&self, name: &Name, rtype: RecordType) -> DnsPacket {
        let id = match self.0 {
            Some(Slip::SameId) => 1_234,
            Some(Slip::CountsIds) => NEXT_ID.fetch_add(1, Ordering::Relaxed),
            Some(Slip::SmallIds) => u16::from(rand::random::<u8>()),
            _ => rand::random(),
        };
        let rtype = if self.is(Slip::OtherType) {
            RecordType::A
        } else {
            rtype
        };
        let mut query = DnsPacket::query(id, name.clone(), rtype);
        query.header.rd = !self.is(Slip::NoRd);
        query.header.qr = self.is(Slip::SetsQr);
        query.header.z = self.is(Slip::SetsZ);
        if self.is(Slip::OtherOpcode) {
            query.header.opcode = Opcode::STATUS;
        }
        if self.is(Slip::TwoQuestions) {
            query.questions.extend(query.questions.clone());
        }
        if self.is(Slip::BringsRecord) {
            query
                .additionals
                .push(Record::new(name.clone(), 0, Rdata::A([0; 4].into())));
        }
        query
    }

    fn exchange(&self, server: SocketAddr, query: &DnsPacket, deadline: Instant) -> Outcome {
        let mut octets = query.write().unwrap();
        if self.is(Slip::TrailingOctets) {
            octets.extend([0, 0]);
        }
        if self.is(Slip::SendsNothing) {
            return Outcome::Nothing;
        }
        if self.is(Slip::StartsWithTcp) {
            return self
                .by_tcp(server, &octets)
                .map_or(Outcome::Nothing, Outcome::Reply);
        }
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(server).unwrap();
        let tries = match self.0 {
            Some(Slip::AsksOnce) => 1,
            Some(Slip::NeverEnds) => u32::MAX,
            _ => TRIES,
        };
        for _ in 0..tries {
            if Instant::now() >= deadline {
                break;
            }
            socket.send(&octets).unwrap();
            let until = Instant::now() + WAIT;
            match self.wait(&socket, query, until) {
                Outcome::Nothing => {}
                Outcome::Reply(reply) if reply.header.tc && !self.is(Slip::IgnoresTc) => {
                    return self
                        .by_tcp(server, &octets)
                        .map_or(Outcome::Nothing, Outcome::Reply);
                }
                outcome => return outcome,
            }
        }
        Outcome::Nothing
    }

    /// The first message before a moment that is the reply.
    fn wait(&self, socket: &UdpSocket, query: &DnsPacket, until: Instant) -> Outcome {
        let mut room = [0; 4_096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Outcome::Nothing;
            }
            socket.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = socket.recv(&mut room) else {
                return Outcome::Nothing;
            };
            let message = &room[..length];
            match DnsPacket::parse(message) {
                Ok(reply) if self.is_reply(query, &reply) => {
                    return Outcome::Reply(self.read(message, reply));
                }
                Ok(_) => {}
                Err(_) if self.is(Slip::StopsAtRunt) && length < 12 => return Outcome::GivesUp,
                Err(_) if self.is(Slip::StopsAtNoise) && length == 40 => return Outcome::GivesUp,
                Err(_)
                    if self.is(Slip::PanicsAtLoop)
                        && length > 12
                        && message[..2] == query.header.id.to_be_bytes() =>
                {
                    return Outcome::Panic;
                }
                Err(_) => {}
            }
        }
    }

    fn is_reply(&self, query: &DnsPacket, reply: &DnsPacket) -> bool {
        (reply.header.id == query.header.id || self.is(Slip::AnyId))
            && (reply.questions == query.questions || self.is(Slip::AnyQuestion))
            && (reply.header.qr || self.is(Slip::AnyQr))
    }

    /// Takes a reply apart.
    fn read(&self, message: &[u8], mut reply: DnsPacket) -> DnsPacket {
        if let Some(Slip::DropsType(rtype)) = self.0 {
            reply.answers.retain(|record| record.rtype() != rtype);
        }
        if self.is(Slip::FirstRecordOnly) {
            reply.answers.truncate(1);
        }
        // An owner that is a pointer, and where it points, another one.
        let chained = message.windows(2).any(|pair| {
            let to = usize::from(u16::from_be_bytes([pair[0], pair[1]]) & 0x3fff);
            pair[0] == 0xc0 && to > 12 && message.get(to) == Some(&0xc0)
        });
        if self.is(Slip::FollowsOnePointer) && chained {
            reply.answers.truncate(1);
        }
        reply
    }

    fn by_tcp(&self, server: SocketAddr, octets: &[u8]) -> Option<DnsPacket> {
        let mut stream = TcpStream::connect(server).ok()?;
        stream
            .write_all(&(octets.len() as u16).to_be_bytes())
            .ok()?;
        stream.write_all(octets).ok()?;
        if self.is(Slip::ReadsOnce) {
            let mut room = [0; 4_096];
            let length = stream.read(&mut room).ok()?;
            return DnsPacket::parse(room.get(2..length)?).ok();
        }
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).ok()?;
        DnsPacket::parse(&message).ok()
    }

    /// Exit status and text.
    fn show(&self, reply: &DnsPacket) -> (i32, String) {
        let rcode = reply.header.rcode;
        let mut text = if self.is(Slip::HidesRcode(rcode)) {
            String::new()
        } else {
            format!("status: {rcode}\n")
        };
        if reply.answers.is_empty() && self.is(Slip::EmptyIsNxdomain) {
            text.push_str("NXDOMAIN\n");
        }
        for record in &reply.answers {
            let line = match &record.rdata {
                Rdata::Txt(txt) if self.is(Slip::Raw) => {
                    let raw: Vec<u8> = txt.strings().flatten().copied().collect();
                    format!("{} TXT {}", record.owner, String::from_utf8_lossy(&raw))
                }
                Rdata::Txt(_)
                    if self.is(Slip::HidesOddText) && record.to_string().contains('\\') =>
                {
                    String::new()
                }
                rdata if self.is(Slip::NoTtl) => {
                    format!("{} {} {rdata}", record.owner, record.rtype())
                }
                _ => record.to_string(),
            };
            text.push_str(&line);
            text.push('\n');
        }
        let failed = rcode.0 != 0 && self.is(Slip::FailsAtFailure)
            || rcode.0 == 0 && reply.answers.is_empty() && self.is(Slip::FailsAtNothing);
        (i32::from(failed), text)
    }
}
