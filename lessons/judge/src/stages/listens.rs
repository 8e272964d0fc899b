//! `listens`: the server listens over UDP and TCP, at the given address, and without one at
//! 127.0.0.1:2053.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use network::Via;

use crate::name_server::bind_both;
use crate::outcome::{Failure, StageError};
use crate::server_run::{REPLY_TIMEOUT, ServerRun, StartedServer};
use crate::stub::{Response, receive, send_query, stub_query};
use crate::test_internet::TestInternet;
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

/// Checks the fields by which a client recognises its reply: QR, id and question.
fn check_reply(run: &mut ServerRun, response: &Response, rule: &str) -> Result<(), StageError> {
    let query = DnsPacket::parse(&response.query).unwrap_or_default();
    let (got, expected) = match response.packet() {
        None => (response.summary(), "a reply"),
        Some(reply) if !reply.header.qr => ("QR 0".to_owned(), "QR 1: this is a reply"),
        Some(reply) if reply.header.id != query.header.id => {
            (format!("id {}", reply.header.id), "the id of the query")
        }
        Some(reply) if reply.questions != query.questions => {
            ("another question".to_owned(), "the question of the query")
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
    let replies = exchange_all(run.server.address, &queries);
    for query in &queries {
        let is_its = |reply: &&Vec<u8>| reply.get(..2) == query.get(..2);
        let response = Response {
            server: run.server.address,
            via: Via::Tcp,
            query: query.clone(),
            reply: replies.iter().find(is_its).cloned(),
            elapsed: REPLY_TIMEOUT,
        };
        check_reply(
            run,
            &response,
            "one TCP connection carries several queries, however they are split into segments",
        )?;
    }
    Ok(())
}

/// Sends all queries on one connection, and returns the replies that arrive in time.
fn exchange_all(server: SocketAddr, queries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut replies = Vec::new();
    let mut talk = || -> io::Result<()> {
        let mut stream = TcpStream::connect_timeout(&server, REPLY_TIMEOUT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(REPLY_TIMEOUT))?;
        let framed = |query: &Vec<u8>| {
            let length = u16::try_from(query.len()).unwrap_or_default();
            [&length.to_be_bytes(), query.as_slice()].concat()
        };
        let whole: Vec<u8> = queries.iter().flat_map(framed).collect();
        let last = queries.last().map_or(0, Vec::len);
        let (first, second) = whole.split_at(whole.len().saturating_sub(last + 1));
        stream.write_all(first)?;
        std::thread::sleep(Duration::from_millis(30));
        stream.write_all(second)?;
        for _ in queries {
            replies.push(receive(&mut stream)?);
        }
        Ok(())
    };
    // After an error, the replies up to it are judged.
    let _error = talk();
    replies
}

/// Connections without a query do not block others.
fn idle_connections(run: &mut ServerRun) -> Result<(), StageError> {
    let address = run.server.address;
    let idle: Vec<_> = (0..20)
        .map(|_| TcpStream::connect_timeout(&address, REPLY_TIMEOUT))
        .collect();
    let name = run.name("<www>.<shop>.<tld>");
    let response = run.query(Via::Tcp, &name, RecordType::A, REPLY_TIMEOUT);
    check_reply(
        run,
        &response,
        "twenty idle TCP connections do not block another client",
    )?;
    drop(idle);
    Ok(())
}

fn default_address(trial: &mut Trial<'_>) -> Result<(), StageError> {
    if let Err(error) = bind_both(DEFAULT_ADDRESS) {
        return Err(StageError::not_judged(format!(
            "the server listens correctly at a given address. Its default address cannot be tested: {DEFAULT_ADDRESS} is in use \
             ({error}). End the program that listens there, and try again"
        )));
    }
    let internet = TestInternet::start(&mut trial.filler, trial.settings.upstream_port, "")?;
    let rule = format!("without an option the server listens at {DEFAULT_ADDRESS}");
    let started =
        StartedServer::start(trial, None, DEFAULT_ADDRESS, &internet.hints, internet.port);
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
    if response.reply.is_some() {
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
