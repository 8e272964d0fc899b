//! `cargo run --bin client -- --query yahoo.com`

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use programs::client::{Arguments, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(text) => print(&text),
        Err(error) => {
            eprintln!("client: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

/// Prints, and does not mind a reader that has read enough (`client … | head -1`).
fn print(text: &str) -> ExitCode {
    if text.is_empty() {
        return ExitCode::SUCCESS;
    }
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("client: cannot print the reply: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
