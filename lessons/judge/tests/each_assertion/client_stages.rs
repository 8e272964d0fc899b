//! A test for each of the client's stages: faults of a client, and the rules that they violate.

use dnsparse::{Rcode, RecordType};

use crate::client_faults;
use crate::minimal::client::ClientFault;

#[test]
fn asks_reports_each_fault() {
    let unpredictable = "the id of a query is unpredictable";
    let sends = "the client sends a query to the given server";
    client_faults(
        "asks",
        &[
            (ClientFault::SendsNothing, sends),
            (ClientFault::StartsWithTcp, sends),
            (
                ClientFault::TrailingOctets,
                "the query is a well-formed message",
            ),
            (ClientFault::SetsQr, "QR is 0 in a query"),
            (ClientFault::OtherOpcode, "the opcode of a query is QUERY"),
            (
                ClientFault::NoRd,
                "the client sets RD, to have the resolver do the walk",
            ),
            (
                ClientFault::SetsZ,
                "AA, TC, RA, Z and RCODE are 0 in a query",
            ),
            (ClientFault::TwoQuestions, "a query holds one question"),
            (
                ClientFault::OtherType,
                "the question has the given name and type",
            ),
            (ClientFault::AddsRecord, "a query holds no records"),
            (ClientFault::SameId, unpredictable),
            (ClientFault::CountsIds, unpredictable),
            (ClientFault::SmallIds, unpredictable),
        ],
    );
}

#[test]
fn reads_reports_each_fault() {
    let types = [
        (
            RecordType::A,
            "the RDATA of every A record is parsed and printed",
        ),
        (
            RecordType::AAAA,
            "the RDATA of every AAAA record is parsed and printed",
        ),
        (
            RecordType::NS,
            "the RDATA of every NS record is parsed and printed",
        ),
        (
            RecordType::CNAME,
            "the RDATA of every CNAME record is parsed and printed",
        ),
        (
            RecordType::SOA,
            "the RDATA of every SOA record is parsed and printed",
        ),
        (
            RecordType::PTR,
            "the RDATA of every PTR record is parsed and printed",
        ),
        (
            RecordType::MX,
            "the RDATA of every MX record is parsed and printed",
        ),
        (
            RecordType::TXT,
            "the RDATA of every TXT record is parsed and printed",
        ),
        (
            RecordType::SRV,
            "the RDATA of every SRV record is parsed and printed",
        ),
        (
            RecordType::CAA,
            "the RDATA of every CAA record is parsed and printed",
        ),
        (
            RecordType(65_280),
            "the RDATA of every TYPE65280 record is parsed and printed",
        ),
    ];
    let cases: Vec<_> = types
        .map(|(rtype, rule)| (ClientFault::DropsType(rtype), rule))
        .to_vec();
    client_faults("reads", &cases);
    client_faults(
        "reads",
        &[
            (
                ClientFault::FirstRecordOnly,
                "the RDATA of every A record is parsed and printed",
            ),
            (
                ClientFault::FollowsOnePointer,
                "a compression pointer to a pointer is followed to its end",
            ),
        ],
    );
}

#[test]
fn shows_reports_each_fault() {
    let nxdomain = "the RCODE NXDOMAIN is printed: the name does not exist";
    let nodata = "NODATA (NOERROR without records) is no error";
    let control = "unprintable octets are shown as \\DDD: a peer must not control the terminal";
    client_faults(
        "shows",
        &[
            (
                ClientFault::NoTtl,
                "a record is printed with its owner, TTL and type, in this order",
            ),
            (ClientFault::HidesRcode(Rcode::NXDOMAIN), nxdomain),
            (
                ClientFault::HidesRcode(Rcode::SERVFAIL),
                "the RCODE SERVFAIL is printed: the resolution failed",
            ),
            (
                ClientFault::HidesRcode(Rcode::REFUSED),
                "the RCODE REFUSED is printed: the server does not answer this client",
            ),
            (ClientFault::FailsAtFailure, nxdomain),
            (ClientFault::EmptyIsNxdomain, nodata),
            (ClientFault::FailsAtNothing, nodata),
            (ClientFault::PrintsRaw, control),
            (ClientFault::HidesControlText, control),
        ],
    );
}

#[test]
fn survives_reports_each_fault() {
    let tcp = "after TC the query is repeated over TCP, where a message may arrive in pieces";
    let timeout = "a timeout is reported by an exit status other than 0";
    client_faults(
        "survives",
        &[
            (ClientFault::SendsOnce, "a lost query is sent again"),
            (ClientFault::AnyId, "a reply with another id is discarded"),
            (
                ClientFault::AnyQuestion,
                "a reply to another question is discarded",
            ),
            (ClientFault::AnyQr, "a message with QR 0 is discarded"),
            (ClientFault::StopsAtNoise, "random octets are discarded"),
            (
                ClientFault::StopsAtShortMessage,
                "a message of five octets is discarded",
            ),
            (ClientFault::IgnoresTc, tcp),
            (ClientFault::ReadsOnce, tcp),
            (
                ClientFault::PanicsAtLoop,
                "a compression pointer to itself is malformed",
            ),
            (ClientFault::TimeoutIsSuccess, timeout),
        ],
    );
    client_faults("survives", &[(ClientFault::NeverEnds, timeout)]);
}
