//! The configuration's file: errors, `--check-config`, `--print-config`, and the reload.

use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with a file of settings.
pub(crate) struct ConfigFile {
    pub(crate) folder: TempDir,
    pub(crate) path: PathBuf,
}

impl ConfigFile {
    pub(crate) fn new(text: &str) -> ConfigFile {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("rdns.toml");
        let file = ConfigFile { folder, path };
        file.write(text);
        file
    }

    /// Replaces the settings.
    pub(crate) fn write(&self, text: &str) {
        std::fs::write(&self.path, text).unwrap();
    }

    /// Writes another file beside the settings.
    pub(crate) fn beside(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Runs `rdns` with the file and these arguments until it ends; returns its exit status, its
    /// output, and its errors with the folder's path left out.
    pub(crate) fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_rdns"))
            .args(["--config", self.path()])
            .args(arguments)
            .output()
            .unwrap();
        let folder = format!("{}/", self.folder.path().display());
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        (
            status.code(),
            text(stdout),
            text(stderr).replace(&folder, ""),
        )
    }
}

#[test]
fn a_file_that_is_wrong_is_named_with_the_line() {
    let file = ConfigFile::new("lab = true\nlisen = [\"127.0.0.1:0\"]\n");
    for arguments in [&[][..], &["--check-config"], &["--print-config"]] {
        let expected =
            "rdns: rdns.toml:2: there is no key 'lisen' here: did you mean 'listen'?\n".to_owned();
        assert_eq!(
            file.run(arguments),
            (Some(1), String::new(), expected),
            "with {arguments:?}"
        );
    }
}

#[test]
fn the_files_that_a_configuration_names_are_checked() {
    let file = ConfigFile::new("root-hints = \"hints\"\n");
    let (status, _, text) = file.run(&["--check-config"]);
    assert!(
        status == Some(1)
            && text.starts_with("rdns: cannot read hints, the file of root-hints: No such file"),
        "{status:?} {text}"
    );
    file.beside("hints", ". 60 NSS a.root.\n");
    let (status, _, text) = file.run(&["--check-config"]);
    assert!(
        status == Some(1) && text.starts_with("rdns: hints:1:6: "),
        "{status:?} {text}"
    );
    file.beside("hints", ". 60 NS a.root.\na.root. 60 A 192.0.2.1\n");
    let expected = "rdns: the configuration is valid\n".to_owned();
    assert_eq!(
        file.run(&["--check-config"]),
        (Some(0), String::new(), expected)
    );
}

/// The server could not tell which of many settings is meant; and a pipe would keep it waiting.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_is_named_with_its_setting() {
    let settings = [
        ("root-hints", "root-hints = \"FILE\""),
        ("trust-anchor", "trust-anchor = \"FILE\""),
        ("trust-anchor-state", "trust-anchor-state = \"FILE\""),
        ("tls-cert", "tls-cert = \"FILE\"\ntls-key = \"FILE\""),
        ("local.hosts", "local = { hosts = [\"FILE\"] }"),
        (
            "local.zones",
            "local = { zones = [{ zone = \"lan\", file = \"FILE\" }] }",
        ),
        ("root-zone", "root-zone = { file = \"FILE\" }"),
        (
            "blocklist",
            "blocklist = [{ file = \"FILE\", form = \"domains\" }]",
        ),
        (
            "blocklist",
            "blocklist = [{ file = \"FILE\", form = \"rpz\" }]",
        ),
        (
            "tls-ca",
            "forward = [{ zone = \".\", servers = [\"192.0.2.1\"], tls-ca = \"FILE\" }]",
        ),
    ];
    let file = ConfigFile::new("");
    let pipe = file.folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(pipe).status();
    assert!(made.unwrap().success());
    for (key, text) in settings {
        for (name, reason) in [
            ("missing", "No such file or directory (os error 2)\n"),
            ("pipe", "it is a pipe, and no file\n"),
        ] {
            if (key, name) == ("trust-anchor-state", "missing") {
                // It is made at the start.
                continue;
            }
            file.write(&text.replace("FILE", name));
            let expected = format!("rdns: cannot read {name}, the file of {key}: {reason}");
            let (status, _, errors) = file.run(&["--check-config"]);
            assert_eq!((status, errors), (Some(1), expected), "{text}");
        }
    }
}

/// A server would not start with these.
#[cfg(unix)]
#[test]
fn what_would_be_written_over_something_else_is_named() {
    for (text, expected) in [
        (
            "dnstap = { file = \"/dev/null\" }",
            "/dev/null: cannot be that of dnstap: it is a device, and no file",
        ),
        (
            "control = \"other\"",
            "other: cannot be that of control: it is another file",
        ),
        (
            "control = \"rdns.toml\"",
            "rdns.toml is the file of --config, and control would take its place: each has to have a file of its own",
        ),
        (
            "dnstap = { file = \"other\" }\nlocal = { hosts = [\"other\"] }",
            "other is the file of local.hosts, and dnstap would take its place: each has to have a file of its own",
        ),
        (
            "dnstap = { file = \"state\" }\ntrust-anchor-state = \"state\"",
            "state is the file of trust-anchor-state, and dnstap would take its place: each has to have a file of its own",
        ),
    ] {
        let file = ConfigFile::new(text);
        file.beside("other", "192.0.2.1 nas\n");
        let (status, _, errors) = file.run(&["--check-config"]);
        assert_eq!(
            (status, errors),
            (Some(1), format!("rdns: {expected}\n")),
            "{text}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_path_that_is_too_long_for_a_socket_is_named() {
    for key in ["control", "dnstap.socket"] {
        let file = ConfigFile::new(&format!("{key} = \"{}\"", "s".repeat(200)));
        let (status, _, errors) = file.run(&["--check-config"]);
        let key = key.strip_suffix(".socket").unwrap_or(key);
        let expected = format!("rdns: the path of {key} is too long for a socket, which may have ");
        assert!(
            status == Some(1) && errors.starts_with(&expected),
            "{errors}"
        );
    }
}

/// The counts tell whether a list has the form that its settings say.
#[test]
fn a_check_says_how_many_entries_the_lists_have() {
    let list = "blocklist = [{ file = \"ads\", form = \"domains\" }]\n";
    let file = ConfigFile::new(list);
    file.beside("ads", "ads.example\n||b.example^$script\n");
    let expected = "rdns: blocklists: ads has 1 entry, and 1 rule that rdns does not know\nrdns: the configuration is valid\n";
    let (status, _, text) = file.run(&["--check-config"]);
    assert_eq!((status, text.as_str()), (Some(0), expected));
}

/// The service creates such folders; without it, they have to be there at the start.
#[test]
fn a_check_names_folders_that_are_missing_and_exceptions_that_are_over() {
    let file = ConfigFile::new(
        "control = \"run/control\"\ntrust-anchor-state = \"state/keys\"\nnegative-trust-anchor = [\"old.example@2020-01-31\", \"new.example@2099-01-31\"]\ndnstap = { file = \"log.tap\" }\n",
    );
    let (status, _, text) = file.run(&["--check-config"]);
    let folder = file.path().strip_suffix("rdns.toml").unwrap();
    let expected = "rdns: the negative trust anchor old.example.@2020-01-31 has ended: the zone is validated\n\
        rdns: not validated: new.example.@2099-01-31\n\
        rdns: control: run/control cannot be created yet: there is no folder run; create it before the start\n\
        rdns: trust-anchor-state: state/keys cannot be created yet: there is no folder state; create it before the start\n\
        rdns: the configuration is valid\n";
    let text = text.replace(folder, "");
    assert_eq!((status, text.as_str()), (Some(0), expected));
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let file = ConfigFile::new("upstream-port = 5353\n");
    let (status, _, text) = file.run(&["--lab", "--check-config"]);
    assert!(
        status == Some(1) && text.contains("leave out root-hints and upstream-port"),
        "{status:?} {text}"
    );
}

#[test]
fn each_address_is_given_once() {
    let twice = |address, key, other_key, other| {
        let text = format!(
            "rdns: the address {address} of {key} is that of {other_key}, too ({other}): each has to have an address or a port of its own\n"
        );
        (Some(1), text)
    };
    let valid = || (Some(0), "rdns: the configuration is valid\n".to_owned());
    let (own, other) = ("127.0.0.1:5300", "[::1]:5300");
    for (text, expected) in [
        (
            "listen = [\"127.0.0.1:5300\", \"[::1]:5300\", \"127.0.0.1:5300\"]",
            twice(own, "listen", "listen", own),
        ),
        (
            "listen = [\"0.0.0.0:5300\"]\nmetrics = \"127.0.0.1:5300\"",
            twice(own, "metrics", "listen", "0.0.0.0:5300"),
        ),
        (
            "tls-listen = [\"[::1]:5300\"]\nhttps-listen = [\"[::]:5300\"]",
            twice("[::]:5300", "https-listen", "tls-listen", other),
        ),
        ("listen = [\"0.0.0.0:5300\", \"[::]:5300\"]", valid()),
        ("listen = [\"127.0.0.1:0\", \"127.0.0.1:0\"]", valid()),
        (
            "listen = [\"127.0.0.1:5300\", \"127.0.0.2:5300\", \"127.0.0.1:5301\"]",
            valid(),
        ),
    ] {
        let (status, _, errors) = ConfigFile::new(text).run(&["--check-config"]);
        assert_eq!((status, errors), expected, "{text}");
    }
}

#[test]
fn the_effective_configuration_is_printed_as_a_file() {
    let file = ConfigFile::new("cache-records = 5000\nallow = [\"192.0.2.0/24\"]\n");
    let (status, printed, errors) = file.run(&["--print-config", "--allow", "198.51.100.7"]);
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    for line in [
        "listen = [\"127.0.0.1:2053\"]",
        "allow = [\"198.51.100.7/32\"]",
        "cache-records = 5000",
        "qname-minimisation = \"relaxed\"",
    ] {
        assert!(
            printed.lines().any(|it| it == line),
            "no line {line} in:\n{printed}"
        );
    }
    let again = ConfigFile::new(&printed);
    assert_eq!(again.run(&["--print-config"]).1, printed);
}

/// The file and its output are in two folders, and both are named from the folder that the program runs
/// in.
#[test]
fn a_printed_configuration_means_the_same_in_another_folder() {
    let file = ConfigFile::new("[local]\nhosts = [\"house.hosts\"]\n");
    file.beside("house.hosts", "192.168.1.10 nas\n");
    let run = |config: &str| {
        Command::new(env!("CARGO_BIN_EXE_rdns"))
            .current_dir(file.folder.path())
            .args(["--config", config, "--root-hints", "my.hints"])
            .arg("--print-config")
            .output()
            .unwrap()
            .stdout
    };
    let printed = run("rdns.toml");
    std::fs::create_dir(file.folder.path().join("other")).unwrap();
    std::fs::write(file.folder.path().join("other/rdns.toml"), &printed).unwrap();
    let again = run("other/rdns.toml");
    let [printed, again] = [printed, again].map(|octets| String::from_utf8(octets).unwrap());
    assert_eq!(printed, again);
    assert!(
        printed.contains("/my.hints\""),
        "a flag's path, too: {printed}"
    );
}

#[cfg(unix)]
mod reload {
    use std::net::{IpAddr, UdpSocket};

    use dnsparse::{DnsPacket, Rcode, RecordType};

    use super::ConfigFile;
    use crate::server::{SOON, Server, query};

    /// Starts a server with a file of settings.
    fn start(file: &ConfigFile) -> Server {
        Server::start_with(&["--config", file.path()], "off")
    }

    #[test]
    fn a_reload_keeps_the_cache_and_names_the_settings_that_need_a_restart() {
        let file = ConfigFile::new("threads = 1\n");
        let server = start(&file);
        let www = query("www.google.com", RecordType::A, None);
        server.udp(&www);
        server.signal("-USR1");
        let before = server.wait_for_line("upstream queries");
        file.write("threads = 2\ncache-records = 1000\n");
        let line = server.try_reload();
        assert!(
            line.starts_with("rdns: reloaded: ")
                && line.ends_with("; these change with the next start: threads, cache-records"),
            "{line}"
        );
        server.udp(&www);
        server.signal("-USR1");
        let after = server.wait_for_line("upstream queries");
        let upstream = |line: &str| line.split(", ").nth(2).map(str::to_owned);
        assert_eq!(upstream(&before), upstream(&after), "{before} / {after}");
    }

    #[test]
    fn a_file_that_is_wrong_changes_nothing_and_says_why() {
        let file = ConfigFile::new("");
        let server = start(&file);
        file.write("alow = []\n");
        let line = server.try_reload();
        assert!(
            line.starts_with("rdns: not reloaded, nothing was changed: ")
                && line
                    .ends_with("rdns.toml:1: there is no key 'alow' here: did you mean 'allow'?"),
            "{line}"
        );
        std::fs::remove_file(&file.path).unwrap();
        let line = server.try_reload();
        assert!(line.contains("nothing was changed: "), "{line}");
        let (reply, _) = server.udp(&query("www.google.com", RecordType::A, None));
        assert_eq!(reply.rcode(), Rcode::NOERROR);
    }

    /// A mistake in a file that only a start puts into use would end the next start.
    #[test]
    fn files_that_change_with_the_next_start_are_read_by_a_reload() {
        let file = ConfigFile::new("trust-anchor = \"anchor\"\n");
        let digest = "e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d";
        file.beside("anchor", &format!(". DS 20326 8 2 {digest}\n"));
        let server = start(&file);
        let line = server.try_reload();
        assert!(line.ends_with("rdns.toml is in use"), "{line}");
        file.beside("anchor", &format!(". DS 20327 8 2 {digest}\n"));
        let line = server.try_reload();
        assert!(
            line.ends_with("; these change with the next start: trust-anchor"),
            "{line}"
        );
        file.beside("anchor", "garbage\n");
        let line = server.try_reload();
        assert!(
            line.contains("nothing was changed: ") && line.contains("anchor:1"),
            "{line}"
        );
    }

    /// Queries arrive all the time, and each is answered.
    #[test]
    fn no_query_is_lost_by_a_reload() {
        let file = ConfigFile::new("");
        let server = start(&file);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        let mut reply = [0; 512];
        for number in 0..200 {
            if number % 10 == 0 {
                server.signal("-HUP");
            }
            // Every second name is new, and hence no hit of the reply cache.
            let name = match number % 2 {
                0 => "www.google.com".to_owned(),
                _ => format!("n{number}.wikipedia.org"),
            };
            let octets = query(&name, RecordType::A, None).write().unwrap();
            socket.send_to(&octets, server.address).unwrap();
            let received = socket.recv(&mut reply);
            let length = received.unwrap_or_else(|error| panic!("query {number}: {error}"));
            let reply = DnsPacket::parse(&reply[..length]).unwrap();
            assert_ne!(reply.rcode(), Rcode::SERVFAIL, "query {number}");
        }
    }

    /// Whether a client at this address is answered: on a busy machine, with SERVFAIL perhaps.
    #[cfg(target_os = "linux")]
    fn is_answered(server: &Server, from: &str) -> bool {
        let octets = query("www.google.com", RecordType::A, None)
            .write()
            .unwrap();
        let from: IpAddr = from.parse().unwrap();
        let socket = UdpSocket::bind((from, 0)).unwrap();
        socket.set_read_timeout(Some(SOON)).unwrap();
        socket.send_to(&octets, server.address).unwrap();
        let mut reply = [0; 512];
        let length = socket.recv(&mut reply).unwrap();
        DnsPacket::parse(&reply[..length]).unwrap().rcode() != Rcode::REFUSED
    }

    #[test]
    #[cfg(target_os = "linux")]
    #[ignore = "needs a namespace of its own"]
    fn another_network_is_allowed() {
        let file = ConfigFile::new("allow = [\"10.53.0.2\"]\n");
        let (mut server, stderr) =
            Server::start_on(&["10.53.0.1:0"], &["--config", file.path()], "off");
        server.read_log(stderr);
        let answered = || ["10.53.0.2", "10.53.0.3"].map(|from| is_answered(&server, from));
        assert_eq!(answered(), [true, false], "before the reload");
        file.write("allow = [\"10.53.0.3\"]\n");
        server.try_reload();
        assert_eq!(answered(), [false, true], "after the reload");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_reload_changes_the_clients_that_are_answered() {
        use real_servers::namespace::{require_namespaces, run_ignored_test};
        if require_namespaces() {
            let addresses = ["10.53.0.1", "10.53.0.2", "10.53.0.3"];
            let addresses = addresses.map(|address| address.parse().unwrap());
            run_ignored_test(
                "configuration::reload::another_network_is_allowed",
                &addresses,
            );
        }
    }
}
