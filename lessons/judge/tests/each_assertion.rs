//! Each assertion of each stage can fail: a little client and a little server that are right pass everything; made wrong in one
//! point, they fail in that point and in no other.

#![cfg(test)]

mod little;

use std::process::Command;
use std::thread;
use std::time::Duration;

use dnsparse::RecordType;
use judge::outcome::Stop;
use judge::report;
use judge::stages::{About, STAGES, Stage};
use judge::subject::Subject;
use judge::trial::{Settings, Trial};
use little::client::Slip;
use little::server::Fault;

fn stage(name: &str) -> Stage {
    STAGES.into_iter().find(|stage| stage.name == name).unwrap()
}

fn settings() -> Settings {
    Settings {
        patience: Duration::from_secs(4),
        load_seconds: 2,
        load_rate: 500,
        ..Settings::new(rand::random())
    }
}

/// What a stage says to a client and a server.
fn run(name: &str, slip: Option<Slip>, fault: Option<Fault>) -> Result<(), Stop> {
    let client = little::client::Little(slip);
    let by_default = false;
    let server = little::server::Little { fault, by_default };
    let subject = Subject {
        client: Some(&client),
        server: Some(&server),
    };
    let settings = settings();
    let result = (stage(name).run)(&mut Trial::new(&subject, settings, name));
    if result.is_err() {
        eprintln!(
            "{slip:?} {fault:?}, seed {}\n{}",
            settings.seed,
            report::stage(0, &stage(name), &result)
        );
    }
    result
}

/// Whether loopback has all the addresses that the judge's servers need; says so where not.
fn has_addresses() -> bool {
    let missing = judge::trial::addresses().find(|ip| std::net::UdpSocket::bind((*ip, 0)).is_err());
    match missing {
        Some(ip) => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "{ip} is needed where CI=true"
            );
            eprintln!("skipped: this machine does not have the address {ip}");
            false
        }
        None => true,
    }
}

/// Each of these breaks this promise, and is told so.
fn break_promises<T: Copy + Send + Sync + std::fmt::Debug>(
    cases: &[(T, &str)],
    judged: impl Fn(T) -> Result<(), Stop> + Sync,
) {
    let judged = &judged;
    let results: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = cases
            .iter()
            .map(|(wrong, _)| scope.spawn(move || judged(*wrong)))
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    for ((wrong, promise), result) in cases.iter().zip(results) {
        match result {
            Err(Stop::Failed(failure)) => assert_eq!(failure.promise, *promise, "{wrong:?}"),
            other => panic!("{wrong:?}: {other:?}"),
        }
    }
}

fn slips(stage: &str, cases: &[(Slip, &str)]) {
    break_promises(cases, |slip| run(stage, Some(slip), None));
}

fn faults(stage: &str, cases: &[(Fault, &str)]) {
    if has_addresses() {
        break_promises(cases, |fault| run(stage, None, Some(fault)));
    }
}

#[test]
fn a_client_and_a_server_that_are_right_pass_every_stage() {
    let has_addresses = has_addresses();
    thread::scope(|scope| {
        for stage in STAGES {
            if stage.about == About::Client || has_addresses {
                scope.spawn(move || {
                    assert_eq!(run(stage.name, None, None), Ok(()), "{}", stage.name)
                });
            }
        }
    });
}

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
            (Slip::NoRcode, nxdomain),
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

#[test]
fn listens() {
    let several = "one TCP connection carries several questions, however they are cut into pieces";
    faults(
        "listens",
        &[
            (Fault::NeverStarts, "the server runs, and answers by UDP"),
            (Fault::NoTcp, "it answers by TCP"),
            (Fault::OneQuestionPerConnection, several),
            (
                Fault::OneConnectionAtATime,
                "twenty idle TCP connections keep nobody else out",
            ),
        ],
    );
}

/// Runs the next test in a network namespace of its own, where nobody else is at port 2053.
#[test]
fn listens_by_default() {
    let is_there = Command::new("unshare").arg("--version").output().is_ok();
    assert!(
        is_there || std::env::var("CI").as_deref() != Ok("true"),
        "unshare is needed where CI=true"
    );
    if !is_there {
        eprintln!("skipped: unshare is not installed");
        return;
    }
    let output = Command::new("unshare")
        .args([
            "-Urn",
            "sh",
            "-c",
            "ip link set lo up && exec \"$0\" \"$@\"",
        ])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "in_a_network_of_its_own",
            "--nocapture",
        ])
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}

#[test]
#[ignore = "needs a network namespace of its own: the other test gives it one"]
fn in_a_network_of_its_own() {
    let listens = |fault| {
        let server = little::server::Little {
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
