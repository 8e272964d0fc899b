//! Programs under test as command lines with placeholders: `my-client @{host} -p {port} {name}
//! {type}`.
//!
//! A command line is split at blanks outside of quotes (of either kind) and started without a
//! shell. So it means the same on every system, and the judge kills the program rather than a shell
//! around it. A command that needs a shell is `sh -c 'cd there && exec ./mine …'`, with `exec` for
//! the same reason.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, TempPath};

use crate::subject::{ClientUnderTest, ProgramOutput, ServerProcess, ServerUnderTest};

/// The interval at which a process is polled for its exit.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A command line with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    words: Vec<String>,
}

/// The reason why a command line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Template, TemplateError> {
        let words = words(text)?;
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Template { words }),
            _ => Err(TemplateError("it holds no command".to_owned())),
        }
    }
}

/// Splits at blanks. A backslash has no special meaning: paths on Windows hold many.
fn words(text: &str) -> Result<Vec<String>, TemplateError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in text.chars() {
        match quote {
            Some(end) if letter == end => quote = None,
            Some(_) => word.get_or_insert_default().push(letter),
            None if letter == '\'' || letter == '"' => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            None if letter.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    match quote {
        Some(quote) => Err(TemplateError(format!("a quote {quote} is never closed"))),
        None => Ok(words),
    }
}

impl Template {
    /// Checks that the command line has at least one placeholder of each group.
    ///
    /// # Errors
    /// The first group that is missing, as a sentence.
    pub fn require(&self, any_of_each: &[&[&str]]) -> Result<(), TemplateError> {
        let has = |placeholder: &&str| self.words.iter().any(|word| word.contains(*placeholder));
        for group in any_of_each {
            if !group.iter().any(has) {
                let text = format!("it has no placeholder {}", group.join(" or "));
                return Err(TemplateError(text));
            }
        }
        Ok(())
    }

    /// Returns the command with these values for its placeholders.
    fn command(&self, values: &[(&str, &OsStr)]) -> Command {
        let mut words = self.words.iter().map(|word| {
            values
                .iter()
                .fold(word.clone(), |word, (placeholder, value)| {
                    word.replace(placeholder, &value.to_string_lossy())
                })
        });
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).stdin(Stdio::null());
        command
    }
}

/// A client that a command line starts. Placeholders: `{server}` (address:port), or `{host}` and
/// `{port}`; `{name}`, `{type}`.
#[derive(Debug, Clone)]
pub struct CommandClient(pub Template);

impl ClientUnderTest for CommandClient {
    fn run(
        &self,
        server: SocketAddr,
        name: &str,
        rtype: &str,
        timeout: Duration,
    ) -> io::Result<ProgramOutput> {
        let (host, port) = (server.ip().to_string(), server.port().to_string());
        let server = server.to_string();
        let mut command = self.0.command(&[
            ("{server}", server.as_ref()),
            ("{host}", host.as_ref()),
            ("{port}", port.as_ref()),
            ("{name}", name.as_ref()),
            ("{type}", rtype.as_ref()),
        ]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        wait_or_kill(KillOnDrop(child), timeout)
    }
}

/// Waits for a program to exit, and kills it after the timeout.
fn wait_or_kill(mut child: KillOnDrop, timeout: Duration) -> io::Result<ProgramOutput> {
    let start = Instant::now();
    let (stdout, stderr) = (child.0.stdout.take(), child.0.stderr.take());
    let stdout = thread::spawn(move || read_all(stdout));
    let stderr = thread::spawn(move || read_all(stderr));
    let mut was_killed = false;
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break status;
        }
        if start.elapsed() >= timeout {
            was_killed = true;
            child.0.kill()?;
            break child.0.wait()?;
        }
        thread::sleep(POLL_INTERVAL);
    };
    Ok(ProgramOutput {
        status: status.code().filter(|_| !was_killed),
        was_killed,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    })
}

fn read_all(pipe: Option<impl Read>) -> Vec<u8> {
    let mut octets = Vec::new();
    if let Some(mut pipe) = pipe {
        // After an error, the octets up to it are kept.
        let _error = pipe.read_to_end(&mut octets);
    }
    octets
}

/// A server that a command line starts. Placeholders: `{listen}` (address:port), or `{listen-host}`
/// and `{listen-port}`; `{hints}` (a file), `{port}` (of the name servers that it queries).
#[derive(Debug, Clone)]
pub struct CommandServer {
    /// The command with placeholders for the listening address.
    pub with_listen: Template,
    /// The command without a listening address: the server uses its default.
    pub by_default: Option<Template>,
}

impl ServerUnderTest for CommandServer {
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
    ) -> io::Result<Box<dyn ServerProcess>> {
        let port = port.to_string();
        let mut values: Vec<(&str, &OsStr)> =
            vec![("{hints}", hints.as_os_str()), ("{port}", port.as_ref())];
        let whole = listen.map(|listen| listen.to_string()).unwrap_or_default();
        let host = listen
            .map(|listen| listen.ip().to_string())
            .unwrap_or_default();
        let listen_port = listen
            .map(|listen| listen.port().to_string())
            .unwrap_or_default();
        values.extend([
            ("{listen}", OsStr::new(&whole)),
            ("{listen-host}", OsStr::new(&host)),
            ("{listen-port}", OsStr::new(&listen_port)),
        ]);
        let template = match (listen, &self.by_default) {
            (None, Some(by_default)) => by_default,
            _ => &self.with_listen,
        };
        let log = NamedTempFile::new()?;
        let child = template
            .command(&values)
            .stdout(log.reopen()?)
            .stderr(log.reopen()?)
            .spawn()?;
        Ok(Box::new(Process {
            child: KillOnDrop(child),
            log: log.into_temp_path(),
        }))
    }

    fn has_default_address(&self) -> bool {
        self.by_default.is_some()
    }
}

/// A server's process, and the file that receives its output.
struct Process {
    child: KillOnDrop,
    log: TempPath,
}

impl ServerProcess for Process {
    fn exit_status(&mut self) -> Option<String> {
        let status = self.child.0.try_wait().ok()??;
        Some(status.to_string())
    }

    fn output(&self) -> String {
        let file = File::open(&self.log).ok();
        String::from_utf8_lossy(&read_all(file)).into_owned()
    }
}

/// A process that is killed when this value is dropped.
struct KillOnDrop(Child);

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        // `wait` is needed in either case, also if the process has exited by itself.
        let _exited = self.0.kill();
        let _status = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_is_split_at_blanks_outside_quotes() {
        let words = words(r#"sh -c 'exec "a b"'  C:\bin\x "" "it's""#).unwrap();
        assert_eq!(words, ["sh", "-c", "exec \"a b\"", r"C:\bin\x", "", "it's"]);
        assert!(
            super::words("a 'b")
                .unwrap_err()
                .to_string()
                .contains("never closed")
        );
        assert!("".parse::<Template>().is_err());
    }

    #[test]
    fn a_missing_placeholder_is_named() {
        let template: Template = "dig @{host} {name}".parse().unwrap();
        assert!(
            template
                .require(&[&["{server}", "{host}"], &["{name}"]])
                .is_ok()
        );
        let missing = template.require(&[&["{type}"]]).unwrap_err();
        assert_eq!(missing.to_string(), "it has no placeholder {type}");
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_does_not_exit_is_killed() {
        let client = CommandClient("sh -c 'echo {name}; exec sleep 60'".parse().unwrap());
        let server = "127.0.0.1:53".parse().unwrap();
        let output = client
            .run(server, "example.org", "A", Duration::from_millis(300))
            .unwrap();
        assert!(output.was_killed && output.status.is_none());
        assert_eq!(output.text(), "example.org\n");
    }
}
