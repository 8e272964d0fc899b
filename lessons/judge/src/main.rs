//! `cargo xtask judge --client 'CMD {server} {name} {type}' --server 'CMD {listen} {hints} {port}'
//! --validator 'CMD {listen} {hints} {port} {anchor}'`

use std::io::{self, Write};
use std::net::IpAddr;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use judge::command::{CommandClient, CommandServer, Template};
use judge::report;
use judge::stages::{About, STAGES, Stage};
use judge::subject::{ClientUnderTest, ServerUnderTest, Subject};
use judge::trial::{Settings, Trial};

/// The defaults of the stage `load`.
const LOAD_RATE: u32 = 1_000;
const LOAD_SECONDS: u32 = 10;

/// Tests a DNS client and a recursive resolver from outside, as running programs.
///
/// Exit status: 0 if all stages are passed, 1 if not, 2 for an unusable command line.
#[derive(Parser)]
#[command(name = "cargo xtask judge", bin_name = "cargo xtask judge", after_help = PLACEHOLDERS)]
struct Arguments {
    /// The command that starts the client, with {server} (or {host} and {port}), {name} and {type}
    #[arg(long, value_name = "COMMAND")]
    client: Option<Template>,
    /// The command that starts the server, with {listen} (or {listen-host} and {listen-port}),
    /// {hints} and {port}
    #[arg(long, value_name = "COMMAND")]
    server: Option<Template>,
    /// The command that starts the server without a listening address: it must choose
    /// 127.0.0.1:2053
    #[arg(long, value_name = "COMMAND", requires = "server")]
    server_default: Option<Template>,
    /// The command that starts the server as a validator, with {anchor} as well: a file with the DS
    /// record of the root's key. Without it, the stages about DNSSEC are left out
    #[arg(long, value_name = "COMMAND")]
    validator: Option<Template>,
    /// Run this stage alone; may be given several times
    #[arg(long, value_name = "NAME")]
    stage: Vec<String>,
    /// List the stages with their titles and RFCs
    #[arg(long)]
    list: bool,
    /// Use the same names, addresses and ids as in an earlier run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The port of the judge's name servers, for servers that query port 53 alone [default: any]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    upstream_port: Option<u16>,
    /// An address of this machine that is not loopback: from there a client must be refused
    #[arg(long, value_name = "ADDR")]
    stranger: Option<IpAddr>,
    /// The command with which the reader runs the judge again, instead of this one
    #[arg(long, hide = true)]
    again: Option<String>,
    /// Queries per second in the stage load
    #[arg(long, value_name = "N", default_value_t = LOAD_RATE, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    load_rate: u32,
    /// Duration of the stage load in seconds
    #[arg(long, value_name = "S", default_value_t = LOAD_SECONDS, value_parser = clap::value_parser!(u32).range(1..=600))]
    load_seconds: u32,
}

const PLACEHOLDERS: &str = "\
A command is split at blanks (quotes keep words together) and started without a shell. For example:

  --client 'dig @{host} -p {port} {name} {type}'
  --server './target/debug/rdns --listen {listen} --root-hints {hints} --upstream-port {port}'
  --validator './target/debug/rdns --listen {listen} --root-hints {hints} --upstream-port {port} --trust-anchor {anchor}'

{server} and {listen} are like 127.0.0.1:5300, {hints} is a file like named.root, {port} is the port of the name servers that
the server queries. {anchor} is a file with one line, the DS record of the root's key, as in \". 86400 IN DS 15376 13 2 9B06...\":
key tag, algorithm, digest type, digest. Signatures are judged by the clock of this machine. A command that needs a shell replaces it with exec: sh -c 'cd there && exec ./mine {listen} {hints} {port}'";

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.list {
        return list();
    }
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(usage) => Arguments::command()
            .error(ErrorKind::ValueValidation, usage)
            .exit(),
    }
}

fn list() -> ExitCode {
    let mut text = String::new();
    for (
        number,
        Stage {
            name, title, rfc, ..
        },
    ) in (1..).zip(STAGES)
    {
        text.push_str(&format!("{number:>2} {name:<9} {title:<56} {rfc}\n"));
    }
    let _closed = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

/// Runs the stages; returns whether all are passed. An error is one of usage.
fn run(arguments: &Arguments) -> Result<bool, String> {
    check(arguments)?;
    let stages = selected(arguments)?;
    let client = arguments.client.clone().map(CommandClient);
    let with_listen = arguments.server.as_ref().or(arguments.validator.as_ref());
    let server = with_listen.map(|with_listen| CommandServer {
        with_listen: with_listen.clone(),
        by_default: arguments.server_default.clone(),
        validating: arguments.validator.clone(),
    });
    let subject = Subject {
        client: client.as_ref().map(|client| client as &dyn ClientUnderTest),
        server: server.as_ref().map(|server| server as &dyn ServerUnderTest),
    };
    let seed = arguments.seed.unwrap_or_else(rand::random);
    let settings = Settings {
        upstream_port: arguments.upstream_port,
        stranger: arguments.stranger,
        load_rate: arguments.load_rate,
        load_seconds: arguments.load_seconds,
        ..Settings::new(seed)
    };
    let (mut passed, mut failed) = (0, None);
    for (number, stage) in &stages {
        let mut trial = Trial::new(&subject, settings, stage.name);
        let result = (stage.run)(&mut trial);
        passed += usize::from(result.is_ok());
        if result.is_err() {
            failed.get_or_insert(stage.name);
        }
        print(&report::stage(*number, stage, &result));
        print(&report::advice(&trial.advice));
    }
    print(&summary(arguments, stages.len(), passed, seed, failed));
    Ok(passed == stages.len())
}

/// Checks that there is a program to judge, and that each command has its placeholders.
fn check(arguments: &Arguments) -> Result<(), String> {
    let Arguments {
        client,
        server,
        server_default,
        validator,
        ..
    } = arguments;
    if client.is_none() && server.is_none() && validator.is_none() {
        return Err("no program to judge: give --client, --server or --validator".to_owned());
    }
    let of_client: &[&[&str]] = &[&["{server}", "{port}"], &["{name}"]];
    let of_server: &[&[&str]] = &[&["{listen}", "{listen-port}"], &["{hints}"]];
    let of_validator: &[&[&str]] = &[&["{listen}", "{listen-port}"], &["{hints}"], &["{anchor}"]];
    for (option, template, placeholders) in [
        ("--client", client, of_client),
        ("--server", server, of_server),
        ("--server-default", server_default, &[&["{hints}"]]),
        ("--validator", validator, of_validator),
    ] {
        let checked = template
            .as_ref()
            .map_or(Ok(()), |template| template.require(placeholders));
        checked.map_err(|missing| format!("{option}: {missing}"))?;
    }
    Ok(())
}

/// Returns the stages of the command line, or else those for which there is a program.
fn selected(arguments: &Arguments) -> Result<Vec<(usize, Stage)>, String> {
    let has_program = |stage: &Stage| match stage.about {
        About::Client => arguments.client.is_some(),
        About::Server => arguments.server.is_some(),
        About::Validator => arguments.validator.is_some(),
    };
    let all = (1..).zip(STAGES);
    if arguments.stage.is_empty() {
        return Ok(all.filter(|(_, stage)| has_program(stage)).collect());
    }
    let named = |name: &String| {
        let has_name =
            |(number, stage): &(usize, Stage)| stage.name == name || number.to_string() == *name;
        let stage = all.clone().find(has_name);
        stage.ok_or_else(|| format!("there is no stage {name:?}: --list names them"))
    };
    arguments.stage.iter().map(named).collect()
}

/// Returns the result, and the next command as a line of its own. `failed` is the first stage that
/// is not passed.
fn summary(
    arguments: &Arguments,
    stages: usize,
    passed: usize,
    seed: u64,
    failed: Option<&str>,
) -> String {
    let is_selection = !arguments.stage.is_empty();
    let (remark, next) = match failed {
        Some(stage) => (
            format!("With --seed {seed} the same names, addresses and ids are used again."),
            format!("{} --stage {stage} --seed {seed}", again(arguments)),
        ),
        None if is_selection => ("Now all stages:".to_owned(), again(arguments)),
        None if arguments.client.is_none() || arguments.server.is_none() => (
            "The other stages test the other program: --client and --server together run both."
                .to_owned(),
            "cargo xtask judge --list".to_owned(),
        ),
        None => (
            "The programs are fit for the Internet. Start your server, and query it:".to_owned(),
            "dig @127.0.0.1 -p 2053 yahoo.com".to_owned(),
        ),
    };
    format!("\n{passed} of {stages} stages passed. {remark}\nNext: {next}\n")
}

/// Returns the command line that runs all stages on the same programs, for a shell.
fn again(arguments: &Arguments) -> String {
    if let Some(again) = &arguments.again {
        return again.clone();
    }
    let mut line = "cargo xtask judge".to_owned();
    let mut add = |option: &str, value: Option<String>| {
        if let Some(value) = value {
            line.push_str(&format!(" {option} {}", for_shell(&value)));
        }
    };
    let text = |template: &Option<Template>| template.as_ref().map(Template::to_string);
    add("--client", text(&arguments.client));
    add("--server", text(&arguments.server));
    add("--server-default", text(&arguments.server_default));
    add("--validator", text(&arguments.validator));
    let port = arguments.upstream_port.map(|port| port.to_string());
    add("--upstream-port", port);
    let stranger = arguments.stranger.map(|address| address.to_string());
    add("--stranger", stranger);
    for (option, value, default) in [
        ("--load-rate", arguments.load_rate, LOAD_RATE),
        ("--load-seconds", arguments.load_seconds, LOAD_SECONDS),
    ] {
        add(option, (value != default).then(|| value.to_string()));
    }
    line
}

/// Quotes a word for the shell of the system, if it has to be.
fn for_shell(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=+,@%".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else if cfg!(windows) && !word.contains('"') {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn print(text: &str) {
    let mut out = io::stdout();
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
