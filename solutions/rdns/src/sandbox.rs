//! The files that `rdns` may open once it has started: those in the folders that its configuration
//! names (landlock(7), on Linux). A fault in the parser of a packet then opens no other.
//!
//! Folders, and not files: a new version of a file is often another file that takes its name, and a
//! reload has to be able to read it. What a reload names in another folder cannot be read until the
//! next start.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::Config;

/// Where systems keep the certificates of authorities, which TLS towards a forwarder needs.
const AUTHORITIES: [&str; 4] = [
    "/etc/ssl",
    "/etc/pki",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

/// Where random numbers come from if the system's function for them is missing: in a program that is
/// linked statically.
const RANDOM: [&str; 2] = ["/dev/urandom", "/dev/random"];

/// The folders that a configuration needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Folders {
    /// Those that are read.
    pub read: BTreeSet<PathBuf>,
    /// Those that are written as well.
    pub write: BTreeSet<PathBuf>,
}

impl Folders {
    /// Returns the folders of a configuration, and of the file that it is from.
    pub fn of(config: &Config, file: Option<&Path>) -> Folders {
        let written = config.written_files();
        let written = written.into_iter().map(|(_, path)| path);
        let write = written.chain(config.dnstap.socket.as_deref());
        let read = config.read_files();
        let read = file
            .into_iter()
            .chain(read.into_iter().map(|(_, path)| path));
        let mut folders = Folders {
            read: read.flat_map(folders_of).collect(),
            write: write.flat_map(folders_of).collect(),
        };
        if config
            .forward
            .iter()
            .any(|zone| zone.tls_config().mode().is_some())
        {
            folders.read.extend(AUTHORITIES.map(PathBuf::from));
        }
        folders
    }
}

/// Returns the folder that a path names, and that of the file itself, if the path is a link.
fn folders_of(path: &Path) -> Vec<PathBuf> {
    let folder = |path: &Path| match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(folder) => folder.to_owned(),
        None => path.to_owned(),
    };
    let named = folder(path);
    let mut folders = vec![named.clone()];
    // They differ if the file itself is a link.
    if let (Ok(target), Ok(named)) = (fs::canonicalize(path), fs::canonicalize(named))
        && folder(&target) != named
    {
        folders.push(folder(&target));
    }
    folders
}

/// Restricts this thread, and the threads that it will start. Returns a sentence about that for the
/// log.
#[cfg(target_os = "linux")]
pub fn restrict(folders: &Folders) -> String {
    use landlock::{
        ABI, Access, AccessFs, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
        path_beneath_rules,
    };
    let restricted = || -> Result<RulesetStatus, RulesetError> {
        let abi = ABI::V5;
        let reading = AccessFs::ReadFile | AccessFs::ReadDir;
        let ruleset = landlock::Ruleset::default().handle_access(AccessFs::from_all(abi))?;
        let ruleset = ruleset.create()?;
        let ruleset = ruleset.add_rules(path_beneath_rules(RANDOM, AccessFs::ReadFile))?;
        let ruleset = ruleset.add_rules(path_beneath_rules(&folders.read, reading))?;
        let writing = path_beneath_rules(&folders.write, AccessFs::from_all(abi));
        Ok(ruleset.add_rules(writing)?.restrict_self()?.ruleset)
    };
    let list = |folders: &BTreeSet<PathBuf>| match folders.is_empty() {
        true => "no folder".to_owned(),
        false => {
            let names = folders.iter().map(|folder| folder.display().to_string());
            names.collect::<Vec<_>>().join(", ")
        }
    };
    match restricted() {
        Ok(RulesetStatus::NotEnforced) => {
            "landlock: this kernel does not have it, so the files that may be opened are not limited"
                .to_owned()
        }
        Ok(_) => format!(
            "landlock: files can be read in {}, and written in {}",
            list(&folders.read),
            list(&folders.write)
        ),
        Err(error) => format!("landlock: the files that may be opened are not limited: {error}"),
    }
}

/// Restricts nothing: this system has no landlock.
#[cfg(not(target_os = "linux"))]
pub fn restrict(_folders: &Folders) -> String {
    "this system has no landlock, so the files that may be opened are not limited".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_of_the_configuration_is_in_a_folder() {
        let text = "root-hints = \"/a/hints\"\ntls-cert = \"/b/cert\"\ntls-key = \"/c/key\"\ntrust-anchor = \"/d/anchor\"\ncontrol = \"/w/control\"\nroot-zone = { file = \"/x/root\" }\ndnstap = { file = \"/y/tap\" }\nlocal = { hosts = [\"/e/hosts\"], zones = [{ zone = \"lan\", file = \"/f/lan\" }] }\nblocklist = [{ file = \"/g/list\", form = \"hosts\" }]\n";
        let config: Config = toml::from_str(text).unwrap();
        let folders = Folders::of(&config, Some(Path::new("/h/rdns.toml")));
        let paths = |names: &[&str]| names.iter().map(PathBuf::from).collect::<BTreeSet<_>>();
        let read = paths(&["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h"]);
        let write = paths(&["/w", "/x", "/y"]);
        assert_eq!(folders, Folders { read, write });
    }

    /// A certificate of Let's Encrypt is a link to its newest version, in another folder.
    #[cfg(unix)]
    #[test]
    fn the_folder_behind_a_link_is_one_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let (live, archive) = (folder.path().join("live"), folder.path().join("archive"));
        fs::create_dir_all(&live).unwrap();
        fs::create_dir_all(&archive).unwrap();
        fs::write(archive.join("cert1"), "").unwrap();
        std::os::unix::fs::symlink(archive.join("cert1"), live.join("cert")).unwrap();
        let found = folders_of(&live.join("cert"));
        assert_eq!(found, [live, fs::canonicalize(archive).unwrap()]);
    }
}
