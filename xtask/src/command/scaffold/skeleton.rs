//! The first files of the branch `my-own`: those of this package's folder `skeleton`, and a
//! manifest and a lock file made from the committed ones.

use super::cargo_lock;
use anyhow::{Context, Result};
use toml::Table;

/// Files of this package that are copied as they are: path in the branch, and text.
const GIVEN: [(&str, &str); 5] = [
    (
        ".cargo/config.toml",
        include_str!("../../../skeleton/config.toml"),
    ),
    (".gitignore", "/target\n"),
    (
        "src/bin/client.rs",
        include_str!("../../../skeleton/bin/client.rs"),
    ),
    (
        "src/bin/rdns.rs",
        include_str!("../../../skeleton/bin/rdns.rs"),
    ),
    ("src/lib.rs", include_str!("../../../skeleton/lib.rs")),
];

/// Folders and files that are taken from the commit as they are.
pub(crate) const TAKEN: [&str; 4] = [
    "dnsparse",
    ".config/clippy.toml",
    ".gitattributes",
    "LICENSE",
];

const README: &str = include_str!("../../../skeleton/README.md");
const MANIFEST: &str = include_str!("../../../skeleton/Cargo.toml.in");

/// The package's name, and its dependencies.
const PACKAGE: &str = "rdns";
const DEPENDENCIES: [&str; 2] = ["clap", "dnsparse"];

/// The texts of the commit that the branch is made from.
pub(crate) struct Committed {
    /// `Cargo.toml`
    pub(crate) manifest: String,
    /// `Cargo.lock`
    pub(crate) lock: String,
    /// `dnsparse/Cargo.toml`
    pub(crate) dnsparse: String,
}

/// Returns the files that are not taken from the commit: path and text.
///
/// # Errors
/// If a section of the committed manifests is missing.
pub(crate) fn files(committed: &Committed) -> Result<Vec<(String, String)>> {
    let mut files: Vec<(String, String)> = GIVEN
        .iter()
        .map(|(path, text)| ((*path).to_owned(), normal(text)))
        .collect();
    let version = version(&committed.manifest)?;
    let lock = cargo_lock::pruned(
        &normal(&committed.lock),
        &["dnsparse"],
        (PACKAGE, &version, &DEPENDENCIES),
    )?;
    files.push(("Cargo.lock".to_owned(), lock));
    files.push(("Cargo.toml".to_owned(), manifest(committed)?));
    files.push(("README.md".to_owned(), normal(README)));
    Ok(files)
}

/// Makes each end of a line `\n`: a checkout on Windows may have others.
fn normal(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn version(manifest: &str) -> Result<String> {
    let table: Table = manifest.parse()?;
    let version = table
        .get("workspace")
        .and_then(|it| it.get("package")?.get("version")?.as_str());
    Ok(version.context("Cargo.toml has no version")?.to_owned())
}

/// Returns the manifest, with the root's dependencies, lints and profile as far as the branch needs
/// them.
fn manifest(committed: &Committed) -> Result<String> {
    let root = normal(&committed.manifest);
    let dnsparse: Table = committed.dnsparse.parse().context("dnsparse/Cargo.toml")?;
    let mut needed: Vec<&str> = DEPENDENCIES.to_vec();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let table = dnsparse.get(kind).and_then(|it| it.as_table());
        needed.extend(
            table
                .into_iter()
                .flat_map(|table| table.keys())
                .map(String::as_str),
        );
    }
    let dependencies = section(&root, "[workspace.dependencies]")?;
    let mut kept = String::new();
    for line in dependencies.lines() {
        let name = line.split_once('=').map_or("", |(name, _)| name.trim());
        if needed.contains(&name) {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    let mut lints = String::new();
    for header in [
        "[workspace.lints.rust]",
        "[workspace.lints.clippy]",
        "[profile.dev]",
    ] {
        lints.push_str(&format!(
            "{header}\n{}\n",
            section(&root, header)?.trim_end()
        ));
        lints.push('\n');
    }
    let package = section(&root, "[workspace.package]")?;
    Ok(normal(MANIFEST)
        .replace(
            "{package}",
            &format!("[workspace.package]\n{}", package.trim_start()),
        )
        .replace("{dependencies}", &kept)
        .replace("{lints}\n", &format!("{}\n", lints.trim_end())))
}

/// Returns the text between a header and the next one, without comments right above the next one.
fn section<'t>(text: &'t str, header: &str) -> Result<&'t str> {
    let (_, rest) = text
        .split_once(&format!("{header}\n"))
        .with_context(|| format!("Cargo.toml has no {header}"))?;
    let section = rest.split_once("\n[").map_or(rest, |(section, _)| section);
    let end = section.rfind("\n\n#").unwrap_or(section.len());
    let is_comment = section
        .get(end..)
        .is_some_and(|tail| tail.trim().lines().all(|line| line.starts_with('#')));
    Ok(if is_comment {
        section.get(..end).unwrap_or(section)
    } else {
        section
    })
}
