//! A test for each of the server's stages: what a server does wrong, and the promise that it breaks.

use judge::outcome::Stop;
use judge::subject::Subject;
use judge::trial::Trial;
use real_servers::namespace::{require_namespaces, run_ignored_test};

use crate::little::server::{Fault, Little};
use crate::{faults, settings, stage};

/// The questions that a stage asks, one after another: each of them can fail.
fn one_after_another(stage: &str, promises: &[&str]) {
    let cases: Vec<_> = (0..)
        .map(Fault::SpoilsReply)
        .zip(promises.iter().copied())
        .collect();
    faults(stage, &cases);
}

#[test]
fn every_question_of_the_stage_forwards() {
    one_after_another(
        "forwards",
        &[
            "an address is found",
            "another type is another question",
            "texts come as they are, the empty one too",
            "records with names in them come whole",
            "a type that nobody knows is handed on as it is",
            "an alias comes with what it leads to",
            "no records of the type: NOERROR, and none",
            "a name that has only others below it is there",
            "a name that is not there: NXDOMAIN",
        ],
    );
}

#[test]
fn every_question_of_the_stage_walks() {
    one_after_another(
        "walks",
        &[
            "a name three steps below the root is found",
            "another type of the same name is found",
            "the beginning of a zone is found in the zone",
            "a zone within the zone is found",
            "what a wildcard stands for is found",
            "a type that nobody knows is found",
            "no records of the type: NOERROR, and none",
            "a name that has only others below it is there",
            "a name that is not there: NXDOMAIN",
            "nor is one that ends at the top-level domain",
            "nor one that ends at the root",
            "a second name of the zone is found",
        ],
    );
}

#[test]
fn every_question_of_the_stage_chases() {
    one_after_another(
        "chases",
        &[
            "an alias within a zone is followed",
            "an alias into another zone is followed",
            "four aliases from zone to zone are followed",
            "who asks for the alias gets the alias",
            "an alias of nothing: NXDOMAIN, with the alias",
            "an alias of a name without such records: NOERROR, with the alias",
            "a whole tree that moved is found",
            "a server without glue is looked up first",
            "and so is one whose own zone has no glue either",
            "a chain can be entered in its middle",
        ],
    );
}

#[test]
fn every_question_of_the_stage_absence() {
    one_after_another(
        "absence",
        &[
            "there is nothing, and it says so",
            "that a name does not exist is remembered",
            "there is nothing, and it says so",
            "that a name has no such records is remembered",
        ],
    );
}

#[test]
fn listens() {
    let several = "one TCP connection carries several questions, however they are cut into pieces";
    faults(
        "listens",
        &[
            (Fault::NeverStarts, "the server runs, and answers by UDP"),
            (Fault::WrongId, "it answers by UDP"),
            (Fault::NoQr, "it answers by UDP"),
            (Fault::NoQuestion, "it answers by UDP"),
            (Fault::NoTcp, "it answers by TCP"),
            (Fault::OneQuestionPerConnection, several),
            (
                Fault::OneConnectionAtATime,
                "twenty idle TCP connections keep nobody else out",
            ),
        ],
    );
}

/// Runs the next test in a network namespace of its own, where port 2053 is free.
#[test]
fn listens_by_default() {
    if require_namespaces() {
        run_ignored_test("of_the_server::listens_by_default_in_a_namespace", &[]);
    }
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn listens_by_default_in_a_namespace() {
    let listens = |fault| {
        let server = Little {
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
    for fault in [Fault::ListensElsewhere, Fault::TcpElsewhere] {
        let Err(Stop::Failed(failure)) = listens(Some(fault)) else {
            panic!("{fault:?} is not noticed");
        };
        assert_eq!(
            failure.promise,
            "it listens at 127.0.0.1:2053 where it is told nothing else"
        );
    }
    let _somebody = std::net::UdpSocket::bind("127.0.0.1:2053").unwrap();
    let Err(Stop::Unjudged(reason)) = listens(None) else {
        panic!("the port is taken");
    };
    assert!(reason.contains("127.0.0.1:2053 is in use"), "{reason}");
}

#[test]
fn forwards() {
    faults(
        "forwards",
        &[
            (Fault::WrongId, "the reply has the id of the query"),
            (Fault::NoQr, "a reply says that it is one"),
            (Fault::OtherOpcode, "the opcode is copied"),
            (Fault::RdNotCopied, "RD is copied"),
            (Fault::SetsZ, "Z is zero"),
            (Fault::NoQuestion, "the question comes back with the reply"),
            (
                Fault::SmallLetters,
                "the question comes back letter for letter",
            ),
            (
                Fault::DropsUnknownTypes,
                "a type that nobody knows is handed on as it is",
            ),
            (Fault::RaisesTtls, "an address is found"),
            (Fault::OneRecordOnly, "an address is found"),
            (Fault::StopsAtAlias, "an alias comes with what it leads to"),
            (
                Fault::NodataIsNxdomain,
                "no records of the type: NOERROR, and none",
            ),
        ],
    );
}

#[test]
fn walks() {
    let cut =
        "who says nothing of EDNS gets at most 512 octets by UDP, and TC where that is not all";
    let liar = "a server is believed only about what it is in charge of";
    faults(
        "walks",
        &[
            (
                Fault::StopsAtReferral,
                "a name three steps below the root is found",
            ),
            (
                Fault::NodataIsNxdomain,
                "no records of the type: NOERROR, and none",
            ),
            (Fault::NoRa, "who walks for others says so"),
            (
                Fault::ClaimsAuthority,
                "what others are in charge of is not told as one's own",
            ),
            (
                Fault::DesiresRecursion,
                "other servers are asked for what they know, and not to walk",
            ),
            (
                Fault::CountsIds,
                "nobody can foresee the id of a question to another server",
            ),
            (
                Fault::NoTcpUpstream,
                "a server that says TC is asked again by TCP",
            ),
            (
                Fault::InsistsOnEdns,
                "a server that knows no EDNS, and says FORMERR, is asked without",
            ),
            (Fault::HandsLiesOn, liar),
            (Fault::BelievesAnybody, liar),
            (Fault::NeverTruncates, cut),
            (
                Fault::TruncatesByTcp,
                "what was cut over UDP comes whole over TCP",
            ),
        ],
    );
}

#[test]
fn chases() {
    let circle = "aliases that go round in a circle come to an end";
    faults(
        "chases",
        &[
            (Fault::StopsAtAlias, "an alias within a zone is followed"),
            (Fault::HidesAliases, "an alias within a zone is followed"),
            (Fault::NoDname, "a whole tree that moved is found"),
            (Fault::NeedsGlue, "a server without glue is looked up first"),
            (Fault::CircleIsNothing, circle),
            (Fault::GoesInCircles, circle),
        ],
    );
}

#[test]
fn caches() {
    faults(
        "caches",
        &[
            (
                Fault::NoCache,
                "a question that was answered is answered from the cache",
            ),
            (
                Fault::TtlFrozen,
                "what is told from the cache is told for as long as it still holds",
            ),
            (
                Fault::CacheMindsCase,
                "case makes no difference to the cache",
            ),
            (
                Fault::ForgetsZones,
                "who serves a zone is remembered: its second name costs one question",
            ),
            (
                Fault::AliasesNotKept,
                "an alias and what it leads to are both remembered",
            ),
            (
                Fault::KeepsForEver,
                "what has a TTL of 2 is asked for anew after 3 seconds",
            ),
            (
                Fault::KeepsZero,
                "what has a TTL of 0 is answered, and not kept",
            ),
        ],
    );
}

#[test]
fn absence() {
    let how_long = "who is told that there is nothing is told for how long";
    faults(
        "absence",
        &[
            (
                Fault::NoNegativeCache,
                "that a name does not exist is remembered",
            ),
            (Fault::NoSoa, how_long),
            (Fault::SoaTtlFrozen, how_long),
            (Fault::MinimumIgnored, how_long),
            (
                Fault::NothingForAllTypes,
                "another type of a name that has none of the one is asked for",
            ),
            (
                Fault::NothingForEver,
                "absence is remembered for the lesser of the SOA's TTL and its minimum",
            ),
        ],
    );
}

#[test]
fn dead() {
    faults(
        "dead",
        &[
            (
                Fault::FirstServerOnly,
                "a server that is not there is passed over",
            ),
            (
                Fault::LameIsFinal,
                "a server that does not want to answer is passed over",
            ),
            (
                Fault::WaitsForEver,
                "a server that says nothing is passed over",
            ),
            (
                Fault::OneAtATime,
                "while one question waits for a dead zone, another is answered",
            ),
            (
                Fault::DeadIsNothing,
                "that nobody answers for a zone is a failure, and no answer",
            ),
        ],
    );
}

#[test]
fn refuses() {
    faults(
        "refuses",
        &[
            (Fault::AnswersReplies, "a reply is not answered"),
            (Fault::AnswersRunts, "seven octets are not answered"),
            (Fault::AnyOpcode, "another opcode is not implemented"),
            (Fault::FirstQuestionOnly, "two questions are no question"),
            (
                Fault::SilentAtNonsense,
                "a question that breaks off is no question",
            ),
            (
                Fault::AnyEdnsVersion,
                "an EDNS version that does not exist yet is refused by name",
            ),
            (Fault::AnswersAxfr, "a zone is not handed out"),
            (
                Fault::AnyClass,
                "another class than IN is not looked up there",
            ),
            (
                Fault::AlwaysWalks,
                "who does not want the walk (RD 0) does not get it",
            ),
            (Fault::DiesInTheEnd, "after all this it still answers"),
            (Fault::DiesOfNonsense, "another opcode is not implemented"),
        ],
    );
}

#[test]
fn load() {
    faults(
        "load",
        &[
            (
                Fault::DropsOneIn(20),
                "under load less than one question in a hundred is lost",
            ),
            (
                Fault::LiesOneIn(100),
                "under load every answer is the right one",
            ),
        ],
    );
}
