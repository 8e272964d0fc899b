//! A test for each of the client's stages: faults of a client, the rules that they violate, and the
//! facts that the report names.

use dnsparse::{Rcode, RecordType};

use crate::client_faults;
use crate::minimal::client::ClientFault;

#[test]
fn asks_reports_each_fault() {
    let ids = "the id of a query is unpredictable";
    let sends = "the client sends a query to the given server";
    let header = "AA, TC, RA, Z and RCODE are 0 in a query";
    let rd = "the client sets RD, to have the resolver do the walk";
    let question = "the question has the given name and type";
    let nothing = "the client sent no query (exit status 9)";
    let opened = "the client opened a TCP connection, and sent no octets instead of";
    client_faults(
        "asks",
        &[
            (ClientFault::SendsNothing, sends, nothing),
            (ClientFault::OpensTcpOnly, sends, opened),
            (ClientFault::StartsWithTcp, sends, "arrived over TCP"),
            (
                ClientFault::TrailingOctets,
                "the query is a well-formed message",
                "octet",
            ),
            (ClientFault::SetsQr, "QR is 0 in a query", "QR 1"),
            (
                ClientFault::OtherOpcode,
                "the opcode of a query is QUERY",
                "STATUS",
            ),
            (ClientFault::NoRd, rd, "RD 0"),
            (ClientFault::SetsZ, header, "Z 1"),
            (
                ClientFault::TwoQuestions,
                "a query holds one question",
                "2 questions",
            ),
            (ClientFault::OtherType, question, "IN A"),
            (
                ClientFault::AddsRecord,
                "a query holds no records",
                "A\t0.0.0.0",
            ),
            (ClientFault::SameId, ids, "they repeat"),
            (
                ClientFault::CountsIds,
                ids,
                "each follows from the previous",
            ),
            (
                ClientFault::SmallIds,
                ids,
                "half of their bits never change",
            ),
        ],
    );
}

#[test]
fn reads_reports_each_fault() {
    let types = [
        RecordType::A,
        RecordType::AAAA,
        RecordType::NS,
        RecordType::CNAME,
        RecordType::SOA,
        RecordType::PTR,
        RecordType::MX,
        RecordType::TXT,
        RecordType::SRV,
        RecordType::CAA,
        RecordType(65_280),
    ];
    let rule = |rtype| format!("the RDATA of every {rtype} record is parsed and printed");
    let rules: Vec<_> = types.map(|rtype| (rtype, rule(rtype))).to_vec();
    let none = "1 line, and none of these words in one of them";
    let cases: Vec<_> = rules
        .iter()
        .map(|(rtype, rule)| (ClientFault::DropsType(*rtype), rule.as_str(), none))
        .collect();
    client_faults("reads", &cases);
    let (a, chain) = (
        rule(RecordType::A),
        "a compression pointer to a pointer is followed to its end",
    );
    let nothing = "the client sent no query (exit status 9)";
    let others = "2 lines, and none of these words in one of them";
    client_faults(
        "reads",
        &[
            (ClientFault::FirstRecordOnly, &a, others),
            (ClientFault::SendsNothing, &a, nothing),
            (ClientFault::FollowsOnePointer, chain, others),
        ],
    );
}

#[test]
fn shows_reports_each_fault() {
    let whole = "a record is printed with its owner, TTL and type, in this order";
    let nxdomain = "the RCODE NXDOMAIN is printed: the name does not exist";
    let nodata = "NODATA (NOERROR without records) is no error";
    let control = "unprintable octets are shown as \\DDD: a peer must not control the terminal";
    let nothing = "the client sent no query (exit status 9)";
    client_faults(
        "shows",
        &[
            (ClientFault::SendsNothing, whole, nothing),
            (ClientFault::NoTtl, whole, "a line without "),
            (
                ClientFault::HidesRcode(Rcode::NXDOMAIN),
                nxdomain,
                "NXDOMAIN is not printed",
            ),
            (
                ClientFault::HidesRcode(Rcode::SERVFAIL),
                "the RCODE SERVFAIL is printed: the resolution failed",
                "SERVFAIL is not printed",
            ),
            (
                ClientFault::HidesRcode(Rcode::REFUSED),
                "the RCODE REFUSED is printed: the server does not answer this client",
                "REFUSED is not printed",
            ),
            (ClientFault::FailsAtFailure, nxdomain, "exit status 1"),
            (ClientFault::EmptyIsNxdomain, nodata, "NXDOMAIN was printed"),
            (ClientFault::FailsAtNothing, nodata, "exit status 1"),
            (ClientFault::PrintsRaw, control, "octet 27 was printed"),
            (
                ClientFault::HidesControlText,
                control,
                "the text was not printed",
            ),
        ],
    );
}

#[test]
fn survives_reports_each_fault() {
    let tcp = "after TC the query is repeated over TCP, where a message may arrive in pieces";
    let timeout = "a timeout is reported by an exit status other than 0";
    let pointer = "a compression pointer to itself is malformed";
    client_faults(
        "survives",
        &[
            (
                ClientFault::SendsOnce,
                "a lost query is sent again",
                "one query was sent, and none after it",
            ),
            (
                ClientFault::SendsNothing,
                "a lost query is sent again",
                "the client sent no query (exit status 9)",
            ),
            (
                ClientFault::AnyId,
                "a reply with another id is discarded",
                "was printed: the forged message (another id) was believed",
            ),
            (
                ClientFault::AnyQuestion,
                "a reply to another question is discarded",
                "the forged message (another name in the question) was believed",
            ),
            (
                ClientFault::AnyQr,
                "a message with QR 0 is discarded",
                "the forged message (QR 0) was believed",
            ),
            (
                ClientFault::StopsAtNoise,
                "random octets are discarded",
                "is not printed (exit status 9): it came 20 ms after the other message (random octets)",
            ),
            (
                ClientFault::StopsAtShortMessage,
                "a message of five octets is discarded",
                "is not printed (exit status 9): it came 20 ms after the other message (five octets)",
            ),
            (
                ClientFault::IgnoresTc,
                tcp,
                "no query over TCP followed the truncated reply; its address ",
            ),
            (
                ClientFault::OneOctetOverTcp,
                tcp,
                "the client opened a TCP connection, and sent 1 octet instead of",
            ),
            (
                ClientFault::ReadsOnce,
                tcp,
                "of the TCP reply, which came in pieces, is not printed",
            ),
            (
                ClientFault::ClosesTcp,
                tcp,
                "of the TCP reply, which came in pieces, is not printed (exit status 9)",
            ),
            (ClientFault::PanicsAtLoop, pointer, "the client panicked"),
            (
                ClientFault::CrashesAtLoop,
                pointer,
                "the client crashed: killed by signal 11",
            ),
            (
                ClientFault::TimeoutIsSuccess,
                timeout,
                "exit status 0, as after a reply",
            ),
        ],
    );
    let running = "the client was still running after 4 s";
    client_faults("survives", &[(ClientFault::NeverEnds, timeout, running)]);
}
