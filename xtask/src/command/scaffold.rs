//! `scaffold`: makes the branch `my-own` from the last commit: `dnsparse`, a skeleton, and nothing
//! of the lessons and solutions.
//!
//! It uses only git's plumbing: an index in a temporary file, trees and blobs, a commit without
//! parents, and a reference that must not exist yet. Neither the work tree nor the index nor any
//! other branch is touched. The commit has no parents, so that publishing the branch publishes no
//! solutions.

mod cargo_lock;
mod skeleton;

use super::my_own;
use crate::course::{Course, UsageError};
use crate::report::screen::{Screen, print};
use crate::tools::cleanup::Scratch;
use crate::tools::git::Git;
use anyhow::{Context, Result};
use skeleton::Committed;

/// The author of the commit if git has none configured.
const DEFAULT_AUTHOR: (&str, &str) = ("my-own", "my-own@localhost");

/// Makes the branch, and prints the next steps.
pub(crate) fn run(course: &Course, branch: &str) -> Result<bool> {
    let git = Git::at(&course.root);
    refuse(&git, branch)?;
    let scratch = Scratch::new()?;
    let index = scratch.path().join("index");
    let git = git.with("GIT_INDEX_FILE", index.to_string_lossy());
    let tree = tree(&git)?;
    let commit = commit(&git_with_author(course)?, &tree)?;
    let none_yet = "0".repeat(commit.len());
    let reference = format!("refs/heads/{branch}");
    git.run(&[
        "update-ref",
        "-m",
        "scaffold",
        &reference,
        &commit,
        &none_yet,
    ])?;
    print(&next_steps(branch, &commit));
    Ok(true)
}

/// Returns an error that says what to do if the branch can't be made.
fn refuse(git: &Git, branch: &str) -> Result<()> {
    let usage = |text: String| Err(UsageError(text).into());
    if !git.succeeds(&["rev-parse", "--git-dir"])? {
        return usage("There is no git repository here, and a branch needs one.\nNext: git init && git add . && git commit -m \"The course\"".to_owned());
    }
    if !git.succeeds(&["rev-parse", "--verify", "-q", "HEAD^{commit}"])? {
        return usage("Nothing is committed here yet, and the branch is made from the last commit.\nNext: git add . && git commit -m \"The course\"".to_owned());
    }
    let reference = format!("refs/heads/{branch}");
    if !git.succeeds(&["check-ref-format", &reference])? || branch.starts_with('-') {
        return usage(format!(
            "{branch:?} is not a valid name for a branch.\nNext: cargo xtask scaffold"
        ));
    }
    // HEAD, a tag, a commit's id, `@`: git would take a branch of this name for that.
    let is_branch = git.succeeds(&["show-ref", "--verify", "-q", &reference])?;
    if !is_branch && git.succeeds(&["rev-parse", "--verify", "-q", branch])? {
        return usage(format!(
            "{branch:?} already means something else to git, so it can't name a branch.\nNext: cargo xtask scaffold"
        ));
    }
    if is_branch {
        return usage(format!(
            "The branch {branch} exists already, and stays as it is.\n\
             To work on it: git worktree add ../{branch} {branch}\n\
             Next: cargo xtask scaffold --branch another-name"
        ));
    }
    Ok(())
}

/// Writes the tree of the new branch.
fn tree(git: &Git) -> Result<String> {
    let show = |path: &str| git.run(&["show", &format!("HEAD:./{path}")]);
    let committed = Committed {
        manifest: show("Cargo.toml")?,
        lock: show("Cargo.lock")? + "\n",
        dnsparse: show("dnsparse/Cargo.toml")?,
    };
    for path in skeleton::TAKEN {
        take(git, path)?;
    }
    for (path, text) in skeleton::files(&committed)? {
        let blob = git.run_with_input(&["hash-object", "-w", "--stdin"], &text)?;
        add(git, "100644", &blob, &path)?;
    }
    git.run(&["write-tree"])
}

/// Adds a committed file or folder to the index; one that does not exist is left out.
fn take(git: &Git, path: &str) -> Result<()> {
    let listed = git.run(&["ls-tree", "HEAD", &format!("./{path}")])?;
    let Some((entry, _)) = listed.split_once('\t') else {
        return Ok(());
    };
    let words: Vec<&str> = entry.split(' ').collect();
    match words.as_slice() {
        [_, "tree", id] => git
            .run(&["read-tree", &format!("--prefix={path}/"), id])
            .map(drop),
        [mode, "blob", id] => add(git, mode, id, path),
        _ => Ok(()),
    }
}

fn add(git: &Git, mode: &str, blob: &str, path: &str) -> Result<()> {
    let entry = format!("{mode},{blob},{path}");
    git.run(&["update-index", "--add", "--cacheinfo", &entry])
        .map(drop)
}

/// Returns git with an author, if none is configured.
fn git_with_author(course: &Course) -> Result<Git> {
    let mut git = Git::at(&course.root);
    let (name, email) = DEFAULT_AUTHOR;
    for (identity, variables) in [
        ("GIT_AUTHOR_IDENT", ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL")),
        (
            "GIT_COMMITTER_IDENT",
            ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
        ),
    ] {
        if !git.succeeds(&["var", identity])? {
            git = git.with(variables.0, name).with(variables.1, email);
        }
    }
    Ok(git)
}

fn commit(git: &Git, tree: &str) -> Result<String> {
    let from = git.run(&["rev-parse", "--short", "HEAD"])?;
    let message = format!(
        "A client and a recursive resolver: the beginning\n\nMade by cargo xtask scaffold at {from}.\n"
    );
    git.run_with_input(&["commit-tree", tree], &message)
        .context("the commit can't be made")
}

fn next_steps(branch: &str, commit: &str) -> String {
    let short = commit.get(..8).unwrap_or(commit);
    let check = if branch == my_own::BRANCH {
        "cargo xtask check my-own".to_owned()
    } else {
        format!("cargo xtask check my-own --branch {branch}")
    };
    let screen = Screen::here();
    format!(
        "The branch {branch} exists now ({short}): dnsparse, a skeleton that compiles, and a README with the theory\n\
         and the tasks. Your work tree and your other branches have not changed.\n\n\
         To work on it in a folder of its own, beside this one:\n\n    \
         git worktree add ../{branch} {branch}\n    \
         cd ../{branch}\n    \
         cargo run --bin client -- --query yahoo.com\n\n\
         (Or in this folder, if everything is committed: git switch {branch})\n\n\
         To judge your programs from here, once you have committed something there:\n\n    \
         {check}\n\n{}",
        screen.next(&format!("git worktree add ../{branch} {branch}"))
    )
}
