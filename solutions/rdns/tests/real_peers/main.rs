//! Against real name servers and resolvers, where they are installed.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod hierarchy;
mod peers;
mod same_as_dig;
