//! A test for each of the server's stages: faults of a server, and the rules that they violate.

use judge::outcome::StageError;
use judge::subject::Subject;
use judge::trial::Trial;
use real_servers::namespace::{require_namespaces, run_ignored_test};

use crate::minimal::server::{MinimalServer, ServerFault};
use crate::{server_faults, settings, stage};

/// Makes one reply after another wrong, and checks that the stage reports the rule of each query.
fn each_reply_can_fail(stage: &str, rules: &[&str]) {
    let cases: Vec<_> = (0..)
        .map(ServerFault::WrongNthReply)
        .zip(rules.iter().copied())
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
            "a DNAME is followed",
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
    let several =
        "one TCP connection carries several queries, however they are split into segments";
    server_faults(
        "listens",
        &[
            (
                ServerFault::NeverStarts,
                "the server starts, and answers over UDP",
            ),
            (ServerFault::WrongId, "the server answers over UDP"),
            (ServerFault::NoQr, "the server answers over UDP"),
            (ServerFault::NoQuestion, "the server answers over UDP"),
            (ServerFault::NoTcp, "the server answers over TCP"),
            (ServerFault::OneQueryPerConnection, several),
            (
                ServerFault::OneConnectionAtATime,
                "twenty idle TCP connections do not block another client",
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
    for fault in [ServerFault::ListensElsewhere, ServerFault::TcpElsewhere] {
        let Err(StageError::Failed(failure)) = listens(Some(fault)) else {
            panic!("{fault:?} is not reported");
        };
        assert_eq!(
            failure.rule,
            "without an option the server listens at 127.0.0.1:2053"
        );
    }
    let _occupied = std::net::UdpSocket::bind("127.0.0.1:2053").unwrap();
    let Err(StageError::NotJudged(reason)) = listens(None) else {
        panic!("the port is in use");
    };
    assert!(reason.contains("127.0.0.1:2053 is in use"), "{reason}");
}

#[test]
fn forwards_reports_each_fault() {
    server_faults(
        "forwards",
        &[
            (ServerFault::WrongId, "the reply has the id of the query"),
            (ServerFault::NoQr, "QR is 1 in a reply"),
            (
                ServerFault::OtherOpcode,
                "the opcode is copied from the query",
            ),
            (ServerFault::RdNotCopied, "RD is copied from the query"),
            (ServerFault::SetsZ, "Z is 0 in a reply"),
            (ServerFault::NoQuestion, "the reply repeats the question"),
            (
                ServerFault::LowersCase,
                "the reply repeats the question with the case of each letter",
            ),
            (
                ServerFault::DropsUnknownTypes,
                "records of an unknown type are passed on unchanged",
            ),
            (ServerFault::RaisesTtls, "an A query is answered"),
            (ServerFault::OneRecordOnly, "an A query is answered"),
            (
                ServerFault::StopsAtAlias,
                "an alias is answered with the records of its target",
            ),
            (
                ServerFault::NodataIsNxdomain,
                "no records of the type: NOERROR without records (NODATA)",
            ),
        ],
    );
}

#[test]
fn walks_reports_each_fault() {
    let truncated =
        "without EDNS a UDP reply has at most 512 octets, and TC if records are missing";
    let bailiwick = "records outside the server's bailiwick are discarded";
    server_faults(
        "walks",
        &[
            (
                ServerFault::StopsAtReferral,
                "a name behind two delegations is resolved",
            ),
            (
                ServerFault::NodataIsNxdomain,
                "no records of the type: NOERROR without records (NODATA)",
            ),
            (
                ServerFault::NoRa,
                "a recursive resolver sets RA (recursion available)",
            ),
            (
                ServerFault::ClaimsAuthority,
                "AA is 0: the resolver has no authority for the zone",
            ),
            (ServerFault::SetsRdUpstream, "RD is 0 in upstream queries"),
            (
                ServerFault::CountsIds,
                "the ids of upstream queries are unpredictable",
            ),
            (
                ServerFault::NoTcpUpstream,
                "after TC the upstream query is repeated over TCP",
            ),
            (
                ServerFault::InsistsOnEdns,
                "after FORMERR the upstream query is repeated without EDNS",
            ),
            (ServerFault::PassesForgedRecordsOn, bailiwick),
            (ServerFault::CachesForgedRecords, bailiwick),
            (ServerFault::NeverTruncates, truncated),
            (
                ServerFault::TruncatesOverTcp,
                "a reply that was truncated over UDP is complete over TCP",
            ),
        ],
    );
}

#[test]
fn chases_reports_each_fault() {
    let alias_loop = "an alias loop ends the resolution";
    server_faults(
        "chases",
        &[
            (
                ServerFault::StopsAtAlias,
                "an alias within a zone is followed",
            ),
            (
                ServerFault::HidesAliases,
                "an alias within a zone is followed",
            ),
            (ServerFault::NoDname, "a DNAME is followed"),
            (
                ServerFault::NeedsGlue,
                "the address of a server without glue is looked up",
            ),
            (ServerFault::LoopIsNxdomain, alias_loop),
            (ServerFault::FollowsLoops, alias_loop),
        ],
    );
}

#[test]
fn caches_reports_each_fault() {
    server_faults(
        "caches",
        &[
            (
                ServerFault::NoCache,
                "a repeated question is answered from the cache",
            ),
            (
                ServerFault::TtlFrozen,
                "the TTL of a cached record is reduced by its age",
            ),
            (
                ServerFault::CacheIsCaseSensitive,
                "the cache ignores the case of letters",
            ),
            (
                ServerFault::NoDelegationCache,
                "delegations are cached: a second name of the zone costs one upstream query",
            ),
            (
                ServerFault::NoAliasCache,
                "an alias and its target are both cached",
            ),
            (
                ServerFault::NeverExpires,
                "a record with a TTL of 2 is queried again after 3 seconds",
            ),
            (
                ServerFault::CachesTtlZero,
                "a record with a TTL of 0 is not cached",
            ),
        ],
    );
}

#[test]
fn absence_reports_each_fault() {
    let soa = "a negative answer holds the zone's SOA with its remaining TTL";
    server_faults(
        "absence",
        &[
            (ServerFault::NoNegativeCache, "NXDOMAIN is cached"),
            (ServerFault::NoSoa, soa),
            (ServerFault::SoaTtlFrozen, soa),
            (ServerFault::MinimumIgnored, soa),
            (
                ServerFault::NodataForAllTypes,
                "NODATA is cached for its type alone",
            ),
            (
                ServerFault::NegativeNeverExpires,
                "a negative answer is cached for the lesser of the SOA's TTL and MINIMUM",
            ),
        ],
    );
}

#[test]
fn dead_reports_each_fault() {
    server_faults(
        "dead",
        &[
            (
                ServerFault::FirstServerOnly,
                "a server with a closed port is skipped",
            ),
            (
                ServerFault::StopsAtLameServer,
                "a lame server (REFUSED) is skipped",
            ),
            (
                ServerFault::WaitsAMinute,
                "a server that never replies is skipped",
            ),
            (
                ServerFault::OneAtATime,
                "a query for a dead zone does not block another query",
            ),
            (
                ServerFault::DeadIsNxdomain,
                "a zone without a working server is a resolution failure",
            ),
        ],
    );
}

#[test]
fn refuses_reports_each_fault() {
    server_faults(
        "refuses",
        &[
            (
                ServerFault::AnswersReplies,
                "a message with QR 1 is ignored",
            ),
            (
                ServerFault::AnswersShortMessages,
                "a message of seven octets is ignored",
            ),
            (ServerFault::AnyOpcode, "another opcode than QUERY: NOTIMP"),
            (ServerFault::FirstQuestionOnly, "two questions: FORMERR"),
            (
                ServerFault::IgnoresMalformed,
                "a question that is cut off: FORMERR",
            ),
            (
                ServerFault::AnyEdnsVersion,
                "an unknown EDNS version: BADVERS",
            ),
            (ServerFault::AnswersAxfr, "a zone transfer is refused"),
            (ServerFault::AnyClass, "another class than IN is refused"),
            (
                ServerFault::ResolvesWithoutRd,
                "a query with RD 0 starts no resolution",
            ),
            (
                ServerFault::ExitsAfterRdClear,
                "the server still answers after all of these messages",
            ),
            (
                ServerFault::ExitsAtShortMessage,
                "another opcode than QUERY: NOTIMP",
            ),
        ],
    );
}

#[test]
fn load_reports_each_fault() {
    server_faults(
        "load",
        &[
            (
                ServerFault::DropsOneIn(20),
                "under load fewer than 1 query in 100 is lost",
            ),
            (
                ServerFault::WrongOneIn(100),
                "every answer under load is correct",
            ),
        ],
    );
}
