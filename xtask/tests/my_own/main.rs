//! `scaffold` and `check my-own`, in a fresh clone of this very repository: the branch and what it holds, that nothing else is
//! touched, that the skeleton builds without a warning, and that the judge gets to see what is committed there.
//!
//! What is not in a git repository (an unpacked archive, say) cannot be cloned: then these tests say so, and are skipped; with
//! `CI=true` in the environment there has to be one.

#![cfg(test)]

mod fresh;
mod scaffold;
// A shell script stands in for cargo there.
#[cfg(unix)]
mod skeleton;
