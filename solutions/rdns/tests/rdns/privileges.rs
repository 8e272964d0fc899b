//! The capabilities of a server that has bound its sockets, as the kernel shows them, thread by thread.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::process::Command;

use real_servers::namespace::{self, require_namespaces};
use real_servers::{require_programs, skip};

use crate::certificate::Certificate;
use crate::configuration::ConfigFile;
use crate::server::Server;

/// Starts the server in a namespace, where it is root, at ports that need a capability. `limits` is a
/// program that the server is started by, with its arguments.
fn start(limits: &[&str], arguments: &[&str]) -> Server {
    let mut words = limits.to_vec();
    words.extend([env!("CARGO_BIN_EXE_rdns"), "--lab"]);
    words.extend(["--listen", "127.0.0.1:53", "--metrics", "127.0.0.1:93"]);
    words.extend(arguments);
    let mut command = namespace::command(words[0], &[]);
    command.args(&words[1..]).env("RUST_LOG", "off");
    let (mut server, stderr) = Server::spawn_command(&mut command);
    server.read_log(stderr);
    server
}

/// Returns the threads of a process, each with the lines of its status that are about privileges.
fn threads(process: u32) -> Vec<(String, String)> {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).expect("the threads of the server");
    let status = |task: fs::DirEntry| fs::read_to_string(task.path().join("status")).ok();
    let is_shown = |line: &&str| line.starts_with("Cap") || line.starts_with("NoNewPrivs");
    let facts = |status: String| {
        let name = status.lines().next().unwrap_or_default().to_owned();
        let lines: Vec<_> = status.lines().filter(is_shown).collect();
        (name, lines.join("\n").replace('\t', " "))
    };
    tasks.flatten().filter_map(status).map(facts).collect()
}

/// Sends a query from the server's namespace.
#[track_caller]
fn resolves(server: &Server) {
    let id = server.child.id().to_string();
    let output = Command::new("nsenter")
        .args(["-t", &id, "-U", "-n", "--preserve-credentials"])
        .arg(env!("CARGO_BIN_EXE_client"))
        .args(["--short", "--query", "www.google.com"])
        .args(["--server", "127.0.0.1:53"])
        .output()
        .expect("nsenter runs");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    assert_eq!(text, "142.250.74.36\n", "the reply at port 53");
}

#[test]
fn no_thread_keeps_a_capability_once_the_sockets_are_bound() {
    if !require_namespaces() || !require_programs(&["setpriv", "nsenter"]) {
        return;
    }
    let none = |bounding: &str| {
        let sets = ["CapInh", "CapPrm", "CapEff"].map(|set| format!("{set}: 0000000000000000\n"));
        let [inheritable, permitted, effective] = sets;
        format!(
            "{inheritable}{permitted}{effective}CapBnd: {bounding}\nCapAmb: 0000000000000000\nNoNewPrivs: 1"
        )
    };
    // After `setcap`, a program has one capability, and may not change the bounding set.
    let one = [
        "setpriv",
        "--bounding-set=-all,+net_bind_service",
        "--inh-caps=-all,+net_bind_service",
        "--ambient-caps=-all,+net_bind_service",
    ];
    for (limits, bounding) in [(&[][..], "0000000000000000"), (&one, "0000000000000400")] {
        for no_sandbox in [false, true] {
            let flags: &[&str] = if no_sandbox { &["--no-sandbox"] } else { &[] };
            let server = start(limits, flags);
            resolves(&server);
            let threads = threads(server.child.id());
            assert!(threads.len() > 2, "{threads:?}");
            for (name, got) in &threads {
                assert_eq!(*got, none(bounding), "{limits:?} {flags:?}, thread {name}");
            }
        }
    }
}

/// A reload needs no privilege: not for the sockets, which stay open, and not for files of the user.
#[test]
fn a_server_without_capabilities_reads_its_files_again() {
    if !require_namespaces() {
        return;
    }
    let files = Certificate::new();
    let file = ConfigFile::new("");
    file.beside("list", "ads.example\n");
    let settings = "blocklist = [{ file = \"list\", form = \"domains\" }]\n";
    file.write(settings);
    let arguments = [&["--config", file.path()][..], &files.flags()].concat();
    let tls = ["--tls-listen", "127.0.0.1:853"];
    let server = start(&[], &[&arguments[..], &tls].concat());
    files.renew();
    let line = server.try_reload();
    assert!(line.contains("rdns.toml is in use"), "{line}");
}

/// With its capabilities, root reads the files of all users; without them, it says why it does not.
#[test]
fn a_file_that_root_alone_cannot_read_again_is_refused_with_the_reason() {
    let file = ConfigFile::new("blocklist = [{ file = \"list\", form = \"domains\" }]\n");
    file.beside("list", "ads.example\n");
    let list = file.folder.path().join("list");
    let is_private = fs::set_permissions(&list, fs::Permissions::from_mode(0o600)).is_ok();
    if !is_private || chown(&list, Some(65_534), Some(65_534)).is_err() {
        return skip("only root can give a file to another user");
    }
    for flags in [&[][..], &["--no-sandbox"]] {
        let arguments = [&["--config", file.path()][..], flags].concat();
        let server = Server::start_outside(&arguments);
        let line = server.try_reload();
        assert!(
            line.contains("nothing was changed: ")
                && line.contains("Permission denied")
                && line.ends_with("the server has dropped the privileges of root, so root has to own the file, or all users have to be allowed to read it"),
            "{flags:?}: {line}"
        );
    }
}
