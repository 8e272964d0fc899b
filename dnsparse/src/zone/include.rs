//! `$INCLUDE`: the lines of another file, which the caller's hook reads.

use alloc::string::String;
use core::fmt;

/// Returns the text of a file, or the reason why there is none.
pub(super) type Read<'h> = dyn FnMut(&str) -> Result<String, String> + 'h;

/// The depth to which files may include one another. It ends a file that includes itself.
pub(super) const MAX_DEPTH: usize = 16;

/// The hook of a reader.
pub(super) struct Hook<'h>(pub(super) &'h mut Read<'h>);

impl fmt::Debug for Hook<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hook")
    }
}
