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
use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

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
            seed,
        } = self;
        if bin_dir.is_none() && branch.is_none() && stage.is_empty() && seed.is_none() {
            return Ok(());
        }
        let text = "--bin-dir, --branch, --stage and --seed are only for check my-own.\nNext: cargo xtask check my-own --help";
        Err(UsageError(text.to_owned()).into())
    }
}

/// Judges the programs. Returns whether every stage is passed.
pub(crate) fn run(course: &Course, own: &Options) -> Result<bool> {
    let programs = match &own.bin_dir {
        Some(folder) => std::path::absolute(folder)?,
        None => {
            let branch = own.branch.as_deref().unwrap_or(BRANCH);
            match build(course, branch)? {
                Some(folder) => folder,
                None => return Ok(false),
            }
        }
    };
    let client = existing(&programs, "client")?;
    let rdns = existing(&programs, "rdns")?;
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
    for stage in &own.stage {
        arguments.extend(["--stage".to_owned(), stage.clone()]);
    }
    if let Some(seed) = own.seed {
        arguments.extend(["--seed".to_owned(), seed.to_string()]);
    }
    arguments.into_iter().map(Into::into).collect()
}

/// Returns the command that judges the same programs again.
fn again(own: &Options) -> String {
    let mut command = format!("cargo xtask check {BRANCH}");
    if let Some(folder) = &own.bin_dir {
        command.push_str(&format!(" --bin-dir {}", folder.display()));
    }
    if let Some(branch) = &own.branch {
        command.push_str(&format!(" --branch {branch}"));
    }
    command
}

fn existing(folder: &Path, program: &str) -> Result<PathBuf> {
    let path = folder.join(format!("{program}{EXE_SUFFIX}"));
    if path.is_file() {
        return Ok(path);
    }
    let text = format!(
        "There is no program {program} in {}.\nNext: cargo build --bins (there), then cargo xtask check {BRANCH} --bin-dir DIR",
        folder.display()
    );
    Err(UsageError(text).into())
}

/// Builds the last commit of a branch. Returns the folder of its programs; `None` if it does not
/// compile.
fn build(course: &Course, branch: &str) -> Result<Option<PathBuf>> {
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
        print(&format!(
            "Changes in {folder} are not committed. To judge these: cargo build --bins (there), then cargo xtask check {BRANCH} \
             --bin-dir {folder}/target/debug\n"
        ));
    }
    let built = target.join(format!("{}-build", branch.replace('/', "-")));
    let status = Command::new(tools::cargo())
        .current_dir(&tree)
        .args(["build", "-q", "--bins", "--target-dir"])
        .arg(&built)
        .status()
        .context("can't start cargo")?;
    if !status.success() {
        print(&format!(
            "\nThe last commit of {branch} does not compile.\n"
        ));
    }
    Ok(status.success().then(|| built.join("debug")))
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
