//! `listens`: the server listens over UDP and TCP, at the given address, and without one at
//! 127.0.0.1:2053.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Header, Question, RecordType};
use network::Via;

use crate::name_server::bind_both;
use crate::outcome::{Failure, StageError};
use crate::response::{NoReply, Response};
use crate::server_run::{REPLY_TIMEOUT, ServerRun, StartedServer};
use crate::stub::{connect, receive, send_query, stub_query};
use crate::test_internet::TestInternet;
use crate::text::count_of;
use crate::trial::Trial;

/// The default address of a server of this course. A port above 1,023 needs no administrator.
const DEFAULT_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 2_053);

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), StageError> {
    let mut run = ServerRun::start(trial)?;
    both_transports(&mut run)?;
    several_queries_on_one_connection(&mut run)?;
    idle_connections(&mut run)?;
    drop(run);
    if trial.server()?.has_default_address() {
        default_address(trial)?;
    }
    Ok(())
}

fn both_transports(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<www>.<shop>.<tld>");
    for via in [Via::Udp, Via::Tcp] {
        let response = run.query(via, &name, RecordType::A, REPLY_TIMEOUT);
        check_reply(run, &response, &format!("the server answers over {via}"))?;
    }
    Ok(())
}

/// Returns the questions of a message as text.
pub(super) fn questions(packet: &DnsPacket) -> String {
    let shown =
        |question: &Question| format!("{} {} {}", question.qname, question.qclass, question.qtype);
    match packet.questions.iter().map(shown).collect::<Vec<_>>() {
        none if none.is_empty() => "no question".to_owned(),
        some => format!("the question {}", some.join(" and ")),
    }
}

/// Checks the fields by which a client recognises its reply: QR, id and question.
fn check_reply(run: &mut ServerRun, response: &Response, rule: &str) -> Result<(), StageError> {
    let query = DnsPacket::parse(&response.query).unwrap_or_default();
    let (got, expected) = match response.packet() {
        None => (response.summary(), "a reply".to_owned()),
        Some(reply) if !reply.header.qr => ("QR 0".to_owned(), "QR 1: this is a reply".to_owned()),
        Some(reply) if reply.header.id != query.header.id => (
            format!("id {}", reply.header.id),
            format!("id {}, of the query", query.header.id),
        ),
        Some(reply) if reply.questions != query.questions => {
            let expected = questions(&query);
            (questions(&reply), format!("{expected}, as in the query"))
        }
        Some(_) => return Ok(()),
    };
    let rfc = match response.via {
        Via::Udp => "RFC 1035 section 4.1.1",
        Via::Tcp => "RFC 7766 section 5",
    };
    Err(run.failure(rule, expected, got, rfc, response).into())
}

/// Two queries in one segment, and a third whose length octets are split.
fn several_queries_on_one_connection(run: &mut ServerRun) -> Result<(), StageError> {
    let name = run.name("<www>.<shop>.<tld>");
    let queries: Vec<Vec<u8>> = [RecordType::A, RecordType::AAAA, RecordType::MX]
        .into_iter()
        .filter_map(|qtype| stub_query(run.filler.random(), &name, qtype).write().ok())
        .collect();
    let sent = Instant::now();
    let (replies, end) = exchange_all(run.server.address, &queries);
    let rule = "one TCP connection carries several queries, however they are split into segments";
    for (number, query) in (1..).zip(&queries) {
        let is_its = |reply: &&Vec<u8>| reply.get(..2) == query.get(..2);
        let reply = replies.iter().find(is_its).cloned();
        let is_missing = reply.is_none();
        let no_reply = end.clone().err().unwrap_or(NoReply::Timeout);
        let (server, query) = (run.server.address, query.clone());
        let response = Response::new(server, Via::Tcp, query, sent, reply.ok_or(no_reply));
        if is_missing {
            let got = missing_reply(number, &queries, &replies, &end, &response);
            let expected = "three replies, each with the id of its query";
            let failure = run.failure(rule, expected, got, "RFC 7766 section 5", &response);
            return Err(failure.into());
        }
        check_reply(run, &response, rule)?;
    }
    Ok(())
}

/// Describes the absence of the reply to this query.
fn missing_reply(
    number: usize,
    queries: &[Vec<u8>],
    replies: &[Vec<u8>],
    end: &Result<(), NoReply>,
    response: &Response,
) -> String {
    let count = count_of(replies.len(), "reply");
    let how_sent = match number == queries.len() {
        true => "whose length octets came in two segments",
        false => "which came in one segment with another",
    };
    match end {
        Err(NoReply::NotSent(_) | NoReply::Refused) => response.summary(),
        Err(_) => format!(
            "none to query {number}, {how_sent}: after {count}, {}",
            response.summary()
        ),
        Ok(()) => {
            let header = |reply: &Vec<u8>| Header::parse(reply).map(|header| header.id.to_string());
            let ids: Vec<String> = replies.iter().flat_map(header).collect();
            format!(
                "{count} with the ids {}: none has the id of query {number}",
                ids.join(", ")
            )
        }
    }
}

/// Sends all queries on one connection; returns the replies that arrive in time, and the reason why
/// there are no more.
fn exchange_all(server: SocketAddr, queries: &[Vec<u8>]) -> (Vec<Vec<u8>>, Result<(), NoReply>) {
    let mut replies = Vec::new();
    let mut talk = || {
        let mut stream = connect(server, REPLY_TIMEOUT)?;
        let framed = |query: &Vec<u8>| {
            let length = u16::try_from(query.len()).unwrap_or_default();
            [&length.to_be_bytes(), query.as_slice()].concat()
        };
        let whole: Vec<u8> = queries.iter().flat_map(framed).collect();
        let last = queries.last().map_or(0, Vec::len);
        let (first, second) = whole.split_at(whole.len().saturating_sub(last + 1));
        // A server that closes the connection may have replied before.
        let _closed = stream.write_all(first);
        std::thread::sleep(Duration::from_millis(30));
        let _closed = stream.write_all(second);
        for _ in queries {
            replies.push(receive(&mut stream)?);
        }
        Ok(())
    };
    let end = talk();
    (replies, end)
}

/// Connections without a query do not block others.
fn idle_connections(run: &mut ServerRun) -> Result<(), StageError> {
    let address = run.server.address;
    let idle: Vec<_> = (0..20)
        .map(|_| TcpStream::connect_timeout(&address, REPLY_TIMEOUT))
        .collect();
    let name = run.name("<www>.<shop>.<tld>");
    let response = run.query(Via::Tcp, &name, RecordType::A, REPLY_TIMEOUT);
    let rule = "twenty idle TCP connections do not block another client";
    let checked = check_reply(run, &response, rule);
    let open = idle.iter().flatten().count();
    checked.map_err(|error| {
        error.map_failure(|failure| Failure {
            got: format!("{} ({open} idle connections are open)", failure.got),
            ..failure
        })
    })
}

fn default_address(trial: &mut Trial<'_>) -> Result<(), StageError> {
    if let Err(error) = bind_both(DEFAULT_ADDRESS) {
        let what_to_do = match error.kind() {
            io::ErrorKind::AddrInUse => "End the program that listens there, and try again",
            _ => "The judge must be able to listen there itself",
        };
        return Err(StageError::not_judged(format!(
            "the server listens correctly at a given address. Its default address {DEFAULT_ADDRESS} cannot be tested: {error}. \
             {what_to_do}"
        )));
    }
    let internet = TestInternet::start(&mut trial.filler, trial.settings.upstream_port, "")?;
    let rule = format!("without an option the server listens at {DEFAULT_ADDRESS}");
    let started = StartedServer::start(trial, None, DEFAULT_ADDRESS, &internet);
    let mut server = started.map_err(|error| match error {
        StageError::Failed(failure) => StageError::from(Failure {
            rule: rule.clone(),
            ..*failure
        }),
        not_judged => not_judged,
    })?;
    let name = trial.filler.name("<www>.<shop>.<tld>");
    let query = stub_query(trial.filler.random(), &name, RecordType::A);
    let query = query.write().unwrap_or_default();
    let response = send_query(DEFAULT_ADDRESS, Via::Tcp, &query, REPLY_TIMEOUT);
    if response.reply.is_ok() {
        return Ok(());
    }
    let exited = server
        .exit_status()
        .map_or(String::new(), |how| format!("; it exited: {how}"));
    let got = format!("{}{exited}", response.summary());
    let failure = Failure::new(
        rule,
        "a reply over TCP, as over UDP",
        got,
        "RFC 7766 section 5",
    );
    Err(failure
        .with_messages(response.messages())
        .with_output(server.output())
        .into())
}
