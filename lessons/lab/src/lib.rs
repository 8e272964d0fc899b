//! A miniature Internet in this process: its zones, its servers, and their misbehaviour.
//!
//! [`Lab::internet`] is a small copy of the real one: thirteen root servers under their true names
//! and addresses, top-level domains, and dozens of zones below them. Each is an ordinary zone file
//! in the folder `zones` of this crate, and worth reading. A lab is a [`network::Network`]: a
//! resolver that sends its queries through that trait can run in it. No packet leaves the process,
//! the clock is tokio's, which a test can pause, and the same run has the same trace each time.
//!
//! ```
//! use dnsparse::{DnsPacket, RecordType};
//! use network::{Channel, Network, Via};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let lab = lab::Lab::internet();
//! let mut query = DnsPacket::query(7, "yahoo.com".parse()?, RecordType::A);
//! query.header.rd = true;
//!
//! let mut channel = lab.open(lab::RESOLVER, Via::Udp).await?;
//! channel.send(&query.write()?).await?;
//! let reply = DnsPacket::parse(&channel.receive().await?)?;
//! assert_eq!(reply.answers.len(), 6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | to | use |
//! | --- | --- |
//! | query the mini-Internet | [`Lab::internet`], [`RESOLVER`], [`Lab::server`] |
//! | query it with DNSSEC | [`Lab::signed_internet`], [`signed::NOW`], [`signed::trust_anchor`] |
//! | build a small hierarchy from zone file text | [`LabBuilder::zones`], [`Lab::root_hints`] |
//! | have a server misbehave | [`Lab::script`], or permanently [`LabBuilder::misbehaves`] |
//! | say how | a [`Reaction`]: [`replies`], [`no_reply`], [`octets`], [`closed_port`] … |
//! | see what happened | [`Lab::trace`], [`Lab::queries`], [`Lab::traffic`] |
//! | have replies forged by an off-path attacker | [`Lab::attack`], [`Lab::with_source_ports`] |
//! | serve it to other programs | [`Sockets`] |
//! | answer from a single zone | [`ServedZone`] |
//!
//! The files from the bottom up; each uses only those above it:
//!
//! | file | holds |
//! | --- | --- |
//! | `error` | the errors of building a lab |
//! | `zone_text` | several zones in one text |
//! | `dnssec` | the signatures and proofs that a signed zone adds to a reply |
//! | `respond` | the message rules of every server |
//! | `served_zone`, `lazy_zone`, `zones` | one zone; one that is parsed at its first use; all zones by name |
//! | `recursive` | the recursive resolver |
//! | `script` | reactions other than a reply from the zones |
//! | `servers` | the zones that each address answers from |
//! | `attacker` | forged replies to guessed ports |
//! | `trace` | the log, as text |
//! | `lab` | servers, scripts and log together |
//! | `channel` | the traits of [`network`] |
//! | `sockets` | servers on this machine's sockets |
//! | `builder` | builds a lab |
//! | `internet` | the zone files, and the servers that misbehave |
//! | `signed` | what signing adds to the zone files, the clock and the trust anchor |
#![forbid(unsafe_code)]

mod attacker;
mod authoritative;
mod builder;
mod channel;
mod dnssec;
mod error;
mod internet;
mod lab;
mod lazy_zone;
mod recursive;
mod respond;
mod script;
mod served_zone;
mod servers;
pub mod signed;
mod sockets;
mod trace;
mod zone_text;
mod zones;

pub use attacker::{Forger, LEAST_PORT, SourcePorts};
pub use builder::LabBuilder;
pub use channel::LabChannel;
pub use error::LabBuildError;
pub use internet::LOCALLY_SERVED;
pub use lab::{Lab, Traffic};
pub use recursive::RESOLVER;
pub use script::{
    Reaction, closed_port, closes, echo, never_opens, no_reply, octets, repeat, replies,
};
pub use served_zone::ServedZone;
pub use servers::Host;
pub use sockets::Sockets;
pub use trace::LoggedQuery;
