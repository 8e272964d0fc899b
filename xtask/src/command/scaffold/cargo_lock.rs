//! `Cargo.lock`, pruned to the dependencies of a few packages. Nothing is downloaded or resolved
//! anew.

use anyhow::{Context, Result};
use std::collections::BTreeSet;

/// The line before each package.
const HEAD: &str = "[[package]]\n";

/// One package of a lock file.
struct Package<'t> {
    name: &'t str,
    version: &'t str,
    /// `name`, or `name version` if several packages have that name.
    dependencies: Vec<&'t str>,
    text: &'t str,
}

/// Returns the lock file of a workspace with the packages `kept`, which are in `lock`, and a new
/// package: its name, version and dependencies.
///
/// # Errors
/// If one of the packages is not in the lock file.
pub(crate) fn pruned(lock: &str, kept: &[&str], new: (&str, &str, &[&str])) -> Result<String> {
    let (head, rest) = lock
        .split_once(HEAD)
        .context("Cargo.lock has no packages")?;
    let packages: Vec<Package<'_>> = rest.split(HEAD).filter_map(read).collect();
    let (name, version, direct) = new;
    let mut wanted: Vec<&str> = kept.iter().chain(direct).copied().collect();
    let mut needed = BTreeSet::new();
    while let Some(reference) = wanted.pop() {
        let index = packages.iter().position(|package| package.is(reference));
        let index = index.with_context(|| format!("Cargo.lock has no package {reference}"))?;
        if needed.insert(index) {
            wanted.extend(
                packages
                    .get(index)
                    .iter()
                    .flat_map(|package| &package.dependencies),
            );
        }
    }
    let quoted: Vec<String> = direct
        .iter()
        .map(|name| format!(" \"{name}\",\n"))
        .collect();
    let text = format!(
        "name = \"{name}\"\nversion = \"{version}\"\ndependencies = [\n{}]",
        quoted.concat()
    );
    let mut blocks: Vec<(&str, &str, &str)> = needed
        .iter()
        .filter_map(|index| packages.get(*index))
        .map(|package| (package.name, package.version, package.text.trim_end()))
        .collect();
    blocks.push((name, version, &text));
    blocks.sort_unstable();
    let blocks: Vec<String> = blocks
        .iter()
        .map(|(_, _, text)| format!("{HEAD}{text}\n"))
        .collect();
    Ok(format!("{head}{}", blocks.join("\n")))
}

fn read(text: &str) -> Option<Package<'_>> {
    let field = |name: &str| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
        line.map(|value| value.trim_matches('"'))
    };
    let list = text
        .split_once("dependencies = [\n")
        .map_or("", |(_, list)| list);
    let dependencies = list
        .lines()
        .map_while(|line| line.trim().strip_suffix("\",")?.strip_prefix('"'));
    Some(Package {
        name: field("name")?,
        version: field("version")?,
        dependencies: dependencies.collect(),
        text,
    })
}

impl Package<'_> {
    fn is(&self, reference: &str) -> bool {
        let mut words = reference.split(' ');
        words.next() == Some(self.name)
            && words.next().is_none_or(|version| version == self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::pruned;

    const LOCK: &str = r#"# made by cargo
version = 4

[[package]]
name = "a"
version = "1.0.0"
dependencies = [
 "b",
 "c 2.0.0",
]

[[package]]
name = "b"
version = "0.1.0"
source = "registry"

[[package]]
name = "c"
version = "1.0.0"

[[package]]
name = "c"
version = "2.0.0"

[[package]]
name = "z"
version = "1.0.0"
dependencies = [
 "c 1.0.0",
]
"#;

    #[test]
    fn packages_that_are_not_needed_are_removed() {
        let text = pruned(LOCK, &["a"], ("mine", "0.1.0", &["a", "b"])).unwrap();
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("name = "))
            .collect();
        assert_eq!(names, ["\"a\"", "\"b\"", "\"c\"", "\"mine\""]);
        assert!(text.starts_with("# made by cargo\nversion = 4\n\n[[package]]\nname = \"a\"\n"));
        assert!(text.contains("version = \"2.0.0\"") && !text.contains("name = \"z\""));
        assert!(text.ends_with(
            "name = \"mine\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n \"b\",\n]\n"
        ));
        assert!(pruned(LOCK, &["missing"], ("mine", "0.1.0", &[])).is_err());
    }
}
