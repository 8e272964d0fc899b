//! A minimal client and a minimal recursive resolver in this process. They keep all rules of the
//! judge, or all but one: the fault that a test gives them.
//!
//! They show that every stage can be passed, and that each of its assertions can fail. They are of
//! no other use.

mod cache;
pub(crate) mod client;
pub(crate) mod resolver;
pub(crate) mod respond;
pub(crate) mod server;
mod upstream;
mod validator;
