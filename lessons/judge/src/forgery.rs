//! [`Forgery`]: replies that an attacker sends before the true one, each wrong in one part by which
//! a reply is matched to its query (RFC 5452 section 9.1).
//!
//! A forged reply is the true one with another address, so that nothing else gives it away.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;

use dnsparse::{Class, DnsPacket, Name, Rdata, Record, RecordType};

use crate::exchange::Reply;

/// The part of a forged reply that does not match the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// The id.
    Id,
    /// The name of the question.
    Qname,
    /// The type of the question.
    Qtype,
    /// The class of the question.
    Qclass,
    /// The whole question: there is none.
    NoQuestion,
    /// The QR bit: the message is a query.
    Qr,
    /// The address that it comes from.
    Address,
    /// The port that it comes from.
    Port,
}

impl Forgery {
    /// Describes the wrong part.
    pub fn part(self) -> &'static str {
        match self {
            Forgery::Id => "another id",
            Forgery::Qname => "another name in the question",
            Forgery::Qtype => "another type in the question",
            Forgery::Qclass => "another class in the question",
            Forgery::NoQuestion => "no question",
            Forgery::Qr => "QR 0",
            Forgery::Address => "from another address",
            Forgery::Port => "from another port",
        }
    }
}

/// A forged reply that is sent once, before the reply with the answer to a query for a name.
pub struct Plan {
    /// The name.
    pub qname: Name,
    /// The part that is forged.
    pub forgery: Forgery,
    /// The forged address.
    pub address: Ipv4Addr,
    /// The name in the question of [`Forgery::Qname`]. It gets the forged address, too.
    pub other: Name,
    /// The socket of [`Forgery::Address`] and [`Forgery::Port`].
    pub socket: Option<Arc<UdpSocket>>,
}

impl Plan {
    /// Returns the forged reply, if the genuine one answers the query with an address.
    pub fn forge(&self, genuine: &[u8]) -> Option<Reply> {
        let mut packet = DnsPacket::parse(genuine).ok()?;
        let is_a = |record: &Record| record.rtype() == RecordType::A;
        let is_its = packet.question()?.qname == self.qname;
        if !is_its || !packet.answers.iter().any(is_a) {
            return None;
        }
        for record in packet.answers.iter_mut().filter(|record| is_a(record)) {
            record.rdata = Rdata::A(self.address);
        }
        let question = packet.questions.first_mut();
        match self.forgery {
            Forgery::Id => packet.header.id ^= 0x0101,
            Forgery::Qr => packet.header.qr = false,
            Forgery::Qname => {
                question?.qname.clone_from(&self.other);
                let forged = Rdata::A(self.address);
                let record = Record::new(self.other.clone(), 3_600, forged);
                packet.answers.push(record);
            }
            Forgery::Qtype => question?.qtype = RecordType::AAAA,
            Forgery::Qclass => question?.qclass = Class::CH,
            Forgery::NoQuestion => packet.questions.clear(),
            Forgery::Address | Forgery::Port => {}
        }
        Some(Reply {
            socket: self.socket.clone(),
            ..Reply::forged(packet.write().ok()?, self.forgery.part())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_reply_differs_from_the_true_one_in_its_address_and_one_part() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let query = DnsPacket::query(0x1234, name("www.example.org."), RecordType::A);
        let mut genuine = DnsPacket::reply_to(&query);
        let record = "www.example.org. 60 A 198.18.0.1";
        genuine.answers.push(record.parse().unwrap());
        let forge = |forgery, qname| {
            let plan = Plan {
                qname: name(qname),
                forgery,
                address: [198, 18, 6, 6].into(),
                other: name("other.example.org."),
                socket: None,
            };
            plan.forge(&genuine.write().unwrap())
        };
        assert!(forge(Forgery::Id, "www.example.net.").is_none());
        for (forgery, expected) in [
            (Forgery::Id, "1335 QR 1 www.example.org. IN A"),
            (Forgery::Qname, "1234 QR 1 other.example.org. IN A"),
            (Forgery::Qtype, "1234 QR 1 www.example.org. IN AAAA"),
            (Forgery::Qclass, "1234 QR 1 www.example.org. CH A"),
            (Forgery::NoQuestion, "1234 QR 1"),
            (Forgery::Qr, "1234 QR 0 www.example.org. IN A"),
            (Forgery::Address, "1234 QR 1 www.example.org. IN A"),
        ] {
            let forged = forge(forgery, "WWW.example.org.").unwrap();
            let packet = DnsPacket::parse(&forged.octets).unwrap();
            let question = packet.question().map_or(String::new(), |question| {
                format!(" {} {} {}", question.qname, question.qclass, question.qtype)
            });
            let header = packet.header;
            let got = format!("{:x} QR {}{question}", header.id, u8::from(header.qr));
            assert_eq!(got, expected);
            let forged: Vec<String> = packet
                .answers
                .iter()
                .map(|it| it.rdata.to_string())
                .collect();
            assert!(forged.iter().all(|it| it == "198.18.6.6"), "{forged:?}");
        }
    }
}
