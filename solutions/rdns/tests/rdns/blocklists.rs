//! Blocklists, before the lab's names.

use dnsparse::RecordType;

use crate::configuration::ConfigFile;
use crate::local::{ask, check};
use crate::server::{Server, query};

const LISTS: &str = "
[[blocklist]]
file = \"ads.txt\"
form = \"domains\"

[[blocklist]]
name = \"the children's list\"
file = \"games.hosts\"
form = \"hosts\"
reply = \"null\"
reason = \"filtered\"

[[blocklist]]
file = \"policy.rpz\"
form = \"rpz\"
";

fn lists() -> ConfigFile {
    let file = ConfigFile::new(LISTS);
    file.beside("ads.txt", "google.com\n@@mail.google.com\n");
    file.beside("games.hosts", "0.0.0.0 www.wikipedia.org\n");
    file.beside(
        "policy.rpz",
        "$TTL 60\n@ SOA localhost. root. 1 1h 1h 1h 60\n@ NS localhost.\nwww.yahoo.com CNAME *.\nexample.org A 192.0.2.1\n",
    );
    file
}

#[test]
fn names_on_a_list_are_blocked_and_the_reply_says_so() {
    let file = lists();
    let server = Server::start_with(&["--config", file.path()], "off");
    let line = server.wait_for_line("blocklists: ");
    assert!(
        line.ends_with("policy.rpz has 1 entry, and 1 record that rdns does not know"),
        "{line}"
    );
    let (a, aaaa) = (RecordType::A, RecordType::AAAA);
    let ads = "NXDOMAIN [EDE 15: on the list ads.txt]";
    let games = "[EDE 17: on the list the children's list]";
    // Each twice: the second time from the reply cache.
    for _ in 0..2 {
        check(
            &server,
            &[
                ("google.com", a, ads),
                ("WWW.Google.com", RecordType::HTTPS, ads),
                ("www.wikipedia.org", a, &format!("NOERROR 0.0.0.0 {games}")),
                ("www.wikipedia.org", aaaa, &format!("NOERROR :: {games}")),
                (
                    "www.wikipedia.org",
                    RecordType::TXT,
                    &format!("NOERROR {games}"),
                ),
                (
                    "www.yahoo.com",
                    a,
                    "NOERROR [EDE 15: on the list policy.rpz]",
                ),
            ],
        );
    }
    for name in ["en.wikipedia.org", "wikipedia.org", "example.org"] {
        let got = ask(&server, name, a);
        assert!(!got.contains("EDE"), "{name} is on no list: {got}");
    }
    let (reply, _) = server.udp(&query("google.com", a, None));
    assert!(reply.edns.is_none() && reply.header.ra, "{reply:?}");
    assert_eq!(reply.authorities.len(), 1, "an SOA for the TTL: {reply:?}");
}

/// Returns the name that the alias in an answer leads to.
fn alias_target(answer: &str) -> &str {
    let target = answer.split(' ').nth(1).filter(|it| it.ends_with('.'));
    target.unwrap_or_else(|| panic!("not an alias: {answer}"))
}

/// A site gives a tracker a name of its own, an alias of the blocked one.
#[test]
fn an_alias_of_a_blocked_name_is_blocked() {
    let file = lists();
    let open = Server::start_with(&[], "off");
    let got = ask(&open, "www.bbc.com", RecordType::A);
    let target = alias_target(&got);
    file.beside("ads.txt", &format!("{target}\n"));
    let server = Server::start_with(&["--config", file.path()], "off");
    let expected = "NXDOMAIN [EDE 15: on the list ads.txt]";
    check(&server, &[("www.bbc.com", RecordType::A, expected)]);
}

/// An exception is how a site is repaired whose names are aliases of blocked ones: for its name alone.
#[test]
fn an_exception_holds_for_the_aliases_of_its_name() {
    let file = lists();
    let open = Server::start_with(&[], "off");
    let whole = ask(&open, "www.bbc.com", RecordType::A);
    let target = alias_target(&whole);
    file.beside("ads.txt", &format!("{target}\n@@www.bbc.com\n"));
    let server = Server::start_with(&["--config", file.path()], "off");
    let blocked = "NXDOMAIN [EDE 15: on the list ads.txt]";
    check(
        &server,
        &[
            ("www.bbc.com", RecordType::A, &whole),
            (target, RecordType::A, blocked),
        ],
    );
}

#[test]
fn any_type_of_a_blocked_name_is_blocked() {
    let file = lists();
    let server = Server::start_with(&["--config", file.path()], "off");
    for rtype in [
        RecordType::ANY,
        RecordType::DS,
        RecordType::CNAME,
        RecordType::SOA,
    ] {
        check(
            &server,
            &[(
                "google.com",
                rtype,
                "NXDOMAIN [EDE 15: on the list ads.txt]",
            )],
        );
    }
}

#[cfg(unix)]
#[test]
fn lists_are_read_again() {
    let file = lists();
    let server = Server::start_with(&["--config", file.path()], "off");
    let (a, blocked) = (RecordType::A, "NXDOMAIN [EDE 15: on the list ads.txt]");
    let free = ask(&server, "www.example.com", a);
    check(&server, &[("google.com", a, blocked)]);
    file.beside("ads.txt", "example.com\n");
    let line = server.reload();
    let counts = "ads.txt has 1 entry; the children's list has 1 entry; policy.rpz has 1 entry, and 1 record that rdns does not know";
    assert!(line.contains(counts), "{line}");
    check(&server, &[("www.example.com", a, blocked)]);
    let got = ask(&server, "www.google.com", a);
    assert!(got.starts_with("NOERROR ") && !got.contains("EDE"), "{got}");
    file.beside("ads.txt", "www.ex ample\n");
    let line = server.try_reload();
    assert!(
        line.contains("ads.txt:1: 'www.ex ample' is not a domain"),
        "{line}"
    );
    check(&server, &[("www.example.com", a, blocked)]);
    assert!(free.starts_with("NOERROR "), "{free}");
}

#[test]
fn what_is_wrong_with_a_list_is_explained() {
    let file = ConfigFile::new("");
    file.beside("list", "0.0.0.0 ads.example\n");
    for (text, expected) in [
        ("file = \"list\"", "rdns.toml:1: missing key `form`"),
        (
            "file = \"list\"\nform = \"domain\"",
            "rdns.toml:3: there is no value 'domain' here: did you mean 'domains'?",
        ),
        (
            "file = \"list\"\nform = \"domains\"",
            "list:1: the line has the form of a hosts file: write form = \"hosts\"",
        ),
        (
            "file = \"list\"\nform = \"hosts\"\nreply = \"zero\"",
            "rdns.toml:4: there is no value 'zero' here: the values are nxdomain, null",
        ),
        (
            "file = \"lst\"\nform = \"hosts\"",
            "cannot read lst, the file of blocklist: No such file",
        ),
        (
            "fle = \"list\"\nform = \"hosts\"",
            "rdns.toml:2: there is no key 'fle' here: did you mean 'file'?",
        ),
    ] {
        file.write(&format!("[[blocklist]]\n{text}\n"));
        let (status, _, got) = file.run(&["--check-config"]);
        let got = got.trim_start_matches("rdns: ");
        assert!(
            status == Some(1) && got.starts_with(expected),
            "{text}\n     got: {got}expected: {expected}"
        );
    }
}

/// One wrong line does not cost the list. The check of the configuration and the log name it.
#[test]
fn a_list_with_a_wrong_line_is_used_without_it() {
    let file = lists();
    file.beside("ads.txt", "google.com\nads..example\nmail.example\n");
    let expected = "the blocklist ads.txt is used without 1 wrong line: ";
    let (status, _, got) = file.run(&["--check-config"]);
    assert!(status == Some(0) && got.contains(expected), "{got}");
    assert!(got.contains("ads.txt:2: 'ads..example' is not"), "{got}");
    let server = Server::start_with(&["--config", file.path()], "off");
    server.wait_for_line(expected);
    let blocked = "NXDOMAIN [EDE 15: on the list ads.txt]";
    check(&server, &[("google.com", RecordType::A, blocked)]);
}

/// A million names cost less than 100 MB, also while they are read again.
#[cfg(target_os = "linux")]
#[test]
fn a_million_names_take_little_memory() {
    let file = ConfigFile::new("[[blocklist]]\nfile = \"big\"\nform = \"domains\"\n");
    let text: String = (0..1_000_000)
        .map(|n| format!("tracker-{n}.advertising.example\n"))
        .collect();
    file.beside("big", &text);
    let small = Server::start_with(&[], "off");
    let server = Server::start_with(&["--config", file.path()], "off");
    let blocked = "NXDOMAIN [EDE 15: on the list big]";
    let last = "x.tracker-999999.advertising.example";
    check(&server, &[(last, RecordType::A, blocked)]);
    server.signal("-HUP");
    let limit = std::time::Instant::now() + crate::server::SOON * 6;
    loop {
        match server.log.recv_timeout(crate::server::SOON * 6) {
            Ok(line) if line.contains("reloaded: ") => break,
            Ok(_) => {}
            Err(error) => panic!("not reloaded: {error}"),
        }
        assert!(std::time::Instant::now() < limit, "not reloaded in time");
    }
    let (with, without) = (server.peak_memory(), small.peak_memory());
    let more = with.saturating_sub(without);
    assert!(
        more < 100 * 1_024,
        "{with} KiB with the list, {without} KiB without it"
    );
    println!("a million names: {more} KiB more at the peak of a reload");
}
