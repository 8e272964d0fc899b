//! The branch: its contents, that nothing else is touched, and when it can't be made.

use std::fs;

use crate::fresh::{Fresh, command};

#[test]
fn scaffold_makes_a_branch_and_touches_nothing_else() {
    let Some(clone) = Fresh::new() else { return };
    let file = |name: &str| clone.root().join(name);
    fs::write(file("README.md"), "changed\n").unwrap();
    fs::write(file("staged"), "staged\n").unwrap();
    clone.git(&["add", "staged"]);
    fs::write(file("untracked"), "untracked\n").unwrap();
    clone.git(&["status"]);
    let before = clone.state();
    let (status, printed) = clone.xtask(&["scaffold"]);
    assert_eq!(status, Some(0), "{printed}");
    assert!(
        printed.ends_with("Next: git worktree add ../my-own my-own\n"),
        "{printed}"
    );
    assert!(clone.state() == before, "something else was touched");
    let author = clone.git(&["log", "--format=%an <%ae>%n%cn <%ce>", "my-own"]);
    assert_eq!(
        author, "my-own <my-own@localhost>\nmy-own <my-own@localhost>\n",
        "one commit, with an author"
    );

    let files = clone.git(&["ls-tree", "-r", "--name-only", "my-own"]);
    let (dnsparse, own): (Vec<&str>, Vec<&str>) = files
        .lines()
        .partition(|path| path.starts_with("dnsparse/"));
    let expected = [
        ".cargo/config.toml",
        ".config/clippy.toml",
        ".gitattributes",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "src/bin/client.rs",
        "src/bin/rdns.rs",
        "src/lib.rs",
    ];
    assert_eq!(own, expected);
    assert!(dnsparse.contains(&"dnsparse/src/types.rs"));
    let tree = |commit: &str| clone.git(&["rev-parse", &format!("{commit}:dnsparse")]);
    assert_eq!(tree("my-own"), tree("HEAD"));
    let sources = ["src/lib.rs", "src/bin/client.rs", "src/bin/rdns.rs"]
        .map(|path| clone.git(&["show", &format!("my-own:{path}")]));
    for step in 1..=7 {
        assert!(
            sources.concat().contains(&format!("Step {step} of 7: ")),
            "step {step}"
        );
    }
    for step in [
        "Host cache",
        "Resolver",
        "Root",
        "TLD",
        "Authoritative",
        "Caching on the way back",
    ] {
        assert!(
            sources
                .concat()
                .contains(&format!("todo!(\n        \"{step}: ")),
            "{step}"
        );
    }
}

#[test]
fn scaffold_commits_as_the_configured_author() {
    let Some(clone) = Fresh::new() else { return };
    clone.git(&["config", "user.name", "Ada"]);
    clone.git(&["config", "user.email", "ada@example.org"]);
    let (status, printed) = clone.xtask(&["scaffold", "--branch", "mine/too"]);
    assert_eq!(status, Some(0), "{printed}");
    assert!(
        printed.contains("cargo xtask check my-own --branch mine/too"),
        "{printed}"
    );
    let author = clone.git(&["log", "--format=%an <%ae>, %cn", "mine/too"]);
    assert_eq!(author, "Ada <ada@example.org>, Ada\n");
}

#[test]
fn scaffold_refuses_and_says_what_to_do() {
    let Some(clone) = Fresh::new() else { return };
    clone.git(&["branch", "my-own"]);
    let was = clone.git(&["rev-parse", "my-own"]);
    let refused = |arguments: &[&str], phrases: &[&str]| {
        let (status, printed) = clone.xtask(arguments);
        assert_eq!(status, Some(2), "{printed}");
        for phrase in phrases {
            assert!(printed.contains(phrase), "no {phrase:?} in:\n{printed}");
        }
    };
    refused(
        &["scaffold"],
        &[
            "my-own exists already",
            "git worktree add ../my-own my-own",
            "Next: cargo xtask scaffold --branch",
        ],
    );
    assert_eq!(clone.git(&["rev-parse", "my-own"]), was);
    refused(
        &["scaffold", "--branch", "a..b"],
        &["is not a valid name for a branch"],
    );
    clone.git(&["tag", "v0"]);
    let commit = clone.git(&["rev-parse", "HEAD"]);
    for name in ["HEAD", "@", "v0", commit.trim()] {
        refused(
            &["scaffold", "--branch", name],
            &["already means something else to git"],
        );
    }
    refused(
        &["check", "my-own", "--branch", "nosuch"],
        &[
            "There is no branch nosuch here",
            "Next: cargo xtask scaffold",
        ],
    );
    refused(
        &["check", "my-own", "--bin-dir", "lessons"],
        &[
            "There is no program client in",
            "\nNext: cargo xtask check my-own\n",
        ],
    );
    refused(
        &["check", "lesson-1", "--stage", "asks"],
        &["are only for check my-own"],
    );
    fs::remove_dir_all(clone.root().join(".git")).unwrap();
    refused(
        &["scaffold"],
        &["There is no git repository here", "Next: git init"],
    );
    let output = command("git", &clone.root())
        .args(["init", "-q"])
        .output()
        .unwrap();
    assert!(output.status.success());
    refused(
        &["scaffold"],
        &[
            "Nothing is committed here yet",
            "Next: git add . && git commit",
        ],
    );
}
