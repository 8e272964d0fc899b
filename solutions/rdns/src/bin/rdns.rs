//! `RUST_LOG=info cargo run --bin rdns`, then `dig @127.0.0.1 -p 2053 www.google.com`

use std::env;
use std::io::{self, IsTerminal, Write};
use std::panic;
use std::process::ExitCode;
use std::time::Duration;

use programs::config::Arguments;
use programs::config::flags::Action;
use programs::config::manual::write_manual;
use programs::control;
use programs::log::Log;
use programs::privileges::drop_capabilities;
use programs::server::{ServerError, Start, run};
use programs::signals::Signal;
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

/// The time that the last lines of the log have to be written.
const LOG_LIMIT: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let arguments = Arguments::from_command_line();
    let Ok(log) = Log::start(io::stderr()) else {
        return ExitCode::FAILURE;
    };
    let (lines, panics) = (log.clone(), log.clone());
    panic::set_hook(Box::new(move |panic| panics.print_panic(panic)));
    // https://no-color.org
    let has_colour = env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    tracing_subscriber::fmt()
        .with_writer(move || lines.clone())
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal() && has_colour)
        .with_target(false)
        .with_env_filter(filter(&log))
        .init();
    let ended = execute(&arguments, &log);
    if let Err(error) = &ended {
        log.print(error);
    }
    log.finish(LOG_LIMIT);
    ExitCode::from(u8::from(ended.is_err()))
}

/// Does what the arguments ask for.
fn execute(arguments: &Arguments, log: &Log) -> Result<(), ServerError> {
    match &arguments.action {
        None => {}
        Some(Action::Ctl(ctl)) => return Ok(control::send(ctl, &mut io::stdout().lock())?),
        Some(Action::Man) => return printed(write_manual(&mut io::stdout().lock())),
    }
    if arguments.print_config {
        let mut config = arguments.configuration()?;
        // So that it means the same in another folder.
        config.start_paths_from(&env::current_dir()?);
        let text = config.to_text()?;
        return printed(io::stdout().write_all(text.as_bytes()));
    }
    if !arguments.check_config {
        outlive_signals()?;
    }
    let mut start = Start::prepare(arguments)?;
    if arguments.check_config {
        let missing = start.check_further()?;
        let lines = start.summary().into_iter().chain(missing);
        lines.for_each(|line| log.print(line));
        log.print("the configuration is valid");
        return Ok(());
    }
    // Before the runtime starts its threads: each inherits the limits of the one that starts it.
    start.enter_sandbox();
    let runtime = Builder::new_multi_thread()
        .worker_threads(start.config().threads())
        // These threads are older than the sockets, which the main thread alone binds.
        .on_thread_start(|| drop(drop_capabilities()))
        .enable_all()
        .build()?;
    runtime.block_on(serve(start, log))
}

/// Has SIGHUP and SIGUSR1 not end the process from here on, although nothing listens to them before the
/// server has started: reading long lists takes a while. (tokio installs a handler once, and for good.)
fn outlive_signals() -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let _entered = runtime.enter();
    drop((Signal::report(), Signal::reload()));
    Ok(())
}

/// Takes it for success that the reader wants no more, as `head` does in `rdns man | head`.
fn printed(result: io::Result<()>) -> Result<(), ServerError> {
    let flushed = result.and_then(|()| io::stdout().flush());
    flushed.or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(ServerError::Output(error)),
    })
}

/// The log without RUST_LOG: errors of this program.
const DEFAULT_LOG: &str = "rdns=error";

/// Reads RUST_LOG. (`EnvFilter::from_default_env` would print its errors itself, and panic if that
/// fails.)
fn filter(log: &Log) -> EnvFilter {
    let text = env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let text = if text.is_empty() { DEFAULT_LOG } else { &text };
    EnvFilter::builder().parse(text).unwrap_or_else(|error| {
        log.print(format_args!("RUST_LOG is ignored: {error}"));
        EnvFilter::default()
    })
}

async fn serve(start: Start, log: &Log) -> Result<(), ServerError> {
    // The handler is installed before the first query can arrive: from then on a signal no longer
    // kills the process.
    let stop = stop_signal()?;
    run(start, |line| log.print(line), stop).await
}

/// Returns a future that completes at SIGINT (Ctrl-C) or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Returns a future that completes at Ctrl-C.
#[cfg(windows)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}
