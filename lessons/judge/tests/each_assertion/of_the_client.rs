//! A test for each of the client's stages: what a client does wrong, and the promise that it breaks.

use dnsparse::{Rcode, RecordType};

use crate::little::client::Slip;
use crate::slips;

#[test]
fn asks() {
    let foreseeable = "nobody can foresee the id of a query";
    let sends = "the client sends a query to the server that it is told";
    slips(
        "asks",
        &[
            (Slip::SendsNothing, sends),
            (Slip::StartsWithTcp, sends),
            (Slip::TrailingOctets, "the query is a message"),
            (Slip::SetsQr, "a query says that it is one"),
            (Slip::OtherOpcode, "it is a standard query"),
            (Slip::NoRd, "the client wants the whole walk done for it"),
            (Slip::SetsZ, "what only replies say is 0 in a query"),
            (Slip::TwoQuestions, "a query asks one question"),
            (Slip::OtherType, "it asks what it was told to ask"),
            (Slip::BringsRecord, "a query brings no records"),
            (Slip::SameId, foreseeable),
            (Slip::CountsIds, foreseeable),
            (Slip::SmallIds, foreseeable),
        ],
    );
}

#[test]
fn reads() {
    let types = [
        (RecordType::A, "the data of every A record is understood"),
        (
            RecordType::AAAA,
            "the data of every AAAA record is understood",
        ),
        (RecordType::NS, "the data of every NS record is understood"),
        (
            RecordType::CNAME,
            "the data of every CNAME record is understood",
        ),
        (
            RecordType::SOA,
            "the data of every SOA record is understood",
        ),
        (
            RecordType::PTR,
            "the data of every PTR record is understood",
        ),
        (RecordType::MX, "the data of every MX record is understood"),
        (
            RecordType::TXT,
            "the data of every TXT record is understood",
        ),
        (
            RecordType::SRV,
            "the data of every SRV record is understood",
        ),
        (
            RecordType::CAA,
            "the data of every CAA record is understood",
        ),
        (
            RecordType(65_280),
            "the data of every TYPE65280 record is understood",
        ),
    ];
    let cases: Vec<_> = types
        .map(|(rtype, promise)| (Slip::DropsType(rtype), promise))
        .to_vec();
    slips("reads", &cases);
    slips(
        "reads",
        &[
            (
                Slip::FirstRecordOnly,
                "the data of every A record is understood",
            ),
            (
                Slip::FollowsOnePointer,
                "a pointer to a pointer is followed to the end",
            ),
        ],
    );
}

#[test]
fn shows() {
    let nxdomain = "a reply with NXDOMAIN says so: there is no such name";
    let nothing = "a reply without records is a reply, and no error";
    let control = "octets that are no printable characters are shown as \\DDD: a peer must not steer the terminal";
    slips(
        "shows",
        &[
            (
                Slip::NoTtl,
                "a record is shown with its owner, its TTL and its type, in this order",
            ),
            (Slip::HidesRcode(Rcode::NXDOMAIN), nxdomain),
            (
                Slip::HidesRcode(Rcode::SERVFAIL),
                "a reply with SERVFAIL says so: the server could not find out",
            ),
            (
                Slip::HidesRcode(Rcode::REFUSED),
                "a reply with REFUSED says so: the server does not want to",
            ),
            (Slip::FailsAtFailure, nxdomain),
            (Slip::EmptyIsNxdomain, nothing),
            (Slip::FailsAtNothing, nothing),
            (Slip::Raw, control),
            (Slip::HidesOddText, control),
        ],
    );
}

#[test]
fn survives() {
    let tcp = "a truncated reply sends it to TCP, where the length may come in pieces";
    let silence = "where nobody answers there is no reply, and it says so";
    slips(
        "survives",
        &[
            (Slip::AsksOnce, "a query that is lost is sent again"),
            (Slip::AnyId, "a reply with another id is not the reply"),
            (
                Slip::AnyQuestion,
                "a reply to another question is not the reply",
            ),
            (Slip::AnyQr, "a message with QR 0 is no reply"),
            (Slip::StopsAtNoise, "noise is not the reply"),
            (Slip::StopsAtRunt, "five octets are not the reply"),
            (Slip::IgnoresTc, tcp),
            (Slip::ReadsOnce, tcp),
            (
                Slip::PanicsAtLoop,
                "a name that points at itself is no name",
            ),
            (Slip::SilenceIsFine, silence),
        ],
    );
    slips("survives", &[(Slip::NeverEnds, silence)]);
}
