//! The stages, in the order in which one builds a client, a server, and a server that validates. Each
//! can be passed alone.

mod absence;
mod asks;
mod bogus;
mod caches;
mod cd;
mod chases;
mod dead;
mod forwards;
mod insecure;
mod listens;
mod load;
mod matches;
mod reads;
mod refuses;
mod rrsigs;
mod secure;
mod shows;
mod survives;
mod walks;

use crate::outcome::StageError;
use crate::trial::Trial;

/// A set of rules that one of the programs must keep.
#[derive(Clone, Copy)]
pub struct Stage {
    /// The name, for `--stage`.
    pub name: &'static str,
    /// The title, a sentence.
    pub title: &'static str,
    /// The RFC that it is about.
    pub rfc: &'static str,
    /// The program that it tests.
    pub about: About,
    /// Runs the stage.
    pub run: fn(&mut Trial<'_>) -> Result<(), StageError>,
}

/// One of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The client.
    Client,
    /// The server.
    Server,
    /// The server, as a validator.
    Validator,
}

macro_rules! stages {
    ($($name:ident $about:ident $title:literal $rfc:literal;)*) => {
        /// All stages, in order.
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
    asks Client "the client sends a correct query" "RFC 1035 section 4.1";
    reads Client "the client parses replies" "RFC 1035 sections 3.2 and 4.1.4";
    shows Client "the client shows the reply" "RFC 1035 section 5.1";
    survives Client "the client copes with loss, forgery, garbage and TC" "RFC 5452 section 9.1";
    listens Server "the server listens over UDP and TCP" "RFC 7766 section 5";
    forwards Server "the server answers as a forwarder does" "RFC 1035 section 4.1.1";
    walks Server "the server walks from the root to the zone" "RFC 1034 section 5.3.3";
    matches Server "the server discards forged replies" "RFC 5452 section 9.1";
    chases Server "the server chases CNAME, DNAME and servers without glue" "RFC 1034 section 3.6.2";
    caches Server "the server caches answers" "RFC 1035 section 7.4";
    absence Server "the server caches negative answers" "RFC 2308 section 5";
    dead Server "the server copes with dead and lame servers" "RFC 1035 section 7.2";
    refuses Server "the server refuses invalid and unwelcome queries" "RFC 1035 section 4.1.1";
    load Server "the server answers under load" "RFC 1034 section 5.3.3";
    secure Validator "the validator sets AD in secure answers" "RFC 4035 section 3.2.3";
    rrsigs Validator "the validator passes signatures on to clients with DO" "RFC 4035 section 3.2.1";
    bogus Validator "the validator keeps bogus answers back" "RFC 4035 section 5.5";
    insecure Validator "the validator answers from unsigned zones" "RFC 4035 section 4.3";
    cd Validator "the validator leaves the check to clients with CD" "RFC 4035 section 3.2.2";
}
