//! The zone files of the mini-Internet. To add a zone, put its file into the folder `zones` and its
//! name here. Misconfigured zones are below `test`; behaviour that a zone file cannot express is in
//! `misbehaviour`. A file in `zones/test` has several zones, with an `$ORIGIN` line before each.

mod misbehaviour;

use std::sync::{Arc, OnceLock};

use crate::builder::LabBuilder;
use crate::lab::Lab;
use crate::servers::Servers;
use crate::signed::SIGNED;

/// Zones of the mini-Internet that resolvers outside serve themselves (RFC 6761 section 6.2, RFC
/// 6303 section 4.2): here their servers are to be queried.
pub const LOCALLY_SERVED: [&str; 2] = ["test.", "2.0.192.in-addr.arpa."];

/// Makes the list of zones, each with the text of its file.
macro_rules! zones {
    ($($origin:literal: $file:literal),* $(,)?) => {
        &[$(($origin, include_str!(concat!("../zones/", $file)))),*]
    };
}

pub(crate) const ZONES: &[(&str, &str)] = zones! {
    // Zones at the top of the tree, and those of their servers.
    ".": "root.zone",
    "com.": "com.zone",
    "net.": "net.zone",
    "org.": "org.zone",
    "info.": "info.zone",
    "edu.": "edu.zone",
    "test.": "test.zone",
    "uk.": "uk.zone",
    "co.uk.": "co.uk.zone",
    "arpa.": "arpa.zone",
    "in-addr.arpa.": "in-addr.arpa.zone",
    "root-servers.net.": "root-servers.net.zone",
    "gtld-servers.net.": "gtld-servers.net.zone",
    "edu-servers.net.": "edu-servers.net.zone",
    // Zones of organisations.
    "154.80.208.in-addr.arpa.": "154.80.208.in-addr.arpa.zone",
    "2.0.192.in-addr.arpa.": "2.0.192.in-addr.arpa.zone",
    "208.in-addr.arpa.": "208.in-addr.arpa.zone",
    "afilias-nst.info.": "afilias-nst.info.zone",
    "afilias-nst.org.": "afilias-nst.org.zone",
    "arin.net.": "arin.net.zone",
    "awsdns-00.co.uk.": "awsdns-00.co.uk.zone",
    "awsdns-58.net.": "awsdns-58.net.zone",
    "bbc.co.uk.": "bbc.co.uk.zone",
    "bbc.com.": "bbc.com.zone",
    "cloudflare.com.": "cloudflare.com.zone",
    "debian.org.": "debian.org.zone",
    "example.com.": "example.com.zone",
    "example.net.": "example.net.zone",
    "example.org.": "example.org.zone",
    "fastly.net.": "fastly.net.zone",
    "github.com.": "github.com.zone",
    "google.com.": "google.com.zone",
    "iana-servers.net.": "iana-servers.net.zone",
    "iana.org.": "iana.org.zone",
    "icann-servers.net.": "icann-servers.net.zone",
    "icann.org.": "icann.org.zone",
    "ietf.org.": "ietf.org.zone",
    "isc.org.": "isc.org.zone",
    "kernel.org.": "kernel.org.zone",
    "mit.edu.": "mit.edu.zone",
    "nsone.net.": "nsone.net.zone",
    "nstld.com.": "nstld.com.zone",
    "python.org.": "python.org.zone",
    "ripe.net.": "ripe.net.zone",
    "rust-lang.org.": "rust-lang.org.zone",
    "sub.example.com.": "sub.example.com.zone",
    "wikimedia.org.": "wikimedia.org.zone",
    "wikipedia.org.": "wikipedia.org.zone",
    "yahoo.com.": "yahoo.com.zone",
    "yahoodns.net.": "yahoodns.net.zone",
    // Zones with a fault.
    "edns-formerr.test.": "edns-formerr.test.zone",
    "edns-silence.test.": "edns-silence.test.zone",
    "even.test.": "even.test.zone",
    "glueless.test.": "glueless.test.zone",
    "halfdead.test.": "halfdead.test.zone",
    "lame.test.": "lame.test.zone",
    "liar.test.": "liar.test.zone",
    "odd.test.": "odd.test.zone",
    "slow.test.": "slow.test.zone",
    "stranger.test.": "stranger.test.zone",
    "truncates.test.": "truncates.test.zone",
};

/// Makes the list of files that have several zones.
macro_rules! files {
    ($($file:literal),* $(,)?) => {
        &[$(($file, include_str!(concat!("../zones/test/", $file)))),*]
    };
}

/// The faults below `test`, a file for each kind.
pub(crate) const FAULTS: &[(&str, &str)] = files![
    "absence.zones",
    "dname.zones",
    "dnssec.zones",
    "edns.zones",
    "far.zones",
    "ipv6.zones",
    "last-resort.zones",
    "malformed.zones",
    "messages.zones",
    "servers.zones",
    "truncation.zones",
    "work.zones",
];

impl LabBuilder {
    /// Creates a builder with the mini-Internet in it, for further zones.
    /// [`Lab::internet`](crate::Lab::internet) is the same, built.
    pub fn internet() -> LabBuilder {
        let builder = ZONES
            .iter()
            .fold(LabBuilder::new(), |builder, (origin, text)| {
                builder.zone_for_later(origin, *text)
            });
        let builder = FAULTS
            .iter()
            .fold(builder, |builder, (_, text)| builder.zones_for_later(text));
        misbehaviour::with_misbehaviour(misbehaviour::with_deep_zones(builder))
    }
}

impl LabBuilder {
    /// Creates a builder with the mini-Internet, whose zones have the signatures of the folder
    /// `signed`. [`Lab::signed_internet`](crate::Lab::signed_internet) is the same, built.
    pub fn signed_internet() -> LabBuilder {
        SIGNED
            .iter()
            .fold(LabBuilder::internet(), |builder, (_, text)| {
                builder.sign(text)
            })
    }
}

impl Lab {
    /// Creates the mini-Internet, without scripts and with an empty log. Its zone files are parsed
    /// once in a process.
    pub fn internet() -> Lab {
        static INTERNET: OnceLock<Arc<Servers>> = OnceLock::new();
        built_once(&INTERNET, LabBuilder::internet)
    }

    /// Creates the mini-Internet with signed zones: see [`signed`](crate::signed) for its clock and
    /// its trust anchor. Clients that do not set DO get the same answers as from
    /// [`Lab::internet`].
    pub fn signed_internet() -> Lab {
        static SIGNED: OnceLock<Arc<Servers>> = OnceLock::new();
        built_once(&SIGNED, LabBuilder::signed_internet)
    }
}

fn built_once(servers: &OnceLock<Arc<Servers>>, builder: fn() -> LabBuilder) -> Lab {
    let build = || match builder().into_servers() {
        Ok(servers) => Arc::new(servers),
        Err(error) => panic!("lessons/lab/zones: {error}"),
    };
    Lab::over(Arc::clone(servers.get_or_init(build)))
}

#[cfg(test)]
mod tests;
