//! The program `rdns` from outside.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod addresses;
mod answers;
mod beginnings;
mod configuration;
mod connections;
#[cfg(unix)]
mod endings;
mod hostile;
mod log;
mod odd_messages;
mod server;
