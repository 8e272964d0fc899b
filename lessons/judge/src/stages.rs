//! The stages, in the order in which somebody who builds both programs gets to them. Each can be green by itself.

mod absence;
mod asks;
mod caches;
mod chases;
mod dead;
mod forwards;
mod listens;
mod load;
mod reads;
mod refuses;
mod shows;
mod survives;
mod walks;

use crate::outcome::Stop;
use crate::trial::Trial;

/// One thing that a program is judged for.
#[derive(Clone, Copy)]
pub struct Stage {
    /// What `--stage` calls it.
    pub name: &'static str,
    /// What it is, as a sentence.
    pub title: &'static str,
    /// Where to read about it.
    pub rfc: &'static str,
    /// Whether it is about the client or about the server.
    pub about: About,
    /// Judges it.
    pub run: fn(&mut Trial<'_>) -> Result<(), Stop>,
}

/// Which of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The one that asks.
    Client,
    /// The one that answers.
    Server,
}

macro_rules! stages {
    ($($name:ident $about:ident $title:literal $rfc:literal;)*) => {
        /// All of them, in order.
        pub const STAGES: [Stage; [$($title),*].len()] = [$(
            Stage {
                name: stringify!($name),
                title: $title,
                rfc: $rfc,
                about: About::$about,
                run: $name::run,
            }
        ),*];
    };
}

stages! {
    asks Client "the client asks correctly" "RFC 1035 section 4.1";
    reads Client "the client takes a reply apart" "RFC 1035 sections 3.2 and 4.1.4";
    shows Client "the client shows what it was told" "RFC 1035 section 5.1";
    survives Client "the client survives silence, forgeries, garbage and TC" "RFC 5452 section 9.1";
    listens Server "the server listens by UDP and TCP" "RFC 7766 section 5";
    forwards Server "the server answers what its forwarder would" "RFC 1035 section 4.1.1";
    walks Server "the server walks from the root" "RFC 1034 section 5.3.3";
    chases Server "the server chases aliases and servers without glue" "RFC 1034 section 3.6.2";
    caches Server "the server caches" "RFC 1035 section 7.4";
    absence Server "the server caches absence" "RFC 2308 section 5";
    dead Server "the server survives dead and lame servers" "RFC 1035 section 7.2";
    refuses Server "the server refuses what it should" "RFC 1035 section 4.1.1";
    load Server "the server holds under load" "RFC 1034 section 5.3.3";
}
