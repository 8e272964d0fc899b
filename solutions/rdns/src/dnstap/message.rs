//! The messages of dnstap, in Protocol Buffers: the fields and numbers of dnstap.proto (dnstap.info).
//!
//! Fields that `rdns` never fills are left out; readers take them as absent.

use std::net::{IpAddr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use prost::{Enumeration, Message};

use crate::config::dnstap::LoggedKind;

/// The content of a data frame.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Dnstap {
    #[prost(bytes = "vec", optional, tag = "1")]
    pub(super) identity: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(super) version: Option<Vec<u8>>,
    #[prost(message, optional, tag = "14")]
    pub(super) message: Option<DnsMessage>,
    #[prost(enumeration = "DnstapType", required, tag = "15")]
    pub(super) r#type: i32,
}

/// The kind of a [`Dnstap`]: there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(super) enum DnstapType {
    Message = 1,
}

/// A DNS message with its circumstances (`Message` in dnstap.proto).
#[derive(Clone, PartialEq, Message)]
pub(super) struct DnsMessage {
    #[prost(enumeration = "MessageType", required, tag = "1")]
    pub(super) r#type: i32,
    #[prost(enumeration = "SocketFamily", optional, tag = "2")]
    pub(super) socket_family: Option<i32>,
    #[prost(enumeration = "Protocol", optional, tag = "3")]
    pub(super) socket_protocol: Option<i32>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub(super) query_address: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub(super) response_address: Option<Vec<u8>>,
    #[prost(uint32, optional, tag = "6")]
    pub(super) query_port: Option<u32>,
    #[prost(uint32, optional, tag = "7")]
    pub(super) response_port: Option<u32>,
    #[prost(uint64, optional, tag = "8")]
    pub(super) query_time_sec: Option<u64>,
    #[prost(fixed32, optional, tag = "9")]
    pub(super) query_time_nsec: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "10")]
    pub(super) query_message: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "11")]
    pub(super) query_zone: Option<Vec<u8>>,
    #[prost(uint64, optional, tag = "12")]
    pub(super) response_time_sec: Option<u64>,
    #[prost(fixed32, optional, tag = "13")]
    pub(super) response_time_nsec: Option<u32>,
    #[prost(bytes = "vec", optional, tag = "14")]
    pub(super) response_message: Option<Vec<u8>>,
}

/// The kind of a message, seen from this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(super) enum MessageType {
    ResolverQuery = 3,
    ResolverResponse = 4,
    ClientQuery = 5,
    ClientResponse = 6,
    ForwarderQuery = 7,
    ForwarderResponse = 8,
}

impl From<LoggedKind> for MessageType {
    fn from(kind: LoggedKind) -> MessageType {
        match kind {
            LoggedKind::ClientQuery => MessageType::ClientQuery,
            LoggedKind::ClientResponse => MessageType::ClientResponse,
            LoggedKind::ResolverQuery => MessageType::ResolverQuery,
            LoggedKind::ResolverResponse => MessageType::ResolverResponse,
            LoggedKind::ForwarderQuery => MessageType::ForwarderQuery,
            LoggedKind::ForwarderResponse => MessageType::ForwarderResponse,
        }
    }
}

/// The family of both addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(super) enum SocketFamily {
    Inet = 1,
    Inet6 = 2,
}

/// The transport of a message (`SocketProtocol` in dnstap.proto).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub enum Protocol {
    /// UDP.
    Udp = 1,
    /// TCP.
    Tcp = 2,
    /// DNS over TLS.
    Dot = 3,
    /// DNS over HTTPS.
    Doh = 4,
}

/// One end of an exchange, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct End {
    /// The address.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: Option<u16>,
}

impl From<IpAddr> for End {
    fn from(address: IpAddr) -> End {
        let address = (!address.is_unspecified()).then(|| address.to_canonical());
        End {
            address,
            port: None,
        }
    }
}

impl From<SocketAddr> for End {
    fn from(socket: SocketAddr) -> End {
        End {
            port: Some(socket.port()),
            ..End::from(socket.ip())
        }
    }
}

/// A query, and perhaps its reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The transport.
    pub protocol: Protocol,
    /// The end that has sent the query.
    pub initiator: End,
    /// The end that replies.
    pub responder: End,
    /// The zone that the query is about, in wire format, if it is known.
    pub zone: Option<Vec<u8>>,
    /// The time of the query.
    pub start: SystemTime,
}

/// The seconds since 1970, and the nanoseconds of the next one.
fn seconds(time: SystemTime) -> (Option<u64>, Option<u32>) {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    (Some(since.as_secs()), Some(since.subsec_nanos()))
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

impl DnsMessage {
    /// Describes the query of an exchange.
    pub(super) fn query(kind: LoggedKind, exchange: &Exchange, query: &[u8]) -> DnsMessage {
        DnsMessage {
            query_message: Some(query.to_vec()),
            ..DnsMessage::new(kind, exchange)
        }
    }

    /// Describes the reply of an exchange.
    pub(super) fn response(
        kind: LoggedKind,
        exchange: &Exchange,
        reply: &[u8],
        time: SystemTime,
    ) -> DnsMessage {
        let (response_time_sec, response_time_nsec) = seconds(time);
        DnsMessage {
            response_message: Some(reply.to_vec()),
            response_time_sec,
            response_time_nsec,
            ..DnsMessage::new(kind, exchange)
        }
    }

    fn new(kind: LoggedKind, exchange: &Exchange) -> DnsMessage {
        let Exchange {
            protocol,
            initiator,
            responder,
            zone,
            start,
        } = exchange;
        let (query_time_sec, query_time_nsec) = seconds(*start);
        let family = match initiator.address.or(responder.address) {
            Some(IpAddr::V4(_)) => Some(SocketFamily::Inet.into()),
            Some(IpAddr::V6(_)) => Some(SocketFamily::Inet6.into()),
            None => None,
        };
        DnsMessage {
            r#type: MessageType::from(kind).into(),
            socket_family: family,
            socket_protocol: Some((*protocol).into()),
            query_address: initiator.address.map(octets),
            response_address: responder.address.map(octets),
            query_port: initiator.port.map(u32::from),
            response_port: responder.port.map(u32::from),
            query_time_sec,
            query_time_nsec,
            query_message: None,
            query_zone: zone.clone(),
            response_time_sec: None,
            response_time_nsec: None,
            response_message: None,
        }
    }
}
