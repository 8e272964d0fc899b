//! The settings of the README, tried in a network namespace with a client machine in another.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use real_servers::namespace::{require_namespaces, run_ignored_test};
use real_servers::require_programs;

use crate::configuration::ConfigFile;
use crate::server::{SOON, Server};

/// Another machine: a network namespace, which lasts as long as its process.
struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Machine {
    fn start() -> Machine {
        let sleep = Command::new("unshare").args(["-n", "sleep", "600"]).spawn();
        let machine = Machine(sleep.unwrap());
        let namespace = |id: &str| std::fs::read_link(format!("/proc/{id}/ns/net")).unwrap();
        let end = Instant::now() + SOON;
        while namespace("self") == namespace(&machine.id()) {
            assert!(Instant::now() < end, "no namespace");
            std::thread::sleep(Duration::from_millis(10));
        }
        machine
    }

    fn id(&self) -> String {
        self.0.id().to_string()
    }

    /// Runs a command on this machine.
    fn run(&self, words: &str) -> String {
        sh(&format!("nsenter -t {} -n {words}", self.id()))
    }
}

/// Runs a command, and returns its output.
#[track_caller]
fn sh(words: &str) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("sh")
        .args(["-c", words])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert!(status.success(), "{words}\n{text}");
    text
}

#[test]
#[ignore = "needs a namespace of its own"]
fn a_house() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let settings = readme
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let file = ConfigFile::new(settings.expect("the first block of TOML"));
    let client = Machine::start();
    let id = client.id();
    sh(&format!(
        "ip link add house type veth peer name client netns {id} && ip addr add 192.168.1.2/24 dev house && ip link set house up"
    ));
    client.run("ip link set client up");
    client.run("ip addr add 192.168.1.50/24 dev client");
    client.run("ip addr add 203.0.113.5/24 dev client");
    sh("ip addr add 203.0.113.1/24 dev house");
    let (mut server, stderr) = Server::start_on(&[], &["--config", file.path()], "off");
    server.read_log(stderr);
    let dig = |words: &str| client.run(&format!("dig +tries=3 +time=5 {words}"));
    assert_eq!(dig("+short @192.168.1.2 nas.home.arpa"), "192.168.1.10\n");
    assert_eq!(dig("+short @192.168.1.2 www.google.com"), "142.250.74.36\n");
    assert_eq!(
        dig("+short +tcp @192.168.1.2 www.google.com"),
        "142.250.74.36\n"
    );
    let refused = dig("-b 203.0.113.5 @192.168.1.2 www.google.com");
    assert!(
        refused.contains("status: REFUSED"),
        "a client of another network: {refused}"
    );
}

/// Runs the console block of a section of the README, in an empty folder. A command that ends with
/// `&` goes on until the others have ended. Returns the output of all.
fn run_console(section: &str) -> String {
    let commands: String = commands(section)
        .iter()
        .map(|command| match command.strip_suffix(" &") {
            Some(server) => format!("exec 3>&2; {server} 2>log & server=$!\ntrap 'kill $server' EXIT\nuntil grep -q listening log; do kill -0 $server; sleep 0.05; done\n"),
            None => format!("{command}\n"),
        })
        .collect();
    let folder = tempfile::TempDir::new().unwrap();
    run_commands(&commands, folder.path())
}

/// Returns the commands in the console block of a section of the README.
fn commands(section: &str) -> Vec<String> {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let block = readme
        .split_once(section)
        .and_then(|(_, rest)| rest.split_once("```console\n"))
        .and_then(|(_, rest)| rest.split_once("```"));
    let (block, _) = block.unwrap_or_else(|| panic!("no console block in {section}"));
    let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
    commands.map(str::to_owned).collect()
}

/// Runs commands in a folder, with the programs of this test. Returns the output.
fn run_commands(commands: &str, folder: &Path) -> String {
    let bins = Path::new(env!("CARGO_BIN_EXE_rdns"))
        .parent()
        .unwrap()
        .display()
        .to_string();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-ec", commands])
        .current_dir(folder)
        .env("PATH", format!("{bins}:{path}"))
        .env("RUST_LOG", "off")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert!(output.status.success(), "{commands}\n{text}");
    text
}

#[test]
fn dns_over_tls_and_https_are_tried_as_the_readme_says() {
    if !require_programs(&["openssl"]) {
        return;
    }
    let text = run_console("## Encrypted clients");
    let answers = text.matches("142.250.74.36").count();
    assert!(
        answers == 2 && text.contains(";; TLSv1.3, ") && text.contains(";; HTTP/2 200 OK from "),
        "{answers} answers:\n{text}"
    );
}

/// The commands that install the service, with a folder in the place of the machine's root. They find
/// the folders that Debian has, and no others.
#[test]
fn the_steps_of_the_readme_install_the_service() {
    let root = tempfile::TempDir::new().unwrap();
    let path = |name: &str| root.path().join(name);
    for there in ["usr/local/bin", "usr/local/share/man", "etc/systemd/system"] {
        std::fs::create_dir_all(path(there)).unwrap();
    }
    std::fs::write(path("rdns.toml"), "").unwrap();
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("systemd");
    let all = commands("## As a service");
    let (machine, files): (Vec<_>, Vec<_>) = all
        .iter()
        .partition(|it| it.contains("systemctl") || it.contains("sudoedit"));
    for command in files {
        let command = command
            .replace("sudo ", "")
            .replace("~/.cargo/bin/rdns", env!("CARGO_BIN_EXE_rdns"))
            .replace("solutions/rdns/systemd", units.to_str().unwrap())
            .replace(" /usr/", &format!(" {}/usr/", root.path().display()))
            .replace(" /etc/", &format!(" {}/etc/", root.path().display()));
        run_commands(&command, root.path());
    }
    let mut installed = vec!["usr/local/bin/rdns".into(), "etc/rdns/rdns.toml".into()];
    installed.push("usr/local/share/man/man1/rdns.1".to_owned());
    for unit in std::fs::read_dir(&units).unwrap() {
        let name = unit.unwrap().file_name().into_string().unwrap();
        installed.push(format!("etc/systemd/system/{name}"));
    }
    let missing: Vec<_> = installed
        .iter()
        .filter(|name| !path(name).is_file())
        .collect();
    assert!(missing.is_empty(), "{missing:?} after {all:#?}");
    assert_eq!(machine.len(), 2, "{all:#?}");
}

#[test]
fn the_settings_of_the_readme_make_a_resolver_for_the_house() {
    if require_programs(&["dig", "nsenter", "unshare", "ip"]) && require_namespaces() {
        run_ignored_test("readme::a_house", &[]);
    }
}
