//! The zone with a record of every type that dnsparse spells out, in the form that each server can
//! read: some types have to be in the generic form, and some are refused.

use std::net::SocketAddr;

use dnsparse::{Name, Record, RecordType, RecordType as T, Zone};

use crate::authoritative::{knot, named, nsd};
use crate::running::{RunningServer, ZoneText, free_address};

/// The zone's name.
pub const ORIGIN: &str = "every.test.";
/// The zone file.
const ZONE: &str = include_str!("../../../dnsparse/tests/every.zone");

/// A server, and the types that it treats differently from dnsparse.
#[derive(Debug)]
pub struct Server {
    /// The program's name.
    pub program: &'static str,
    start: fn(SocketAddr, &[ZoneText<'_>]) -> RunningServer,
    /// Types that it reads only in the generic form (RFC 3597 section 5).
    unknown: &'static [RecordType],
    /// Types that it refuses in any form.
    refused: &'static [RecordType],
}

/// Types without a presentation format in BIND 9.18.
pub const UNKNOWN_TO_BIND: &[RecordType] = &[T::CLA, T::IPN];
/// Types that BIND refuses in zones: obsolete ones, and those of the DNSSEC of RFC 2535.
pub const REFUSED_BY_BIND: &[RecordType] = &[T::MD, T::MF, T::SIG, T::NXT];

/// nsd 4.6.
pub const NSD: Server = Server {
    program: "nsd",
    start: nsd,
    unknown: &[
        T::NSAP_PTR,
        T::GPOS,
        T::EID,
        T::NIMLOC,
        T::ATMA,
        T::A6,
        T::SINK,
        T::HIP,
        T::NINFO,
        T::RKEY,
        T::TALINK,
        T::DSYNC,
        T::HHIT,
        T::BRID,
        T::DOA,
        T::AMTRELAY,
        T::RESINFO,
        T::WALLET,
        T::CLA,
        T::IPN,
        T::TA,
    ],
    refused: &[],
};

/// BIND 9.18's named.
pub const NAMED: Server = Server {
    program: "named",
    start: named,
    unknown: UNKNOWN_TO_BIND,
    refused: REFUSED_BY_BIND,
};

/// Knot DNS 3.2.
pub const KNOT: Server = Server {
    program: "knotd",
    start: knot,
    unknown: &[
        T::MD,
        T::MF,
        T::MB,
        T::MG,
        T::MR,
        T::WKS,
        T::X25,
        T::ISDN,
        T::NSAP,
        T::NSAP_PTR,
        T::SIG,
        T::PX,
        T::GPOS,
        T::NXT,
        T::EID,
        T::NIMLOC,
        T::ATMA,
        T::A6,
        T::SINK,
        T::HIP,
        T::NINFO,
        T::RKEY,
        T::TALINK,
        T::DSYNC,
        T::HHIT,
        T::BRID,
        T::AVC,
        T::DOA,
        T::AMTRELAY,
        T::RESINFO,
        T::WALLET,
        T::CLA,
        T::IPN,
        T::TA,
        T::DLV,
    ],
    refused: &[],
};

impl Server {
    /// Starts the server on loopback with the zone.
    #[must_use]
    pub fn start(&self) -> RunningServer {
        (self.start)(free_address(), &[(ORIGIN, &self.zone_file())])
    }

    /// Returns the zone's records, without those of types that the server refuses.
    pub fn records(&self) -> Vec<Record> {
        let mut records = all_records();
        records.retain(|record| !self.refused.contains(&record.rtype()));
        records
    }

    /// Returns the zone file that the server can read: some lines in the generic form, some left
    /// out.
    fn zone_file(&self) -> String {
        let mut records = all_records().into_iter();
        let lines = ZONE.lines().filter_map(|line| {
            if line.starts_with([';', '$']) {
                return Some(line.to_owned());
            }
            let record = records.next().unwrap();
            match record.rtype() {
                rtype if self.refused.contains(&rtype) => None,
                rtype if self.unknown.contains(&rtype) => Some(generic(&record)),
                _ => Some(line.to_owned()),
            }
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }
}

/// Reads the zone file: each line but comments and directives is a record.
fn all_records() -> Vec<Record> {
    match Zone::parse(ZONE, &Name::ROOT) {
        Ok(zone) => zone.records,
        Err(error) => panic!("{error}"),
    }
}

/// Shows a record as one of an unknown type.
pub fn generic(record: &Record) -> String {
    let Record {
        owner,
        ttl,
        class,
        rdata,
    } = record;
    let octets = rdata.octets().unwrap();
    let (rtype, length) = (rdata.rtype().0, octets.len());
    let hex: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    format!("{owner} {ttl} {class} TYPE{rtype} \\# {length} {hex}")
}
