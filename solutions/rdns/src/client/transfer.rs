//! Zone transfers: AXFR (RFC 5936) and IXFR (RFC 1995) over TCP, message after message.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use dnsparse::{DnsPacket, ParseError, Rcode, Rdata, Record, RecordType, WriteError};
use network::{Channel, Network, Via};
use tokio::time::{Instant, timeout};
use transport::Reply;

/// A whole transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The records in the order of the messages. A zone begins and ends with its SOA.
    pub records: Vec<Record>,
    /// The number of messages.
    pub messages: usize,
    /// Their octets together.
    pub octets: usize,
    /// The time from the query to the last message.
    pub elapsed: Duration,
}

/// A transfer that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransferError {
    /// The query cannot be written.
    #[error("the query cannot be written: {0}")]
    Unwritable(#[from] WriteError),
    /// The connection failed.
    #[error("the transfer broke off after {records} records: {reason}")]
    Connection {
        /// The number of records before that.
        records: usize,
        /// The system's error.
        reason: io::Error,
    },
    /// The next message did not arrive in time.
    #[error("the transfer broke off after {records} records: no message within {limit:?}")]
    Timeout {
        /// The number of records before that.
        records: usize,
        /// The time for each message.
        limit: Duration,
    },
    /// A message cannot be parsed.
    #[error("message {number} of the transfer: {error}")]
    Malformed {
        /// Its number, from 1.
        number: usize,
        /// The rule that it breaks.
        error: Box<ParseError>,
    },
    /// A message is not part of the transfer.
    #[error("message {number} of the transfer has another id, or is no response")]
    Foreign {
        /// Its number, from 1.
        number: usize,
    },
    /// The server refuses, by its RCODE.
    #[error("the server refuses the transfer: {}", reply.packet.rcode())]
    Refused {
        /// Its reply.
        reply: Box<Reply>,
    },
    /// The transfer did not end in time, although messages arrive.
    #[error("the transfer has not ended after {limit:?}")]
    Endless {
        /// The time for all messages.
        limit: Duration,
    },
    /// The zone is larger than it may be.
    #[error("the transfer has more than {octets} octets, or more than {records} records")]
    TooLarge {
        /// The maximum number of octets.
        octets: usize,
        /// The maximum number of records.
        records: usize,
    },
    /// The records do not begin with an SOA.
    #[error("the transfer does not begin with the zone's SOA")]
    NoSoa,
}

/// The most that a transfer may take. A server that sends small messages without end keeps each limit
/// but those of the whole transfer.
#[derive(Debug, Clone, Copy)]
pub struct TransferLimits {
    /// The time for each message.
    pub message: Duration,
    /// The time for all messages.
    pub whole: Duration,
    /// The octets of all messages.
    pub octets: usize,
    /// The records of all messages. In memory, one takes many times its octets in a message.
    pub records: usize,
}

impl TransferLimits {
    /// Limits the time for each message alone.
    pub fn each_message(limit: Duration) -> TransferLimits {
        TransferLimits {
            message: limit,
            whole: Duration::MAX,
            octets: usize::MAX,
            records: usize::MAX,
        }
    }
}

/// Receives a whole transfer within limits.
///
/// # Errors
/// If the server refuses, or the transfer ends before its last record.
pub async fn transfer<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    limits: TransferLimits,
) -> Result<Transfer, TransferError> {
    let limit = limits.whole;
    let transfer = timeout(limit, receive(network, server, query, limits));
    transfer
        .await
        .unwrap_or(Err(TransferError::Endless { limit }))
}

async fn receive<N: Network>(
    network: &N,
    server: SocketAddr,
    query: &DnsPacket,
    limits: TransferLimits,
) -> Result<Transfer, TransferError> {
    let limit = limits.message;
    let octets = query.write()?;
    let start = Instant::now();
    let broken = |reason| TransferError::Connection { records: 0, reason };
    let late = |_| TransferError::Timeout { records: 0, limit };
    let open = timeout(limit, network.open(server, Via::Tcp)).await;
    let mut channel = open.map_err(late)?.map_err(broken)?;
    channel.send(&octets).await.map_err(broken)?;
    let is_ixfr = (query.question()).is_some_and(|question| question.qtype == RecordType::IXFR);
    let mut progress = Progress::default();
    let mut transfer = Transfer {
        records: Vec::new(),
        messages: 0,
        octets: 0,
        elapsed: Duration::ZERO,
    };
    while !progress.is_complete() {
        let records = transfer.records.len();
        let message = timeout(limit, channel.receive()).await;
        let message = message
            .map_err(|_| TransferError::Timeout { records, limit })?
            .map_err(|reason| TransferError::Connection { records, reason })?;
        transfer.messages += 1;
        transfer.octets += message.len();
        let packet = part(query, &message, transfer.messages)?;
        let records = records + packet.answers.len();
        if transfer.octets > limits.octets || records > limits.records {
            let TransferLimits {
                octets, records, ..
            } = limits;
            return Err(TransferError::TooLarge { octets, records });
        }
        for record in packet.answers {
            progress.handle_record(&record, is_ixfr)?;
            transfer.records.push(record);
        }
        progress.handle_end_of_message(is_ixfr);
    }
    transfer.elapsed = start.elapsed();
    Ok(transfer)
}

/// Parses one message of a transfer, and checks that it belongs to it. Messages after the first may
/// leave the question out (RFC 5936 section 2.2.1).
fn part(query: &DnsPacket, message: &[u8], number: usize) -> Result<DnsPacket, TransferError> {
    let parsed = DnsPacket::parse_lenient(message);
    let (packet, trailing) = parsed.map_err(|error| TransferError::Malformed {
        number,
        error: Box::new(error),
    })?;
    let has_question = packet.questions == query.questions || packet.questions.is_empty();
    if packet.header.id != query.header.id || !packet.header.qr || !has_question {
        return Err(TransferError::Foreign { number });
    }
    if packet.rcode() != Rcode::NOERROR {
        let reply = Box::new(Reply {
            packet,
            octets: message.to_vec(),
            via: Via::Tcp,
            trailing: trailing.len(),
        });
        return Err(TransferError::Refused { reply });
    }
    Ok(packet)
}

/// How far a transfer has come: a state machine over its records.
#[derive(Debug, Default)]
struct Progress {
    /// The serial of the first SOA: the zone's version.
    serial: Option<u32>,
    stage: Stage,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No record has arrived.
    #[default]
    Begin,
    /// The first SOA has arrived, and nothing after it.
    FirstSoa,
    /// The records of a whole zone arrive.
    Zone,
    /// Records that were deleted since a version arrive (RFC 1995 section 4).
    Deleted,
    /// Records that were added since then arrive.
    Added,
    /// The last SOA has arrived.
    Complete,
}

impl Progress {
    fn is_complete(&self) -> bool {
        self.stage == Stage::Complete
    }

    fn handle_record(&mut self, record: &Record, is_ixfr: bool) -> Result<(), TransferError> {
        let serial = match &record.rdata {
            Rdata::Soa(soa) => Some(soa.serial),
            _ => None,
        };
        self.stage = match (self.stage, serial) {
            (Stage::Begin, None) => return Err(TransferError::NoSoa),
            (Stage::Begin, Some(_)) => {
                self.serial = serial;
                Stage::FirstSoa
            }
            // A second SOA of another version begins a list of differences; of the same version, it
            // ends a zone that has no other record.
            (Stage::FirstSoa, Some(_)) if is_ixfr && serial != self.serial => Stage::Deleted,
            (Stage::FirstSoa | Stage::Zone, Some(_)) => Stage::Complete,
            (Stage::FirstSoa | Stage::Zone, None) => Stage::Zone,
            (Stage::Deleted, Some(_)) => Stage::Added,
            (Stage::Added, Some(_)) if serial == self.serial => Stage::Complete,
            (Stage::Added, Some(_)) => Stage::Deleted,
            (stage, None) => stage,
            (Stage::Complete, Some(_)) => Stage::Complete,
        };
        Ok(())
    }

    /// A reply to IXFR with the SOA alone says that the client's version is current, or that the
    /// server wants TCP (RFC 1995 section 2): nothing follows either way.
    fn handle_end_of_message(&mut self, is_ixfr: bool) {
        if is_ixfr && self.stage == Stage::FirstSoa {
            self.stage = Stage::Complete;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether a transfer of these records, in one message, is complete.
    fn is_complete(records: &[&str], is_ixfr: bool) -> bool {
        let mut progress = Progress::default();
        for text in records {
            let record = text.parse().unwrap();
            assert!(!progress.is_complete(), "{text} follows the end");
            progress.handle_record(&record, is_ixfr).unwrap();
        }
        progress.handle_end_of_message(is_ixfr);
        progress.is_complete()
    }

    fn soa(serial: u32) -> String {
        format!("test. 60 SOA ns.test. h.test. {serial} 1 1 1 1")
    }

    const A: &str = "a.test. 60 A 192.0.2.1";

    #[test]
    fn a_zone_ends_with_its_soa() {
        let soa = soa(3);
        assert!(!is_complete(&[&soa], false));
        assert!(!is_complete(&[&soa, A, A], false));
        assert!(is_complete(&[&soa, A, A, &soa], false));
        assert!(
            is_complete(&[&soa, &soa], false),
            "a zone of nothing but its SOA"
        );
    }

    /// RFC 1995 section 4.
    #[test]
    fn differences_end_with_the_new_soa_after_the_additions() {
        let [one, two, three] = [1, 2, 3].map(soa);
        let all: [&str; 10] = [&three, &one, A, &two, A, &two, A, &three, A, &three];
        for length in 2..all.len() {
            assert!(!is_complete(&all[..length], true), "{length} records");
        }
        assert!(is_complete(&all, true));
        assert!(
            is_complete(&[&three, A, &three], true),
            "a whole zone instead"
        );
        assert!(
            is_complete(&[&three], true),
            "the client's version is current"
        );
    }

    #[test]
    fn a_transfer_begins_with_an_soa() {
        let mut progress = Progress::default();
        let ended = progress.handle_record(&A.parse().unwrap(), false);
        assert!(matches!(ended, Err(TransferError::NoSoa)));
    }
}
