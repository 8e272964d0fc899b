//! `scaffold`: makes the branch `my-own` from what is committed: `dnsparse`, a skeleton, and nothing of lessons and solutions.
//!
//! It is made of git's plumbing alone: an index in a temporary file, trees and blobs, a commit without parents, and a reference
//! that must not exist yet. Neither the work tree nor the index is touched, nor any other branch. The commit has no parents, so
//! that whoever publishes the branch publishes no solutions.

mod cargo_lock;
mod skeleton;

use super::my_own;
use crate::course::{Course, UsageError};
use crate::report::screen::{Screen, print};
use crate::tools::git::Git;
use anyhow::{Context, Result};
use skeleton::Committed;

/// Who commits where nobody is configured.
const NOBODY: (&str, &str) = ("my-own", "my-own@localhost");

/// Makes the branch, and says what comes next.
pub(crate) fn run(course: &Course, branch: &str) -> Result<bool> {
    let git = Git::at(&course.root);
    refuse(&git, branch)?;
    let scratch = tempfile::tempdir()?;
    let index = scratch.path().join("index");
    let git = git.with("GIT_INDEX_FILE", index.to_string_lossy());
    let tree = tree(&git)?;
    let commit = commit(&course_git(course)?, &tree)?;
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
    print(&said(branch, &commit));
    Ok(true)
}

/// All that stands in the way, each with what to do about it.
fn refuse(git: &Git, branch: &str) -> Result<()> {
    let usage = |text: String| Err(UsageError(text).into());
    if !git.succeeds(&["rev-parse", "--git-dir"])? {
        return usage("There is no git repository here, and a branch needs one.\nNext: git init && git add . && git commit -m \"The course\"".to_owned());
    }
    if !git.succeeds(&["rev-parse", "--verify", "-q", "HEAD^{commit}"])? {
        return usage("Nothing is committed here yet, and the branch is made from what is.\nNext: git add . && git commit -m \"The course\"".to_owned());
    }
    let reference = format!("refs/heads/{branch}");
    if !git.succeeds(&["check-ref-format", &reference])? || branch.starts_with('-') {
        return usage(format!(
            "{branch:?} is no name for a branch.\nNext: cargo xtask scaffold"
        ));
    }
    if git.succeeds(&["show-ref", "--verify", "-q", &reference])? {
        return usage(format!(
            "The branch {branch} exists already, and stays as it is.\n\
             To work on it: git worktree add ../{branch} {branch}\n\
             Next: cargo xtask scaffold --branch another-name"
        ));
    }
    Ok(())
}

/// The tree of the new branch.
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

/// A file or a folder as it is committed; a file that is not there is left out.
fn take(git: &Git, path: &str) -> Result<()> {
    let listed = git.run(&["ls-tree", "HEAD", &format!("./{path}")])?;
    let Some((what, _)) = listed.split_once('\t') else {
        return Ok(());
    };
    let words: Vec<&str> = what.split(' ').collect();
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

/// Git with a name to commit under, where none is configured.
fn course_git(course: &Course) -> Result<Git> {
    let mut git = Git::at(&course.root);
    let (name, email) = NOBODY;
    for (who, variables) in [
        ("GIT_AUTHOR_IDENT", ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL")),
        (
            "GIT_COMMITTER_IDENT",
            ("GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"),
        ),
    ] {
        if !git.succeeds(&["var", who])? {
            git = git.with(variables.0, name).with(variables.1, email);
        }
    }
    Ok(git)
}

fn commit(git: &Git, tree: &str) -> Result<String> {
    let from = git.run(&["rev-parse", "--short", "HEAD"])?;
    let message = format!(
        "A client and a recursive server: the beginning\n\nMade by cargo xtask scaffold at {from}.\n"
    );
    git.run_with_input(&["commit-tree", tree], &message)
        .context("the commit can't be made")
}

fn said(branch: &str, commit: &str) -> String {
    let short = commit.get(..8).unwrap_or(commit);
    let check = if branch == my_own::BRANCH {
        "cargo xtask check my-own".to_owned()
    } else {
        format!("cargo xtask check my-own --branch {branch}")
    };
    let screen = Screen::here();
    format!(
        "The branch {branch} is there ({short}): dnsparse, a skeleton that compiles, and a README with the theory and the tasks. Your work\n\
         tree and your other branches are as they were.\n\n\
         In a folder of its own, beside this one:\n\n    \
         git worktree add ../{branch} {branch}\n    \
         cd ../{branch}\n    \
         cargo run --bin client -- --query yahoo.com\n\n\
         (Or here, if everything is committed: git switch {branch})\n\n\
         And from here, to have your programs judged once you have committed something there:\n\n    \
         {check}\n\n{}",
        screen.next(&format!("git worktree add ../{branch} {branch}"))
    )
}
