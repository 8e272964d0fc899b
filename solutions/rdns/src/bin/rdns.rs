//! `RUST_LOG=info cargo run --bin rdns`, then `dig @127.0.0.1 -p 2053 www.google.com`

use std::env;
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use programs::server::{Arguments, ServerError, run};
use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // https://no-color.org
    let has_colour = env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && has_colour)
        .with_target(false);
    log.with_env_filter(EnvFilter::from_default_env()).init();
    let runtime = Builder::new_multi_thread()
        .worker_threads(arguments.threads())
        .enable_all()
        .build();
    let ended = runtime
        .map_err(ServerError::from)
        .and_then(|runtime| runtime.block_on(serve(&arguments)));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("rdns: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments) -> Result<(), ServerError> {
    // The handler is installed before the first query can arrive: from then on a signal no longer
    // kills the process.
    let stop = stop_signal()?;
    run(arguments, announce, stop).await
}

/// Prints the line that says that queries are answered from now on.
fn announce(addresses: &[SocketAddr]) {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    eprintln!("rdns: listening on {} (UDP and TCP)", addresses.join(", "));
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
