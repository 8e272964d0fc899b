//! A miniature Internet in this process: its zones, its servers, and their misbehaviour.
//!
//! [`Lab::internet`] is a small copy of the real one: thirteen root servers under their true names
//! and addresses, top-level domains, and dozens of zones below them. Each is an ordinary zone file in
//! the folder `zones` of this crate, and worth reading. A lab is a [`network::Network`]: a resolver
//! that sends its queries through that trait can run in it. No packet leaves the process, the clock is
//! tokio's, which a test can pause, and the same run has the same trace each time.
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
//! | build a small hierarchy from a few lines of zone file text | [`LabBuilder::zones`], [`Lab::root_hints`] |
//! | have servers misbehave | [`Lab::script`], or permanently [`LabBuilder::misbehaves`], with [`replies`], [`no_reply`], [`octets`], [`closed_port`], [`closes`] … |
//! | see what happened | [`Lab::trace`], [`Lab::queries`] |
//!
//! Inside, from the bottom up: `server` applies the message rules, `front` is the recursive resolver,
//! `servers` maps addresses to zones, `builder` builds a lab, `internet` lists the zone files, `script`
//! has the reactions of tests, `trace` the log, `lab` puts all of it together, and `channel`
//! implements the traits of [`network`].
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
mod zone_text;

pub use builder::{LabBuildError, LabBuilder};
pub use channel::LabChannel;
pub use front::RESOLVER;
pub use lab::Lab;
pub use script::{
    Reaction, closed_port, closes, echo, never_opens, no_reply, octets, repeat, replies,
};
pub use servers::Host;
pub use trace::LoggedQuery;
