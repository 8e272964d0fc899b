//! The program `rdns` from outside.
#![cfg(test)]

#[cfg(target_os = "linux")]
mod addresses;
#[cfg(unix)]
mod anchors;
mod answers;
#[cfg(target_os = "linux")]
mod availability;
mod beginnings;
mod blocklists;
#[cfg(unix)]
mod certificate;
mod certificate_files;
#[cfg(target_os = "linux")]
mod client_encrypted;
mod configuration;
mod connections;
#[cfg(unix)]
mod control;
#[cfg(unix)]
mod counters;
#[cfg(unix)]
mod ctl;
#[cfg(target_os = "linux")]
mod dnstap;
#[cfg(unix)]
mod endings;
#[cfg(target_os = "linux")]
mod forward;
#[cfg(target_os = "linux")]
mod forward_replies;
#[cfg(target_os = "linux")]
mod forward_tls;
mod forward_tls_faults;
mod hostile;
#[cfg(target_os = "linux")]
mod house;
#[cfg(unix)]
mod https;
#[cfg(unix)]
mod https_limits;
mod local;
mod log;
mod odd_messages;
mod own_zones;
#[cfg(target_os = "linux")]
mod privileges;
#[cfg(target_os = "linux")]
mod quotas;
#[cfg(target_os = "linux")]
mod readme;
#[cfg(target_os = "linux")]
mod root_zone;
#[cfg(target_os = "linux")]
mod sandbox;
mod server;
#[cfg(target_os = "linux")]
mod service_manager;
#[cfg(unix)]
mod tls;
mod validation;
