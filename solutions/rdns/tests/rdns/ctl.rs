//! `rdns ctl` as a program: its flags, its output, and what it says about mistakes.

use std::io::{Read, Write};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::process::{Command, Stdio};

use real_servers::require_programs;
use tempfile::TempDir;

use crate::configuration::ConfigFile;
use crate::control::{Controlled, run};

#[test]
fn a_reload_by_ctl_reports_its_outcome() {
    let file = ConfigFile::new("");
    let rdns = Controlled::start(&["--config", file.path()]);
    let text = rdns.ok(&["reload"]);
    assert!(
        text.starts_with("reloaded: ") && text.ends_with("rdns.toml is in use\n"),
        "{text}"
    );
    rdns.server.wait_for_line(text.trim_end());
    file.write("treads = 1\n");
    let (status, text, errors) = rdns.run(&["reload"]);
    assert_eq!((status, text.as_str()), (Some(1), ""));
    assert!(
        errors.starts_with("rdns: not reloaded, nothing was changed: ")
            && errors
                .ends_with("rdns.toml:1: there is no key 'treads' here: did you mean 'threads'?\n"),
        "{errors}"
    );
    rdns.server.wait_for_line(errors.trim_end());
}

#[test]
fn mistakes_are_explained() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("control");
    let path = path.to_str().unwrap();
    let (status, _, text) = run(&["ctl", "--control", path, "stats"]);
    assert_eq!(status, Some(1));
    assert!(
        text.starts_with(&format!("rdns: there is no server at {path}: ")),
        "{text}"
    );
    let file = ConfigFile::new("");
    let (status, _, text) = run(&["ctl", "--config", file.path(), "stats"]);
    assert!(
        status == Some(1) && text.contains("has no socket: add control = "),
        "{text}"
    );
    let (status, _, text) = run(&["ctl", "stat"]);
    assert!(status == Some(2) && text.contains("'stats'"), "{text}");
    let (status, _, text) = run(&["ctl", "flush", "a..b"]);
    assert!(status == Some(2) && text.contains("a..b"), "{text}");
    let (status, _, text) = run(&["--lab", "--metrics", "192.0.2.1:9153"]);
    assert!(
        status == Some(2) && text.contains("can be reached by other machines"),
        "{text}"
    );
    let (status, _, text) = run(&[
        "--lab",
        "--listen",
        "127.0.0.1:0",
        "--control",
        "/no/such/folder/control",
    ]);
    assert!(
        status == Some(1)
            && text.starts_with("rdns: cannot create the control socket /no/such/folder/control: ")
            && text.ends_with(": create its folder first\n"),
        "{text}"
    );
}

/// The flags of `rdns ctl` may stand before it, before the command, and after that.
#[test]
fn the_socket_can_be_named_at_each_place_of_the_command_line() {
    let rdns = Controlled::start(&[]);
    let path = rdns.path();
    let path = path.to_str().unwrap();
    let file = ConfigFile::new(&format!("control = \"{path}\"\n"));
    let other = ConfigFile::new("control = \"/no/such/socket\"\n");
    for flag in [
        ["--control", path].as_slice(),
        &["--config", file.path()],
        // The flag comes before the file, as it does everywhere.
        &["--config", other.path(), "--control", path],
    ] {
        for words in [
            [flag, &["ctl", "flush", "example.com"]].concat(),
            [&["ctl"], flag, &["flush", "example.com"]].concat(),
            [&["ctl", "flush"], flag, &["example.com"]].concat(),
            [&["ctl", "flush", "example.com"], flag].concat(),
        ] {
            let (status, text, errors) = run(&words);
            assert_eq!(status, Some(0), "{words:?}: {errors}");
            assert!(text.contains("about example.com."), "{words:?}: {text}");
        }
    }
    for words in [
        ["--lab", "ctl", "stats"].as_slice(),
        &["--config", file.path(), "man"],
    ] {
        let (status, _, errors) = run(words);
        let flag = words[0];
        let expected = format!("cannot be used with '{flag}");
        assert!(
            status == Some(2) && errors.contains(&expected),
            "{words:?}: {errors}"
        );
    }
}

#[test]
fn a_path_that_is_not_the_socket_of_a_server_is_explained() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let error = |path: &Path| {
        let path = path.to_str().unwrap();
        let (status, text, errors) = run(&["ctl", "--control", path, "stats"]);
        assert_eq!((status, text.as_str()), (Some(1), ""), "{path}: {errors}");
        errors.replace(path, "PATH")
    };
    let advice = "name the one in the setting `control` of the server\n";
    std::fs::write(path("file"), "").unwrap();
    for other in [folder.path(), &path("file")] {
        assert_eq!(
            error(other),
            format!("rdns: PATH is not a socket: {advice}")
        );
    }
    let foreign = format!("rdns: PATH is the socket of another program: {advice}");
    let _datagrams = UnixDatagram::bind(path("datagrams")).unwrap();
    assert_eq!(error(&path("datagrams")), foreign);
    let listener = UnixListener::bind(path("stream")).unwrap();
    std::thread::spawn(move || {
        for answer in [b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(), b"\xff\n"] {
            let (mut stream, _) = listener.accept().unwrap();
            // All of the request, so that closing the socket does not discard the answer.
            stream.read_exact(&mut [0; 6]).unwrap();
            stream.write_all(answer).unwrap();
        }
    });
    for _ in 0..2 {
        assert_eq!(error(&path("stream")), foreign);
    }
}

/// A full disk is an error, and a reader that has seen enough is none.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let rdns = Controlled::start(&[]);
    let path = rdns.path();
    let stats = ["ctl", "--control", path.to_str().unwrap(), "stats"];
    for words in [stats.as_slice(), &["--print-config"], &["man"]] {
        let start = |stdout: Stdio| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_rdns"));
            command.args(words).stdout(stdout).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = start(full.into()).wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(
            output.status.code() == Some(1)
                && errors.starts_with("rdns: cannot write the output: No space left on device"),
            "{words:?}: {errors}"
        );
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = start(writer.into()).wait_with_output().unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), errors.as_str()),
            (Some(0), ""),
            "{words:?}"
        );
    }
}

#[test]
fn groff_shows_the_manual_without_warnings() {
    if !require_programs(&["groff"]) {
        return;
    }
    let folder = TempDir::new().unwrap();
    let page = folder.path().join("rdns.1");
    std::fs::write(&page, run(&["man"]).1).unwrap();
    let output = Command::new("groff")
        .args(["-man", "-ww", "-Tutf8", "-P-cbou"])
        .arg(&page)
        .output()
        .unwrap();
    let (shown, errors) = (output.stdout, output.stderr);
    assert_eq!(String::from_utf8(errors).unwrap(), "");
    let shown = String::from_utf8(shown).unwrap();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "rdns ctl flush [OPTIONS] <NAME> Remove a name",
        "SIGUSR1 Print the statistics",
    ] {
        assert!(shown.contains(part), "no '{part}' in:\n{shown}");
    }
}
