//! [`Servers`]: the programs that the commands query, on free ports.

use super::root;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use real_servers::free_address;
use tempfile::TempDir;

/// The ports that the pages name: those of `cargo xtask lab` and of `rdns`.
const LAB_PORT: &str = "10053";
const RDNS_PORT: &str = "2053";

/// The programs that the commands query.
pub(crate) struct Servers {
    lab: Child,
    rdns: Child,
    lab_port: String,
    rdns_port: String,
    /// The home of the commands.
    home: TempDir,
}

impl Servers {
    /// Starts them, or says why not.
    pub(crate) fn start() -> Option<Servers> {
        let missing = if Command::new("dig").arg("-v").output().is_err() {
            Some("dig is not installed".to_owned())
        } else {
            let programs = ["lab", "client", "solution-17-deny"].map(program);
            let missing = programs.iter().find(|path| !path.exists());
            missing.map(|path| format!("{} is not built: cargo build --bins", path.display()))
        };
        if let Some(missing) = missing {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{missing}");
            eprintln!("skipped: {missing}");
            return None;
        }
        let [lab_port, rdns_port] = [(); 2].map(|()| free_address().port().to_string());
        let mut lab = Command::new(program("lab"))
            .args(["--port", &lab_port])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(lab.stdout.take().unwrap()).lines();
        let is_ready = |line: &String| line.starts_with("All of them listen now");
        let ready = printed.map_while(Result::ok).find(is_ready);
        assert!(
            ready.is_some(),
            "the lab does not listen on port {lab_port}"
        );
        let rdns = Command::new(env!("CARGO_BIN_EXE_rdns"))
            .args(["--lab", "--listen", &format!("127.0.0.1:{rdns_port}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while TcpStream::connect(format!("127.0.0.1:{rdns_port}")).is_err() {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "rdns does not listen"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let home = TempDir::new().unwrap();
        // A failure takes rdns 4.5 seconds, and longer on a busy machine. dig would wait for 5.
        std::fs::write(home.path().join(".digrc"), "+timeout=20\n").unwrap();
        Some(Servers {
            lab,
            rdns,
            lab_port,
            rdns_port,
            home,
        })
    }

    /// Runs a command of a page. Returns its output with the page's ports.
    pub(crate) fn run(&self, command: &str) -> Result<String, String> {
        let shell = self.translated(command);
        let output = Command::new("bash")
            .args(["-c", &shell])
            .current_dir(root())
            .env("COLUMNS", "140")
            .env("HOME", self.home.path())
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let [out, error] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
        let text = format!("{out}{error}")
            .replace(&format!("#{}", self.rdns_port), &format!("#{RDNS_PORT}"))
            .replace(
                &format!("-p {}", self.rdns_port),
                &format!("-p {RDNS_PORT}"),
            )
            .replace(&format!("-p {}", self.lab_port), &format!("-p {LAB_PORT}"));
        // 101 is a panic's, and bash adds 128 to the number of a signal.
        let status = output.status.code();
        match status {
            Some(0..=9) if !text.trim().is_empty() => Ok(text),
            _ => Err(format!(
                "{shell} ended with status {status:?} and printed:\n{text}"
            )),
        }
    }

    /// Returns the command with built programs in place of cargo, and the ports of these servers.
    fn translated(&self, command: &str) -> String {
        let command = command
            .replace(
                &format!("-p {LAB_PORT} "),
                &format!("-p {} ", self.lab_port),
            )
            .replace(
                &format!("-p {RDNS_PORT} "),
                &format!("-p {} ", self.rdns_port),
            );
        let Some((before, cargo)) = command.split_once("cargo run ") else {
            return command;
        };
        let words: Vec<&str> = cargo.split(' ').collect();
        let place = words
            .iter()
            .position(|word| matches!(*word, "-p" | "--bin"))
            .unwrap();
        let name = words[place + 1].replacen("lesson-", "solution-", 1);
        let arguments = words[place + 2..].iter();
        let arguments: Vec<&str> = arguments
            .skip_while(|word| **word == "--")
            .copied()
            .collect();
        format!(
            "{before}{} {}",
            program(&name).display(),
            arguments.join(" ")
        )
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for child in [&mut self.lab, &mut self.rdns] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Returns the place of a program: all are built into one folder.
fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_BIN_EXE_rdns")).with_file_name(name)
}
