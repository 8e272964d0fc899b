//! Signs the zones of the lab: `cargo run -p signer` writes the folder `lessons/lab/signed`, and
//! `cargo run -p signer -- --check` says whether it is up to date.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Parser;

/// Signs the zones of the lab. The files in lessons/lab/signed hold the records that signing adds.
#[derive(Debug, Parser)]
struct Arguments {
    /// Write nothing, and fail if a file is not up to date
    #[arg(long)]
    check: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lessons/lab/signed");
    for (file, text) in signer::signed_files()? {
        let path = folder.join(&file);
        let is_current = std::fs::read_to_string(&path).is_ok_and(|current| current == text);
        match (is_current, arguments.check) {
            (true, _) => {}
            (false, true) => {
                bail!("lessons/lab/signed/{file} is not up to date: run `cargo run -p signer`")
            }
            (false, false) => {
                std::fs::write(&path, text)?;
                println!("lessons/lab/signed/{file}");
            }
        }
    }
    Ok(())
}
