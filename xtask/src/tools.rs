//! Programs that are not part of this workspace, and how they are started.
//!
//! ```text
//! cleanup  processes and temporary folders that do not outlive this program
//! git      reading and making branches, and reading what is committed
//! rustfmt  the form of generated sources
//! ```

pub(crate) mod cleanup;
pub(crate) mod git;
pub(crate) mod rustfmt;

use std::ffi::OsString;

/// The path of cargo: the one that started this program, if one did.
pub(crate) fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
