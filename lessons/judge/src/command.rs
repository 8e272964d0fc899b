//! Programs as subjects: command lines with places to fill, `my-client @{host} -p {port} {name} {type}`.
//!
//! A command line is split at blanks, except within quotes of either kind, and started without a shell: so it means the same on
//! every system, and what is ended is the program and not a shell around it. Whoever needs a shell writes
//! `sh -c 'cd there && exec ./mine …'`, with `exec`, for the same reason.

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

use crate::subject::{Client, Running, Said, Server};

/// How often a program is looked at, to see whether it has ended.
const GLANCE: Duration = Duration::from_millis(10);

/// A command line with places to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    words: Vec<String>,
}

/// Why a command line is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTemplate(String);

impl std::fmt::Display for BadTemplate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadTemplate {}

impl FromStr for Template {
    type Err = BadTemplate;

    fn from_str(text: &str) -> Result<Template, BadTemplate> {
        let words = words(text)?;
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Template { words }),
            _ => Err(BadTemplate("there is no command in it".to_owned())),
        }
    }
}

/// Splits at blanks. A backslash means itself: paths of Windows are full of them.
fn words(text: &str) -> Result<Vec<String>, BadTemplate> {
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
        Some(quote) => Err(BadTemplate(format!("a quote {quote} is never closed"))),
        None => Ok(words),
    }
}

impl Template {
    /// Whether it has all of these places; else the first that is missing.
    ///
    /// # Errors
    /// The place that is missing, in a sentence.
    pub fn needs(&self, any_of_each: &[&[&str]]) -> Result<(), BadTemplate> {
        let has = |place: &&str| self.words.iter().any(|word| word.contains(*place));
        for places in any_of_each {
            if !places.iter().any(has) {
                let text = format!("it has no place for {}", places.join(" or "));
                return Err(BadTemplate(text));
            }
        }
        Ok(())
    }

    /// The command with its places filled.
    fn filled(&self, places: &[(&str, &OsStr)]) -> Command {
        let mut words = self.words.iter().map(|word| {
            places.iter().fold(word.clone(), |word, (place, value)| {
                word.replace(place, &value.to_string_lossy())
            })
        });
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).stdin(Stdio::null());
        command
    }
}

/// A client that a command line starts. Places: `{server}` (address:port), or `{host}` and `{port}`; `{name}`, `{type}`.
#[derive(Debug, Clone)]
pub struct CommandClient(pub Template);

impl Client for CommandClient {
    fn ask(
        &self,
        server: SocketAddr,
        name: &str,
        rtype: &str,
        patience: Duration,
    ) -> io::Result<Said> {
        let (host, port) = (server.ip().to_string(), server.port().to_string());
        let server = server.to_string();
        let mut command = self.0.filled(&[
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
        finish(Ended(child), patience)
    }
}

/// Waits for a program to end, or ends it.
fn finish(mut child: Ended, patience: Duration) -> io::Result<Said> {
    let start = Instant::now();
    let (stdout, stderr) = (child.0.stdout.take(), child.0.stderr.take());
    let stdout = thread::spawn(move || all_of(stdout));
    let stderr = thread::spawn(move || all_of(stderr));
    let mut had_to_be_ended = false;
    let status = loop {
        if let Some(status) = child.0.try_wait()? {
            break status;
        }
        if start.elapsed() >= patience {
            had_to_be_ended = true;
            child.0.kill()?;
            break child.0.wait()?;
        }
        thread::sleep(GLANCE);
    };
    Ok(Said {
        status: status.code().filter(|_| !had_to_be_ended),
        had_to_be_ended,
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    })
}

fn all_of(pipe: Option<impl Read>) -> Vec<u8> {
    let mut octets = Vec::new();
    if let Some(mut pipe) = pipe {
        // What could be read before it broke is all there is.
        let _broken = pipe.read_to_end(&mut octets);
    }
    octets
}

/// A server that a command line starts. Places: `{listen}` (address:port), or `{listen-host}` and `{listen-port}`; `{hints}` (a
/// file), `{port}` (of the servers it asks).
#[derive(Debug, Clone)]
pub struct CommandServer {
    /// The command with a place for where to listen.
    pub told: Template,
    /// The command that listens where it does by default.
    pub by_default: Option<Template>,
}

impl Server for CommandServer {
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
    ) -> io::Result<Box<dyn Running>> {
        let port = port.to_string();
        let mut places: Vec<(&str, &OsStr)> =
            vec![("{hints}", hints.as_os_str()), ("{port}", port.as_ref())];
        let whole = listen.map(|listen| listen.to_string()).unwrap_or_default();
        let host = listen
            .map(|listen| listen.ip().to_string())
            .unwrap_or_default();
        let at = listen
            .map(|listen| listen.port().to_string())
            .unwrap_or_default();
        places.extend([
            ("{listen}", OsStr::new(&whole)),
            ("{listen-host}", OsStr::new(&host)),
            ("{listen-port}", OsStr::new(&at)),
        ]);
        let template = match (listen, &self.by_default) {
            (None, Some(by_default)) => by_default,
            _ => &self.told,
        };
        let log = NamedTempFile::new()?;
        let child = template
            .filled(&places)
            .stdout(log.reopen()?)
            .stderr(log.reopen()?)
            .spawn()?;
        Ok(Box::new(Process {
            child: Ended(child),
            log: log.into_temp_path(),
        }))
    }

    fn knows_where_to_listen(&self) -> bool {
        self.by_default.is_some()
    }
}

/// A server's process, and where it writes.
struct Process {
    child: Ended,
    log: TempPath,
}

impl Running for Process {
    fn ended(&mut self) -> Option<String> {
        let status = self.child.0.try_wait().ok()??;
        Some(status.to_string())
    }

    fn printed(&self) -> String {
        let file = File::open(&self.log).ok();
        String::from_utf8_lossy(&all_of(file)).into_owned()
    }
}

/// A process that does not outlive this.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        // It may have ended by itself; either way it has to be waited for.
        let _ended = self.0.kill();
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
    fn a_missing_place_is_named() {
        let template: Template = "dig @{host} {name}".parse().unwrap();
        assert!(
            template
                .needs(&[&["{server}", "{host}"], &["{name}"]])
                .is_ok()
        );
        let missing = template.needs(&[&["{type}"]]).unwrap_err();
        assert_eq!(missing.to_string(), "it has no place for {type}");
    }

    #[cfg(unix)]
    #[test]
    fn a_client_that_does_not_end_is_ended() {
        let client = CommandClient("sh -c 'echo {name}; exec sleep 60'".parse().unwrap());
        let server = "127.0.0.1:53".parse().unwrap();
        let said = client
            .ask(server, "example.org", "A", Duration::from_millis(300))
            .unwrap();
        assert!(said.had_to_be_ended && said.status.is_none());
        assert_eq!(said.output(), "example.org\n");
    }
}
