//! [`Command`]: the commands of `rdns ctl`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand};
use dnsparse::{Name, RecordType};

use crate::config::{Config, ConfigError, file};

/// The socket of a server that was started as a service.
pub const DEFAULT_SOCKET: &str = "/run/rdns/control";

/// Query or control a running server
#[derive(Debug, Clone, Args)]
pub struct Ctl {
    /// The server's socket, its setting `control` [default: that in --config, or /run/rdns/control]
    #[arg(long, value_name = "PATH", global = true)]
    control: Option<PathBuf>,
    /// The server's file of settings
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

impl Ctl {
    /// Returns the path of the server's socket.
    ///
    /// # Errors
    /// If the file of settings cannot be read, or names no socket.
    pub fn socket(&self) -> Result<PathBuf, ConfigError> {
        if let Some(path) = &self.control {
            return Ok(path.clone());
        }
        let Some(path) = &self.config else {
            return Ok(PathBuf::from(DEFAULT_SOCKET));
        };
        let Config { control, .. } = file::load(path)?;
        control.ok_or_else(|| ConfigError::File {
            file: path.display().to_string(),
            text: format!(
                "has no socket: add control = \"{DEFAULT_SOCKET}\", and restart the server"
            ),
        })
    }
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Print the counters
    Stats,
    /// Remove a name from the cache
    Flush {
        /// The name
        #[arg(allow_hyphen_values = true)]
        name: Name,
    },
    /// Remove a zone from the cache: its names, and its servers
    FlushZone {
        /// The zone
        #[arg(allow_hyphen_values = true)]
        name: Name,
    },
    /// Print the cached records
    Dump,
    /// Print the source of answers for a name: local data, or servers, with their round-trip times
    Lookup {
        /// The name
        #[arg(allow_hyphen_values = true)]
        name: Name,
        /// The type of records
        #[arg(value_name = "TYPE", default_value = "A")]
        rtype: RecordType,
    },
    /// Print the trust anchors, with their states (RFC 5011)
    TrustAnchors,
    /// Reload the configuration
    Reload,
    /// Resolve a name, validate the answer, and print each step
    Trace {
        /// The name
        #[arg(allow_hyphen_values = true)]
        name: Name,
        /// The type of records
        #[arg(value_name = "TYPE", default_value = "A")]
        rtype: RecordType,
    },
}

/// Writes the command as a request. A name has no blank in it: it is escaped.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Stats => f.write_str("stats"),
            Command::Flush { name } => write!(f, "flush {name}"),
            Command::FlushZone { name } => write!(f, "flush-zone {name}"),
            Command::Dump => f.write_str("dump"),
            Command::Lookup { name, rtype } => write!(f, "lookup {name} {rtype}"),
            Command::TrustAnchors => f.write_str("trust-anchors"),
            Command::Reload => f.write_str("reload"),
            Command::Trace { name, rtype } => write!(f, "trace {name} {rtype}"),
        }
    }
}

/// Reads a request, by the same rules as a command line.
impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Command, String> {
        #[derive(Parser)]
        #[command(name = "rdns ctl", no_binary_name = true, disable_help_flag = true)]
        struct Request {
            #[command(subcommand)]
            command: Command,
        }
        let request = Request::try_parse_from(line.split_whitespace());
        request
            .map(|request| request.command)
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_read_as_it_is_written() {
        for line in [
            "stats",
            "flush www.example.com.",
            "flush-zone .",
            "dump",
            "lookup a\\032b.example. AAAA",
            "flush -x.example.",
            "flush-zone --help.example.",
            "trace -. NS",
            "trust-anchors",
            "reload",
            "trace example. TYPE65400",
        ] {
            let command: Command = line.parse().unwrap();
            assert_eq!(command.to_string(), line);
        }
        let default: Command = "trace example".parse().unwrap();
        assert_eq!(default.to_string(), "trace example. A");
    }

    #[test]
    fn a_wrong_request_is_explained() {
        for (line, expected) in [
            ("", "subcommand"),
            ("flush", "<NAME>"),
            ("flsh www.example.com", "'flush'"),
            ("flush a..b", "a..b"),
            ("trace example NOSUCH", "NOSUCH"),
        ] {
            let error = line.parse::<Command>().unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
