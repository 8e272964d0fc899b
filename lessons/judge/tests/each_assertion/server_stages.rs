//! A test for each of the server's stages: faults of a server, the rules that they violate, and the
//! facts that the report names.

use judge::outcome::StageError;
use judge::subject::Subject;
use judge::trial::Trial;
use real_servers::namespace::{require_namespaces, run_ignored_test};

use crate::minimal::server::{MinimalServer, ServerFault};
use crate::{server_faults, settings, stage};

/// Makes one reply after another wrong, and checks that the stage reports the rule of each query.
pub(crate) fn each_reply_can_fail(stage: &str, rules: &[&str]) {
    let cases: Vec<_> = (0..)
        .zip(rules)
        .map(|(number, rule)| {
            (
                ServerFault::WrongNthReply(number),
                *rule,
                "; the correct RCODE is N",
            )
        })
        .collect();
    server_faults(stage, &cases);
}

#[test]
fn each_query_is_checked_by_forwards() {
    each_reply_can_fail(
        "forwards",
        &[
            "an A query is answered",
            "a query for another type has its own answer",
            "TXT strings are passed on unchanged, also an empty one",
            "records that hold names are passed on whole",
            "records of an unknown type are passed on unchanged",
            "an alias is answered with the records of its target",
            "no records of the type: NOERROR without records (NODATA)",
            "an empty non-terminal exists: NODATA",
            "a name that does not exist: NXDOMAIN",
        ],
    );
}

#[test]
fn each_query_is_checked_by_walks() {
    each_reply_can_fail(
        "walks",
        &[
            "a name behind two delegations is resolved",
            "another type of the same name is resolved",
            "records at the apex are resolved",
            "a child zone on the same server is resolved",
            "a name covered by a wildcard is resolved",
            "records of an unknown type are resolved",
            "no records of the type: NOERROR without records (NODATA)",
            "an empty non-terminal exists: NODATA",
            "a name that does not exist: NXDOMAIN",
            "no such zone below the top-level domain: NXDOMAIN",
            "no such top-level domain: NXDOMAIN",
            "a second name of the zone is resolved",
        ],
    );
}

#[test]
fn each_query_is_checked_by_chases() {
    each_reply_can_fail(
        "chases",
        &[
            "an alias within a zone is followed",
            "an alias into another zone is followed",
            "four aliases from zone to zone are followed",
            "a CNAME query is answered with the alias alone",
            "an alias to a name that does not exist: NXDOMAIN, with the alias",
            "an alias to a name without such records: NODATA, with the alias",
            "a DNAME is followed: the answer holds it, the CNAME made from it, and the target",
            "the address of a server without glue is looked up",
            "lookups nest: the server's own zone has no glue either",
            "a query for the middle of an alias chain is answered",
        ],
    );
}

#[test]
fn each_query_is_checked_by_absence() {
    each_reply_can_fail(
        "absence",
        &[
            "a negative answer is passed on",
            "NXDOMAIN is cached",
            "a negative answer is passed on",
            "NODATA is cached",
        ],
    );
}

#[test]
fn listens_reports_each_fault() {
    let (starts, udp, tcp) = (
        "the server starts, and answers over UDP",
        "the server answers over UDP",
        "the server answers over TCP",
    );
    let several =
        "one TCP connection carries several queries, however they are split into segments";
    let idle = "twenty idle TCP connections do not block another client";
    server_faults(
        "listens",
        &[
            (
                ServerFault::NeverStarts,
                starts,
                "it exited: exit status: 0",
            ),
            (
                ServerFault::NeverListens,
                starts,
                "it is running, but within 10 s: connection refused: no program listens at 127",
            ),
            (ServerFault::WrongId, udp, "id "),
            (ServerFault::NoQr, udp, "QR 0"),
            (ServerFault::NoQuestion, udp, "no question"),
            (
                ServerFault::NoTcp,
                tcp,
                "connection refused: no program listens at 127",
            ),
            (
                ServerFault::HalfAReply,
                tcp,
                "the server closed the connection after ",
            ),
            (
                ServerFault::OneQueryPerConnection,
                several,
                "none to query 2, which came in one segment with another: after 1 reply, \
                 the server closed the connection without a reply",
            ),
            (
                ServerFault::FirstIdOverTcp,
                several,
                "3 replies with the ids ",
            ),
            (
                ServerFault::OneConnectionAtATime,
                idle,
                " s (20 idle connections are open)",
            ),
        ],
    );
}

/// Runs the next test in a network namespace of its own, where port 2053 is free.
#[test]
fn listens_by_default() {
    if require_namespaces() {
        run_ignored_test("server_stages::listens_by_default_in_a_namespace", &[]);
    }
}

#[test]
#[ignore = "needs a network namespace: the test above runs it in one"]
fn listens_by_default_in_a_namespace() {
    let listens = |fault| {
        let server = MinimalServer {
            fault,
            by_default: true,
        };
        let subject = Subject {
            client: None,
            server: Some(&server),
        };
        (stage("listens").run)(&mut Trial::new(&subject, settings(), "listens"))
    };
    assert_eq!(listens(None), Ok(()));
    for (fault, over) in [
        (ServerFault::ListensElsewhere, "UDP"),
        (ServerFault::TcpElsewhere, "TCP"),
    ] {
        let Err(StageError::Failed(failure)) = listens(Some(fault)) else {
            panic!("{fault:?} is not reported");
        };
        assert_eq!(
            failure.rule,
            "without an option the server listens at 127.0.0.1:2053"
        );
        let fact = format!("no program listens at 127.0.0.1:2053 over {over}");
        assert!(failure.got.contains(&fact), "{fault:?}: {}", failure.got);
    }
    let _occupied = bind_when_free("127.0.0.1:2053");
    let Err(StageError::NotJudged(reason)) = listens(None) else {
        panic!("the port is in use");
    };
    assert!(
        reason.contains(
            "Its default address 127.0.0.1:2053 cannot be tested: Address already in use"
        ) && reason.contains("End the program that listens there"),
        "{reason}"
    );
}

#[test]
fn forwards_reports_each_fault() {
    let a = "an A query is answered";
    let repeats = "the reply repeats the question";
    let mixed = "the reply repeats the question with the case of each letter";
    let unknown = "records of an unknown type are passed on unchanged";
    let alias = "an alias is answered with the records of its target";
    let nodata = "no records of the type: NOERROR without records (NODATA)";
    server_faults(
        "forwards",
        &[
            (
                ServerFault::WrongId,
                "the reply has the id of the query",
                "",
            ),
            (ServerFault::NoQr, "QR is 1 in a reply", "QR 0"),
            (
                ServerFault::OtherOpcode,
                "the opcode is copied from the query",
                "STATUS",
            ),
            (
                ServerFault::RdNotCopied,
                "RD is copied from the query",
                "RD 0",
            ),
            (ServerFault::SetsZ, "Z is 0 in a reply", "Z 1"),
            (ServerFault::NoQuestion, repeats, "no question"),
            (ServerFault::LowersCase, mixed, "."),
            (ServerFault::DropsUnknownTypes, unknown, "missing: "),
            (ServerFault::RaisesTtls, a, "a TTL above the zone's: "),
            (ServerFault::OneRecordOnly, a, "missing: "),
            (
                ServerFault::RepeatsRecords,
                a,
                "the answer section holds a record twice: ",
            ),
            (
                ServerFault::AddsRecord,
                a,
                "a record that does not belong into the answer: stray.example.",
            ),
            (
                ServerFault::ReversesAnswers,
                alias,
                "an alias follows the records of its target",
            ),
            (
                ServerFault::CutsReplies,
                a,
                "a malformed reply of 20 octets: question",
            ),
            (ServerFault::StopsAtAlias, alias, "missing: "),
            (
                ServerFault::NodataIsNxdomain,
                nodata,
                "NXDOMAIN and no records; the correct RCODE is NOERROR",
            ),
        ],
    );
}

#[test]
fn walks_reports_each_fault() {
    let delegations = "a name behind two delegations is resolved";
    let nodata = "no records of the type: NOERROR without records (NODATA)";
    let tcp = "after TC the upstream query is repeated over TCP";
    let edns = "after FORMERR the upstream query is repeated without EDNS";
    let truncated =
        "without EDNS a UDP reply has at most 512 octets, and TC if records are missing";
    let whole = "a reply that was truncated over UDP is complete over TCP";
    let bailiwick = "records outside the server's bailiwick are discarded";
    let servfail = "SERVFAIL and no records; the correct RCODE is NOERROR";
    server_faults(
        "walks",
        &[
            (ServerFault::StopsAtReferral, delegations, servfail),
            (
                ServerFault::NodataIsNxdomain,
                nodata,
                "NXDOMAIN and no records; the correct RCODE is NOERROR",
            ),
            (
                ServerFault::NoRa,
                "a recursive resolver sets RA (recursion available)",
                "RA 0",
            ),
            (
                ServerFault::ClaimsAuthority,
                "AA is 0: the resolver has no authority for the zone",
                "AA 1",
            ),
            (
                ServerFault::SetsRdUpstream,
                "RD is 0 in upstream queries",
                "RD 1",
            ),
            (
                ServerFault::CountsIds,
                "the ids of upstream queries are unpredictable",
                "each a little above the one before",
            ),
            (
                ServerFault::NoTcpUpstream,
                tcp,
                "no upstream query over TCP followed the reply with TC; SERVFAIL",
            ),
            (ServerFault::DiscardsTcpReplies, tcp, servfail),
            (
                ServerFault::InsistsOnEdns,
                edns,
                "no upstream query without EDNS followed FORMERR; SERVFAIL",
            ),
            (
                ServerFault::PassesForgedRecordsOn,
                bailiwick,
                "the forged record was passed on",
            ),
            (
                ServerFault::CachesForgedRecords,
                bailiwick,
                "the forged record was cached: ",
            ),
            (
                ServerFault::NeverTruncates,
                truncated,
                " octets, TC 0: NOERROR",
            ),
            (
                ServerFault::IgnoresPlainQueries,
                truncated,
                "no reply within 5.",
            ),
            (
                ServerFault::TruncatesOverTcp,
                whole,
                "the reply is truncated (TC)",
            ),
        ],
    );
}

#[test]
fn matches_reports_each_fault() {
    let id = "a reply with another id is discarded";
    let qname = "a reply to another name is discarded";
    server_faults(
        "matches",
        &[
            (
                ServerFault::AnyDatagram,
                id,
                "the forged reply (another id) was believed\n\
                 Also believed: another name in the question, another type in the question, \
                 another class in the question, no question, QR 0, from another address, from another port",
            ),
            (
                ServerFault::AnyId,
                id,
                "the forged reply (another id) was believed",
            ),
            (
                ServerFault::AnyQname,
                qname,
                "the forged reply (another name in the question) was believed",
            ),
            (
                ServerFault::CachesMismatches,
                qname,
                "the forged reply (another name in the question) was believed",
            ),
            (
                ServerFault::AnyQtype,
                "a reply to another type is discarded",
                "the forged reply (another type in the question) was believed",
            ),
            (
                ServerFault::AnyQclass,
                "a reply to another class is discarded",
                "the forged reply (another class in the question) was believed",
            ),
            (
                ServerFault::NoQuestionNeeded,
                "a reply without a question is discarded",
                "the forged reply (no question) was believed",
            ),
            (
                ServerFault::AnyQr,
                "a message with QR 0 is no reply",
                "the forged reply (QR 0) was believed",
            ),
            (
                ServerFault::AnyAddress,
                "a reply from another address is discarded",
                "the forged reply (from another address) was believed",
            ),
            (
                ServerFault::AnyPort,
                "a reply from another port is discarded",
                "the forged reply (from another port) was believed",
            ),
            (
                ServerFault::GivesUpAtForgery,
                id,
                "SERVFAIL and no records; the correct RCODE is NOERROR\n\
                 The forged reply (another id) came first, and the true one 20 ms later",
            ),
            (
                ServerFault::FixedPort,
                "upstream queries come from unpredictable ports",
                "1 port in ",
            ),
        ],
    );
}

#[test]
fn chases_reports_each_fault() {
    let alias_loop = "an alias loop ends the resolution";
    let alias = "an alias within a zone is followed";
    server_faults(
        "chases",
        &[
            (ServerFault::StopsAtAlias, alias, "missing: "),
            (ServerFault::HidesAliases, alias, "missing: "),
            (
                ServerFault::NoDname,
                "a DNAME is followed: the answer holds it, the CNAME made from it, and the target",
                "SERVFAIL and no records",
            ),
            (
                ServerFault::HidesDname,
                "a DNAME is followed: the answer holds it, the CNAME made from it, and the target",
                "DNAME\t",
            ),
            (
                ServerFault::NeedsGlue,
                "the address of a server without glue is looked up",
                "SERVFAIL and no records",
            ),
            (
                ServerFault::LoopIsNxdomain,
                alias_loop,
                "NXDOMAIN and no records",
            ),
            (
                ServerFault::FollowsLoops,
                alias_loop,
                " upstream queries for ",
            ),
        ],
    );
}

#[test]
fn caches_reports_each_fault() {
    let second = "delegations are cached: a second name of the zone costs one upstream query";
    let none = "no upstream query: the answer is the cached one";
    server_faults(
        "caches",
        &[
            (
                ServerFault::NoCache,
                "a repeated question is answered from the cache",
                "1 upstream query",
            ),
            (
                ServerFault::TtlFrozen,
                "the TTL of a cached record is reduced by its age",
                "a TTL of 3600, two seconds after a TTL of 3600",
            ),
            (
                ServerFault::CacheIsCaseSensitive,
                "the cache ignores the case of letters",
                "1 upstream query",
            ),
            (
                ServerFault::NoDelegationCache,
                second,
                "1 upstream query to the zone's server, 2 upstream queries to the servers above",
            ),
            (
                ServerFault::NoAliasCache,
                "an alias and its target are both cached",
                "1 upstream query",
            ),
            (
                ServerFault::NeverExpires,
                "a record with a TTL of 2 is queried again after 3 seconds",
                none,
            ),
            (
                ServerFault::CachesTtlZero,
                "a record with a TTL of 0 is not cached",
                none,
            ),
        ],
    );
}

#[test]
fn absence_reports_each_fault() {
    let soa = "a negative answer holds the zone's SOA with its remaining TTL";
    let minimum = "a negative answer is cached for the lesser of the SOA's TTL and MINIMUM";
    server_faults(
        "absence",
        &[
            (
                ServerFault::NoNegativeCache,
                "NXDOMAIN is cached",
                "1 upstream query",
            ),
            (ServerFault::NoSoa, soa, "no SOA record"),
            (
                ServerFault::SoaTtlFrozen,
                soa,
                "an SOA record with a TTL of 300",
            ),
            (
                ServerFault::MinimumIgnored,
                soa,
                "an SOA record with a TTL of ",
            ),
            (
                ServerFault::NodataForAllTypes,
                "NODATA is cached for its type alone",
                "missing: ",
            ),
            (
                ServerFault::NegativeNeverExpires,
                minimum,
                "no upstream query: the answer is the cached one",
            ),
        ],
    );
}

#[test]
fn dead_reports_each_fault() {
    let servfail = "SERVFAIL and no records; the correct RCODE is NOERROR";
    server_faults(
        "dead",
        &[
            (
                ServerFault::FirstServerOnly,
                "a server with a closed port is skipped",
                servfail,
            ),
            (
                ServerFault::StopsAtLameServer,
                "a lame server (REFUSED) is skipped",
                servfail,
            ),
            (
                ServerFault::WaitsAMinute,
                "a server that never replies is skipped",
                "no reply to 3 queries, the last within ",
            ),
            (
                ServerFault::OneAtATime,
                "a query for a dead zone does not block another query",
                "no reply within 5.",
            ),
            (
                ServerFault::DeadIsNxdomain,
                "a zone without a working server is a resolution failure",
                "NXDOMAIN and no records",
            ),
        ],
    );
}

#[test]
fn refuses_reports_each_fault() {
    let seven = "a message of seven octets is ignored";
    let notimp = "another opcode than QUERY: NOTIMP";
    server_faults(
        "refuses",
        &[
            (
                ServerFault::AnswersReplies,
                "a message with QR 1 is ignored",
                "2 records in the answer section",
            ),
            (
                ServerFault::AnswersShortMessages,
                seven,
                "a malformed reply of 7 octets: ",
            ),
            (ServerFault::AnyOpcode, notimp, "NOERROR and"),
            (ServerFault::WrongId, notimp, " instead of "),
            (ServerFault::NoQr, notimp, "QR 0: this is no reply"),
            (
                ServerFault::FirstQuestionOnly,
                "two questions: FORMERR",
                "NOERROR and",
            ),
            (
                ServerFault::IgnoresMalformed,
                "a question that is cut off: FORMERR",
                "no reply within 5.",
            ),
            (
                ServerFault::AnyEdnsVersion,
                "an unknown EDNS version: BADVERS",
                "NOERROR and",
            ),
            (
                ServerFault::AnswersAxfr,
                "a zone transfer is refused",
                "NOERROR and",
            ),
            (
                ServerFault::AnyClass,
                "another class than IN is refused",
                "NOERROR and",
            ),
            (
                ServerFault::ResolvesWithoutRd,
                "a query with RD 0 starts no resolution",
                "upstream queries for ",
            ),
            (
                ServerFault::ExitsAfterRdClear,
                "the server still answers after all of these messages",
                "(the program exited: exit status: 0)",
            ),
            (
                ServerFault::ExitsAtShortMessage,
                seven,
                "the server ended (the program exited: exit status: 0)",
            ),
        ],
    );
}

#[test]
fn an_address_that_this_machine_does_not_have_is_named() {
    if !crate::require_addresses() {
        return;
    }
    let server = MinimalServer {
        fault: None,
        by_default: false,
    };
    let subject = Subject {
        client: None,
        server: Some(&server),
    };
    let settings = judge::trial::Settings {
        stranger: Some([192, 0, 2, 1].into()),
        ..settings()
    };
    let result = (stage("refuses").run)(&mut Trial::new(&subject, settings, "refuses"));
    let Err(StageError::NotJudged(reason)) = result else {
        panic!("192.0.2.1 is no address of this machine, but: {result:?}");
    };
    let expected = "--stranger 192.0.2.1 cannot be used: this machine does not have it (";
    assert!(reason.starts_with(expected), "{reason}");
}

#[test]
fn load_reports_each_fault() {
    let lost = "under load fewer than 1 query in 100 is lost";
    server_faults(
        "load",
        &[
            (ServerFault::DropsOneIn(20), lost, " with SERVFAIL"),
            (
                ServerFault::SilentOneIn(20),
                lost,
                " without a reply, 0 with SERVFAIL",
            ),
            (
                ServerFault::WrongOneIn(100),
                "every answer under load is correct",
                "",
            ),
        ],
    );
}

/// Binds a UDP socket as soon as the server before it has closed its own.
fn bind_when_free(address: &str) -> std::net::UdpSocket {
    let start = std::time::Instant::now();
    loop {
        match std::net::UdpSocket::bind(address) {
            Ok(socket) => return socket,
            Err(_) if start.elapsed().as_secs() < 10 => {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            Err(error) => panic!("{address} is still in use after 10 s: {error}"),
        }
    }
}
