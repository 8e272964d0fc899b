//! The command line of `rdns`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueHint};

use super::suggest::nearest;
use super::values::{ExceptionText, Listen, Loopback, NetworkText};
use super::{Config, ConfigError, file};
use crate::control::Ctl;
use crate::minimisation::Minimisation;
use crate::signals;

/// The usage, at the top of the help.
const USAGE: &str = "rdns [OPTIONS]\n       rdns <COMMAND>";
/// The flags of `rdns ctl`, which may stand before it as well as after it.
const FLAGS_OF_CTL: [&str; 2] = ["config", "control"];

/// A recursive DNS resolver: resolves names from the root down, and caches the answers.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "rdns", version, override_usage = USAGE, after_help = signals::help())]
pub struct Arguments {
    /// A file of settings, in TOML. Each flag has a key of the same name there, and overrides it.
    /// SIGHUP makes the server reload the file
    #[arg(long, help_heading = "Configuration", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Check the configuration and the files that it names, and exit
    #[arg(long, help_heading = "Configuration", conflicts_with = "print_config")]
    pub check_config: bool,
    /// Print the effective configuration, as a file that has the same effect, and exit
    #[arg(long, help_heading = "Configuration")]
    pub print_config: bool,
    /// Let the server open any file after startup. Without this, on Linux with Landlock, it opens
    /// only files in the folders that the configuration names
    #[arg(long, help_heading = "Configuration")]
    no_sandbox: bool,
    /// The address to listen on, over UDP and TCP; can be given several times
    /// [default: 127.0.0.1:2053]
    #[arg(long, help_heading = "Clients", value_name = "ADDR:PORT")]
    listen: Vec<Listen>,
    /// A network whose clients are answered, such as 192.0.2.0/24; can be given several times
    /// [default: this machine alone]
    #[arg(long, help_heading = "Clients", value_name = "CIDR")]
    allow: Vec<NetworkText>,
    /// The maximum number of replies per second over UDP to one network (/24, or /56 for IPv6); half of
    /// the replies beyond it are sent truncated, the others are not sent. 0 means no limit
    /// [default: 1000]
    #[arg(long, help_heading = "Clients", value_name = "N", value_parser = clap::value_parser!(u32).range(..=1_000_000_000))]
    rate_limit: Option<u32>,
    /// An address to listen on for DNS over TLS; can be given several times. The usual port is 853
    #[arg(long, help_heading = "Clients", value_name = "ADDR:PORT")]
    tls_listen: Vec<Listen>,
    /// An address to listen on for DNS over HTTPS (HTTP/2 and HTTP/1.1, at the path /dns-query); can be
    /// given several times. The usual port is 443
    #[arg(long, help_heading = "Clients", value_name = "ADDR:PORT")]
    https_listen: Vec<Listen>,
    /// The certificate for DNS over TLS and HTTPS, in PEM format, followed by those of its authorities.
    /// SIGHUP makes the server reload it
    #[arg(long, help_heading = "Clients", value_name = "FILE", value_hint = ValueHint::FilePath)]
    tls_cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM format
    #[arg(long, help_heading = "Clients", value_name = "FILE", value_hint = ValueHint::FilePath)]
    tls_key: Option<PathBuf>,
    /// A file of root hints, in the format of named.root [default: the built-in root hints]
    #[arg(long, help_heading = "Upstream", value_name = "FILE", value_hint = ValueHint::FilePath)]
    root_hints: Option<PathBuf>,
    /// The port on which other servers are queried [default: 53]
    #[arg(long, help_heading = "Upstream", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    upstream_port: Option<u16>,
    /// The part of a name that the servers on the way to it receive (RFC 9156) [default: relaxed]
    #[arg(long, help_heading = "Upstream", value_name = "MODE")]
    qname_minimisation: Option<Minimisation>,
    /// Use the mini-Internet inside this program: no query leaves the machine
    #[arg(long, help_heading = "Upstream", conflicts_with_all = ["root_hints", "upstream_port"])]
    lab: bool,
    /// A file of DS or DNSKEY records, one a line, that are trusted without proof [default: those of
    /// the root that are built in, or the lab's; with root hints of another root, none]
    #[arg(long, help_heading = "Validation", value_name = "FILE", value_hint = ValueHint::FilePath)]
    trust_anchor: Option<PathBuf>,
    /// A file in which the states of the trust anchors are kept, so that they follow the keys of their
    /// zones: a new key is trusted after 30 days (RFC 5011). rdns writes it
    #[arg(long, help_heading = "Validation", value_name = "FILE", value_hint = ValueHint::FilePath)]
    trust_anchor_state: Option<PathBuf>,
    /// Do not validate NAME and the names below it until DATE, such as example.com@2026-12-31
    /// (RFC 7646); can be given several times. A reload applies those in the file
    #[arg(long, help_heading = "Validation", value_name = "NAME@DATE")]
    negative_trust_anchor: Vec<ExceptionText>,
    /// Do not validate answers, and do not ask for signatures
    #[arg(long, help_heading = "Validation", conflicts_with_all = ["trust_anchor", "trust_anchor_state", "negative_trust_anchor"])]
    no_dnssec: bool,
    /// Look up each name, even if validated NSEC records in the cache deny it (RFC 8198)
    #[arg(long, help_heading = "Validation")]
    no_aggressive_nsec: bool,
    /// The number of threads for UDP, and of further ones for TCP, TLS and HTTPS [default: one for each
    /// processor]
    #[arg(long, help_heading = "Performance", value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// The maximum number of records in the cache [default: 200000]
    #[arg(long, help_heading = "Performance", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_000_000_000))]
    cache_records: Option<u32>,
    /// Keep an answer for S seconds after its TTL, and use it if no server replies (RFC 8767). A day is
    /// 86400 [default: 0]
    #[arg(long, help_heading = "Availability", value_name = "S", value_parser = clap::value_parser!(u32).range(..=604_800))]
    serve_stale: Option<u32>,
    /// Fetch an answer again in the last tenth of its TTL, if a client asks for it then
    #[arg(long, help_heading = "Availability")]
    prefetch: bool,
    /// Print statistics every S seconds
    #[arg(long, help_heading = "Statistics", value_name = "S", value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    stats_interval: Option<u32>,
    /// Create a socket for `rdns ctl`, which the user of this process and root can use
    #[arg(long, help_heading = "Statistics", value_name = "PATH", value_hint = ValueHint::FilePath)]
    control: Option<PathBuf>,
    /// A loopback address at which Prometheus finds the counters: http://ADDR:PORT/metrics
    #[arg(long, help_heading = "Statistics", value_name = "ADDR:PORT")]
    metrics: Option<Loopback>,
    /// The command, instead of serving.
    #[command(subcommand)]
    pub action: Option<Action>,
}

/// The commands besides serving.
#[derive(Debug, Clone, Subcommand)]
pub enum Action {
    /// Query or control a running server
    Ctl(Ctl),
    /// Print the manual page: rdns man > /usr/local/share/man/man1/rdns.1
    Man,
}

impl Arguments {
    /// Reads the command line of the process; ends it with an explanation if that is wrong.
    pub fn from_command_line() -> Arguments {
        let arguments = Arguments::from_words(std::env::args_os());
        arguments.unwrap_or_else(|error| with_advice(error).exit())
    }

    /// Reads a command line. The flags of `rdns ctl` may also stand before it: they are global ones there,
    /// which clap hands down from the flags of the same name here.
    fn from_words(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
        let mut command = Arguments::command();
        let matches = command.try_get_matches_from_mut(words)?;
        if let Some((name, _)) = matches.subcommand() {
            let is_other = |flag: &&clap::Arg| {
                let id = flag.get_id().as_str();
                let is_given = matches.value_source(id) == Some(ValueSource::CommandLine);
                is_given && !(name == "ctl" && FLAGS_OF_CTL.contains(&id))
            };
            let other = command
                .get_arguments()
                .find(is_other)
                .map(clap::Arg::to_string);
            if let Some(other) = other {
                let text = format!("the command '{name}' cannot be used with '{other}'");
                return Err(command.error(ErrorKind::ArgumentConflict, text));
            }
        }
        Arguments::from_arg_matches(&matches)
    }

    /// Returns the effective configuration: a flag comes before the file, and the file before the
    /// default.
    ///
    /// # Errors
    /// If the file cannot be read or is wrong, or settings contradict each other.
    pub fn configuration(&self) -> Result<Config, ConfigError> {
        let mut config = match &self.config {
            Some(path) => file::load(path)?,
            None => Config::default(),
        };
        self.overwrite(&mut config);
        config.check(self.config.as_deref())?;
        Ok(config)
    }

    /// Puts the flags that are given in the place of the file's settings.
    fn overwrite(&self, config: &mut Config) {
        let flags = self.clone();
        set_list(&mut config.listen, flags.listen);
        set_list(&mut config.allow, flags.allow);
        set(&mut config.rate_limit, flags.rate_limit);
        set_list(&mut config.tls_listen, flags.tls_listen);
        set_list(&mut config.https_listen, flags.https_listen);
        set_some(&mut config.tls_cert, flags.tls_cert);
        set_some(&mut config.tls_key, flags.tls_key);
        set_some(&mut config.root_hints, flags.root_hints);
        set(&mut config.upstream_port, flags.upstream_port);
        set(&mut config.qname_minimisation, flags.qname_minimisation);
        config.lab |= flags.lab;
        set(&mut config.serve_stale, flags.serve_stale);
        config.prefetch |= flags.prefetch;
        config.no_sandbox |= flags.no_sandbox;
        set_some(&mut config.trust_anchor, flags.trust_anchor);
        set_some(&mut config.trust_anchor_state, flags.trust_anchor_state);
        set_list(
            &mut config.negative_trust_anchor,
            flags.negative_trust_anchor,
        );
        config.no_dnssec |= flags.no_dnssec;
        config.no_aggressive_nsec |= flags.no_aggressive_nsec;
        set_some(&mut config.threads, flags.threads);
        set(&mut config.cache_records, flags.cache_records);
        set_some(&mut config.control, flags.control);
        set_some(&mut config.metrics, flags.metrics);
        set_some(&mut config.stats_interval, flags.stats_interval);
    }
}

/// Adds what to write to an error about the word where a command is expected: it may be the file of
/// settings, which some servers take without a flag.
fn with_advice(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let command = Arguments::command();
    let names = command.get_subcommands().map(clap::Command::get_name);
    let is_file = word.contains(['.', '/']) || Path::new(word).exists();
    let tip = match nearest(word, names) {
        Some(name) if name == word => return error,
        Some(name) => format!("a similar command exists: '{name}'"),
        None if is_file => format!("if it is the file of settings, write '--config {word}'"),
        None => return error,
    };
    let tips = ContextValue::StyledStrs(vec![tip.into()]);
    error.insert(ContextKind::Suggested, tips);
    error
}

fn set<T>(setting: &mut T, flag: Option<T>) {
    if let Some(value) = flag {
        *setting = value;
    }
}

fn set_some<T>(setting: &mut Option<T>, flag: Option<T>) {
    if flag.is_some() {
        *setting = flag;
    }
}

fn set_list<T>(setting: &mut Vec<T>, flags: Vec<T>) {
    if !flags.is_empty() {
        *setting = flags;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The flags that are no settings.
    const ACTIONS: [&str; 5] = ["config", "check-config", "print-config", "help", "version"];

    #[test]
    fn each_flag_has_its_key() {
        let mut command = Arguments::command();
        command.build();
        let flags = command.get_arguments().filter_map(|flag| flag.get_long());
        let flags: BTreeSet<&str> = flags.filter(|flag| !ACTIONS.contains(flag)).collect();
        let without_key = flags.iter().filter(|flag| {
            let error = toml::from_str::<Config>(&format!("{flag} = []"));
            error.is_err_and(|error| error.message().starts_with("unknown field"))
        });
        let without_key: Vec<_> = without_key.collect();
        assert!(
            without_key.is_empty(),
            "flags without a key: {without_key:?}"
        );
    }

    /// The defaults that the help names are those of the configuration.
    #[test]
    fn the_help_names_the_defaults() {
        let help = Arguments::command().render_long_help().to_string();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let config = Config::default();
        for default in [
            config.listen[0].to_string(),
            config.rate_limit.to_string(),
            config.upstream_port.to_string(),
            config.cache_records.to_string(),
            "relaxed".to_owned(),
        ] {
            let words = format!("[default: {default}]");
            assert!(help.contains(&words), "no {words} in the help:\n{help}");
        }
    }

    /// A number that a flag accepts, or not, is one that the file accepts, or not.
    #[test]
    fn numbers_have_the_same_limits_in_flags_and_in_the_file() {
        for key in [
            "rate-limit",
            "threads",
            "cache-records",
            "stats-interval",
            "serve-stale",
            "upstream-port",
        ] {
            for number in [
                "0",
                "1",
                "65535",
                "65536",
                "604801",
                "1000000001",
                "4000000001",
            ] {
                let flag = Arguments::try_parse_from(["rdns", &format!("--{key}"), number]);
                let line = toml::from_str::<Config>(&format!("{key} = {number}"));
                assert_eq!(
                    flag.is_ok(),
                    line.is_ok(),
                    "{key} {number}: {flag:?} {line:?}"
                );
            }
        }
    }

    #[test]
    fn a_flag_comes_before_the_file_and_the_file_before_the_default() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("rdns.toml");
        std::fs::write(
            &path,
            "upstream-port = 5301\nrate-limit = 7\nroot-hints = \"hints\"\n",
        )
        .unwrap();
        let file = path.to_str().unwrap();
        let arguments = Arguments::parse_from(["rdns", "--config", file, "--rate-limit", "9"]);
        let config = arguments.configuration().unwrap();
        let expected = Config {
            upstream_port: 5_301,
            rate_limit: 9,
            root_hints: Some(folder.path().join("hints")),
            ..Config::default()
        };
        assert_eq!(
            config, expected,
            "the file's port and hints, the flag's limit, defaults"
        );
    }
}
