//! `listens`: by UDP and by TCP, at the address that it is told, and at 127.0.0.1:2053 where it is told nothing.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use dnsparse::{DnsPacket, RecordType};
use network::Via;

use crate::ask::{Asked, ask, question, receive};
use crate::listen::bind_both;
use crate::outcome::{Failure, Stop};
use crate::served::{PATIENCE, Program, Served};
use crate::trial::Trial;
use crate::world::World;

/// Where a server of this course listens if it is not told otherwise: above 1,023, so that nobody has to be an administrator.
const BY_DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 2_053);

pub(super) fn run(trial: &mut Trial<'_>) -> Result<(), Stop> {
    let mut served = Served::start(trial)?;
    by_both(&mut served)?;
    several_on_one_connection(&mut served)?;
    idle_connections(&mut served)?;
    drop(served);
    if trial.server()?.knows_where_to_listen() {
        by_default(trial)?;
    }
    Ok(())
}

fn by_both(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<www>.<shop>.<tld>");
    for via in [Via::Udp, Via::Tcp] {
        let asked = served.ask(via, &name, RecordType::A, PATIENCE);
        is_reply(served, &asked, &format!("it answers by {via}"))?;
    }
    Ok(())
}

/// The least that makes a reply one: QR, the id and the question.
fn is_reply(served: &mut Served, asked: &Asked, promise: &str) -> Result<(), Stop> {
    let query = DnsPacket::parse(&asked.query).unwrap_or_default();
    let (got, expected) = match asked.packet() {
        None => (asked.in_short(), "a reply"),
        Some(reply) if !reply.header.qr => ("QR 0".to_owned(), "QR 1: this is a reply"),
        Some(reply) if reply.header.id != query.header.id => {
            (format!("id {}", reply.header.id), "the id of the query")
        }
        Some(reply) if reply.questions != query.questions => {
            ("another one".to_owned(), "the question of the query")
        }
        Some(_) => return Ok(()),
    };
    let rfc = match asked.via {
        Via::Udp => "RFC 1035 section 4.1.1",
        Via::Tcp => "RFC 7766 section 5",
    };
    Err(served.failure(promise, expected, got, rfc, asked).into())
}

/// Two questions in one segment, and a third whose length comes alone.
fn several_on_one_connection(served: &mut Served) -> Result<(), Stop> {
    let name = served.name("<www>.<shop>.<tld>");
    let queries: Vec<Vec<u8>> = [RecordType::A, RecordType::AAAA, RecordType::MX]
        .into_iter()
        .filter_map(|qtype| question(served.filler.random(), &name, qtype).write().ok())
        .collect();
    let replies = converse(served.program.address, &queries);
    for query in &queries {
        let is_its = |reply: &&Vec<u8>| reply.get(..2) == query.get(..2);
        let asked = Asked {
            server: served.program.address,
            via: Via::Tcp,
            query: query.clone(),
            reply: replies.iter().find(is_its).cloned(),
            took: PATIENCE,
        };
        is_reply(
            served,
            &asked,
            "one TCP connection carries several questions, however they are cut into pieces",
        )?;
    }
    Ok(())
}

/// As many replies as come in time.
fn converse(server: SocketAddr, queries: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut replies = Vec::new();
    let mut talk = || -> io::Result<()> {
        let mut stream = TcpStream::connect_timeout(&server, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
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
    // What came until it broke off is what there is to judge.
    let _broken_off = talk();
    replies
}

/// Connections that say nothing are no reason not to answer others.
fn idle_connections(served: &mut Served) -> Result<(), Stop> {
    let address = served.program.address;
    let idle: Vec<_> = (0..20)
        .map(|_| TcpStream::connect_timeout(&address, PATIENCE))
        .collect();
    let name = served.name("<www>.<shop>.<tld>");
    let asked = served.ask(Via::Tcp, &name, RecordType::A, PATIENCE);
    is_reply(
        served,
        &asked,
        "twenty idle TCP connections keep nobody else out",
    )?;
    drop(idle);
    Ok(())
}

fn by_default(trial: &mut Trial<'_>) -> Result<(), Stop> {
    if let Err(error) = bind_both(BY_DEFAULT) {
        return Err(Stop::unjudged(format!(
            "all was well where the server was told to listen, but what it does by default cannot be seen: {BY_DEFAULT} is in use \
             ({error}). End the program that listens there, and try again"
        )));
    }
    let world = World::start(&mut trial.filler, trial.settings.upstream_port, "")?;
    let promise = format!("it listens at {BY_DEFAULT} where it is told nothing else");
    let started = Program::start(trial, None, BY_DEFAULT, &world.hints, world.port);
    let mut program = started.map_err(|stop| match stop {
        Stop::Failed(failure) => Stop::from(Failure {
            promise: promise.clone(),
            ..*failure
        }),
        unjudged => unjudged,
    })?;
    let name = trial.filler.name("<www>.<shop>.<tld>");
    let query = question(trial.filler.random(), &name, RecordType::A);
    let query = query.write().unwrap_or_default();
    let asked = ask(BY_DEFAULT, Via::Tcp, &query, PATIENCE);
    if asked.reply.is_some() {
        return Ok(());
    }
    let ended = program
        .ended()
        .map_or(String::new(), |how| format!("; it ended by itself: {how}"));
    let got = format!("{}{ended}", asked.in_short());
    let failure = Failure::new(
        promise,
        "a reply by TCP, as by UDP",
        got,
        "RFC 7766 section 5",
    );
    Err(failure
        .with(asked.messages())
        .printed(program.printed())
        .into())
}
