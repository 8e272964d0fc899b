//! `cargo bench -p dnsparse`: starts the benchmark in `bench/`. It is a workspace of its own, so
//! that building, checking and testing the course neither downloads nor compiles the libraries that
//! it compares.

use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    // `cargo test --all-targets` runs benches too, without this flag.
    if !env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let ran = Command::new(cargo)
        .args(["run", "--release", "--locked"])
        .args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/bench/Cargo.toml"),
        ])
        .args([
            "--target-dir",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/peers"),
        ])
        .arg("--")
        .args(env::args().skip(1).filter(|argument| argument != "--bench"))
        .status();
    match ran {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo could not be started: {error}");
            ExitCode::FAILURE
        }
    }
}
