//! Against real name servers and resolvers, where they are installed.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod asker;
#[cfg(target_os = "linux")]
mod counts;
#[cfg(target_os = "linux")]
mod deadlines;
#[cfg(target_os = "linux")]
mod hierarchy;
#[cfg(target_os = "linux")]
mod namespace;
mod peers;
#[cfg(target_os = "linux")]
mod port_zero;
mod programs;
#[cfg(target_os = "linux")]
mod relay;
#[cfg(target_os = "linux")]
mod replies;
mod same_as_dig;
#[cfg(target_os = "linux")]
mod storms;
#[cfg(target_os = "linux")]
mod zones;
