//! `RUST_LOG=info cargo run --bin rdns`, then `dig @127.0.0.1 -p 2053 www.google.com`

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use rdns::server::{Arguments, run};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let log = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_target(false);
    log.with_env_filter(EnvFilter::from_default_env()).init();
    tokio::select! {
        ended = run(&arguments, announce) => match ended {
            Ok(never) => match never {},
            Err(error) => {
                eprintln!("rdns: {error}");
                ExitCode::FAILURE
            }
        },
        () = told_to_stop() => ExitCode::SUCCESS,
    }
}

/// One line on standard error: from here on questions are answered.
fn announce(addresses: &[SocketAddr]) {
    let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
    eprintln!("rdns: listening on {} (UDP and TCP)", addresses.join(", "));
}

/// Waits for SIGINT (Ctrl-C) or SIGTERM. Where the system has no such thing, it waits for ever.
async fn told_to_stop() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            terminated.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
