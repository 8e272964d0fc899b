//! The minimal client, and its faults.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Name, Opcode, Rcode, Rdata, Record, RecordType};
use judge::subject::{ClientUnderTest, ProgramOutput};

/// The one rule that a minimal client violates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClientFault {
    // asks
    SendsNothing,
    OpensTcpOnly,
    StartsWithTcp,
    TrailingOctets,
    SetsQr,
    OtherOpcode,
    NoRd,
    SetsZ,
    TwoQuestions,
    OtherType,
    AddsRecord,
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
    PrintsRaw,
    HidesControlText,
    // survives
    SendsOnce,
    AnyId,
    AnyQuestion,
    AnyQr,
    StopsAtNoise,
    StopsAtShortMessage,
    IgnoresTc,
    ReadsOnce,
    OneOctetOverTcp,
    ClosesTcp,
    PanicsAtLoop,
    CrashesAtLoop,
    TimeoutIsSuccess,
    NeverEnds,
}

/// A client that keeps all rules but one, or all.
pub(crate) struct MinimalClient(pub(crate) Option<ClientFault>);

static NEXT_ID: AtomicU16 = AtomicU16::new(4_711);

const ATTEMPTS: u32 = 3;
const TIMEOUT: Duration = Duration::from_millis(400);

impl ClientUnderTest for MinimalClient {
    fn run(
        &self,
        server: SocketAddr,
        name: &str,
        rtype: &str,
        timeout: Duration,
    ) -> io::Result<ProgramOutput> {
        let query = self.query(&name.parse().unwrap(), rtype.parse().unwrap());
        let start = Instant::now();
        let reply = self.exchange(server, &query, start + timeout);
        let was_killed = start.elapsed() >= timeout;
        let has_crashed = matches!(reply, Outcome::Crash);
        let (status, stdout, stderr) = match reply {
            Outcome::Crash => (0, String::new(), String::new()),
            Outcome::Panic => (
                101,
                String::new(),
                "thread 'main' panicked at src/main.rs:1:1:".to_owned(),
            ),
            Outcome::Reply(reply) => {
                let (status, text) = self.show(&reply);
                (status, text, String::new())
            }
            Outcome::Timeout if self.has(ClientFault::TimeoutIsSuccess) => {
                (0, String::new(), String::new())
            }
            Outcome::Timeout | Outcome::GivesUp => (9, String::new(), "no reply".to_owned()),
        };
        Ok(ProgramOutput {
            status: (!was_killed && !has_crashed).then_some(status),
            signal: has_crashed.then_some(11),
            was_killed,
            stdout: stdout.into_bytes(),
            stderr: stderr.into_bytes(),
        })
    }
}

enum Outcome {
    Reply(DnsPacket),
    Timeout,
    GivesUp,
    Panic,
    Crash,
}

impl MinimalClient {
    fn has(&self, client_fault: ClientFault) -> bool {
        self.0 == Some(client_fault)
    }

    fn query(&self, name: &Name, rtype: RecordType) -> DnsPacket {
        let id = match self.0 {
            Some(ClientFault::SameId) => 1_234,
            Some(ClientFault::CountsIds) => NEXT_ID.fetch_add(1, Ordering::Relaxed),
            Some(ClientFault::SmallIds) => u16::from(rand::random::<u8>()),
            _ => rand::random(),
        };
        let rtype = if self.has(ClientFault::OtherType) {
            RecordType::A
        } else {
            rtype
        };
        let mut query = DnsPacket::query(id, name.clone(), rtype);
        query.header.rd = !self.has(ClientFault::NoRd);
        query.header.qr = self.has(ClientFault::SetsQr);
        query.header.z = self.has(ClientFault::SetsZ);
        if self.has(ClientFault::OtherOpcode) {
            query.header.opcode = Opcode::STATUS;
        }
        if self.has(ClientFault::TwoQuestions) {
            query.questions.extend(query.questions.clone());
        }
        if self.has(ClientFault::AddsRecord) {
            query
                .additionals
                .push(Record::new(name.clone(), 0, Rdata::A([0; 4].into())));
        }
        query
    }

    fn exchange(&self, server: SocketAddr, query: &DnsPacket, deadline: Instant) -> Outcome {
        let mut octets = query.write().unwrap();
        if self.has(ClientFault::TrailingOctets) {
            octets.extend([0, 0]);
        }
        if self.has(ClientFault::SendsNothing) {
            return Outcome::Timeout;
        }
        if self.has(ClientFault::OpensTcpOnly) {
            let _open = TcpStream::connect(server).unwrap();
            std::thread::sleep(TIMEOUT);
            return Outcome::Timeout;
        }
        if self.has(ClientFault::StartsWithTcp) {
            return self
                .over_tcp(server, &octets)
                .map_or(Outcome::Timeout, Outcome::Reply);
        }
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(server).unwrap();
        let attempts = match self.0 {
            Some(ClientFault::SendsOnce) => 1,
            Some(ClientFault::NeverEnds) => u32::MAX,
            _ => ATTEMPTS,
        };
        for _ in 0..attempts {
            if Instant::now() >= deadline {
                break;
            }
            socket.send(&octets).unwrap();
            let until = Instant::now() + TIMEOUT;
            match self.receive_reply(&socket, query, until) {
                Outcome::Timeout => {}
                Outcome::Reply(reply) if reply.header.tc && !self.has(ClientFault::IgnoresTc) => {
                    return self
                        .over_tcp(server, &octets)
                        .map_or(Outcome::Timeout, Outcome::Reply);
                }
                outcome => return outcome,
            }
        }
        Outcome::Timeout
    }

    /// Returns the first message before the deadline that is the reply.
    fn receive_reply(&self, socket: &UdpSocket, query: &DnsPacket, until: Instant) -> Outcome {
        let mut buffer = [0; 4_096];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Outcome::Timeout;
            }
            socket.set_read_timeout(Some(left)).unwrap();
            let Ok(length) = socket.recv(&mut buffer) else {
                return Outcome::Timeout;
            };
            let message = &buffer[..length];
            match DnsPacket::parse(message) {
                Ok(reply) if self.is_reply(query, &reply) => {
                    return Outcome::Reply(self.parse_records(message, reply));
                }
                Ok(_) => {}
                Err(_) if self.has(ClientFault::StopsAtShortMessage) && length < 12 => {
                    return Outcome::GivesUp;
                }
                Err(_) if self.has(ClientFault::StopsAtNoise) && length == 40 => {
                    return Outcome::GivesUp;
                }
                Err(_) if length > 12 && message[..2] == query.header.id.to_be_bytes() => {
                    if self.has(ClientFault::PanicsAtLoop) {
                        return Outcome::Panic;
                    }
                    if self.has(ClientFault::CrashesAtLoop) {
                        return Outcome::Crash;
                    }
                }
                Err(_) => {}
            }
        }
    }

    fn is_reply(&self, query: &DnsPacket, reply: &DnsPacket) -> bool {
        (reply.header.id == query.header.id || self.has(ClientFault::AnyId))
            && (reply.questions == query.questions || self.has(ClientFault::AnyQuestion))
            && (reply.header.qr || self.has(ClientFault::AnyQr))
    }

    /// Parses the records of a reply.
    fn parse_records(&self, message: &[u8], mut reply: DnsPacket) -> DnsPacket {
        if let Some(ClientFault::DropsType(rtype)) = self.0 {
            reply.answers.retain(|record| record.rtype() != rtype);
        }
        if self.has(ClientFault::FirstRecordOnly) {
            reply.answers.truncate(1);
        }
        // An owner that is a pointer to another pointer.
        let has_chain = message.windows(2).any(|pair| {
            let to = usize::from(u16::from_be_bytes([pair[0], pair[1]]) & 0x3fff);
            pair[0] == 0xc0 && to > 12 && message.get(to) == Some(&0xc0)
        });
        if self.has(ClientFault::FollowsOnePointer) && has_chain {
            reply.answers.truncate(1);
        }
        reply
    }

    fn over_tcp(&self, server: SocketAddr, octets: &[u8]) -> Option<DnsPacket> {
        let mut stream = TcpStream::connect(server).ok()?;
        if self.has(ClientFault::OneOctetOverTcp) {
            stream.write_all(&[0]).ok()?;
            std::thread::sleep(TIMEOUT);
            return None;
        }
        stream
            .write_all(&(octets.len() as u16).to_be_bytes())
            .ok()?;
        stream.write_all(octets).ok()?;
        if self.has(ClientFault::ClosesTcp) {
            std::thread::sleep(TIMEOUT);
            return None;
        }
        if self.has(ClientFault::ReadsOnce) {
            let mut buffer = [0; 4_096];
            let length = stream.read(&mut buffer).ok()?;
            return DnsPacket::parse(buffer.get(2..length)?).ok();
        }
        let mut length = [0; 2];
        stream.read_exact(&mut length).ok()?;
        let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut message).ok()?;
        DnsPacket::parse(&message).ok()
    }

    /// Returns exit status and output.
    fn show(&self, reply: &DnsPacket) -> (i32, String) {
        let rcode = reply.header.rcode;
        let mut text = if self.has(ClientFault::HidesRcode(rcode)) {
            String::new()
        } else {
            format!("status: {rcode}\n")
        };
        if reply.answers.is_empty() && self.has(ClientFault::EmptyIsNxdomain) {
            text.push_str("NXDOMAIN\n");
        }
        for record in &reply.answers {
            let line = match &record.rdata {
                Rdata::Txt(txt) if self.has(ClientFault::PrintsRaw) => {
                    let raw: Vec<u8> = txt.strings().flatten().copied().collect();
                    format!("{} TXT {}", record.owner, String::from_utf8_lossy(&raw))
                }
                Rdata::Txt(_)
                    if self.has(ClientFault::HidesControlText)
                        && record.to_string().contains('\\') =>
                {
                    String::new()
                }
                rdata if self.has(ClientFault::NoTtl) => {
                    format!("{} {} {rdata}", record.owner, record.rtype())
                }
                _ => record.to_string(),
            };
            text.push_str(&line);
            text.push('\n');
        }
        let is_failure = rcode.0 != 0 && self.has(ClientFault::FailsAtFailure)
            || rcode.0 == 0 && reply.answers.is_empty() && self.has(ClientFault::FailsAtNothing);
        (i32::from(is_failure), text)
    }
}
