//! `RUST_LOG=info cargo run --bin rdns`, then `dig @127.0.0.1 -p 2053 www.google.com`

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use clap::Parser;
use programs::server::{Arguments, ServerError, run};
use tokio::runtime::Builder;
use tracing_appender::non_blocking::NonBlocking;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // https://no-color.org
    let has_colour = env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    // Lines go through a bounded queue to a thread of their own: a reader of standard error that
    // is slow or gone costs lines, and never blocks or ends the server.
    let (lines, _flushes_at_the_end) = tracing_appender::non_blocking(io::stderr());
    let log = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .log_internal_errors(false)
        .with_ansi(io::stderr().is_terminal() && has_colour)
        .with_target(false);
    log.with_env_filter(EnvFilter::from_default_env()).init();
    let runtime = Builder::new_multi_thread()
        .worker_threads(arguments.threads())
        .enable_all()
        .build();
    let ended = runtime
        .map_err(ServerError::from)
        .and_then(|runtime| runtime.block_on(serve(&arguments, lines)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "rdns: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments, lines: NonBlocking) -> Result<(), ServerError> {
    // The handler is installed before the first query can arrive: from then on a signal no longer
    // kills the process.
    let stop = stop_signal()?;
    let print = move |line: &str| {
        let _ = lines
            .clone()
            .write_all(format!("rdns: {line}\n").as_bytes());
    };
    run(arguments, print, stop).await
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
