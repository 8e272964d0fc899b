//! `cargo run --bin client -- --query yahoo.com`

use std::fmt;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use clap::Parser;
use programs::client::{Arguments, Client};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(dissection) = arguments.dissect_hex() {
        return match dissection {
            Ok(text) => match print(&text, false) {
                ControlFlow::Break(status) => status,
                ControlFlow::Continue(()) => ExitCode::SUCCESS,
            },
            Err(error) => {
                report(&error);
                ExitCode::from(error.exit_status())
            }
        };
    }
    let client = match Client::new(&arguments) {
        Ok(client) => client,
        Err(error) => {
            report(&error);
            return ExitCode::from(error.exit_status());
        }
    };
    let (mut worst, mut is_first) = (0, true);
    for request in arguments.requests() {
        let answer = match request {
            Ok(request) => client.ask(&request).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(text) => {
                let is_apart = !is_first && !arguments.is_short();
                if let ControlFlow::Break(status) = print(&text, is_apart) {
                    return status;
                }
                is_first = false;
            }
            Err(error) => {
                report(&error);
                worst = worst.max(error.exit_status());
            }
        }
    }
    ExitCode::from(worst)
}

/// Reports an error. The exit status shows it too, in case standard error is closed or full.
fn report(error: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "client: {error}");
}

/// Prints a text, with an empty line before it if it stands apart. A closed pipe (`client … | head
/// -1`) ends the program without an error.
fn print(text: &str, is_apart: bool) -> ControlFlow<ExitCode> {
    if text.is_empty() {
        return ControlFlow::Continue(());
    }
    let gap = if is_apart { "\n" } else { "" };
    match writeln!(io::stdout(), "{gap}{text}") {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            ControlFlow::Break(ExitCode::SUCCESS)
        }
        Err(error) => {
            report(format_args!("cannot print the reply: {error}"));
            ControlFlow::Break(ExitCode::FAILURE)
        }
    }
}
