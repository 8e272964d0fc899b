//! Control and sight: `rdns ctl` over a Unix socket, and metrics for Prometheus.
//!
//! | module | does |
//! | --- | --- |
//! | [`command`] | the commands, as arguments of `rdns ctl` and as requests on the socket |
//! | [`state`] | what the commands work on, and their answers |
//! | [`client`] | sends a command to a running server |
//! | [`socket`] | receives commands |
//! | [`metrics`] | the counters in the text form of Prometheus, over HTTP |
//!
//! A request is one line, the words of the command. The answer begins with a line `ok` or `error`,
//! and ends with a line `.`: so an answer that was cut off is not taken for a whole one.

#[cfg(unix)]
pub mod client;
pub mod command;
pub mod metrics;
#[cfg(unix)]
pub mod socket;
pub mod state;
#[cfg(not(unix))]
mod without_sockets;

#[cfg(unix)]
pub use client::{ControlError, send};
pub use command::{Command, Ctl};
#[cfg(unix)]
pub use socket::ControlSocket;
pub use state::Control;
#[cfg(not(unix))]
pub use without_sockets::{ControlSocket, send};

/// The first line of an answer to a command that was executed.
const OK: &str = "ok";
/// The first line of an answer to a command that was not.
const ERROR: &str = "error";
/// The last line of each answer.
const END: &str = ".";
