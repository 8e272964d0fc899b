//! Signs the zones of the lab and of the judge: `cargo run -p signer` writes the folder
//! `lessons/lab/signed` and two files in `lessons/judge/src`, and `cargo run -p signer -- --check` says
//! whether they are up to date.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Parser;

/// Signs the zones of the lab and of the judge. The files in lessons/lab/signed and lessons/judge/src/validation.signed hold the records that signing adds.
#[derive(Debug, Parser)]
struct Arguments {
    /// Write nothing, and fail if a file is not up to date
    #[arg(long)]
    check: bool,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = [
        ("lessons/lab/signed", signer::signed_files()?),
        ("lessons/judge/src", signer::judge_files()?),
    ];
    for (folder, files) in folders {
        for (file, text) in files {
            let name = format!("{folder}/{file}");
            let path = root.join(&name);
            let is_current = std::fs::read_to_string(&path).is_ok_and(|current| current == text);
            match (is_current, arguments.check) {
                (true, _) => {}
                (false, true) => bail!("{name} is not up to date: run `cargo run -p signer`"),
                (false, false) => {
                    std::fs::write(&path, text)?;
                    println!("{name}");
                }
            }
        }
    }
    Ok(())
}
