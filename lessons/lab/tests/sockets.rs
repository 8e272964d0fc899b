//! `cargo xtask lab` from outside: the program is started, its table read, and its servers queried
//! through real sockets.
//!
//! Only where all of 127.0.0.0/8 is this machine, which is not so on macOS.
#![cfg(test)]
#![cfg(not(target_os = "macos"))]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dnsparse::{DnsPacket, Edns, RecordType};
use lab::Lab;
use network::Via;

const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// The program, which ends with the test, however that ends.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _gone = self.0.wait();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.args(arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A port that is free at all addresses.
fn free_port() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Starts it and reads what it prints, up to the line that says that all servers listen.
fn start(port: u16, names: &[&str]) -> (Program, Vec<String>) {
    let port = port.to_string();
    let arguments = [&["--port", &port], names].concat();
    let mut program = Program(program(&arguments).spawn().unwrap());
    let stdout = BufReader::new(program.0.stdout.take().unwrap());
    let mut lines = Vec::new();
    for line in stdout.lines().map(Result::unwrap) {
        if line.contains("Ctrl-C ends it") {
            return (program, lines);
        }
        lines.push(line);
    }
    panic!("it ended after {lines:#?}");
}

/// The server in the lab that a row of the table has at a loopback address.
fn true_address(lines: &[String], here: &str) -> SocketAddr {
    let mut rows = lines.iter().map(|line| line.split_whitespace());
    let row = rows
        .find_map(|mut row| (row.next() == Some(here)).then(|| row.next()))
        .flatten();
    SocketAddr::new(row.unwrap().parse().unwrap(), 53)
}

fn query_udp(server: SocketAddr, query: &[u8]) -> Vec<u8> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
    socket.connect(server).unwrap();
    socket.send(query).unwrap();
    let mut room = vec![0; 65_535];
    let length = socket.recv(&mut room).unwrap();
    room[..length].to_vec()
}

fn query_tcp(server: SocketAddr, query: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
    let length = u16::try_from(query.len()).unwrap().to_be_bytes();
    stream.write_all(&[&length[..], query].concat()).unwrap();
    let mut length = [0; 2];
    stream.read_exact(&mut length).unwrap();
    let mut reply = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply).unwrap();
    reply
}

#[test]
fn each_line_for_dig_leads_to_a_server_that_replies_as_in_the_lab() {
    let port = free_port();
    let (_program, lines) = start(port, &["www.google.com", "www.truncates.test"]);
    let lab = Lab::internet();
    let steps: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.first() == Some(&"dig"))
        .collect();
    assert_eq!(steps.len(), 6, "{lines:#?}");
    for step in steps {
        let ["dig", "+norecurse", "-p", at, here, qname] = step[..] else {
            panic!("{step:?}")
        };
        assert_eq!(at, port.to_string());
        let here = here.strip_prefix('@').unwrap();
        let server = true_address(&lines, here);
        let query = DnsPacket::query(7, qname.parse().unwrap(), RecordType::A);
        let query = query.write().unwrap();
        let here = SocketAddr::new(here.parse().unwrap(), port);
        let reply = |via| lab.answer(server, via, &query).unwrap();
        assert_eq!(
            query_udp(here, &query),
            reply(Via::Udp),
            "{qname} at {server}"
        );
        assert_eq!(
            query_tcp(here, &query),
            reply(Via::Tcp),
            "{qname} at {server}"
        );
    }
}

/// A chapter whose commands query the program at its default port: each command has to show what
/// the server at that address replies.
const MAP: &str = include_str!("../../lesson-00-map/README.md");
/// The same for the page of frequent questions.
const FAQ: &str = include_str!("../../reference/faq.md");

#[test]
fn each_dig_command_of_the_pages_has_the_reply_that_is_printed_below_it() {
    let (_program, lines) = start(free_port(), &["www.google.com"]);
    let lab = Lab::internet();
    let blocks = [MAP, FAQ].map(|page| page.split("```console\n$ ").skip(1));
    let blocks = blocks
        .into_iter()
        .flatten()
        .filter_map(|rest| rest.split("```").next());
    let mut count = 0;
    for block in blocks {
        let (command, printed) = block.split_once('\n').unwrap_or((block, ""));
        if !command.starts_with("dig ") || !command.contains("-p 10053") {
            continue;
        }
        let reply = lab_reply(&lab, &lines, command);
        let expected = facts(&reply);
        for line in printed.lines().filter_map(fact) {
            assert!(
                expected.contains(&line),
                "`{command}` prints\n  {line}\nwhich the lab does not reply; it replies\n  {}",
                expected.join("\n  ")
            );
        }
        count += 1;
    }
    assert!(
        count >= 8,
        "the pages have eight or more such commands, found: {count}"
    );
}

/// The lab's reply to a line for dig, over TCP if it is truncated over UDP.
fn lab_reply(lab: &Lab, lines: &[String], command: &str) -> DnsPacket {
    let words: Vec<&str> = command
        .split(' ')
        .filter(|word| !word.starts_with('+'))
        .collect();
    let ["dig", "-p", "10053", here, qname, ref qtype @ ..] = words[..] else {
        panic!("this test cannot read `{command}`")
    };
    let server = true_address(lines, here.trim_start_matches('@'));
    let qtype = qtype.first().unwrap_or(&"A").parse().unwrap();
    let mut query = DnsPacket::query(7, qname.parse().unwrap(), qtype);
    query.header.rd = !command.contains("+norecurse");
    query.edns = Some(Edns {
        udp_size: 1_232,
        ..Edns::default()
    });
    let query = query.write().unwrap();
    let reply = |via| DnsPacket::parse(&lab.answer(server, via, &query).unwrap()).unwrap();
    let udp = reply(Via::Udp);
    if udp.header.tc { reply(Via::Tcp) } else { udp }
}

/// What dig prints of a reply and a page can show: status, flags with counts, and each record.
fn facts(reply: &DnsPacket) -> Vec<String> {
    let header = reply.header;
    let flags = [
        (header.qr, " qr"),
        (header.aa, " aa"),
        (header.rd, " rd"),
        (header.ra, " ra"),
    ];
    let flags: String = flags
        .iter()
        .filter(|flag| flag.0)
        .map(|flag| flag.1)
        .collect();
    let additionals = reply.additionals.len() + usize::from(reply.edns.is_some());
    let mut facts = vec![
        format!("status: {}", reply.rcode()),
        format!(
            ";; flags:{flags}; QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {additionals}",
            reply.questions.len(),
            reply.answers.len(),
            reply.authorities.len(),
        ),
    ];
    facts.extend(reply.records().map(|record| spaced(&record.to_string())));
    facts
}

/// The fact in a line that dig printed; none in a title, or an empty line.
fn fact(line: &str) -> Option<String> {
    if let Some((_, status)) = line.split_once("status: ") {
        return Some(format!("status: {}", status.split(',').next()?));
    }
    let shown = line.starts_with(";; flags:") || !(line.is_empty() || line.starts_with(';'));
    shown.then(|| spaced(line))
}

/// The words of a line, with one space between them.
fn spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_slow_server_takes_its_time_on_sockets_too() {
    let port = free_port();
    let (_program, lines) = start(port, &["www.slow.test"]);
    let last = lines.iter().rfind(|line| line.starts_with("dig")).unwrap();
    let here = last.split(['@', ' ']).find(|word| word.starts_with("127."));
    let here = SocketAddr::new(here.unwrap().parse().unwrap(), port);
    let query = DnsPacket::query(7, "www.slow.test".parse().unwrap(), RecordType::A);
    let query = query.write().unwrap();
    for query_via in [query_udp, query_tcp] {
        let start = Instant::now();
        let reply = DnsPacket::parse(&query_via(here, &query)).unwrap();
        assert_eq!(reply.answers.len(), 1);
        assert!(start.elapsed() >= Duration::from_millis(600), "{last}");
    }
}

#[test]
fn each_step_to_a_name_has_its_outcome() {
    let (_program, lines) = start(free_port(), &["www.lame.test"]);
    let outcomes: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("# "))
        .collect();
    insta::assert_snapshot!(outcomes.join("\n"), @r"
    a.root-servers.net refers to test.
    ns1.nic.test refers to lame.test.
    ns.stranger.test does not help: REFUSED
    ns2.lame.test answers A 198.18.2.80
    ");
}

/// 198.51.100.0/24 is set apart for documentation: no machine has such an address.
#[test]
fn a_missing_address_ends_the_program_with_the_commands_to_add_it() {
    let ended = program(&["--after", "198.51.100.0"]).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(
        message.starts_with("This machine does not have the address 198.51.100.1."),
        "{message}"
    );
    assert!(
        message.contains("do sudo ifconfig lo0 alias 198.51.100.$n; done"),
        "{message}"
    );
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind("127.53.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let ended = program(&["--port", &at.port().to_string()])
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let message = String::from_utf8(ended.stderr).unwrap();
    assert!(
        message.starts_with(&format!("{at} is in use.")),
        "{message}"
    );
}

/// Ctrl-C is SIGINT; `kill` sends it where there are signals.
#[cfg(unix)]
#[test]
fn ctrl_c_ends_the_program_with_success() {
    let (mut program, _) = start(free_port(), &["www.google.com"]);
    // The line was printed; the wait for the signal begins right after.
    std::thread::sleep(Duration::from_millis(300));
    let id = program.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(program.0.wait().unwrap().code(), Some(0));
}
