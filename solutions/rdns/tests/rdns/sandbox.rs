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
        let refusal = "Permission denied (os error 13); a folder that the configuration did not name at the start can be used only after a restart";
        assert_eq!(
            got.contains(refusal),
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
