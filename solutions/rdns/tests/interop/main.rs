//! Interoperability: the programs against real name servers, and beside real resolvers, where these
//! are installed.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod client;
#[cfg(target_os = "linux")]
mod counts;
#[cfg(target_os = "linux")]
mod deadlines;
#[cfg(target_os = "linux")]
mod extended_errors;
#[cfg(target_os = "linux")]
mod hierarchy;
#[cfg(target_os = "linux")]
mod many_queries;
mod mixed_case;
#[cfg(target_os = "linux")]
mod port_zero;
#[cfg(target_os = "linux")]
mod rdns;
#[cfg(target_os = "linux")]
mod relay;
#[cfg(target_os = "linux")]
mod replies;
mod same_as_dig;
#[cfg(target_os = "linux")]
mod validation;
#[cfg(target_os = "linux")]
mod zones;
