//! `check my-own`: builds the programs of that branch, and lets the judge test them from outside.
//!
//! The last commit is judged. It is checked out and built below `target/`, in a git worktree of its
//! own with a detached HEAD, so that the branch can be checked out elsewhere and nothing there is
//! touched. With `--bin-dir` nothing is built.

use super::judge;
use crate::course::{Course, UsageError};
use crate::report::screen::print;
use crate::tools;
use crate::tools::git::Git;
use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The name of the branch that `scaffold` makes and `check` judges.
pub(crate) const BRANCH: &str = "my-own";

/// The options that only `check my-own` takes.
#[derive(Args, Default)]
pub(crate) struct Options {
    /// my-own: the folder with the built programs client and rdns, instead of building the branch
    #[arg(long, value_name = "DIR")]
    bin_dir: Option<PathBuf>,
    /// my-own: another branch
    #[arg(long, value_name = "NAME", conflicts_with = "bin_dir")]
    branch: Option<String>,
    /// my-own: only this stage; can be given several times
    #[arg(long, value_name = "NAME")]
    stage: Vec<String>,
    /// my-own: judge rdns as a validator, too: it is started with --trust-anchor FILE
    #[arg(long)]
    validator: bool,
    /// my-own: the same names and addresses as in another run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

impl Options {
    /// Refuses these options if `check` is for a lesson.
    pub(crate) fn refuse_for_lessons(&self) -> Result<()> {
        let Options {
            bin_dir,
            branch,
            stage,
            validator,
            seed,
        } = self;
        let is_of_judge = *validator || seed.is_some();
        if bin_dir.is_none() && branch.is_none() && stage.is_empty() && !is_of_judge {
            return Ok(());
        }
        let text = "--bin-dir, --branch, --stage, --validator and --seed are only for check my-own.\nNext: cargo xtask check my-own --help";
        Err(UsageError(text.to_owned()).into())
    }
}

/// Judges the programs. Returns whether every stage is passed.
pub(crate) fn run(course: &Course, own: &Options) -> Result<bool> {
    let [client, rdns] = match &own.bin_dir {
        Some(folder) => {
            let folder = std::path::absolute(folder)?;
            [existing(&folder, "client")?, existing(&folder, "rdns")?]
        }
        None => {
            let branch = own.branch.as_deref().unwrap_or(BRANCH);
            match build(course, branch)? {
                Some(programs) => programs,
                None => return Ok(false),
            }
        }
    };
    judge::run(course, &arguments(&client, &rdns, own))
}

/// Returns the judge's arguments.
fn arguments(client: &Path, rdns: &Path, own: &Options) -> Vec<std::ffi::OsString> {
    let (client, rdns) = (judge::quoted(client), judge::quoted(rdns));
    let mut arguments = vec![
        "--client".to_owned(),
        format!("{client} --server {{server}} --query {{name}} --type {{type}}"),
        "--server".to_owned(),
        format!("{rdns} --listen {{listen}} --root-hints {{hints}} --upstream-port {{port}}"),
        "--server-default".to_owned(),
        format!("{rdns} --root-hints {{hints}} --upstream-port {{port}}"),
        "--again".to_owned(),
        again(own),
    ];
    if own.validator {
        arguments.push("--validator".to_owned());
        arguments.push(format!(
            "{rdns} --listen {{listen}} --root-hints {{hints}} --upstream-port {{port}} --trust-anchor {{anchor}}"
        ));
    }
    for stage in &own.stage {
        arguments.extend(["--stage".to_owned(), stage.clone()]);
    }
    if let Some(seed) = own.seed {
        arguments.extend(["--seed".to_owned(), seed.to_string()]);
    }
    arguments.into_iter().map(Into::into).collect()
}

/// Returns the command that judges the same programs again, for a shell.
fn again(own: &Options) -> String {
    let mut command = format!("cargo xtask check {BRANCH}");
    if let Some(folder) = &own.bin_dir {
        let folder = judge::for_shell(&folder.to_string_lossy());
        command.push_str(&format!(" --bin-dir {folder}"));
    }
    if let Some(branch) = &own.branch {
        command.push_str(&format!(" --branch {}", judge::for_shell(branch)));
    }
    if own.validator {
        command.push_str(" --validator");
    }
    command
}

fn existing(folder: &Path, program: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{program}{EXE_SUFFIX}"));
    if path.is_file() {
        return Ok(path);
    }
    let text = format!(
        "There is no program {program} in {}. `cargo build --bins` builds both there; without --bin-dir, the branch is built here.\n\
         Next: cargo xtask check {BRANCH}",
        folder.display()
    );
    Err(UsageError(text).into())
}

/// Builds the last commit of a branch. Returns its programs client and rdns; `None` if it does not
/// compile.
fn build(course: &Course, branch: &str) -> Result<Option<[PathBuf; 2]>> {
    let git = Git::at(&course.root);
    let reference = format!("refs/heads/{branch}^{{commit}}");
    let Ok(commit) = git.run(&["rev-parse", "--verify", "-q", &reference]) else {
        let text = format!("There is no branch {branch} here.\nNext: cargo xtask scaffold");
        return Err(UsageError(text).into());
    };
    let target = course.root.join("target");
    let tree = target.join(branch.replace('/', "-"));
    check_out(&git, &tree, &commit)?;
    let subject = git.run(&["log", "-1", "--format=%h %s", &commit])?;
    print(&format!("Judging the last commit of {branch}: {subject}\n"));
    if let Some(folder) = uncommitted(&git, branch) {
        let of_folder = |path: &str| judge::for_shell(&format!("{folder}/{path}"));
        print(&format!(
            "Changes in {folder} are not committed. To judge these:\n    \
             cargo build --bins --manifest-path {} && cargo xtask check {BRANCH} --bin-dir {}\n",
            of_folder("Cargo.toml"),
            of_folder("target/debug")
        ));
    }
    let built = target.join(format!("{}-build", branch.replace('/', "-")));
    let format = "--message-format=json-render-diagnostics";
    let output = Command::new(tools::cargo())
        .current_dir(&tree)
        .args(["build", "-q", "--bins", format, "--target-dir"])
        .arg(&built)
        .stderr(Stdio::inherit())
        .output()
        .context("can't start cargo")?;
    if !output.status.success() {
        print(&format!(
            "\nThe last commit of {branch} does not compile.\n"
        ));
        return Ok(None);
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    let program = |name: &str| {
        built_program(&messages, name).ok_or_else(|| {
            let text = format!(
                "The last commit of {branch} has no program {name}: a file src/bin/{name}.rs, or a [[bin]] in Cargo.toml.\n\
                 Next: cargo xtask check {BRANCH}"
            );
            UsageError(text)
        })
    };
    Ok(Some([program("client")?, program("rdns")?]))
}

/// Finds a program in cargo's messages. Where it lies depends on cargo's configuration: a named
/// target has a folder of its own.
fn built_program(messages: &str, name: &str) -> Option<PathBuf> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let is_it = |message: &Value| {
        let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str);
        (text("/target/name") == Some(name))
            .then(|| text("/executable").map(PathBuf::from))
            .flatten()
    };
    messages
        .into_iter()
        .find_map(|message: Value| is_it(&message))
}

/// Checks out a commit in the worktree at `tree`, which no other command uses.
fn check_out(git: &Git, tree: &Path, commit: &str) -> Result<()> {
    if tree.join(".git").is_file() {
        let here = Git::at(tree);
        // `target/` may have been copied from another clone; then the worktree is made anew.
        let ours = here.run(&["rev-parse", "--git-common-dir"]).ok();
        let same = ours.zip(git.run(&["rev-parse", "--git-common-dir"]).ok());
        if same
            .is_some_and(|(ours, theirs)| same_folder(&tree.join(ours), &git.root().join(theirs)))
        {
            here.run(&["checkout", "-q", "--force", "--detach", commit])?;
            return Ok(());
        }
        std::fs::remove_dir_all(tree)?;
    }
    let path = tree.to_string_lossy();
    // --force: `cargo clean` removes the folder of a worktree without git's knowledge.
    git.run(&[
        "worktree", "add", "-q", "--force", "--detach", &path, commit,
    ])
    .map(drop)
}

fn same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    real(one).is_some() && real(one) == real(other)
}

/// Returns the folder in which a branch is checked out, if it has changes that are not committed.
fn uncommitted(git: &Git, branch: &str) -> Option<String> {
    let list = git.run(&["worktree", "list", "--porcelain"]).ok()?;
    let of_branch = |block: &&str| {
        block
            .lines()
            .any(|line| line == format!("branch refs/heads/{branch}"))
    };
    let block = list.split("\n\n").find(of_branch)?;
    let folder = block.lines().next()?.strip_prefix("worktree ")?;
    let status = Git::at(Path::new(folder))
        .run(&["status", "--porcelain"])
        .ok()?;
    (!status.is_empty()).then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(windows))]
    #[test]
    fn the_command_that_judges_again_can_be_pasted() {
        let own = Options {
            bin_dir: Some(PathBuf::from("../it's mine/target/debug")),
            branch: Some("my-own".to_owned()),
            ..Options::default()
        };
        let expected =
            r"cargo xtask check my-own --bin-dir '../it'\''s mine/target/debug' --branch my-own";
        assert_eq!(again(&own), expected);
    }

    #[test]
    fn a_validator_is_started_with_the_trust_anchor_on_demand() {
        for (validator, expected) in [(false, 0), (true, 1)] {
            let own = Options {
                validator,
                ..Options::default()
            };
            let (client, rdns) = (Path::new("/b/client"), Path::new("/b/rdns"));
            let all = arguments(client, rdns, &own);
            let is_of_validator = |word: &&std::ffi::OsString| {
                let word = word.to_string_lossy();
                word.starts_with("'/b/rdns'") && word.ends_with("--trust-anchor {anchor}")
            };
            let found = all.iter().filter(is_of_validator).count();
            assert_eq!(
                found, expected,
                "commands with --validator {validator}: {all:?}"
            );
            let is_repeated = again(&own).ends_with(" --validator");
            assert_eq!(is_repeated, validator, "{}", again(&own));
        }
    }

    #[test]
    fn a_program_lies_where_cargo_says() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"client","kind":["lib"]},"executable":null}
{"reason":"compiler-artifact","target":{"name":"rdns","kind":["bin"]},"executable":"/t/x86_64-unknown-linux-musl/debug/rdns"}
{"reason":"compiler-artifact","target":{"name":"client","kind":["bin"]},"executable":"/t/x86_64-unknown-linux-musl/debug/client"}
{"reason":"build-finished","success":true}
"#;
        let program = |name: &str| built_program(messages, name);
        let path = |name: &str| {
            Some(PathBuf::from(format!(
                "/t/x86_64-unknown-linux-musl/debug/{name}"
            )))
        };
        assert_eq!(program("client"), path("client"));
        assert_eq!(program("rdns"), path("rdns"));
        assert_eq!(program("server"), None);
    }
}
