//! Programs under test as command lines with placeholders: `my-client @{host} -p {port} {name}
//! {type}`.
//!
//! A command line is split at blanks outside of quotes (of either kind) and started without a
//! shell. So it means the same on every system, and the judge kills the program rather than a shell
//! around it. A command that needs a shell is `sh -c 'cd there && exec ./mine …'`, with `exec` for
//! the same reason.

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::time::Duration;

use tempfile::{NamedTempFile, TempPath};

use crate::process::{KillOnDrop, read_file, wait_or_kill};
use crate::subject::{ClientUnderTest, ProgramOutput, ServerProcess, ServerUnderTest};

/// A command line with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: String,
    words: Vec<String>,
}

/// The reason why a command line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Template, TemplateError> {
        let words = words(text)?;
        match words.first() {
            Some(program) if !program.is_empty() => Ok(Template {
                text: text.to_owned(),
                words,
            }),
            _ => Err(TemplateError("it holds no command".to_owned())),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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

/// A server that a command line starts. Placeholders: `{listen}` (address:port), or `{listen-host}`
/// and `{listen-port}`; `{hints}` (a file), `{port}` (of the name servers that it queries), `{anchor}`
/// (a file).
#[derive(Debug, Clone)]
pub struct CommandServer {
    /// The command with placeholders for the listening address.
    pub with_listen: Template,
    /// The command without a listening address: the server uses its default.
    pub by_default: Option<Template>,
    /// The command with a placeholder for the trust anchor: the server validates.
    pub validating: Option<Template>,
}

impl ServerUnderTest for CommandServer {
    fn start(
        &self,
        listen: Option<SocketAddr>,
        hints: &Path,
        port: u16,
        anchor: Option<&Path>,
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
        values.extend(anchor.map(|anchor| ("{anchor}", anchor.as_os_str())));
        let template = match (anchor, &self.validating, listen, &self.by_default) {
            (Some(_), Some(validating), ..) => validating,
            (None, _, None, Some(by_default)) => by_default,
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

    fn validates(&self) -> bool {
        self.validating.is_some()
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
        String::from_utf8_lossy(&read_file(&self.log)).into_owned()
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
}
