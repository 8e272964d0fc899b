//! The files that `rdns` may open once it has started (landlock, on Linux).

use real_servers::skip;
use tempfile::TempDir;

use crate::configuration::ConfigFile;
use crate::server::{SOON, Server};

/// Returns the next line of the log that begins like this; none if another line about landlock comes.
#[track_caller]
fn logged(server: &Server, beginning: &str) -> Option<String> {
    loop {
        let line = server.log.recv_timeout(SOON).expect("a line of the log");
        let text = line.strip_prefix("rdns: ").unwrap_or(&line);
        if text.starts_with(beginning) {
            return Some(text.to_owned());
        }
        if text.contains("are not limited") {
            return None;
        }
    }
}

/// Writes settings with this blocklist, has the server read them, and returns what it says.
fn reload(server: &mut Server, file: &ConfigFile, list: &str) -> String {
    file.write(&format!(
        "blocklist = [{{ file = \"{list}\", form = \"domains\" }}]\n"
    ));
    server.signal("-HUP");
    let line = server
        .log
        .recv_timeout(SOON)
        .expect("a line about the reload");
    line.replace(&format!("{}/", file.folder.path().display()), "")
}

/// The hint of a reload that cannot read a file.
const REFUSAL: &str = "only folders that the configuration named at the start can be used, and not a new folder of the same name; a restart allows others";

/// Landlock knows a folder itself, and not its name.
#[test]
fn a_folder_that_has_taken_the_name_of_another_cannot_be_opened() {
    let folder = TempDir::new().unwrap();
    let new = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        std::fs::write(path.join("list"), "ads.example\n").unwrap();
        path
    };
    let lists = new("lists");
    let list = lists.join("list").display().to_string();
    let file = ConfigFile::new(&format!(
        "blocklist = [{{ file = \"{list}\", form = \"domains\" }}]\n"
    ));
    let mut server = Server::start_outside(&["--config", file.path()]);
    if logged(&server, "landlock: files can be read in ").is_none() {
        return skip("this kernel has no landlock");
    }
    let got = reload(&mut server, &file, &list);
    assert!(got.contains("is in use"), "the same folder: {got}");
    std::fs::rename(&lists, folder.path().join("older")).unwrap();
    std::fs::rename(new("newer"), &lists).unwrap();
    let got = reload(&mut server, &file, &list);
    assert!(got.contains(REFUSAL), "another folder: {got}");
}

#[test]
fn files_outside_the_folders_of_the_configuration_cannot_be_opened() {
    let outside = TempDir::new().unwrap();
    let list = outside.path().join("list");
    std::fs::write(&list, "ads.example\n").unwrap();
    let list = list.to_str().unwrap();
    for is_limited in [true, false] {
        let file = ConfigFile::new("");
        file.beside("inside", "ads.example\n");
        let mut arguments = vec!["--config", file.path()];
        if !is_limited {
            arguments.push("--no-sandbox");
        }
        let mut server = Server::start_outside(&arguments);
        let folder = file.folder.path().display().to_string();
        if is_limited {
            let Some(line) = logged(&server, "landlock: files can be read in ") else {
                return skip("this kernel has no landlock");
            };
            assert!(line.contains(&folder), "{line}");
        }
        let got = reload(&mut server, &file, "inside");
        assert!(got.contains("rdns.toml is in use"), "inside: {got}");
        let got = reload(&mut server, &file, list);
        let refusal = format!("Permission denied (os error 13); {REFUSAL}");
        assert_eq!(
            got.contains(&refusal),
            is_limited,
            "outside, limited: {is_limited}: {got}"
        );
        assert_eq!(
            got.contains("is in use"),
            !is_limited,
            "outside, limited: {is_limited}: {got}"
        );
    }
}
