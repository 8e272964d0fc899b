//! The Internet in miniature, in this process: its servers, its zones, and whatever goes wrong with them.
//!
//! [`Lab::internet`] is a small copy of the real one: thirteen root servers under their true names and addresses, a few top-level
//! domains, dozens of zones below them. Each is an ordinary zone file in the folder `zones` of this crate, good reading in itself.
//! A lab is a [`network::Network`]: whatever asks servers through that trait can be let loose in it. Nothing leaves
//! the process, time is tokio's, which a test can pause, and the same run gives the same trace, always.
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
//! | ask the mini-Internet | [`Lab::internet`], [`RESOLVER`], [`Lab::server`] |
//! | make a world of a few lines of zone text | [`LabBuilder`] |
//! | have servers misbehave | [`Lab::script`], or for good [`LabBuilder::behaves`], with [`says`], [`silence`], [`octets`], [`refuses`], [`closes`] … |
//! | see what happened | [`Lab::trace`], [`Lab::queries`] |
//!
//! Inside, from the bottom up: `server` is how a server treats a query, `front` is the recursive one, `servers`
//! is who serves what, `builder` how to make one, `internet` the list of zone files, `script` what tests make of the truth, `trace` the story of it,
//! `lab` brings them together, and `channel` puts it behind the traits.
#![forbid(unsafe_code)]

mod builder;
mod channel;
mod front;
mod internet;
mod lab;
mod script;
mod server;
mod servers;
mod trace;

pub use builder::{LabBuildError, LabBuilder};
pub use channel::LabChannel;
pub use front::RESOLVER;
pub use lab::Lab;
pub use script::{Reaction, closes, echo, for_ever, never_opens, octets, refuses, says, silence};
pub use servers::Host;
pub use trace::LoggedQuery;
