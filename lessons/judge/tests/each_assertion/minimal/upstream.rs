//! The upstream queries of the minimal server: the match of replies, TCP, and its faults.

use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, Name, Rcode, RecordType};

use super::resolver::Resolver;
use super::server::ServerFault;

impl Resolver {
    fn id(&self) -> u16 {
        match self.has(ServerFault::CountsIds) {
            true => self.ids.fetch_add(1, Ordering::Relaxed),
            false => rand::random(),
        }
    }

    pub(super) fn query(
        &self,
        server: IpAddr,
        name: &Name,
        qtype: RecordType,
    ) -> Option<DnsPacket> {
        let server = SocketAddr::new(server, self.port);
        let mut query = DnsPacket::query(self.id(), name.clone(), qtype);
        query.header.rd = self.has(ServerFault::SetsRdUpstream);
        query.edns = Some(Edns {
            udp_size: 1_232,
            do_bit: self.validator.is_some(),
            ..Edns::default()
        });
        let mut reply = self.over_udp(server, &query)?;
        if reply.header.rcode == Rcode::FORMERR && !self.has(ServerFault::InsistsOnEdns) {
            query.edns = None;
            reply = self.over_udp(server, &query)?;
        }
        if reply.header.tc && !self.has(ServerFault::NoTcpUpstream) {
            reply = over_tcp(server, &query)?;
            reply.header.tc = self.has(ServerFault::DiscardsTcpReplies);
        }
        (!reply.header.tc).then_some(reply)
    }

    fn over_udp(&self, server: SocketAddr, query: &DnsPacket) -> Option<DnsPacket> {
        if self.has(ServerFault::FixedPort) {
            let mut socket = self.socket.lock().unwrap();
            let socket = socket.get_or_insert_with(|| UdpSocket::bind("127.0.0.1:0").unwrap());
            return self.exchange(socket, server, query);
        }
        self.exchange(&UdpSocket::bind("127.0.0.1:0").ok()?, server, query)
    }

    /// Sends a query, and waits for the reply.
    fn exchange(
        &self,
        socket: &UdpSocket,
        server: SocketAddr,
        query: &DnsPacket,
    ) -> Option<DnsPacket> {
        let timeout = if self.has(ServerFault::WaitsAMinute) {
            // A closed port is reported to a connected socket: this fault is about silence.
            socket.connect(server).ok()?;
            Duration::from_secs(60)
        } else {
            Duration::from_millis(250)
        };
        let end = Instant::now() + timeout;
        let octets = query.write().ok()?;
        match self.has(ServerFault::WaitsAMinute) {
            true => socket.send(&octets).ok()?,
            false => socket.send_to(&octets, server).ok()?,
        };
        let mut buffer = [0; 4_096];
        loop {
            let left = end.checked_duration_since(Instant::now())?;
            socket.set_read_timeout(Some(left)).ok()?;
            let (length, source) = socket.recv_from(&mut buffer).ok()?;
            let Ok(reply) = DnsPacket::parse(&buffer[..length]) else {
                continue;
            };
            if self.matches(query, server, &reply, source) {
                return Some(reply);
            }
            if self.has(ServerFault::CachesMismatches) {
                let records = reply.answers.into_iter();
                let others = records.filter(|record| query.questions[0].qname != record.owner);
                let others = others.map(|record| (record.owner.clone(), record));
                self.forged.lock().unwrap().extend(others);
            }
            if self.has(ServerFault::GivesUpAtForgery) {
                return None;
            }
        }
    }

    /// The rules of RFC 5452 section 9.1.
    fn matches(
        &self,
        query: &DnsPacket,
        server: SocketAddr,
        reply: &DnsPacket,
        source: SocketAddr,
    ) -> bool {
        let expected = &query.questions[0];
        let checks = [
            (ServerFault::AnyId, reply.header.id == query.header.id),
            (ServerFault::AnyQr, reply.header.qr),
            (ServerFault::AnyAddress, source.ip() == server.ip()),
            // A reply from another address comes from the same port here.
            (ServerFault::AnyPort, source.port() == server.port()),
        ];
        let header = checks
            .iter()
            .all(|(fault, is_right)| *is_right || self.has(*fault));
        let question = match reply.question() {
            None => self.has(ServerFault::NoQuestionNeeded),
            Some(question) => {
                (question.qname == expected.qname || self.has(ServerFault::AnyQname))
                    && (question.qtype == expected.qtype || self.has(ServerFault::AnyQtype))
                    && (question.qclass == expected.qclass || self.has(ServerFault::AnyQclass))
            }
        };
        header && question || self.has(ServerFault::AnyDatagram)
    }
}

fn over_tcp(server: SocketAddr, query: &DnsPacket) -> Option<DnsPacket> {
    let mut stream = TcpStream::connect(server).ok()?;
    let octets = query.write().ok()?;
    stream
        .write_all(&(octets.len() as u16).to_be_bytes())
        .ok()?;
    stream.write_all(&octets).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message).ok()?;
    DnsPacket::parse(&message).ok()
}
