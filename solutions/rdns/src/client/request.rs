//! [`Request`]: one lookup that the user asks for.

/// A name to look up, as the user wrote it, with the type that was given for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The name, or an address.
    pub name: String,
    /// The type; none to use the one that `--type` names.
    pub rtype: Option<String>,
}
