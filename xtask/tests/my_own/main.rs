//! `scaffold` and `check my-own`, in a fresh clone of this repository: the contents of the branch,
//! that nothing else is touched, that the skeleton builds without warnings, and that the judge
//! tests the last commit of the branch.
//!
//! Without a git repository (in an unpacked archive) the tests are skipped, unless `CI=true` is
//! set.

#![cfg(test)]

mod fresh;
mod scaffold;
// A shell script stands in for cargo there.
#[cfg(unix)]
mod skeleton;
